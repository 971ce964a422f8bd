"""One opened sound output, from opening to loss; its callback (PortAudio's thread) only copies.

It takes 10 ms blocks from a queue and gives each back with the host time at which it is heard.
"""

import logging
import queue
import threading
from collections import deque
from time import perf_counter
from typing import Any

from live.sound import pulseaudio
from live.sound.output_clock import OutputClock
from live.sound.patience import GONE_S, LATE_S, Patience
from live.sound.portaudio import close_stream, open_stream, portaudio
from live.sound.source import BLOCK_SECONDS, SourceError
from models.types import Array

LATENCY_S = 0.1  # costs nothing (it is known when a block is heard), and does not run dry
MAX_DELAY_S = 1.0  # a driver that reports more is wrong
log = logging.getLogger(__name__)


class OutputStream:
    """The default output, silent until `play`; raises sounddevice.PortAudioError or ValueError."""

    def __init__(self, rate: int, channels: int, blocks: "queue.Queue[Array | None]") -> None:
        sd = portaudio()
        self.ended = threading.Event()  # the device is gone
        self.n_underflows = 0
        self.is_running = False  # the device asks for sound
        self._asked_at = 0.0
        self._is_playing = False
        self._blocks = blocks
        self._heard: deque[tuple[Array | None, float]] = deque()
        self._news = threading.Event()
        self._clock = OutputClock(rate)
        self._stream = open_stream(
            lambda: sd.OutputStream(
                samplerate=rate,
                channels=channels,
                blocksize=round(rate * BLOCK_SECONDS),
                dtype="float32",
                latency=LATENCY_S,
                callback=self._callback,
                finished_callback=self._on_end,
            )
        )
        self._opened_at = perf_counter()
        self._patience = Patience()

    def _callback(self, played: Array, n_samples: int, time: Any, status: Any) -> None:
        self._asked_at = now = perf_counter()
        self.is_running = True
        played.fill(0.0)
        if not self._is_playing:
            return
        self.n_underflows += bool(status.output_underflow)
        try:
            block = self._blocks.get_nowait()
        except queue.Empty:  # the decoder is late: the music waits, and media time with it
            return
        if block is not None:
            played[: len(block)] = block
        delay = time.outputBufferDacTime - time.currentTime
        heard_at = now + (delay if 0.0 <= delay < MAX_DELAY_S else 0.0)
        self._heard.append((block, heard_at))
        self._news.set()

    def play(self) -> None:
        """From now on take the blocks from the queue."""
        self._is_playing = True

    def is_late(self) -> bool:
        """It asked for sound and has not for a while: held up, perhaps. For the owner's thread."""
        return self.is_running and self._waited() > LATE_S

    def is_lost(self) -> bool:
        """The device is gone, or does not ask for sound any more. For the owner's thread."""
        return self.ended.is_set() or self._waited() > GONE_S

    def _waited(self) -> float:
        return self._patience.waited(max(self._asked_at, self._opened_at))

    def _on_end(self) -> None:
        self.ended.set()
        self._news.set()

    def heard(self, timeout: float) -> tuple[Array | None, float] | None:
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
        close_stream(self._stream)


def playable_rate(rate: int, channels: int) -> int | None:
    """`rate` if the default output takes it, else the output's own; None without an output."""
    try:
        sd = portaudio()
    except SourceError as error:
        log.info("not played aloud: %s", error)
        return None
    try:
        own_rate = int(sd.query_devices(kind="output")["default_samplerate"])
    except (sd.PortAudioError, ValueError) as error:
        log.info("not played aloud: %s", error)
        return None
    try:
        sd.check_output_settings(channels=channels, dtype="float32", samplerate=rate)
    except (sd.PortAudioError, ValueError):
        return own_rate
    return rate


def default_output() -> str:
    """The name of the output that is played through; SourceError when there is none."""
    sd = portaudio()
    try:
        name = str(sd.query_devices(kind="output")["name"])
    except (sd.PortAudioError, ValueError) as error:
        raise SourceError("There is no sound output on this computer.") from error
    return pulseaudio.default_output() or name
