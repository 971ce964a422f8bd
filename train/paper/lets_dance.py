"""The Let's Dance data set in its published layout, as clips for the action network.

`densepose/<dance>/<video>_<frame>.json`, 30 frames/s; a file lists the people in that frame, each
as `["person", ...]` followed by `[joint, [x, y, ...]]` in px of the frame, x right, y down.
"""

import json
import re
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from models import skeleton, spec
from models.types import Array
from train.paper.action_clips import SPAN, Clip, flat_clip
from train.songs import motion
from train.songs.song import DataError

FPS = 30.0
LONGEST_GAP = 8  # frames without the dancer after which a new clip begins
STRAY = 0.75  # body heights that a dancer moves between two frames at most
# Its names of the joints, "right_knee"; it has no neck.
NAMES = {
    name.replace("r_", "right_").replace("l_", "left_"): joint
    for joint, name in enumerate(skeleton.JOINTS)
    if joint != skeleton.NECK
}
SHOULDERS = (skeleton.R_SHOULDER, skeleton.L_SHOULDER)
PLACED_BY = (*SHOULDERS, skeleton.R_HIP, skeleton.L_HIP)  # without them a person cannot be placed


def people(path: Path) -> list[Array]:
    """Everyone in one frame, each (18, 2) in px, NaN where a joint was not found.

    Raises DataError when the file is no such list.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        persons: list[Array] = []
        for entry in found:
            joints = np.full((spec.N_JOINTS, 2), np.nan)
            for name, place, *_ in entry[1:]:
                if name in NAMES and len(place) >= 2 and (place[0] or place[1]):
                    joints[NAMES[name]] = place[:2]
            joints[skeleton.NECK] = joints[[*SHOULDERS]].mean(0)
            if np.isfinite(joints[[*PLACED_BY]]).all():
                persons.append(joints)
    except (OSError, ValueError, TypeError, IndexError, KeyError) as error:
        raise DataError(f"{path} is not a pose file of Let's Dance ({error}).") from error
    return persons


def _height(joints: Array) -> float:
    return float(np.nanmax(joints[:, 1]) - np.nanmin(joints[:, 1]))


def follow(frames: list[tuple[int, list[Array]]]) -> list[Array]:
    """The tallest person followed through the frames of one video: tracks (N, 18, 2), NaN unknown.

    People are listed in no lasting order, so the nearest to the last one seen goes on.
    """
    tracks: list[list[Array]] = []
    last: Array | None = None
    last_number = 0
    for number, persons in frames:
        if last is not None:
            there = skeleton.pelvis(last)
            persons = sorted(
                persons, key=lambda p, at=there: float(np.linalg.norm(skeleton.pelvis(p) - at))
            )
            if number - last_number > LONGEST_GAP:
                last = None
            elif not persons or (
                np.linalg.norm(skeleton.pelvis(persons[0]) - there) > STRAY * _height(last)
            ):
                continue
        if not persons:
            continue
        if last is None:
            last = max(persons, key=_height)
            tracks.append([])
        else:
            missed = number - last_number - 1
            tracks[-1] += [np.full((spec.N_JOINTS, 2), np.nan)] * missed
            last = persons[0]
        tracks[-1].append(last)
        last_number = number
    return [np.stack(track) for track in tracks]


def filled(track: Array) -> Array | None:
    """Joints that were not found taken from their neighbours in time; None if one never was."""
    whole = track.copy()
    times = np.arange(len(track))
    for joint in range(spec.N_JOINTS):
        known = np.isfinite(track[:, joint]).all(1)
        if not known.any():
            return None
        for axis in range(2):
            whole[:, joint, axis] = np.interp(times, times[known], track[known, joint, axis])
    return whole


def split_of(video: str) -> str:
    """Always the same for one recording: 75 % train, 5 % val, 20 % test.

    The videos are cut from recordings and named `<recording>_<second where it begins>`.
    """
    recording = re.sub(r"_\d+$", "", video)
    share = zlib.crc32(recording.encode()) % 100
    return "train" if share < 75 else "val" if share < 80 else "test"


def clips(folder: Path) -> list[Clip]:
    """All tracks of at least half a segment, re-posed on canonical bones.

    Raises DataError when the folder holds none.
    """
    root = folder / "densepose"
    root = root / "rgb" if (root / "rgb").is_dir() else root
    videos: dict[tuple[str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in sorted(root.glob("*/*.json")):
        video, _, number = path.stem.rpartition("_")
        if number.isdigit():
            videos[path.parent.name, video].append((int(number), path))
    found: list[Clip] = []
    for (dance, video), files in sorted(videos.items()):
        for track in follow([(number, people(path)) for number, path in sorted(files)]):
            whole = filled(track) if len(track) >= SPAN // 2 else None
            if whole is None:
                continue
            body = skeleton.measure_body(whole, np.asarray(np.isfinite(track).all(-1)))
            poses = motion.smooth(body.canonical(whole), motion.SMOOTH_S, FPS)
            found.append(flat_clip(dance, split_of(video), poses.astype(np.float32), FPS))
    if not found:
        raise DataError(
            f"{folder} holds no dances: the poses of Let's Dance belong into "
            "densepose/<dance>/<video>_<frame>.json."
        )
    return found
