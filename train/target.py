"""`python -m train.target VIDEO --name NAME`: learn to paint one person from minutes of video.

In: a video, perhaps its joints and a picture of the empty place. Out: runs/target/NAME with
checkpoint.safetensors and preview.png, and the bundle that `dancelive --target NAME` shows. Runs on
one thread (or a CUDA card) and goes on where it was stopped.
"""

import argparse
import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.person.material import add_material, check_files, load_data
from train.renderer.train import (
    CHECKPOINT,
    danced_poses,
    train,
)

if TYPE_CHECKING:
    import torch

    from train.person.data import TargetData
    from train.renderer.config import TargetTraining
    from train.renderer.paper_step import PaperLearners
    from train.run.loop import Run


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.target", description="Learn to paint one person from a video of them."
    )
    add_material(parser)
    parser.add_argument("--name", required=True, help="what the person is called on stage")
    parser.add_argument("--out", type=Path, help="run folder (default: runs/target/NAME)")
    parser.add_argument(
        "--preset", default="stage", choices=("stage", "stage-gpu", "tiny", "paper", "paper-tiny")
    )
    parser.add_argument(
        "--vgg",
        type=Path,
        metavar="FILE",
        help="torchvision's vgg19 weights (.pth, .safetensors), for the paper's form",
    )
    parser.add_argument("--size", type=int, help="px of the square picture, a multiple of 16")
    parser.add_argument(
        "--start", type=Path, metavar="CHECKPOINT", help="begin with another person's weights"
    )
    parser.add_argument(
        "--critic-from",
        type=float,
        default=None,
        metavar="SHARE",
        help="of the training, after which a critic asks for sharpness (default: 0.7)",
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="train about this long on this machine")
    length.add_argument("--iterations", type=int, help="train this many steps")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--licence", default="", help="under which the trained person may be used")
    parser.add_argument("--provenance", default="", help="where the video comes from")
    parser.add_argument("--consent", default="", help="who is shown and agreed, and to what")
    parser.add_argument(
        "--no-export", dest="export", action="store_false", help="leave the bundle unmade"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def judge(data: "TargetData", out: Path) -> None:
    """Write evaluation.json where excerpts were held out: the bundle tells its figures."""
    import json

    import numpy as np

    from train.picture_eval.evaluate import EVERY, evaluate
    from train.picture_eval.painters import painter_of

    rows = np.flatnonzero(data.held_out)[::EVERY]
    if len(rows):
        report = evaluate(painter_of(out / CHECKPOINT)[0], data, rows)
        text = json.dumps(report, indent=1)
        (out / "evaluation.json").write_text(text + "\n", encoding="utf-8")


def export(out: Path) -> int:
    """The bundle of what is trained so far, by the program that makes bundles."""
    return subprocess.run([sys.executable, "-m", "export", str(out)], check=False).returncode


def _settings(options: argparse.Namespace) -> "TargetTraining | None":
    """Of the preset, with what the command changes; None and a sentence if that cannot be."""
    from train.renderer.config import DETAIL, TARGET_PRESETS

    settings = TARGET_PRESETS[options.preset]
    if options.size is not None:
        if options.size < 64 or options.size % 32:
            print("--size must be a multiple of 32, at least 64.", file=sys.stderr)
            return None
        detail = DETAIL if options.size > 256 else 0
        spec = dataclasses.replace(settings.spec, size=options.size, detail=detail)
        settings = dataclasses.replace(settings, spec=spec)
    if options.iterations is not None:
        settings = dataclasses.replace(settings, iterations=options.iterations)
    if options.critic_from is not None:
        settings = dataclasses.replace(settings, critic_from=options.critic_from)
    return settings


def _train_paper(
    options: argparse.Namespace,
    out: Path,
    rights: dict[str, str],
    device: "torch.device",
    before: dict[str, Any],
) -> "Run[PaperLearners]":
    """The paper's form: learned and judged, never exported."""
    from train.renderer.paper_train import chosen_settings, train_paper

    iterations = options.iterations or before.get("total")  # the schedule that was begun
    settings = chosen_settings(options.preset, options.size, iterations)
    data = load_data(options, settings.spec.size, out)
    run = train_paper(
        data,
        settings,
        out,
        options.name,
        rights,
        options.seed,
        options.minutes,
        device,
        options.vgg,
    )
    judge(data, out)
    return run


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from train.renderer.config import PAPER_TARGET_PRESETS

    is_paper = options.preset in PAPER_TARGET_PRESETS
    settings = None if is_paper else _settings(options)
    if settings is None and not is_paper:
        return 2
    from models.nets import checkpoint
    from train.person import consent
    from train.person.data import TargetDataError
    from train.renderer.window import fitted
    from train.run.device import chosen_device

    out: Path = options.out or Path("runs/target") / options.name
    done = out / CHECKPOINT
    try:
        device = chosen_device(options.device)
        check_files(options)
        before = checkpoint.read_header(done) if done.exists() else {}
        rights = {key: getattr(options, key) for key in ("licence", "provenance")}
        rights["consent"] = (
            options.consent or "Not needed: a drawn figure."
            if options.synthetic
            else consent.given(options.consent, before.get("consent", ""))
        )
        if settings is None:
            run = _train_paper(options, out, rights, device, before)
            print(f"{done}: {run.step} steps.")
            return 0
        data = load_data(options, settings.spec.size, out)
        settings = dataclasses.replace(settings, spec=fitted(settings.spec, data))
        if options.iterations is None and before:  # the schedule that was begun
            settings = dataclasses.replace(settings, iterations=before["total"])
        danced = danced_poses(out) if settings.danced else None
        run = train(
            data,
            settings,
            out,
            options.name,
            rights,
            options.seed,
            options.minutes,
            danced,
            device,
            options.start,
        )
        judge(data, out)
    except (
        TargetDataError, checkpoint.CheckpointError, consent.ConsentError, ValueError
    ) as error:  # fmt: skip
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        if options.export and not is_paper and done.exists():
            export(out)
        return 130
    print(f"{done}: {run.step} steps.")
    return export(out) if options.export else 0


if __name__ == "__main__":
    sys.exit(main())
