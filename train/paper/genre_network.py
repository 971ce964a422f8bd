"""How the genre network (CRNN) learns, in folds by song."""

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.nets.measure.crnn import KIND, Crnn, load_crnn
from models.types import Array
from train.paper.config import GenreTraining
from train.paper.confusion_plot import draw_confusion
from train.paper.genres import Genres, Music, Track
from train.run import compute
from train.run.device import CPU, device_of, tensors
from train.run.loop import Run, cosine_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import DataError

OUT = Path("runs/crnn")


def train(
    tracks: list[Track],
    classes: tuple[str, ...],
    out: Path,
    settings: GenreTraining,
    seed: int = 0,
    device: torch.device = CPU,
) -> Path:
    """Train on all these tracks until done, or what is left of it; returns the checkpoint."""
    torch.manual_seed(seed)
    taught = Genres(tracks, classes)
    network = Crnn(len(classes)).to(device)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    path = out / CHECKPOINT
    (weights,) = tensors(device, taught.weights)

    def loss_of(
        crnn: Crnn, sound: Tensor, goal: Tensor, half: bool | None
    ) -> tuple[Tensor, Tensor]:
        with torch.autocast(device.type, torch.bfloat16, enabled=bool(half)):
            logits = crnn(sound)
        return functional.cross_entropy(logits.float(), goal, weights), logits

    def prepare() -> compute.Attempt:
        tried = compute.twin(network)
        sound, goal = tensors(device, *taught.batch(np.random.default_rng(0), settings.batch))
        return lambda half: loss_of(tried, sound, goal, half)[0].backward()

    chosen = compute.choose(settings.bfloat16, path, device, prepare)
    half = chosen.bfloat16
    settings = replace(settings, bfloat16=half)
    header = {
        "kind": KIND,
        **chosen.header(),
        "classes": list(classes),
        "learned": [track.name for track in tracks],
    }
    rate = partial(cosine_rate, warm_up=settings.warm_up)
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed, rate)
    progress = Progress(run, RunLog(out, settings, seed, run.step), keep=0.95)
    for bar in run.steps():
        network.train()
        sound, goal = tensors(device, *taught.batch(run.rng, settings.batch))
        loss, logits = loss_of(network, sound, goal, half)
        run.descend(loss, settings.clip_norm)
        right = (logits.argmax(1) == goal).float().mean()
        progress.follow(bar, {"loss": loss, "right": right})
        if (run.step + 1) % settings.validate_every == 0:
            progress.note()
    return path


def probabilities(network: Crnn, segments: Array) -> Array:
    """Sound (P, N_SAMPLES) -> (P, classes)."""
    with torch.no_grad():
        found = [
            network(*tensors(device_of(network), segments[first : first + 64])).softmax(1).cpu()
            for first in range(0, len(segments), 64)
        ]
    return torch.cat(found).numpy()


@dataclass(frozen=True)
class CrossValidation:
    """What networks predicted of segments that they never heard."""

    classes: tuple[str, ...]
    truth: Array  # int (P,)
    predicted: Array  # (P, classes) probabilities
    song: Array  # int (P,), number of the song

    def recall(self, best: int, by_song: bool = False) -> dict[str, float]:
        """Share of each class whose truth is among the `best`; of segments or whole songs."""
        truth, predicted = self.truth, self.predicted
        if by_song:
            songs = np.unique(self.song)
            predicted = np.stack([predicted[self.song == n].mean(0) for n in songs])
            truth = np.array([truth[self.song == n][0] for n in songs])
        among = (np.argsort(-predicted, 1)[:, :best] == truth[:, None]).any(1)
        return {
            name: float(among[truth == n].mean())
            for n, name in enumerate(self.classes)
            if (truth == n).any()
        }

    def confusion(self) -> Array:
        """How often class row was taken for class column."""
        counts = np.zeros((len(self.classes), len(self.classes)), int)
        np.add.at(counts, (self.truth, self.predicted.argmax(1)), 1)
        return counts

    def summary(self) -> dict[str, Any]:
        """Means over the classes beside chance, and each class."""
        found: dict[str, Any] = {"segments": len(self.truth), "songs": len(np.unique(self.song))}
        for best in (1, 2):
            for by_song, unit in ((False, "segments"), (True, "songs")):
                shares = self.recall(best, by_song)
                found[f"top_{best}_{unit}"] = {
                    "macro": round(float(np.mean(list(shares.values()))), 4),
                    "chance": round(best / len(self.classes), 4),
                    **{name: round(share, 4) for name, share in shares.items()},
                }
        return found | {"confusion": self.confusion().tolist()}


def predict_unheard(
    pairs: list[tuple[Crnn, list[Track]]], classes: tuple[str, ...]
) -> CrossValidation:
    """Each network on the tracks that it never heard."""
    truth: list[Array] = []
    predicted: list[Array] = []
    songs: list[Array] = []
    for network, tracks in pairs:
        for track in tracks:
            segments = track.segments()
            predicted.append(probabilities(network, segments))
            truth.append(np.full(len(segments), classes.index(track.genre)))
            songs.append(np.full(len(segments), len(songs)))
    return CrossValidation(classes, *(np.concatenate(part) for part in (truth, predicted, songs)))


def fold_path(out: Path, fold: int) -> Path:
    """The checkpoint of the network that never heard this fold."""
    return out / f"fold-{fold}" / CHECKPOINT


def cross_validate(
    tracks: list[Track], out: Path, settings: GenreTraining, device: torch.device = CPU
) -> CrossValidation:
    """Every fold by a network that learned the others.

    Raises DataError when no track can be tested or learned from.
    """
    classes = tuple(sorted({track.genre for track in tracks}))
    if not any(track.fold >= 0 for track in tracks):
        raise DataError("No track is kept for testing: there is nothing to measure by.")
    pairs: list[tuple[Crnn, list[Track]]] = []
    for fold in sorted({track.fold for track in tracks if track.fold >= 0}):
        known = [track for track in tracks if track.fold != fold]
        path = train(known, classes, fold_path(out, fold).parent, settings, device=device)
        heard = [track for track in tracks if track.fold == fold]
        pairs.append((load_crnn(path)[0].to(device), heard))
    return predict_unheard(pairs, classes)


def learn_genres(
    music: Music, out: Path, settings: GenreTraining, device: torch.device = CPU
) -> dict[str, Any]:
    """Train and judge all folds: report.json and confusion.png.

    Raises DataError or CheckpointError.
    """
    validation = cross_validate(music.tracks, out, settings, device)
    found: dict[str, Any] = validation.summary() | {"left_out": music.left_out}
    (out / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    title = f"Songs not learned, per cent; macro {found['top_1_segments']['macro']:.2f}"
    draw_confusion(validation.confusion(), validation.classes, title, out / "confusion.png")
    return found
