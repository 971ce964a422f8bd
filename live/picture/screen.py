"""One target on the stage screen, loaded and warmed."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from live.core.settings import Settings
from live.picture.background import OWN, Background, Shown, open_background
from live.picture.painter import Painter, SkeletonPainter
from live.picture.placement import Stage
from models import bundle
from models.skeleton import STANDING
from models.types import Array

log = logging.getLogger(__name__)

SMALLEST_OUTPUT = 512
ONE_CORE_PX = 256  # larger pictures take two threads to be painted in time


@dataclass(frozen=True)
class Screen:
    """One target on the stage screen."""

    painter: Painter | SkeletonPainter
    stage: Stage
    background: Background
    target: str = ""  # as it was asked for
    smaller: tuple[int, ...] = ()  # px, sizes at which the same person can be painted as well

    def picture(self, joints: Array) -> tuple[Shown, Array]:
        """Canonical joints -> what is shown, and the joints 0..1 of the stage screen."""
        placed = self.painter.place(joints)
        shown = self.background.show(self.painter.paint(placed))
        return shown, self.stage.to_stage(placed)

    def joints(self, joints: Array) -> Array:
        """Canonical joints -> 0..1 of the stage screen."""
        return self.stage.to_stage(self.painter.place(joints))


def output_size(settings: Settings, picture: int) -> tuple[int, int]:
    if settings.output != (0, 0):
        return settings.output
    side = max(SMALLEST_OUTPUT, 2 * picture if picture < SMALLEST_OUTPUT else picture)
    return side, side


def find_target(name: str, size: int) -> bundle.Bundle:
    """The target; where it is wanted at another size than its own, the same person at that size.

    Raises BundleError.
    """
    found = bundle.find("target", name)
    if size in (0, found.manifest.size):
        return found
    others = same_person(found)
    with contextlib.suppress(bundle.BundleError):  # beside it, where it was given by its path
        others.append(bundle.find("target", f"{name}-{size}"))
    for other in others:
        if other.manifest.size == size:
            return other
    raise bundle.BundleError(
        f"Target {name} is painted at {found.manifest.size} px, not {size}: "
        "leave --size out; --output sets the size of the stage screen."
    )


def same_person(found: bundle.Bundle) -> list[bundle.Bundle]:
    """The other bundles of a person, by their names: NAME and NAME-SIZE."""
    name = found.manifest.name.removesuffix(f"-{found.manifest.size}")
    return [
        other
        for other in bundle.available("target")
        if other.manifest.name in (name, f"{name}-{other.manifest.size}")
        and other.manifest.name != found.manifest.name
    ]


def smaller_sizes(found: bundle.Bundle) -> list[int]:
    """At which the same person can be painted with less work, px."""
    sizes = (other.manifest.size for other in same_person(found))
    return [size for size in sizes if size < found.manifest.size]


def open_screen(
    settings: Settings,
    target: str,
    output: tuple[int, int] | None = None,
    tell: Callable[[str], None] = log.warning,
    size: int = 0,
) -> Screen:
    """Load a target by name or path and paint once, so that the first frame is quick.

    Raises BundleError, EngineError or PictureFileError. `output` keeps the stage size when targets
    are switched; `tell` hears of every change of the engine; `size` px instead of the settings'.
    """
    painter: Painter | SkeletonPainter
    sizes: list[int] = []
    if target == "skeleton":
        painter = SkeletonPainter(settings.size, settings.background != OWN)
    else:
        found = find_target(target, size or settings.size)
        sizes = smaller_sizes(found)
        threads = 2 if found.manifest.size > ONE_CORE_PX else 1
        painter = Painter(found, settings.engine, threads, tell)
    if settings.background != OWN and not painter.has_mask:
        raise bundle.BundleError(
            f"The target {painter.name} has no mask and cannot leave its own place: "
            "leave --background out."
        )
    stage = Stage(painter.size, output or output_size(settings, painter.size), settings.fit)
    background = open_background(settings.background, stage, painter.plate)
    screen = Screen(painter, stage, background, target, tuple(sizes))
    screen.picture(STANDING)
    return screen
