"""How like two pictures of a person are, inside the box around them: SSIM and PSNR."""

from typing import Any

import numpy as np
import torch

from models.types import Array

MARGIN = 0.12  # of the height of the joints' box, around it
BEST_PSNR = 100.0  # dB; equal pictures have no noise at all, which no mean can hold
_LEAST = 16  # px a side


def person_box(joints: Array, size: int) -> tuple[slice, slice]:
    """Rows and columns of the box around the joints (18, 2), 0..1, with its margin."""
    low, high = joints.min(0), joints.max(0)
    margin = MARGIN * (high[1] - low[1])
    left, top = np.clip(np.floor((low - margin) * size), 0, size - _LEAST).astype(int)
    right, bottom = np.clip(np.ceil((high + margin) * size), _LEAST, size).astype(int)
    return slice(top, max(bottom, top + _LEAST)), slice(left, max(right, left + _LEAST))


def likeness(ours: Array, truth: Array, joints: Array) -> tuple[float, float]:
    """SSIM and PSNR (dB, at most 100) of a picture uint8 (H, W, 3) against another, in the box."""
    from torchmetrics.functional.image import (
        peak_signal_noise_ratio,
        structural_similarity_index_measure,
    )

    box = person_box(joints, truth.shape[0])
    a, b = (
        torch.from_numpy(np.ascontiguousarray(p[box])).permute(2, 0, 1)[None] / 255
        for p in (ours, truth)
    )
    similarity: Any = structural_similarity_index_measure(a, b, data_range=1.0)
    noise = float(peak_signal_noise_ratio(a, b, data_range=1.0))
    return float(similarity), min(noise, BEST_PSNR)
