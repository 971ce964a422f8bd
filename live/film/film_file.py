"""One film while it grows: pictures and sound at their media time, whatever is encoded. No threads.

Pictures come out at a constant rate (the last one is repeated), sound without a gap.
"""

import math
from typing import Any

import numpy as np

from live.core.messages import AudioBlock
from live.film.tracks import Tracks
from models.types import Array

MAX_LAG = 1.0  # s that a live track may stay behind the other before it is filled up


class FilmFile:
    """What goes onto its tracks, and when; used by one thread."""

    def __init__(
        self, tracks: Tracks, start: float = 0.0, offline: bool = False, max_lag: float = MAX_LAG
    ) -> None:
        """Media time `start` is the beginning of the film."""
        self.tracks = tracks
        self._start, self._offline = start, offline
        self.max_lag = max_lag  # s, may be set while it grows
        self._rate = float(tracks.rate)
        self._pending: Any = None  # the newest picture, encoded when the next one is known
        self._next_frame = 0  # number of the first picture that is not yet encoded
        self._pending_number = 0
        self._audio_until = start  # media time
        self._resampler: Any = None

    @property
    def is_empty(self) -> bool:
        return self._next_frame == 0

    def add_frame(self, image: Array, time: float) -> None:
        """Keep the picture; encode the one before it as often as it was seen."""
        if not math.isfinite(time):
            return
        exact = (time - self._start) * self._rate
        expected = self._pending_number + 1
        # Due times jitter around the grid: the next picture is the next one unless it is far off.
        number = expected if abs(exact - expected) < 0.75 else round(exact)
        if self._pending is None:
            number = max(0, round(exact))
        elif number < expected:
            if number < self._pending_number:
                return
            number = self._pending_number  # two pictures in one slot: the newer is shown
        else:
            self._encode_until(number)
        self._pending = self.tracks.picture(image)
        self._pending_number = number
        if self.tracks.audio_rate and not self._offline:
            seen = self._start + number / self._rate
            if seen - self._audio_until > self.max_lag:
                self._silence_until(seen - self.max_lag / 2)

    def add_audio(self, block: AudioBlock) -> None:
        """Encode the block at its media time: a gap becomes silence, what overlaps is cut off."""
        if not self.tracks.audio_rate or not len(block.samples):
            return
        gap = round((block.first_sample / block.rate - self._audio_until) * block.rate)
        samples = np.clip(np.nan_to_num(block.samples), -1, 1).astype(np.float32)
        if gap < 0:
            samples = samples[-gap:]
            if not len(samples):
                return
        elif gap > 0:
            self._silence_until(self._audio_until + gap / block.rate)
        self._encode_audio(self._as_track(samples), block.rate)
        behind = self._audio_until - self._start - self._next_frame / self._rate
        if self._pending is not None and not self._offline and behind > self.max_lag:
            ahead = self._audio_until - self._start - self.max_lag / 2
            self._encode_until(int(ahead * self._rate))

    def close(self, whole: bool) -> None:
        """End both tracks at the same time; `whole=False` after an error writes nothing more."""
        try:
            if whole and self._pending is not None:
                audio_frames = math.ceil((self._audio_until - self._start) * self._rate - 0.5)
                self._encode_until(max(self._pending_number + 1, audio_frames))
                if self.tracks.audio_rate:
                    self._silence_until(self._start + self._next_frame / self._rate)
                self.tracks.flush()
        finally:
            self.tracks.close()

    def _encode_until(self, number: int) -> None:
        while self._next_frame < number:
            self.tracks.show(self._pending, self._next_frame)
            self._next_frame += 1
        self._pending_number = max(self._pending_number, self._next_frame - 1)

    def _silence_until(self, time: float) -> None:
        rate = self.tracks.audio_rate
        missing = round((time - self._audio_until) * rate)
        while missing > 0:
            n = min(missing, rate)
            self._encode_audio(np.zeros((n, self.tracks.channels), np.float32), rate)
            missing -= n

    def _as_track(self, samples: Array) -> Array:
        """(n, any) -> (n, channels of the track)."""
        if samples.ndim == 1:
            samples = samples[:, None]
        if self.tracks.channels == 1:
            return samples.mean(1, keepdims=True)
        return samples[:, :2] if samples.shape[1] >= 2 else np.repeat(samples, 2, axis=1)

    def _encode_audio(self, samples: Array, rate: int) -> None:
        self._audio_until += len(samples) / rate
        if rate != self.tracks.audio_rate:
            samples = self._resample(samples, rate)
        if len(samples):
            self.tracks.hear(samples)

    def _resample(self, samples: Array, rate: int) -> Array:
        import soxr

        if self._resampler is None or self._resampler[0] != rate:
            stream = soxr.ResampleStream(
                rate, self.tracks.audio_rate, self.tracks.channels, dtype="float32"
            )
            self._resampler = (rate, stream)
        return self._resampler[1].resample_chunk(samples)
