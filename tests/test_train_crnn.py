"""The network of genres: what it hears, its folds, its report, exact resume."""

import json

import numpy as np
import pytest
import soundfile
import torch
from interrupting import ctrl_c_at
from seeds import rng_of

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
