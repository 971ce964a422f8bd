"""What can be counted about two pictures of the same moment: uint8 (H, W, 3) in, numbers out.

SSIM and PSNR inside the person's box are in models/image_similarity.py: export needs them, too.
"""

import numpy as np
from scipy.ndimage import correlate1d

from models.image_similarity import person_box
from models.skeleton import ANKLES, FACE, FOREARMS, HAND_REACH
from models.types import Array

# The first three of the five scales of Wang 2003: all five need 161 pixels a side, and the box of a
# person in a picture of 256 is about 80 wide. Their weights add up to one.
_SCALES = np.array([0.0448, 0.2856, 0.3001])
MS_SSIM_WEIGHTS = tuple(float(w) for w in _SCALES / _SCALES.sum())
LEAST_SIDE = 44  # px: 11 px of Gaussian window, three scales, something beside them
GMSD_FLOOR = 170.0  # grey levels squared, as published for 0..255
_LUMA = np.array([0.299, 0.587, 0.114])


def roomy_box(joints: Array, size: int) -> tuple[slice, slice]:
    """The person's box, widened where it is too small for three scales of structure."""
    sides: list[slice] = []
    for part in person_box(joints, size):
        length = max(LEAST_SIDE, part.stop - part.start)
        middle = (part.start + part.stop) // 2
        start = int(np.clip(middle - length // 2, 0, size - length))
        sides.append(slice(start, start + length))
    return sides[0], sides[1]


def ms_ssim(ours: Array, truth: Array) -> float:
    """Structural similarity at three scales, 1 = the same. At least 44 px a side."""
    import torch
    from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

    a, b = (
        torch.from_numpy(np.ascontiguousarray(p)).permute(2, 0, 1)[None] / 255
        for p in (ours, truth)
    )
    similarity = multiscale_structural_similarity_index_measure(
        a, b, data_range=1.0, betas=MS_SSIM_WEIGHTS
    )
    return float(similarity)


def _slopes(picture: Array) -> Array:
    """Squared size of the brightness gradient (Prewitt) at half the size, borders left out."""
    grey = picture @ _LUMA
    height, width = (side - side % 2 for side in grey.shape)
    grey = grey[:height, :width]
    half = (grey[::2, ::2] + grey[1::2, ::2] + grey[::2, 1::2] + grey[1::2, 1::2]) / 4
    down, across = (
        correlate1d(correlate1d(half, [-1, 0, 1], axis), [1 / 3] * 3, 1 - axis) for axis in (0, 1)
    )
    return (down**2 + across**2)[1:-1, 1:-1]


def slope_similarity(ours: Array, truth: Array) -> Array:
    """How alike edges are, 0..1, at half the size less a border of one."""
    a, b = _slopes(ours), _slopes(truth)
    return (2 * np.sqrt(a * b) + GMSD_FLOOR) / (a + b + GMSD_FLOOR)


def gmsd(ours: Array, truth: Array) -> float:
    """Gradient magnitude similarity deviation (Xue 2014): 0 = the same, 0.35 is ruined."""
    return float(slope_similarity(ours, truth).std())


def error_map(ours: Array, truth: Array) -> Array:
    """Mean difference of the colours, grey levels, (H, W)."""
    return np.abs(ours.astype(np.float32) - truth).mean(-1)


def edges(picture: Array) -> float:
    """Mean step between neighbouring pixels, grey levels."""
    levels = picture.astype(np.float32)
    return float(np.abs(np.diff(levels, axis=0)).mean() + np.abs(np.diff(levels, axis=1)).mean())


PART_PX = 25  # of a 256 picture, the side of the window around a face, hand or foot


def parts(joints: Array) -> dict[str, list[Array]]:
    """Middles of what people look at, (x, y): `face`, `hands`, `feet` of joints (18, 2)."""
    return {
        "face": [joints[list(FACE)].mean(0)],
        "hands": [joints[w] + HAND_REACH * (joints[w] - joints[e]) for e, w in FOREARMS],
        "feet": [joints[ankle] for ankle in ANKLES],
    }


def part_ssim(ours: Array, truth: Array, joints: Array) -> dict[str, float]:
    """SSIM in the windows around face, hands and feet; joints (18, 2) are 0..1 of the picture."""
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure

    a, b = (
        torch.from_numpy(np.ascontiguousarray(p)).permute(2, 0, 1)[None] / 255
        for p in (ours, truth)
    )
    whole = structural_similarity_index_measure(a, b, data_range=1.0, return_full_image=True)
    values: Array = whole[1][0].mean(0).numpy()
    size = len(truth)
    half = round(PART_PX * size / 256) // 2
    found: dict[str, float] = {}
    for name, middles in parts(joints).items():
        windows: list[float] = []
        for middle in middles:
            x, y = np.clip((middle * size).round().astype(int), half, size - half - 1)
            windows.append(float(values[y - half : y + half + 1, x - half : x + half + 1].mean()))
        found[name] = float(np.mean(windows))
    return found
