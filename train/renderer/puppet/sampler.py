"""Samples of a puppet's training: windows of the video at full resolution."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from models.puppet.placing import Window
from models.puppet.rig import Pose
from models.skeleton import (
    ANKLES,
    FACE,
    FOREARMS,
    HAND_REACH,
    L_ELBOW,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    L_WRIST,
    NECK,
    NOSE,
    R_ELBOW,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
    R_WRIST,
)
from models.types import Array
from train.renderer.config import PuppetTraining
from train.renderer.puppet.views import Material

# Around which joints windows are cut, and how often.
_FOCUS = {
    NOSE: 5.0, R_WRIST: 3.0, L_WRIST: 3.0, ANKLES[0]: 2.5, ANKLES[1]: 2.5, NECK: 2.0,
    R_ELBOW: 2.0, L_ELBOW: 2.0, R_HIP: 1.5, L_HIP: 1.5, R_KNEE: 1.5, L_KNEE: 1.5,
    R_SHOULDER: 1.0, L_SHOULDER: 1.0,
}  # fmt: skip
_BESIDE = 0.03  # picture heights, spread of a window's middle around the joint
_ANYWHERE = 0.25  # share of windows that lie anywhere on the person
_AROUND = 4  # px around the person that count as much as they
_BARE = 0.3  # how much what is neither counts
# Squares that count more: half their side in picture heights.
_FACE_HALF, _HAND_HALF, _FOOT_HALF = 0.054, 0.049, 0.044


class View(NamedTuple):
    """A window of one frame."""

    window: Window
    truth: Tensor  # (h, w, 3), 0..1
    coverage: Tensor  # (h, w), 0..1
    weight: Tensor  # (h, w), how much each pixel counts
    plate: Tensor  # (h, w, 3), 0..1


class Batch(NamedTuple):
    """Poses, and a window of the picture of each."""

    joints: Tensor  # (B, J, 2)
    pose: Pose
    views: list[View]


class PuppetSampler:
    """Draws batches from one person's video."""

    def __init__(self, material: Material, settings: PuppetTraining) -> None:
        self._material, self._settings = material, settings
        self._chance = material.weights / material.weights.sum()
        focus = np.array(list(_FOCUS.values()))
        self._joints, self._joint_chance = np.array(list(_FOCUS)), focus / focus.sum()

    def draw(self, rng: np.random.Generator) -> Batch:
        """Frames by how seldom their pose is."""
        material = self._material
        drawn = rng.choice(len(material.rows), self._settings.batch, p=self._chance)
        joints = material.data.joints[material.rows[drawn]].astype(np.float32)
        views = [
            self._view(int(row), own, rng)
            for row, own in zip(material.rows[drawn], joints, strict=True)
        ]
        return Batch(torch.from_numpy(joints), material.rig.pose(joints), views)

    def _view(self, row: int, joints: Array, rng: np.random.Generator) -> View:
        import cv2

        piece, size = self._material.film.piece(row), self._material.data.size
        height, width = piece.coverage.shape
        corner = np.array([piece.x, piece.y])
        if rng.random() < _ANYWHERE:
            middle = corner + rng.random(2) * (width, height)
        else:
            joint = rng.choice(self._joints, p=self._joint_chance)
            middle = (joints[joint] + rng.normal(0, _BESIDE, 2)) * size
        side = np.minimum(self._settings.window, (width, height))
        farthest = corner + np.array([width, height]) - side
        low = np.clip(middle - side / 2, corner, farthest).astype(int)
        window = Window(*(int(edge) for edge in (*low, *(low + side))))
        inside = (
            slice(window.top - piece.y, window.bottom - piece.y),
            slice(window.left - piece.x, window.right - piece.x),
        )
        coverage = piece.coverage[inside]
        around = cv2.dilate((coverage > 4).astype(np.float32), np.ones((2 * _AROUND + 1,) * 2))
        weight = self._importance(joints, window) * (_BARE + (1 - _BARE) * around)
        plate = self._material.data.plate[window.top : window.bottom, window.left : window.right]
        return View(
            window,
            _levels(piece.rgb[inside]),
            _levels(coverage),
            torch.from_numpy(weight.astype(np.float32)),
            _levels(plate),
        )

    def _importance(self, joints: Array, window: Window) -> Array:
        settings, size = self._settings, self._material.data.size
        hands = [joints[w] + HAND_REACH * (joints[w] - joints[e]) for e, w in FOREARMS]
        squares = [
            (joints[list(FACE)].mean(0), _FACE_HALF, settings.face_weight),
            *((hand, _HAND_HALF, settings.hand_weight) for hand in hands),
            *((joints[a] + (0, 0.01), _FOOT_HALF, settings.foot_weight) for a in ANKLES),
        ]
        weight = np.ones(window.shape)
        for middle, half, more in squares:
            left, top = ((middle - half) * size).astype(int) - window[:2]
            right, bottom = ((middle + half) * size).astype(int) - window[:2]
            weight[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] += more
        return weight


def _levels(picture: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).float() / 255
