"""The pulse of made dances, whose beats are known."""

import numpy as np
import pytest
from seeds import rng_of

from models.band import songs as band
from train.songs import pulse
from train.songs.song import POSE_HZ
from train.synthetic import choreography

SECONDS = 40.0


def danced(monkeypatch, seed, style, bpm):
    """Joints (N, 18, 3) of a dance by rules, heights last, and its running count of beats."""
    kept = []
    joints_3d = choreography.joints_3d

    def keep(sheet, counts, *rest):
        kept.append((joints_3d(sheet, counts, *rest), counts))
        return kept[-1][0]

    monkeypatch.setattr(choreography, "joints_3d", keep)
    music = band.make_song(seed, style, bpm, SECONDS, 8_000)
    choreography.dance(music, np.arange(0, SECONDS, 1 / POSE_HZ), seed)
    joints, counts = kept[-1]
    return joints[..., [0, 2, 1]] * np.array([1.0, 1.0, -1.0]), counts


@pytest.mark.parametrize(
    ("seed", "style", "bpm"), [(1, "house", 124), (2, "pop", 96), (5, "waltz", 90), (7, "pop", 84)]
)
def test_a_danced_tempo_is_found_and_its_beats(seed, style, bpm, monkeypatch):
    joints, counts = danced(monkeypatch, seed, style, bpm)
    found = pulse.find_pulse(joints, POSE_HZ)
    assert found is not None and found.is_sure
    assert found.bpm == pytest.approx(bpm, rel=0.02)
    n = min(len(counts), len(found.beats))
    inside = slice(4 * POSE_HZ, n - 4 * POSE_HZ)
    apart = np.exp(2j * np.pi * (found.beats[inside] - counts[inside])).mean()
    assert abs(apart) > 0.95, "the same number of beats"
    assert abs(np.angle(apart)) / (2 * np.pi) < 0.06, "and on them"
    assert np.diff(found.beats).min() > 0


def test_where_it_is_danced_how_large_and_how_fast_it_was_filmed_do_not_matter(monkeypatch):
    joints, _ = danced(monkeypatch, 3, "disco", 112)
    found = pulse.find_pulse(joints, POSE_HZ)
    turned = joints[..., [1, 0, 2]] * 95.0 + 40.0
    other = pulse.find_pulse(turned, POSE_HZ)
    slow = pulse.find_pulse(joints, POSE_HZ * 0.9)
    assert other.bpm == found.bpm and np.allclose(other.beats, found.beats, atol=0.02)
    assert slow.bpm == pytest.approx(0.9 * found.bpm, rel=0.02)


def test_half_and_double_are_as_expected(monkeypatch):
    """The same dance is in 128 or in 64; what is usual for its kind decides."""
    joints, _ = danced(monkeypatch, 6, "house", 128)
    assert pulse.find_pulse(joints, POSE_HZ).bpm == pytest.approx(128, rel=0.02)
    slower = pulse.find_pulse(joints, POSE_HZ, usual_bpm=64, octaves=0.05)
    assert slower.bpm == pytest.approx(66, rel=0.04)


def test_what_has_no_pulse_is_not_sure_of_one():
    rng = rng_of(4)
    steps = rng.normal(0, 1, (900, 18, 3))
    wandering = np.cumsum(np.cumsum(steps, 0) - steps.cumsum(0).mean(0), 0) * 1e-4
    found = pulse.find_pulse(wandering + rng.normal(0, 1, (18, 3)), 30.0)
    assert found is None or not found.is_sure


def test_a_moment_is_too_short():
    assert pulse.find_pulse(np.zeros((100, 18, 3)), 30.0) is None


def test_who_stands_still_has_none():
    found = pulse.find_pulse(np.ones((600, 18, 3)), 30.0)
    assert found is not None and not found.is_sure and np.isfinite(found.beats).all()
