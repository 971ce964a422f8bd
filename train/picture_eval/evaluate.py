"""How near painted frames are to the true ones, as a report."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models.nets.picture.paper_painter import FedBackPainter
from models.types import Array
from train.person.data import TargetData, TargetDataError
from train.person.material import load_data
from train.picture_eval import page, painters
from train.picture_eval.coverage import measure_coverage
from train.picture_eval.in_order import in_order
from train.picture_eval.joint_noise import NoisyJoints
from train.picture_eval.painters import Painter
from train.picture_eval.picture_metrics import measure
from train.picture_eval.request import EVERY, PictureRequest
from train.picture_eval.sheet import save_sheet


def report_on(request: PictureRequest) -> dict[str, Any]:
    """The figures of `train.evaluate_target`, and its page and sheet where they are asked for.

    Raises CheckpointError, BundleError, EngineError or TargetDataError, in one sentence.
    """
    paint, size, kind = painters.painter_of(request.what)
    is_keyed = isinstance(paint, painters.Keyed)
    data = load_data(request.material, size, request.cache, is_keyed)
    label = painters.label_of(request.what, kind)
    if request.joint_noise and isinstance(paint, FedBackPainter):
        raise TargetDataError(
            "The paper's form paints from the true poses: leave --joint-noise out."
        )
    if request.joint_noise:
        paint = NoisyJoints(paint, request.joint_noise / size)
    painting = {label: paint}
    painters.add_others(painting, request.against, size, data)
    rows = data.training if request.on_training else np.flatnonzero(data.held_out)
    if not len(rows):
        raise TargetDataError("No excerpt is held out: name some with --hold-out.")
    painting = {what: in_order(painter, data) for what, painter in painting.items()}
    rows = rows[:: request.every]
    measured = {what: measure(painter, data, rows) for what, painter in painting.items()}
    facts: dict[str, Any] = {"what": str(request.what), "network": kind, "size": size}
    report = facts | measured[label].summary() | (_coverage(paint, data, rows) if is_keyed else {})
    if request.against:
        report["against"] = {what: measured[what].summary() for what in list(measured)[1:]}
    if request.sheet is not None:
        save_sheet(request.sheet, list(painting.values()), data, rows)
    if request.page is not None:
        judged = "training" if request.on_training else "held out"
        facts |= {"frames": len(rows), "judged": judged}
        request.page.parent.mkdir(parents=True, exist_ok=True)
        document = page.build(measured, painting, data, facts)
        request.page.write_text(document, encoding="utf-8")
    return report


def evaluate(paint: Painter, data: TargetData, rows: Array) -> dict[str, Any]:
    """Means over the rows, for each excerpt and in all, and the worst frame."""
    return measure(in_order(paint, data), data, rows).summary() | _coverage(paint, data, rows)


def _coverage(paint: Painter, data: TargetData, rows: Array) -> dict[str, Any]:
    """What is told from a painter that says what is person, where that is known."""
    if not isinstance(paint, painters.Keyed):
        return {}
    found = measure_coverage(paint.coverage, data, rows)
    return {} if found is None else {"coverage": found.summary()}


def save_evaluation(checkpoint: Path, data: TargetData) -> None:
    """Write evaluation.json where excerpts were held out: the bundle tells its figures."""
    rows = np.flatnonzero(data.held_out)[::EVERY]
    if len(rows):
        report = evaluate(painters.painter_of(checkpoint)[0], data, rows)
        text = json.dumps(report, indent=1)
        checkpoint.with_name("evaluation.json").write_text(text + "\n", encoding="utf-8")
