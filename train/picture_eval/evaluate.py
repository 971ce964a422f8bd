"""How near painted frames are to the true ones, as a report."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.types import Array

if TYPE_CHECKING:
    from train.person.data import TargetData
from train.picture_eval.painters import NEAREST, Painter, _label, nearest_of, painter_of

EVERY = 5  # frames


def _add_others(
    painters: dict[str, Painter], names: list[str], size: int, data: "TargetData"
) -> None:
    """The painters to compare with, by label, or by their path where the label is taken."""
    from train.person.data import TargetDataError

    for name in names:
        if name == NEAREST:
            painters[name] = nearest_of(data)
            continue
        paint, its_size, kind = painter_of(Path(name))
        if its_size != size:
            raise TargetDataError(
                f"{name} paints {its_size} px a side, the other {size}: compare equal sizes."
            )
        label = _label(Path(name), kind)
        painters[name if label in painters else label] = paint


def evaluate(paint: Painter, data: "TargetData", rows: Array) -> dict[str, Any]:
    """Means over the rows, for each excerpt and in all, and the worst frame."""
    from train.picture_eval.in_order import in_order
    from train.picture_eval.judge import judge

    return judge(in_order(paint, data), data, rows).summary()
