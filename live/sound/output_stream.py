"""One opened sound output, from opening to loss.

It takes 10 ms blocks from a queue and gives each back with the host time at which it is heard.
"""

import logging
import queue
import threading
from collections import deque
from time import perf_counter

import numpy as np

from live.sound import pulseaudio
from live.sound.device.messages import ASKED, END, FORGET, NONE, SENT, Pipe, next_of
from live.sound.device.process import DeviceProcess, Refused, ask
from live.sound.output_clock import OutputClock
from live.sound.patience import GONE_S, LATE_S, Patience
from live.sound.source import BLOCK_SECONDS, SourceError
from models.types import Array

LATENCY_S = 0.1  # costs nothing (it is known when a block is heard), and does not run dry
AHEAD_BLOCKS = 16  # at the device's process, more than it asks for at once: those of LATENCY_S
MAX_DELAY_S = 1.0  # a driver that reports more is wrong
TAKE_BACK_S = 0.05  # a device whose process is held up is not waited for
log = logging.getLogger(__name__)

Block = Array | None  # float32 (n, channels); None: the music is over


class BlockQueue(queue.Queue[Block]):
    """Blocks to play; what was taken and not played comes back to its place."""

    def put_back(self, blocks: list[Block]) -> None:
        """They are the next again, also where there is no room for them."""
        with self.mutex:
            self.queue.extendleft(reversed(blocks))
            self.not_empty.notify(len(blocks))


class OutputStream:
    """The default output, silent until `play`; raises Refused or SourceError."""

    def __init__(self, rate: int, channels: int, blocks: BlockQueue) -> None:
        self.ended = threading.Event()  # the device is gone
        self.n_underflows = 0
        self.is_running = False  # the device asks for sound
        self._asked_at = 0.0
        self._is_playing = False
        self._blocks = blocks
        self._sent: deque[tuple[int, Block]] = deque()  # numbered, and not yet played
        self._n_sent = 0
        self._lock = threading.Lock()  # of the two above
        self._heard: deque[tuple[Block, float]] = deque()
        self._news = threading.Event()
        self._clock = OutputClock(rate)
        asked = {
            "samplerate": rate, "channels": channels, "latency": LATENCY_S,
            "blocksize": round(rate * BLOCK_SECONDS),
        }  # fmt: skip
        self._process = DeviceProcess("play", asked, self._hear, self._on_end)
        self._opened_at = perf_counter()
        self._patience = Patience()

    # the thread of the device's process

    def _hear(self, told: Pipe) -> None:
        while (asked := next_of(ASKED, told)) is not None:
            self._on_asked(asked[0], asked[1], int(asked[2]), bool(asked[3]))

    def _on_asked(self, asked_at: float, delay: float, number: int, underflow: bool) -> None:
        """The device has asked for a block, and was given that of this number."""
        self._asked_at = asked_at
        self.is_running = True
        with self._lock:
            if not self._is_playing:
                return
            self.n_underflows += underflow
            if number != NONE and self._sent and self._sent[0][0] == number:
                # else it was taken back, and is counted when it is played again
                block = self._sent.popleft()[1]
                heard_at = asked_at + (delay if 0.0 <= delay < MAX_DELAY_S else 0.0)
                self._heard.append((block, heard_at))
                self._news.set()
            self._send()

    def _send(self) -> None:
        """What there is, so that the device finds it when it asks. With the lock."""
        while len(self._sent) < AHEAD_BLOCKS:
            try:
                block = self._blocks.get_nowait()
            except queue.Empty:  # the decoder is late: the music waits, and media time with it
                return
            self._n_sent += 1
            self._sent.append((self._n_sent, block))
            head = SENT.pack(self._n_sent, END if block is None else len(block))
            samples = b"" if block is None else np.ascontiguousarray(block, np.float32).tobytes()
            self._process.send(head + samples)

    def _on_end(self) -> None:
        self.ended.set()
        self._news.set()

    # the owner's thread

    def play(self) -> None:
        """From now on take the blocks from the queue."""
        with self._lock:
            self._is_playing = True
            self._send()

    def take_back(self) -> None:
        """What was not played is the next in the queue again, until the device asks again."""
        if not self._lock.acquire(timeout=TAKE_BACK_S):
            return
        try:
            if self._sent:
                self._process.send(SENT.pack(0, FORGET), TAKE_BACK_S)
                self._blocks.put_back([block for _, block in self._sent])
                self._sent.clear()
        finally:
            self._lock.release()

    def stop(self) -> None:
        """The same for good."""
        self._is_playing = False
        self.take_back()

    def is_late(self) -> bool:
        """It asked for sound and has not for a while: held up, perhaps."""
        return self.is_running and self._waited() > LATE_S

    def is_lost(self) -> bool:
        """The device is gone, or does not ask for sound any more."""
        return self.ended.is_set() or self._waited() > GONE_S

    def _waited(self) -> float:
        return self._patience.waited(max(self._asked_at, self._opened_at))

    def heard(self, timeout: float) -> tuple[Block, float] | None:
        """The next block and the host time at which its end is heard; None after `timeout` s."""
        if not self._heard:
            self._news.clear()
            if not self._heard and not self._news.wait(timeout):
                return None
        if not self._heard:
            return None
        block, start_at = self._heard.popleft()
        return block, self._clock.end_of(0 if block is None else len(block), start_at)

    def close(self) -> None:
        """Returns within a second whatever the driver does."""
        self._process.close()
        self.stop()


def playable_rate(rate: int, channels: int) -> int | None:
    """`rate` if the default output takes it, else the output's own; None without an output."""
    try:
        found = ask("output", samplerate=rate, channels=channels)
    except SourceError as error:
        log.info("not played aloud: %s", error)
        return None
    return rate if found["takes"] else int(found["rate"])


def default_output() -> str:
    """The name of the output that is played through; SourceError when there is none."""
    try:
        found = ask("output")
    except Refused as error:
        raise SourceError("There is no sound output on this computer.") from error
    return pulseaudio.default_output() or str(found["name"])
