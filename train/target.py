"""`python -m train.target VIDEO --name NAME`: learn to paint one person from minutes of video.

In: a video, perhaps its joints and a picture of the empty place. Out: runs/target/NAME with
checkpoint.safetensors and preview.png, and the bundle that `dancelive --target NAME` shows. Runs on
one thread (or a CUDA card) and goes on where it was stopped.
"""

import argparse
import dataclasses
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

if TYPE_CHECKING:
    import torch

    from models.nets.critics import JudgedPainter
    from models.nets.renderer import PoseRenderer
    from models.types import Array
    from train.config import PaperTargetTraining, TargetTraining
    from train.coverage import Coverage
    from train.loop import Run
    from train.paper_target_steps import PaperLearners
    from train.target_data import TargetData
    from train.target_sampler import Sampler, Samples


CHECKPOINT = "checkpoint.safetensors"
SHORT_S = 45  # of video, below which a warning is due
_SHOWN = 8  # pairs in the preview
NOTE_EVERY = 10  # steps
PACE_EVERY = 200  # steps after which --minutes sets the number of iterations anew


def new_model(
    data: "TargetData", settings: "TargetTraining", seed: int, device: "torch.device"
) -> "JudgedPainter":
    """A fresh network that holds the person's plate and some of their poses, and its critic."""
    import numpy as np
    import torch

    from models.nets.critics import JudgedPainter
    from models.nets.renderer import N_CALIBRATION, PoseRenderer

    torch.manual_seed(seed)
    painter = PoseRenderer(settings.spec)
    chosen = np.random.default_rng(seed).choice(
        data.training, N_CALIBRATION, replace=len(data.training) < N_CALIBRATION
    )
    painter.plate.copy_(torch.from_numpy(data.plate).permute(2, 0, 1))
    painter.calibration.copy_(torch.from_numpy(data.joints[chosen]))
    pair = JudgedPainter(painter).to(device)
    return pair.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def begin_with(painter: "PoseRenderer", start: Path) -> None:
    """Take the weights of a trained person: what limbs are need not be learned again.

    Raises CheckpointError when they are of a network of another size or kind.
    """
    from models.nets import checkpoint

    tensors, _ = checkpoint.load(start)
    known = checkpoint.part_of(tensors, "ema.painter")
    own = painter.state_dict()
    weights = {name for name, _ in painter.named_parameters()}
    if any(name not in known or known[name].shape != own[name].shape for name in weights):
        raise checkpoint.CheckpointError(f"{start} is of a network of another size or kind.")
    painter.load_state_dict({name: known[name] for name in weights}, strict=False)


def new_optimizer(pair: "JudgedPainter", settings: "TargetTraining") -> "torch.optim.Optimizer":
    """AdamW as in the first trial."""
    import torch

    return torch.optim.AdamW(
        [
            {"params": [*pair.painter.parameters()], "lr": settings.learning_rate},
            {
                "params": [*pair.critic.parameters()],
                "lr": settings.critic_rate,
                "betas": (0.5, 0.99),
            },
        ],
        betas=(0.9, 0.99),
    )


class Stepper:
    """One step after the other: likeness alone, from `critic_from` on with the critic."""

    def __init__(
        self,
        pair: "JudgedPainter",
        optimizer: "torch.optim.Optimizer",
        settings: "TargetTraining",
        coverage: "Coverage | None",
    ) -> None:
        self.pair, self.optimizer = pair, optimizer
        self.settings, self.coverage = settings, coverage

    def step(self, samples: "Samples", step: int, total: int) -> dict[str, "torch.Tensor"]:
        """The named losses of one batch, after one step down."""
        import torch

        from train import target_steps

        settings, progress = self.settings, step / total
        judged = progress >= settings.critic_from
        if judged:
            minded = step >= settings.critic_from * total + settings.critic_alone
            named = target_steps.critic_step(
                self.pair, samples, settings, self.coverage, step, minded
            )
        else:
            named = target_steps.plain_step(
                self.pair, samples, settings, self.coverage, step, progress
            )
        self.optimizer.zero_grad(set_to_none=True)
        named["total"].backward()
        limit = settings.critic_clip_norm if judged else settings.clip_norm
        torch.nn.utils.clip_grad_norm_(self.pair.parameters(), limit)
        self.optimizer.step()
        return named


@dataclasses.dataclass(frozen=True)
class Pace:
    """Seconds that a step takes, without and with the critic."""

    plain: float
    judged: float

    def seconds(self, total: int, critic_from: float) -> float:
        """What a whole training takes."""
        return total * (critic_from * self.plain + (1 - critic_from) * self.judged)


def measure_pace(
    model: "JudgedPainter", sampler: "Sampler", settings: "TargetTraining", coverage: "Coverage"
) -> Pace:
    """A few steps of both kinds with a copy of the network."""
    import copy

    import numpy as np

    pair = copy.deepcopy(model)
    stepper = Stepper(pair, new_optimizer(pair, settings), settings, coverage)
    rng = np.random.default_rng(0)
    took: list[float] = []
    for step in (0, int(settings.critic_from * 1_000_000) + settings.critic_alone + 1):
        times: list[float] = []
        for _ in range(4):
            began = time.perf_counter()
            stepper.step(sampler.draw(rng), step, 1_000_000)["total"].item()
            times.append(time.perf_counter() - began)
        took.append(float(np.median(times[1:])))
    return Pace(*took)


def fit_to_time(run: "Run", minutes: float, pace: Pace, critic_from: float) -> None:
    """Set the goal to what this machine does in that time, all sittings counted."""
    slower = pace.judged / pace.plain
    whole = critic_from + (1 - critic_from) * slower  # plain steps that an average one is worth
    wanted, used = minutes * 60, max(run.seconds, 1e-3)
    if run.step < critic_from * run.total:
        total = wanted * run.step / (used * whole)
    else:
        rest = used * whole - wanted * critic_from * (1 - slower)
        total = wanted * run.step * slower / max(rest, 1e-3)
    run.total = max(run.step + 1, round(total))


def save_preview(path: Path, painter: "PoseRenderer", data: "TargetData") -> None:
    """Truth above, ours below, for frames spread over the held-out excerpts (or all, if none)."""
    import cv2
    import numpy as np
    import torch

    from models.nets.renderer import paint_whole

    rows = np.flatnonzero(data.held_out)
    rows = rows if len(rows) else data.training
    rows = rows[np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).astype(int)]
    joints = torch.from_numpy(data.joints[rows]).to(painter.plate.device)
    ours = paint_whole(painter, joints).cpu().numpy()
    truth = np.concatenate(list(data.frames[rows]), 1)
    painted = np.concatenate(list(ours), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name("part-" + path.name)
    cv2.imwrite(str(part), np.concatenate([truth, painted])[..., ::-1])
    part.replace(path)


def header_of(
    data: "TargetData",
    settings: "TargetTraining | PaperTargetTraining",
    name: str,
    rights: dict[str, str],
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
    danced: "Array | None" = None,
    device: "torch.device | None" = None,
    start: Path | None = None,
) -> "Run[JudgedPainter]":
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    `danced` are canonical poses (N, 18, 2) of dances; `start` is the checkpoint of a person to
    begin with. With `minutes` the goal follows the pace of
    the machine instead, and a resumed run is exact in everything but its length.
    """
    import torch

    from train import coverage
    from train.device import CPU
    from train.loop import Run
    from train.target_sampler import Sampler

    torch.set_num_threads(1)
    device = device or CPU
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    rights = {"licence": "", "provenance": "", "consent": ""} | (rights or {})
    model = new_model(data, settings, seed, device)
    if start is not None:
        begin_with(model.painter, start)
    run = Run(
        out / CHECKPOINT,
        model,
        new_optimizer(model, settings),
        header_of(data, settings, name, rights),
        settings.iterations,
        settings.ema,
        seed,
    )
    sampler = Sampler(data, model.painter, settings, danced)
    sure = coverage.measure(data)
    pace = measure_pace(model, sampler, settings, sure)
    if minutes is not None and not run.step:
        run.total = max(
            1, round(minutes * 60 * run.total / pace.seconds(run.total, settings.critic_from))
        )
    left = pace.seconds(run.total, settings.critic_from) * (1 - run.step / run.total) / 60
    tqdm.write(f"{run.total:,} steps; about {left:.0f} minutes to go on this machine.")
    stepper = Stepper(model, run.optimizer, settings, sure)
    for bar in run.steps():
        if minutes is not None and run.step and run.step % PACE_EVERY == 0:
            fit_to_time(run, minutes, pace, settings.critic_from)
            bar.total = run.total
        named = stepper.step(sampler.draw(run.rng), run.step, run.total)
        if run.step % NOTE_EVERY == 0:  # reading a card's numbers makes it wait
            means = run.follow({key: value.item() for key, value in named.items()}, 0.9)
            bar.set_postfix({key: f"{value:.4f}" for key, value in means.items()})
            run.header["losses"] = {key: round(value, 5) for key, value in means.items()}
        if (run.step + 1) % settings.preview_every == 0:
            save_preview(out / "preview.png", run.ema.painter, data)
    return run


def add_material(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a person's video and what lies beside it."""
    parser.add_argument("video", nargs="?", type=Path, help="video of one person, fixed camera")
    parser.add_argument(
        "--synthetic", action="store_true", help="a drawn figure instead of a video"
    )
    parser.add_argument(
        "--keypoints",
        type=Path,
        help="pose file (default: keypoints.npz beside the video, else the joints are found)",
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


def check_files(options: argparse.Namespace) -> None:
    """Raises TargetDataError when the command names no material or a file that is not there."""
    from train.target_data import TargetDataError

    if options.synthetic:
        return
    if options.video is None:
        raise TargetDataError("Name a video, or take the drawn figure: --synthetic.")
    for file in (options.video, options.keypoints, options.background):
        if file is not None and not file.is_file():
            raise TargetDataError(f"There is no file {file}.")


def load_data(options: argparse.Namespace, size: int, out: Path) -> "TargetData":
    """The material that the command names; `out` keeps the decoded pictures.

    Joints are found in the video where no pose file lies beside it. Raises TargetDataError.
    """
    from train import target_data, target_poses

    check_files(options)
    if options.synthetic:
        return target_data.synthetic(size)
    video: Path = options.video
    key_points: Path = options.keypoints or target_poses.beside(video)
    if not key_points.is_file():
        key_points, told = target_poses.find_joints(video, out / "found")
        for line in told:
            tqdm.write(f"{video.name}: {line}.")
    background = options.background
    if background is None and video.with_name("background.png").exists():
        background = video.with_name("background.png")
    data = target_data.load(video, key_points, size, out, background, tuple(options.hold_out))
    seconds = len(data.training) / data.fps
    if seconds < SHORT_S:
        tqdm.write(
            f"Only {seconds:.0f} s of video: the person will look right in poses like these alone; "
            "two minutes of everything a dancer does are better."
        )
    return data


def danced_poses(out: Path) -> "Array | None":
    """Poses of the shipped dances, kept in `out`; None where no dance can be run here."""
    from models.bundle import BundleError
    from models.engines import EngineError
    from train import danced

    try:
        return danced.kept(out / "danced.npy")
    except (BundleError, EngineError) as error:
        tqdm.write(f"Trained without poses of dances: {error}")
        return None


def judge(data: "TargetData", out: Path) -> None:
    """Write evaluation.json where excerpts were held out: the bundle tells its figures."""
    import json

    import numpy as np

    from train.evaluate_target import EVERY, evaluate, painter_of

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
    from train.config import DETAIL, TARGET_PRESETS

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
    from train.paper_target import chosen_settings, train_paper

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
    from train.config import PAPER_TARGET_PRESETS

    is_paper = options.preset in PAPER_TARGET_PRESETS
    settings = None if is_paper else _settings(options)
    if settings is None and not is_paper:
        return 2
    from models.nets import checkpoint
    from train import consent
    from train.device import chosen_device
    from train.target_data import TargetDataError, fitted

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
