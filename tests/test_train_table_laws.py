"""Which songs, segments and rows the figures of the paper's table are made of."""

import dataclasses

import numpy as np
import pytest
import torch
from seeds import rng_of

from models import spec
from models.nets import checkpoint
from models.nets.measure.pose_metric import PoseMetric
from train.dance_eval.dance_metrics import beat_times
from train.dance_eval.perform import FIRST_POSE_S
from train.paper import cross_modal, validity
from train.paper.cross_modal import Segments
from train.paper.folds import N_FOLDS, folds_of
from train.paper.tables import figures, kept, rows
from train.paper.tables.rows import BASELINES, TITLES, Row, Stand
from train.songs.song import POSE_HZ
from train.synthetic.choreography import make_songs

COUNTS = (3, 2)  # segments of the songs


@pytest.fixture(scope="module")
def songs():
    """Two songs of 22 s at their own tempi, 76 and 93 beats a minute."""
    made = make_songs(2, 22.0, seed=3)
    times = np.arange(len(made[0].beats)) / POSE_HZ
    return [
        dataclasses.replace(song, beats=(times / period).astype(np.float32))
        for song, period in zip(made, (0.79, 0.645), strict=True)
    ]


@pytest.fixture(scope="module")
def segments(songs):
    song = np.repeat(np.arange(len(COUNTS)), COUNTS)
    dance = np.zeros((len(song), spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2), np.float32)
    music = np.zeros((len(song), 32), np.float32)
    return Segments(song, [s.name for s in songs], ["one", "one"], music, dance)


def _still_on_beats(song, count):
    """Segments (1, P, 50, 18, 2) of a dancer who stands still on each beat of a song."""
    times = FIRST_POSE_S + np.arange(count * spec.SEGMENT_CHUNKS) * spec.CHUNK_SECONDS
    beats = beat_times(song)
    phase = np.interp(times, beats, np.arange(len(beats)))
    height = 0.2 * np.cos(np.pi * phase)
    poses = np.zeros((len(times), spec.N_JOINTS, 2), np.float32)
    poses[:] = height[:, None, None]
    return poses.reshape(1, count, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)


def test_a_segment_is_held_against_the_beats_of_its_own_song(songs, segments):
    """And against the beats where it stands in the song: 5 s further, each."""
    own = [_still_on_beats(song, count) for song, count in zip(songs, COUNTS, strict=True)]
    other = [_still_on_beats(songs[1], COUNTS[0]), _still_on_beats(songs[0], COUNTS[1])]
    later = [np.roll(takes, 1, 1) for takes in own]
    found = [
        figures._alignment(Row("L1", "l1", np.concatenate(parts, 1)), songs, segments)
        for parts in (own, other, later)
    ]
    assert found[0]["bas_ratio"] > 3 and found[0]["bas_p"] == pytest.approx(1 / 1001, abs=1e-4)
    assert all(one["bas_ratio"] < 0.75 * found[0]["bas_ratio"] for one in found[1:])


def test_beats_beyond_the_last_segment_are_no_misses(songs, segments):
    """A song of 22 s is danced for 15: the beats after that are nobody's."""
    row = Row(
        "L1",
        "l1",
        np.concatenate([_still_on_beats(s, c) for s, c in zip(songs, COUNTS, strict=True)], 1),
    )
    short = [dataclasses.replace(songs[0], beats=_cut(songs[0].beats, 15.2)),
             dataclasses.replace(songs[1], beats=_cut(songs[1].beats, 10.2))]  # fmt: skip
    assert figures._alignment(row, songs, segments) == figures._alignment(row, short, segments)


def _cut(beats, seconds):
    return np.where(np.arange(len(beats)) / POSE_HZ < seconds, beats, np.nan).astype(np.float32)


def test_the_sheet_shows_the_dancers_and_none_of_the_baselines(monkeypatch):
    """The same segment of each: real, the conditions of the paper, those on stage."""
    rng, shown = rng_of(2), {}
    titles = [rows.REAL, *sorted(BASELINES), *TITLES.values(), "ballroom"]
    found = [Row(t, t, rng.normal(0, 1, (2, 5, 50, spec.N_JOINTS, 2))) for t in titles]

    def sheet(poses, painter, body):
        shown.update(poses)
        return np.zeros((1, 1, 3), np.uint8)

    monkeypatch.setattr(figures, "painted_sheet", sheet)
    figures.sheet(found, None, None)
    assert list(shown) == [rows.REAL, *figures.SHOWN, "ballroom"]
    assert len(shown[rows.REAL]) == 10, "two poses a second"
    for row in found:
        if row.title in shown:
            assert np.array_equal(shown[row.title], row.takes[0, 2, ::5])


def test_a_shipped_dance_is_cut_into_whole_segments(songs, segments, monkeypatch):
    """Each song from its start; what does not fill 5 s, or is beyond the real dance, is left."""
    danced = []

    class Dance:
        name = "Test"

        def perform(self, audio, controls, seeds, temperature):
            assert len(seeds) == rows.TAKES
            poses = rng_of(len(danced)).normal(0, 1, (rows.TAKES, 218, spec.N_JOINTS, 2))
            danced.append(poses.astype(np.float32))
            return danced[-1]

    monkeypatch.setattr(rows, "open_dance", lambda name: Dance())
    monkeypatch.setattr(rows, "controls_for", lambda *_: None)
    row = rows.shipped("test", Stand(songs, segments))
    assert (row.title, row.name) == ("Test", "test")
    assert row.takes.shape == (rows.TAKES, sum(COUNTS), 50, spec.N_JOINTS, 2)
    assert row.takes.dtype == np.float32
    flat = row.takes.reshape(rows.TAKES, -1, spec.N_JOINTS, 2)
    want = np.concatenate([danced[0][:, :150], danced[1][:, :100]], 1)
    assert np.array_equal(flat, want.astype(np.float16)), "measured as it is kept"


def test_what_is_kept_lies_in_a_new_folder_and_replaces_itself(tmp_path):
    takes = rng_of(1).normal(0, 1, (1, 2, 50, spec.N_JOINTS, 2))
    for _ in range(2):
        kept.save_dances(tmp_path / "a" / "b" / "one.npz", takes, {"steps": [1]})
        kept.save_report(tmp_path / "c" / "d" / "one.json", {"rows": [1, 2]})
    found = kept.load_dances(tmp_path / "a" / "b" / "one.npz")
    assert found.dtype == np.float32 and np.array_equal(found, takes.astype(np.float16))
    assert kept.load_report(tmp_path / "c" / "d" / "one.json") == {"rows": [1, 2]}


def test_six_folds_and_the_first_holds_what_no_dance_learns():
    genres = {f"{genre}{n}": genre for genre in "ab" for n in range(15)}
    first = {"a0", "b0"}
    for some, folds in ((folds_of(genres, first), range(1, 6)), (folds_of(genres, ()), range(6))):
        assert N_FOLDS == 6 and set(some.values()) == set(range(6))
        for genre in "ab":
            counts = [sum(some[n] == fold for n in genres if n not in first and genres[n] == genre)
                      for fold in folds]  # fmt: skip
            assert max(counts) - min(counts) <= 1
    named = folds_of(genres, first)
    assert {name for name, fold in named.items() if fold == 0} == first


def test_what_is_held_against_the_untrained_is_the_real_dance():
    judged = {
        dancer: {"a": 1.0, "b": 2.0, "c": 1.5}
        for dancer in (validity.REAL, validity.RAND_SEQ, validity.WITHIN,
                       validity.HELD, validity.RAND_FRAME)
    }  # fmt: skip
    found = validity.summary({validity.TRAINED: judged, "untrained": judged})
    assert set(found) == {validity.TRAINED, "untrained", "over"}
    assert tuple(found[validity.TRAINED]) == validity.VALIDITY
    assert tuple(found["over"]["untrained"]) == validity.OF_THE_REAL
    assert validity.OF_THE_REAL == (
        "real dance / Rand Seq",
        "real dance / Rand Seq of the same style",
    )


def test_a_kept_score_is_small_and_learns_no_more(tmp_path):
    rng = rng_of(3)
    count = 4
    song = np.arange(count) % 2
    dance = rng.normal(0, 1, (count, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)).astype(np.float32)
    some = Segments(song, ["a", "b"], ["one", "one"], rng.normal(0, 1, (count, 32)), dance)
    scorer = cross_modal.Scorer.of(some, PoseMetric().eval())
    kept.save_score(tmp_path / "score.safetensors", scorer, some)
    tensors, _ = checkpoint.load(tmp_path / "score.safetensors")
    for name, tensor in tensors.items():
        is_count = name == "song" or "num_batches" in name
        assert tensor.dtype == torch.float16 or (is_count and not tensor.is_floating_point()), name
    score = kept.load_score(tmp_path / "score.safetensors")
    assert not score.metric.training
    assert not any(tensor.requires_grad for tensor in score.metric.parameters())
    assert np.allclose(score.wanted, scorer.wanted(some.music), atol=2e-3)
    assert score.song.tolist() == song.tolist()
