"""Sound the program plays itself -> AudioBlocks as the room hears them, on a thread of its own.

Played aloud when there is an output (its callback only copies), else paced by the computer's clock
on an absolute schedule, so nothing drifts. A decoding thread stays a second ahead, no further.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import numpy as np

from live.messages import Array, AudioBlock
from live.portaudio import close_stream, open_stream, portaudio
from live.sound import BLOCK_SECONDS, Put, SourceError

AHEAD_BLOCKS = 100  # 1 s
MAX_BEHIND_S = 1.0  # the computer slept: go on from now instead of racing
OUTPUT_CHANNELS = 2
log = logging.getLogger(__name__)


class Player:
    """A source made of pieces of sound; `pieces()` gives them anew, float32 (n, channels)."""

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
        self.status = f"ready to play {name}"
        self.sound = True
        self.restarts = 0
        self.overflows = 0
        self.finished = threading.Event()
        self.duration = duration
        self._pieces = pieces
        self._aloud = aloud
        self._n_most = round(duration * rate) if duration > 0 else None
        self._queue: queue.Queue[Array | None] = queue.Queue(AHEAD_BLOCKS)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._stream: Any = None
        self._lost = threading.Event()  # the output went away
        self._heard: deque[tuple[Array | None, float]] = deque()  # from the output's callback
        self._wake = threading.Event()

    def blocks(self) -> Iterator[AudioBlock]:
        """The whole sound as fast as it can be made, for rendering offline."""
        first_sample = 0
        for samples in self._cut(round(self.rate * 0.1)):
            yield AudioBlock(samples, self.rate, first_sample, perf_counter())
            first_sample += len(samples)

    def start(self, put: Put) -> None:
        """Play. Without an output the sound goes on unheard, at its pace."""
        decoder = threading.Thread(target=self._decode, name="decode", daemon=True)
        decoder.start()
        if self._aloud:
            self._stream = self._open_output()
        self.status = f"playing {self.name}" if self._stream else f"{self.name}, not played aloud"
        runner = threading.Thread(target=self._run, args=(put,), name="player", daemon=True)
        runner.start()
        self._threads = [decoder, runner]

    def stop(self) -> None:
        """Fall silent; returns within two seconds whatever the device does."""
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(1.0)

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
            yield rest[:left] if left is not None else rest

    def _decode(self) -> None:
        """Stay a second ahead; None marks the end."""
        for block in self._cut(round(self.rate * BLOCK_SECONDS)):
            if not self._queue_block(block):
                return
        self._queue_block(None)

    def _queue_block(self, block: Array | None) -> bool:
        while not self._stopping.is_set():
            try:
                self._queue.put(block, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _open_output(self) -> Any:
        """An output stream of the default device, or None."""
        try:
            sd = portaudio()
        except SourceError as error:
            log.info("not played aloud: %s", error)
            return None
        try:
            return open_stream(lambda: self._make_output(sd))
        except (sd.PortAudioError, ValueError) as error:
            log.info("not played aloud: %s", error)
            return None

    def _make_output(self, sd: Any) -> Any:
        stream = sd.OutputStream(
            samplerate=self.rate,
            channels=min(OUTPUT_CHANNELS, self.channels),
            blocksize=round(self.rate * BLOCK_SECONDS),
            dtype="float32",
            latency="low",
            callback=self._callback,
            finished_callback=self._on_output_end,
        )
        try:
            stream.start()
        except sd.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        return stream

    def _callback(self, played: Array, n_samples: int, time_info: Any, status: Any) -> None:
        now = perf_counter()
        self.overflows += bool(status.output_underflow)
        try:
            block = self._queue.get_nowait()
        except queue.Empty:  # the decoder is late: the music waits, media time with it
            played.fill(0.0)
            return
        played.fill(0.0)
        if block is not None:
            played[: len(block)] = block[:, : played.shape[1]]
        delay = time_info.outputBufferDacTime - time_info.currentTime
        if not 0.0 <= delay < 1.0:
            delay = 0.0
        self._heard.append((block, now + delay + n_samples / self.rate))
        self._wake.set()

    def _on_output_end(self) -> None:
        self._lost.set()
        self._wake.set()

    def _run(self, put: Put) -> None:
        first_sample = self._run_aloud(put) if self._stream else 0
        if self._stream:
            close_stream(self._stream)
            self._stream = None
        if not self._stopping.is_set() and not self.finished.is_set():
            self._run_paced(put, first_sample)

    def _run_aloud(self, put: Put) -> int:
        """Hand on each block when it is heard; returns the number of samples heard."""
        first_sample = 0
        while not self._stopping.is_set():
            self._wake.wait(0.5)
            self._wake.clear()
            while self._heard and not self._stopping.is_set():
                block, heard_at = self._heard.popleft()
                _sleep_until(heard_at)
                if block is None:
                    self.finished.set()
                    return first_sample
                put(AudioBlock(block, self.rate, first_sample, heard_at))
                first_sample += len(block)
            if self._lost.is_set():
                self.status = f"{self.name}, not played aloud: the sound output is gone"
                log.warning("the sound output is gone, %s goes on unheard", self.name)
                break
        return first_sample

    def _run_paced(self, put: Put, first_sample: int) -> None:
        started_at = perf_counter() - first_sample / self.rate
        while not self._stopping.is_set():
            try:
                block = self._queue.get(timeout=0.5)
            except queue.Empty:
                continue
            if block is None:
                self.finished.set()
                return
            end = first_sample + len(block)
            heard_at = started_at + end / self.rate
            if perf_counter() - heard_at > MAX_BEHIND_S:
                started_at = perf_counter() - end / self.rate
                heard_at = started_at + end / self.rate
            _sleep_until(heard_at)
            put(AudioBlock(block, self.rate, first_sample, heard_at))
            first_sample = end


def _sleep_until(at: float) -> None:
    """time.sleep is exact to 0.1 ms since Python 3.11, on Windows too; an Event's wait is not."""
    left = at - perf_counter()
    if left > 0:
        time.sleep(left)
