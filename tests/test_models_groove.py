"""The kind of music is said when it is clear, and kept until another has led for a while."""

import numpy as np
import pytest

from models.beat.groove import GrooveEar

NAMES = ("house", "rock", "salsa")


def _heard(ear: GrooveEar, place: int | None, seconds: float, clear: float = 3.0) -> list[str]:
    logits = np.zeros(3, np.float32)
    if place is not None:
        logits[place] = clear
    return [ear.feed(logits) for _ in range(round(seconds * 10))]


def test_it_takes_four_seconds_to_say_the_first_kind() -> None:
    said = _heard(GrooveEar(NAMES), 1, 6)
    assert set(said[:39]) == {""} and set(said[39:]) == {"rock"}


def test_another_kind_must_lead_for_three_seconds() -> None:
    ear = GrooveEar(NAMES)
    _heard(ear, 0, 20)
    said = _heard(ear, 2, 12)
    # It leads once more than half of the last eight seconds are its own.
    assert said.index("salsa") == pytest.approx(10 * (4.0 + 3.0), abs=4)
    assert set(said) == {"house", "salsa"}
    assert set(_heard(ear, 0, 5)) == {"salsa"}, "five seconds of another change nothing"


def test_where_nothing_is_clear_nothing_changes() -> None:
    ear = GrooveEar(NAMES)
    assert set(_heard(ear, None, 10)) == {""}
    _heard(ear, 1, 20)
    assert set(_heard(ear, None, 30)) == {"rock"}
    ear.reset()
    assert ear.groove == "" and set(_heard(ear, 1, 3)) == {""}


def test_an_ear_without_kinds_says_none() -> None:
    assert GrooveEar(()).feed(np.zeros(0, np.float32)) == ""
