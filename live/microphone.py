"""A PortAudio input by name -> AudioBlocks of 10 ms on a thread of its own, all show long.

The callback copies and queues. When the device goes away silence goes on at the same pace, so media
time never stops, and the same name is tried every second until it is back; never another one.
"""

import logging
import threading
from collections.abc import Iterator
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from live.mailbox import Bounded
from live.messages import Array, AudioBlock
from live.portaudio import close_stream, find_input, open_stream, portaudio, refresh
from live.sound import BLOCK_SECONDS, Put, SourceError

QUEUE_BLOCKS = 100  # 1 s
NO_BLOCK_S = 0.5  # without a block the device is lost
FIRST_BLOCK_S = 3.0  # a sleeping PulseAudio source needs up to 2 s
MUTED_S = 2.0  # of exact zeros: no real microphone is that quiet
RETRY_S = 1.0
MAX_CHANNELS = 2
log = logging.getLogger(__name__)


class _Heard(NamedTuple):
    """What the callback hands over."""

    capture: "_Capture"
    samples: Array  # float32 (n, channels)
    start: int  # samples of this capture before it
    arrived_at: float


class _Capture:
    """One opened stream, from opening to loss."""

    def __init__(self, index: int, rate: int, channels: int, queue: Bounded[_Heard]) -> None:
        sd = portaudio()
        self.ended = threading.Event()
        self.n_overflows = 0
        self._n_samples = 0
        self._queue = queue

        def make() -> Any:
            stream = sd.InputStream(
                device=index,
                samplerate=rate,
                channels=channels,
                blocksize=round(rate * BLOCK_SECONDS),
                dtype="float32",
                latency="low",
                callback=self._callback,
                finished_callback=self.ended.set,
            )
            try:
                stream.start()
            except sd.PortAudioError:
                stream.close(ignore_errors=True)
                raise
            return stream

        self.stream = open_stream(make)
        self.opened_at = perf_counter()

    def _callback(self, samples: Array, n_samples: int, time: Any, status: Any) -> None:
        self.n_overflows += bool(status.input_overflow)
        self._queue.put(_Heard(self, samples.copy(), self._n_samples, perf_counter()))
        self._n_samples += n_samples


class Microphone:
    """Any input of PortAudio. Raises SourceError when the name is unknown or fits several."""

    def __init__(self, name: str) -> None:
        sd = portaudio()
        index, self.name = find_input(name)
        device = sd.query_devices(index)
        self.rate = int(device["default_samplerate"])
        self.channels = min(MAX_CHANNELS, int(device["max_input_channels"]))
        self.status = f'opening "{self.name}"'
        self.sound = False
        self.restarts = 0
        self.finished = threading.Event()
        self.duration = 0.0
        self._queue: Bounded[_Heard] = Bounded(QUEUE_BLOCKS)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._opener: threading.Thread | None = None
        self._capture: _Capture | None = None
        self._offered: _Capture | None = None  # by the opener
        self._n_overflows = 0  # of captures that are closed
        self._next_sample = 0
        self._offset = 0  # first_sample of a block minus its place in the capture
        self._is_first = True  # no block of this capture came yet
        self._zero_at = 0.0  # host time of sample 0, by the earliest arrivals
        self._last_block_at = 0.0
        self._last_sound_at = 0.0
        self._retry_at = 0.0

    @property
    def overflows(self) -> int:
        """Device buffers and queued blocks that were lost."""
        open_now = self._capture.n_overflows if self._capture else 0
        return self._n_overflows + open_now + self._queue.n_dropped

    def blocks(self) -> Iterator[AudioBlock]:
        """A microphone cannot be heard faster than it sounds: SourceError."""
        raise SourceError("A microphone cannot be rendered offline: leave out --offline.")

    def start(self, put: Put) -> None:
        """Open the device; raises SourceError when it refuses."""
        index, _ = find_input(self.name)
        try:
            self._capture = _Capture(index, self.rate, self.channels, self._queue)
        except (portaudio().PortAudioError, ValueError) as error:
            raise SourceError(
                f'"{self.name}" cannot be opened ({error}): is another program using it?'
            ) from error
        self._last_block_at = self._last_sound_at = self._zero_at = perf_counter()
        self._thread = threading.Thread(
            target=self._run, args=(put,), name="microphone", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the device; returns within two seconds even when the driver hangs."""
        self._stopping.set()
        self._queue.close()
        if self._thread:
            self._thread.join(2.0)

    def _run(self, put: Put) -> None:
        while not self._stopping.is_set():
            heard = self._queue.take(BLOCK_SECONDS if self._capture is None else 0.05)
            if heard and heard.capture is self._capture:
                self._hear(heard, put)
            self._watch(put)
        if self._capture:
            close_stream(self._capture.stream)

    def _hear(self, heard: _Heard, put: Put) -> None:
        n_samples = len(heard.samples)
        if self._is_first:
            self._is_first = False
            if self._next_sample:  # after a loss
                self.restarts += 1
                self._fill_silence(heard.arrived_at - n_samples / self.rate, put)
                log.info('"%s" is back', self.name)
            self._offset = self._next_sample
            self._last_sound_at = heard.arrived_at
            self._listen()
        first_sample = self._offset + heard.start
        self._next_sample = first_sample + n_samples
        started_at = heard.arrived_at - self._next_sample / self.rate
        self._zero_at = min(started_at, self._zero_at + 1e-4 * BLOCK_SECONDS)
        self._last_block_at = heard.arrived_at
        if heard.samples.any():
            self._last_sound_at = heard.arrived_at
            if not self.sound:
                self._listen()
        elif heard.arrived_at - self._last_sound_at > MUTED_S and self.sound:
            self.sound = False
            self.status = f'no sound: "{self.name}" gives only zeros, is it muted?'
        put(AudioBlock(heard.samples, self.rate, first_sample, heard.arrived_at))

    def _listen(self) -> None:
        self.sound = True
        self.status = f'listening to "{self.name}"'

    def _watch(self, put: Put) -> None:
        """Notice a loss; while lost, send silence and take the device back when it is there."""
        now = perf_counter()
        if self._capture:
            patience = FIRST_BLOCK_S if self._is_first else NO_BLOCK_S
            waited = now - max(self._last_block_at, self._capture.opened_at)
            if (self._capture.ended.is_set() and not len(self._queue)) or waited > patience:
                self._lose()
            return
        self._fill_silence(now, put)
        if self._offered:
            self._capture, self._offered = self._offered, None
            self._is_first = True
        elif now >= self._retry_at and not (self._opener and self._opener.is_alive()):
            self._retry_at = now + RETRY_S
            self._opener = threading.Thread(target=self._reopen, name="reopen", daemon=True)
            self._opener.start()

    def _lose(self) -> None:
        capture, self._capture = self._capture, None
        self.sound = False
        self.status = f'no sound: "{self.name}" is gone, trying again every second'
        log.warning('"%s" is gone; trying again every second', self.name)
        if capture:
            self._n_overflows += capture.n_overflows
            threading.Thread(target=close_stream, args=(capture.stream,), daemon=True).start()
        self._retry_at = perf_counter() + RETRY_S

    def _fill_silence(self, until: float, put: Put) -> None:
        """Blocks of zeros up to host time `until`."""
        n_samples = round(self.rate * BLOCK_SECONDS)
        while True:
            heard_at = self._zero_at + (self._next_sample + n_samples) / self.rate
            if heard_at > until:
                return
            zeros = np.zeros((n_samples, self.channels), np.float32)
            put(AudioBlock(zeros, self.rate, self._next_sample, heard_at))
            self._next_sample += n_samples

    def _reopen(self) -> None:
        """On a thread of its own, because opening can take long: the same name, nothing else."""
        try:
            refresh()
            index, name = find_input(self.name)
            if name != self.name:
                return
            capture = _Capture(index, self.rate, self.channels, self._queue)
        except (SourceError, portaudio().PortAudioError, ValueError) as error:
            log.debug('"%s" is not back: %s', self.name, error)
            return
        if self._stopping.is_set():
            close_stream(capture.stream)
        else:
            self._offered = capture
