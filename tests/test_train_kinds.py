"""Kinds of music are told apart by their swing, also in songs that were not learned."""

import json

import numpy as np
import pytest

from models import spec
from models.band import songs
from models.band.notes import LEAD_IN_S
from models.beat.grid import Grid
from models.beat.groove import N_FEATURES, known_grooves
from models.styles import STYLE_OF
from train import kinds
from train.beats import grooves
from train.beats.config import GROOVES
from train.beats.data import Tune
from train.songs.beat_as_heard import DetectedBeats
from train.songs.song import at_stage_level

FOUR = ("house", "hiphop", "salsa", "rock")


@pytest.fixture
def four_kinds(monkeypatch):
    """Songs at 120 BPM whose beat is followed without an error."""

    def of_band(seed, seconds):
        style = FOUR[seed % len(FOUR)]
        song = songs.make_song(seed, style, 120.0, seconds, spec.SAMPLE_RATE, form="unbroken")
        beats = song.beat_times
        return Tune(at_stage_level(song.mono), beats, np.ones(len(beats), bool), True, style)

    def hear(samples):
        n = len(samples) // spec.CHUNK_SAMPLES
        return DetectedBeats([Grid(LEAD_IN_S, 0.5, 0, 1.0, None, 4, False)] * n)

    monkeypatch.setattr(grooves.data, "of_band", of_band)
    monkeypatch.setattr(grooves.beat_as_heard, "hear", hear)
    monkeypatch.setattr(grooves, "SECONDS", 16.0)


def test_the_command_tells_kinds_apart_and_says_how_well(four_kinds, tmp_path, capsys):
    out = tmp_path / "grooves.json"
    kinds.main(["--songs", "20", "--out", str(out)])
    found = json.loads(out.read_text())
    assert set(found["grooves"]) == set(FOUR)
    assert {len(row) for row in found["grooves"].values()} == {N_FEATURES + 1}
    assert found["made"]["songs"] == 20 and found["made"]["called rightly"] > 0.6
    assert str(out) in capsys.readouterr().out


def test_moments_are_taken_once_the_beat_has_been_known_for_a_while():
    played = songs.make_song(3, "house", 124.0, 20.0, spec.SAMPLE_RATE, form="unbroken")
    found = grooves.moments(at_stage_level(played.mono))
    assert len(found) in (4, 5) and found[0].shape == (N_FEATURES,)


def test_the_kinds_that_ship_are_those_of_the_band():
    known = known_grooves()
    assert set(known) == set(GROOVES)
    assert {len(row) for row in known.values()} == {N_FEATURES + 1}
    assert set(STYLE_OF) <= set(known)
