"""The pose file of a person's video, and which of its frames are kept from training."""

import re
from pathlib import Path

import numpy as np

from models.pose_file import PoseFileError, read_pose_file
from models.pose_gaps import fill_hidden
from models.types import Array
from train.person.data import TargetDataError, song_of
from train.person.square import square_around

_STRETCH = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")  # s


def read_key_points(path: Path) -> dict[str, Array]:
    """A pose file: `keypoints` (px and confidence), `size`, `fps`, excerpts if any.

    Gives `square` (the part of the picture that is learned), `joints` (N, 18, 2) 0..1 of it with
    hidden points filled, `confident` (N, 18), `clip` (N,), `clip_names`, `fps`.

    Raises TargetDataError when it is no pose file or an excerpt shows no hips.
    """
    try:
        # The pictures of the video are its times.
        read = read_pose_file(path, ("keypoints", "size"))
        joints = fill_hidden(read.points[..., :2], read.placed, read.starts)
    except PoseFileError as error:
        raise TargetDataError(str(error)) from error
    first = np.zeros(1, np.int64) if read.clip_start is None else read.clip_start
    square = square_around(joints, (round(read.size[0]), round(read.size[1])))
    joints = (joints - [square.x, square.y]) / square.side
    return {
        "square": np.array(square),
        "size": np.array(read.size),
        "joints": joints.astype(np.float32),
        "confident": read.points[..., 2] > 0,
        "clip": np.searchsorted(first, np.arange(len(joints)), side="right") - 1,
        "clip_names": np.array(read.clip_name or ("all",)),
        "fps": np.asarray(read.fps),
    }


def cut_out(facts: dict[str, Array], hold_out: tuple[str, ...]) -> dict[str, Array]:
    """What `read_key_points` gives, with stretches of time in `hold_out` as excerpts of their own.

    A stretch is "30-40": from 30 s to 40 s of the video. Raises TargetDataError for one outside.
    """
    clip, names = facts["clip"].copy(), [str(name) for name in facts["clip_names"]]
    seconds = np.arange(len(clip)) / float(facts["fps"])
    for stretch in hold_out:
        if stretch in names or not (ends := _STRETCH.fullmatch(stretch)):
            continue
        rows = (seconds >= float(ends[1])) & (seconds < float(ends[2]))
        if not rows.any():
            raise TargetDataError(
                f"--hold-out {stretch} is no part of this video of {seconds[-1]:.0f} s."
            )
        clip[rows] = len(names)
        names.append(stretch)
    return facts | {"clip": clip, "clip_names": np.array(names)}


def held_out(facts: dict[str, Array], hold_out: tuple[str, ...]) -> Array:
    """bool (N,), the frames of the excerpts that are not trained on. Raises TargetDataError."""
    songs = [song_of(str(name)) for name in facts["clip_names"]]
    for name in hold_out:
        if name not in songs:
            raise TargetDataError(
                f"There is no excerpt {name!r} to hold out; there are: "
                f"{', '.join(sorted(set(songs)))}; or say from when to when: 30-40 (s)."
            )
    held: Array = np.isin(facts["clip"], [i for i, song in enumerate(songs) if song in hold_out])
    if held.all():
        raise TargetDataError("All excerpts are held out: nothing is left to train on.")
    return held
