"""`python -m train.target VIDEO --name NAME`: learn to paint one person from minutes of video.

In: a video, perhaps its joints and a picture of the empty place. Out: runs/target/NAME with
checkpoint.safetensors and preview.png, and the bundle that `dancelive --target NAME` shows. Runs on
one thread (an image network also on a CUDA card) and resumes where it was stopped.
"""

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from models.arguments import any_seed, folder_to_fill, number, share, whole
from models.command import command
from train.person.material import add_material, material_of
from train.renderer.request import TargetRequest
from train.run.arguments import add_precision, add_threads, bfloat16_of, set_threads

_EXPORT_NEEDS = ("onnx", "onnxscript")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.target", description="Learn to paint one person from a video of them."
    )
    add_material(parser)
    parser.add_argument("--name", required=True, help="what the person is called on stage")
    parser.add_argument("--out", type=folder_to_fill, help="run folder (default: runs/target/NAME)")
    parser.add_argument(
        "--preset",
        default="puppet",
        choices=(
            "puppet",
            "puppet-tiny",
            "stage",
            "stage-gpu",
            "tiny",
            "paper",
            "paper-tiny",
        ),
        help="the person's own pixels (puppet), an image network (stage) or the paper's (paper)",
    )
    parser.add_argument(
        "--vgg",
        type=Path,
        metavar="FILE",
        help="torchvision's vgg19 weights (.pth, .safetensors), for the paper's form",
    )
    parser.add_argument(
        "--size",
        type=whole(16, 4096),
        help="px of the square picture; of an image network a multiple of 32",
    )
    parser.add_argument(
        "--start", type=Path, metavar="CHECKPOINT", help="begin with another person's weights"
    )
    parser.add_argument(
        "--critic-from",
        type=share,
        metavar="SHARE",
        help="of the training, after which a critic asks for sharpness (default: 0.7)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes", type=number(0.01, 1e6), help="train about this long on this machine"
    )
    length.add_argument("--iterations", type=whole(), help="train this many steps")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--licence", default="", help="under which the trained person may be used")
    parser.add_argument("--provenance", default="", help="where the video comes from")
    parser.add_argument("--consent", default="", help="who is shown and agreed, and to what")
    parser.add_argument(
        "--no-export", dest="export", action="store_false", help="leave the bundle unmade"
    )
    parser.add_argument("--seed", type=any_seed, default=0)
    add_precision(parser)
    add_threads(parser)
    return parser


def _request(options: argparse.Namespace) -> TargetRequest:
    same = (
        "name", "preset", "size", "iterations", "minutes", "critic_from", "start", "vgg", "device",
        "licence", "provenance", "consent", "seed",
    )  # fmt: skip
    return TargetRequest(
        material=material_of(options),
        out=options.out or Path("runs/target") / options.name,
        bfloat16=bfloat16_of(options.precision),
        **{name: getattr(options, name) for name in same},
    )


def _export(out: Path) -> int:
    """The bundle of what is trained so far, by the program that makes bundles."""
    return subprocess.run([sys.executable, "-m", "export", str(out)], check=False).returncode


@command("train.target")
def main(argv: list[str] | None = None) -> int:
    """0, or another number and one sentence."""
    options = _arguments().parse_args(argv)
    request = _request(options)
    set_threads(options.threads)
    try:
        request.check()
    except ValueError as error:  # as argparse does
        print(error, file=sys.stderr)
        return 2
    from models.nets.checkpoint import CheckpointError
    from train.person.consent import ConsentError
    from train.person.data import TargetDataError
    from train.picture_eval.evaluate import save_evaluation
    from train.renderer.target import train_target

    is_exported = options.export and not request.is_paper
    if is_exported and not all(map(find_spec, _EXPORT_NEEDS)):
        print(
            "Without the extra `export` no bundle can be made of what is learned: "
            "pip install 'dancelive[export]', or --no-export.",
            file=sys.stderr,
        )
        return 2
    try:
        data, steps = train_target(request)
        save_evaluation(request.checkpoint, data)
    except (TargetDataError, CheckpointError, ConsentError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if is_exported and request.checkpoint.exists():
            _export(request.out)
        raise
    print(f"{request.checkpoint}: {steps} steps.")
    return _export(request.out) if is_exported else 0


if __name__ == "__main__":
    sys.exit(main())
