"""`python -m train.evaluate_target WHAT VIDEO`: how like the person a renderer's pictures are.

WHAT is a checkpoint or a bundle (run by onnxruntime, as on stage). Prints one JSON; --page writes
it with pictures as one HTML file, --sheet saves truth and ours side by side.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from train.person.material import add_material, load_data
from train.picture_eval import painters
from train.picture_eval.evaluate import EVERY
from train.picture_eval.sheet import save_sheet


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate_target", description="Judge a renderer by its pictures."
    )
    parser.add_argument("what", type=Path, help="checkpoint.safetensors or bundle")
    add_material(parser)
    parser.add_argument("--cache", type=Path, help="run folder that keeps the decoded pictures")
    parser.add_argument("--on-training", action="store_true", help="judge what was trained on")
    parser.add_argument("--every", type=int, default=EVERY, help="frames (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="write the JSON here, too")
    parser.add_argument("--page", type=Path, help="HTML page with figures and pictures")
    parser.add_argument("--sheet", type=Path, help="contact sheet: truth, ours, the others")
    parser.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="WHAT",
        help=f"others to measure beside it: checkpoints, bundles, or '{painters.NEAREST}', the "
        "training frame of the nearest pose",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from models.bundle import BundleError
    from models.nets.checkpoint import CheckpointError
    from models.runtime.engines import EngineError
    from train.person.data import TargetDataError

    try:
        paint, size, kind = painters.painter_of(options.what)
        data = load_data(options, size, options.cache or Path("runs/target") / "judged")
        label = painters.label_of(options.what, kind)
        painting = {label: paint}
        painters.add_others(painting, options.against, size, data)
    except (CheckpointError, BundleError, EngineError, TargetDataError) as error:
        print(error, file=sys.stderr)
        return 1
    rows = data.training if options.on_training else np.flatnonzero(data.held_out)
    if not len(rows):
        print("No excerpt is held out: name some with --hold-out.", file=sys.stderr)
        return 1
    from train.picture_eval.in_order import in_order
    from train.picture_eval.judge import judge

    painting = {what: in_order(painter, data) for what, painter in painting.items()}
    rows = rows[:: options.every]
    judged = {what: judge(painter, data, rows) for what, painter in painting.items()}
    facts = {"what": str(options.what), "network": kind, "size": size}
    report = facts | judged[label].summary()
    if options.against:
        report["against"] = {what: judged[what].summary() for what in list(judged)[1:]}
    if options.sheet is not None:
        save_sheet(options.sheet, list(painting.values()), data, rows)
    if options.page is not None:
        from train.picture_eval import page

        facts |= {"frames": len(rows), "judged": "training" if options.on_training else "held out"}
        options.page.parent.mkdir(parents=True, exist_ok=True)
        document = page.build(judged, painting, data, facts)
        options.page.write_text(document, encoding="utf-8")
    text = json.dumps(report, indent=1)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
