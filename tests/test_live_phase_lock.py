"""The phase lock: a plan that rests beside the beat is brought to it, and no faster than it may."""

import numpy as np
import pytest

from live.core.messages import Beat
from live.dance.phase_lock import PhaseLock
from models import skeleton
from models.skeleton import STANDING
from models.spec import HORIZONS

HORIZON = np.array(HORIZONS)
LEAD_S, MOST = 0.02, 0.08  # before the beat; of its pace a plan may gain or lose
BPM = 120.0
STOOD = skeleton.limit_bones(np.stack([STANDING, STANDING]))


def _beat(phase: float | None, bpm: float = BPM) -> Beat:
    return Beat(0.0, 0.5, 0.0, bpm, phase, None, 1.0)


def _body(times: np.ndarray, rest_at: float) -> np.ndarray:
    """A body that all but rests at `rest_at` and every half second from there."""
    place = times - rest_at - 0.8 * np.sin(2 * np.pi * (times - rest_at) * 2) / (2 * np.pi * 2)
    moved = np.zeros((len(times), 18, 2), np.float32)
    moved[..., 0] = 0.6 * place[:, None]
    return STANDING + moved


def _dance(beat_phase_at_0: float, is_locked: bool, n_chunks: int = 40) -> np.ndarray:
    """Rest times left between body and beat, s, chunk by chunk, as the generator would go on."""
    lock, late, left = PhaseLock(HORIZON), 0.0, []
    for chunk in range(n_chunks):
        end = 0.1 * chunk
        # The body's own time runs `late` behind; it rests at multiples of 0.5 s of that.
        before = _body(end - late + np.array([-0.1, 0.0]), 0.0)
        plan = _body(end - late + HORIZON, 0.0)
        phase = (beat_phase_at_0 + end * BPM / 60) % 1
        moved = lock.feed(_beat(phase), before, plan) if is_locked else plan
        # Where on its own path is the body at the nearest horizon?
        path = _body(end - late + np.linspace(0, 0.2, 2001), 0.0)[:, 0, 0]
        reached = np.linspace(0, 0.2, 2001)[np.abs(path - moved[0, 0, 0]).argmin()]
        late += 0.1 - reached
        rest = (late - (0.5 - beat_phase_at_0 * 0.5) + 0.25) % 0.5 - 0.25
        left.append(rest)
    return np.array(left)


@pytest.mark.parametrize("phase", [0.15, 0.3, 0.7, 0.85])
def test_a_body_beside_the_beat_comes_to_it_and_stays(phase):
    free, locked = _dance(phase, False), _dance(phase, True)
    assert np.abs(free[-1]) == pytest.approx(0.5 * min(phase, 1 - phase), abs=0.01)
    assert np.abs(locked[-10:] + LEAD_S).max() < 0.02
    # No chunk moves it by much more than the lock may (between poses 0.1 s apart it is guessed).
    assert np.abs(np.diff(locked)).max() < 0.1 * MOST * 2


def test_on_the_beat_it_is_left_alone():
    lock = PhaseLock(HORIZON)
    before, plan = _body(np.array([-0.1, 0.0]), 0.0), _body(HORIZON, 0.0)
    assert lock.feed(_beat(-LEAD_S * BPM / 60 % 1), before, plan) is plan


@pytest.mark.parametrize("beat", [_beat(None), _beat(0.3, bpm=0.0)])
def test_without_a_beat_it_does_nothing(beat):
    plan = _body(HORIZON, 0.1)
    assert PhaseLock(HORIZON).feed(beat, STOOD, plan) is plan


def test_a_still_body_stays_still():
    plan = np.repeat(STOOD[:1], len(HORIZON), 0)
    for phase in np.linspace(0, 1, 21):
        moved = PhaseLock(HORIZON).feed(_beat(float(phase)), STOOD, plan)
        assert np.abs(moved - STOOD[0]).max() < 1e-6


def test_a_plan_is_read_at_five_paces_and_held_at_its_end():
    """Of a body that goes on evenly every pose is where that pace comes to by then."""
    lock = PhaseLock(HORIZON)
    path = np.linspace(-0.1, 0.5, 7)
    for moved, pace in zip(lock._moved, (1.0, 0.92, 0.96, 1.04, 1.08), strict=True):
        assert moved @ path == pytest.approx(np.minimum(HORIZON * pace, 0.5), abs=1e-6)
    # Steps of a fortieth of a second, as body units a chunk, up to the end of the plan.
    assert lock._n.tolist() == [20, 20, 20, 19, 18]
    assert lock._steps @ path == pytest.approx(np.full(97, 0.1), abs=1e-6)
    assert lock._middles[:3] == pytest.approx([0.0125, 0.0375, 0.0625])
    assert lock._first.tolist() == [0, 20, 40, 60, 79]
