"""The empty place behind a person: nobody stays in it, and nobody sees where they stood."""

import numpy as np
import pytest
from seeds import rng_of, seed_of

cv2 = pytest.importorskip("cv2")
pytest.importorskip("scipy")

from models.skeleton import (
    L_ELBOW,
    L_WRIST,
    R_ELBOW,
    R_WRIST,
    STANDING,
    Framing,
)
from train.person import drawn
from train.person.data import TargetDataError
from train.person.fill import filled, spread
from train.person.outline import Outline
from train.person.place import find_place
from train.person.plate import find_plate, noise_of

SIZE = 160
FRAMES = 40


def room(size: int = SIZE) -> np.ndarray:
    """A wall that the light falls on from the left, a skirting board, a darker floor."""
    column, row = np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2)
    wall = np.stack([200 - 40 * column, 190 - 30 * column, 175 - 25 * column], -1)
    floor = np.stack([120 - 10 * column, 95 + 15 * row, 80 + 0 * row], -1)
    picture = np.where((row > 0.8)[..., None], floor, wall)
    picture[(row > 0.77) & (row <= 0.8)] = (235, 232, 225)
    return picture.round().astype(np.uint8)


def on_the_spot(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Joints and frames of a figure that moves its arms and never leaves its place."""
    rng = rng_of(seed)
    poses = np.repeat(STANDING[None], FRAMES, 0).copy()
    swing = rng.uniform(0, 2 * np.pi, 2) + np.linspace(0, 12, FRAMES)[:, None]
    for joints, reach in (([R_ELBOW, L_ELBOW], 0.2), ([R_WRIST, L_WRIST], 0.5)):
        poses[:, joints, 0] += reach * np.sin(swing) * (-1, 1)
        poses[:, joints, 1] -= reach * (1 + np.cos(swing)) / 2
    joints = Framing(0.4, 0.5, 0.47).to_picture(poses)
    colours = [(200, 40, 40)] * 6 + [(40, 60, 140)] * 6 + [(60, 40, 30)] * 5
    frames = np.stack([drawn.figure(pose, room(), colours) for pose in joints])
    noise = rng.normal(0, 1.5, frames.shape)
    return joints, (frames + noise).round().clip(0, 255).astype(np.uint8)


def people_of(joints: np.ndarray, size: int = SIZE) -> np.ndarray:
    outline = Outline(joints)
    return np.stack(
        [outline.person(row, size) | outline.shadow(row, size) for row in range(len(joints))]
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_who_never_leaves_the_spot_does_not_stay_in_the_place(seed: int) -> None:
    joints, frames = on_the_spot(seed)
    stood = np.all([np.abs(frame.astype(int) - room()).max(-1) > 25 for frame in frames], 0)
    assert stood.mean() > 0.01  # of the picture never free
    place = find_place(
        Outline(joints), np.arange(FRAMES), lambda rows: frames[rows], lambda *_: None
    )
    off = np.abs(place.picture.astype(int) - room()).max(-1)
    assert off.max() < 40 and off[stood].mean() < 6  # trousers are 100 off the wall
    assert off.mean() < 1.5
    assert 0.5 < place.noise < 2.5


def test_masks_tell_more_than_joints() -> None:
    """A wide skirt is outside of all that the joints say."""
    joints, frames = on_the_spot()
    hips = joints[:, [8, 11]].mean(1) * SIZE
    skirt = np.zeros((FRAMES, SIZE, SIZE), np.uint8)
    for area, (x, y) in zip(skirt, hips, strict=True):
        corners = np.array([[x - 8, y], [x + 8, y], [x + 34, y + 36], [x - 34, y + 36]])
        cv2.fillPoly(area, [corners.round().astype(np.int32)], 1)
    frames[skirt > 0] = (20, 120, 60)
    persons = [
        np.float32((np.abs(frame.astype(int) - room()).max(-1) > 12) | (area > 0))
        for frame, area in zip(frames, skirt, strict=True)
    ]
    outline, rows = Outline(joints), np.arange(FRAMES)
    by_mask, by_joints = (
        find_place(outline, rows, lambda rows: frames[rows], mask).picture
        for mask in (lambda row, rgb: persons[row], lambda *_: None)
    )
    worst = [int(np.abs(found.astype(int) - room()).max()) for found in (by_mask, by_joints)]
    assert worst[0] < 40 < 80 < worst[1]


def test_a_shadow_that_nearly_always_lies_there_is_no_part_of_the_place() -> None:
    """And nothing else that is brighter for a while is taken for light."""
    rng = rng_of(3)
    frames = np.repeat(room()[None], FRAMES, 0).astype(float)
    at = np.s_[140:150, 30:70]
    frames[(slice(0, 36), *at)] *= 0.7
    frames[(slice(0, 4), slice(20, 40), slice(20, 40))] = (255, 120, 60)  # something that passes
    frames = (frames + rng.normal(0, 1.0, frames.shape)).round().clip(0, 255).astype(np.uint8)
    plate = find_plate(frames, np.zeros(frames.shape[:3], bool))
    off = np.abs(plate.astype(int) - room()).max(-1)
    assert off[at].mean() < 4 and off.max() < 12
    assert off[20:40, 20:40].max() < 4


def test_a_picture_of_the_place_fills_what_is_never_free() -> None:
    joints, frames = on_the_spot()
    people = people_of(joints)
    darker = (room().astype(int) - 5).clip(0, 255).astype(np.uint8)
    plate = find_plate(frames, people, darker)
    assert np.abs(plate.astype(int) - room()).max() <= 3
    with pytest.raises(TargetDataError, match="another place"):
        find_plate(frames, people, 255 - room())


def test_the_camera_s_noise_is_measured_where_nobody_is() -> None:
    rng, still = rng_of(4), np.repeat(room()[None], 20, 0)
    people = np.zeros((20, SIZE, SIZE), bool)
    people[:, 40:120] = True
    noisy = still + rng.normal(0, 6.0, still.shape)
    noisy[:, 40:120] += rng.normal(0, 60.0, noisy[:, 40:120].shape)
    noisy = noisy.round().clip(0, 255).astype(np.uint8)
    # Of the mean of three colours.
    assert noise_of(noisy, people) == pytest.approx(6 / 3**0.5, rel=0.25)
    assert noise_of(still, people) == 0


def test_a_hole_is_filled_without_a_seam() -> None:
    """Bands of the room go on behind it, and the light does."""
    picture, hole = room(256), np.zeros((256, 256), bool)
    hole[60:250, 100:150] = True
    spoilt = picture.copy()
    spoilt[hole] = (255, 0, 255)
    whole = filled(spoilt, hole)
    assert np.array_equal(whole[~hole], picture[~hole])
    off = np.abs(whole.astype(int) - picture).max(-1)
    # The skirting board is one px off at most.
    assert off[hole].mean() < 3 and np.median(off[hole]) <= 1
    edges = np.abs(np.diff(whole.astype(int), axis=1)).max(-1)[:190, [99, 149]]
    assert edges.max() <= 3


@pytest.mark.parametrize("size", [16, 50, 300])
def test_any_hole_in_any_picture_is_filled(size: int) -> None:
    rng = rng_of(seed_of(5))
    picture = rng.integers(0, 256, (size, size, 3), np.uint8)
    for share in (0.0, 0.001, 0.5, 0.97, 1.0):
        hole = rng.random((size, size)) < share
        whole = filled(picture, hole)
        assert whole.dtype == np.uint8 and np.array_equal(whole[~hole], picture[~hole])


def test_what_is_spread_is_smooth_and_keeps_what_is_known() -> None:
    column = np.linspace(0, 100, 64, dtype=np.float32)
    picture = np.repeat(np.repeat(column[None, :, None], 64, 0), 2, 2)
    hole = np.zeros((64, 64), bool)
    hole[10:50, 20:40] = True
    found = spread(picture, hole)
    assert np.array_equal(found[~hole], picture[~hole])
    assert np.abs(found - picture).max() < 15
