"""`python -m train.evaluate_target WHAT VIDEO`: how like the person a renderer's pictures are.

WHAT is a checkpoint or a bundle (run by onnxruntime, as on stage). Prints one JSON; --page writes
it with pictures as one HTML file, --sheet saves truth and ours side by side.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.types import Array
from train.target import add_material, load_data

if TYPE_CHECKING:
    from train.target_data import TargetData

Painter = Callable[[Array], Array]

EVERY = 5  # frames
NEAREST = "nearest"
_ROWS, _COLUMNS = 2, 8  # of the sheet


def painter_of(path: Path) -> tuple[Painter, int, str]:
    """A function from joints (18, 2) to a picture uint8 (H, W, 3), its size, and what it is.

    Raises CheckpointError or BundleError when the file cannot be used.
    """
    from models import bundle

    if path.suffix == ".safetensors":
        import torch

        from models.nets import checkpoint
        from models.nets.paper_painter import KIND, load_paper_painter
        from models.nets.renderer import PoseRenderer, paint_whole
        from models.spec import renderer_spec
        from train.device import chosen_device

        if checkpoint.read_header(path).get("kind") == KIND:
            fed_back = load_paper_painter(path, chosen_device("auto"))
            return fed_back, fed_back.size, "torch, paper"
        tensors, header = checkpoint.load(path)
        if header.get("kind") != "target":
            raise checkpoint.CheckpointError(f"{path} is not a target.")
        renderer = PoseRenderer(renderer_spec(header["spec"])).eval()
        renderer.load_state_dict(checkpoint.part_of(tensors, "ema.painter"))

        def paint_in_torch(joints: Array) -> Array:
            return paint_whole(renderer, torch.from_numpy(joints[None])).numpy()[0]

        return paint_in_torch, renderer.spec.size, "torch"
    from models.painting import NetworkPainter

    found = bundle.load(path)
    network, precision = found.network("int8", "fp32")
    return NetworkPainter(network).whole, found.manifest.size, precision


def nearest_of(data: "TargetData") -> Painter:
    """A painter that shows the training frame whose pose is nearest: what a renderer must beat."""
    known = data.joints[data.training]

    def show(joints: Array) -> Array:
        nearest = ((known - joints) ** 2).sum((1, 2)).argmin()
        return np.asarray(data.frames[data.training[nearest]])

    return show


def _label(path: Path, kind: str) -> str:
    """'alice (int8)' of a bundle's folder, 'alice (torch)' of the checkpoint in a run's."""
    name = path.resolve().parent.name if path.suffix == ".safetensors" else path.stem
    return f"{name} ({kind})"


def _add_others(
    painters: dict[str, Painter], names: list[str], size: int, data: "TargetData"
) -> None:
    """The painters to compare with, by label, or by their path where the label is taken."""
    from train.target_data import TargetDataError

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
    from train.paper_target_rows import in_order
    from train.picture_judge import judge

    return judge(in_order(paint, data), data, rows).summary()


def save_sheet(path: Path, painters: list[Painter], data: "TargetData", rows: Array) -> None:
    """Truth (above), ours and the others' below it, the person alone, spread over the rows."""
    import cv2

    from models.nets.likeness import person_box

    chosen = rows[np.linspace(0, len(rows) - 1, _ROWS * _COLUMNS).astype(int)]
    boxes = [person_box(data.joints[r], data.size) for r in chosen]
    height, width = (max(part[axis].stop - part[axis].start for part in boxes) for axis in (0, 1))
    stacks: list[Array] = []
    for row, box in zip(chosen, boxes, strict=True):
        pictures = [np.asarray(data.frames[row]), *(paint(data.joints[row]) for paint in painters)]
        top, left = (
            int(np.clip((part.start + part.stop - n) // 2, 0, data.size - n))
            for part, n in zip(box, (height, width), strict=True)
        )
        area = slice(top, top + height), slice(left, left + width)
        stacks.append(np.concatenate([picture[area] for picture in pictures]))
    lines = [np.concatenate(stacks[i * _COLUMNS : (i + 1) * _COLUMNS], 1) for i in range(_ROWS)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(lines)[..., ::-1])


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
        help=f"others to judge beside it: checkpoints, bundles, or '{NEAREST}', which shows the "
        "training frame of the nearest pose",
    )
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from models.bundle import BundleError
    from models.engines import EngineError
    from models.nets.checkpoint import CheckpointError
    from train.target_data import TargetDataError

    try:
        paint, size, kind = painter_of(options.what)
        data = load_data(options, size, options.cache or Path("runs/target") / "judged")
        label = _label(options.what, kind)
        painters = {label: paint}
        _add_others(painters, options.against, size, data)
    except (CheckpointError, BundleError, EngineError, TargetDataError) as error:
        print(error, file=sys.stderr)
        return 1
    rows = data.training if options.on_training else np.flatnonzero(data.held_out)
    if not len(rows):
        print("No excerpt is held out: name some with --hold-out.", file=sys.stderr)
        return 1
    from train.paper_target_rows import in_order
    from train.picture_judge import judge

    painters = {what: in_order(painter, data) for what, painter in painters.items()}
    rows = rows[:: options.every]
    judged = {what: judge(painter, data, rows) for what, painter in painters.items()}
    facts = {"what": str(options.what), "network": kind, "size": size}
    report = facts | judged[label].summary()
    if options.against:
        report["against"] = {what: judged[what].summary() for what in list(judged)[1:]}
    if options.sheet is not None:
        save_sheet(options.sheet, list(painters.values()), data, rows)
    if options.page is not None:
        from train import picture_page

        facts |= {"frames": len(rows), "judged": "training" if options.on_training else "held out"}
        options.page.parent.mkdir(parents=True, exist_ok=True)
        document = picture_page.build(judged, painters, data, facts)
        options.page.write_text(document, encoding="utf-8")
    text = json.dumps(report, indent=1)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
