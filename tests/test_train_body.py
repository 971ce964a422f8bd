"""What a body does, on motions that are known: so are their measures, whatever its size."""

import numpy as np
import pytest
from seeds import rng_of

from models import skeleton
from train.dance_eval import body

R_ANKLE, L_ANKLE = skeleton.R_ANKLE, skeleton.L_ANKLE
WRISTS = [skeleton.R_WRIST, skeleton.L_WRIST]
H = body.HEIGHT_UNITS
SECONDS = np.arange(round(24 * body.HZ)) / body.HZ
ALL_BUT_SLIDE = ("bounce", "steps", "stride", "lift", "air", "wrists")


def smoothed(hz: float) -> float:
    """What the smoothing leaves of a sine."""
    return float(np.exp(-((2 * np.pi * hz * body.SMOOTH_S) ** 2) / 2))


def standing(n: int = len(SECONDS)) -> np.ndarray:
    """A body of height 1."""
    return np.tile(skeleton.STANDING.astype(float), (n, 1, 1)) / H


def stepping(stride: float, lift: float) -> np.ndarray:
    """Feet step in turn, one a second, to the left and back."""
    poses = standing()
    for begin in range(1, 23):
        foot = (R_ANKLE, L_ANKLE)[begin % 2]
        way = stride * (1 if begin % 4 in (1, 2) else -1)
        after = SECONDS - begin
        poses[:, foot, 0] += way * np.interp(after, [0.05, 0.35], [0, 1])
        poses[:, foot, 1] -= lift * np.interp(after, [0, 0.1, 0.3, 0.4], [0, 1, 1, 0])
    return poses


def jumping(frames: int) -> np.ndarray:
    """In the air for so many frames of every 30."""
    poses = standing()
    poses[:, :, 1] -= 0.08 * (np.arange(len(poses)) % 30 < frames)[:, None]
    return poses


def dancing(seed: int) -> np.ndarray:
    rng = rng_of(seed)
    hz = rng.uniform(0.4, 2.5, (18, 2))
    phase = rng.uniform(0, 6, (18, 2))
    return standing() + 0.08 * np.sin(2 * np.pi * hz * SECONDS[:, None, None] + phase)


def measured(poses: np.ndarray) -> dict[str, float]:
    return body.body_measures(body.in_heights(poses))


def test_a_body_is_as_high_as_it_stands_upright():
    poses = standing()
    poses[len(poses) // 10 :, : skeleton.R_HIP, 1] += 0.2  # it bows nearly all the time
    assert body.body_height(poses) == pytest.approx(1)
    assert body.body_height(poses * 3.7 + 5) == pytest.approx(3.7)
    assert pytest.approx(1.747 / 0.87, rel=1e-3) == H


def test_a_still_body_does_nothing():
    found = measured(standing() * 2.3 + 1)
    assert set(found) == {
        "bounce", "steps", "stride", "lift", "air", "wrists", "slide_h", "crossing", "turned",
    }  # fmt: skip
    assert list(found.values()) == pytest.approx([0.0] * len(found), abs=1e-9)


@pytest.mark.parametrize("size", [0.01, 0.05])
@pytest.mark.parametrize("hz", [0.25, 1.0, 2.0])
def test_hips_that_bob_bounce_by_their_height(hz, size):
    poses = standing()
    bobs = np.setdiff1d(np.arange(18), [skeleton.NOSE, *skeleton.ANKLES])
    poses[:, bobs, 1] += size * np.sin(2 * np.pi * hz * SECONDS)[:, None]
    about_its_mean = 1 - np.sinc(hz * 2.0)  # of 2 s
    expected = 2 * size * np.sin(0.45 * np.pi) * smoothed(hz) * about_its_mean
    assert measured(poses)["bounce"] == pytest.approx(expected, rel=0.025)


def test_who_slowly_sinks_does_not_bounce():
    poses = standing()
    poses[:, 1 : skeleton.R_HIP + 1, 1] += 0.2 * (SECONDS / 24)[:, None]
    poses[:, skeleton.L_HIP, 1] += 0.2 * SECONDS / 24
    assert measured(poses)["bounce"] < 0.003


@pytest.mark.parametrize(("stride", "lift"), [(0.3, 0.1), (0.15, 0.05), (0.4, 0.0)])
def test_steps_have_their_stride_and_lift(stride, lift):
    found = measured(stepping(stride, lift))
    assert found["steps"] == pytest.approx(22 / 24)
    assert found["stride"] == pytest.approx(stride, rel=0.05)
    assert found["lift"] == pytest.approx(lift, rel=0.05)
    assert found["air"] == 0


def test_a_foot_that_rests_in_the_air_steps_up_and_down():
    found = measured(stepping(0.0, 0.08))
    assert found["steps"] == pytest.approx(2 * 22 / 24)
    assert found["stride"] == 0


def test_a_step_is_known_from_its_beginning_to_its_end():
    found = body.steps(body.in_heights(stepping(0.2, 0.06)))
    begins, ends = np.array([[step.begin, step.end] for step in found]).T / body.HZ
    assert begins == pytest.approx(np.arange(1, 23), abs=0.1)
    assert ends == pytest.approx(np.arange(1, 23) + 0.4, abs=0.11)
    assert [step.length for step in found] == pytest.approx([0.2] * 22, rel=0.03)


@pytest.mark.parametrize(
    ("way", "up", "seconds", "counts"),
    [
        (0.08, 0.0, 0.1, True), (0.03, 0.0, 0.06, False), (0.03, 0.03, 0.06, True),
        (0.0, 0.015, 0.04, False), (0.3, 0.0, 2.0, False), (0.6, 0.0, 2.0, True),
    ],
)  # fmt: skip
def test_what_is_short_and_flat_or_slow_is_no_step(way, up, seconds, counts):
    poses = standing()
    after = SECONDS - 10
    poses[:, R_ANKLE, 0] += way * np.interp(after, [0, seconds], [0, 1])
    poses[:, R_ANKLE, 1] -= up * np.interp(after, [0, 0.1, 0.3, 0.4], [0, 1, 1, 0])
    assert measured(poses)["steps"] == pytest.approx(counts / 24)


def test_what_the_dance_begins_or_ends_in_is_no_step():
    poses = standing()
    poses[:, R_ANKLE, 0] += np.interp(SECONDS, [0, 0.5, 23.5, 24], [0, 0.5, 0.5, 1])
    assert measured(poses)["steps"] == 0


def test_a_step_down_lifts_the_foot_over_its_lower_end():
    poses = standing()
    poses[:, R_ANKLE, 1] -= 0.3 * np.interp(SECONDS, [20, 20.2], [1, 0])
    (step,) = body.steps(body.in_heights(poses))
    assert step.rise == pytest.approx(0.3, rel=0.05)
    assert step.stride == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("frames", [0, 3, 9, 15, 21])
def test_jumps_are_in_the_air_for_their_share(frames):
    assert measured(jumping(frames))["air"] == pytest.approx(frames / 30 if frames > 1 else 0)


def test_one_foot_alone_is_not_in_the_air():
    poses = standing()
    poses[200:400, R_ANKLE, 1] -= 0.3
    assert measured(poses)["air"] == 0


def test_hands_are_as_quick_as_they_go_about_the_hips():
    poses = standing()
    angle = 2 * np.pi * SECONDS
    poses[:, WRISTS, 0] += 0.1 * np.cos(angle)[:, None]
    poses[:, WRISTS, 1] += 0.1 * np.sin(angle)[:, None]
    expected = 2 * np.pi * 0.1 * smoothed(1.0)
    assert measured(poses)["wrists"] == pytest.approx(expected, rel=0.02)
    poses[..., 0] += 0.3 * np.sin(SECONDS)[:, None]  # the whole body sways
    assert measured(poses)["wrists"] == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("pace", [0.02, 0.1])
def test_a_standing_foot_slides_as_fast_as_the_body_is_drawn(pace):
    poses = standing()
    poses[..., 0] += pace * SECONDS[:, None]
    assert measured(poses)["slide_h"] == pytest.approx(pace, rel=0.02)


def test_legs_are_crossed_as_the_hips_see_it_and_shoulders_turned():
    poses = standing()
    poses[:240, R_ANKLE, 0] += 0.4
    poses[:120, skeleton.R_SHOULDER, 0] *= 0.1
    poses[:120, skeleton.L_SHOULDER, 0] *= 0.1
    found = measured(poses)
    assert found["crossing"] == pytest.approx(240 / len(poses), abs=0.003)
    assert found["turned"] == pytest.approx(120 / len(poses), abs=0.003)
    behind = poses * [-1.0, 1.0]  # seen from behind the same legs are crossed
    assert measured(behind)["crossing"] == pytest.approx(found["crossing"], abs=0.003)


@pytest.mark.parametrize("seed", [1, 2])
def test_size_and_place_change_nothing(seed):
    poses = dancing(seed)
    found = measured(poses)
    assert found["steps"] > 0 and found["bounce"] > 0
    for size, place in ((0.2, 0.0), (512.0, [90.0, -700.0])):
        assert measured(poses * size + place) == pytest.approx(found, rel=1e-6, nan_ok=True)


def test_motion_in_3d_may_face_any_way():
    flat = stepping(0.3, 0.1)
    flat[..., 0] += 0.1 * np.sin(SECONDS)[:, None]
    across = measured(flat)
    angle = rng_of(3).uniform(0, 2 * np.pi)
    x, y = flat[..., 0], flat[..., 1]
    found = measured(np.stack([x * np.cos(angle), x * np.sin(angle), y], -1))
    for key in ALL_BUT_SLIDE:
        assert found[key] == pytest.approx(across[key])
