"""How the network that compares dances learns for the cross-modal score; can it be trusted?"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch

from models import skeleton
from models.files import write_whole
from models.nets import checkpoint
from models.nets.measure.crnn import Crnn, load_crnn
from models.nets.measure.pose_metric import KIND, PoseMetric, load_pose_metric, mmd_nca
from models.types import Array
from train.paper.config import MetricTraining
from train.paper.cross_modal import Scorer, Segments, clusters, gather
from train.paper.folds import N_FOLDS, folds_of
from train.paper.genre_network import fold_path
from train.paper.validity import TRAINED, Judged, judge, summary
from train.run.loop import Run, cosine_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import DataError, Song, taught, unseen

UNTRAINED, NOTHING = "untrained metric", "nothing trained"
UNTRAINED_DRAWS = 3  # networks, whose scores are averaged
Network = TypeVar("Network", bound=torch.nn.Module)


@dataclass(frozen=True)
class Fold:
    """Songs that are judged by what was learned from the others."""

    number: int
    describer: Path  # checkpoint of a network of genres that heard none of the judged
    known: list[Song]
    judged: list[Song]


def folds_of_songs(songs: list[Song], crnn: Path) -> list[Fold]:
    """The folds in which the networks of genres in the folder `crnn` were trained.

    Of networks that heard none of the songs (other music) the first describes all of them. Raises
    DataError when a song was heard by every network, CheckpointError when there is none.
    """
    real = [*unseen(songs), *taught(songs)]
    describers = {0: fold_path(crnn, 0)}
    describers |= {k: fold_path(crnn, k) for k in range(1, N_FOLDS) if fold_path(crnn, k).exists()}
    heard: dict[int, set[str]] = {}
    for number, path in describers.items():
        header = load_crnn(path)[1]
        checkpoint.require(path, header, "learned")
        heard[number] = set(header["learned"])
    if not any(song.name in names for song in real for names in heard.values()):
        styles = {song.name: song.style for song in real}
        fold = folds_of(styles, {song.name for song in unseen(songs)})
        describers = dict.fromkeys(range(N_FOLDS), describers[0])
    else:
        fold = {s.name: next((k for k in heard if s.name not in heard[k]), -1) for s in real}
    lost = sorted(name for name, number in fold.items() if number < 0)
    if lost:
        raise DataError(
            f"Every network in {crnn} has heard {', '.join(lost)}: train them anew with "
            "`python -m train.pretrain_crnn MUSIC --songs SONGS`."
        )
    return [
        Fold(
            number,
            describers[number],
            [song for song in real if fold[song.name] != number],
            [song for song in real if fold[song.name] == number],
        )
        for number in sorted(set(fold.values()))
    ]


def learn_score(
    songs: list[Song], crnn: Path, out: Path, settings: MetricTraining, seed: int = 0
) -> dict[str, Any]:
    """Train the metric in every fold and judge its songs by it: `out`/fold-K and report.json.

    `crnn` is the folder of the networks that describe music. The same songs are judged by
    untrained networks as well. Raises DataError or CheckpointError.
    """
    judged: dict[str, Judged] = {}
    facts: list[dict[str, Any]] = []
    for fold in folds_of_songs(songs, crnn):
        describer = load_crnn(fold.describer)[0]
        known = gather(fold.known, describer)
        cluster, silhouettes = clusters(known.music, seed)
        path = train_metric(known, cluster, out / f"fold-{fold.number}", settings, seed)
        others = gather(fold.judged, describer)
        scorers = {TRAINED: Scorer.of(known, load_pose_metric(path)[0])}
        found = {name: [judge(scorer, others)] for name, scorer in scorers.items()}
        for name, music in ((UNTRAINED, describer), (NOTHING, untrained(partial(Crnn, 2), seed))):
            known, others = gather(fold.known, music), gather(fold.judged, music)
            found[name] = [
                judge(Scorer.of(known, untrained(PoseMetric, seed + n)), others)
                for n in range(UNTRAINED_DRAWS)
            ]
        for name, several in found.items():
            _add(judged.setdefault(name, {}), several)
        facts.append({
            "judged": sorted(song.name for song in fold.judged),
            "segments learned from": len(known.song),
            "clusters": np.bincount(cluster).tolist(),
            "silhouettes": silhouettes,
        })  # fmt: skip
    report = {"folds": facts, "summary": summary(judged), "scores": judged}
    with write_whole(out / "report.json") as part:
        part.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def untrained(kind: Callable[[], Network], seed: int) -> Network:
    """A network as it is drawn, to be judged by."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind().eval().requires_grad_(False)


def _add(songs: Judged, several: list[Judged]) -> None:
    """The mean over several scores of the same songs, beside what is there of other songs."""
    for dancer in several[0]:
        means = {
            name: round(float(np.mean([one[dancer][name] for one in several])), 5)
            for name in several[0][dancer]
        }
        songs.setdefault(dancer, {}).update(means)


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
