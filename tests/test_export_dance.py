"""The export law of the dance: the bundle's file, stepped, is the trained network."""

import json

import numpy as np
import pytest
import torch
from made_dances import save_dance, save_paper_dance
from seeds import rng_of, seed_of

from export import dance as export
from export import parity
from export.__main__ import main
from export.parity import ParityError
from live.core.messages import AudioChunk
from live.dance.dancer import Dancer, StyleError
from models import bundle, skeleton, spec
from models.nets import checkpoint
from models.nets.dance.generator import DanceGenerator
from models.runtime.stepper import NetworkStepper


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "checkpoint.safetensors"
    styles = (spec.Style("quick", 4, 124.0), spec.Style("waltz", 3, 87.0))
    return save_dance(path, seed=1, n_plans=20, width=32, styles=styles)


def test_the_mirror_of_a_plan_is_the_plan_that_goes_the_other_way():
    generator = DanceGenerator(spec.GeneratorSpec(n_plans=3, gru_width=8))
    steps = rng_of(2).normal(0, 1, (3, 5, 18, 2)).astype(np.float32)
    steps[2] = skeleton.mirror(steps[0]) + 0.01
    steps[1] = (steps[1] + skeleton.mirror(steps[1])) / 2
    generator.plan_steps.copy_(torch.from_numpy(steps.reshape(3, -1)))
    assert export.mirrors(generator) == [2, 1, 0]


@pytest.fixture(scope="module")
def made(trained, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parity, "CLIP_CHUNKS", 60)
        return export.export_dance(trained, tmp_path_factory.mktemp("bundles") / "try")


def _written(made):
    return json.loads((made.path / bundle.MANIFEST).read_text())


def test_the_stepped_file_is_the_trained_network(made):
    assert set(made.manifest.parity) == {"poses", "choice"}
    assert max(made.manifest.parity.values()) <= parity.TOLERANCE


def test_the_bundle_says_all_that_the_stage_needs(made):
    manifest = bundle.load(made.path).manifest
    assert (manifest.kind, manifest.name, manifest.licence) == ("dance", "try", "CC0-1.0")
    assert manifest.network == _written(made)["network"] == "stage"
    assert manifest.horizons == list(spec.HORIZONS)
    assert manifest.spec["n_plans"] == len(manifest.mirrors) == 20
    assert manifest.states["hidden"] == [2, 1, 32]
    network, precision = made.network("fp32")
    stepper = NetworkStepper(network, initial={"pose": skeleton.STANDING, "plan": np.array([20])})
    assert precision == "fp32"
    assert stepper.input_shapes["audio"] == [1, 1, 1600]
    assert stepper.input_shapes["noise"] == [1, 1, 20]
    poses = stepper.step(
        audio=np.zeros((1, 1, 1600), np.float32),
        noise=np.zeros((1, 1, 20), np.float32),
        controls=np.zeros((1, 1, 12), np.float32),
    )["poses"]
    assert poses.shape == (1, 1, 5, 18, 2)
    assert np.isfinite(poses).all()


def test_the_stage_asks_the_bundle_for_a_style(made):
    sound = rng_of(0).normal(0, 0.1, (12, spec.CHUNK_SAMPLES)).astype(np.float32)
    chunks = [AudioChunk(i, samples, 0.0) for i, samples in enumerate(sound)]
    dancer = Dancer(made, seed=seed_of(2))

    def danced() -> np.ndarray:
        dancer.reset()
        return np.stack([dancer.step(chunk, None).joints for chunk in chunks])

    assert dancer.styles == ["quick", "waltz"]
    assert (dancer.style, dancer.shown_style) == ("auto", "")
    by_ear = danced()
    assert dancer.shown_style == "quick"  # the only one in four
    dancer.choose_style("quick")
    assert np.array_equal(danced(), by_ear)
    assert dancer.shown_style == "QUICK"
    dancer.choose_style("waltz")
    assert (dancer.style, dancer.shown_style) == ("waltz", "WALTZ")
    assert not np.allclose(danced(), by_ear, atol=1e-4)
    dancer.choose_style("auto")
    assert np.array_equal(danced(), by_ear)
    with pytest.raises(StyleError, match=r"quick, waltz, the beats in a bar \(3 or 4\), or auto"):
        dancer.choose_style("polka")


def test_a_file_that_dances_differently_is_refused_and_nothing_is_written(
    trained, tmp_path, monkeypatch
):
    true_to_onnx = export.to_onnx

    def wrong(network: DanceGenerator) -> bytes:
        network.draw[2].bias.data.add_(0.002)
        file = true_to_onnx(network)
        network.draw[2].bias.data.sub_(0.002)
        return file

    monkeypatch.setattr(export, "to_onnx", wrong)
    with pytest.raises(ParityError, match="nothing was written"):
        export.export_dance(trained, tmp_path / "try")
    assert not list(tmp_path.iterdir())


def test_the_papers_dance_one_way_is_exported_and_says_its_state(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 20)
    path = save_paper_dance(tmp_path, spec.PaperSpec(causal=True, horizons=spec.HORIZONS))
    manifest = export.export_dance(path, tmp_path / "paper").manifest
    assert manifest.network == "paper"
    assert set(manifest.states) == {"hidden", "chance"}
    assert max(manifest.parity.values()) <= parity.TOLERANCE


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        (spec.PaperSpec(), "hears both ways"),
        (spec.PaperSpec(causal=True), "foresees nothing"),
    ],
)
def test_a_dance_that_no_stage_can_play_is_refused(tmp_path, sizes, said):
    path = save_paper_dance(tmp_path, sizes)
    with pytest.raises(ParityError, match=said):
        export.export_dance(path, tmp_path / "paper")
    assert list(tmp_path.iterdir()) == [path]


def test_only_a_dance_is_exported_as_one(tmp_path):
    path = tmp_path / "other.safetensors"
    checkpoint.save(path, {"ema.w": torch.zeros(1)}, {"kind": "target", "name": "x"})
    with pytest.raises(checkpoint.CheckpointError, match="not a dance"):
        export.export_dance(path, tmp_path / "x")


@pytest.mark.parametrize(
    ("asked", "said"),
    [(["--precision", "int8"], "in fp32 alone"), (["--engine", "tensorrt"], "on the processor")],
)
def test_what_only_a_target_has_is_refused_before_anything_is_made(
    trained, tmp_path, capsys, asked, said
):
    assert main([str(trained), "--out", str(tmp_path / "out"), *asked]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
