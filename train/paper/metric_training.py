"""How the network that compares dances learns for the cross-modal score; can it be trusted?"""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models import skeleton
from models.nets.measure.crnn import load_crnn
from models.nets.measure.pose_metric import KIND, PoseMetric, load_pose_metric, mmd_nca
from models.types import Array
from train.paper.config import MetricTraining
from train.paper.cross_modal import Scorer, Segments, clusters, gather, rejection, validity
from train.run.loop import Run, cosine_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import DataError, Song, taught, unseen


def learn_score(
    songs: list[Song], crnn: Path, out: Path, settings: MetricTraining, seed: int = 0
) -> dict[str, Any]:
    """Train the metric on songs of the split train, try the score on the others: report.json.

    `crnn` is the checkpoint that describes music. Raises DataError or CheckpointError.
    """
    describer, header = load_crnn(crnn)
    heard = sorted({song.name for song in unseen(songs)} & set(header["learned"]))
    if heard:
        raise DataError(f"{crnn} has heard songs it must not know: {', '.join(heard)}.")
    known = gather(taught(songs), describer)
    cluster, silhouettes = clusters(known.music, seed)
    path = train_metric(known, cluster, out, settings, seed)
    scorer = Scorer.of(known, load_pose_metric(path)[0])
    others = gather(unseen(songs), describer)
    found = {
        "segments": len(known.song),
        "clusters": np.bincount(cluster).tolist(),
        "silhouettes": silhouettes,
        "real_over_rand_seq": validity(scorer, others),
        "no_dance_over_rand_seq": rejection(scorer, others),
    }
    (out / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def train_metric(
    segments: Segments, cluster: Array, out: Path, settings: MetricTraining, seed: int = 0
) -> Path:
    """Train the network that compares dances, or what is left of it; returns the checkpoint."""
    torch.manual_seed(seed)
    network = PoseMetric()
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    path, header = out / CHECKPOINT, {"kind": KIND, "songs": segments.names}
    rate = partial(cosine_rate, warm_up=settings.warm_up)
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed, rate)
    rows = [np.flatnonzero(cluster == k) for k in range(int(cluster.max()) + 1)]
    progress = Progress(run, RunLog(out, settings, seed, run.step), keep=0.95)
    for bar in run.steps():
        network.train()
        drawn = draw_groups(segments.dance, rows, run.rng, settings)
        points = network(torch.from_numpy(drawn).flatten(0, 1)).unflatten(0, drawn.shape[:2])
        loss = mmd_nca(points[0], points[1], list(points[2:]))
        run.descend(loss, settings.clip_norm)
        progress.follow(bar, {"loss": loss})
        if (run.step + 1) % settings.validate_every == 0:
            progress.note()
    return path


def draw_groups(
    dance: Array, rows: list[Array], rng: np.random.Generator, settings: MetricTraining
) -> Array:
    """Anchors, positives and one set of every other class: (K + 1, n, 50, 18, 2), some mirrored.

    Strict, one set more of what is no dance.
    """
    anchor = int(rng.integers(len(rows)))
    order = [anchor, anchor, *(k for k in range(len(rows)) if k != anchor)]
    drawn = np.stack([dance[rng.choice(rows[k], settings.group)] for k in order])
    mirrored = rng.random(drawn.shape[:2]) < 0.5
    drawn = np.where(mirrored[..., None, None, None], skeleton.mirror(drawn), drawn)
    if settings.strict:
        drawn = np.concatenate([drawn, no_dances(dance, settings.group, rng)[None]])
    drawn = drawn + rng.normal(0, settings.joint_noise, drawn.shape)
    return drawn.astype(np.float32)


def no_dances(dance: Array, count: int, rng: np.random.Generator) -> Array:
    """What training by averages leaves of dances, in equal parts: (count, 50, 18, 2).

    A pose held; the mean of eight dances; that mean trembling; a dance shrunk towards its mean.
    """
    found: list[Array] = []
    for number in range(count):
        segment = dance[rng.integers(len(dance))]
        mean = dance[rng.integers(len(dance), size=8)].mean(0)
        match number % 4:
            case 0:
                segment = np.broadcast_to(segment[rng.integers(len(segment))], segment.shape)
            case 1:
                segment = mean
            case 2:
                segment = mean + rng.normal(0, rng.uniform(0.03, 0.15), mean.shape)
            case _:
                middle = segment.mean(0)
                segment = middle + rng.uniform(0.05, 0.4) * (segment - middle)
        found.append(segment)
    return np.stack(found)
