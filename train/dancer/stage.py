"""How the stage dance learns: to choose among motion plans, and to draw the chosen one.

It is fed the true past with errors on it, late in training its own, so it learns to come back.
Resumes exactly from `<out>/checkpoint.safetensors`.
"""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models import skeleton, spec
from models.nets.dance.generator import DanceGenerator, Teacher
from models.nets.dance.pose_limits import POSE_NUMBERS
from train.dance_eval.selection import Validator, header_of, select
from train.dancer.config import DanceTraining
from train.dancer.plans import (
    found_plans,
    highest_jump,
    known_poses,
    nearest_plans,
    plans_of_styles,
    short_motions,
)
from train.run import compute, distributed
from train.run.device import CPU, device_of, tensors
from train.run.loop import Run
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.segments import Batch, Segments
from train.songs.song import DataError, Song, styles_in

VALIDATION_BATCHES = 4


def fed_back(poses: Tensor, settings: DanceTraining, rng: np.random.Generator) -> Tensor:
    """The true past (B, n, J, 2) with errors as the network's own has them.

    Slow ones of joints, of the place and of the lean of the whole body, and a little white noise;
    of random size, in some segments so large that the dancer is lost and has to learn the way back.
    """
    batch, n = poses.shape[:2]
    is_lost = rng.random(batch) < settings.lost_share
    largest = np.where(is_lost, settings.lost_noise, settings.past_noise)
    size = torch.tensor(largest * rng.random(batch), dtype=poses.dtype).view(batch, 1, 1, 1)
    numbers = POSE_NUMBERS + 3
    fresh = torch.tensor(rng.standard_normal((batch, n, numbers)), dtype=poses.dtype)
    keep = float(np.exp(-spec.CHUNK_SECONDS / settings.past_noise_s))
    slow = [fresh[:, 0]]
    for t in range(1, n):
        slow.append(keep * slow[-1] + (1 - keep * keep) ** 0.5 * fresh[:, t])
    errors = torch.stack(slow, 1)
    of_joints = errors[..., :POSE_NUMBERS].unflatten(-1, (spec.N_JOINTS, 2))
    white = torch.tensor(rng.standard_normal(poses.shape), dtype=poses.dtype)
    place = errors[..., None, POSE_NUMBERS : POSE_NUMBERS + 2]
    lean = 3.0 * size[..., 0] * errors[..., POSE_NUMBERS + 2 :]  # (B, n, 1) radians
    hips = (poses[..., skeleton.R_HIP, :] + poses[..., skeleton.L_HIP, :]).unsqueeze(-2) / 2
    x, y = (poses - hips).unbind(-1)
    leant = torch.stack([x * lean.cos() - y * lean.sin(), x * lean.sin() + y * lean.cos()], -1)
    return hips + leant + size * (of_joints + 0.3 * white + 1.5 * place)


class StepResult(NamedTuple):
    """What came of one batch."""

    losses: dict[str, Tensor]
    drawn: Tensor  # (B, T, J, 2), a chunk after each: what it would dance next
    wanted: Tensor  # the same as it should be


def compute_losses(
    network: DanceGenerator,
    batch: Batch,
    settings: DanceTraining,
    rng: np.random.Generator | None,
    n_own: int = 0,
) -> StepResult:
    """One batch; with a generator the past is disturbed and some choices are hidden.

    The first `n_own` segments are fed what the network itself makes of the true plans instead.
    """
    device = device_of(network)
    frames, controls, poses = tensors(device, batch.frames, batch.controls, batch.poses)
    plans = nearest_plans(
        short_motions(poses), network.plan_steps
    )  # (B, T + 1): of the chunk before, then of each
    teacher = _teacher(network, frames, controls, poses, plans, settings, rng, n_own)
    dance = network.dance(
        frames, controls.new_zeros(0), controls, network.start(len(frames)), teacher
    )
    target = _way_back(teacher.pose, poses, settings)
    now = teacher.pose.unsqueeze(2)
    target_steps = torch.diff(target, dim=2, prepend=now)
    drawn_steps = torch.diff(dance.poses, dim=2, prepend=now)
    choice = functional.cross_entropy(
        dance.logits.flatten(0, 1),
        plans[:, 1:].flatten(),
        label_smoothing=settings.label_smoothing if rng is not None else 0.0,
    )
    pose = (dance.poses - target).abs().mean()
    # The eye forgives a hand that is a little off, not a foot that glides while it bears the body.
    weight = torch.ones(spec.N_JOINTS, 1, device=device)
    weight[[skeleton.R_ANKLE, skeleton.L_ANKLE]] = settings.foot_weight
    step = ((drawn_steps - target_steps).abs() * (weight / weight.mean())).mean()
    total = settings.choice_loss * choice + settings.pose_loss * pose + settings.step_loss * step
    losses = {"total": total, "choice": choice, "pose": pose, "step": step}
    return StepResult(losses, dance.poses[:, :, 0], target[:, :, 0])


def _teacher(
    network: DanceGenerator,
    frames: Tensor,
    controls: Tensor,
    poses: Tensor,
    plans: Tensor,
    settings: DanceTraining,
    rng: np.random.Generator | None,
    n_own: int,
) -> Teacher:
    """What the network is fed for its past: the true one, disturbed, or its own."""
    device, n_chunks = poses.device, controls.shape[1]
    past = poses  # (B, T + 6, J, 2)
    if rng is not None:
        past = network.limit(fed_back(poses.cpu(), settings, rng).to(device))
    last_plan = plans[:, :n_chunks]
    if rng is not None:
        (hide,) = tensors(device, rng.random(last_plan.shape) < settings.hidden_choice)
        last_plan = last_plan.masked_fill(hide, settings.spec.n_plans)
    if n_own:
        start = network.start(n_own)._replace(
            pose=past[:n_own, 1], velocity=past[:n_own, 1] - past[:n_own, 0], plan=plans[:n_own, 0]
        )
        with torch.no_grad():
            own = network.rehearse(
                frames[:n_own], controls[:n_own], start, plans[:n_own, 1 : n_chunks + 1]
            )
        past = past.clone()
        past[:n_own, 1 : n_chunks + 1] = own
    now = past[:, 1 : n_chunks + 1]
    return Teacher(now, now - past[:, :n_chunks], last_plan, plans[:, 1:])


def _way_back(now: Tensor, poses: Tensor, settings: DanceTraining) -> Tensor:
    """From the disturbed pose (B, T, J, 2) back to the true path, not in one jump: (B, T, H, J, 2).

    `poses` (B, T + 6, J, 2) are the true ones.
    """
    n_chunks = now.shape[1]
    error = now - poses[:, 1 : n_chunks + 1]
    return torch.stack(
        [
            poses[:, 2 + h : 2 + h + n_chunks] + error * settings.way_back ** (h + 1)
            for h in range(len(spec.HORIZONS))
        ],
        2,
    )


def train(
    songs: list[Song],
    name: str,
    out: Path,
    settings: DanceTraining,
    seed: int = 0,
    device: torch.device = CPU,
) -> Path:
    """Train until done (or resume where it was left); returns the checkpoint.

    Songs of the split "val" are only danced to, to select the best checkpoint.
    Raises DataError without songs to learn from, CheckpointError when it cannot resume.
    """
    taught = [song for song in songs if song.split == "train"]
    if not taught:
        raise DataError("There is no song of the split train: prepare more data.")
    if not settings.spec.styles:
        sizes = replace(settings.spec, styles=styles_in(taught), jump=highest_jump(taught))
        settings = replace(settings, spec=sizes)
    segments = _pieces_of(taught, settings)
    validation = _validation_batches([song for song in songs if song.split == "val"], settings)
    validator = Validator.of(songs)

    torch.manual_seed(seed)
    network = DanceGenerator(settings.spec)
    path = out / CHECKPOINT
    if not distributed.of_first(path.exists):  # else they come with the weights
        network.plan_steps.copy_(found_plans(segments, settings, seed))
        network.reach.learn(known_poses(taught))
        if network.style_plans is not None:
            network.style_plans.copy_(
                plans_of_styles(taught, network.plan_steps, settings.spec.styles)
            )
    network.to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)

    def prepare() -> compute.Attempt:
        tried = compute.twin(network)
        batch = segments.batch(np.random.default_rng(0), settings.batch, settings.segment_chunks)
        rng = np.random.default_rng(0)
        return lambda _: compute_losses(tried, batch, settings, rng).losses["total"].backward()

    chosen = compute.choose(False, path, device, prepare)
    header = header_of(name, settings.spec, taught) | chosen.header()
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed)
    progress = Progress(run, RunLog(out, settings, seed, run.step), keep=0.98)
    for bar in run.steps():
        network.train()
        is_late = run.step >= settings.own_from * settings.iterations
        batch = segments.batch(run.rng, settings.batch, settings.segment_chunks)
        n_own = round(settings.own_share * settings.batch) if is_late else 0
        losses = compute_losses(network, batch, settings, run.rng, n_own).losses
        run.descend(losses["total"], settings.clip_norm)
        progress.follow(bar, losses)
        done = run.step + 1
        if done % settings.validate_every == 0:
            progress.note(**validation_losses(run.ema, validation, settings))
        if validator and (done % settings.select_every == 0 or done == settings.iterations):
            select(validator, run, run.ema, progress.log, bar)
    return path


def _pieces_of(songs: list[Song], settings: DanceTraining) -> Segments:
    return Segments(songs, settings.spec.mel, settings.silence, settings.spec.styles)


def _validation_batches(songs: list[Song], settings: DanceTraining) -> list[Batch]:
    """The same at every validation; none without songs."""
    if not songs:
        return []
    rng, segments = np.random.default_rng(1), _pieces_of(songs, settings)
    return [
        segments.batch(rng, settings.batch, settings.segment_chunks)
        for _ in range(VALIDATION_BATCHES)
    ]


def validation_losses(
    network: DanceGenerator, batches: list[Batch], settings: DanceTraining
) -> dict[str, float]:
    """Mean losses, `val_...`, of the averaged weights on batches never learnt from."""
    if not batches:
        return {}
    with torch.no_grad():
        results = [compute_losses(network, batch, settings, None).losses for batch in batches]
    return {f"val_{key}": float(np.mean([r[key].item() for r in results])) for key in results[0]}
