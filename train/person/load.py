"""A person's video and pose file -> TargetData; the decoded pictures are kept."""

import hashlib
import json
from pathlib import Path

import numpy as np

from models.pose_file import PoseFileError, read_pose_file
from models.pose_gaps import fill_hidden
from models.skeleton import measure_body
from models.types import Array
from train.person import camera
from train.person.data import TargetData, TargetDataError, song_of
from train.person.plate import find_plate
from train.person.square import Square, decode, square_around
from train.readers.video import VideoError, pictures


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


def load(
    video: Path,
    key_points: Path,
    size: int,
    cache: Path,
    background: Path | None = None,
    hold_out: tuple[str, ...] = (),
) -> TargetData:
    """Pairs from a real video; the decoded pictures and the plate are kept in `cache`.

    Raises TargetDataError when the files do not fit together.
    """
    import cv2

    facts = read_key_points(key_points)
    joints, clip = facts["joints"], facts["clip"]
    square = Square(*(int(n) for n in facts["square"]))
    names = tuple(str(n) for n in facts["clip_names"])
    songs = [song_of(name) for name in names]
    for name in hold_out:
        if name not in songs:
            raise TargetDataError(
                f"There is no excerpt {name!r} to hold out; "
                f"there are: {', '.join(sorted(set(songs)))}."
            )
    held: Array = np.isin(clip, [i for i, song in enumerate(songs) if song in hold_out])
    if held.all():
        raise TargetDataError("All excerpts are held out: nothing is left to train on.")

    cache.mkdir(parents=True, exist_ok=True)
    identity = json.dumps(
        [str(video.resolve()), video.stat().st_size, len(joints), size, *square]
        if video.exists()
        else [str(video)]
    )
    digest = hashlib.sha256(identity.encode()).hexdigest()[:12]
    stored = cache / f"frames-{digest}.npy"
    frames = (
        np.load(stored, mmap_mode="c")
        if stored.exists()
        else decode(video, square, size, len(joints), stored)
    )
    empty = None
    if background is not None:
        try:
            picture = next(pictures(background)).rgb
        except VideoError as error:
            raise TargetDataError(f"{background} cannot be read as a picture.") from error
        whole = square.cut(cv2.resize(picture, (int(facts["size"][0]), int(facts["size"][1]))))
        empty = cv2.resize(whole, (size, size), interpolation=cv2.INTER_AREA)
    moved = camera.movement(frames, joints)
    if moved is not None and moved > camera.MOVED:
        raise TargetDataError(
            f"The camera moves (by {moved:.1%} of the picture): film from a tripod, or cut the "
            "video to a part in which it stands still."
        )
    plate = find_plate(frames[~held], joints[~held], empty)
    body = measure_body(joints[~held], facts["confident"][~held])
    return TargetData(joints, frames, clip, names, held, plate, float(facts["fps"]), body)
