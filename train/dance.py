"""Train a stage dance on prepared songs: `python -m train.dance --data PREPARED --name NAME`.

Teacher-forced: the network is fed the true past with noise on it, so it learns to come back.
Resumes exactly from `<out>/checkpoint.safetensors`.
"""

import argparse
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models import skeleton, spec
from models.nets.generator import POSE_NUMBERS, DanceGenerator, Teacher
from train.config import DANCE_PRESETS, DanceTraining
from train.data import Batch, DataError, Pieces, Song, load_songs
from train.loop import Run

Array = NDArray[Any]
log = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.safetensors"


def found_plans(pieces: Pieces, settings: DanceTraining, seed: int = 0) -> Tensor:
    """Cluster the short motions of random pieces: plans as steps between horizons, (K, H J 2)."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(seed)
    motions: list[Array] = []
    n_chunks = settings.piece_chunks
    for _ in range(-(-settings.plan_samples // (settings.batch * n_chunks))):
        poses = torch.tensor(pieces.batch(rng, settings.batch, n_chunks).poses)
        motions.append(short_motions(poses).flatten(0, 1).numpy())
    samples = np.concatenate(motions)
    pca = PCA(min(settings.plan_components, *samples.shape), random_state=seed).fit(samples)
    kmeans = MiniBatchKMeans(
        settings.spec.n_plans,
        random_state=seed,
        batch_size=4096,
        n_init=3,  # pyright: ignore[reportArgumentType]
        max_iter=60,
    ).fit(pca.transform(samples))
    plans = torch.tensor(pca.inverse_transform(kmeans.cluster_centers_), dtype=torch.float32)
    plans = plans.unflatten(-1, (-1, POSE_NUMBERS))
    return torch.diff(plans, dim=1, prepend=torch.zeros_like(plans[:, :1])).flatten(1)


LOWEST_NECK = -0.42  # body units; -0.59 is upright, a bow ends at +0.1


def known_poses(songs: list[Song]) -> Tensor:
    """Where dancers have been, ten times a second, with their mirror images, and standing.

    Without the bow that ends a song: a live dance would bow in the middle of one.
    """
    poses = np.concatenate([song.poses[::5] for song in songs if not song.is_stand_in])
    poses = poses[poses[:, skeleton.NECK, 1] < LOWEST_NECK]
    standing = np.tile(skeleton.STANDING, (len(poses) // 100 + 1, 1, 1))
    return torch.from_numpy(np.concatenate([poses, skeleton.mirror(poses), standing]))


def plan_motions(plan_steps: Tensor) -> Tensor:
    """Every plan as poses minus the pose now, (K, H J 2), from its steps between horizons."""
    return plan_steps.unflatten(-1, (-1, POSE_NUMBERS)).cumsum(1).flatten(1)


def nearest_plans(motions: Tensor, plan_steps: Tensor) -> Tensor:
    """The plan nearest to each short motion (..., H J 2)."""
    return torch.cdist(motions, plan_motions(plan_steps)).argmin(-1)


def short_motions(poses: Tensor) -> Tensor:
    """Poses (B, n, J, 2) every 0.1 s -> the next 0.5 s of each minus it, (B, n - 5, H * J * 2)."""
    n = poses.shape[1] - len(spec.HORIZONS)
    ahead = [poses[:, 1 + h : 1 + h + n] - poses[:, :n] for h in range(len(spec.HORIZONS))]
    return torch.stack(ahead, 2).flatten(2)


def fed_back(poses: Tensor, settings: DanceTraining, rng: np.random.Generator) -> Tensor:
    """The true past (B, n, J, 2) with errors as the network's own has them.

    Slow ones of joints, of the place and of the lean of the whole body, and a little white noise;
    of random size, in some pieces so large that the dancer is lost and has to learn the way back.
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


def lesson(
    network: DanceGenerator,
    batch: Batch,
    settings: DanceTraining,
    rng: np.random.Generator | None,
) -> dict[str, Tensor]:
    """Losses of one batch; with a generator the past is disturbed and some choices are hidden."""
    frames, controls = torch.from_numpy(batch.frames), torch.from_numpy(batch.controls)
    poses = torch.from_numpy(batch.poses)  # (B, T + 6, J, 2)
    n_chunks = controls.shape[1]
    plans = nearest_plans(
        short_motions(poses), network.plan_steps
    )  # (B, T + 1): of the chunk before, then of each
    past = poses if rng is None else network.limit(fed_back(poses, settings, rng))
    last_plan = plans[:, :n_chunks]
    if rng is not None:
        hide = torch.from_numpy(rng.random(last_plan.shape) < settings.hidden_choice)
        last_plan = last_plan.masked_fill(hide, settings.spec.n_plans)
    now = past[:, 1 : n_chunks + 1]
    teacher = Teacher(now, now - past[:, :n_chunks], last_plan, plans[:, 1:])
    dance = network.dance(
        frames, controls.new_zeros(0), controls, network.start(len(frames)), teacher
    )
    horizons = range(len(spec.HORIZONS))
    error = now - poses[:, 1 : n_chunks + 1]
    # From the disturbed pose back to the true path, not in one jump.
    target = torch.stack(
        [
            poses[:, 2 + h : 2 + h + n_chunks] + error * settings.way_back ** (h + 1)
            for h in horizons
        ],
        2,
    )
    target_steps = torch.diff(target, dim=2, prepend=now.unsqueeze(2))
    drawn_steps = torch.diff(dance.poses, dim=2, prepend=now.unsqueeze(2))
    choice = functional.cross_entropy(
        dance.logits.flatten(0, 1),
        plans[:, 1:].flatten(),
        label_smoothing=settings.label_smoothing if rng is not None else 0.0,
    )
    pose = (dance.poses - target).abs().mean()
    step = (drawn_steps - target_steps).abs().mean()
    total = settings.choice_loss * choice + settings.pose_loss * pose + settings.step_loss * step
    return {"total": total, "choice": choice, "pose": pose, "step": step}


def header_of(name: str, settings: DanceTraining, songs: list[Song]) -> dict[str, Any]:
    """The facts that a checkpoint carries to the bundle."""
    return {
        "kind": "dance",
        "name": name,
        "spec": asdict(settings.spec),
        "horizons": list(settings.spec.horizons),
        "licence": "; ".join(sorted({song.licence for song in songs})),
        "provenance": "; ".join(sorted({song.provenance for song in songs})),
    }


def train(songs: list[Song], name: str, out: Path, settings: DanceTraining, seed: int = 0) -> Path:
    """Train until done (or go on where it was left); returns the checkpoint.

    Songs of the split "val" are only measured on, every `judge_every` iterations, into log.jsonl.
    """
    taught = [song for song in songs if song.split == "train"]
    judged = [song for song in songs if song.split == "val"]
    if not taught:
        raise DataError("There is no song of the split train: prepare more data.")
    pieces = Pieces(taught, settings.spec.mel, settings.silence)
    exam: list[Batch] = []
    if judged:
        exam_rng = np.random.default_rng(1)
        exam_pieces = Pieces(judged, settings.spec.mel, settings.silence)
        exam = [exam_pieces.batch(exam_rng, settings.batch, settings.piece_chunks) for _ in "1234"]

    torch.manual_seed(seed)
    network = DanceGenerator(settings.spec)
    out.mkdir(parents=True, exist_ok=True)
    path = out / CHECKPOINT
    if not path.exists():  # else they come with the weights
        network.plan_steps.copy_(found_plans(pieces, settings, seed))
        network.reach.learn(known_poses(taught))
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    header = header_of(name, settings, taught)
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed)
    means: dict[str, float] = {}
    for bar in run.steps():
        network.train()
        losses = lesson(
            network,
            pieces.batch(run.rng, settings.batch, settings.piece_chunks),
            settings,
            run.rng,
        )
        optimizer.zero_grad(set_to_none=True)
        losses["total"].backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
        optimizer.step()
        for key, value in losses.items():
            means[key] = means.get(key, value.item()) * 0.98 + 0.02 * value.item()
        if run.step % 20 == 0:
            bar.set_postfix({key: f"{value:.3f}" for key, value in means.items()})
        if (run.step + 1) % settings.judge_every == 0:
            line: dict[str, float] = {"iteration": run.step + 1, **means}
            line |= {f"val_{key}": value for key, value in judge(run.ema, exam, settings)}
            with (out / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps({k: round(v, 5) for k, v in line.items()}) + "\n")
    return path


def judge(
    network: torch.nn.Module, exam: list[Batch], settings: DanceTraining
) -> list[tuple[str, float]]:
    """Mean losses of the averaged weights on batches never learnt from."""
    if not exam or not isinstance(network, DanceGenerator):
        return []
    with torch.no_grad():
        results = [lesson(network, batch, settings, None) for batch in exam]
    return [(key, float(np.mean([r[key].item() for r in results]))) for key in results[0]]


def synthetic_songs(folder: Path, settings: DanceTraining, seed: int = 0) -> list[Song]:
    """The project's own choreography, made once into `folder` and read from there afterwards."""
    from train.choreography import make_songs

    folder.mkdir(parents=True, exist_ok=True)
    done = folder / "complete"
    if not done.exists():
        for song in make_songs(settings.synthetic_songs, settings.synthetic_seconds, seed):
            song.save(folder)
        done.touch()
    return load_songs(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="prepared songs; none: synthetic choreography")
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--preset", choices=sorted(DANCE_PRESETS), default="stage")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--plans", type=int, help="how many motion plans to choose from")
    parser.add_argument("--beat-pull", type=float, help="how much plans on the beat are preferred")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    settings = DANCE_PRESETS[args.preset]
    if args.iterations:
        settings = replace(settings, iterations=args.iterations)
    if args.beat_pull is not None:
        settings = replace(settings, spec=replace(settings.spec, beat_pull=args.beat_pull))
    if args.plans:
        settings = replace(settings, spec=replace(settings.spec, n_plans=args.plans))
    out = args.out or Path("runs/dance") / args.name
    try:
        songs = load_songs(args.data) if args.data else synthetic_songs(out / "songs", settings)
        path = train(songs, args.name, out, settings, args.seed)
    except DataError as error:
        raise SystemExit(str(error)) from error
    print(path)


if __name__ == "__main__":
    main()
