"""A person's video and pose file -> TargetData; the decoded pictures are kept."""

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.skeleton import measure_body
from models.types import Array
from train.person import film
from train.person.cover import FoundCoverage, KnownCoverage, coverage_beside
from train.person.data import Frames, TargetData, TargetDataError
from train.person.key_points import cut_out, held_out, read_key_points
from train.person.masks import SIDE, Masks, PersonFinder, find_masks
from train.person.outline import Outline
from train.person.place import Place, SomeFrames, SomeMask, find_place, kept_place
from train.person.room import need_room
from train.person.shade import kept_shades
from train.person.square import Square, decode
from train.readers.blazepose import networks
from train.readers.video import VideoError, pictures

_COARSE = 0.75  # of the size that is learned: fewer px of video are worth a word


@dataclass(frozen=True)
class _Begun:
    """A video and its pose file, as every form of a person begins with."""

    video: Path
    size: int  # px a side of the pictures that are learned
    cache: Path
    facts: dict[str, Array]
    held: Array  # bool (N,), frames that are not learned

    @property
    def joints(self) -> Array:
        """(N, 18, 2), 0..1 of the square."""
        return self.facts["joints"]

    @functools.cached_property
    def square(self) -> Square:
        return Square(*(int(n) for n in self.facts["square"]))

    @functools.cached_property
    def outline(self) -> Outline:
        return Outline(self.joints)

    @property
    def alpha(self) -> Path | None:
        """The true coverage, where it lies beside the video."""
        beside = coverage_beside(self.video)
        return beside if beside.is_file() else None

    def kept(self, kind: str, *of: object) -> Path:
        """Where something made of the video, and of what else it depends on, is kept."""
        made_of = [str(self.video)]
        if self.video.exists():
            made_of = [str(self.video.resolve()), self.video.stat().st_size, len(self.joints)]
            made_of += [self.size, *self.square, *of]
        digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
        return self.cache / f"{kind}-{digest}"

    def place(self, background: Path | None, frames: SomeFrames, mask: SomeMask) -> Place:
        """The empty place, found once. Raises TargetDataError."""
        picture = None if background is None else str(background.resolve())
        changed = 0 if background is None else background.stat().st_mtime
        held = hashlib.sha256(self.held.tobytes()).hexdigest()
        return kept_place(
            self.kept("place", held, picture, changed).with_suffix(".npz"),
            lambda: find_place(
                self.outline, np.flatnonzero(~self.held), frames, mask,
                _empty_place(background, self.facts, self.square, self.size),
            ),
        )  # fmt: skip

    def material(self, frames: Frames, plate: Array, shades: Array | None = None) -> TargetData:
        facts = self.facts
        body = measure_body(self.joints[~self.held], facts["confident"][~self.held])
        names = tuple(str(name) for name in facts["clip_names"])
        return TargetData(
            self.joints, frames, facts["clip"], names, self.held, plate, float(facts["fps"]), body,
            shades,
        )  # fmt: skip


def _begun(
    video: Path, key_points: Path, size: int, cache: Path, hold_out: tuple[str, ...]
) -> _Begun:
    facts = cut_out(read_key_points(key_points), hold_out)
    held = held_out(facts, hold_out)
    cache.mkdir(parents=True, exist_ok=True)
    return _Begun(video, size, cache, facts, held)


def _fitted(begun: _Begun) -> _Begun:
    """As large as the video shows the person: to enlarge them costs time and shows no more."""
    found = replace(begun, size=_whole_side(begun))
    tqdm.write(
        f"{begun.video.name} shows the person in {begun.square.side} px: they are learned at "
        f"{found.size} px, which is all there is."
    )
    return found


def _told(begun: _Begun) -> _Begun:
    tqdm.write(
        f"{begun.video.name} shows the person in {begun.square.side} px, fewer than are learned "
        f"({begun.size}): a smaller --size ({_whole_side(begun)}) has all of it and is quicker."
    )
    return begun


def _whole_side(begun: _Begun) -> int:
    return max(64, begun.square.side // 32 * 32)


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
    begun = _begun(video, key_points, size, cache, hold_out)
    if begun.square.side < _COARSE * size:
        begun = _told(begun)
    stored = begun.kept("frames").with_suffix(".npy")
    count = len(begun.joints)
    if stored.exists():
        frames = np.load(stored, mmap_mode="c")
    else:
        need_room(cache, count * size**2 * 3)
        frames = decode(video, begun.square, size, count, stored)
    place = begun.place(background, lambda rows: frames[rows], _masks_where_there_are(begun))
    return begun.material(frames, place.picture)


def load_keyed(
    video: Path,
    key_points: Path,
    size: int,
    cache: Path,
    background: Path | None = None,
    hold_out: tuple[str, ...] = (),
    fits: bool = False,
) -> TargetData:
    """As `load`, with the person's coverage: the frames are a `Film`, for pictures of full size.

    The coverage lies beside the video, or it is found. With `fits` the pictures are smaller where
    the video shows fewer px. Raises TargetDataError when there is no coverage, or when the files do
    not fit together.
    """
    begun = _begun(video, key_points, size, cache, hold_out)
    if begun.square.side < _COARSE * size:
        begun = _fitted(begun) if fits else _told(begun)
    size = begun.size
    square, joints = begun.square, begun.joints

    def some(rows: Array) -> Array:
        return square.some(video, size, rows)

    if begun.alpha is not None:
        place = begun.place(background, some, _known_masks(begun, begun.alpha))
        cover = KnownCoverage(begun.alpha, square, size, len(joints))
        stored = begun.kept("film")
    else:
        masks = _found_masks(begun)
        place = begun.place(background, some, lambda row, rgb: masks()[row])
        cover = FoundCoverage(masks, begun.outline, begun.facts["clip"], place)
        stored = begun.kept("film", "found", place.digest)
    if not all(file.exists() for file in film.files(stored)):
        need_room(cache, film.bytes_of(joints, size))
        film.decode(video, square, joints, size, cover, stored)
    pieces = film.opened(stored, place.picture)
    shades = kept_shades(
        begun.kept("shades", place.digest).with_suffix(".npz"),
        square.frames(video, size, len(joints)), pieces,
    )  # fmt: skip
    return begun.material(pieces, place.picture, shades)


def _found_masks(begun: _Begun) -> Callable[[], Masks]:
    """Of a network, found when they are first asked for. Raises TargetDataError without it."""
    stored = begun.kept("masks").with_suffix(".npz")
    if not stored.exists():
        try:
            networks.need()
        except networks.NetworksError as error:
            raise TargetDataError(
                f"There is no {coverage_beside(begun.video).name} beside the video, so the "
                f"person must be found in it. {error}"
            ) from error

    @functools.cache
    def masks() -> Masks:
        return find_masks(
            begun.video, begun.square, begun.joints, begun.outline, begun.size, stored
        )

    return masks


def _known_masks(begun: _Begun, alpha: Path) -> SomeMask:
    """Of the true coverage; asked for in the order of the frames."""
    count = len(begun.joints)
    frames = enumerate(begun.square.frames(alpha, SIDE, count))

    def mask(row: int, rgb: Array) -> Array:
        return next(seen for number, seen in frames if number == row)[..., 1] / np.float32(255)

    return mask


def _masks_where_there_are(begun: _Begun) -> SomeMask:
    """Of the true coverage, of a network where there is one, else none: the joints must do."""
    if begun.alpha is not None:
        return _known_masks(begun, begun.alpha)

    @functools.cache
    def finder() -> PersonFinder | None:
        try:
            return PersonFinder(begun.outline, begun.joints)
        except networks.NetworksError:
            return None

    def mask(row: int, rgb: Array) -> Array | None:
        found = finder()
        return None if found is None else found.alone(row, rgb)

    return mask


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
