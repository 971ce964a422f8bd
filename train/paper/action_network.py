"""How the action network (ST-GCN) learns, whose features compare dances."""

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.nets import checkpoint
from models.nets.measure.stgcn import ActionNetwork, load_actions
from models.types import Array
from train.paper import action_clips, lets_dance
from train.paper.action_clips import Actions, Clip
from train.paper.config import ActionTraining
from train.paper.confusion_plot import draw_confusion
from train.run import compute
from train.run.device import CPU, device_of, tensors
from train.run.loop import Run, cosine_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import DataError


def confusion(
    network: torch.nn.Module, poses: Array, numbers: Array, n_classes: int, bfloat16: bool = False
) -> Array:
    """How often class row was taken for class column, (classes, classes) counts."""
    counts = np.zeros((n_classes, n_classes), int)
    network.eval()
    device = device_of(network)
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
        for first in range(0, len(poses), 64):
            logits, _ = network(*tensors(device, poses[first : first + 64]))
            np.add.at(counts, (numbers[first : first + 64], logits.argmax(1).cpu().numpy()), 1)
    return counts


def recalls(counts: Array) -> Array:
    """Share of each class that was recognised; NaN for a class that was never shown."""
    with np.errstate(invalid="ignore"):
        return np.diag(counts) / counts.sum(1)


def train(
    clips: list[Clip],
    classes: tuple[str, ...],
    facts: dict[str, Any],
    out: Path,
    settings: ActionTraining,
    seed: int = 0,
    device: torch.device = CPU,
) -> Path:
    """Train until done (or resume where it was left); returns the checkpoint."""
    torch.manual_seed(seed)
    network = ActionNetwork(len(classes), settings.dropout).to(device)
    optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate)
    path = out / CHECKPOINT
    taught = Actions([clip for clip in clips if clip.split == "train"], classes)

    def prepare() -> compute.Attempt:
        tried = compute.twin(network)
        seen, goal = tensors(device, *taught.batch(np.random.default_rng(0), settings.batch))
        return lambda half: _loss(tried, seen, goal, settings, half)[0].backward()

    chosen = compute.choose(settings.bfloat16, path, device, prepare)
    half = chosen.bfloat16
    settings = replace(settings, bfloat16=half)
    facts = facts | chosen.header()
    header = {"kind": "actions", "classes": list(classes), **facts}
    rate = partial(cosine_rate, warm_up=settings.warm_up)
    run = Run(path, network, optimizer, header, settings.iterations, settings.ema, seed, rate)
    held_out = [clip for clip in clips if clip.split == "val"]
    validation = action_clips.whole_segments(held_out, classes, sides=1) if held_out else None
    progress = Progress(run, RunLog(out, settings, seed, run.step), every=10)
    for bar in run.steps():
        network.train()
        poses, numbers = taught.batch(run.rng, settings.batch)
        seen, goal = tensors(device, poses, numbers)
        loss, logits = _loss(network, seen, goal, settings, half)
        run.descend(loss, settings.clip_norm)
        right = (logits.argmax(1) == goal).float().mean()
        progress.follow(bar, {"loss": loss, "right": right})
        if (run.step + 1) % settings.validate_every == 0:
            found: dict[str, float] = {}
            if validation is not None:
                share = recalls(confusion(run.ema, *validation, len(classes), half))
                found["val_macro_recall"] = float(np.nanmean(share))
            progress.note(**found)
    return path


def _loss(
    network: ActionNetwork, seen: Tensor, goal: Tensor, settings: ActionTraining, half: bool
) -> tuple[Tensor, Tensor]:
    """Cross entropy of poses (B, T, J, 2) and classes (B,), and the logits."""
    with torch.autocast(seen.device.type, torch.bfloat16, enabled=half):
        logits, _ = network(seen)
    loss = functional.cross_entropy(logits.float(), goal, label_smoothing=settings.smoothing)
    return loss, logits


def report(path: Path, clips: list[Clip], out: Path, sides: int = 4) -> dict[str, Any]:
    """Test a checkpoint on the test clips; writes report.json and confusion.png.

    Raises DataError when there are no test clips, CheckpointError when there is no network.
    """
    network, header = load_actions(path)
    checkpoint.require(path, header, "step", "seconds")
    classes = tuple(header["classes"])
    tested = [clip for clip in clips if clip.split == "test"]
    if not tested:
        raise DataError("There are no clips of the split test to examine the network on.")
    poses, numbers = action_clips.whole_segments(tested, classes, sides)
    counts = confusion(network, poses, numbers, len(classes))
    share = recalls(counts)
    found = {
        "macro_recall": round(float(np.nanmean(share)), 4),
        "recall": {
            name: round(float(value), 4) if np.isfinite(value) else None  # never shown
            for name, value in zip(classes, share, strict=True)
        },
        "segments": {name: int(count) for name, count in zip(classes, counts.sum(1), strict=True)},
        "sides": sides,
        "steps": header["step"],
        "seconds": header["seconds"],
        "confusion": counts.tolist(),
    }
    (out / "report.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    title = f"Test split, per cent of the row; macro recall {found['macro_recall']:.3f}"
    draw_confusion(counts, classes, title, out / "confusion.png")
    return found


@dataclass(frozen=True)
class ActionSources:
    """Folders that labelled clips are taken from."""

    bandai: Path | None = None  # with motion.npz
    dance: Path | None = None  # dance_with_melody, seen from any side
    songs: Path | None = None  # the same songs prepared, seen from the front
    lets_dance: Path | None = None
    least: int = 100  # clips that an action of bandai must have

    def gather(self) -> tuple[list[Clip], dict[str, str]]:
        """The clips of all sources named, and their licences. Raises DataError without any."""
        clips: list[Clip] = []
        licences: list[str] = []
        if self.bandai:
            clips += action_clips.bandai_clips(self.bandai, self.least)
            licences.append("Bandai Namco Research Motiondataset 1 and 2: CC BY-NC 4.0")
        if self.dance:
            clips += action_clips.dance_clips(self.dance)
            licences.append("Dance with Melody: research only")
        if self.songs:
            clips += action_clips.song_clips(self.songs)
        if self.lets_dance:
            clips += lets_dance.clips(self.lets_dance)
            licences.append("Let's Dance: research only")
        if not clips:
            raise DataError("Name at least one source: --bandai, --dance, --songs or --letsdance.")
        licence = "training material, not shipped"
        return clips, {"provenance": "; ".join(licences), "licence": licence}


def learn_actions(
    sources: ActionSources, out: Path, settings: ActionTraining, device: torch.device = CPU
) -> tuple[Path, dict[str, Any]]:
    """Train on the clips of the sources, or what is left of it: the checkpoint and its report.

    Raises DataError or CheckpointError.
    """
    clips, facts = sources.gather()
    classes = tuple(sorted({clip.label for clip in clips if clip.split == "train"}))
    path = train(clips, classes, facts, out, settings, device=device)
    return path, report(path, clips, out)
