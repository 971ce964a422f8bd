"""AudioBlocks of any rate, size and number of channels in, AudioChunks of 0.1 s at 16 kHz out.

Pure: no threads, no clock; any cutting of the same sound gives the same chunks. What never came is
silence and counted; a gap longer than MAX_FILLED_GAP is a jump in `index`.
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from live.core.messages import AudioBlock, AudioChunk
from live.sound.resampler import Resampler
from models.down_mix import MonoMix
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

MAX_FILLED_GAP = 1.0  # s of lost sound that are replaced by silence


class Chunker:
    """Media time 0 is sample 0 of the source, whatever its rate."""

    def __init__(self) -> None:
        self._rate = 0
        self._next_sample = 0  # of the source, at its rate
        self._resampler = Resampler(SAMPLE_RATE)
        self._mix = MonoMix(SAMPLE_RATE)
        self._index = 0
        self._chunk = np.zeros(CHUNK_SAMPLES, np.float32)
        self._filled = 0
        self._lost: deque[tuple[int, int]] = deque()  # ranges of media samples that never came
        self._heard: deque[tuple[float, float]] = deque()  # (media time, host time) of block ends

    def feed(self, block: AudioBlock) -> list[AudioChunk]:
        """The chunks that this block completes."""
        chunks: list[AudioChunk] = []
        gap = block.first_sample - self._next_sample
        if block.rate != self._rate or gap > MAX_FILLED_GAP * block.rate:
            chunks += self._start_again(block)
            gap = 0
        heard_already = max(0, -gap)
        mono = np.clip(self._mix.feed(block.samples[heard_already:]), -1.0, 1.0)
        if gap > 0:
            self._lost.append(
                (self._media_sample(self._next_sample), self._media_sample(block.first_sample))
            )
            mono = np.concatenate((np.zeros(gap, np.float32), mono))
        end = block.first_sample + len(block.samples)
        if end > self._next_sample:
            self._next_sample = end
            self._heard.append((end / block.rate, block.captured_at))
        return chunks + self._append(self._resampler.feed(mono))

    def flush(self) -> list[AudioChunk]:
        """At the end of the sound: what is left, filled up with silence that is not lost."""
        chunks = self._append(self._resampler.flush())
        if self._filled:
            chunks += self._append(np.zeros(CHUNK_SAMPLES - self._filled, np.float32))
        return chunks

    def _media_sample(self, sample: int) -> int:
        return round(sample * SAMPLE_RATE / self._rate)

    def _start_again(self, block: AudioBlock) -> list[AudioChunk]:
        """Another rate or a long gap: end what was, go on at the block's own media time."""
        chunks: list[AudioChunk] = []
        if self._rate:
            chunks += self._append(self._resampler.flush())
        self._rate = block.rate
        self._resampler, self._mix = Resampler(block.rate), MonoMix(block.rate)
        start = self._media_sample(block.first_sample)
        if self._filled and start >= (self._index + 1) * CHUNK_SAMPLES:
            self._heard.append((block.first_sample / block.rate, _first_heard_at(block)))
            chunks += self._append_lost(CHUNK_SAMPLES - self._filled)
        if start >= (self._index + 1) * CHUNK_SAMPLES:
            self._index = start // CHUNK_SAMPLES
        missing = start - self._index * CHUNK_SAMPLES - self._filled
        self._next_sample = block.first_sample
        return chunks + (self._append_lost(missing) if missing > 0 else [])

    def _append_lost(self, n_samples: int) -> list[AudioChunk]:
        start = self._index * CHUNK_SAMPLES + self._filled
        self._lost.append((start, start + n_samples))
        return self._append(np.zeros(n_samples, np.float32))

    def _append(self, samples: NDArray[np.float32]) -> list[AudioChunk]:
        """Samples at 16 kHz that follow the last ones -> the chunks they complete."""
        chunks: list[AudioChunk] = []
        while len(samples):
            part = samples[: CHUNK_SAMPLES - self._filled]
            samples = samples[len(part) :]
            self._chunk[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            if self._filled == CHUNK_SAMPLES:
                chunks.append(self._complete())
        return chunks

    def _complete(self) -> AudioChunk:
        end = (self._index + 1) * CHUNK_SAMPLES
        chunk = AudioChunk(
            index=self._index,
            samples=np.clip(self._chunk, -1.0, 1.0),
            captured_at=self._heard_at(end / SAMPLE_RATE),
            n_lost=self._count_lost(end - CHUNK_SAMPLES, end),
        )
        self._index += 1
        self._filled = 0
        return chunk

    def _heard_at(self, time: float) -> float:
        """Host time at which media time `time` was heard, within the block that holds it."""
        while len(self._heard) > 1 and self._heard[0][0] < time - 1e-9:
            self._heard.popleft()
        block_end, heard_at = self._heard[0]
        return heard_at - (block_end - time)

    def _count_lost(self, start: int, end: int) -> int:
        while self._lost and self._lost[0][1] <= start:
            self._lost.popleft()
        return sum(max(0, min(b, end) - max(a, start)) for a, b in self._lost)


def _first_heard_at(block: AudioBlock) -> float:
    return block.captured_at - len(block.samples) / block.rate
