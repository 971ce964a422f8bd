"""How the shadow of a puppet learns: from small maps of all frames, within a minute.

Apart from the picture: in windows around the person hardly a pixel lies in the shadow, and the
nearest answer of all is then that there is none.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from models.nets.picture.puppet import GroundShadow
from models.types import Array
from train.person.shade import UNKNOWN

_BATCH, _RATE = 64, 3e-3
_NOISE = 0.012  # picture heights, on the joints
_DARK, _DARKEST = 0.05, 0.995  # what counts as shadow, and which share of it is no accident
_SURE = 1e-4  # how near to 0 and 1 shadows are compared


def learn_shadow(shadow: GroundShadow, joints: Array, shades: Array, steps: int, seed: int) -> None:
    """Joints (N, 18, 2), 0..1, and the maps (N, CELLS, CELLS) of train/person/shade.py."""
    rng = np.random.default_rng(seed)
    told = torch.from_numpy(joints.astype(np.float32))
    shadow.deepest.fill_(_deepest(shades))
    optimizer = torch.optim.AdamW(shadow.parameters(), _RATE, weight_decay=1e-3)
    slower = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    shadow.requires_grad_(True)
    for _ in tqdm(range(steps), desc="how the shadow falls", unit=""):
        rows = rng.integers(len(told), size=_BATCH)
        noise = torch.from_numpy(rng.normal(0, _NOISE, (_BATCH, *told.shape[1:])))
        loss = unlikeness(shadow(told[rows] + noise.float()), torch.from_numpy(shades[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        slower.step()
    shadow.requires_grad_(False)


def _deepest(shades: Array) -> float:
    seen = shades[(shades != UNKNOWN) & (shades > _DARK * (UNKNOWN - 1))]
    return float(np.quantile(seen, _DARKEST)) / (UNKNOWN - 1) if len(seen) else 1.0


def unlikeness(ours: Tensor, shades: Tensor) -> Tensor:
    """Cross-entropy of shadows (B, cells, cells) and maps uint8 (B, CELLS, CELLS) where known.

    Its mean is least at the mean of what was seen, not at the most frequent: which is no shadow.
    """
    known = (shades != UNKNOWN).float()
    true = known * shades / (UNKNOWN - 1)
    if (cells := ours.shape[-1]) != shades.shape[-1]:
        known, true = (F.adaptive_avg_pool2d(each, cells) for each in (known, true))
        true = true / known.clamp(min=1e-6)
    each = F.binary_cross_entropy(ours.clamp(_SURE, 1 - _SURE), true.clamp(0, 1), reduction="none")
    return (known * each).sum() / known.sum().clamp(min=1)
