"""Which engine draws a puppet faster on this machine: both are tried, and the pictures compared."""

import time
from typing import NamedTuple

import numpy as np

from models.puppet.chip.process import look
from models.puppet.painter import CHIP, PuppetPainter
from models.puppet.puppet import Puppet
from models.runtime.engines import EngineError
from models.runtime.painter import Picture
from models.types import Array

_PICTURES = 5  # of each; half of them are faster than what is told
_MOST_OFF = 4  # grey levels, but for one pixel in a thousand: more is a driver that draws wrongly


class Trial(NamedTuple):
    """What was found."""

    best: PuppetPainter
    told: str  # of both, in one sentence


def fastest(puppet: Puppet, joints: Array) -> Trial:
    """Measured at a pose (18, 2), 0..1 of the picture. Raises EngineError without onnxruntime."""
    processor = PuppetPainter(puppet)
    try:
        if look().is_software:
            raise EngineError(f"{look().name} is no chip but software.")
        chip = PuppetPainter(puppet, engine=CHIP)
        painters = processor, chip
        pictures = [painter.paint(joints) for painter in painters]
        if not _agree(*pictures):
            raise EngineError(f"{chip.engine} draws other pictures than the processor.")
        ms = _medians_ms(painters, joints)
    except EngineError as error:
        return Trial(processor, f"{processor.engine} draws: {error}")
    best = painters[int(np.argmin(ms))]
    both = ", ".join(f"{p.engine} {t:.1f} ms" for p, t in zip(painters, ms, strict=True))
    return Trial(best, f"{best.engine} draws: a picture of {puppet.size} px takes {both}.")


def _medians_ms(painters: tuple[PuppetPainter, ...], joints: Array) -> Array:
    """In turns, so that what else the machine does counts for all."""
    taken = np.empty((_PICTURES, len(painters)))
    for row in taken:
        for number, painter in enumerate(painters):
            began = time.perf_counter()
            painter.paint(joints)
            row[number] = 1e3 * (time.perf_counter() - began)
    return np.median(taken, 0)


def _agree(one: Picture, other: Picture) -> bool:
    if one.image.shape != other.image.shape or (one.x, one.y) != (other.x, other.y):
        return False
    off = [np.abs(a.astype(int) - b).ravel() for a, b in zip(one[:3], other[:3], strict=True)]
    return all(np.percentile(levels, 99.9) <= _MOST_OFF for levels in off)
