"""Segments of 5 s as the paper's networks learn from them: raw sound and poses, no overlap.

No segment is mirrored: its sound would not say which of two dances is meant, and what is nearest
to both is neither. Half of a batch may go on through whole songs, segment after segment, so that a
state can be carried.
"""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from models import spec
from models.types import Array
from train.songs.segments import sample
from train.songs.song import POSE_HZ, DataError, Song

N_CHUNKS = spec.SEGMENT_CHUNKS


@dataclass(frozen=True)
class Piece:
    """Where a segment lies; `number` counts all segments of a training."""

    number: int
    song: int
    first_chunk: int


@dataclass(frozen=True)
class SegmentBatch:
    """Segments ready for the networks, numpy float32."""

    audio: Array  # (B, 50, S)
    poses: Array  # (B, 50, H, 18, 2), the truth at every horizon; NaN where it is unknown
    confidence: Array  # (B, 50, H, 18), 0 = unknown
    numbers: list[int]  # of the segments: what the truth depends on


@dataclass
class Streams:
    """Which segment each of the rows that go on has come to, and whether it began a song there."""

    at: Array  # (n,) segment numbers
    is_start: Array  # (n,) bool


class PaperSegments:
    """Draws segments and their sound; every draw depends on the generator given, nothing else."""

    def __init__(
        self,
        songs: list[Song],
        horizons: tuple[float, ...],
        snapped: bool,
        confidences: dict[str, Array] | None = None,
    ) -> None:
        """`confidences` (m, 18) at POSE_HZ by song, where not all joints are known.

        Raises DataError when no song holds a whole segment.
        """
        self.songs, self.horizons = songs, horizons
        self._tracks = [song.poses if snapped else song.real for song in songs]
        self._confidences = [(confidences or {}).get(song.name) for song in songs]
        self.segments: list[Piece] = []
        for index, song in enumerate(songs):
            seconds = min(song.seconds - max(horizons), len(song.audio) / spec.SAMPLE_RATE)
            last = int(seconds / spec.CHUNK_SECONDS) - N_CHUNKS
            for first in range(0, last + 1, N_CHUNKS):
                self.segments.append(Piece(len(self.segments), index, first))
        if not self.segments:
            raise DataError("No song is long enough for a segment of 5 s: prepare more data.")
        self._truths: dict[int, tuple[Array, Array]] = {}

    def truth(self, number: int) -> tuple[Array, Array]:
        """Poses (50, H, 18, 2) of a segment and their confidence (50, H, 18); kept."""
        if number not in self._truths:
            segment = self.segments[number]
            ends = (segment.first_chunk + np.arange(N_CHUNKS) + 1) * spec.CHUNK_SECONDS
            at = (ends[:, None] + np.array(self.horizons)) * POSE_HZ
            poses = sample(self._tracks[segment.song], at)
            known = self._confidences[segment.song]
            sure = (
                np.ones(poses.shape[:-1], np.float32)
                if known is None
                else known[np.minimum(np.round(at).astype(int), len(known) - 1)]
            )
            self._truths[number] = poses.astype(np.float32), sure.astype(np.float32)
        return self._truths[number]

    def sound(self, number: int, rng: np.random.Generator) -> Array:
        """The sound of a segment, (50, S): louder or softer, duller or sharper, some with noise."""
        segment = self.segments[number]
        first = segment.first_chunk * spec.CHUNK_SAMPLES
        audio = self.songs[segment.song].audio[first : first + N_CHUNKS * spec.CHUNK_SAMPLES]
        tilt = rng.uniform(-0.4, 0.4)
        audio = np.asarray(lfilter([1.0, tilt], [1.0], audio)) * 10 ** (rng.normal(0, 3) / 20)
        if rng.random() < 0.3:
            level = 0.1 * 10 ** (-rng.uniform(10, 40) / 20)
            audio = audio + level * rng.standard_normal(len(audio))
        return np.clip(audio, -1, 1).astype(np.float32).reshape(N_CHUNKS, -1)

    def start_streams(self, rng: np.random.Generator, count: int) -> Streams:
        """Rows that begin somewhere."""
        return Streams(rng.integers(len(self.segments), size=count), np.ones(count, bool))

    def go_on(self, streams: Streams, rng: np.random.Generator) -> Streams:
        """The next segment of each row; a song that is over is followed by the start of another."""
        starts = [segment.number for segment in self.segments if segment.first_chunk == 0]
        at = streams.at + 1
        over = np.array([n >= len(self.segments) or self.segments[n].first_chunk == 0 for n in at])
        at[over] = rng.choice(starts, size=int(over.sum()))
        return Streams(at, over)

    def batch(
        self, rng: np.random.Generator, size: int, streams: Streams | None = None
    ) -> SegmentBatch:
        """The streams' rows first, the others drawn from all segments."""
        n_free = size - (0 if streams is None else len(streams.at))
        numbers = [] if streams is None else streams.at.tolist()
        numbers += rng.integers(len(self.segments), size=n_free).tolist()
        truths = [self.truth(number) for number in numbers]
        return SegmentBatch(
            np.stack([self.sound(number, rng) for number in numbers]),
            np.stack([poses for poses, _ in truths]),
            np.stack([sure for _, sure in truths]),
            numbers,
        )
