"""A person's video and pose file -> TargetData; the decoded pictures are kept."""

import hashlib
import json
from pathlib import Path

import numpy as np

from models.skeleton import LIMBS, measure_body
from models.spec import N_JOINTS
from models.types import Array
from train.person import camera
from train.person.data import TargetData, TargetDataError, song_of
from train.person.plate import find_plate
from train.person.square import Square, decode, square_around


def fill_hidden(points: Array, confidence: Array, clip: Array) -> Array:
    """Give every joint a place: (N, 18, 2) in, all finite out.

    A hidden point that still has a place of its own (finite and not the zero of a detector) keeps
    it. Others are drawn straight through time between the frames that show them, within one
    excerpt, and at last put where their drawn neighbour is.
    """
    placed = np.isfinite(points).all(-1) & ((confidence > 0) | (np.abs(points) > 0).all(-1))
    filled = np.where(placed[..., None], points, 0).astype(np.float32)
    known = placed.copy()
    for number in np.unique(clip):
        rows = np.flatnonzero(clip == number)
        for joint in range(N_JOINTS):
            seen = rows[placed[rows, joint]]
            if 0 < len(seen) < len(rows):
                for axis in range(2):
                    filled[rows, joint, axis] = np.interp(rows, seen, filled[seen, joint, axis])
            known[rows, joint] = len(seen) > 0
    for _ in range(N_JOINTS):
        if known.all():
            return filled
        for a, b in (*LIMBS, *((b, a) for a, b in LIMBS)):
            take = known[:, a] & ~known[:, b]
            filled[take, b] = filled[take, a]
            known[take, b] = True
    raise TargetDataError("Some frames show no joint at all: cut them out of the video.")


def read_key_points(path: Path) -> dict[str, Array]:
    """A pose file: `keypoints` (px and confidence), `size`, `fps`, excerpts if any.

    Gives `square` (the part of the picture that is learned), `joints` (N, 18, 2) 0..1 of it with
    hidden points filled, `confident` (N, 18), `clip` (N,), `clip_names`, `fps`.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            fields = {name: file[name] for name in file.files}
        points, size = fields["keypoints"].astype(np.float32), fields["size"].astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise TargetDataError(f"{path} is not a pose file ({error}).") from error
    if points.ndim != 3 or points.shape[1:] != (N_JOINTS, 3):
        raise TargetDataError(f"{path}: keypoints must be (N, 18, 3), they are {points.shape}.")
    starts = fields.get("clip_start", np.zeros(1, np.int64))
    names = [str(n) for n in fields.get("clip_name", np.array(["all"]))]
    clip = np.searchsorted(starts, np.arange(len(points)), side="right") - 1
    joints = fill_hidden(points[..., :2], points[..., 2], clip)
    square = square_around(joints, (int(size[0]), int(size[1])))
    joints = (joints - [square.x, square.y]) / square.side
    return {
        "square": np.array(square),
        "size": size,
        "joints": joints.astype(np.float32),
        "confident": points[..., 2] > 0,
        "clip": clip,
        "clip_names": np.array(names),
        "fps": np.asarray(fields.get("fps", 25.0)),
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
        picture = cv2.imread(str(background))
        if picture is None:
            raise TargetDataError(f"{background} cannot be read as a picture.")
        whole = square.cut(cv2.resize(picture, (int(facts["size"][0]), int(facts["size"][1]))))
        empty = cv2.resize(whole, (size, size), interpolation=cv2.INTER_AREA)[..., ::-1]
    moved = camera.movement(frames, joints)
    if moved is not None and moved > camera.MOVED:
        raise TargetDataError(
            f"The camera moves (by {moved:.1%} of the picture): film from a tripod, or cut the "
            "video to a part in which it stands still."
        )
    plate = find_plate(frames[~held], joints[~held], empty)
    body = measure_body(joints[~held], facts["confident"][~held])
    return TargetData(joints, frames, clip, names, held, plate, float(facts["fps"]), body)
