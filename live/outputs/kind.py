"""What a kind of output tells of itself and must do: the interface of all ways out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from live.core.mailbox import Bounded
from live.core.messages import AudioBlock
from live.core.settings import OutputSettings
from live.core.stats import Distribution
from live.outputs.frame import OutputFrame

Page = Callable[[], str]  # HTML as it is now; any thread


class OutputError(Exception):
    """An output that cannot work, in one sentence for the performer."""


class Output(Protocol):
    """One way out, open. It is opened, fed and closed on one thread of its own.

    Whatever it raises closes it; it is opened again after a pause that grows.
    """

    def send(self, frame: OutputFrame, /) -> bool:
        """The newest picture; True if it left. May take its time: newer ones replace each other."""
        ...

    @property
    def state(self) -> str:
        """A few words for the performer, as "2 viewers"; "" = nothing to say. Any thread."""
        ...

    def close(self) -> None:
        """Give all back; never raises."""
        ...


@dataclass
class Told:
    """What an output counts by itself beside what is counted of every output."""

    n_dropped: int = 0  # pictures that a receiver was too slow for
    seen_ms: Distribution = field(default_factory=Distribution)  # see Relay.report


@dataclass(frozen=True)
class Opening:
    """What an output is opened with."""

    asked: OutputSettings
    size: tuple[int, int]  # (W, H) px of every frame that it will get
    fps: float  # how many a second it will get, if this machine can
    told: Told
    # What the show hears, for a kind that `hears`: the newest seconds of it.
    sound: Bounded[AudioBlock] = field(default_factory=lambda: Bounded(1))
    # s after its sound that a picture of the same media time comes now.
    picture_delay: Callable[[], float] = lambda: 0.0
    osc_page: Page | None = None  # all OSC addresses, with what holds now


def _nothing_missing() -> str:
    return ""


def _any_name(name: str) -> str:
    return name


def _nothing_to_check(asked: OutputSettings) -> None:
    pass


def _no_place(asked: OutputSettings) -> str:
    return ""


def _nothing_to_tend() -> None:
    pass


@dataclass(frozen=True)
class Kind:
    """One kind of output: a file of this room gives one, called KIND."""

    what: str  # for the list of kinds, a few words
    open: Callable[[Opening], Output]  # raises whatever it likes
    # Why it cannot work on this machine and what to install, in one sentence; "" = it can.
    missing: Callable[[], str] = _nothing_missing
    # What stands after the colon -> what is meant, "" included; raises ArgumentTypeError.
    name: Callable[[str], str] = _any_name
    # What of a name may be read by all, on the bar and in reports; a key may not.
    shown: Callable[[str], str] = _any_name
    # Options of its own: each reads its text, or raises ArgumentTypeError.
    options: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)
    # Raises OutputError where what was asked for cannot be, before anything is opened.
    check: Callable[[OutputSettings], None] = _nothing_to_check
    where: Callable[[OutputSettings], str] = _no_place  # what the performer types elsewhere
    alpha: bool = True  # where the flag does not say
    can_alpha: bool = True
    hears: bool = False  # it takes the sound of the show as well
    repeats: bool = True  # with fps=N the same picture again, when there is no newer one
    packages: tuple[str, ...] = ()  # that it works with, as pip names them
    never_run: bool = False  # the makers of this program have no machine for it
    # Called on the main thread some times a second while no window is there to do it.
    tend: Callable[[], None] = _nothing_to_tend
    # How long its own way to the eye takes: so long before they are due its frames leave.
    way_s: float = 0.0
