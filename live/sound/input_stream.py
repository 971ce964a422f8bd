"""One opened input stream, from opening to loss; its blocks come on a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import NamedTuple

import numpy as np

from live.sound.device.messages import CAPTURED, Pipe, next_of
from live.sound.device.process import DeviceProcess
from live.sound.portaudio import InputDevice
from live.sound.pulseaudio import Link, MoveWatch, newest_link
from live.sound.source import BLOCK_SECONDS
from models.types import Array


class CapturedBlock(NamedTuple):
    """What an input gives."""

    capture: "InputStream"
    samples: Array  # float32 (n, channels)
    start: int  # samples of this capture before it
    arrived_at: float  # host time; PortAudio's own latency figures are wrong by up to 0.2 s
    is_after_overflow: bool


class InputStream:
    """A running stream; raises Refused or SourceError when it does not open."""

    def __init__(
        self, device: InputDevice, rate: int, channels: int, put: Callable[[CapturedBlock], None]
    ) -> None:
        self.ended = threading.Event()  # the device is gone, or another has taken its place
        self.n_overflows = 0
        self._n_samples = 0  # that the device gave so far
        self._put = put
        self._shape = round(rate * BLOCK_SECONDS), channels  # of a block
        self._link: Link | None = None
        self._watch: MoveWatch | None = None
        self._is_closed = False
        self._lock = threading.Lock()  # of the two above: another thread asks for the source
        asked = {
            "device": device.index, "name": device.portaudio_name, "samplerate": rate,
            "channels": channels, "blocksize": self._shape[0], "latency": "low",
        }  # fmt: skip
        # PortAudio cannot name a source to the sound server, but libpulse reads it from here.
        settings = {"PULSE_SOURCE": device.pulse_source} if device.pulse_source else {}
        self._process = DeviceProcess("capture", asked, self._hear, self.ended.set, settings)
        self.opened_at = perf_counter()

    def _hear(self, told: Pipe) -> None:
        while (head := next_of(CAPTURED, told)) is not None:
            arrived_at, start, overflow = head[0], int(head[1]), bool(head[2])
            samples = np.empty(self._shape, np.float32)
            if told.readinto(samples.data.cast("B")) < samples.nbytes:
                return
            # What is missing before it was heard while this program was held up.
            self.n_overflows += overflow or start > self._n_samples
            self._n_samples = start + len(samples)
            self._put(CapturedBlock(self, samples, start, arrived_at, overflow))

    @property
    def pulse_source(self) -> str | None:
        """What the sound server calls the device, once known."""
        return self._link.source if self._link else None

    def find_pulse_source(self) -> str | None:
        """Ask for it, once (takes 50 ms), and watch from now on that the stream stays there."""
        self._link = newest_link(self._process.pid)
        with self._lock, suppress(OSError):
            if self._link and not self._is_closed:
                self._watch = MoveWatch(self._link, self._process.pid, self.ended.set)
        return self.pulse_source

    def close(self) -> None:
        """Returns within a second whatever the driver does."""
        with self._lock:
            self._is_closed = True
            if self._watch:
                self._watch.stop()
        self._process.close()
