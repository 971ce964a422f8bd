"""In silence the dancer lets go and stands alive; with the music it is back at once."""

import itertools

import numpy as np
import pytest
from seeds import rng_of, seed_of

from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.dance.idle import GLIDE_S, WAIT_S, Idle, between, standing_near, sway
from live.dance.performer import open_performer
from models import skeleton
from models.band import songs
from models.skeleton import STANDING
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, HORIZONS, SAMPLE_RATE

ARMS_OUT = STANDING.copy()
ARMS_OUT[[3, 4]] = [(-0.53, -0.6), (-0.8, -0.7)]
ARMS_OUT[[6, 7]] = [(0.53, -0.6), (0.8, -0.7)]
ARMS_OUT += np.float32([0.2, 0.0])


def _plans(idle: Idle, n_chunks: int, is_silent: bool, first: int = 0) -> list[np.ndarray | None]:
    """Plans of chunks in which the dance holds ARMS_OUT."""
    held = np.repeat(ARMS_OUT[None], len(HORIZONS), 0)
    return [
        idle.feed(is_silent, (first + i + 1) * CHUNK_SECONDS + np.array(HORIZONS), held)
        for i in range(n_chunks)
    ]


def test_a_short_stop_is_left_to_the_dance():
    idle = Idle()
    assert _plans(idle, 30, is_silent=False) == [None] * 30
    assert _plans(idle, round(WAIT_S / CHUNK_SECONDS) - 2, is_silent=True, first=30)[-1] is None
    assert _plans(idle, 1, is_silent=False, first=40) == [None]
    assert _plans(idle, 3, is_silent=True, first=41)[-1] is None


def test_it_glides_to_standing_where_its_feet_are_and_stays_alive():
    plans = [plan for plan in _plans(Idle(), 400, is_silent=True) if plan is not None]
    shown = np.stack([plan[0] for plan in plans])
    assert np.abs(shown[0] - ARMS_OUT).max() < 0.02
    settled = shown[round((GLIDE_S + 0.5) / CHUNK_SECONDS) :]
    home = STANDING + np.float32([0.2, 0.0])
    assert np.abs(settled - home).max() < 0.07
    steps = np.linalg.norm(np.diff(shown, axis=0), axis=-1)
    assert steps.max() < 0.25  # the wrist, a chunk: from shoulder height to the hip in a second
    # Never a photograph, hardly a movement, and never the same again.
    for part in np.split(settled[:360], 6):
        pace = np.linalg.norm(np.diff(part, axis=0), axis=-1).mean() / CHUNK_SECONDS
        assert 0.003 < pace < 0.04
    ankles = settled[:, [skeleton.R_ANKLE, skeleton.L_ANKLE]]
    assert np.ptp(ankles, axis=0).max() < 0.002
    assert (skeleton.bone_lengths(shown) <= skeleton.CANONICAL_LENGTHS * 1.001).all()
    apart = np.abs(settled[50:] - settled[49]).max((1, 2))
    assert apart.min() > 1e-4


def test_overlapping_plans_agree():
    plans = _plans(Idle(), 60, is_silent=True)[20:]
    for one, other in itertools.pairwise(plans):
        assert one is not None and other is not None
        assert np.allclose(one[1:], other[:-1], atol=1e-5)


def test_bones_turn_the_short_way():
    half = between(ARMS_OUT, STANDING, 0.5)
    assert np.allclose(between(ARMS_OUT, STANDING, 0.0), ARMS_OUT, atol=1e-5)
    assert np.allclose(between(ARMS_OUT, STANDING, 1.0), STANDING, atol=1e-5)
    assert half[4, 0] < -0.35 and half[4, 1] > -0.35  # the hand swings out and down
    assert np.allclose(
        standing_near(STANDING + np.float32([3, 0])), STANDING + np.float32([0.4, 0])
    )
    assert np.abs(sway(17.3)[[10, 13]]).max() == 0


@pytest.mark.parametrize("dance", ["ballroom", "free"])
def test_it_wakes_within_half_a_second_without_a_jump(dance):
    song = songs.make_song(seed_of(3), "latin", 159.0, 6.0, SAMPLE_RATE).mono
    song = song[np.flatnonzero(np.abs(song) > 0.02)[0] :]
    sound = np.concatenate([song, np.zeros(5 * SAMPLE_RATE), song]).astype(np.float32)
    chunks = sound[: len(sound) // CHUNK_SAMPLES * CHUNK_SAMPLES].reshape(-1, CHUNK_SAMPLES)
    ear = open_performer(Settings(dance=dance, seed=seed_of(4)))
    shown = np.stack(
        [ear.hear(AudioChunk(i, chunk, 0.0))[1].joints[0] for i, chunk in enumerate(chunks)]
    )
    back = -(-(len(song) + 5 * SAMPLE_RATE) // CHUNK_SAMPLES)  # the first chunk all of song
    standing = shown[back - 4] - shown[back - 4, [8, 11]].mean(0)
    assert np.abs(standing - STANDING).max() < 0.1
    steps = np.linalg.norm(np.diff(shown, axis=0), axis=-1)
    assert steps[back - 2 : back + 5].max() < 0.5  # seen: 0.36; while dancing: 0.66
    # Row i is due 0.1 s after the end of chunk i, so these are the first 0.5 s of sound.
    assert steps[back - 1 : back + 3].mean(1).max() > 0.006  # seen: 0.011; who stands: 0.004


def test_who_stands_sways_from_the_hips_and_is_alike_on_both_sides():
    for time in rng_of(2).uniform(0, 1000, 20).tolist():
        moved = sway(time)
        assert np.array_equal(moved, moved[list(skeleton.MIRROR)])
        hips = moved[skeleton.R_HIP, 0]
        shares = moved[:, 0] / hips
        assert (shares >= 0).all() and (shares <= 1).all()
        assert shares[skeleton.NOSE] < shares[skeleton.NECK] < shares[skeleton.R_ELBOW]
        assert shares[skeleton.R_KNEE] == pytest.approx(0.55, abs=1e-5)
        assert abs(hips) <= 0.053 + 1e-6
        assert not moved[list(skeleton.ANKLES)].any()
        assert not moved[[skeleton.R_HIP, skeleton.R_KNEE], 1].any(), "the chest breathes alone"
        assert 0 <= moved[skeleton.NECK, 1] <= 0.014 + 1e-6


def test_breath_and_weight_keep_their_own_time():
    times = np.linspace(0, 120, 2401)
    breath = np.array([sway(t)[skeleton.NECK, 1] for t in times])
    weight = np.array([sway(t)[skeleton.R_HIP, 0] for t in times])
    for time in (0.0, 25.0, 125.0):
        assert sway(time)[skeleton.NECK, 1] == pytest.approx(0.007, abs=1e-5)
    crossings = np.diff(np.sign(breath - breath.mean())) != 0
    assert crossings.sum() / 2 / 120 == pytest.approx(0.24, abs=0.01)
    assert (breath.max(), breath.min()) == pytest.approx((0.014, 0.0), abs=1e-4)
    spectrum = np.abs(np.fft.rfft(weight[:-1] * np.hanning(2400))) / 600
    hz = np.fft.rfftfreq(2400, 0.05)
    for far, rate in ((0.035, 0.083), (0.018, 0.137)):
        near = np.abs(hz - rate) < 0.02
        assert spectrum[near].max() == pytest.approx(far, rel=0.2)
        assert hz[near][spectrum[near].argmax()] == pytest.approx(rate, abs=0.005)


def test_it_lets_go_after_a_second_and_takes_almost_two():
    plans = _plans(Idle(), 40, is_silent=True)
    assert [plan is None for plan in plans[:12]] == [True] * 10 + [False] * 2
    assert np.abs(plans[10][0] - skeleton.limit_bones(ARMS_OUT)).max() < 1e-5
    home = STANDING + np.float32([0.2, 0])
    # Half way after 0.9 s, and all of it after 1.8; chunk i speaks of 0.1 i + 0.2 s first.
    half = between(ARMS_OUT, home, 0.5) + np.float32(0.5) * sway(2.1)
    assert np.allclose(plans[19][0], skeleton.limit_bones(half), atol=1e-4)
    assert np.allclose(plans[28][0], skeleton.limit_bones(home + sway(3.0)), atol=1e-4)
    early = between(ARMS_OUT, home, 0.103515625) + np.float32(0.103515625) * sway(1.65)
    assert np.allclose(_plans_at(1.65), skeleton.limit_bones(early), atol=1e-4)


def _plans_at(time):
    """What the first plan of the silence says of a time: slow at both ends."""
    idle = Idle()
    _plans(idle, 10, is_silent=True)
    held = np.repeat(ARMS_OUT[None], 2, 0)
    return idle.feed(True, np.array([1.2, time]), held)[1]


def test_letting_go_begins_with_the_first_pose_of_the_plan_and_at_its_time():
    idle = Idle()
    poses = np.stack([ARMS_OUT + np.float32([0.02 * k, 0.0]) for k in range(len(HORIZONS))])
    times = 7.0 + np.array(HORIZONS)
    for _ in range(11):
        idle.feed(True, times, poses)
    idle.reset()
    given = None
    while given is None:
        given = idle.feed(True, times, poses)
    np.testing.assert_allclose(given[0], skeleton.limit_bones(ARMS_OUT), atol=1e-5)
    later = idle.feed(True, times + GLIDE_S, 0 * poses)
    expected = standing_near(ARMS_OUT) + sway(times[0] + GLIDE_S)
    np.testing.assert_allclose(later[0], skeleton.limit_bones(expected), atol=1e-4)
