"""Settings -> the parts of a show, loaded and warmed; what is wrong is said before it begins."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from live.background import OWN, Background, Shown, open_background
from live.clock import MediaClock
from live.dancer import Dancer, StyleError
from live.follower import Follower
from live.level import Leveller
from live.liveliness import Liveliness
from live.messages import (
    AudioChunk,
    Beat,
    ChooseStyle,
    Command,
    Pose,
    PosePlan,
    Reset,
    Tap,
    Tune,
)
from live.painter import Painter, SkeletonPainter
from live.settings import Settings
from live.stage import Stage
from live.stats import resident_mb
from models import bundle
from models.skeleton import STANDING
from models.spec import CHUNK_SAMPLES
from models.types import Array

if TYPE_CHECKING:
    from live.poses import PoseFile

log = logging.getLogger(__name__)
SMALLEST_OUTPUT = 512
ONE_CORE_PX = 256  # larger pictures take two threads to be painted in time


class Motion(Protocol):
    """Whatever knows the body at a media time: the tween, or a pose file."""

    def at(self, time: float) -> Pose: ...


class PoseFileMotion:
    """A pose file played as the dance."""

    def __init__(self, file: "PoseFile") -> None:
        self._file = file
        self.duration = file.duration

    def at(self, time: float) -> Pose:
        return Pose(time, self._file.at(time).astype(np.float32), time)


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


@dataclass
class Ear:
    """Everything that listens: level, beat, dancer. Pure; stepped by the dance thread alone."""

    dancer: Dancer
    follower: Follower = field(default_factory=Follower)
    leveller: Leveller = field(default_factory=Leveller)
    liveliness: Liveliness = field(default_factory=Liveliness)

    def hear(self, chunk: AudioChunk) -> tuple[Beat, PosePlan]:
        """One chunk in, what is heard and the next PosePlan out."""
        samples, level, silent = self.leveller.feed(chunk.samples)
        self.dancer.lively = self.liveliness.feed(chunk.samples, silent)
        levelled = AudioChunk(chunk.index, samples, chunk.captured_at, chunk.n_lost)
        beat = self.follower.feed(levelled, level)
        return beat, self.dancer.step(levelled, None if silent else beat)

    def obey(self, command: Command, clock: MediaClock) -> bool:
        """Do what the performer asks; False when it is nothing for the ear."""
        match command:
            case Reset():
                self.reset()
            case Tap(at):
                self.follower.tap(clock.media(at))
            case Tune("bpm", value):
                self.follower.hold(value)
            case Tune("nudge", value):
                self.follower.nudge(value / 1e3)
            case Tune("gain", value):
                self.leveller.gain_db = value
            case Tune("energy", value):
                self.dancer.energy = value
            case Tune("phase_lock", value):
                self.dancer.is_phase_locked = bool(value)
            case ChooseStyle(name):
                try:
                    self.dancer.choose_style(name)
                except StyleError as error:
                    log.warning("%s", error)
            case _:
                return False
        return True

    def controls(self) -> dict[str, object]:
        """The present values by their names in OSC."""
        return {
            "dance": self.dancer.name,
            "bpm": self.follower.held_bpm,
            "nudge": self.follower.nudged * 1e3,
            "gain": self.leveller.gain_db,
            "energy": self.dancer.energy,
            "phase_lock": self.dancer.is_phase_locked,
            "style": self.dancer.style,
            "styles": self.dancer.styles,
        }

    def reset(self) -> None:
        self.dancer.reset()
        self.follower.reset()
        self.leveller.reset()
        self.liveliness.reset()


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


def open_ear(settings: Settings) -> Ear:
    """Load the dance and step it once; starts from its reset state.

    Raises BundleError, EngineError or StyleError.
    """
    dancer = Dancer(bundle.find("dance", settings.dance), settings.seed, settings.temperature)
    dancer.choose_style(settings.style)
    dancer.is_phase_locked = settings.phase_lock
    ear = Ear(dancer)
    ear.hear(AudioChunk(0, np.zeros(CHUNK_SAMPLES, np.float32), 0.0))
    ear.reset()
    if settings.bpm:
        ear.follower.hold(settings.bpm)
    return ear


def facts(settings: Settings, screen: Screen, ear: Ear | None) -> dict[str, object]:
    """What a report says of the parts of a show."""
    return {
        "input": settings.input,
        "target": screen.painter.name,
        "background": settings.background,
        "engine": screen.painter.engine,
        "precision": screen.painter.precision,
        "dance": ear.dancer.name if ear else "",
        "seed": settings.seed,
        "delay_ms": settings.delay_ms,
        "output": list(screen.stage.output),
        "rss_mb": resident_mb(),
    }
