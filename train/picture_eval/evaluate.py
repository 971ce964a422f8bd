"""How near painted frames are to the true ones, as a report."""

from typing import TYPE_CHECKING, Any

from models.types import Array

if TYPE_CHECKING:
    from train.person.data import TargetData
from train.picture_eval.painters import Painter

EVERY = 5  # frames


def evaluate(paint: Painter, data: "TargetData", rows: Array) -> dict[str, Any]:
    """Means over the rows, for each excerpt and in all, and the worst frame."""
    from train.picture_eval.in_order import in_order
    from train.picture_eval.judge import judge

    return judge(in_order(paint, data), data, rows).summary()
