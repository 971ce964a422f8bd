"""Video of one person and their key points -> (pose, picture) pairs at the training size, as uint8.

The pictures are decoded once (PyAV), area-resized and cached in the run folder: restarts are quick.
"""

import ast
import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from models.skeleton import LIMBS, STANDING, Body, Framing, measure_body
from models.spec import N_JOINTS, RendererSpec
from models.types import Array
from train import camera

MARGIN = 0.12  # around the person, of their height


class TargetDataError(Exception):
    """Material that cannot be trained on, in one sentence."""


@dataclass(frozen=True)
class TargetData:
    """One person's pictures: row i of everything is frame i of the video."""

    joints: Array  # float32 (N, 18, 2), 0..1 of the picture
    frames: Array  # uint8 (N, size, size, 3) RGB, possibly mapped from disk
    clip: Array  # int (N,), number of the excerpt
    clip_names: tuple[str, ...]
    held_out: Array  # bool (N,), never trained on
    plate: Array  # uint8 (size, size, 3), the place without the person
    fps: float
    body: Body

    @property
    def size(self) -> int:
        return self.plate.shape[0]

    @property
    def training(self) -> Array:
        """Rows that may be trained on."""
        return np.flatnonzero(~self.held_out)

    def excerpt(self, name: str) -> Array:
        """Rows of the excerpts of that name."""
        wanted = [i for i, clip in enumerate(self.clip_names) if song_of(clip) == name]
        return np.flatnonzero(np.isin(self.clip, wanted))


def song_of(clip_name: str) -> str:
    """'DANCE_C_8' of "('DANCE_C_8', 550, 800)"; other names as they are."""
    try:
        fields = ast.literal_eval(clip_name)
    except (ValueError, SyntaxError):
        return clip_name
    return str(fields[0]) if isinstance(fields, tuple) and fields else clip_name


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


class Square(NamedTuple):
    """The part of the pictures that is learned, px; it may reach beyond their edges."""

    x: int
    y: int
    side: int

    def cut(self, picture: Array) -> Array:
        """(H, W, 3) -> (side, side, 3), the edge repeated where there is no picture."""
        import cv2

        height, width = picture.shape[:2]
        left, top = max(0, -self.x), max(0, -self.y)
        right = max(0, self.x + self.side - width)
        bottom = max(0, self.y + self.side - height)
        inside = picture[max(0, self.y) : self.y + self.side, max(0, self.x) : self.x + self.side]
        if not (left or top or right or bottom):
            return inside
        return cv2.copyMakeBorder(inside, top, bottom, left, right, cv2.BORDER_REPLICATE)


def square_around(joints: Array, size: tuple[int, int]) -> Square:
    """The smaller side of the picture (width, height), or more where the person needs more.

    Joints (N, 18, 2) px; the person's usual place is in its middle as far as the picture goes.
    """
    low, high = np.percentile(joints.reshape(-1, 2), [0.5, 99.5], axis=0)
    spare = MARGIN * (high[1] - low[1])
    needed = float((high - low + 2 * spare).max())
    side = round(min(max(size), max(min(size), needed)))
    corner: list[int] = []
    for axis in (0, 1):
        begin = (low[axis] + high[axis]) / 2 - side / 2
        room = size[axis] - side
        corner.append(round(min(max(0.0, begin), room) if room >= 0 else room / 2))
    return Square(corner[0], corner[1], side)


def decode(video: Path, square: Square, size: int, count: int, into: Path) -> Array:
    """The square of every frame, uint8 (count, size, size, 3), written to `into` and mapped."""
    part = into.with_name(into.name + ".part")
    try:
        _decode(video, square, size, count, part)
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)
    return np.load(into, mmap_mode="c")


def _decode(video: Path, square: Square, size: int, count: int, into: Path) -> None:
    import cv2

    from train.video import VideoError, pictures

    frames = np.lib.format.open_memmap(into, "w+", np.uint8, (count, size, size, 3))
    seen = 0
    try:
        for picture in tqdm(pictures(video), total=count, desc="frames", unit=""):
            if seen == count:
                raise TargetDataError(f"{video} has more frames than its {count} poses.")
            part_seen = square.cut(picture.rgb)
            frames[seen] = cv2.resize(part_seen, (size, size), interpolation=cv2.INTER_AREA)
            seen += 1
    except VideoError as error:
        raise TargetDataError(str(error)) from error
    if seen != count:
        raise TargetDataError(f"{video} has {seen} frames, but its pose file has {count}.")
    frames.flush()


def find_plate(frames: Array, joints: Array, background: Array | None) -> Array:
    """The place without the person, uint8 (size, size, 3), from training frames of a fixed camera.

    With an empty picture: its brightness is set right and every pixel that the person leaves often
    enough becomes the median of its free moments. Without one: the median of the frames in which
    the person's joints are far from the pixel.
    """
    size = frames.shape[1]
    rows = np.linspace(0, len(frames) - 1, min(len(frames), 200)).astype(int)
    some = np.asarray(frames[rows])
    if background is not None:
        difference = some.astype(np.int16) - background
        near = np.abs(difference).max(-1) < 12
        offset = np.array([np.median(difference[..., c][near]) for c in range(3)])
        plate = np.clip(background + offset, 0, 255)
        free = np.abs(some - plate.astype(np.int16)).max(-1) <= 4
    else:
        plate = np.median(some, axis=0)
        column, row = np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2)
        low, high = joints[rows].min(1) - 0.08, joints[rows].max(1) + 0.08
        free = (column < low[:, 0, None, None]) | (column > high[:, 0, None, None])
        free |= (row < low[:, 1, None, None]) | (row > high[:, 1, None, None])
    for y in range(size):  # by rows, to keep the masked copy small
        strip = np.ma.masked_array(some[:, y], ~np.repeat(free[:, y, :, None], 3, -1))
        enough = free[:, y].sum(0) > 10
        median = np.ma.median(strip, axis=0).filled(0)
        plate[y, enough] = median[enough]
    return plate.round().astype(np.uint8)


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


def synthetic(size: int, count: int = 120, seed: int = 0) -> TargetData:
    """A drawn, coloured figure that sways before a gradient: where there is no video."""
    import cv2

    rng = np.random.default_rng(seed)
    time = np.arange(count)[:, None, None] / 25
    phase = rng.uniform(0, 2 * np.pi, (1, N_JOINTS, 2))
    reach = np.where(np.arange(N_JOINTS)[:, None] % 3 == 1, 0.12, 0.03)[None]
    poses = STANDING + reach * np.sin(2 * np.pi * 0.7 * time + phase)
    framing = Framing(0.42, 0.5, 0.47)
    joints = framing.to_picture(poses)

    column, row = np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2)
    plate = np.stack([200 + 40 * row, 190 + 30 * column, 180 + 0 * row], -1).astype(np.uint8)
    colours = [(200, 40, 40)] * 6 + [(40, 60, 140)] * 6 + [(230, 180, 150)] * 5
    frames = np.empty((count, size, size, 3), np.uint8)
    for i in range(count):
        canvas = np.ascontiguousarray(np.repeat(np.repeat(plate, 2, 0), 2, 1))
        at = [tuple(int(v) for v in p) for p in (joints[i] * size * 2 * 16).round()]
        for (a, b), colour in zip(LIMBS, colours, strict=True):
            cv2.line(canvas, at[a], at[b], colour, max(2, size // 14), cv2.LINE_AA, 4)
        frames[i] = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    clip = np.repeat([0, 1, 2, 3], -(-count // 4))[:count]
    names = ("first", "second", "third", "fourth")
    body = measure_body(joints[clip < 3])
    return TargetData(joints, frames, clip, names, clip == 3, plate, 25.0, body)


def rarity(joints: Array, clip: Array, power: float) -> Array:
    """How often to take each frame, (N,), mean 1: poses that occur seldom are taken more often.

    By the distance to the 20th nearest of up to 2000 frames, place in the picture left out.
    """
    if power == 0 or len(joints) < 40:
        return np.ones(len(joints))
    poses = (joints - joints[:, 8:9] / 2 - joints[:, 11:12] / 2).reshape(len(joints), -1)
    some = poses[:: max(1, len(poses) // 2000)]
    distance = np.empty(len(poses))
    for rows in np.array_split(np.arange(len(poses)), max(1, len(poses) // 200)):
        square = (
            (poses[rows] ** 2).sum(1)[:, None] + (some**2).sum(1) - 2 * poses[rows] @ some.T
        ).clip(0)
        distance[rows] = np.sqrt(np.partition(square, min(20, len(some) - 1), axis=1)[:, 20])
    weight = np.clip(distance / np.median(distance), 0.3, 4.0) ** power
    return weight / weight.mean()


# Sides of what is painted again, of the lengths of a bone: neck to nose, forearm, shin.
_PATCH_SIDES = ((0, 1.9), (4, 1.25), (10, 0.7))
_SEEN = 24  # grey levels: a change that shows, of the person or the dark part of their shadow


def fitted(spec: RendererSpec, data: TargetData) -> RendererSpec:
    """The same network with a window and patches that suit this person.

    The window holds all that the person and their shadow change, beside the middle of the joints'
    box, in all but a thousandth of the training frames.
    """
    extents: list[Array] = []
    plate = data.plate.astype(np.int16)
    for row in data.training[:: max(1, len(data.training) // 1000)]:
        joints = data.joints[row] * data.size
        middle = (joints.min(0) + joints.max(0)) / 2
        changed = np.abs(np.asarray(data.frames[row]) - plate).max(-1) > _SEEN
        columns, rows = (np.flatnonzero(changed.sum(axis) > 1) for axis in (0, 1))
        if len(rows) and len(columns):
            ends = [columns[0], rows[0], columns[-1], rows[-1]]
            extents.append(np.array(ends) - np.tile(middle, 2))
    grid = spec.step
    spare = grid / 2 + data.size / 128  # it moves in steps
    if not extents:
        raise TargetDataError("Nobody is to be seen: the pictures are as empty as the background.")
    low = np.percentile([e[:2] for e in extents], 0.1, axis=0) - spare
    high = np.percentile([e[2:] for e in extents], 99.9, axis=0) + spare
    window = np.minimum(np.ceil((high - low) / grid) * grid, data.size)
    before = np.clip(-low + (window - (high - low)) / 2, 0, window)
    bones = data.body.lengths * data.body.framing.scale * data.size / 4  # cells of 4 px
    most = int(min(window)) // 4
    sides = [
        2 * round(np.clip(times * bones[bone] / 2, 2, most / 4)) for bone, times in _PATCH_SIDES
    ]
    return replace(
        spec,
        window=(int(window[0]), int(window[1])),
        window_before=(round(before[0]), round(before[1])),
        patch_cells=(sides[0], sides[1], sides[2]),
    )
