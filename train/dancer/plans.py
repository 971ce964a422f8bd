"""Motion plans: what the next half second may be, found by k-means and compared."""

import numpy as np
import torch
from torch import Tensor

from models import skeleton, spec
from models.nets.dance.pose_limits import POSE_NUMBERS
from models.types import Array
from train.dancer.config import DanceTraining
from train.songs.segments import Segments
from train.songs.song import Song


def found_plans(segments: Segments, settings: DanceTraining, seed: int = 0) -> Tensor:
    """Cluster the short motions of random segments: plans as steps between horizons, (K, H J 2)."""
    from sklearn.cluster import MiniBatchKMeans
    from sklearn.decomposition import PCA

    rng = np.random.default_rng(seed)
    motions: list[Array] = []
    n_chunks = settings.segment_chunks
    for _ in range(-(-settings.plan_samples // (settings.batch * n_chunks))):
        poses = torch.tensor(segments.batch(rng, settings.batch, n_chunks).poses)
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


RARE = 0.999  # share of the poses that are no higher
LOWEST_NECK = -0.42  # body units below the hips; -0.59 is upright, a bow ends at +0.1


def known_poses(songs: list[Song]) -> Tensor:
    """Where dancers have been, ten times a second, with their mirror images, and standing.

    Without the bow that ends a song: a live dance would bow in the middle of one.
    """
    poses = np.concatenate([song.poses[::5] for song in songs if not song.is_stand_in])
    hips = poses[:, [skeleton.R_HIP, skeleton.L_HIP], 1].mean(1)
    poses = poses[poses[:, skeleton.NECK, 1] - hips < LOWEST_NECK]
    standing = np.tile(skeleton.STANDING, (len(poses) // 100 + 1, 1, 1))
    return torch.from_numpy(np.concatenate([poses, skeleton.mirror(poses), standing]))


def highest_jump(songs: list[Song]) -> float:
    """How far dancers' lower ankles are above the floor at most, rare ones left out; body units."""
    lower = np.concatenate(
        [song.poses[:, [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].max(1) for song in songs]
    )
    highest = skeleton.CANONICAL_LEG - float(np.quantile(lower, 1 - RARE))
    return round(max(spec.HOP, highest), 3)


SHARES_EVERY = 5  # poses at 50 Hz
LEAST_SHARE = 0.05  # of the usual share of a plan: rarer counts as this


def plans_of_styles(
    songs: list[Song], plan_steps: Tensor, styles: tuple[spec.Style, ...]
) -> Tensor:
    """How much rarer each plan is in a style than in the one that dances it most, (S, K) <= 0.

    The logarithm of its share of the half seconds of the style's songs and their mirror images.
    """
    shares = torch.full((len(styles), len(plan_steps)), LEAST_SHARE / len(plan_steps))
    for row, style in zip(shares, styles, strict=True):
        chosen: list[Tensor] = []
        for song in songs:
            if song.style == style.name:
                poses = torch.from_numpy(song.poses[::SHARES_EVERY])
                for danced in (poses, torch.from_numpy(skeleton.mirror(poses.numpy()))):
                    chosen.append(nearest_plans(short_motions(danced[None])[0], plan_steps))
        counts = torch.bincount(torch.cat(chosen), minlength=len(plan_steps))
        row += counts / counts.sum()
    return torch.log(shares / shares.amax(0))


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
