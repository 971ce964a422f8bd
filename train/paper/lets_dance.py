"""The Let's Dance data set (Castro et al., arXiv 1801.07388) as clips for the action network.

Published at https://www.cc.gatech.edu/cpl/projects/dance/; of its three parts (frames, optical
flow, skeletons) the skeletons are read, as the second edition has them, found with DensePose:

    densepose/<dance>/<video>_<frame>.json        or below densepose/rgb/

One file a frame, 30 a second, `<frame>` a number, `<video>` as `<recording>_<second>`. A file is a
list of the people in that frame. Each is a list: `["person", ...]` first, then the joints as
`[name, [x, y, ...]]` in px of the frame, x right, y down; the names are those of COCO
(`left_shoulder`), there is no neck, and x = y = 0 is a joint that was not found.
"""

import logging
import re
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

from models import skeleton, spec
from models.json_file import read_json
from models.types import Array
from train.paper.action_clips import SPAN, Clip, flat_clip
from train.songs import motion
from train.songs.song import DataError

_log = logging.getLogger(__name__)
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
        found = read_json(path)
        persons: list[Array] = []
        for entry in found:
            joints = np.full((spec.N_JOINTS, 2), np.nan)
            for name, place, *_ in entry[1:]:
                if name in NAMES and len(place) >= 2 and (place[0] or place[1]):
                    joints[NAMES[name]] = place[:2]
            joints[skeleton.NECK] = joints[[*SHOULDERS]].mean(0)
            if np.isfinite(joints[[*PLACED_BY]]).all():
                persons.append(joints)
    except (DataError, ValueError, TypeError, IndexError, KeyError) as error:
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
    """Joints that were not found taken from their neighbours in time.

    None if one of the limbs never was found; of a face it lies on its parent.
    """
    whole = track.copy()
    times = np.arange(len(track))
    for joint in skeleton.TREE_ORDER:
        known = np.isfinite(track[:, joint]).all(1)
        if not known.any():
            if joint not in skeleton.FACE:
                return None
            whole[:, joint] = whole[:, skeleton.PARENTS[joint]]
            continue
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

    A file that cannot be read is a frame without people; how many there are, and how many tracks
    lack a limb, is logged. Raises DataError when the folder holds no clip.
    """
    root = folder / "densepose"
    root = root / "rgb" if (root / "rgb").is_dir() else root
    videos: dict[tuple[str, str], list[tuple[int, Path]]] = defaultdict(list)
    for path in sorted(root.glob("*/*.json")):
        video, _, number = path.stem.rpartition("_")
        if number.isdigit():
            videos[path.parent.name, video].append((int(number), path))
    found: list[Clip] = []
    broken: list[str] = []
    lacking = 0
    for (dance, video), files in sorted(videos.items()):
        for track in follow(_frames(sorted(files), broken)):
            if len(track) < SPAN // 2:
                continue
            poses = _canonical(track)
            if poses is None:
                lacking += 1
            else:
                found.append(flat_clip(dance, split_of(video), poses, FPS))
    if not found:
        why = f" ({broken[0]})" if broken else ""
        raise DataError(
            f"{folder} holds no dances: the poses of Let's Dance belong into "
            f"densepose/<dance>/<video>_<frame>.json{why}."
        )
    if broken:
        _log.warning("%d files of %s cannot be read: %s ...", len(broken), folder, broken[0])
    if lacking:
        _log.warning("%d tracks of %s lack a limb and are left out", lacking, folder)
    return found


def _frames(files: list[tuple[int, Path]], broken: list[str]) -> list[tuple[int, list[Array]]]:
    """The people of every file that can be read; what is wrong with the others goes to `broken`."""
    frames: list[tuple[int, list[Array]]] = []
    for number, path in files:
        try:
            frames.append((number, people(path)))
        except DataError as error:
            broken.append(str(error))
    return frames


def _canonical(track: Array) -> Array | None:
    """Poses (N, 18, 2) on canonical bones, on the floor; None where a limb is never seen."""
    whole = filled(track)
    if whole is None:
        return None
    known = np.asarray(np.isfinite(track).all(-1))
    never = np.logical_not(known.any(axis=0))
    poses = skeleton.measure_body(whole, known).canonical(whole)
    poses = skeleton.hung(poses, never) if never.any() else poses
    return motion.smooth(poses, motion.SMOOTH_S, FPS).astype(np.float32)
