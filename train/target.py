"""`python -m train.target VIDEO --name NAME`: learn to paint one person from minutes of video.

In: a video, its key points, perhaps a picture of the empty place. Out: runs/target/NAME with
checkpoint.safetensors and preview.png. Runs on one thread and goes on where it was stopped.
"""

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from numpy.random import Generator

    from models.nets.renderer import Painted, PoseRenderer
    from train.config import TargetTraining
    from train.loop import Run
    from train.target_data import TargetData

CHECKPOINT = "checkpoint.safetensors"
_SHOWN = 8  # pairs in the preview
PACE_EVERY = 200  # steps after which --minutes sets the number of iterations anew


@dataclasses.dataclass(frozen=True)
class Samples:
    """A batch of cut-outs."""

    joints_px: "torch.Tensor"  # (B, 18, 2), px of the cut-out
    picture: "torch.Tensor"  # (B, 3, H, W) 0..1
    plate: "torch.Tensor"  # (B, 3, H, W) 0..1


class Sampler:
    """Draws cut-outs around the person from the training frames."""

    def __init__(self, data: "TargetData", settings: "TargetTraining") -> None:
        from train.target_data import rarity

        self.data, self.settings = data, settings
        self.rows = data.training
        weight = rarity(data.joints[self.rows], data.clip[self.rows], settings.rarity)
        self._share = weight / weight.sum()
        self._unit = data.size / 256
        self._height, self._width = (
            min(data.size, 16 * math.ceil(share * data.size / 16)) for share in settings.crop
        )

    def draw(self, rng: "Generator") -> Samples:
        """One batch; all chance comes from `rng`."""
        import numpy as np
        import torch

        settings, size = self.settings, self.data.size
        height, width = self._height, self._width
        rows = rng.choice(self.rows, settings.batch, p=self._share)
        joints_px = self.data.joints[rows] * np.float32(size)
        noise = rng.normal(size=joints_px.shape) * (settings.joint_noise_px * self._unit)
        noise *= rng.random((len(rows), 1, 1)) < 0.5
        middle = (joints_px.min(1) + joints_px.max(1)) / 2
        wander = rng.uniform(-1, 1, (len(rows), 2)) * settings.wander_px * self._unit
        corner = middle + wander - np.array([settings.person_at * width, height / 2])
        corner = np.clip(corner.round(), 0, [size - width, size - height]).astype(int)
        pictures = np.empty((len(rows), height, width, 3), np.uint8)
        plates = np.empty_like(pictures)
        for i, (row, (x, y)) in enumerate(zip(rows, corner, strict=True)):
            part = (slice(y, y + height), slice(x, x + width))
            pictures[i] = self.data.frames[row][part]
            plates[i] = self.data.plate[part]
        joints = joints_px + noise - corner[:, None]

        def floats(images: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255

        return Samples(
            torch.from_numpy(joints.astype(np.float32)), floats(pictures), floats(plates)
        )


def picture_losses(
    painted: "Painted", samples: Samples, settings: "TargetTraining", step: int, progress: float
) -> dict[str, "torch.Tensor"]:
    """How far what was painted is from the samples, by name; `total` is their weighted sum."""
    from train import target_losses as losses

    person, bare = losses.where_person(samples.picture, samples.plate)
    weight = losses.importance(
        person,
        samples.joints_px,
        settings.spec.size / 256,
        settings.person_weight,
        settings.face_weight,
        settings.hand_weight,
    )
    # One channel a step: three cost three times as much; green is most of what is seen.
    channel = (1, 0, 1, 2)[step % 4]
    one = slice(channel, channel + 1)
    named = {
        "l1": losses.weighted_l1(painted.rgb, samples.picture, weight),
        "gradient": losses.gradient_l1(painted.rgb, samples.picture, weight),
        "ssim": losses.ssim_loss(painted.rgb[:, one], samples.picture[:, one], weight),
        "mask": losses.mask_loss(painted.mask_logits, person, bare),
    }
    guided = settings.mask_loss if progress < settings.mask_until else 0.0
    named["total"] = (
        named["l1"]
        + settings.gradient_loss * named["gradient"]
        + settings.ssim_loss * named["ssim"]
        + guided * named["mask"]
    )
    return named


def train_step(
    model: "PoseRenderer", samples: Samples, settings: "TargetTraining", step: int, progress: float
) -> dict[str, "torch.Tensor"]:
    """The named losses of one batch; `total` is the one to descend.

    `step` and `progress` (0..1) say how far the training is.
    """
    import torch

    with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
        painted = model.paint(samples.joints_px, samples.plate)
    return picture_losses(painted, samples, settings, step, progress)


def descend(
    model: "torch.nn.Module",
    optimizer: "torch.optim.Optimizer",
    total: "torch.Tensor",
    clip_norm: float,
) -> None:
    """One step down, gradients clipped."""
    import torch

    optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()


def new_model(data: "TargetData", settings: "TargetTraining", seed: int) -> "PoseRenderer":
    """A fresh network that holds the person's plate and some of their poses."""
    import numpy as np
    import torch

    from models.nets.renderer import N_CALIBRATION, PoseRenderer

    torch.manual_seed(seed)
    model = PoseRenderer(settings.spec)
    chosen = np.random.default_rng(seed).choice(
        data.training, N_CALIBRATION, replace=len(data.training) < N_CALIBRATION
    )
    model.plate.copy_(torch.from_numpy(data.plate).permute(2, 0, 1))
    model.calibration.copy_(torch.from_numpy(data.joints[chosen]))
    return model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def new_optimizer(model: "PoseRenderer", settings: "TargetTraining") -> "torch.optim.Optimizer":
    """AdamW as in the first trial."""
    import torch

    return torch.optim.AdamW(model.parameters(), settings.learning_rate, betas=(0.9, 0.99))


def fit_to_time(run: "Run", minutes: float) -> None:
    """Set the goal to what this machine does in that time, all sittings counted."""
    run.total = max(run.step + 1, round(run.step * minutes * 60 / max(run.seconds, 1e-3)))


def save_preview(path: Path, model: "PoseRenderer", data: "TargetData") -> None:
    """Truth above, ours below, for frames spread over the held-out excerpts (or all, if none)."""
    import cv2
    import numpy as np
    import torch

    from models.nets.renderer import StageRenderer

    rows = np.flatnonzero(data.held_out)
    rows = rows if len(rows) else data.training
    rows = rows[np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).astype(int)]
    with torch.no_grad():
        ours, _ = StageRenderer(model)(torch.from_numpy(data.joints[rows]))
    truth = np.concatenate(list(data.frames[rows]), 1)
    painted = np.concatenate(list(ours.numpy()), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("part-" + path.name)
    cv2.imwrite(str(part), np.concatenate([truth, painted])[..., ::-1])
    part.replace(path)


def header_of(
    data: "TargetData", settings: "TargetTraining", name: str, rights: dict[str, str]
) -> dict[str, Any]:
    """What the checkpoint says of itself; export needs nothing else."""
    return {
        "kind": "target",
        "name": name,
        "spec": dataclasses.asdict(settings.spec),
        "body": {
            "bone_lengths": [round(float(v), 6) for v in data.body.lengths],
            "framing": dataclasses.asdict(data.body.framing),
        },
        "held_out": sorted({data.clip_names[i] for i in set(data.clip[data.held_out].tolist())}),
        "training": dataclasses.asdict(settings),
        "losses": {},
        **rights,
    }


def train(
    data: "TargetData",
    settings: "TargetTraining",
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
) -> "Run":
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    With `minutes` the goal follows the pace of the machine instead, and a resumed run is exact in
    everything but its length.
    """
    import torch

    from train.loop import Run

    torch.set_num_threads(1)
    rights = {"licence": "", "provenance": "", "consent": ""} | (rights or {})
    model = new_model(data, settings, seed)
    run = Run(
        out / CHECKPOINT,
        model,
        new_optimizer(model, settings),
        header_of(data, settings, name, rights),
        settings.iterations,
        settings.ema,
        seed,
    )
    sampler = Sampler(data, settings)
    means: dict[str, float] = {}
    for bar in run.steps():
        if minutes is not None and run.step and run.step % PACE_EVERY == 0:
            fit_to_time(run, minutes)
            bar.total = run.total
        samples = sampler.draw(run.rng)
        named = train_step(model, samples, settings, run.step, run.step / run.total)
        descend(model, run.optimizer, named["total"], settings.clip_norm)
        for key, value in named.items():
            means[key] = 0.98 * means.get(key, value.item()) + 0.02 * value.item()
        if run.step % 20 == 0:
            bar.set_postfix({key: f"{value:.4f}" for key, value in means.items()})
        if (run.step + 1) % settings.preview_every == 0:
            run.header["losses"] = {key: round(value, 5) for key, value in means.items()}
            save_preview(out / "preview.png", run.ema, data)  # pyright: ignore[reportArgumentType]
    return run


def add_material(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a person's video and what lies beside it."""
    parser.add_argument("video", nargs="?", type=Path, help="video of one person, fixed camera")
    parser.add_argument(
        "--synthetic", action="store_true", help="a drawn figure instead of a video"
    )
    parser.add_argument(
        "--keypoints", type=Path, help="pose file (default: keypoints.npz beside the video)"
    )
    parser.add_argument(
        "--background", type=Path, help="the empty place (default: background.png beside the video)"
    )
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="EXCERPT")


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.target", description="Learn to paint one person from a video of them."
    )
    add_material(parser)
    parser.add_argument("--name", required=True, help="what the person is called on stage")
    parser.add_argument("--out", type=Path, help="run folder (default: runs/target/NAME)")
    parser.add_argument("--preset", default="stage", choices=("stage", "tiny"))
    parser.add_argument("--size", type=int, help="px of the square picture, a multiple of 16")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, help="train about this long on this machine")
    length.add_argument("--iterations", type=int, help="train this many steps")
    parser.add_argument("--licence", default="", help="under which the trained person may be used")
    parser.add_argument("--provenance", default="", help="where the video comes from")
    parser.add_argument("--consent", default="", help="who agreed to be shown, and to what")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def load_data(options: argparse.Namespace, size: int, out: Path) -> "TargetData":
    """The material that the command names; `out` keeps the decoded pictures."""
    from train import target_data

    if options.synthetic:
        return target_data.synthetic(size)
    if options.video is None:
        raise target_data.TargetDataError("Name a video, or take the drawn figure: --synthetic.")
    video: Path = options.video
    key_points = options.keypoints or video.with_name("keypoints.npz")
    background = options.background
    if background is None and video.with_name("background.png").exists():
        background = video.with_name("background.png")
    for file in (video, key_points):
        if not file.is_file():
            raise target_data.TargetDataError(f"There is no file {file}.")
    return target_data.load(video, key_points, size, out, background, tuple(options.hold_out))


def main(argv: list[str] | None = None) -> int:
    options = _arguments().parse_args(argv)
    from models.nets import checkpoint
    from train.config import TARGET_PRESETS
    from train.target_data import TargetDataError

    settings = TARGET_PRESETS[options.preset]
    if options.size is not None:
        if options.size < 32 or options.size % 16:
            print("--size must be a multiple of 16, at least 32.", file=sys.stderr)
            return 2
        spec = dataclasses.replace(settings.spec, size=options.size)
        settings = dataclasses.replace(settings, spec=spec)
    out: Path = options.out or Path("runs/target") / options.name
    try:
        data = load_data(options, settings.spec.size, out)
        if options.iterations is not None:
            settings = dataclasses.replace(settings, iterations=options.iterations)
        elif (out / CHECKPOINT).exists():  # the schedule that was begun
            total = checkpoint.load(out / CHECKPOINT)[1]["total"]
            settings = dataclasses.replace(settings, iterations=total)
        rights = {key: getattr(options, key) for key in ("licence", "provenance", "consent")}
        run = train(data, settings, out, options.name, rights, options.seed, options.minutes)
    except (TargetDataError, checkpoint.CheckpointError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the same command goes on from here.", file=sys.stderr)
        return 130
    print(f"{out / CHECKPOINT}: {run.step} steps.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
