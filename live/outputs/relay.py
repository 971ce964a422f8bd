"""One output of a running show: its mailbox, its rate, its counts. A thread of its own."""

import threading
import time
from collections import deque

from live.core.exact_sleep import sleep_until
from live.core.mailbox import Bounded, Latest
from live.core.messages import AudioBlock, Frame
from live.core.settings import OutputSettings
from live.core.stats import Distribution
from live.outputs.fitting import Fitting
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, Output, Page, Told

LOOK_S = 0.1  # between looks whether the show ends
MOST_HELD_S = 0.2  # a frame that is due later than this leaves now
MOST_BLOCKS = 300  # 3 s of 10 ms blocks of sound
RATE_FRAMES = 31
STUCK_S = 3.0  # so long without an answer from what it was sent to, it is told


class Relay:
    """`put` is for the paint thread, `hear` for the dance thread, `run` for its own; else any."""

    def __init__(
        self,
        asked: OutputSettings,
        kind: Kind,
        stage: tuple[int, int],
        fps: float,
        picture_delay: float = 0.0,
        osc_page: Page | None = None,
    ) -> None:
        """`stage` (W, H) px of the show's pictures, `fps` of them a second; see Opening."""
        self.asked, self._kind = asked, kind
        self._fitting = Fitting(stage, asked.size if asked.size != (0, 0) else stage)
        self._fps = asked.fps or fps
        self.is_on = True
        self.n_sent = self.n_repeated = 0
        self.told = Told()
        self.left_ms = Distribution()
        self._frames: Latest[Frame] = Latest()
        self._sound: Bounded[AudioBlock] = Bounded(MOST_BLOCKS)
        self.picture_delay, self._osc_page = picture_delay, osc_page  # that may be set anew
        self._output: Output | None = None
        self._sending_since: float | None = None  # host time
        self._sent_at: deque[float] = deque(maxlen=RATE_FRAMES)  # host times
        self._number = self._newest_left = 0

    @property
    def label(self) -> str:
        return self.asked.label

    @property
    def n_dropped(self) -> int:
        """Pictures that were replaced by newer ones before they left, or not taken."""
        return self._frames.n_replaced + self.told.n_dropped

    def put(self, frame: Frame) -> None:
        """A picture was painted. Returns at once."""
        self._frames.put(frame)

    def hear(self, block: AudioBlock) -> None:
        """A block of sound came; kept only where the output takes it. Returns at once."""
        if self._kind.hears and self._output is not None:
            self._sound.put(block)

    def run(self, ending: threading.Event) -> None:
        """Open it and feed it until `ending` is set. Raises what the output raises, closed."""
        sound = self._sound = Bounded(MOST_BLOCKS)
        opening = Opening(
            self.asked,
            self._fitting.size,
            self._fps,
            self.told,
            sound,
            lambda: self.picture_delay,
            self._osc_page,
        )
        output = self._output = self._kind.open(opening)
        try:
            if self.asked.fps:
                self._feed_paced(output, ending)
            else:
                self._feed(output, ending)
        finally:
            self._output, self._sending_since = None, None
            output.close()

    def tend(self) -> None:
        """On the main thread, some times a second, where there is no window."""
        if self._output is not None:
            self._kind.tend()

    def state(self) -> str:
        """In a few words what it does."""
        now, output, since = time.perf_counter(), self._output, self._sending_since
        if not self.is_on:
            return f"{self.label} off"
        if output is None:
            return f"{self.label} not open"
        if since is not None and now - since > STUCK_S:
            return f"{self.label} stuck"
        said = output.state
        return f"{self.label} {self.rate(now):.0f}/s" + (f" {said}" if said else "")

    def rate(self, now: float) -> float:
        """Pictures a second that left during the last one or two seconds."""
        sent = [at for at in list(self._sent_at) if now - at < 2.0]
        if len(sent) < 2:
            return 0.0
        slot = (sent[-1] - sent[0]) / (len(sent) - 1)
        if now - sent[-1] > 2 * slot:  # it has stopped
            slot = (now - sent[0]) / (len(sent) - 1)
        return 1 / max(1e-3, slot)

    def report(self) -> dict[str, object]:
        """Its counts, and how long after a picture was due it left and, as far as known, was seen.

        Below 0 it was earlier.
        """
        return {
            "sent": self.n_sent,
            "repeated": self.n_repeated,
            "dropped": self.n_dropped,
            "left_ms": self.left_ms.summary(),
            "seen_ms": self.told.seen_ms.summary(),
        }

    def age_ms(self) -> dict[str, object] | None:
        """From when a picture was due until the last that is known of it; None = none has left."""
        seen = self.told.seen_ms.summary()
        known = seen or self.left_ms.summary()
        until = "drawn" if seen else "handed over"
        if known is None:
            return None
        return {"until": until, "p50": known["p50"], "p95": known["p95"]}

    # its own thread

    def _feed(self, output: Output, ending: threading.Event) -> None:
        """Every frame as it comes, the newest only."""
        while not ending.is_set():
            frame = self._frames.take(LOOK_S)
            if frame is None:
                continue
            leaves_at = frame.due_at - self._kind.way_s
            early = leaves_at - time.perf_counter()
            if 0 < early < MOST_HELD_S and sleep_until(leaves_at, ending):
                return
            self._send(output, self._next(frame))

    def _feed_paced(self, output: Output, ending: threading.Event) -> None:
        """So many a second, whatever the show does."""
        slot = 1 / self._fps
        newest: OutputFrame | None = None
        due = time.perf_counter()
        while not sleep_until(due, ending):
            now = time.perf_counter()
            due = due + slot if now - due < slot else now + slot
            frame = self._frames.take()
            if frame is not None:
                newest = self._next(frame)
            elif newest is None or not self._kind.repeats:
                continue
            else:
                if newest.is_on != self.is_on:
                    newest = self._next(newest.frame)
                self.n_repeated += 1
            self._send(output, newest)

    def _next(self, frame: Frame) -> OutputFrame:
        self._number += 1
        stage = frame.image.shape[1::-1]
        if stage != self._fitting.stage:  # the stage has been set to another size
            self._fitting = Fitting((stage[0], stage[1]), self._fitting.size)
        return OutputFrame(frame, self._fitting, self.asked.alpha, self._number, self.is_on)

    def _send(self, output: Output, frame: OutputFrame) -> None:
        self._sending_since = time.perf_counter()
        has_left = output.send(frame)
        now = time.perf_counter()
        self._sending_since = None
        if not has_left:
            return
        self.n_sent += 1
        self._sent_at.append(now)
        if frame.number != self._newest_left:
            self._newest_left = frame.number
            self.left_ms.add((now - frame.due_at) * 1e3)
