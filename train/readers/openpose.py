"""Folders as OpenPose writes them, BODY_25 or COCO-18, with the video or sound they were made of.

`<anything>_<frame number>_keypoints.json`: `people`, each with `pose_keypoints_2d` (older programs:
`pose_keypoints`) = x px, y px, confidence of every joint.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.json_file import read_json
from models.sound_file import SOUNDS, VIDEOS
from models.types import Array
from train.readers import video
from train.readers.recording import Recording
from train.songs.song import DataError

FPS = 25.0  # where nothing tells
ENCODED_S = 0.15  # AAC and MP3 add less than this to a sound
# What cameras and web videos have; where there is sound alone, its length tells which.
USUAL_FPS = (10, 12, 12.5, 15, 20, 24 / 1.001, 24, 25, 30 / 1.001, 30, 50, 60 / 1.001, 60, 100, 120)
BODY_25 = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)  # COCO joint <- index
NO_PEOPLE = (ValueError, KeyError, TypeError, OverflowError)  # raised by what is none of OpenPose
LEAST_SHARE = 0.1  # of the frames have a file
MOST_PX = 65_536  # of a picture's side
_NUMBER = re.compile(r"(\d+)_keypoints$")


def is_folder(path: Path) -> bool:
    """Whether OpenPose has written here."""
    return path.is_dir() and any(path.glob("*_keypoints.json"))


def people_of(found: Any) -> Array:
    """The content of one file -> (P, 18, 3). Raises one of NO_PEOPLE.

    A joint outside every picture was not found.
    """
    people: list[Array] = []
    for person in found["people"]:
        flat = person["pose_keypoints_2d" if "pose_keypoints_2d" in person else "pose_keypoints"]
        with np.errstate(over="ignore"):
            joints = np.asarray(flat, np.float32).reshape(-1, 3)
        is_there = (np.abs(joints) < MOST_PX).all(1, keepdims=True)  # NaN is not
        joints = np.where(is_there, joints, 0)  # 0 = not found
        if len(joints) == 25:
            joints = joints[list(BODY_25)]
        if len(joints) != spec.N_JOINTS:
            raise ValueError(f"{len(joints)} joints, where 18 or 25 are known")
        people.append(joints)
    return np.stack(people) if people else np.zeros((0, spec.N_JOINTS, 3), np.float32)


def read(folder: Path, fps: float = 0.0) -> Recording:
    """One recording; frames without a file are frames without a person.

    `fps` 0: each frame when the video beside the files shows it, or by the length of the sound.
    Raises DataError where a sound fits no usual rate.
    """
    numbered: dict[int, Path] = {}
    for path in folder.glob("*_keypoints.json"):
        if found := _NUMBER.search(path.stem):
            numbered[int(found[1])] = path
    if not numbered:
        raise DataError(f"{folder.name} holds no files of OpenPose with a frame number.")
    first, last = min(numbered), max(numbered)
    if len(numbered) < LEAST_SHARE * (last - first + 1):
        raise DataError(
            f"{folder.name}: its {len(numbered)} files are numbered from {first} to {last}, "
            "most are missing: leave one recording in it."
        )
    people = [np.zeros((0, spec.N_JOINTS, 3), np.float32)] * (last - first + 1)
    broken: list[str] = []
    for number, path in numbered.items():
        try:
            people[number - first] = people_of(read_json(path))
        except NO_PEOPLE as error:
            broken.append(f"{path.name}: {error}")
    if len(broken) == len(numbered):
        raise DataError(f"{folder.name}: no file could be read ({broken[0]}).")
    media = _media(folder)
    audio = video.sound(media) if media else None
    notes: dict[str, Any] = {"sound_from": media.name if media else ""}
    rate, size, shown = fps, _size(people), np.zeros(0)
    if media is not None and media.suffix.lower() in VIDEOS:
        facts = video.facts(media)
        rate, size = fps or facts.fps, facts.size
        shown = shown if fps else video.frame_times(media)
    if not rate and audio is not None:
        rate = fitting_rate(len(people), len(audio) / spec.SAMPLE_RATE)
        notes["frame_rate"] = f"{rate:.4g} frames/s by the length of the sound"
    elif not rate:
        rate = FPS
        notes["frame_rate"] = f"{rate:.4g} frames/s assumed, --fps names another"
    if missing := last - first + 1 - len(numbered):
        notes["missing_files"] = missing
    if broken:
        notes["broken_files"] = broken[:10]
    return Recording(
        name=folder.name,
        times=_times(len(people), rate, shown),
        people=people,
        size=size,
        audio=audio,
        provenance=f"OpenPose files of {folder.name}",
        notes=notes,
    )


def _times(n: int, rate: float, shown: Array) -> Array:
    """Of n frames: as the video shows them, whatever its rate does; behind its end at `rate`."""
    if not len(shown):
        return np.arange(n) / rate
    behind = shown[-1] + np.arange(1, max(0, n - len(shown)) + 1) / rate
    return np.concatenate([shown[:n], behind])


def fitting_rate(frames: int, seconds: float) -> float:
    """The usual rate at which so many frames last as long as the sound.

    Raises DataError when there is none.
    """
    rate = min(USUAL_FPS, key=lambda usual: abs(frames / usual - seconds))
    if abs(frames / rate - seconds) > ENCODED_S:
        raise DataError(
            f"{frames} frames and {seconds:.1f} s of sound fit no usual number of frames a second: "
            "name it with --fps."
        )
    return rate


def _media(folder: Path) -> Path | None:
    """The video or sound in the folder, or beside it under its name."""
    inside = _playable(folder.iterdir())
    beside = _playable(p for p in folder.parent.iterdir() if p.stem == folder.name)
    return next(iter(inside or beside), None)


def _playable(paths: Iterable[Path]) -> list[Path]:
    known = VIDEOS | SOUNDS
    return sorted(path for path in paths if path.is_file() and path.suffix.lower() in known)


def _size(people: list[Array]) -> tuple[int, int]:
    """A picture that holds them all, where nothing tells its size."""
    seen = np.concatenate([p[p[..., 2] > 0][:, :2] for p in people] or [np.zeros((0, 2))])
    if not len(seen):
        return 1, 1
    width, height = np.ceil(seen.max(0) * 1.05)
    return max(1, int(width)), max(1, int(height))
