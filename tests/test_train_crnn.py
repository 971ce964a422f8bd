"""The network of genres: what it hears, its folds, its report, exact resume."""

import json

import numpy as np
import pytest
import soundfile
import torch
from interrupting import ctrl_c_at
from seeds import rng_of, seed_of

from models.nets import checkpoint
from models.nets.measure.crnn import BANDS, FRAMES, N_SAMPLES, RATE, STATE, Crnn, load_crnn
from train import pretrain_crnn
from train.paper import genre_network, genres
from train.paper.config import GENRE_PRESETS
from train.paper.folds import N_FOLDS, folds_of
from train.paper.genre_network import CrossValidation
from train.paper.genres import Genres, Track
from train.songs.song import DataError

TINY = GENRE_PRESETS["tiny"]
STYLES = {"slow": 3, "fast": 5}
FIRST = {"slow_0", "fast_1"}  # nobody dances to them while learning


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Eight songs of 6 s: clicks at two tempos, written as the data set is."""
    path = tmp_path_factory.mktemp("music")
    rows = []
    for style, count in STYLES.items():
        for number in range(count):
            name = f"{style}_{number}"
            sound = rng_of(number).normal(0, 0.01, 6 * 16_000)
            sound[:: 16_000 if style == "slow" else 4_000] = 0.9
            soundfile.write(path / f"{name}.ogg", sound.astype(np.float32), 16_000)
            rows.append({"song": name, "style": style, "seconds": 6.0})
    (path / "manifest.json").write_text(json.dumps(rows))
    return path


@pytest.fixture(scope="module")
def tracks(folder):
    return genres.ballroom(folder, FIRST).tracks


def test_a_tone_is_heard_in_its_band_at_its_level():
    times = torch.arange(N_SAMPLES) / RATE
    tones = torch.stack([0.5 * torch.sin(2 * torch.pi * hz * times) for hz in (200.0, 3000.0)])
    frames = Crnn(2).eval().frames(tones)
    assert frames.shape == (2, BANDS, FRAMES)
    low, high = frames.mean(-1).argmax(1).tolist()
    assert low < 15 < 55 < high
    quieter = Crnn(2).eval().frames(tones / 10)
    middle = slice(20, 200)
    assert (frames - quieter)[:, [low, high], middle].max(1).values.mean() == pytest.approx(
        20, abs=0.5
    )


def test_a_piece_becomes_32_numbers():
    network = Crnn(4).eval()
    sound = torch.randn(2, N_SAMPLES) * 0.1
    with torch.no_grad():
        assert network.describe(network.frames(sound)).shape == (2, STATE)
        assert network(sound).shape == (2, 4)
    seen = network.layers(network.norm(network.frames(sound))[:, None])
    assert seen.shape[2:] == (1, 5), "five steps are left for the recurrent layers"


def test_every_song_is_tested_once_and_each_genre_spread_over_the_folds(tracks):
    folds = {track.name: track.fold for track in tracks}
    assert len(folds) == sum(STYLES.values())
    assert {name for name, fold in folds.items() if fold == 0} == FIRST
    for style in STYLES:
        own = [fold for name, fold in folds.items() if style in name and fold]
        held = np.bincount(own, minlength=N_FOLDS)[1:]
        assert held.max() - held.min() <= 1
    everywhere = folds_of({str(n): "one" for n in range(4 * N_FOLDS)}, ())
    assert np.bincount(list(everywhere.values())).tolist() == [4] * N_FOLDS


def test_nobody_is_judged_by_a_network_that_heard_it(tracks, tmp_path):
    validation = genre_network.cross_validate(tracks, tmp_path, TINY)
    assert len(validation.truth) == len(tracks), "each has one segment, judged once"
    for fold in {track.fold for track in tracks}:
        header = load_crnn(genre_network.fold_path(tmp_path, fold))[1]
        heard = {track.name for track in tracks if track.fold == fold}
        assert set(header["learned"]) == {track.name for track in tracks} - heard


def test_a_resumed_training_goes_on_exactly(tracks, tmp_path):
    classes = tuple(sorted(STYLES))
    whole = genre_network.train(tracks, classes, tmp_path / "whole", TINY)
    with ctrl_c_at(3, genres.Genres, "batch"):
        genre_network.train(tracks, classes, tmp_path / "cut", TINY)
    cut = genre_network.train(tracks, classes, tmp_path / "cut", TINY)
    once, twice = checkpoint.load(whole)[0], checkpoint.load(cut)[0]
    assert once.keys() == twice.keys()
    assert all(torch.equal(tensor, twice[name]) for name, tensor in once.items())


def test_classes_weigh_as_much_as_each_other():
    tracks = [Track(str(n), "ab"[n > 0], 0, np.zeros(2 * N_SAMPLES, np.int16)) for n in range(4)]
    weights = Genres(tracks, ("a", "b")).weights
    assert weights[0] == pytest.approx(3 * weights[1])
    with pytest.raises(DataError, match="5 s"):
        Genres([Track("short", "a", 0, np.zeros(9, np.int16))], ("a",))


def test_shares_are_means_over_the_classes():
    """Three segments of two songs of a, one of b; known answers."""
    told = np.array([[0.6, 0.3, 0.1], [0.05, 0.8, 0.15], [0.7, 0.2, 0.1], [0.1, 0.5, 0.4]])
    found = CrossValidation(("a", "b", "c"), np.array([0, 0, 0, 2]), told, np.array([0, 0, 1, 2]))
    summary = found.summary()
    assert summary["top_1_segments"] == {"macro": 0.3333, "chance": 0.3333, "a": 0.6667, "c": 0.0}
    assert summary["top_2_segments"]["macro"] == pytest.approx((2 / 3 + 1) / 2, abs=1e-3)
    assert summary["top_1_songs"]["a"] == 0.5, "the first song is told as b by its mean"
    assert np.array(summary["confusion"]).tolist() == [[2, 1, 0], [0, 0, 0], [0, 1, 0]]


def test_a_song_is_told_by_the_mean_of_its_own_segments():
    """Two songs of a, of which one is told as b; each class by itself, chance beside it."""
    told = np.array([[0.9, 0.1], [0.2, 0.8], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    found = CrossValidation(("a", "b"), np.array([0, 0, 0, 0, 1]), told, np.array([0, 0, 1, 1, 2]))
    assert found.recall(1) == {"a": 0.25, "b": 1.0}
    assert found.recall(1, by_song=True) == {"a": 0.5, "b": 1.0}
    assert found.recall(2) == {"a": 1.0, "b": 1.0}
    summary = found.summary()
    assert (summary["segments"], summary["songs"]) == (5, 3)
    assert summary["top_2_songs"]["chance"] == 1.0 and summary["top_1_songs"]["macro"] == 0.75


def test_every_segment_of_a_track_is_told_by_a_network_that_never_heard_it(tracks):
    """In the order of the tracks, 64 at a time, as the network performs."""
    torch.manual_seed(seed_of(1))
    networks = [Crnn(2).eval(), Crnn(2).eval()]
    with torch.no_grad():
        networks[1].head[1].bias += torch.tensor([3.0, 0.0])
    long = Track("long", "slow", 0, np.tile(tracks[0].sound, 2))
    found = genre_network.predict_unheard(
        [(networks[0], [long]), (networks[1], tracks[:2])], ("fast", "slow")
    )
    assert found.song.tolist() == [0] * 2 + [1, 2]
    classes = {"fast": 0, "slow": 1}
    assert found.truth.tolist() == [1, 1, *(classes[t.genre] for t in tracks[:2])]
    np.testing.assert_allclose(found.predicted.sum(1), 1, atol=1e-5)
    with torch.no_grad():
        own = networks[1](torch.from_numpy(tracks[1].segments())).softmax(1)
    np.testing.assert_allclose(found.predicted[3], own[0], atol=1e-5)


class Guess(torch.nn.Module):
    """As sure of the second class as the first sample is large."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes, self.weight = [], torch.nn.Parameter(torch.zeros(1))

    def forward(self, sound):
        self.sizes.append(len(sound))
        return torch.stack([torch.zeros(len(sound)), sound[:, 0]], 1)


def test_segments_are_told_64_at_a_time_and_all_of_them():
    sound = np.linspace(-2, 2, 150, dtype=np.float32)[:, None] * np.ones((1, 5), np.float32)
    network = Guess()
    found = genre_network.probabilities(network, sound)
    np.testing.assert_allclose(found[:, 1], 1 / (1 + np.exp(-sound[:, 0])), atol=1e-6)
    assert network.sizes == [64, 64, 22]


def test_segments_are_drawn_from_anywhere_with_their_level_varied_by_4_db():
    """From a track as often as it lasts; its last sample is as good as its first."""
    rng = rng_of(2)
    steps = np.arange(N_SAMPLES + 3) % 2 * 2 - 1  # tells where a segment begins, by its sign
    ramp = (steps * 3000).astype(np.int16)
    ramp[[0, -1]] = 0
    taught = Genres([Track("one", "a", 0, ramp), Track("short", "a", 0, ramp[:9])], ("a",))
    sounds, numbers = taught.batch(rng, 300)
    assert sounds.shape == (300, N_SAMPLES) and sounds.dtype == np.float32 and not numbers.any()
    assert (sounds[:, 0] == 0).any() and (sounds[:, -1] == 0).any(), "either end is reached"
    levels = 20 * np.log10(np.abs(sounds[:, 100]) / (3000 / 32767))
    assert levels.mean() == pytest.approx(0, abs=0.9) and levels.std() == pytest.approx(4, rel=0.15)
    loud = Track("loud", "a", 0, np.full(N_SAMPLES, 32767, np.int16))
    assert 0.1 < Genres([loud], ("a",)).batch(rng, 40)[0].max() <= 1
    twice = Track("two", "b", 0, np.tile(ramp, 3))
    _, numbers = Genres([Track("one", "a", 0, ramp), twice], ("a", "b")).batch(rng, 400)
    assert numbers.mean() == pytest.approx(0.75, abs=0.07)


def test_a_class_that_nothing_is_learned_of_counts_nothing():
    tracks = [Track(name, name, 0, np.zeros(N_SAMPLES, np.int16)) for name in "ab"]
    assert Genres(tracks, ("a", "b", "none")).weights.tolist() == [1, 1, 0]
    halves = [*tracks, Track("more", "a", 0, np.zeros(N_SAMPLES, np.int16))]
    weights = Genres(halves, ("a", "b")).weights
    assert weights.mean() == pytest.approx(1) and weights[1] == pytest.approx(2 * weights[0])


def test_sound_of_16_bits_is_within_one(tmp_path):
    tone = 0.6 * np.sin(2 * np.pi * 440 * np.arange(6 * 16_000) / 16_000)
    soundfile.write(tmp_path / "tone.ogg", tone.astype(np.float32), 16_000)
    (tmp_path / "manifest.json").write_text(json.dumps([{"song": "tone", "style": "a"}]))
    (read,) = genres.ballroom(tmp_path).tracks
    loudness = genres.as_float(read.sound).std()
    assert loudness == pytest.approx(0.1, rel=0.02), "as loud as all songs are read"
    assert genres.as_float(np.array([32767, 0, -32767], np.int16)).tolist() == [1, 0, -1]
    track = Track("a", "a", 0, np.arange(2 * N_SAMPLES + 5).astype(np.int16))
    assert track.segments().shape == (2, N_SAMPLES)
    np.testing.assert_allclose(track.segments().ravel() * 32767, track.sound[:-5], atol=0.01)


def test_the_command_ends_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match="no music with genres"):
        pretrain_crnn.main([str(tmp_path)])
    with pytest.raises(SystemExit, match="Name a folder"):
        pretrain_crnn.main([])


def test_the_command_leaves_its_report_and_picture(folder, tmp_path, capsys):
    pretrain_crnn.main([str(folder), "--preset", "tiny", "--out", str(tmp_path)])
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["songs"] == 8 and report["segments"] == 8, "6 s hold one segment of 5 s"
    assert set(report["top_1_segments"]) == {"macro", "chance", "slow", "fast"}
    assert (tmp_path / "confusion.png").stat().st_size > 1000
    assert str(report["top_1_segments"]) in capsys.readouterr().out
