"""`python -m train.sharpen_target CHECKPOINT VIDEO --out FOLDER`: a trained person, less soft.

Goes on from a finished training at a low rate, now also against a critic of patches, because
averaging losses leave faces and shoes out of focus. Writes checkpoint.safetensors for the export;
sharpening.safetensors beside it holds what a stopped run needs to go on.
"""

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from train.target import CHECKPOINT, PACE_EVERY, add_material, load_data

if TYPE_CHECKING:
    import torch

    from models.nets.critics import JudgedPainter
    from train.config import TargetSharpening, TargetTraining
    from train.loop import Run
    from train.target import Samples
    from train.target_data import TargetData

WORKING = "sharpening.safetensors"


def sharpen_step(
    pair: "JudgedPainter",
    samples: "Samples",
    settings: "TargetTraining",
    sharpening: "TargetSharpening",
    step: int,
) -> dict[str, "torch.Tensor"]:
    """The named losses of one batch; `total` is for painter and critic at once.

    The critic's wish is scaled so that it pulls at the last convolution `critic_pull` times as hard
    as the picture losses do, whatever either is worth by itself.
    """
    import torch
    import torch.nn.functional as F

    from models.nets.renderer import CELL, draw
    from train import target_losses as losses
    from train.target import picture_losses

    painter, critic = pair.painter, pair.critic
    height, width = (n // CELL for n in samples.picture.shape[-2:])
    with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
        painted = painter.paint(samples.joints_px, samples.plate)
        with torch.no_grad():
            drawn = draw(samples.joints_px, height, width, painter.spec.size)
            person, _ = losses.where_person(samples.picture, samples.plate)
            share = F.max_pool2d(F.avg_pool2d(person, CELL), 3, 1, 1)
            share = share / (share.mean() + 1e-6)  # the background is the same in both
        real_verdict, real_features = critic(samples.picture, drawn)
        false_verdict, _ = critic(painted.rgb.detach(), drawn)
        critic.requires_grad_(False)  # the painter must please the critic, not change it
        verdict, features = critic(painted.rgb, drawn)
        critic.requires_grad_(True)
    # Progress 0: the mask stays guided, so that the critic's wish paints nothing on the background.
    named = picture_losses(painted, samples, settings, step, 0.0)
    judged = F.relu(1 - real_verdict.float()) + F.relu(1 + false_verdict.float())
    named["critic"] = (judged * share).mean()
    named["pleased"] = -(verdict.float() * share).mean()
    named["apart"] = torch.stack(
        [
            (a.float() - b.detach().float()).abs().mean() / (b.detach().float().abs().mean() + 1e-6)
            for a, b in zip(features, real_features, strict=True)
        ]
    ).mean()
    wish = named["pleased"] + sharpening.feature_weight * named["apart"]
    pull = 0.0
    if step >= sharpening.critic_alone:
        last = painter.head.weight
        (by_picture,) = torch.autograd.grad(named["total"], last, retain_graph=True)
        (by_wish,) = torch.autograd.grad(wish, last, retain_graph=True)
        pull = float(sharpening.critic_pull * by_picture.norm() / (by_wish.norm() + 1e-6))
    named["total"] = named["total"] + pull * wish + named["critic"]
    return named


def sharpen(
    data: "TargetData",
    start: Path,
    sharpening: "TargetSharpening",
    out: Path,
    minutes: float | None = None,
    seed: int = 0,
) -> "Run":
    """Sharpen the person in checkpoint `start`; resumes from `out` if it holds a working file.

    Raises CheckpointError when `start` is not a target.
    """
    import torch

    from models.nets import checkpoint
    from models.nets.critics import JudgedPainter
    from models.nets.renderer import PoseRenderer
    from models.spec import RendererSpec
    from train.config import TargetTraining
    from train.loop import Run
    from train.target import Sampler, descend, fit_to_time, save_preview

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    tensors, header = checkpoint.load(start)
    if header.get("kind") != "target":
        raise checkpoint.CheckpointError(f"{start} is not a target.")
    spec = RendererSpec(**header["spec"])
    known = header["training"] | {"spec": spec, "crop": tuple(header["training"]["crop"])}
    settings = TargetTraining(**known)
    painter = PoseRenderer(spec).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    painter.load_state_dict(checkpoint.part_of(tensors, "ema"))
    pair = JudgedPainter(painter)
    optimizer = torch.optim.AdamW(
        [
            {"params": [*pair.painter.parameters()], "lr": sharpening.learning_rate},
            {
                "params": [*pair.critic.parameters()],
                "lr": sharpening.critic_rate,
                "betas": (0.5, 0.99),
            },
        ],
        betas=(0.9, 0.99),
    )
    header |= {"sharpening": dataclasses.asdict(sharpening)}
    run = Run(out / WORKING, pair, optimizer, header, sharpening.iterations, settings.ema, seed)
    sampler = Sampler(data, settings)
    means: dict[str, float] = {}
    mean = cast(JudgedPainter, run.ema)
    for bar in run.steps():
        if minutes is not None and run.step and run.step % PACE_EVERY == 0:
            fit_to_time(run, minutes)
            bar.total = run.total
        named = sharpen_step(pair, sampler.draw(run.rng), settings, sharpening, run.step)
        descend(pair, optimizer, named["total"], sharpening.clip_norm)
        for key, value in named.items():
            means[key] = 0.98 * means.get(key, value.item()) + 0.02 * value.item()
        if run.step % 20 == 0:
            bar.set_postfix({key: f"{value:.4f}" for key, value in means.items()})
        if (run.step + 1) % settings.preview_every == 0:
            save_preview(out / "preview.png", mean.painter, data)
    averaged = checkpoint.part_of(run.ema.state_dict(), "painter")
    header |= {"sharpened": run.step, "losses": {k: round(v, 5) for k, v in means.items()}}
    checkpoint.save(out / CHECKPOINT, {f"ema.{k}": v for k, v in averaged.items()}, header)
    return run


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.sharpen_target", description="Make a trained person less soft."
    )
    parser.add_argument("start", type=Path, help="checkpoint of a finished training")
    add_material(parser)
    parser.add_argument("--cache", type=Path, help="run folder that keeps the decoded pictures")
    parser.add_argument("--out", type=Path, required=True, help="run folder")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="train about this long on this machine")
    length.add_argument("--iterations", type=int, help="train this many steps")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from models.nets import checkpoint
    from train.config import TargetSharpening
    from train.target_data import TargetDataError

    sharpening = TargetSharpening()
    if options.iterations is not None:
        sharpening = dataclasses.replace(sharpening, iterations=options.iterations)
    try:
        size = checkpoint.load(options.start)[1]["spec"]["size"]
        data = load_data(options, size, options.cache or options.start.parent)
        sharpen(data, options.start, sharpening, options.out, options.minutes, options.seed)
    except (TargetDataError, checkpoint.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    print(f"{options.out / CHECKPOINT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
