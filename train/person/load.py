"""A person's video and pose file -> TargetData; the decoded pictures are kept."""

import hashlib
import json
from pathlib import Path

import numpy as np

from models.files import write_whole
from models.pose_file import PoseFileError, read_pose_file
from models.pose_gaps import fill_hidden
from models.skeleton import measure_body
from models.types import Array
from train.person import camera, film
from train.person.data import Frames, TargetData, TargetDataError, song_of
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
    facts = read_key_points(key_points)
    joints, square = facts["joints"], Square(*(int(n) for n in facts["square"]))
    held = _held_out(facts, hold_out)
    stored = cache / f"frames-{_digest(cache, video, joints, size, square)}.npy"
    frames = (
        np.load(stored, mmap_mode="c")
        if stored.exists()
        else decode(video, square, size, len(joints), stored)
    )
    empty = _empty_place(background, facts, square, size)
    _refuse_moving(frames, joints)
    plate = find_plate(frames[~held], joints[~held], empty)
    return _material(facts, frames, held, plate)


def load_keyed(
    video: Path,
    key_points: Path,
    size: int,
    cache: Path,
    background: Path | None = None,
    hold_out: tuple[str, ...] = (),
) -> TargetData:
    """As `load`, with the person's coverage: the frames are a `Film`, for pictures of full size.

    The coverage lies beside the video. Raises TargetDataError when it does not, or when the files
    do not fit together.
    """
    facts = read_key_points(key_points)
    joints, square = facts["joints"], Square(*(int(n) for n in facts["square"]))
    held = _held_out(facts, hold_out)
    mask = film.coverage_beside(video)
    if not mask.is_file():
        raise TargetDataError(
            f"There is no {mask.name} beside the video: a puppet needs the person's coverage."
        )
    stored = cache / f"film-{_digest(cache, video, joints, size, square)}"
    packed, index, kept = (stored.with_suffix(end) for end in (".bin", ".npz", ".plate.npy"))
    if not kept.exists():
        found = film.decode(video, mask, square, joints, size, stored)
        free = ~held[found.rows]
        some, poses = found.some[free], joints[found.rows][free]
        _refuse_moving(some, poses)
        plate = find_plate(some, poses, _empty_place(background, facts, square, size))
        with write_whole(kept) as part, part.open("wb") as file:
            np.save(file, plate)
    return _material(facts, film.opened(packed, index, np.load(kept)), held, np.load(kept))


def _held_out(facts: dict[str, Array], hold_out: tuple[str, ...]) -> Array:
    """bool (N,), the frames of the excerpts that are not trained on. Raises TargetDataError."""
    songs = [song_of(str(name)) for name in facts["clip_names"]]
    for name in hold_out:
        if name not in songs:
            raise TargetDataError(
                f"There is no excerpt {name!r} to hold out; "
                f"there are: {', '.join(sorted(set(songs)))}."
            )
    held: Array = np.isin(facts["clip"], [i for i, song in enumerate(songs) if song in hold_out])
    if held.all():
        raise TargetDataError("All excerpts are held out: nothing is left to train on.")
    return held


def _digest(cache: Path, video: Path, joints: Array, size: int, square: Square) -> str:
    """What decoded pictures are called in `cache`, which is made."""
    cache.mkdir(parents=True, exist_ok=True)
    identity = json.dumps(
        [str(video.resolve()), video.stat().st_size, len(joints), size, *square]
        if video.exists()
        else [str(video)]
    )
    return hashlib.sha256(identity.encode()).hexdigest()[:12]


def _empty_place(
    background: Path | None, facts: dict[str, Array], square: Square, size: int
) -> Array | None:
    """The learned part of the picture of the empty place; raises TargetDataError."""
    import cv2

    if background is None:
        return None
    try:
        picture = next(pictures(background)).rgb
    except VideoError as error:
        raise TargetDataError(f"{background} cannot be read as a picture.") from error
    whole = square.cut(cv2.resize(picture, (int(facts["size"][0]), int(facts["size"][1]))))
    return cv2.resize(whole, (size, size), interpolation=cv2.INTER_AREA)


def _refuse_moving(frames: Array, joints: Array) -> None:
    """Raises TargetDataError where the camera moves."""
    moved = camera.movement(frames, joints)
    if moved is not None and moved > camera.MOVED:
        raise TargetDataError(
            f"The camera moves (by {moved:.1%} of the picture): film from a tripod, or cut the "
            "video to a part in which it stands still."
        )


def _material(facts: dict[str, Array], frames: Frames, held: Array, plate: Array) -> TargetData:
    joints = facts["joints"]
    body = measure_body(joints[~held], facts["confident"][~held])
    names = tuple(str(name) for name in facts["clip_names"])
    return TargetData(joints, frames, facts["clip"], names, held, plate, float(facts["fps"]), body)
