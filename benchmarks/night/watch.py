"""What must hold in every second of a night, and how long each fault was felt."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.night.faults import RECOVERED_S, Draw, Fault
from benchmarks.night.venue import Venue

PATIENCE_S = 5.0  # after that, before it is given up
BLACK_S = 1.0  # a picture may be black so long
STARTED_S = 5.0  # after the first pose, until which there must be a picture
STEP_S = 0.25
LOOK_S = 1.0  # of poses by which a show is judged
DARK = 8.0  # mean of a black screen, 0..255


@dataclass
class Watch:
    """Looks at a venue from a thread of its own until it is closed."""

    venue: Venue
    patience: float = 1.0  # times every bar: on a machine that others use as well
    vitals: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    felt: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    broken: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.began = time.perf_counter()
        self._disturbed_until = self.began + RECOVERED_S
        self._black_since: float | None = None
        self._has_shown = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def suffer(self, fault: Fault, rng: Draw) -> None:
        """Do one fault and wait until the show is itself again; kept in `felt`."""
        if not self.venue.show.is_alive:
            return
        self._disturbed_until = float("inf")
        began = time.perf_counter()
        fault.do(self.venue, rng)
        ended = time.perf_counter()
        # A second of good poses is seen when it is over: it began that much earlier.
        time.sleep(LOOK_S)
        while not self.venue.is_well(time.perf_counter()):
            if (
                time.perf_counter() > ended + self.patience * fault.within_s + PATIENCE_S
                or not self.venue.show.is_alive
            ):
                break
            time.sleep(0.05)
        well_at = time.perf_counter()
        # It is judged in whole seconds behind and by a status once a second.
        took = max(0.0, well_at - ended - LOOK_S)
        is_well = self.venue.is_well(well_at)
        self.felt.append({
            "at s": round(began - self.began, 1),
            "fault": fault.name,
            "lasted s": round(ended - began, 2),
            "recovered after s": round(took, 2) if is_well else None,
            "bar s": self.patience * fault.within_s,
        })  # fmt: skip
        if not is_well or took > self.patience * fault.within_s:
            self.broken.append(f"{began - self.began:.0f} s: {fault.name}: not itself again")
        self._disturbed_until = time.perf_counter() + 0.5

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _work(self) -> None:
        looked = 0
        while not self._ended.wait(STEP_S):
            if not self.venue.show.is_alive:
                self._break("the show is gone")
                return
            now = time.perf_counter()
            self._look_at_picture(now)
            looked += 1
            if looked % round(1 / STEP_S) == 0:
                self._look_at_show(now)

    def _look_at_show(self, now: float) -> None:
        if now > self._disturbed_until + 1.0 and not self._goes_on(now):
            rate = self.venue.show.heard.rate(now - 1.0, now)
            self._break(f"{rate:.0f} poses in a second, and nothing was done to it")
        frames = self.venue.show.heard.between(now - 1.2, now)
        if any(b[1] <= a[1] for a, b in itertools.pairwise(frames)):
            self._break("the numbers of the bundles do not rise")
        found = self.venue.show.vitals()
        if found:
            self.vitals.append({
                "at s": round(now - self.began, 1), "memory MB": found.memory_mb,
                "threads": found.threads, "handles": found.handles,
                "target": self.venue.scene.target,
                "poses/s": round(self.venue.show.heard.rate(now - 1.0, now), 1),
            })  # fmt: skip

    def _goes_on(self, now: float) -> bool:
        if self.patience == 1:
            return self.venue.goes_on(now)
        return bool(self.venue.show.heard.between(now - self.patience, now))

    def _look_at_picture(self, now: float) -> None:
        photo = self.venue.photo()
        is_dark = float(np.percentile(photo, 95)) < DARK
        self._has_shown |= not is_dark
        starts = not self._has_shown and now - self.began < STARTED_S
        if not is_dark or self.venue.scene.is_black or self._is_stopped() or starts:
            self._black_since = None
        elif self._black_since is None:
            self._black_since = now
        elif now - self._black_since > self.patience * BLACK_S:
            self._break(f"the picture is black for {now - self._black_since:.1f} s")
            self._black_since = now + 60  # said once a minute

    def _is_stopped(self) -> bool:
        """By us: then nothing can be painted."""
        return self._disturbed_until == float("inf")

    def _break(self, what: str) -> None:
        said = f"{time.perf_counter() - self.began:.0f} s: {what}"
        if not self.broken or self.broken[-1].partition(": ")[2] != what:
            self.broken.append(said)
            print(f"  BROKEN {said}", flush=True)
