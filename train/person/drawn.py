"""A drawn, coloured figure that sways before a gradient: where there is no video."""

from dataclasses import replace

import numpy as np

from models.skeleton import LIMBS, STANDING, Framing, measure_body
from models.spec import N_JOINTS
from models.types import Array
from train.person import film
from train.person.data import TargetData
from train.person.shade import shades_of


def synthetic(size: int, count: int = 120, seed: int = 0) -> TargetData:
    """A drawn, coloured figure that sways before a gradient: where there is no video."""
    rng = np.random.default_rng(seed)
    time = np.arange(count)[:, None, None] / 25
    phase = rng.uniform(0, 2 * np.pi, (1, N_JOINTS, 2))
    reach = np.where(np.arange(N_JOINTS)[:, None] % 3 == 1, 0.12, 0.03)[None]
    poses = STANDING + reach * np.sin(2 * np.pi * 0.7 * time + phase)
    framing = Framing(0.42, 0.5, 0.47)
    joints = framing.to_picture(poses)

    column, row = np.meshgrid(*[(np.arange(size) + 0.5) / size] * 2)
    plate = np.stack([200 + 40 * row, 190 + 30 * column, 180 + 0 * row], -1).astype(np.uint8)
    colours = [(200, 40, 40)] * 6 + [(40, 60, 140)] * 6 + [(230, 180, 150)] * 5
    frames = np.empty((count, size, size, 3), np.uint8)
    for i in range(count):
        frames[i] = figure(joints[i], plate, colours)
    clip = np.repeat([0, 1, 2, 3], -(-count // 4))[:count]
    names = ("first", "second", "third", "fourth")
    body = measure_body(joints[clip < 3])
    return TargetData(joints, frames, clip, names, clip == 3, plate, 25.0, body)


def synthetic_keyed(size: int, count: int = 120, seed: int = 0) -> TargetData:
    """The same figure with its coverage: the frames are a `Film`."""
    data = synthetic(size, count, seed)
    nobody, white = np.zeros_like(data.plate), [(255, 255, 255)] * len(LIMBS)
    coverage = np.stack([figure(pose, nobody, white)[..., 0] for pose in data.joints])
    packed = film.of_pictures(np.asarray(data.frames[:]), coverage, data.joints, data.plate)
    shades = shades_of(iter(data.frames), packed)
    return replace(data, frames=packed, shades=shades)


def figure(pose: Array, plate: Array, colours: list[tuple[int, int, int]]) -> Array:
    """A figure before a plate, drawn at twice the size."""
    import cv2

    size = len(plate)
    canvas = np.ascontiguousarray(np.repeat(np.repeat(plate, 2, 0), 2, 1))
    at = [tuple(int(v) for v in p) for p in (pose * size * 2 * 16).round()]
    for (a, b), colour in zip(LIMBS, colours, strict=True):
        cv2.line(canvas, at[a], at[b], colour, max(2, size // 14), cv2.LINE_AA, 4)
    return cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
