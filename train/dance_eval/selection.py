"""Checkpoint selection: averaged weights dance whole songs that are not learned; the best are kept.

The measures are those of `train.evaluate`; a dance that freezes or loops is noticed and said.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from models import spec
from models.nets import checkpoint
from models.nets.dance.load_dance import Network
from models.spec import SAMPLE_RATE
from models.types import Array
from train.dance_eval import sample_video
from train.dance_eval.dance_metrics import (
    KNOWN_EVERY,
    SHORTEST_S,
    START_S,
    DanceMetrics,
    MeasuredDance,
    Part,
)
from train.dance_eval.measures import HZ
from train.dance_eval.perform import NetworkDance, Show, controls_for
from train.dance_eval.stress_tests import SKIP
from train.run import distributed
from train.run.loop import Run
from train.run.names import BEST, SAMPLES
from train.run.run_log import RunLog
from train.songs.song import Song, each_once, taught

SEEDS = (0, 1, 2, 3)
FILM_S = 20.0
FROZEN, LOOPING = (
    0.3,
    0.4,
)  # share of frozen windows above, measure of repeat below which it is said
# What a step away from the real dancers counts; all are ratios, 1 = real, but where it is said.
PER_SONG = {"speed": 1.0, "accel": 1.0, "jerk": 0.5, "slide": 0.5, "spread": 0.5}
OVERALL = {"fid_k_ratio": 0.3, "fid_g_ratio": 0.3, "bas_ratio": -0.5}  # of its logarithm
SHARES = {"freeze": 5.0, "bone": 5.0}  # as they are
LEAST_REPEAT = 0.6


@dataclass(frozen=True)
class Validation:
    """How well a dance did; a lower score is better."""

    score: float
    figures: dict[str, float]
    complaint: str  # "" or what is wrong, in one sentence
    shown: Array  # (n, 18, 2) the first take of the first song, from SKIP on


def score(overall: dict[str, float], songs: list[dict[str, float]]) -> float:
    """How far a dance is from the real ones, song by song so that no mean hides a bad one."""
    total = 0.0
    for key, weight in PER_SONG.items():
        away = [abs(np.log(max(row[key], 1e-3))) for row in songs if np.isfinite(row[key])]
        total += weight * float(np.mean(away) + np.max(away)) / 2 if away else 0.0
    for key, weight in OVERALL.items():
        value = overall.get(key, np.nan)
        total += weight * float(np.log(max(value, 1e-3))) if np.isfinite(value) else abs(weight)
    for key, weight in SHARES.items():
        total += weight * overall[key]
    return total + 5.0 * max(0.0, LEAST_REPEAT - overall["repeat"])


def complaint(figures: dict[str, float]) -> str:
    """What a spectator would say first of a dance that has collapsed; "" where it has not."""
    if figures["freeze"] > FROZEN:
        return f"The dance has frozen: it stands still for {figures['freeze']:.0%} of the time."
    if figures["repeat"] < LOOPING:
        lag = figures["repeat_s"]
        return f"The dance has fallen into a loop of {lag:.1f} s (repeat {figures['repeat']:.2f})."
    return ""


class Validator:
    """Measures networks on the same songs with the same chance."""

    def __init__(self, songs: list[Song], known: list[Song], show: Show | None = None) -> None:
        """Hears the songs once. Raises BundleError or EngineError when the ear is missing."""
        show = show or Show()
        self._temperature = show.temperature
        self._songs = songs
        parts = {song.name: Part.of(song) for song in songs}
        self._metrics = DanceMetrics([song.real[::KNOWN_EVERY] for song in known], parts)
        self._told = {
            song.name: controls_for(song.audio, song.beats, song.beats_per_bar, show)
            for song in songs
        }

    @staticmethod
    def of(songs: list[Song]) -> "Validator | None":
        """With the songs of the split val that are long enough; None where there is none."""
        if not distributed.is_first():
            return None  # one of several processes validates
        long = [song for song in songs if song.split == "val" and song.seconds > SHORTEST_S]
        known = taught(songs)
        return Validator(long, known) if long and known else None

    def validate(self, network: Network) -> Validation:
        """Dance all songs from their start; measured from 20 s on."""
        dance = NetworkDance(network, "in training")
        takes: dict[str, list[MeasuredDance]] = {}
        for song in self._songs:
            danced = dance.perform(
                song.audio, self._told[song.name], list(SEEDS), self._temperature, song.style
            )
            takes[song.name] = [self._metrics.on_song(song.name, poses[SKIP:]) for poses in danced]
        overall = self._metrics.overall(takes)
        songs = [self._metrics.of_song(name, found) for name, found in takes.items()]
        kept = (*PER_SONG, *OVERALL, *SHARES, "repeat", "repeat_s", "near", "spectrum", "offset_s")
        figures = {key: overall[key] for key in kept if key in overall}
        figures["accel_least"] = min(row["accel"] for row in songs)
        figures["accel_most"] = max(row["accel"] for row in songs)
        shown = takes[self._songs[0].name][0].poses
        return Validation(score(overall, songs), figures, complaint(figures), shown)

    def film(self, validation: Validation, path: Path) -> None:
        """What was danced beside the real dancer, with the music."""
        song = self._songs[0]
        real = self._metrics.real[song.name].poses
        first = round(START_S * SAMPLE_RATE)
        n = round(FILM_S * HZ)
        sample_video.write(path, [real[:n], validation.shown[:n]], song.audio[first:])


def header_of(
    name: str, sizes: spec.GeneratorSpec | spec.PaperSpec, songs: list[Song]
) -> dict[str, Any]:
    """The facts that a checkpoint carries to the bundle."""
    return {
        "kind": "dance",
        "name": name,
        "spec": asdict(sizes),
        "horizons": list(sizes.horizons),
        "licence": each_once(song.licence for song in songs),
        "provenance": each_once(song.provenance for song in songs),
    }


def select(validator: Validator, run: Run, network: nn.Module, run_log: RunLog, bar: tqdm) -> None:
    """Let the averaged network dance; note how well, keep it if it is the best, say what is wrong.

    The step that is being done counts as finished.
    """
    validation = validator.validate(network)  # pyright: ignore[reportArgumentType] - a dance, by its run
    is_best = keep_if_best(run, network, validation)
    figures = {f"dance_{key}": value for key, value in validation.figures.items()}
    run_log.note(run.step + 1, **figures, dance_score=validation.score)
    said = ", ".join(
        f"{key} {validation.figures[key]:.2f}" for key in ("speed", "accel", "bas_ratio")
    )
    best = ", the best so far" if is_best else ""
    bar.write(f"step {run.step + 1}: score {validation.score:.3f}{best} ({said})")
    validator.film(validation, run.path.parent / SAMPLES / f"step_{run.step + 1:06d}.mp4")
    if validation.complaint:
        bar.write(f"step {run.step + 1}: {validation.complaint}")


def keep_if_best(run: Run, network: nn.Module, validation: Validation) -> bool:
    """Write the weights beside the checkpoint where none before danced as well."""
    path: Path = run.path.with_name(BEST)
    if path.exists():
        before = checkpoint.read_header(path)
        checkpoint.require(path, before, "step", "chosen")
        if before["step"] <= run.step and before["chosen"]["score"] <= validation.score:
            return False
    chosen = {"score": validation.score, **validation.figures}
    header = {**run.header, "step": run.step + 1, "seconds": run.seconds, "chosen": chosen}
    tensors = {f"ema.{name}": tensor for name, tensor in network.state_dict().items()}
    checkpoint.save(path, tensors, header)
    return True
