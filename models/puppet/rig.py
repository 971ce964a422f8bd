"""Joints -> where each part of one person's puppet lies, and what its pose is. Numpy, N at once.

Everything is in picture heights, so that one rig serves pictures of all sizes.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.puppet.parts import (
    HEAD,
    LINES,
    N_LIMBS,
    N_PARTS,
    PARTS,
    POINTS,
    TRUNK,
    limb_of,
    ranges,
)
from models.skeleton import FACE, NECK
from models.spec import PuppetSpec
from models.types import Array

_FORESHORTENED = 0.45  # of a limb's own length: a part is never drawn shorter
_TEMPLATE_TRUST = 0.7  # of the head's turn that its face points decide; the rest is the neck's
_LEAST = 1e-4  # picture heights: shorter has no direction
_SHORT_LINE = 0.06  # body scales, below which a line's direction fades out

_TAILS, _HEADS = np.array(list(LINES.values())).T
_PART_ORIGIN = np.array([part.origin for part in PARTS])
_PART_TAIL = np.array([part.tail for part in PARTS])
_PART_HEAD = np.array([part.head for part in PARTS])
_STRETCHES = np.array([part.stretches for part in PARTS])
_LIMB = np.array([limb_of(part) if part.stretches else TRUNK for part in PARTS])
_SEES = np.zeros((N_PARTS, len(POINTS[0]), 1), np.float32)
for _row, _part in enumerate(PARTS):
    _SEES[_row, list(_part.sees)] = 1

N_FEATURES = 2 * len(POINTS[0]) + 3 * len(LINES) + 2 + 2 + 1
N_CHOICE = 3 * len(LINES) + 2 * len(FACE) + 2


def _choice_weights() -> Array:
    """(P, N_CHOICE): how much each number of a pose decides about the view of each part."""
    weights = np.zeros((N_PARTS, N_CHOICE), np.float32)
    after = 3 * len(LINES)
    for row, part in enumerate(PARTS):
        for number, line in enumerate(LINES):
            weights[row, 3 * number : 3 * number + 3] = part.told_by.get(line, 0.0)
        weights[row, after:-2] = part.told_by.get("face", 0.0)
        weights[row, -2:] = part.told_by.get("facing", 0.0)
    return weights


_CHOICE = _choice_weights()


class Frames(NamedTuple):
    """Where the parts of N people lie, picture heights: a point's place in a part is
    u = (point - origin) . axis / length along it and v = (point - origin) . across / scale.
    """

    origin: Array  # (N, P, 2)
    axis: Array  # (N, P, 2), unit vectors; across is (-axis y, axis x)
    length: Array  # (N, P)
    scale: Array  # (N,), body scale


class Pose(NamedTuple):
    """What a puppet's network is told."""

    frames: Frames
    features: Array  # float32 (N, P, N_FEATURES)
    choice: Array  # float32 (N, P, N_CHOICE): views are chosen by their distance in this


def _lengths(vectors: Array) -> Array:
    return np.sqrt((vectors**2).sum(-1))


@dataclass(frozen=True)
class Rig:
    """One person's measures."""

    limbs: Array  # float32 (N_LIMBS,), picture heights
    face: Array  # float32 (5, 2), face points seen from the front, body scales, around their middle

    @staticmethod
    def measured(joints: Array) -> "Rig":
        """From many poses (N, 18, 2), 0..1 of the picture."""
        points = POINTS @ joints
        limbs = _lengths(points[:, _HEADS] - points[:, _TAILS])[:, :N_LIMBS]
        usual = np.percentile(limbs, 90, axis=0).astype(np.float32)
        rig = Rig(np.maximum(usual, _LEAST), np.zeros((len(FACE), 2), np.float32))
        face = joints[:, list(FACE)] / rig.scale(limbs)[:, None, None]
        face = face - face.mean(1, keepdims=True)
        return Rig(rig.limbs, np.median(face, 0).astype(np.float32))

    @property
    def trunk(self) -> float:
        """The body scale of a person who stands as usual, picture heights."""
        return float(self.limbs[TRUNK])

    @property
    def part_lengths(self) -> Array:
        """(P,) length of each part's limb in body scales; 1 where it does not stretch."""
        return np.where(_STRETCHES, self.limbs[_LIMB] / self.trunk, 1.0).astype(np.float32)

    def view_sizes(self, size: int) -> Array:
        """int (P, 2): rows and columns of each part's views for a picture of `size` px."""
        span = ranges()
        rows = (span[:, 1] - span[:, 0]) * self.part_lengths
        columns = span[:, 3] - span[:, 2]
        px = np.stack([rows, columns], 1) * self.trunk * size
        return np.maximum(4, px.round().astype(np.int64))

    def scale(self, limbs: Array) -> Array:
        """Body scale of each pose from its limbs (N, N_LIMBS): the longest lie flat."""
        ratio = np.sort(limbs / self.limbs, -1)[:, -3:].mean(-1)
        return np.maximum(ratio * self.trunk, _LEAST).astype(np.float32)

    def pose(self, joints: Array) -> Pose:
        """Joints (N, 18, 2), 0..1 of the picture."""
        points = POINTS @ joints.astype(np.float32)
        lines = points[:, _HEADS] - points[:, _TAILS]
        drawn = _lengths(lines)
        scale = self.scale(drawn[:, :N_LIMBS])
        frames = self._frames(points, scale)
        in_scales = scale[:, None, None]
        described = np.concatenate(
            [
                lines / np.maximum(drawn, _SHORT_LINE * scale[:, None])[..., None],
                drawn[..., None] / in_scales,
            ],
            -1,
        ).reshape(len(joints), -1)  # (N, 3 lines)
        n = len(joints)
        seen = (points[:, None, : len(POINTS[0])] - frames.origin[:, :, None]) / in_scales[
            ..., None
        ]
        features = np.empty((n, N_PARTS, N_FEATURES), np.float32)
        n_seen = 2 * len(POINTS[0])
        features[..., :n_seen] = (seen * _SEES).reshape(n, N_PARTS, -1)
        features[..., n_seen:-5] = described[:, None]
        features[..., -5:-3] = frames.axis
        features[..., -3:-1] = points[:, None, NECK] - 0.5
        features[..., -1] = (scale / self.trunk)[:, None]
        facing = frames.axis[:, HEAD]
        face = (points[:, list(FACE)] - frames.origin[:, HEAD, None]) / in_scales
        across = np.stack([-facing[:, 1], facing[:, 0]], -1)
        local = np.stack([(face * a[:, None]).sum(-1) for a in (facing, across)], -1)
        whole = np.concatenate([described, local.reshape(n, -1), facing], -1)
        return Pose(frames, features, whole[:, None] * _CHOICE)

    def _frames(self, points: Array, scale: Array) -> Frames:
        axis = points[:, _PART_HEAD] - points[:, _PART_TAIL]
        drawn = _lengths(axis)
        axis = axis / np.maximum(drawn, _LEAST)[..., None]
        axis[:, _PART_HEAD == _PART_TAIL] = (0, 1)  # feet stand upright
        axis[:, HEAD] = self._facing(points, scale)
        least = _FORESHORTENED * self.part_lengths * scale[:, None]
        length = np.where(_STRETCHES, np.maximum(drawn, least), scale[:, None])
        return Frames(points[:, _PART_ORIGIN], axis, length.astype(np.float32), scale)

    def _facing(self, points: Array, scale: Array) -> Array:
        """Downwards along each head (N, 2): its face points laid on the template, and its neck."""
        face = points[:, list(FACE)]
        middle = face.mean(1)
        own = (face - middle[:, None]) @ np.array([1, 1j]) / scale[:, None]
        template = self.face @ np.array([1, 1j])
        turn = (own * template.conj()).sum(1) / max(float((abs(template) ** 2).sum()), 1e-6)
        down = (points[:, NECK] - middle) @ np.array([1, 1j])
        down = down / np.maximum(abs(down), _LEAST)
        turn = _TEMPLATE_TRUST * turn - 1j * down * (1 - _TEMPLATE_TRUST)
        axis = 1j * turn / np.maximum(abs(turn), 1e-6)
        return np.stack([axis.real, axis.imag], -1).astype(np.float32)


def rig_of(sizes: PuppetSpec) -> Rig:
    """The measures of the person that a bundle or a checkpoint was cut from."""
    face = np.array(sizes.face, np.float32).reshape(-1, 2)
    return Rig(np.array(sizes.limbs, np.float32), face)
