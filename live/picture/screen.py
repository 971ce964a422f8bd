"""One target on the stage screen, loaded and warmed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from live.core.settings import Settings
from live.picture.background import OWN, Background, Shown, open_background
from live.picture.painter import Painter
from live.picture.placement import Placement
from live.picture.skeleton_painter import SkeletonPainter
from live.picture.targets import find_target, smaller_sizes
from models.bundle import BundleError
from models.skeleton import STANDING
from models.types import Array

log = logging.getLogger(__name__)

SMALLEST_OUTPUT = 512
ONE_CORE_PX = 256  # larger pictures take two threads to be painted in time


@dataclass(frozen=True)
class Screen:
    """One target on the stage screen."""

    painter: Painter | SkeletonPainter
    placement: Placement
    background: Background
    target: str = ""  # as it was asked for
    smaller: tuple[int, ...] = ()  # px, sizes at which the same person can be painted as well

    def picture(self, joints: Array) -> tuple[Shown, Array]:
        """Canonical joints -> what is shown, and the joints 0..1 of the stage screen."""
        placed = self.painter.place(joints)
        shown = self.background.show(self.painter.paint(placed))
        return shown, self.placement.to_stage(placed)

    def close(self) -> None:
        """It is no longer shown; does not wait."""
        if isinstance(self.painter, Painter):
            self.painter.close()

    def joints(self, joints: Array) -> Array:
        """Canonical joints -> 0..1 of the stage screen."""
        return self.placement.to_stage(self.painter.place(joints))


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
        wanted = size or settings.size
        found = find_target(target, wanted)
        sizes = smaller_sizes(found, wanted)
        threads = 2 if found.manifest.size > ONE_CORE_PX else 1
        painter = Painter(found, settings.engine, threads, tell, wanted)
    if settings.background != OWN and not painter.has_mask:
        raise BundleError(
            f"The target {painter.name} has no mask and cannot leave its own place: "
            "leave --background out."
        )
    stage = Placement(painter.size, output or output_size(settings, painter.size), settings.fit)
    background = open_background(settings.background, stage, painter.plate)
    screen = Screen(painter, stage, background, target, tuple(sizes))
    screen.picture(STANDING)
    return screen
