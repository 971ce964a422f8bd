"""Whose face is painted: how faces are laid, what they are compared with, and real ones."""

import sys

import cv2
import numpy as np
import pytest

from models import bundle
from models.puppet.painter import open_on_processor
from models.skeleton import L_EAR, L_EYE, NECK, NOSE, R_EAR, R_EYE, STANDING
from models.types import Array
from tests.seeds import rng_of
from train.picture_eval import identity
from train.picture_eval.brisque import NotMeasurable
from train.picture_eval.identity import SIZE, descriptor, elsewhen, face_picture

_FRONT = {R_EYE: (47.5, 47.1), L_EYE: (100.3, 47.1), NOSE: (74.0, 87.8)}  # px of the network's


def laid(turn: float, scale: float, middle: Array) -> Array:
    """Key points (18, 2) of the network's mean face, turned, scaled and moved, 0..1."""
    joints = np.full((18, 2), 0.5)
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    for joint, place in (_FRONT | {R_EAR: (20, 55), L_EAR: (128, 55), NECK: (74, 190)}).items():
        joints[joint] = middle + np.array([[c, -s], [s, c]]) @ (np.array(place) - SIZE / 2)
    return joints


@pytest.mark.parametrize("turn", [0.0, 0.6, -2.5])
def test_eyes_and_nose_lie_where_the_network_wants_them(turn: float) -> None:
    """Dots painted at the key points are found there again, of any size and turn of the head."""
    size = 400
    joints = laid(turn, rng_of(1).uniform(0.5, 1.0) / size, rng_of(2).uniform(0.4, 0.6, 2))
    for joint, place in _FRONT.items():
        picture = np.zeros((size, size, 3), np.uint8)
        at = [round(float(v) * 16) for v in joints[joint] * size]
        cv2.circle(picture, at, 5 * 16, (255, 255, 255), -1, cv2.LINE_AA, 4)
        rows, columns = np.nonzero(face_picture(picture, joints)[..., 0] > 127)
        assert (columns.mean(), rows.mean()) == pytest.approx(place, abs=0.7)


def test_a_face_of_no_size_is_not_compared() -> None:
    with pytest.raises(NotMeasurable, match="few pixels"):
        face_picture(np.zeros((64, 64, 3), np.uint8), laid(0, 0.01 / 64, np.array([0.5, 0.5])))


def test_other_moments_are_a_while_away_and_turned_alike() -> None:
    rows = np.array([0, 20, 30, 40, 41, 90])
    clip = np.array([0, 0, 0, 0, 1, 1])
    degrees = np.array([0, 0, 0, 10.1, 3, 60])
    faces = np.array([[0.0, 0], [3, 4], [6, 8], [50, 0], [0, 5], [99, 0]])
    found = elsewhen(faces, rows, clip, degrees, 25)
    wanted = [(10 + 5) / 2, np.hypot(3, 1), (10 + np.hypot(6, 3)) / 2, np.hypot(50, 5)]
    wanted += [(5 + np.hypot(3, 1) + np.hypot(6, 3) + np.hypot(50, 5)) / 4, np.nan]
    assert found == pytest.approx(wanted, nan_ok=True)
    faces[0] = np.nan
    found = elsewhen(faces, rows, clip, degrees, 25)
    assert np.isnan(found[0]) and found[2] == pytest.approx(np.hypot(6, 3))


@pytest.mark.parametrize("lacking", ["dlib", "face_recognition_models"])
def test_without_its_packages_it_says_what_to_install(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, lacking, None)
    if lacking == "face_recognition_models":
        monkeypatch.setattr(identity, "find_spec", lambda _: None)
    identity._network.cache_clear()
    with pytest.raises(NotMeasurable, match="extra `face`"):
        descriptor(np.zeros((64, 64, 3), np.uint8), laid(0, 0.01, np.array([0.5, 0.5])))


@pytest.fixture(scope="module")
def shipped() -> dict[str, Array]:
    """Faces of shipped persons, (2, 128): standing, and with the head aside and tilted."""
    pytest.importorskip("dlib", reason="the extra `face` is not installed")
    aside = STANDING.copy()
    aside[[NOSE, R_EYE, L_EYE]] += np.array([0.02, 0.005], np.float32)
    identity._network.cache_clear()
    found: dict[str, Array] = {}
    for name in ("alice", "bob"):
        person = bundle.find("target", name)
        paint = open_on_processor(person).whole
        joints = [person.manifest.body.place(pose) for pose in (STANDING, aside)]
        pictures = [paint(pose) for pose in joints]
        found[name] = np.array([descriptor(p, j) for p, j in zip(pictures, joints, strict=True)])
    return found


@pytest.mark.extra
def test_shipped_persons_are_told_apart_and_known_again(shipped: dict[str, Array]) -> None:
    (front, aside), other = shipped["alice"], shipped["bob"]
    apart = np.linalg.norm(front - other, axis=1).min()
    assert np.linalg.norm(front - aside) < 0.6 * apart and apart > 0.5


@pytest.mark.extra
def test_more_blur_is_farther_from_the_person(shipped: dict[str, Array]) -> None:
    person = bundle.find("target", "alice")
    joints = person.manifest.body.place(STANDING)
    picture = open_on_processor(person).whole(joints)
    found = [
        np.linalg.norm(
            descriptor(cv2.GaussianBlur(picture, (0, 0), by), joints) - shipped["alice"][0]
        )
        for by in (0.5, 1.5, 4.0)
    ]
    assert found == sorted(found) and found[0] < 0.2 and found[-1] > 0.4
