"""The ear's network is stepped once when it is loaded: what is none is refused in a sentence."""

import numpy as np
import pytest

from models.beat import detector
from models.beat.detector import BeatDetector
from models.bundle import BundleError


class Stepper:
    """Answers as a test says."""

    answer: object = None

    def __init__(self, network):
        self.n_resets, self.frames = 0, []

    def reset(self):
        self.n_resets += 1

    def step(self, **given):
        ((name, frames),) = given.items()
        self.frames.append((name, frames.shape))
        if isinstance(self.answer, Exception):
            raise self.answer
        return {"activation": np.full((1, *self.answer), 0.5, np.float32)}


@pytest.fixture
def stepper(monkeypatch):
    monkeypatch.setattr(detector, "NetworkStepper", Stepper)
    yield Stepper
    Stepper.answer = None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ValueError("bad input\nand more"), "cannot be stepped (bad input): export it again."),
        (ValueError(), "cannot be stepped (ValueError): export it again."),
        ((9, 2), "does not tell beat and downbeat: export it again."),
        ((10, 3), "does not tell beat and downbeat: export it again."),
    ],
)
def test_a_network_that_is_no_ear_is_refused(stepper, answer, said):
    stepper.answer = answer
    with pytest.raises(BundleError) as caught:
        BeatDetector()
    assert str(caught.value) == f"The ear ear {said}"


def test_an_ear_begins_with_nothing_heard(stepper):
    stepper.answer = (10, 2)
    ear = BeatDetector()
    assert ear._stepper.n_resets == 1
    assert ear.hear(np.zeros(1_600)).shape == (10, 2)
    assert len(ear._stepper.frames) == 2
    ear.reset()
    assert ear._stepper.n_resets == 2
