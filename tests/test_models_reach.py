"""What a person was filmed in, and a dance that stays inside it."""

import numpy as np
import pytest

from models.reach import N_NUMBERS, TURNING, Reach
from models.skeleton import (
    CANONICAL_LENGTHS,
    L_ANKLE,
    L_ELBOW,
    L_WRIST,
    R_ANKLE,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
    STANDING,
    bone_lengths,
    bone_vectors,
    from_bones,
    pelvis,
)
from tests.seeds import rng_of


def with_bone(pose: np.ndarray, bone: int, degrees: float) -> np.ndarray:
    """A pose with one bone in another direction: 0 to the right, 90 down."""
    bones = bone_vectors(pose)
    long = np.hypot(*bones[bone])
    bones[bone] = long * np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])
    return from_bones(pelvis(pose), bones)


def swaying(count: int = 400) -> np.ndarray:
    """Somebody who stands and lets their arms swing by 40 degrees, no more."""
    rng = rng_of(1)
    poses = np.repeat(STANDING[None], count, 0)
    for number in range(count):
        for bone in (L_ELBOW, L_WRIST, R_WRIST):
            poses[number] = with_bone(poses[number], bone, 90 + rng.uniform(-40, 40))
    return poses


@pytest.fixture(scope="module")
def reach() -> Reach:
    found = Reach.of(swaying())
    assert found is not None
    return found


def test_what_was_filmed_stays_as_it_is(reach: Reach) -> None:
    for pose in swaying(50):
        assert np.allclose(reach.inside(pose), pose, atol=1e-5)


def test_an_arm_that_was_never_raised_stays_where_it_was_filmed(reach: Reach) -> None:
    raised = with_bone(STANDING, L_WRIST, -30)
    kept = reach.inside(raised)
    x, y = bone_vectors(kept)[L_WRIST]
    assert 90 - 40 - 18 < np.degrees(np.arctan2(y, x)) < 60
    assert np.allclose(bone_lengths(kept), bone_lengths(raised), atol=1e-5)
    others = [joint for joint in range(18) if joint != L_WRIST]
    assert np.allclose(kept[others], raised[others], atol=1e-5)


def test_a_limb_that_swings_all_around_never_jumps(reach: Reach) -> None:
    angles = np.linspace(0, 360, 721)
    kept = np.array([reach.inside(with_bone(STANDING, L_WRIST, a))[L_WRIST] for a in angles])
    steps = np.hypot(*np.diff(kept, axis=0).T)
    assert steps.max() < 0.05 * CANONICAL_LENGTHS[L_WRIST]


def test_who_never_squatted_bends_no_further_and_stands_on_the_floor(reach: Reach) -> None:
    deep = STANDING.copy()
    deep[R_KNEE] = deep[R_HIP] + (-0.1, 0.15)
    deep[R_ANKLE] = deep[R_HIP] + (0.0, 0.4)
    deep[12], deep[L_ANKLE] = deep[11] + (0.1, 0.15), deep[11] + (0.0, 0.4)
    deep[:, 1] += STANDING[R_ANKLE, 1] - deep[R_ANKLE, 1]
    kept = reach.inside(deep)
    leg = np.hypot(*(kept[R_ANKLE] - kept[R_HIP]))
    assert leg > 0.9 * np.hypot(*(STANDING[R_ANKLE] - STANDING[R_HIP]))
    assert kept[[R_ANKLE, L_ANKLE], 1].max() == pytest.approx(
        deep[[R_ANKLE, L_ANKLE], 1].max(), abs=1e-4
    )


def test_who_never_jumped_stays_on_the_floor_and_a_jumper_flies(reach: Reach) -> None:
    floor = STANDING[[R_ANKLE, L_ANKLE], 1].max()
    up = STANDING - np.array([0, 0.2], np.float32)
    assert reach.inside(up)[[R_ANKLE, L_ANKLE], 1].max() == pytest.approx(floor, abs=0.05)
    filmed = swaying()
    filmed[::20, :, 1] -= 0.25
    jumper = Reach.of(filmed)
    assert jumper is not None and np.allclose(jumper.inside(up), up, atol=1e-4)
    assert "jumps" in reach.lacks() and "jumps" not in jumper.lacks()


def test_who_never_turned_shows_their_front(reach: Reach) -> None:
    """The shoulders keep their width, and arms and head go with them."""
    narrow = STANDING.copy()
    narrow[:, 0] *= 0.1
    kept = reach.inside(narrow)
    width = kept[5, 0] - kept[R_SHOULDER, 0]
    assert width == pytest.approx(STANDING[5, 0] - STANDING[R_SHOULDER, 0], rel=0.06)
    assert "turns" in reach.lacks()


def test_it_says_what_was_not_filmed(reach: Reach) -> None:
    assert reach.lacks() == ("raised arms", "jumps", "squats", "kicks", "turns")
    rng = rng_of(2)
    everything = STANDING + rng.normal(0, 0.3, (4000, 18, 2)).astype(np.float32)
    everything[:, :, 1] -= rng.uniform(0, 0.2, (4000, 1)).astype(np.float32)
    found = Reach.of(everything)
    assert found is not None and found.lacks() == ()
    assert (found.extents == np.float32(2 * np.pi)).all()


def test_a_few_frames_say_nothing() -> None:
    assert Reach.of(swaying(20)) is None


def test_it_is_kept_as_numbers(reach: Reach) -> None:
    numbers = reach.as_numbers()
    assert len(numbers) == N_NUMBERS == 2 * len(TURNING) + 7
    again = Reach.from_numbers(numbers)
    raised = with_bone(with_bone(STANDING, L_WRIST, -30), L_ELBOW, 10)
    assert np.allclose(again.inside(raised), reach.inside(raised), atol=1e-3)
    with pytest.raises(ValueError, match="27 numbers"):
        Reach.from_numbers(numbers[:-1])


def test_joints_in_one_place_stay_numbers(reach: Reach) -> None:
    assert np.isfinite(reach.inside(np.zeros((18, 2), np.float32))).all()
