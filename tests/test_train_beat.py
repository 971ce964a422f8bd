"""The beat network's data and training: labels in place, the same mel, exact resume, no data."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from by_heart import one_batch
from seeds import rng_of, seed_of

from models import spec
from models.band import songs
from models.log_mel import LogMelFrames
from models.nets.beat import BeatNetwork, load_ear
from models.nets.checkpoint import CheckpointError
from models.nets.mel import LogMel
from train.beats import data, train
from train.beats.config import BEAT_PRESETS
from train.beats.data import BeatSegments, Tune
from train.run import loop

TINY = BEAT_PRESETS["tiny"]
FACTS = {"name": "ear", "licence": "CC0-1.0", "provenance": "made"}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_marks_lie_where_the_beat_has_been_heard():
    row = data.marks(np.array([0.5, 1.25]), 200)
    assert set(np.flatnonzero(row == 1)) == {52, 127}  # frames that end 30 ms after the beats
    assert row[51] == row[53] == 0.5
    assert row.sum() == 4


def test_the_mel_in_numpy_is_the_mel_of_the_graphs():
    mel = TINY.spec.mel
    samples = rng_of(0).normal(0, 0.1, 1600 * 12).astype(np.float32)
    with torch.no_grad():
        chunks = torch.from_numpy(samples).view(1, 12, 1600)
        theirs, _ = LogMel(mel)(chunks, torch.zeros(1, mel.tail_samples))
    whole = LogMelFrames(mel).feed(samples)
    assert whole.shape == theirs[0].shape == (120 + spec.BEAT_REACH, mel.n_bands)
    assert np.abs(whole - theirs[0].numpy()).max() < 1e-4
    front = LogMelFrames(mel)
    parts = [front.feed(part) for part in (samples[:1600], samples[1600:8000], samples[8000:])]
    joined = np.concatenate([parts[0], *(part[spec.BEAT_REACH :] for part in parts[1:])])
    # Not to the last bit: how many rows are multiplied at once may change the order of a sum.
    np.testing.assert_allclose(joined, whole, atol=1e-4)
    front.reset()
    assert np.array_equal(front.feed(samples), whole)


def test_whole_clip_and_chunk_by_chunk_agree():
    torch.manual_seed(seed_of(0))
    network = BeatNetwork(TINY.spec).eval()
    reach, frames = spec.BEAT_REACH, torch.randn(1, 300 + spec.BEAT_REACH, TINY.spec.mel.n_bands)
    with torch.no_grad():
        whole, _ = network(frames)
        state, parts = None, []
        for start, end in ((0, 10), (10, 80), (80, 300)):
            part, state = network(frames[:, start : end + reach], state)
            parts.append(part)
    assert whole.shape == (1, 300, 2)
    assert torch.allclose(torch.cat(parts, 1), whole, atol=1e-5)


def test_pieces_are_labelled_where_they_sound():
    """A click track, faster or slower: the energy rises where the labels say."""
    beats = np.arange(0.25, 30, 0.5)
    samples = np.zeros(30 * spec.SAMPLE_RATE, np.float32)
    for time in beats:
        start = round(time * spec.SAMPLE_RATE)
        samples[start : start + 200] = rng_of(1).normal(0, 0.3, 200)
    tune = Tune(samples, beats, np.arange(len(beats)) % 4 == 0, True)
    segments = BeatSegments([], [tune], TINY.spec.mel, 0.0)
    rng = rng_of(2)
    for _ in range(5):
        played, marks, _, _ = segments.stretch(rng, 6.0)
        loud = np.abs(played).reshape(-1, 160).max(1)
        starts = np.flatnonzero((loud[1:] > 0.05) & (loud[:-1] <= 0.05)) / 100 + 0.01
        assert len(marks) > 5
        nearest = np.abs(marks[:, None] - starts[None]).min(1)
        assert np.median(nearest) < 0.011


def test_breaks_hold_no_beat():
    tune = data.of_band(seed_of(3), 20.0)
    segments = BeatSegments([], [tune], TINY.spec.mel, 0.0)
    batch = segments.batch(rng_of(5), 24, 4.0)
    assert batch.frames.shape == (24, 400 + spec.BEAT_REACH, TINY.spec.mel.n_bands)
    assert batch.targets.shape == batch.weights.shape == (24, 400, 2)
    in_break = (batch.weights[..., 0] > 0) & (batch.weights[..., 0] < 1)
    assert in_break.any()
    assert batch.targets[..., 0][~in_break].sum() > batch.targets[..., 0][in_break].sum()


def test_the_band_gives_every_kind_of_tune():
    tunes = [data.of_band(seed_of(seed), 8.0) for seed in range(40)]
    periods = [np.median(np.diff(tune.beats)) for tune in tunes]
    assert min(periods) < 0.45 and max(periods) > 0.75
    assert {tune.is_bar_known for tune in tunes} == {True, False}
    assert all(np.isfinite(tune.samples).all() for tune in tunes)


def test_the_beats_of_fast_club_music_are_those_of_a_dancer(monkeypatch):
    """Drum and bass is written at 165 to 180 BPM and danced at half of it."""
    monkeypatch.setattr(data.score, "CLUB_STYLES", ("dnb",))
    monkeypatch.setattr(data, "CLUB_SHARE", 1.0)
    monkeypatch.setattr(data, "USUAL_SHARE", 1.0)
    tunes = [data.of_band(seed_of(seed), 8.0) for seed in range(100, 112)]
    fast = [tune for tune in tunes if 82 < 60 / np.median(np.diff(tune.beats)) < 91]
    assert len(fast) >= 7 and not any(tune.is_bar_known for tune in fast)


def test_training_lowers_both_losses(tmp_path, monkeypatch):
    """One batch by heart, so that it is certain: 24 steps leave less than a quarter of each."""
    tunes = [data.of_band(seed_of(seed), 8.0) for seed in (1, 2)]
    drawn = one_batch(monkeypatch, BeatSegments)
    monkeypatch.setattr(train, "band_tunes", lambda *_: tunes)
    settings = replace(TINY, iterations=24, learning_rate=3e-2)
    torch.manual_seed(seed_of())
    begun = BeatNetwork(settings.spec)
    learned, _ = load_ear(train.train(tunes, tunes, FACTS, tmp_path, settings, seed_of()))
    with torch.no_grad():
        before, after = (
            train.compute_losses(network, drawn[4, 4.0]) for network in (begun, learned)
        )
    assert after["beat"] < 0.5 * before["beat"] and after["downbeat"] < 0.5 * before["downbeat"]


def test_resumes_exactly(tmp_path, monkeypatch):
    tunes = [data.of_band(seed_of(seed), 8.0) for seed in (1, 2)]
    settings = replace(TINY, iterations=24, validate_every=6)
    whole = train.train(tunes, tunes, FACTS, tmp_path / "whole", settings, seed_of())
    rows = [json.loads(line) for line in (tmp_path / "whole" / "log.jsonl").open()]
    assert [row["iteration"] for row in rows] == [6, 12, 18, 24]
    network, header = load_ear(whole)
    assert header["step"] == 24

    def stop(compute_losses):
        def counted(*args):
            counted.n += 1
            if counted.n == 10:
                raise KeyboardInterrupt
            return compute_losses(*args)

        counted.n = 0
        return counted

    compute_losses = train.compute_losses
    monkeypatch.setattr(train, "compute_losses", stop(compute_losses))
    monkeypatch.setattr(loop, "SAVE_EVERY_S", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train.train(tunes, tunes, FACTS, tmp_path / "cut", settings, seed_of())
    monkeypatch.setattr(train, "compute_losses", compute_losses)
    again, _ = load_ear(train.train(tunes, tunes, FACTS, tmp_path / "cut", settings, seed_of()))
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name


def test_another_checkpoint_is_refused(tmp_path):
    from models.nets import checkpoint

    path = tmp_path / "dance.safetensors"
    checkpoint.save(path, {"a": torch.zeros(1)}, {"kind": "dance"})
    with pytest.raises(CheckpointError, match="not a trained beat network"):
        load_ear(path)


def test_a_prepared_song_becomes_a_tune():
    from train.songs.song import Song

    played = songs.make_song(seed_of(2), "waltz", 90.0, 10.0, spec.SAMPLE_RATE)
    frames = 500
    poses = np.zeros((frames, 18, 2), np.float32)
    beats = (np.arange(frames) / 50 / (60 / 90)).astype(np.float32)
    song = Song(
        "w", "waltz", "train", 3, played.mono, poses, poses, beats, beats, "CC0-1.0", "made",
        is_bar_sure=True,
    )  # fmt: skip
    tune = data.of_song(song)
    assert tune is not None and tune.is_bar_known
    assert np.diff(tune.beats) == pytest.approx(60 / 90, rel=1e-3)
    assert list(np.flatnonzero(tune.is_downbeat)[:3]) == [0, 3, 6]
    assert data.of_song(replace(song, beats=np.full(frames, np.nan, np.float32))) is None
