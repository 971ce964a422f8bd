"""From the answers of BlazePose's networks to places in a picture, each step by made answers."""

import numpy as np
import pytest
from seeds import rng_of

from models.types import Array
from train.readers.blazepose import detector, landmarks, networks, region
from train.readers.blazepose.pose import BlazePose
from train.readers.blazepose.steadying import Steady

SHAPE = (300, 400, 3)
HIPS, RIM, RIGHT = np.array([[210.0, 160.0], [210.0, 80.0], [290.0, 160.0]])


def test_anchors_lie_in_the_middles_of_their_cells_and_layers_of_one_stride_take_turns() -> None:
    places = detector.anchors()
    assert places.shape == (2254, 2)
    assert places[0] == pytest.approx([0.5 / 28] * 2) and (places[0] == places[1]).all()
    assert places[2] == pytest.approx([1.5 / 28, 0.5 / 28]), "along a row first"
    assert places[28 * 28 * 2] == pytest.approx([0.5 / 14] * 2)
    assert (places[-6:] == places[-1]).all() and places[-7, 0] != places[-1, 0]


def boxes_of(found: dict[int, Array]) -> Array:
    """The network's answers, px from their anchors, of places (6, 2) 0..1 by number."""
    answers = np.zeros((2254, 12), np.float32)
    for number, places in found.items():
        anchor = detector.anchors()[number]
        middle, size = places[:2].mean(0) - anchor, places[1] - places[0]
        rows = [middle, size, *(places[2:] - anchor)]
        answers[number] = detector.SIDE * np.concatenate(rows)
    return answers


def test_what_is_sure_enough_comes_back_as_the_places_it_was_made_of() -> None:
    person = np.array([[0.4, 0.1], [0.5, 0.2], [0.45, 0.5], [0.45, 0.1], [0.45, 0.3], [0.5, 0.1]])
    scores = np.full((2254, 1), -200, np.float32)
    scores[[40, 700]] = [[2.0], [-0.1]]
    found, sure = detector.decode(boxes_of({40: person, 700: person}), scores, detector.anchors())
    assert found[0] == pytest.approx(person, abs=1e-6)
    assert sure == pytest.approx([1 / (1 + np.exp(-2))]), "one below a half is none"


def test_answers_that_mean_one_person_are_averaged_by_weight_and_another_person_is_left() -> None:
    one = np.array([[0.0, 0.0], [0.2, 0.2], *[[0.1, 0.5]] * 4])
    near, other = one + 0.04, one + 0.5
    found = detector.suppress(np.stack([near, other, one]), np.array([0.6, 0.8, 0.9]))
    assert found == pytest.approx((0.9 * one + 0.6 * near) / 1.5)


def test_a_region_is_upright_where_the_person_is_and_turns_with_them() -> None:
    upright = region.around(HIPS, RIM)
    assert upright.angle == pytest.approx(0) and upright.side == pytest.approx(200)
    lying = region.around(HIPS, RIGHT)  # the head to the right
    assert lying.angle == pytest.approx(np.pi / 2)
    for each in (upright, lying, region.around(HIPS, HIPS + np.array([-30, 50]))):
        assert each.to_picture(np.array([[0.5, 0.5]]))[0] == pytest.approx(HIPS)
    # The head is above the hips in each square.
    above = np.array([[0.5, 0.5 - 80 / 200]])
    assert upright.to_picture(above)[0] == pytest.approx(RIM)
    assert lying.to_picture(above)[0] == pytest.approx(RIGHT)
    assert not region.around(HIPS, HIPS).is_sound()
    assert not region.around(HIPS, np.array([np.nan, 0])).is_sound()


@pytest.mark.parametrize("rim", [(0, -80), (80, 0), (-50, -40), (20, 70)])
def test_what_is_cut_out_and_what_is_put_back_lie_at_the_same_places(rim: tuple[int, int]) -> None:
    square = region.around(HIPS, HIPS + rim)
    rgb = np.zeros(SHAPE, np.uint8)
    rgb[150:155, 230:235] = 255  # around (232, 152)
    cut = square.cut(rgb, 128, extends=True)[..., 0].astype(np.float32) / 255
    rows, columns = np.nonzero(cut > 0.5)
    seen = np.array([[columns.mean(), rows.mean()]]) / 128
    assert square.to_picture(seen)[0] == pytest.approx((232, 152), abs=1.5)
    back = square.put_back(cut, SHAPE)
    assert back.shape == SHAPE[:2] and back[152, 232] > 0.9
    assert back.sum() == pytest.approx(25, rel=0.25)
    filled = square.put_back(np.ones((128, 128), np.float32), (800, 800))
    assert filled.sum() == pytest.approx(square.side**2, rel=0.03)
    assert filled[0, 0] == 0


def test_outside_the_picture_is_black_or_the_colour_of_its_edge() -> None:
    rgb = np.full(SHAPE, 90, np.uint8)
    wide = region.whole(SHAPE)
    assert wide.cut(rgb, 40, extends=False)[0, 0, 0] == 0
    assert wide.cut(rgb, 40, extends=True)[0, 0, 0] == 90
    assert wide.to_picture(np.array([[0.0, 0.125], [1.0, 0.875]])).ravel().tolist() == [
        0,
        0,
        400,
        300,
    ]


def heat_of(column: float, row: float) -> Array:
    """(1, 64, 64) before the sigmoid, hot in one cell."""
    heat = np.full((1, 64, 64), -30, np.float32)
    heat[0, int(row), int(column)] = 5
    return heat


def test_a_landmark_moves_to_the_heat_near_it_and_else_stays() -> None:
    near = np.array([[20.4 / 64, 30.7 / 64]])
    assert landmarks.refined(near, heat_of(22, 29))[0] == pytest.approx([22 / 64, 29 / 64])
    assert (landmarks.refined(near, heat_of(24, 29)) == near).all(), "beyond its reach"
    cold = heat_of(22, 29) - 6
    assert (landmarks.refined(near, cold) == near).all()
    for outside in ([-0.1, 0.5], [0.5, 1.0], [1.2, 0.3], [np.nan, 0.5]):
        place = np.array([outside])
        assert np.array_equal(landmarks.refined(place, heat_of(2, 32)), place, equal_nan=True)
    corner = np.array([[0.0, 0.0]])
    assert landmarks.refined(corner, heat_of(1, 2))[0] == pytest.approx([1 / 64, 2 / 64])


def test_points_at_rest_are_steadied_and_moving_ones_followed_at_once() -> None:
    noise = rng_of(5).normal(0, 1, (200, 2, 2))
    steady = Steady()
    calm = np.array([steady.next(100 + each, 400) for each in noise])
    assert calm[50:].std() < 0.35 * noise.std()
    steady.forget()
    assert (steady.next(np.zeros((2, 2)), 400) == 0).all(), "nothing is left of before"
    for frame in range(1, 30):
        moved = np.full((2, 2), 40.0 * frame)
        found = steady.next(moved, 400)
    assert np.abs(found - moved).max() < 15, "of 40 px a frame"
    assert (steady.next(moved + 3, 0.0) == moved + 3).all(), "no size, no speed"


class MadeNetworks:
    """Answers of both networks: somebody is at HIPS, upright, as long as `is_there`."""

    def __init__(self) -> None:
        self.looks, self.is_there = 0, True

    def ready(self, name: str):
        return self.detect if name == networks.DETECTOR else self.mark

    def detect(self, picture: Array) -> list[Array]:
        assert picture.shape == (1, 3, 224, 224) and picture.dtype == np.float32
        self.looks += 1
        square = region.whole(SHAPE)
        hips, rim = (np.array(p - square.centre) / square.side + 0.5 for p in (HIPS, RIM))
        places = np.stack([hips - 0.05, hips + 0.05, hips, rim, hips, rim])
        scores = np.full((1, 2254, 1), -9, np.float32)
        scores[0, 1000] = 9
        return [boxes_of({1000: places})[None], scores]

    def mark(self, picture: Array) -> list[Array]:
        assert picture.shape == (1, 3, 256, 256) and picture.max() <= 1
        marks = np.zeros((39, 5), np.float32)
        marks[:, :2] = 128
        marks[0, :2] = 128, 64
        marks[landmarks.RIM, :2] = 128, 128 - 0.4 * 256
        marks[:, 3] = 9
        mask = np.full((1, 1, 256, 256), -9, np.float32)
        mask[0, 0, 64:192, 64:192] = 9
        heat = np.full((1, 39, 64, 64), -9, np.float32)
        presence = np.array([[float(self.is_there)]])
        return [marks.reshape(1, 195), presence, mask, heat, np.zeros((1, 117))]


def test_a_person_is_looked_for_once_followed_and_looked_for_again_when_lost(monkeypatch) -> None:
    made = MadeNetworks()
    monkeypatch.setattr(networks, "ready", made.ready)
    rgb = np.zeros(SHAPE, np.uint8)
    pose = BlazePose()
    for _ in range(3):
        person = pose.find(rgb)
        assert person is not None and made.looks == 1
        assert person.landmarks[11, :2] == pytest.approx(HIPS, abs=0.5)
        assert person.landmarks[0, :2] == pytest.approx(HIPS - (0, 50), abs=0.5)
        assert person.landmarks[0, 2] > 0.99
    mask = person.mask()
    assert mask.shape == SHAPE[:2] and mask[160, 210] > 0.99 and mask[160, 300] < 0.01
    assert (mask > 0.5).sum() == pytest.approx(100**2, rel=0.05)
    made.is_there = False
    assert pose.find(rgb) is None and made.looks == 1
    assert pose.find(rgb) is None and made.looks == 2, "the next frame is looked at anew"
    made.is_there = True
    alone = BlazePose(follows=False)
    for looks in (3, 4):
        assert alone.find(rgb) is not None and made.looks == looks
