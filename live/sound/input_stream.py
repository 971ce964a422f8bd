"""One opened input stream, from opening to loss; the callback (PortAudio's thread) only copies."""

import threading
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any, NamedTuple

from live.sound.portaudio import InputDevice, close_stream, open_stream, portaudio
from live.sound.pulseaudio import Link, MoveWatch, newest_link
from live.sound.source import BLOCK_SECONDS
from models.types import Array


class CapturedBlock(NamedTuple):
    """What the callback hands over."""

    capture: "InputStream"
    samples: Array  # float32 (n, channels)
    start: int  # samples of this capture before it
    arrived_at: float  # host time; PortAudio's own latency figures are wrong by up to 0.2 s
    is_after_overflow: bool


class InputStream:
    """A running stream; raises sounddevice.PortAudioError or ValueError when it does not open."""

    def __init__(
        self, device: InputDevice, rate: int, channels: int, put: Callable[[CapturedBlock], None]
    ) -> None:
        sd = portaudio()
        self.ended = threading.Event()  # the device is gone, or another has taken its place
        self.n_overflows = 0
        self._n_samples = 0
        self._put = put
        self._link: Link | None = None
        self._watch: MoveWatch | None = None
        self._is_closed = False
        self._lock = threading.Lock()  # of the two above: another thread asks for the source
        self._stream = open_stream(
            lambda: sd.InputStream(
                device=device.index,
                samplerate=rate,
                channels=channels,
                blocksize=round(rate * BLOCK_SECONDS),
                dtype="float32",
                latency="low",
                callback=self._callback,
                finished_callback=self.ended.set,
            ),
            device.pulse_source,
        )
        self.opened_at = perf_counter()

    def _callback(self, samples: Array, n_samples: int, time: Any, status: Any) -> None:
        arrived_at = perf_counter()
        overflow = bool(status.input_overflow)
        self.n_overflows += overflow
        self._put(CapturedBlock(self, samples.copy(), self._n_samples, arrived_at, overflow))
        self._n_samples += n_samples

    @property
    def pulse_source(self) -> str | None:
        """What the sound server calls the device, once known."""
        return self._link.source if self._link else None

    def find_pulse_source(self) -> str | None:
        """Ask for it, once (takes 50 ms), and watch from now on that the stream stays there."""
        self._link = newest_link()
        with self._lock, suppress(OSError):
            if self._link and not self._is_closed:
                self._watch = MoveWatch(self._link, self.ended.set)
        return self.pulse_source

    def close(self) -> None:
        """Returns within a second whatever the driver does."""
        with self._lock:
            self._is_closed = True
            if self._watch:
                self._watch.stop()
        close_stream(self._stream)
