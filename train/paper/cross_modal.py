"""The cross-modal score: how far a dance is from the real dances to music like its own."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models import spec
from models.nets.measure.crnn import RATE, Crnn
from models.nets.measure.pose_metric import PoseMetric, load_pose_metric
from models.types import Array
from train.dance_eval.perform import FIRST_POSE_S, in_chunks
from train.run.device import tensors
from train.run.names import CHECKPOINT
from train.songs.segments import sample
from train.songs.song import POSE_HZ, DataError, Song, taught

OUT = Path("runs/cross_modal")
STRICT = Path("runs/cross_modal_strict")  # of the preset strict
KS = range(2, 11)  # numbers of clusters that are tried
DRAWS = 10  # of a random baseline, as in the paper


@dataclass(frozen=True)
class Segments:
    """Segments of 5 s with their real dance, in the order of the songs."""

    song: Array  # int (P,)
    names: list[str]  # of the songs
    styles: list[str]  # of the songs
    music: Array  # (P, 32) what the CRNN says of the sound
    dance: Array  # float32 (P, 50, 18, 2), 10 Hz; the times are those of a dance of the paper


def cut(song: Song) -> tuple[Array, Array]:
    """Sound (P, 50, S) of a song from its start and the poses (P, 50, 18, 2) danced to it."""
    chunks = in_chunks(song.audio)
    seconds = song.seconds - FIRST_POSE_S
    count = min(len(chunks), int(seconds / spec.CHUNK_SECONDS)) // spec.SEGMENT_CHUNKS
    rows = count * spec.SEGMENT_CHUNKS
    times = FIRST_POSE_S + np.arange(rows) * spec.CHUNK_SECONDS
    poses = sample(song.real, times * POSE_HZ).astype(np.float32)
    shape = (count, spec.SEGMENT_CHUNKS)
    return chunks[:rows].reshape(*shape, -1), poses.reshape(*shape, spec.N_JOINTS, 2)


def describe(crnn: Crnn, sound: Array) -> Array:
    """Segments of sound (P, 50, S) at the stage's rate -> (P, 32)."""
    import soxr

    found: list[torch.Tensor] = []
    for segment in sound:
        heard = soxr.resample(segment.ravel(), spec.SAMPLE_RATE, RATE).astype(np.float32)
        (rows,) = tensors(next(crnn.parameters()).device, heard[None])
        with torch.no_grad():
            found.append(crnn.describe(crnn.frames(rows)).cpu())
    return torch.cat(found).numpy()


def gather(songs: list[Song], crnn: Crnn) -> Segments:
    """All segments of the songs.

    Raises DataError when none is long enough.
    """
    number, music, dance = list[Array](), list[Array](), list[Array]()
    for index, song in enumerate(songs):
        sound, poses = cut(song)
        if len(sound):
            number.append(np.full(len(sound), index))
            music.append(describe(crnn, sound))
            dance.append(poses)
    if not number:
        raise DataError("No song is long enough for a segment of 5 s: prepare more data.")
    names, styles = [song.name for song in songs], [song.style for song in songs]
    return Segments(
        np.concatenate(number), names, styles, np.concatenate(music), np.concatenate(dance)
    )


def clusters(music: Array, seed: int = 0) -> tuple[Array, dict[int, float]]:
    """Which segments sound alike, int (P,), by K-means; K by silhouette, all of which are given."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    scores: dict[int, float] = {}
    found: dict[int, Array] = {}
    for k in KS:
        if k >= len(music):
            break
        kmeans = KMeans(
            k,
            n_init=10,  # pyright: ignore[reportArgumentType]
            random_state=seed,
        )
        found[k] = kmeans.fit_predict(music)
        scores[k] = round(float(silhouette_score(music, found[k])), 4)
    if not scores:
        raise DataError("There are too few segments to find out which sound alike.")
    return found[max(scores, key=lambda k: scores[k])], scores


@dataclass(frozen=True)
class Scorer:
    """A dictionary of music with its real dances, and the network that compares dances."""

    known: Segments
    points: Array  # (P, 128) of the known dances
    metric: PoseMetric

    @staticmethod
    def of(known: Segments, metric: PoseMetric) -> "Scorer":
        return Scorer(known, embed(metric, known.dance), metric)

    def wanted(self, music: Array) -> Array:
        """Music (P, 32) -> the points (P, 128) of the real dances to the most alike music."""
        apart = np.square(music[:, None] - self.known.music[None]).sum(-1)
        return self.points[apart.argmin(1)]

    def scores(self, music: Array, dance: Array) -> Array:
        """Music (P, 32) and dances to it (P, 50, 18, 2) -> squared distances (P,), 0..4."""
        return distances(self.metric, dance, self.wanted(music))


def distances(metric: PoseMetric, dance: Array, wanted: Array) -> Array:
    """Dances (P, 50, 18, 2) from points (P, 128): squared, (P,), 0..4."""
    return np.square(embed(metric, dance) - wanted).sum(-1)


def embed(metric: PoseMetric, dance: Array) -> Array:
    """Dances (P, 50, 18, 2) -> (P, 128)."""
    with torch.no_grad():
        return metric(torch.from_numpy(dance.astype(np.float32))).numpy()


def random_sequences(known: Segments, count: int, rng: np.random.Generator) -> Array:
    """Rand Seq: real dances to whatever music, (count, 50, 18, 2)."""
    return known.dance[rng.integers(len(known.dance), size=count)]


def random_frames(known: Segments, count: int, rng: np.random.Generator) -> Array:
    """Rand Frame: every pose by itself from whatever dance, (count, 50, 18, 2)."""
    frames = known.dance.reshape(-1, *known.dance.shape[2:])
    return frames[rng.integers(len(frames), size=(count, spec.SEGMENT_CHUNKS))]


def sequences_within(
    known: Segments, styles: list[str], rng: np.random.Generator
) -> tuple[Array, Array]:
    """Rand Seq of each one's own style: dances (N, 50, 18, 2), and which styles are known (N,)."""
    own = np.array(known.styles)[known.song]
    dances, is_known = list[Array](), list[bool]()
    for style in styles:
        rows = np.flatnonzero(own == style)
        is_known.append(len(rows) > 0)
        dances.append(known.dance[rng.choice(rows) if len(rows) else 0])
    return np.stack(dances), np.array(is_known)


def load_scorer(songs: list[Song], crnn: Crnn, folder: Path) -> Scorer:
    """The trained score of a fold with its dictionary of the songs of the split train.

    Raises CheckpointError or DataError.
    """
    metric, _ = load_pose_metric(folder / CHECKPOINT)
    return Scorer.of(gather(taught(songs), crnn), metric)
