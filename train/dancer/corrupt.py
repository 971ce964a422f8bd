"""Poses as a detector on web video gives them: joints lost, sides exchanged, spikes. Numpy.

For the claim that the perceptual loss bears such data (paper, section 6.1 and figure 4).
"""

from dataclasses import dataclass, replace

import numpy as np

from models import spec
from models.skeleton import ARM_PAIRS, LEG_PAIRS
from models.types import Array
from train.songs.song import POSE_HZ, Song


@dataclass(frozen=True)
class Detector:
    """How bad it is; shares are of the time, lengths in seconds are means."""

    lost: float = 0.2  # of each joint
    lost_s: float = 0.4
    swapped: float = 0.06  # of arms, and of legs
    swapped_s: float = 0.3
    spikes: float = 0.02  # of each joint
    spike_s: float = 0.1
    spike_units: float = 0.4
    jitter_units: float = 0.015


def runs(rng: np.random.Generator, n: int, share: float, seconds: float) -> Array:
    """Bool (n,): runs of about so many seconds that take this share of the time."""
    length = seconds * POSE_HZ
    ends, starts = 1 / length, share / (1 - share) / length
    chance = rng.random(n + 1)
    found = np.empty(n, bool)
    inside = bool(chance[n] < share)
    for i in range(n):
        inside = not chance[i] < ends if inside else bool(chance[i] < starts)
        found[i] = inside
    return found


def corrupted(
    poses: Array, rng: np.random.Generator, detector: Detector | None = None
) -> tuple[Array, Array]:
    """Poses (n, 18, 2) at POSE_HZ as detected, and their confidence (n, 18), 0 where lost.

    Only a lost joint is known to be wrong, as with a real detector.
    """
    detector = detector or Detector()
    n = len(poses)
    seen = poses.copy()
    for pairs in (ARM_PAIRS, LEG_PAIRS):
        swapped = runs(rng, n, detector.swapped, detector.swapped_s)
        for right, left in pairs:
            seen[swapped, right], seen[swapped, left] = poses[swapped, left], poses[swapped, right]
    confidence = np.ones((n, spec.N_JOINTS), np.float32)
    for joint in range(spec.N_JOINTS):
        spikes = runs(rng, n, detector.spikes, detector.spike_s)
        begins = np.flatnonzero(spikes & ~np.r_[False, spikes[:-1]])
        number = np.searchsorted(begins, np.flatnonzero(spikes), "right") - 1
        away = rng.normal(0, detector.spike_units, (len(begins), 2))
        seen[spikes, joint] += away[number] if len(begins) else 0.0
        confidence[runs(rng, n, detector.lost, detector.lost_s), joint] = 0.0
    seen += rng.normal(0, detector.jitter_units, seen.shape)
    seen[confidence == 0] = 0.0  # OpenPose writes zeros
    return seen.astype(np.float32), confidence


def corrupted_songs(songs: list[Song], seed: int = 0) -> tuple[list[Song], dict[str, Array]]:
    """Training songs as a detector would give them, the others as they are; and confidences."""
    found: list[Song] = []
    confidences: dict[str, Array] = {}
    for number, song in enumerate(songs):
        if song.split != "train":
            found.append(song)
            continue
        rng = np.random.default_rng([seed, number])
        poses, confidence = corrupted(song.poses, rng)
        real = corrupted(song.real, np.random.default_rng([seed, number]))[0]
        found.append(replace(song, poses=poses, real=real))
        confidences[song.name] = confidence
    return found, confidences
