"""How far one set of dances is from another: FID_k, FID_g and diversity on the 18 joints in 2D.

Poses (n, 18, 2) at 10 Hz in, numbers out; pure. Every set holds its mirror image as well. The
features are defined in docs/metrics.md.
"""

from dataclasses import dataclass

import numpy as np

from models import skeleton, spec
from models.skeleton import (
    L_ANKLE,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    R_ANKLE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from models.types import Array
from train.dance_eval.measures import HZ

SEGMENT = spec.SEGMENT_CHUNKS  # poses: 5 s
HOP = 10  # poses between overlapping segments
N_COMPONENTS = 16
LEAST_ENERGY = 1e-3  # units^2/s^2: slower than the eye sees is still
LEAST_ACCELERATION = 0.1
LEAST_SPREAD = 0.02  # of a feature, where the real dances hardly use it

ARMS = ((R_SHOULDER, R_ELBOW, R_WRIST, R_HIP, -1), (L_SHOULDER, L_ELBOW, L_WRIST, L_HIP, 1))
LEGS = ((R_HIP, R_KNEE, R_ANKLE, L_ANKLE), (L_HIP, L_KNEE, L_ANKLE, R_ANKLE))


def segments(poses: Array, hop: int = HOP) -> Array:
    """Segments of 5 s, (p, 50, 18, 2)."""
    if len(poses) < SEGMENT:
        return np.zeros((0, SEGMENT, *poses.shape[1:]))
    return np.stack([poses[i : i + SEGMENT] for i in range(0, len(poses) - SEGMENT + 1, hop)])


def kinetic_features(segment: Array) -> Array:
    """Segments (p, 50, 18, 2) -> (p, 54): every joint's energy across, up and down; effort."""
    velocity = np.diff(segment, axis=1) * HZ
    energy = np.log(np.square(velocity).mean(1) + LEAST_ENERGY)  # (p, 18, 2)
    effort = np.linalg.norm(np.diff(segment, 2, axis=1), axis=-1).mean(1) * HZ**2
    effort = np.log(effort + LEAST_ACCELERATION)
    return np.concatenate([energy.reshape(len(segment), -1), effort], 1)


def geometric_features(segment: Array) -> Array:
    """Segments (p, 50, 18, 2) -> (p, 32): the share of time in which each relation holds."""
    return np.stack([held.mean(-1) for held in relations(segment).values()], 1)


def relations(poses: Array) -> dict[str, Array]:
    """Which of 32 relations of the body hold, each bool (...), for poses (..., 18, 2)."""
    x, y = poses[..., 0], poses[..., 1]
    hips = skeleton.pelvis(poses)
    neck = poses[..., skeleton.NECK, :]
    held: dict[str, Array] = {}
    for name, (shoulder, elbow, wrist, hip, side) in zip(("right", "left"), ARMS, strict=True):
        held[f"{name} hand above the shoulder"] = y[..., wrist] < y[..., shoulder]
        held[f"{name} hand above the head"] = y[..., wrist] < y[..., skeleton.NOSE]
        held[f"{name} hand below the hip"] = y[..., wrist] > y[..., hip]
        held[f"{name} hand across the body"] = side * (x[..., wrist] - neck[..., 0]) < 0
        held[f"{name} hand far out"] = side * (x[..., wrist] - neck[..., 0]) > 0.5
        held[f"{name} hand on the hip"] = _apart(poses, wrist, hip) < 0.22
        held[f"{name} elbow above the shoulder"] = y[..., elbow] < y[..., shoulder]
        held[f"{name} elbow bent"] = _angle(poses, shoulder, elbow, wrist) < 100
        reach = 0.9 * float(skeleton.CANONICAL_LENGTHS[[elbow, wrist]].sum())
        held[f"{name} arm extended"] = _apart(poses, shoulder, wrist) > reach
    for name, (hip, knee, ankle, other) in zip(("right", "left"), LEGS, strict=True):
        held[f"{name} knee bent"] = _angle(poses, hip, knee, ankle) < 150
        held[f"{name} foot lifted"] = y[..., other] - y[..., ankle] > 0.1
    across = x[..., L_ANKLE] - x[..., R_ANKLE]  # left is at the audience's right
    held["feet apart"] = np.abs(across) > 0.45
    held["feet together"] = np.abs(across) < 0.15
    held["legs crossed"] = across < -0.05
    held["hands together"] = _apart(poses, R_WRIST, L_WRIST) < 0.25
    held["lean to the right"] = neck[..., 0] - hips[..., 0] < -0.1
    held["lean to the left"] = neck[..., 0] - hips[..., 0] > 0.1
    held["bent down"] = hips[..., 1] - neck[..., 1] < 0.5
    held["turned to the side"] = np.abs(x[..., L_SHOULDER] - x[..., R_SHOULDER]) < 0.2
    held["hips low"] = hips[..., 1] > 0.1
    held["hips out"] = np.abs(hips[..., 0]) > 0.2
    return held


def _apart(poses: Array, a: int, b: int) -> Array:
    return np.linalg.norm(poses[..., a, :] - poses[..., b, :], axis=-1)


def _angle(poses: Array, a: int, middle: int, b: int) -> Array:
    """At `middle`, degrees; 180 is straight."""
    one, two = poses[..., a, :] - poses[..., middle, :], poses[..., b, :] - poses[..., middle, :]
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(two, axis=-1)
    return np.degrees(np.arccos(np.clip((one * two).sum(-1) / (lengths + 1e-9), -1, 1)))


@dataclass(frozen=True)
class FeatureSpace:
    """Features standardised by a reference set and turned into its main directions."""

    mean: Array
    scale: Array
    axes: Array  # (features, components)
    reference: Array  # the reference set in this space

    @staticmethod
    def of(features: Array) -> "FeatureSpace":
        mean = features.mean(0)
        scale = np.maximum(features.std(0), LEAST_SPREAD)
        _, _, directions = np.linalg.svd((features - mean) / scale, full_matrices=False)
        axes = directions[:N_COMPONENTS].T
        return FeatureSpace(mean, scale, axes, (features - mean) / scale @ axes)

    def place(self, features: Array) -> Array:
        """(p, features) -> (p, components)."""
        return (features - self.mean) / self.scale @ self.axes

    def distance(self, features: Array) -> float:
        """The Frechet distance of a set to the reference."""
        return frechet(self.place(features), self.reference)

    def diversity(self, features: Array) -> float:
        """Mean distance between two segments of a set."""
        placed = self.place(features)
        gaps = np.linalg.norm(placed[:, None] - placed[None], axis=-1)
        return float(gaps.sum() / max(1, len(placed) * (len(placed) - 1)))


def frechet(a: Array, b: Array) -> float:
    """Frechet distance between two sets (n, d) taken as normal distributions; 0 when equal."""
    gap = a.mean(0) - b.mean(0)
    cov_a, cov_b = np.cov(a.T), np.cov(b.T)
    values, vectors = np.linalg.eigh(cov_a)
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    shared = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ cov_b @ root), 0)).sum()
    return max(0.0, float(gap @ gap + np.trace(cov_a) + np.trace(cov_b) - 2 * shared))


def with_mirror(dances: list[Array]) -> list[Array]:
    """Every dance and its mirror image: left and right are not to be told apart."""
    return [*dances, *(skeleton.mirror(dance) for dance in dances)]


def features_of(dances: list[Array], hop: int = HOP) -> dict[str, Array]:
    """All segments of several dances and their mirror images: FID letter -> features."""
    cut = np.concatenate([segments(dance, hop) for dance in with_mirror(dances)])
    return {"k": kinetic_features(cut), "g": geometric_features(cut)}
