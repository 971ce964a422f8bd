"""A dance for a song, put together from figures of dancers who heard other music.

As dancers do it: a section of the music has its motif, which is answered by its mirror image and
then varied; large figures where the music is full, small ones in a break; towards a drop the dancer
holds back, and answers its first beat. Numpy.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models import skeleton
from models.band import songs as band
from models.types import Array
from train.songs import motion
from train.songs.clip import COUNTS, Figure

STRETCH = 1.15  # how much slower or faster a figure may be danced than it was
BLEND_S = 0.5  # from figure to figure
LIKE, NEAR = 0.18, 0.30  # how near figures are in liveliness (share of all), and in pose (units)
SMALLEST, LARGEST = 0.5, 1.1  # of the figure itself, in a break and in the fullest section
HELD, HELD_COUNTS = 0.4, 4  # before a drop


@dataclass(frozen=True)
class _Known:
    """A figure and what it is chosen by."""

    figure: Figure
    begins: Array  # (18, 2)
    liveliness: float  # 0 the calmest .. 1 the liveliest of all
    burst: float  # the same of its first count alone


class Routines:
    """Makes dances of these figures, all of one style."""

    def __init__(self, figures: Sequence[Figure], bpm: float) -> None:
        """Those that can be danced at `bpm` counts a minute.

        Raises ValueError when there is none.
        """
        self.bpm = bpm
        fit = [f for f in figures if 1 / STRETCH <= bpm / f.bpm <= STRETCH]
        if not fit:
            raise ValueError(f"no figure can be danced at {bpm:.0f} counts a minute")
        counts = np.arange(0, COUNTS, 0.1)
        danced = [figure.at(counts) for figure in fit]
        speeds = [np.linalg.norm(np.diff(poses, axis=0), axis=-1).mean(-1) for poses in danced]
        whole = _ranks([speed.mean() for speed in speeds])
        first = _ranks([speed[:10].mean() for speed in speeds])
        self._known = [
            _Known(figure, poses[0], *ranks)
            for figure, poses, ranks in zip(
                fit, danced, zip(whole, first, strict=True), strict=True
            )
        ]

    def dance(
        self, music: band.Song, counts_a_beat: float, times: Array, rng: np.random.Generator
    ) -> Array:
        """Canonical poses (N, 18, 2) at times (N,), s; standing before and after the music."""
        counts = (times - music.beat_times[0]) * music.bpm / 60 * counts_a_beat
        phrases = self._phrases(music, counts_a_beat, rng)
        blend = BLEND_S * self.bpm / 60 / 2  # counts to either side
        poses = np.zeros((len(times), len(skeleton.STANDING), 2))
        lifts, weights = np.zeros(len(times)), np.zeros(len(times))
        ends = [start for start, *_ in phrases[1:]] + [phrases[-1][0] + COUNTS]
        for (start, figure, size), end in zip(phrases, ends, strict=True):
            here = (counts > start - blend) & (counts < end + blend)
            share = _ease((counts[here] - start) / (2 * blend) + 0.5)
            share *= _ease((end - counts[here]) / (2 * blend) + 0.5)
            danced, lift = _sized(figure, counts[here] - start, size)
            poses[here] += share[:, None, None] * danced
            lifts[here] += share * lift
            weights[here] += share
        poses += (1 - weights)[:, None, None] * skeleton.STANDING
        hz = (len(times) - 1) / (times[-1] - times[0])
        return motion.on_floor(skeleton.limit_bones(poses), hz, lifts).astype(np.float32)

    def _phrases(
        self, music: band.Song, counts_a_beat: float, rng: np.random.Generator
    ) -> list[tuple[float, Figure, Array]]:
        """(first count, figure, size at its beginning and end) of the whole song."""
        found: list[tuple[float, Figure, Array]] = []
        a_bar = music.beats_per_bar * counts_a_beat
        for number, section in enumerate(music.sections):
            start, end = (
                bar * a_bar for bar in (section.first_bar, section.first_bar + section.n_bars)
            )
            after = music.sections[number + 1] if number + 1 < len(music.sections) else None
            is_drop = section.name == "drop"
            size = SMALLEST + (LARGEST - SMALLEST) * section.energy
            for figure in self._motifs(section.energy, is_drop, found, rng):
                sizes = np.array([size, size])
                if after is not None and after.name == "drop" and start + COUNTS >= end:
                    sizes[1] = HELD
                found.append((start, figure, sizes))
                start += COUNTS
                if start >= end:
                    break
        return found

    def _motifs(
        self,
        energy: float,
        is_drop: bool,
        before: list[tuple[float, Figure, Array]],
        rng: np.random.Generator,
    ) -> Iterator[Figure]:
        """Endless: a motif, its mirror image, what the dancer did next, that mirrored, and anew."""
        pose = before[-1][1].at(np.array([float(COUNTS)]))[0] if before else skeleton.STANDING
        while True:
            figure = self._choose(energy, is_drop, pose, rng)
            later = figure.next if figure.next.exists else self._choose(energy, False, pose, rng)
            pattern = rng.choice(3)
            if pattern == 0:
                line = [figure, figure.mirrored, later, later.mirrored]
            elif pattern == 1:
                line = [figure, later, figure.mirrored, later.mirrored]
            else:
                line = [figure, later]
                while line[-1].next.exists and len(line) < 4:
                    line.append(line[-1].next)
            yield from line
            pose, is_drop = line[-1].at(np.array([float(COUNTS)]))[0], False

    def _choose(
        self, energy: float, is_drop: bool, pose: Array, rng: np.random.Generator
    ) -> Figure:
        """One of like liveliness that begins near the pose, on either side; chance among them."""
        scores: list[float] = []
        sided: list[Figure] = []
        for known in self._known:
            lively = max(known.burst, known.liveliness) if is_drop else known.liveliness
            for figure, begins in (
                (known.figure, known.begins),
                (known.figure.mirrored, skeleton.mirror(known.begins)),
            ):
                apart = float(np.linalg.norm(begins - pose, axis=-1).mean())
                scores.append(-(((lively - energy) / LIKE) ** 2) - (apart / NEAR) ** 2)
                sided.append(figure)
        return sided[int(np.argmax(np.array(scores) + rng.gumbel(size=len(scores))))]


def _ranks(values: Sequence[float]) -> Array:
    """0 for the lowest .. 1 for the highest."""
    order = np.argsort(np.argsort(values))
    return order / max(1, len(values) - 1)


def _ease(share: Array) -> Array:
    share = np.clip(share, 0, 1)
    return share * share * (3 - 2 * share)


def _sized(figure: Figure, counts: Array, sizes: Array) -> tuple[Array, Array]:
    """The figure danced smaller or larger around its mean pose, and how far it is in the air.

    From the first size to the other in its last counts. Around a pose that stands still, so that
    standing feet do so as well.
    """
    middle = figure.at(np.arange(0, COUNTS, 0.1)).mean(0)
    share = _ease((counts - (COUNTS - HELD_COUNTS)) / HELD_COUNTS)
    size = sizes[0] + (sizes[1] - sizes[0]) * share
    danced = figure.at(counts)
    lower = danced[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].max(1)
    lift = size * np.maximum(0, skeleton.CANONICAL_LEG - lower)
    return middle + size[:, None, None] * (danced - middle), lift
