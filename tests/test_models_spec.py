"""What a file means that does not say a size: files of older programs are read by these."""

from dataclasses import asdict

import pytest

from models import spec

MEL = {"n_bands": 64, "window": 512, "hop": 160, "pool": 2, "n_frames": 7, "low_hz": 30.0,
       "high_hz": 7_600.0, "floor": 1e-5}  # fmt: skip
SIZES = {
    spec.MelSpec: MEL,
    spec.GeneratorSpec: {
        "n_plans": 384, "gru_width": 256, "gru_layers": 2, "beat_pull": 4.0, "energy_pull": 0.0,
        "energy_size": 0.0, "style_pull": 0.0, "styles": (), "jump": 0.03,
        "horizons": (0.1, 0.2, 0.3, 0.4, 0.5), "mel": MEL,
    },
    spec.PaperSpec: {
        "causal": False, "log_mel": False, "horizons": (0.1,), "noise_width": 10,
        "noise_scale": 0.33, "dropout": 0.0, "reach": 2.5, "limited": False,
    },
    spec.BeatSpec: {
        "width": 80, "gru_layers": 2, "mel": MEL | {"n_bands": 48, "pool": 1, "n_frames": 13},
    },
    spec.RendererSpec: {
        "size": 256, "width": 64, "width_half": 96, "width_quarter": 128, "blocks": 1, "detail": 0,
        "patch": 48, "patch_cells": (12, 8, 8), "window": (0, 0), "window_before": (0, 0),
    },
    spec.PaperPainterSpec: {
        "size": 512, "width": 64, "downs": 4, "blocks": 9, "local_blocks": 0, "limb_px": 4.0,
        "face": 128, "face_width": 64, "face_downs": 3, "face_blocks": 5, "critic_width": 64,
        "critic_layers": 3, "critic_scales": 2,
    },
}  # fmt: skip


@pytest.mark.parametrize("form", SIZES)
def test_a_size_that_is_not_told(form):
    assert asdict(form()) == SIZES[form]


def test_a_chunk_is_a_tenth_of_a_second():
    assert (spec.SAMPLE_RATE, spec.CHUNK_SAMPLES, spec.CHUNK_SECONDS) == (16_000, 1_600, 0.1)
    assert spec.SEGMENT_CHUNKS * spec.CHUNK_SECONDS == 5.0
    assert (spec.TARGET_RMS_DBFS, spec.GATE_DBFS) == (-20.0, -50.0)
    assert (spec.CONTROL_AHEAD, spec.TEMPO_REFERENCE_S) == (0.1, 0.55)
    assert (spec.BEAT_HZ, spec.BEAT_REACH, spec.BEAT_DELAY_S) == (100, 3, 0.03)


def test_the_sound_before_a_chunk_that_its_frames_reach_back_to():
    """Seven frames of two hops end at the chunk's end; the first begins a window before its own."""
    assert spec.MelSpec().tail_samples == 7 * 2 * 160 + 512 - 160 - 1_600
    assert spec.BeatSpec().mel.tail_samples == 13 * 160 + 352 - 1_600


def test_cells_and_windows_of_the_renderer():
    plain, fine = spec.RendererSpec(), spec.RendererSpec(detail=24, window=(176, 256))
    assert (plain.cell, plain.step, plain.shown) == (4, 16, (256, 256))
    assert (fine.cell, fine.step, fine.shown) == (8, 32, (176, 256))
    assert spec.RendererSpec(window=(0, 64)).shown == (256, 256)


def test_parts_of_the_papers_painter():
    plain, fine = spec.PaperPainterSpec(), spec.PaperPainterSpec(size=1024, local_blocks=3)
    assert (plain.coarse_size, plain.face_side) == (512, 128)
    assert (fine.coarse_size, fine.face_side) == (512, 256)
    assert spec.PaperPainterSpec(size=256).face_side == 64
    assert spec.PaperPainterSpec(face=100).face_side == 96, "whole cells of eight"


def test_sizes_of_json_come_back():
    style = {"name": "waltz", "beats_per_bar": 3, "bpm": 87.0}
    fields = asdict(spec.GeneratorSpec()) | {"styles": [style], "horizons": [0.1, 0.2]}
    read = spec.generator_spec(fields)
    assert read.horizons == (0.1, 0.2) and read.styles == (spec.Style("waltz", 3, 87.0),)
    assert read.n_controls == 11
    assert spec.styles_of({}) == ()
    read = spec.renderer_spec({"window": [16, 32], "patch_cells": [1, 2, 3]})
    assert (read.window, read.patch_cells, read.window_before) == ((16, 32), (1, 2, 3), (0, 0))
    assert spec.paper_spec({"horizons": [0.2], "causal": True}).horizons == (0.2,)
    assert spec.beat_spec({"mel": MEL, "width": 9}) == spec.BeatSpec(9, 2, spec.MelSpec())
