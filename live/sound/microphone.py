"""A PortAudio input by name -> AudioBlocks of 10 ms on a thread of its own, all show long.

When the device goes away silence goes on at the same pace, so media time never stops, and the same
name is tried every second until it is back; never another one.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from live.core.back_off import in_words
from live.core.mailbox import Bounded
from live.core.messages import AudioBlock
from live.core.worker import start_worker
from live.sound.device.process import Refused, ask
from live.sound.input_stream import CapturedBlock, InputStream
from live.sound.overflow import OverflowGauge
from live.sound.patience import GONE_S, LATE_S, Patience
from live.sound.portaudio import InputDevice, default_input, find_input
from live.sound.pulseaudio import source_names
from live.sound.reopener import Reopener
from live.sound.source import BLOCK_SECONDS, Put, SourceError

QUEUE_BLOCKS = 100  # 1 s
MUTED_S = 2.0  # of exact zeros: no real microphone is that quiet
SETTLE_S = 0.15
HELD_UP_S = 0.2  # a block that comes so long after the one before: perhaps sound was lost
SILENCE_BEHIND_S = 0.03  # so that the first block after a loss is not older than the silence
MAX_CHANNELS = 2
CLOCK_DRIFT = 1e-4  # of a sound card against the computer's clock, at most
# A program that may not hear gets silence from macOS; who is asked is the terminal it runs in.
_OR_KEPT_OUT = {
    "darwin": ", or not allowed (System Settings, Privacy & Security, Microphone: the terminal)",
    "win32": ", or not allowed (Settings, Privacy, Microphone: desktop apps)",
}.get(sys.platform, "")
log = logging.getLogger(__name__)


class Microphone:
    """Any input of PortAudio, "" for the default one.

    Raises SourceError when the name is unknown, fits several, or the device refuses.
    """

    def __init__(self, name: str = "") -> None:
        device = find_input(name) if name else default_input()
        self.name = self.microphone = device.name
        self.loudspeaker = ""
        self._wanted = device.pulse_source or device.name
        self.rate = device.rate
        self.channels = min(MAX_CHANNELS, device.channels)
        self._check(device)
        self.status = f'opening "{self.name}"'
        self.sound = False
        self.finished = threading.Event()  # never: a microphone has no end
        self.duration = 0.0
        self.songs = None
        self._queue: Bounded[CapturedBlock] = Bounded(QUEUE_BLOCKS)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._input = Reopener(self._reopen)
        self._pulse_source = device.pulse_source or None  # when the sound server has it
        self._closed_overflows = 0  # of captures that are closed
        self._next_sample = 0
        self._offset = 0  # first_sample of a block minus its place in the capture
        self._is_first = True  # no block of this capture came yet
        self._zero_at = 0.0  # host time of sample 0, by the earliest arrivals
        self._last_block_at = 0.0
        self._last_sound_at = 0.0
        self._overflow = OverflowGauge()
        self._patience = Patience()

    def _check(self, device: InputDevice) -> None:
        try:
            ask(
                "check input", device=device.index, name=device.portaudio_name,
                channels=self.channels, samplerate=self.rate,
            )  # fmt: skip
        except Refused as error:
            raise self._refusal(error) from error

    def _refusal(self, error: Exception) -> SourceError:
        return SourceError(
            f'The input "{self.name}" cannot be opened ({error}): '
            "is another program using it, or may this one not hear it?"
        )

    @property
    def restarts(self) -> int:
        """Times that the lost device was taken back."""
        return self._input.restarts

    @property
    def overflows(self) -> int:
        """Device buffers and queued blocks that were lost."""
        capture = self._input.device
        open_now = capture.n_overflows if capture else 0
        return self._closed_overflows + open_now + self._queue.n_dropped

    def blocks(self) -> Iterator[AudioBlock]:
        """A microphone cannot be heard faster than it sounds: SourceError."""
        raise SourceError("A microphone cannot be rendered offline: leave out --offline.")

    def start(self, put: Put) -> None:
        """Open the device; raises SourceError when it refuses."""
        try:
            capture = InputStream(
                find_input(self._wanted), self.rate, self.channels, self._queue.put
            )
        except Refused as error:
            raise self._refusal(error) from error
        threading.Thread(target=capture.find_pulse_source, name="ask-pulse", daemon=True).start()
        self._input.start(capture)
        self._last_block_at = self._last_sound_at = self._zero_at = perf_counter()
        self._patience = Patience()
        self._thread = start_worker(
            "microphone", lambda: self._run(put), self._stopping, self._broke
        )

    def stop(self) -> None:
        """Close the device; returns within two seconds even when the driver hangs."""
        self._stopping.set()
        self._queue.close()
        if self._thread:
            self._thread.join(2.0)

    # the thread

    def _broke(self, reason: str, pause: float) -> None:
        self.sound = False  # until the next block that is not silent
        self.status = f"the input failed ({reason}), {in_words(pause)}"
        log.warning("%s", self.status)

    def _run(self, put: Put) -> None:
        while not self._stopping.is_set():
            block = self._queue.take(BLOCK_SECONDS if self._input.is_lost else 0.05)
            if block and block.capture is self._input.device and not self._is_settling(block):
                self._hear(block, put)
            if self._input.is_lost:
                self._send_silence(perf_counter() - SILENCE_BEHIND_S, put)
            if self._input.device:
                self._watch(self._input.device)
            elif self._input.seek():
                self._is_first = True
                self._patience = Patience()
        self._input.close()

    def _is_settling(self, block: CapturedBlock) -> bool:
        """The first blocks after a loss come late and in a heap: no measure of the time."""
        return self._input.is_lost and block.arrived_at < block.capture.opened_at + SETTLE_S

    def _hear(self, block: CapturedBlock, put: Put) -> None:
        n_samples = len(block.samples)
        if self._is_first:
            self._begin(block, block.arrived_at - n_samples / self.rate, put)
        first_sample = self._offset + block.start
        self._next_sample = first_sample + n_samples
        started_at = block.arrived_at - self._next_sample / self.rate
        self._zero_at = min(started_at, self._zero_at + CLOCK_DRIFT * BLOCK_SECONDS)
        is_in_doubt = block.is_after_overflow or block.arrived_at - self._last_block_at > HELD_UP_S
        self._last_block_at = block.arrived_at
        late = started_at - self._zero_at
        if lost := self._overflow.lost(block.arrived_at, late, is_in_doubt):
            self._offset += round(lost * self.rate)  # from the next block on
            log.warning('"%s": %.0f ms of sound lost', self.name, lost * 1e3)
        if block.samples.any():
            self._last_sound_at = block.arrived_at
            if not self.sound:
                self._listen()
        elif self.sound and block.arrived_at - self._last_sound_at > MUTED_S:
            self.sound = False
            self.status = f'no sound: "{self.name}" gives only zeros, is it muted{_OR_KEPT_OUT}?'
        put(AudioBlock(block.samples, self.rate, first_sample, block.arrived_at))

    def _begin(self, block: CapturedBlock, began_at: float, put: Put) -> None:
        """The first block of a capture; its first sample was heard at host time `began_at`."""
        self._is_first = False
        if self._input.is_lost:
            self._input.is_back()
            self._send_silence(began_at, put)
            log.warning('"%s" is back', self.name)
        self._offset = self._next_sample - block.start
        self._zero_at = began_at - self._next_sample / self.rate
        self._last_sound_at = began_at
        self._listen()

    def _listen(self) -> None:
        self.sound = True
        self.status = f'listening to "{self.name}"'

    def _watch(self, capture: InputStream) -> None:
        """Notice that the device is gone: the stream ended, was moved, or sends nothing for long.

        What is merely late on a busy machine is told and waited for.
        """
        waited = self._patience.waited(max(self._last_block_at, capture.opened_at))
        if capture.ended.is_set() or (waited > GONE_S and not len(self._queue)):
            self._lose(capture)
        elif waited > LATE_S and self.sound:
            self.sound = False
            self.status = f'no sound comes from "{self.name}": is this machine too busy?'

    def _lose(self, capture: InputStream) -> None:
        self._pulse_source = self._pulse_source or capture.pulse_source
        self._closed_overflows += capture.n_overflows
        self._input.lose()
        self._overflow = OverflowGauge()
        self.sound = False
        self.status = f'no sound: "{self.name}" is gone, trying again every second'
        log.warning('"%s" is gone, trying again every second', self.name)

    def _send_silence(self, until: float, put: Put) -> None:
        """Blocks of zeros up to host time `until`."""
        n_samples = round(self.rate * BLOCK_SECONDS)
        while True:
            heard_at = self._zero_at + (self._next_sample + n_samples) / self.rate
            if heard_at > until:
                return
            zeros = np.zeros((n_samples, self.channels), np.float32)
            put(AudioBlock(zeros, self.rate, self._next_sample, heard_at))
            self._next_sample += n_samples

    # the opener's thread, because opening can take long

    def _reopen(self) -> InputStream | None:
        """Try the same device, nothing else."""
        wanted = self._pulse_source
        if wanted and wanted not in (source_names() or ()):
            return None  # the name still opens, but on another source
        try:
            device = find_input(self._wanted)
            if self._wanted not in (device.name, device.pulse_source):
                return None
            capture = InputStream(device, self.rate, self.channels, self._queue.put)
        except SourceError as error:
            log.debug('"%s" is not back: %s', self.name, error)
            return None
        source = capture.find_pulse_source()
        if wanted and source != wanted:
            capture.close()
            return None
        return capture
