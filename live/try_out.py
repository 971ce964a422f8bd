"""--try-out KIND: a test picture through one output, and step by step what worked.

The report is made to be sent on: no name of a person, a computer or a folder stands in it.
"""

import logging
import platform
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from live.core.nameless import without_names
from live.core.settings import OutputSettings
from live.outputs.kind import Kind, Opening, Output
from live.outputs.relay import Relay

if TYPE_CHECKING:
    from live.outputs.chart import Chart

Say = Callable[[str], None]

SIZE_PX = (1280, 720)
FPS = 30.0
USUAL_S = 30.0
TELL_S = 5.0
OPEN_S = 20.0
END_S = 5.0

log = logging.getLogger(__name__)


@dataclass
class Trial:
    """What one output did."""

    kind: Kind
    open_ms: float | None = None
    error: Exception | None = None
    n_sent: int = 0
    n_dropped: int = 0
    hangs: bool = False
    ending: threading.Event = field(default_factory=threading.Event)

    def open(self, opening: Opening) -> Output:
        """In place of the kind's own."""
        began = time.perf_counter()
        output = self.kind.open(opening)
        self.open_ms = (time.perf_counter() - began) * 1e3
        return output

    def run(self, relay: Relay) -> None:
        """Its thread."""
        try:
            relay.run(self.ending)
        except Exception as error:  # told at the end
            log.info("The output broke", exc_info=error)
            self.error = error


def try_out(flag: str, seconds: float, say: Say) -> int:
    """0 if it ran to its end. Raises OutputError for what cannot work here."""
    from live.outputs.flag import check_outputs, parse_output
    from live.outputs.kinds import kind_of

    asked = parse_output(flag)
    kind = kind_of(asked.kind)
    asked = asked if asked.size != (0, 0) else replace(asked, size=SIZE_PX)

    def tell(text: str) -> None:
        say(without_names(text, {str(asked.option("token", "")): "TOKEN"}))

    for line in _about(asked, kind):
        tell(line)
    check_outputs([asked])
    tell("1. what it needs is there")
    return _end(tried(asked, kind, seconds or USUAL_S, tell), tell)


def _about(asked: OutputSettings, kind: Kind) -> list[str]:
    width, height = asked.size
    rate = f"{asked.fps or FPS:g} pictures a second"
    transparent = "transparent" if asked.alpha else "not transparent"
    return [
        f"dancelive {version('dancelive')}, Python {platform.python_version()}, "
        f"{platform.platform(terse=True)}, {platform.machine()}",
        *(f"{package} {_version(package)}" for package in kind.packages),
        f"{asked.label}: {width}x{height}, {rate}, {transparent}",
    ]


def tried(asked: OutputSettings, kind: Kind, seconds: float, tell: Say = lambda _: None) -> Trial:
    """The test picture through one output, `asked` with its size; ends also one that hangs."""
    from live.outputs.chart import IN_WORDS, Chart

    trial = Trial(kind)
    relay = Relay(asked, replace(kind, open=trial.open), asked.size, FPS)
    thread = threading.Thread(target=trial.run, args=(relay,), name="output", daemon=True)
    thread.start()
    try:
        if _is_open(trial, thread):
            tell(f"2. opened in {trial.open_ms:.0f} ms")
            place = kind.where(asked) or f"{asked.name!r}, {kind.what}"
            tell(f"3. look for {place}; there is to be seen {IN_WORDS}")
            _show(Chart(asked.size), relay, thread, seconds, tell)
    except KeyboardInterrupt:
        tell("   stopped by hand")
    trial.ending.set()
    thread.join(END_S)
    trial.hangs = thread.is_alive()
    trial.n_sent, trial.n_dropped = relay.n_sent, relay.n_dropped
    return trial


def _is_open(trial: Trial, thread: threading.Thread) -> bool:
    """Waits for it."""
    until = time.perf_counter() + OPEN_S
    while thread.is_alive() and trial.open_ms is None and time.perf_counter() < until:
        time.sleep(1 / FPS)
    return trial.open_ms is not None


def _show(
    chart: "Chart", relay: Relay, thread: threading.Thread, seconds: float, tell: Say
) -> None:
    began = time.perf_counter()
    told = 0.0
    while thread.is_alive() and (now := time.perf_counter() - began) < seconds:
        relay.put(chart.frame(now, began + now))
        relay.tend()
        if now >= told + TELL_S:
            told = now
            tell(f"   after {now:.0f} s: {relay.n_sent} pictures left; {relay.state()}")
        time.sleep(1 / FPS)


def _end(trial: Trial, tell: Say) -> int:
    if trial.error is not None:
        what = "broke" if trial.open_ms is not None else "did not open"
        tell(f"It {what}: {type(trial.error).__name__}: {trial.error}")
        return 1
    if trial.open_ms is None or trial.hangs:
        tell("It hangs, and was given up." if trial.hangs else "It was stopped before it was open.")
        return 1
    tell(f"4. closed; {trial.n_sent} pictures left, {trial.n_dropped} were dropped")
    if not trial.n_sent:
        tell("It ran, but nobody received it: try it again and look on meanwhile.")
        return 1
    tell("It ran to its end. Whether colours, edges and top and bottom were right, you have seen.")
    return 0


def _version(package: str) -> str:
    with suppress(PackageNotFoundError):
        return version(package)
    return "is not installed"
