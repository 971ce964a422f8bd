"""Labelled clips of motion in space, and the flat segments an action network sees of them.

In: folders of motion capture. Out: poses (B, 50, 18, 2) at 10 Hz in canonical body units, seen from
any side.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from models import skeleton, spec
from models.array_file import ArrayFileError, read_arrays
from models.json_file import JsonError, read_json
from models.types import Array
from train.readers.dance_with_melody import coco_joints, read_markers
from train.songs import motion
from train.songs.segments import sample
from train.songs.song import POSE_HZ, DataError, load_songs

CLIP_HZ = 30  # as kept here; segments are taken from it at 10 Hz and any offset
PIECE_HZ = 10
N_FRAMES = spec.SEGMENT_CHUNKS
SPAN = N_FRAMES * CLIP_HZ // PIECE_HZ
ROOT_PASS_S = 1.6
DANCES = ("cha-cha", "rumba", "waltz")  # those with songs enough in the published pairs


@dataclass(frozen=True)
class Clip:
    """One labelled motion at CLIP_HZ, in canonical body units, ready to be looked at."""

    label: str
    split: str  # train, val or test
    body: Array  # float32 (N, 18, 3), pelvis at x = z = 0, y down, feet on the floor, -Z = audience
    path: Array  # float32 (N, 2), where the pelvis is along x and z, without lasting travel
    turns: bool = True  # False: seen from one side only; depth and path are zeros, x holds the root


def clip_of(label: str, split: str, joints: Array, fps: float) -> Clip:
    """World joints (N, 18, 3), Y up, -Z towards the audience, any unit of length."""
    frames = np.arange(len(joints)) / fps
    times = np.arange(0.0, frames[-1] + 1e-6, 1 / CLIP_HZ)
    joints = CubicSpline(frames, motion.smooth(joints, motion.SMOOTH_S, fps))(times)
    hips = (joints[:, skeleton.R_HIP] + joints[:, skeleton.L_HIP]) / 2
    unit = skeleton.UNIT_FACTOR * sum(
        float(np.median(np.linalg.norm(a - b, axis=-1)))
        for a, b in (
            (joints[:, skeleton.NECK], hips),
            (joints[:, skeleton.R_HIP], joints[:, skeleton.R_KNEE]),
            (joints[:, skeleton.R_KNEE], joints[:, skeleton.R_ANKLE]),
        )
    )
    path = without_travel(hips[:, [0, 2]] / unit)
    body = motion.with_canonical_bones(joints)
    body[..., 1] *= -1
    body = motion.on_floor(body, CLIP_HZ)  # looks at the height alone
    return Clip(label, split, body.astype(np.float32), path.astype(np.float32))


def without_travel(path: Array) -> Array:
    """A path (N, 2) without its slow part, also at its ends, where the way is thought to go on."""
    reach = int(4 * ROOT_PASS_S * CLIP_HZ)
    longer = np.pad(path, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return path - motion.smooth(longer, ROOT_PASS_S, CLIP_HZ)[reach:-reach]


def flat_clip(label: str, split: str, poses: Array, hz: float) -> Clip:
    """Poses (N, 18, 2) in canonical body units that were only ever seen from one side."""
    times = np.arange(0.0, (len(poses) - 1) / hz + 1e-6, 1 / CLIP_HZ)
    body = np.zeros((len(times), spec.N_JOINTS, 3), np.float32)
    body[..., :2] = sample(poses, times * hz)
    return Clip(label, split, body, np.zeros((len(times), 2), np.float32), turns=False)


def seen(body: Array, path: Array, yaw: Array) -> Array:
    """What a far camera sees, (..., N, 18, 2), of body (..., N, 18, 3) and path (..., N, 2).

    `yaw` (...) in radians turns the dancer; 0 leaves the side that faces -Z to the audience.
    """
    cos, sin = np.cos(yaw), np.sin(yaw)
    across = body[..., 0] * cos[..., None, None] - body[..., 2] * sin[..., None, None]
    sideways = path[..., 0] * cos[..., None] - path[..., 1] * sin[..., None]
    sideways = motion.ROOT_LIMIT * np.tanh(sideways / motion.ROOT_LIMIT)
    return np.stack([across + sideways[..., None], body[..., 1]], -1).astype(np.float32)


def mirrored_label(label: str) -> str:
    """The action that the mirror image shows: left and right exchanged."""
    swap = {"left": "right", "right": "left"}
    return "-".join(swap.get(word, word) for word in label.split("-"))


def bounced(count: int, wanted: int) -> Array:
    """Indices (wanted,) that go to and fro over `count` frames, the ends not doubled."""
    if count == 1:
        return np.zeros(wanted, int)
    at = np.arange(wanted) % (2 * count - 2)
    return np.minimum(at, 2 * count - 2 - at)


def bandai_clips(folder: Path, least: int = 100) -> list[Clip]:
    """The actions with at least `least` clips to learn from; splits are those of the data.

    Raises DataError when the file is missing or not as its description says.
    """
    try:
        file = read_arrays(folder / "motion.npz")
        joints, offsets = file["joints3d"], file["offsets"]
        actions, splits, fps = file["action"], file["split"], float(file["fps"])
    except (ArrayFileError, KeyError, ValueError, TypeError) as error:
        raise DataError(f"{folder} holds no readable motion.npz ({error}).") from error
    taught = Counter(str(action) for action in actions[splits == "train"])
    clips: list[Clip] = []
    for index, (action, split) in enumerate(zip(actions, splits, strict=True)):
        if taught[str(action)] < least:
            continue
        world = joints[offsets[index] : offsets[index + 1]].astype(np.float64)
        # The actor looks along +Z with the left at +X: one axis turned, the left stays the left.
        clips.append(clip_of(str(action), str(split), world * (1, 1, -1), fps))
    return clips


def dance_clips(folder: Path, styles: Iterable[str] = DANCES) -> list[Clip]:
    """Whole songs of a dance_with_melody folder, one clip each; splits are those of the songs.

    Raises DataError when a file is missing.
    """
    try:
        clips: list[Clip] = []
        for facts in read_json(folder / "manifest.json")["songs"]:
            if facts["style"] not in styles:
                continue
            markers, fps = read_markers(folder / f"{facts['song']}.npz")
            clips.append(clip_of(facts["style"], facts["split"], coco_joints(markers), fps))
    except (DataError, JsonError, KeyError, TypeError) as error:
        raise DataError(f"{folder} holds no readable songs with 3D motion ({error}).") from error
    return clips


def song_clips(folder: Path, styles: Iterable[str] = DANCES) -> list[Clip]:
    """Prepared songs as the stage sees them: the dancer's turning folded towards the audience.

    Of these styles, or of all where there is none of them. Raises DataError without songs.
    """
    songs = [song for song in load_songs(folder) if not song.is_stand_in]
    wanted = [song for song in songs if song.style in styles] or songs
    return [flat_clip(song.style, song.split, song.real, POSE_HZ) for song in wanted]


class Actions:
    """Draws segments of clips: every class as often, varied by the generator given alone."""

    def __init__(self, clips: list[Clip], classes: tuple[str, ...]) -> None:
        self.clips, self.classes = clips, classes
        by_class = [[i for i, c in enumerate(clips) if c.label == name] for name in classes]
        for name, members in zip(classes, by_class, strict=True):
            if not members:
                raise DataError(f"There is no clip of {name!r} to learn from.")
        self._by_class = [np.array(members) for members in by_class]
        # A song of minutes holds many segments, a clip of seconds one.
        self._shares: list[Array] = []
        for members in self._by_class:
            lengths = np.maximum(1.0, [len(clips[i].body) / SPAN for i in members])
            self._shares.append(lengths / lengths.sum())

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Array, Array]:
        """Varied poses (B, 50, 18, 2) and class numbers (B,)."""
        poses = np.empty((size, N_FRAMES, spec.N_JOINTS, 2), np.float32)
        wanted = rng.integers(len(self.classes), size=size)
        for row, number in enumerate(wanted):
            is_mirror = rng.random() < 0.5
            name = self.classes[number]
            if is_mirror and mirrored_label(name) in self.classes:
                name = mirrored_label(name)
            source = self.classes.index(name)
            clip = self.clips[rng.choice(self._by_class[source], p=self._shares[source])]
            pace = rng.uniform(0.85, 1.15) * CLIP_HZ / PIECE_HZ
            yaw = rng.uniform(-np.pi, np.pi) if clip.turns else 0.0
            drawn = segment(clip, rng.random(), pace, yaw)
            if is_mirror:
                drawn = skeleton.mirror(drawn)
            poses[row] = drawn * rng.normal(1, 0.03) + rng.normal(0, 0.01, (1, 1, 2))
        poses += rng.normal(0, 0.006, poses.shape).astype(np.float32)
        return poses, wanted


def segment(clip: Clip, at: float, pace: float, yaw: float) -> Array:
    """Poses (50, 18, 2): `pace` frames of the clip a step, from share `at` of what is possible."""
    span = math.ceil(N_FRAMES * pace)  # less, and the last pose would turn back
    room = max(0, len(clip.body) - span)
    first = round(at * room)
    here = slice(first, first + span)
    flat = seen(clip.body[here], clip.path[here], np.array(yaw))
    count = int(len(flat) / pace)
    if count < 2:
        raise DataError(f"A clip of {clip.label!r} is shorter than two poses.")
    steps = np.round(np.arange(count) * pace).astype(int)
    return flat[steps][bounced(count, N_FRAMES)]


def whole_segments(
    clips: list[Clip], classes: tuple[str, ...], sides: int = 4
) -> tuple[Array, Array]:
    """Unvaried segments and class numbers: every clip whole, from `sides` evenly spread sides.

    A clip is cut into as many segments of 5 s as it holds, around its middle, or bounced to one.
    """
    pace = CLIP_HZ / PIECE_HZ
    poses: list[Array] = []
    numbers: list[int] = []
    for index, clip in enumerate(clips):
        if clip.label not in classes:
            continue
        n_segments = max(1, len(clip.body) // SPAN)
        start = max(0, len(clip.body) - n_segments * SPAN) // 2
        for number in range(n_segments):
            here = slice(start + number * SPAN, start + (number + 1) * SPAN)
            part = Clip(clip.label, clip.split, clip.body[here], clip.path[here], clip.turns)
            for side in range(sides if clip.turns else 1):
                # The golden ratio keeps the sides of different clips apart.
                yaw = 2 * np.pi * (side / sides + index * 0.618) if clip.turns else 0.0
                poses.append(segment(part, 0.0, pace, yaw))
                numbers.append(classes.index(clip.label))
    return np.stack(poses), np.array(numbers)
