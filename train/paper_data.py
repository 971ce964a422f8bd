"""Pieces of 5 s as the paper's networks learn from them: raw sound and poses, no overlap.

Half of a batch may go on through whole songs, piece after piece, so that a state can be carried.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from models import skeleton, spec
from train.data import POSE_HZ, DataError, Song, sample

Array = NDArray[Any]

N_CHUNKS = spec.PIECE_CHUNKS


@dataclass(frozen=True)
class Piece:
    """Where a piece lies; `number` counts all pieces of a training."""

    number: int
    song: int
    first_chunk: int


@dataclass(frozen=True)
class PieceBatch:
    """Pieces ready for the networks, numpy float32."""

    audio: Array  # (B, 50, S)
    poses: Array  # (B, 50, H, 18, 2), the truth at every horizon; NaN where it is unknown
    confidence: Array  # (B, 50, H, 18), 0 = unknown
    keys: list[tuple[int, bool]]  # piece and whether mirrored: what the truth depends on


@dataclass
class Streams:
    """Which piece each of the rows that go on has come to, and whether it began a song there."""

    at: Array  # (n,) piece numbers
    mirrored: Array  # (n,) bool
    is_start: Array  # (n,) bool


class PaperPieces:
    """Draws pieces and their sound; every draw depends on the generator given, nothing else."""

    def __init__(
        self,
        songs: list[Song],
        horizons: tuple[float, ...],
        snapped: bool,
        confidences: dict[str, Array] | None = None,
    ) -> None:
        """`confidences` (m, 18) at POSE_HZ by song, where not all joints are known.

        Raises DataError when no song holds a whole piece.
        """
        self.songs, self.horizons = songs, horizons
        self._tracks = [song.poses if snapped else song.real for song in songs]
        self._confidences = [(confidences or {}).get(song.name) for song in songs]
        self.pieces: list[Piece] = []
        for index, song in enumerate(songs):
            seconds = min(song.seconds - max(horizons), len(song.audio) / spec.SAMPLE_RATE)
            last = int(seconds / spec.CHUNK_SECONDS) - N_CHUNKS
            for first in range(0, last + 1, N_CHUNKS):
                self.pieces.append(Piece(len(self.pieces), index, first))
        if not self.pieces:
            raise DataError("No song is long enough for a piece of 5 s: prepare more data.")
        self._truths: dict[tuple[int, bool], tuple[Array, Array]] = {}

    def truth(self, key: tuple[int, bool]) -> tuple[Array, Array]:
        """Poses (50, H, 18, 2) of a piece and their confidence (50, H, 18); kept."""
        if key not in self._truths:
            piece, is_mirror = self.pieces[key[0]], key[1]
            ends = (piece.first_chunk + np.arange(N_CHUNKS) + 1) * spec.CHUNK_SECONDS
            at = (ends[:, None] + np.array(self.horizons)) * POSE_HZ
            poses = sample(self._tracks[piece.song], at)
            known = self._confidences[piece.song]
            sure = (
                np.ones(poses.shape[:-1], np.float32)
                if known is None
                else known[np.clip(np.round(at).astype(int), 0, len(known) - 1)]
            )
            if is_mirror:
                poses, sure = skeleton.mirror(poses), sure[..., skeleton.MIRROR]
            self._truths[key] = poses.astype(np.float32), sure.astype(np.float32)
        return self._truths[key]

    def sound(self, number: int, rng: np.random.Generator) -> Array:
        """The sound of a piece, (50, S): louder or softer, duller or sharper, some with noise."""
        piece = self.pieces[number]
        first = piece.first_chunk * spec.CHUNK_SAMPLES
        audio = self.songs[piece.song].audio[first : first + N_CHUNKS * spec.CHUNK_SAMPLES]
        tilt = rng.uniform(-0.4, 0.4)
        audio = np.asarray(lfilter([1.0, tilt], [1.0], audio)) * 10 ** (rng.normal(0, 3) / 20)
        if rng.random() < 0.3:
            level = 0.1 * 10 ** (-rng.uniform(10, 40) / 20)
            audio = audio + level * rng.standard_normal(len(audio))
        return np.clip(audio, -1, 1).astype(np.float32).reshape(N_CHUNKS, -1)

    def start_streams(self, rng: np.random.Generator, count: int) -> Streams:
        """Rows that begin somewhere."""
        at = rng.integers(len(self.pieces), size=count)
        return Streams(at, rng.random(count) < 0.5, np.ones(count, bool))

    def go_on(self, streams: Streams, rng: np.random.Generator) -> Streams:
        """The next piece of each row; a song that is over is followed by the start of another."""
        starts = [piece.number for piece in self.pieces if piece.first_chunk == 0]
        at, mirrored = streams.at + 1, streams.mirrored.copy()
        over = np.array([n >= len(self.pieces) or self.pieces[n].first_chunk == 0 for n in at])
        for row in np.flatnonzero(over):
            at[row], mirrored[row] = rng.choice(starts), rng.random() < 0.5
        return Streams(at, mirrored, over)

    def batch(
        self, rng: np.random.Generator, size: int, streams: Streams | None = None
    ) -> PieceBatch:
        """The streams' rows first, the others drawn from all pieces."""
        n_free = size - (0 if streams is None else len(streams.at))
        drawn = rng.integers(len(self.pieces), size=n_free)
        keys = [] if streams is None else _keys(streams.at, streams.mirrored)
        keys += _keys(drawn, rng.random(n_free) < 0.5)
        truths = [self.truth(key) for key in keys]
        return PieceBatch(
            np.stack([self.sound(number, rng) for number, _ in keys]),
            np.stack([poses for poses, _ in truths]),
            np.stack([sure for _, sure in truths]),
            keys,
        )


def _keys(numbers: Array, mirrored: Array) -> list[tuple[int, bool]]:
    return [(int(n), bool(m)) for n, m in zip(numbers, mirrored, strict=True)]
