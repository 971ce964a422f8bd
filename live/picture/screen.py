"""One target on the stage screen, loaded and warmed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import cv2

from live.core.cutout import Cutout
from live.core.places import Own, places_of
from live.core.row import names_of
from live.core.settings import SAME, Settings
from live.picture.background import OWN, Background, open_background
from live.picture.backgrounds import path_of
from live.picture.company import Company, Member
from live.picture.painter import Painter
from live.picture.placement import Placement, side_of
from live.picture.row import size_in_row
from live.picture.skeleton_painter import SKELETON_SIZE, SkeletonPainter
from live.picture.targets import find_target, size_on, smaller_sizes
from models.bundle import BundleError
from models.runtime.engines import EngineError
from models.runtime.painter import Picture
from models.skeleton import STANDING
from models.types import Array

log = logging.getLogger(__name__)

SMALLEST_OUTPUT = 512
ONE_CORE_PX = 256  # larger pictures take two threads to be painted in time


class OthersError(BundleError):
    """One of those beside the first cannot be shown, in one sentence for the performer."""


class Shown(NamedTuple):
    """One picture of the stage screen."""

    image: Array  # uint8 (H, W, 3) RGB
    cutout: Cutout | None  # the person alone; None where nobody asked for that


@dataclass(frozen=True)
class Screen:
    """One target on the stage screen, as one dancer or several.

    `poses` are canonical joints of all dancers, (N, 18, 2), or (18, 2) of one; whoever is beyond
    them has the last.
    """

    painter: Painter | SkeletonPainter
    placement: Placement
    background: Background
    target: str = ""  # as it was asked for
    smaller: tuple[int, ...] = ()  # px, sizes at which the same person can be painted as well
    shadow: bool = True  # that of the dancer is shown where there is one
    is_cut_out: bool = False  # the person is asked for without their own place
    n: int = 1  # dancers
    others: tuple[Member, ...] = ()  # who those beside the first are, in turn; () = the same person
    names: tuple[str, ...] = ()  # of the others, as they were asked for
    own: Mapping[int, Own] = field(default_factory=dict[int, Own])  # places that are not in the row

    @cached_property
    def company(self) -> Company:
        """The dancers where there are several."""
        return Company(self.members, self.background, self.own)

    @property
    def members(self) -> list[Member]:
        """All dancers."""
        first = Member(self.painter, self.placement)
        others = self.others or (first,)
        return [first, *(others[number % len(others)] for number in range(self.n - 1))]

    def picture(self, poses: Array) -> tuple[Shown, Array]:
        """What is shown, and the joints of the first, (18, 2), 0..1 of the stage screen."""
        placed = self.place(poses)
        return self.around(self.paint(placed)), self.on_stage(placed)[0]

    def place(self, poses: Array) -> Array:
        """The joints of each dancer, (n, 18, 2), 0..1 of their picture."""
        poses = poses.reshape(-1, *STANDING.shape)
        if self.n > 1:
            return self.company.place(poses)
        return self.painter.place(poses[0])[None]

    def paint(self, placed: Array, turns: int = 1) -> list[Picture]:
        """A picture for each dancer, by what `place` gave; `turns` as in `Company.paint`."""
        if self.n > 1:
            return self.company.paint(placed, turns)
        return [self.painter.paint(placed[0])]

    def on_stage(self, placed: Array) -> Array:
        """What `place` gave -> 0..1 of the stage screen."""
        return self.company.on_stage(placed) if self.n > 1 else self.placement.to_stage(placed)

    def around(self, pictures: Sequence[Picture]) -> Shown:
        """What was painted, on the stage screen."""
        if self.n > 1:
            cutouts = self.company.cutout(pictures) if self.is_cut_out else None
            return Shown(self.company.show(pictures, self.shadow), cutouts)
        picture, plate = pictures[0], self.painter.plate
        cutout = Cutout(picture, plate, self.placement.lies) if self.is_cut_out else None
        if not self.shadow:
            picture = picture.without_shadow(plate)
        return Shown(self.background.show(picture), cutout)

    def moved(self, scale: float, shift: tuple[float, float]) -> "Screen":
        """The same with all dancers at another size and place, for one picture."""
        placement = self.placement.moved(scale, shift)
        others = tuple(
            Member(one.painter, one.placement.moved(scale, shift)) for one in self.others
        )
        background = self.background.moved(placement)
        return replace(self, placement=placement, background=background, others=others)

    @property
    def painters(self) -> list[Painter | SkeletonPainter]:
        """Of all who are loaded."""
        return [self.painter, *(other.painter for other in self.others)]

    @property
    def loaded(self) -> dict[str, Painter | SkeletonPainter]:
        """Those beside the first, by their targets, but for skeletons, which are drawn anew."""
        named = zip(self.names, self.others, strict=True)
        return {name: one.painter for name, one in named if isinstance(one.painter, Painter)}

    def close(self, but: "Sequence[Screen]" = ()) -> None:
        """It is no longer shown; does not wait. What these show as well stays."""
        kept = [painter for screen in but for painter in screen.painters]
        for painter in self.painters:
            if isinstance(painter, Painter) and not any(painter is one for one in kept):
                painter.close()

    def joints(self, poses: Array) -> Array:
        """The joints of each dancer, (n, 18, 2), 0..1 of the stage screen."""
        return self.on_stage(self.place(poses))


def output_size(settings: Settings, picture: int) -> tuple[int, int]:
    """(W, H) px of the stage screen for a picture of so many px."""
    if settings.output != (0, 0):
        return settings.output
    side = max(SMALLEST_OUTPUT, 2 * picture if picture < SMALLEST_OUTPUT else picture)
    return side, side


def open_screen(
    settings: Settings,
    target: str,
    output: tuple[int, int] | None = None,
    tell: Callable[[str], None] = log.warning,
    size: int = 0,
    loaded: Mapping[str, Painter | SkeletonPainter] | None = None,
) -> Screen:
    """Load a target by name or path and paint once, so that the first frame is quick.

    Raises BundleError, EngineError or PictureFileError. `output` keeps the stage size when targets
    are switched; `tell` hears of every change of the engine; `size` px instead of the settings'.
    Where neither names one, who can be painted at any size is painted at that of the stage screen.
    `loaded` are painters by their targets, for those beside the first.
    """
    # A pool of OpenCV's own spins between two calls, beside all that has to be in time.
    cv2.setNumThreads(1)
    why = _why_cut_out(settings)
    painter, sizes = _open_painter(settings, target, output, tell, size, why)
    alone_px = settings.size or SKELETON_SIZE if target == "skeleton" else painter.size
    stage = _placement(settings, painter.size, output or output_size(settings, alone_px))
    background = open_background(path_of(settings.background), stage, painter.plate)
    screen = Screen(painter, stage, background, target, tuple(sizes), settings.shadow, bool(why))
    screen = _open_others(settings, screen, tell, loaded or {})
    screen.picture(STANDING)
    return screen


def _open_painter(
    settings: Settings,
    target: str,
    output: tuple[int, int] | None,
    tell: Callable[[str], None],
    size: int,
    why: str,
) -> tuple[Painter | SkeletonPainter, list[int]]:
    """Who paints a target, and at which smaller sizes they could be painted as well, px.

    `why` they are cut out, "" = they are not.
    """
    if target == "skeleton":
        output = output or output_size(settings, settings.size or SKELETON_SIZE)
        px = settings.size or _drawn_size(settings, output)
        painter, sizes = SkeletonPainter(px, bool(why)), list[int]()
    else:
        wanted = size or settings.size
        found = find_target(target, wanted)
        wanted = wanted or size_on(found, output or settings.output, settings.fit, settings.scale)
        threads = 2 if found.manifest.size > ONE_CORE_PX else 1
        painter = Painter(found, settings.engine, threads, tell, wanted)
        sizes = smaller_sizes(found, wanted)
    if why and not painter.has_mask:
        raise BundleError(_cannot_leave(painter.name, why))
    return painter, sizes


def _open_others(
    settings: Settings,
    screen: Screen,
    tell: Callable[[str], None],
    loaded: Mapping[str, Painter | SkeletonPainter],
) -> Screen:
    """The screen with those beside the first, in turn; each person is opened once, or `loaded`."""
    n_others, output, why = settings.dancers - 1, screen.placement.output, _why_cut_out(settings)
    names = names_of(settings.others)[:n_others]
    opened = {**loaded, screen.target: screen.painter, SAME: screen.painter}
    for name in names:
        if name not in opened:
            # Who was given by hand at a size that others do not have is painted at theirs.
            at_best = replace(settings, size=0)
            try:
                opened[name], _ = _open_painter(at_best, name, output, tell, 0, why)
            except (BundleError, EngineError) as error:
                raise OthersError(str(error)) from error
    others = [opened[name] for name in names]
    return replace(
        screen,
        n=settings.dancers,
        others=tuple(Member(one, _placement(settings, one.size, output)) for one in others),
        names=names,
        own=places_of(settings.places),
    )


def dressed(
    screen: Screen, settings: Settings, tell: Callable[[str], None] = log.warning
) -> Screen:
    """The same painter, with the background, shadow, place and company of the settings.

    Raises BundleError, EngineError or PictureFileError.
    """
    painter, is_cut_out = screen.painter, bool(why := _why_cut_out(settings))
    if is_cut_out and not painter.has_mask:
        raise BundleError(_cannot_leave(painter.name, why))
    stage = _placement(settings, painter.size, screen.placement.output)
    background = open_background(path_of(settings.background), stage, painter.plate)
    put = replace(
        screen, placement=stage, background=background, shadow=settings.shadow,
        is_cut_out=is_cut_out,
    )  # fmt: skip
    return _open_others(settings, put, tell, screen.loaded)


def _drawn_size(settings: Settings, output: tuple[int, int]) -> int:
    """Px of a skeleton on this stage screen: of several, as small as they are seen."""
    if settings.dancers == 1:
        return SKELETON_SIZE
    fitting = side_of(output, settings.fit)
    own = [place.size or 0.0 for place in places_of(settings.places).values()]
    largest = max(size_in_row(output, fitting, settings.dancers), *own, 0.0)
    return min(SKELETON_SIZE, round(fitting * settings.scale * largest))


def _placement(settings: Settings, size: int, output: tuple[int, int]) -> Placement:
    shift = (settings.x, settings.y)
    return Placement(size, output, settings.fit, scale=settings.scale, shift=shift)


def _cannot_leave(name: str, why: str) -> str:
    return f"The target {name} has no mask and cannot leave its own place: {why}."


def _why_cut_out(settings: Settings) -> str:
    """What to change so that the person may stay in their own place; "" = they may."""
    if settings.cut_out:
        return "ask for the show with alpha=False"
    if settings.dancers > 1:
        return "leave --dancers out"
    if settings.background != OWN:
        return "leave --background out"
    if any(asked.alpha for asked in settings.outs):
        return "give --out alpha=off"
    return "give --record a name that ends in .mp4" if settings.is_filmed_alone else ""
