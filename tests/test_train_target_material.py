"""A person's material: a camera that stands, consent, joints that are there or found."""

import sys
from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of

pytest.importorskip("torch")
cv2 = pytest.importorskip("cv2")

from test_train_target import write_video

from models.skeleton import STANDING, Framing
from train import target
from train.person import camera, consent, data
from train.person import joints as target_poses
from train.person.outline import Outline
from train.readers import find
from train.renderer import danced_poses, train

OUT = ["--name", "x", "--preset", "tiny", "--iterations", "2", "--no-export"]
AGREED = ["--consent", "nobody was filmed"]


def wall(count: int = 30, size: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """A patterned wall before which nobody stands, and a place in its middle where one may be."""
    noise = rng_of(0).integers(0, 256, (size // 8, size // 8, 3), np.uint8)
    picture = cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
    people = np.zeros((count, size, size), bool)
    people[:, size * 2 // 5 : size * 3 // 5, size * 2 // 5 : size * 3 // 5] = True
    return np.stack([picture] * count), people


def test_a_camera_that_stands_is_seen_to_stand() -> None:
    frames, people = wall()
    moved = camera.movement(frames, people)
    assert moved is not None and moved < 0.001


@pytest.mark.parametrize("px", [2.0, 8.0])
def test_a_moving_camera_is_found_and_how_far(px: float) -> None:
    frames, people = wall()
    for number, frame in enumerate(frames):
        shift = np.array([[1, 0, px * np.sin(number / 4)], [0, 1, 0]], np.float32)
        frames[number] = cv2.warpAffine(frame, shift, (128, 128), borderMode=cv2.BORDER_REFLECT)
    moved = camera.movement(frames, people)
    assert moved is not None and moved > camera.MOVED
    assert moved * 128 == pytest.approx(px, rel=0.3)


def test_what_the_person_does_is_no_movement_of_the_camera() -> None:
    frames, people = wall()
    for number, frame in enumerate(frames):
        x = 40 + number
        frame[40:90, x : x + 20] = rng_of(number).integers(0, 256, (50, 20, 3))
        people[number] = False
        people[number, 40:90, x : x + 20] = True
    moved = camera.movement(frames, people)
    assert moved is not None and moved < camera.MOVED


def test_a_moving_phone_is_found_behind_somebody_who_fills_the_picture() -> None:
    """In portrait, arms stretched out: around the joints' box there is nothing left."""
    frames, people = wall(size=192)
    for number, frame in enumerate(frames):
        shift = np.array([[1, 0, 4 * np.sin(number / 4)], [0, 1, 0]], np.float32)
        frame = cv2.warpAffine(frame, shift, (192, 192), borderMode=cv2.BORDER_REFLECT)
        frame[:, :40], frame[:, 152:] = frame[:, 40:41], frame[:, 151:152]  # beside the portrait
        frames[number] = frame
    joints = Framing(0.49, 0.5, 0.45).to_picture(np.repeat(STANDING[None], len(frames), 0))
    joints[:, [4, 7], 0] = 0.22, 0.78
    joints[:, [3, 6], 0] = 0.34, 0.66
    joints[:, [3, 4, 6, 7], 1] = 0.2
    outline = Outline(joints)
    people = np.stack([outline.person(row, 192) for row in range(len(frames))])
    frames[people] = 128
    moved = camera.movement(frames, people)
    assert moved is not None and moved > camera.MOVED


def test_an_even_wall_tells_nothing() -> None:
    frames, people = wall()
    assert camera.movement(np.full_like(frames, 128), people) is None


def test_consent_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert consent.given("Ann agreed") == "Ann agreed"
    assert consent.given("", "told before") == "told before"
    with pytest.raises(consent.ConsentError, match="--consent"):
        consent.given("  ")  # nobody sits before the tests

    class Person:
        @staticmethod
        def isatty() -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Person())
    for answer, known in (("Ann, yes", True), ("", False)):
        monkeypatch.setattr("builtins.input", lambda _, said=answer: said)
        if known:
            assert consent.given("") == "Ann, yes"
        else:
            with pytest.raises(consent.ConsentError):
                consent.given("")


def test_without_consent_nothing_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video(tmp_path)
    out = ["--out", str(tmp_path / "run")]
    assert target.main([str(tmp_path / "person.mp4"), *OUT, *out]) == 1
    assert "agreed" in capsys.readouterr().err
    assert not (tmp_path / "run" / train.CHECKPOINT).exists()


def test_what_could_be_no_bundle_in_the_end_is_not_begun(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxscript", None)  # as where it is not installed
    command = ["--synthetic", *OUT[:-1], "--out", str(tmp_path / "run")]
    assert target.main(command) == 2
    assert "dancelive[export]" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_short_video_works_and_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path)
    monkeypatch.setattr(danced_poses, "kept", lambda file: None)
    out = ["--out", str(tmp_path / "run"), "--size", "64"]
    assert target.main([str(tmp_path / "person.mp4"), *OUT, *out, *AGREED]) == 0
    assert "Only 2 s of video" in "".join(capsys.readouterr())
    assert (tmp_path / "run" / train.CHECKPOINT).exists()


def test_joints_are_found_where_no_pose_file_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the estimator says is taken up; where it finds nobody that is the sentence."""
    write_video(tmp_path)
    video = tmp_path / "person.mp4"
    said = {"reasons": ["several people: the largest was followed", "no sound: nothing"]}

    def prepared(task, options):
        folder = Path(options.out) / "poses"
        folder.mkdir(parents=True)
        (tmp_path / "keypoints.npz").rename(folder / "person.npz")
        return said | {"poses": "poses/person.npz"}

    monkeypatch.setattr(find, "prepare_task", prepared)
    found, told = target_poses.find_joints(video, tmp_path / "found")
    assert found.is_file() and told == ["several people: the largest was followed"]
    monkeypatch.setattr(find, "prepare_task", lambda *_: {"reasons": ["no person was found"]})
    with pytest.raises(data.TargetDataError, match="no person was found"):
        target_poses.find_joints(video, tmp_path / "none")
