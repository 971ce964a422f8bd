"""Sound the program plays itself -> AudioBlocks as the room hears them, on a thread of its own.

Played aloud when there is an output, else, or when that is lost, paced by the computer's clock on
an absolute schedule, so nothing drifts. A decoding thread stays a second ahead, no further.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np

from live.core.back_off import in_words
from live.core.exact_sleep import sleep_until
from live.core.messages import AudioBlock
from live.core.worker import start_worker
from live.sound.output_stream import (
    Block,
    BlockQueue,
    OutputStream,
    default_output,
    playable_rate,
)
from live.sound.reopener import Reopener
from live.sound.resampled import resampled
from live.sound.source import BLOCK_SECONDS, Put, Songs, SourceError
from models.types import Array

AHEAD_BLOCKS = 100  # 1 s
OFFLINE_BLOCK_S = 0.1
MAX_BEHIND_S = 1.0  # the computer slept: go on from now instead of racing
STOOD_S = 0.05  # a block that is heard so much later than the one before it lets expect
log = logging.getLogger(__name__)


class Player:
    """A source made of pieces of sound; `pieces()` gives them anew, float32 (n, channels)."""

    songs: Songs | None = None

    def __init__(
        self,
        name: str,
        rate: int,
        channels: int,
        pieces: Callable[[], Iterator[Array]],
        aloud: bool = True,
        duration: float = 0.0,
    ) -> None:
        self.name, self.rate, self.channels = name, rate, channels
        self.microphone = ""
        self.status = f"ready to play {name}"
        self.sound = True
        self.finished = threading.Event()
        self.duration = duration
        self._pieces = pieces
        playable = playable_rate(rate, channels) if aloud else None
        self._aloud = playable is not None
        if playable is not None and playable != rate:
            self.rate = playable
            self._pieces = lambda: resampled(pieces(), rate, playable, channels)
        self._n_most = round(duration * self.rate) if duration > 0 else None
        self._queue = BlockQueue(AHEAD_BLOCKS)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._output = Reopener(
            self._open_output,
            is_ready=lambda output: output.is_running,
            is_broken=lambda output: output.is_lost(),
        )
        self._closed_underflows = 0
        self._first_sample = 0  # of the next block
        self._zero_at = 0.0  # host time of sample 0

    @property
    def loudspeaker(self) -> str:
        """The device that is played through; "" when nothing is."""
        return default_output() if self._aloud else ""

    @property
    def restarts(self) -> int:
        """Times that the lost output was taken back."""
        return self._output.restarts

    @property
    def overflows(self) -> int:
        """Times that the output ran empty."""
        output = self._output.device
        return self._closed_underflows + (output.n_underflows if output else 0)

    def blocks(self) -> Iterator[AudioBlock]:
        """The whole sound as fast as it can be made, for rendering offline."""
        first_sample = 0
        for samples in self._cut(round(self.rate * OFFLINE_BLOCK_S)):
            yield AudioBlock(samples, self.rate, first_sample, perf_counter())
            first_sample += len(samples)

    def start(self, put: Put) -> None:
        """Play. Without an output the sound goes on unheard, at its pace."""
        decoder = threading.Thread(target=self._decode, name="decode", daemon=True)
        decoder.start()
        if self._aloud:
            self._output.start(output := self._open_output())
            if output:
                output.play()
        self._tell()
        self._zero_at = perf_counter()
        runner = start_worker("player", lambda: self._run(put), self._stopping, self._broke)
        self._threads = [decoder, runner]

    def stop(self) -> None:
        """Fall silent; returns within two seconds whatever the device does."""
        self._stopping.set()
        until = perf_counter() + 2.0
        for thread in self._threads:
            thread.join(max(0.0, until - perf_counter()))

    def _broke(self, reason: str, pause: float) -> None:
        self.status = f"{self.name} failed ({reason}), {in_words(pause)}"
        log.warning("%s", self.status)

    def _tell(self) -> None:
        lost = "the sound output is gone, trying again every second"
        if self._output.device:
            self.status = f"playing {self.name}"
        elif self._aloud:
            self.status = f"{self.name}, unheard: {lost}"
        else:
            self.status = f"{self.name}, not played aloud"

    # the decoder's thread

    def _cut(self, n_block: int) -> Iterator[Array]:
        """Blocks of `n_block` samples up to the duration; the last is shorter."""
        rest = np.zeros((0, self.channels), np.float32)
        left = self._n_most
        for piece in self._pieces():
            rest = np.concatenate((rest, piece))
            while len(rest) >= n_block:
                block, rest = rest[:n_block], rest[n_block:]
                if left is not None and left <= len(block):
                    yield block[:left]
                    return
                left = None if left is None else left - len(block)
                yield block
        if len(rest):
            yield rest[:left]

    def _decode(self) -> None:
        """Stay a second ahead; None marks the end, also that of a decoder that broke."""
        try:
            for block in self._cut(round(self.rate * BLOCK_SECONDS)):
                if not self._offer(block):
                    return
        finally:
            self._offer(None)

    def _offer(self, block: Block) -> bool:
        while not self._stopping.is_set():
            try:
                self._queue.put(block, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    # the player's thread

    def _run(self, put: Put) -> None:
        self._tell()  # it may have broken before
        while not self._stopping.is_set() and not self.finished.is_set():
            item = self._next()
            if item is None:
                continue
            block, heard_at = item
            if block is None:
                self.finished.set()
                break
            first, before = self._first_sample, self._zero_at
            self._first_sample += len(block)
            self._zero_at = heard_at - self._first_sample / self.rate
            stood = abs(self._zero_at - before) > STOOD_S
            sleep_until(heard_at, self._stopping)
            put(AudioBlock(block, self.rate, first, heard_at, stood))
        self._output.close()

    def _next(self) -> tuple[Block, float] | None:
        """The next block and the host time at which its end is heard; None while there is none."""
        output = self._output.device
        if output:
            is_late = output.is_late()  # the music goes on without it, until it asks again
            item = output.heard(timeout=0.0 if is_late else 0.1)
            if item is None and output.is_lost():
                self._lose(output)
            if item is not None or not is_late:
                return item
            output.take_back()
        if self._aloud and not output and (output := self._output.seek()):
            self._output.is_back()
            output.play()
            self._tell()
            log.warning("the sound output is back")
        try:
            block = self._queue.get(timeout=0.1)
        except queue.Empty:
            return None
        n_samples = 0 if block is None else len(block)
        heard_at = self._zero_at + (self._first_sample + n_samples) / self.rate
        now = perf_counter()
        return block, now if now - heard_at > MAX_BEHIND_S else heard_at

    def _lose(self, output: OutputStream) -> None:
        output.stop()
        self._closed_underflows += output.n_underflows
        self._output.lose()
        self._tell()
        log.warning("%s", self.status)

    def _open_output(self) -> OutputStream | None:
        try:
            return OutputStream(self.rate, self.channels, self._queue)
        except SourceError as error:
            log.info("the sound output does not open: %s", error)
            return None
