"""`python -m train.evaluate_target WHAT VIDEO`: how like the person a renderer's pictures are.

WHAT is a checkpoint or a bundle (run by onnxruntime, as on stage). Prints one JSON; --sheet saves
truth and ours side by side.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from train.target import add_material, load_data

if TYPE_CHECKING:
    from train.target_data import TargetData

Array = NDArray[Any]
Painter = Callable[[Array], Array]

EVERY = 5  # frames
_ROWS, _COLUMNS = 3, 8  # of the sheet, in pairs


def painter_of(path: Path) -> tuple[Painter, int, str]:
    """A function from joints (18, 2) to a picture uint8 (H, W, 3), its size, and what it is.

    Raises CheckpointError or BundleError when the file cannot be used.
    """
    from models import bundle, runtime
    from models.spec import TARGET, RendererSpec

    if path.suffix == ".safetensors":
        import torch

        from models.nets import checkpoint
        from models.nets.renderer import PoseRenderer, StageRenderer

        tensors, header = checkpoint.load(path)
        renderer = PoseRenderer(RendererSpec(**header["spec"])).eval()
        renderer.load_state_dict(checkpoint.part_of(tensors, "ema"))
        stage = StageRenderer(renderer)

        def paint_in_torch(joints: Array) -> Array:
            with torch.no_grad():
                return stage(torch.from_numpy(joints[None]))[0][0].numpy()

        return paint_in_torch, renderer.spec.size, "torch"
    found = bundle.load(path)
    network, precision = found.network("int8", "fp32")
    session, _ = runtime.open_session(network)

    def paint(joints: Array) -> Array:
        return session.run([TARGET.image], {TARGET.joints: joints[None]})[0][0]

    return paint, found.manifest.size, precision


def _edges(picture: Array) -> float:
    """Mean step between neighbouring pixels."""
    levels = picture.astype(np.float32)
    return float(np.abs(np.diff(levels, axis=0)).mean() + np.abs(np.diff(levels, axis=1)).mean())


def evaluate(paint: Painter, data: "TargetData", rows: Array) -> dict[str, Any]:
    """Means over the rows, for each excerpt and in all, and the worst frame.

    `sharpness` is the mean step between pixels in the box against the truth's: below 1 is soft.
    """
    from models.nets.likeness import likeness, person_box

    similarity, noise, sharpness = (np.empty(len(rows)) for _ in range(3))
    for i, row in enumerate(rows):
        joints, truth = data.joints[row], data.frames[row]
        picture = paint(joints)
        similarity[i], noise[i] = likeness(picture, truth, joints)
        box = person_box(joints, data.size)
        sharpness[i] = _edges(picture[box]) / _edges(truth[box])
    clip = data.clip[rows]
    return {
        "frames": len(rows),
        "ssim": round(float(similarity.mean()), 4),
        "psnr": round(float(noise.mean()), 2),
        "sharpness": round(float(sharpness.mean()), 3),
        "worst_ssim": round(float(similarity.min()), 4),
        "worst_frame": int(rows[similarity.argmin()]),
        "excerpts": {
            data.clip_names[number]: round(float(similarity[clip == number].mean()), 4)
            for number in np.unique(clip)
        },
    }


def save_sheet(path: Path, paint: Painter, data: "TargetData", rows: Array) -> None:
    """Pairs of truth (above) and ours, spread over the rows."""
    import cv2

    chosen = rows[np.linspace(0, len(rows) - 1, _ROWS * _COLUMNS).astype(int)]
    pairs = [np.concatenate([data.frames[r], paint(data.joints[r])]) for r in chosen]
    lines = [np.concatenate(pairs[i * _COLUMNS : (i + 1) * _COLUMNS], 1) for i in range(_ROWS)]
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
    parser.add_argument("--sheet", type=Path, help="contact sheet PNG")
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from models.bundle import BundleError
    from models.nets.checkpoint import CheckpointError
    from models.runtime import EngineError
    from train.target_data import TargetDataError

    try:
        paint, size, kind = painter_of(options.what)
        data = load_data(options, size, options.cache or Path("runs/target") / "judged")
    except (CheckpointError, BundleError, EngineError, TargetDataError) as error:
        print(error, file=sys.stderr)
        return 1
    rows = data.training if options.on_training else np.flatnonzero(data.held_out)
    if not len(rows):
        print("No excerpt is held out: name some with --hold-out.", file=sys.stderr)
        return 1
    rows = rows[:: options.every]
    report = {"what": str(options.what), "network": kind, "size": size}
    report |= evaluate(paint, data, rows)
    if options.sheet is not None:
        save_sheet(options.sheet, paint, data, rows)
    text = json.dumps(report, indent=1)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
