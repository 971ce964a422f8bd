"""`python -m train.evaluate_target WHAT VIDEO`: how like the person a renderer's pictures are.

WHAT is a checkpoint or a bundle (run by onnxruntime, as on stage). Prints one JSON; --page writes
it with pictures as one HTML file, --sheet saves truth and ours side by side.
"""

import argparse
import json
import sys
from pathlib import Path

from models.arguments import file_to_write, folder_to_fill, number, whole
from models.command import command
from train.person.material import add_material, material_of
from train.picture_eval.painters import NEAREST
from train.picture_eval.request import EVERY, PictureRequest


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate_target", description="Judge a renderer by its pictures."
    )
    parser.add_argument("what", type=Path, help="checkpoint.safetensors or bundle")
    add_material(parser)
    parser.add_argument(
        "--cache", type=folder_to_fill, help="run folder that keeps the decoded pictures"
    )
    parser.add_argument("--on-training", action="store_true", help="judge what was trained on")
    parser.add_argument(
        "--every", type=whole(), default=EVERY, help="frames (default: %(default)s)"
    )
    parser.add_argument(
        "--joint-noise",
        type=number(0.0, 100.0),
        default=0.0,
        metavar="PX",
        help="spread of noise on the joints that it is told (not of the paper's form)",
    )
    parser.add_argument("--out", type=file_to_write, help="write the JSON here, too")
    parser.add_argument("--page", type=file_to_write, help="HTML page with figures and pictures")
    parser.add_argument(
        "--sheet", type=file_to_write, help="contact sheet: truth, ours, the others"
    )
    parser.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="WHAT",
        help=f"others to measure beside it: checkpoints, bundles, or '{NEAREST}', the "
        "training frame of the nearest pose",
    )
    return parser


@command("train.evaluate_target", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    """0, or 1 and one sentence."""
    options = _arguments().parse_args(argv)
    from models.bundle import BundleError
    from models.nets.checkpoint import CheckpointError
    from models.runtime.engines import EngineError
    from train.person.data import TargetDataError
    from train.picture_eval.evaluate import report_on

    request = PictureRequest(
        what=options.what,
        material=material_of(options),
        cache=options.cache or Path("runs/target") / "judged",
        against=tuple(options.against),
        on_training=options.on_training,
        every=options.every,
        joint_noise=options.joint_noise,
        page=options.page,
        sheet=options.sheet,
    )
    try:
        report = report_on(request)
    except (CheckpointError, BundleError, EngineError, TargetDataError) as error:
        print(error, file=sys.stderr)
        return 1
    text = json.dumps(report, indent=1)
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
