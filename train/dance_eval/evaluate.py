"""Dances run as the stage does, beside real dancers and simple baselines -> an Evaluation."""

import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.types import Array
from train.dance_eval import baselines, perform_live
from train.dance_eval.dance_metrics import (
    KNOWN_EVERY,
    SHORTEST_S,
    DanceMetrics,
    MeasuredDance,
    Part,
)
from train.dance_eval.perform import Dance, ShippedDance, Show, controls_for, open_dance
from train.dance_eval.results import BARS, Column, Evaluation, missed
from train.dance_eval.stress_tests import SKIP, Trials, bent_share
from train.songs.song import DataError, Song, load_songs, taught
from train.synthetic.choreography import make_songs

REAL, SNAPPED = "real dancer", "real, snapped to the beat"
DRAWS = 3  # of the random baselines
SHOWN_SECONDS = 60.0  # of each song


@dataclass(frozen=True)
class Stage:
    """The songs that are danced, and how."""

    songs: list[Song]  # with a real dance, of the split that is measured
    music: list[Song]  # without one
    show: Show
    seeds: list[int]
    shown: bool = False  # by the program itself, poses as on the screen
    live: bool = False  # and that in real time
    phase_lock: bool = True  # of the program
    seconds: float | None = None  # of each song; None: all

    def parts(self) -> dict[str, Part]:
        parts = {song.name: Part.of(song, self.seconds) for song in self.songs}
        for song in self.music:
            part = Part.of(song, self.seconds)
            parts[song.name] = Part(part.name, None, part.beats, part.seconds)
        return parts


def evaluate(
    names: Iterable[str], stage: Stage, known: list[Song], trials: bool = True
) -> Evaluation:
    """All measures of the named dances and of the baselines; `known` is what dances learn from.

    Raises DataError, BundleError, EngineError or CheckpointError, in one sentence.
    """
    metrics = DanceMetrics([song.real[::KNOWN_EVERY] for song in known], stage.parts())
    # Opened first: a wrong name should be reported before minutes of work.
    dances = [(name, open_dance(name)) for name in names]
    for name, dance in dances:
        if stage.shown and not isinstance(dance, ShippedDance):
            raise DataError(
                f"On stage, only bundles dance: run `python -m export` on {name} first."
            )
    columns = _baselines(metrics, stage)
    tried = Trials.of(stage.songs, stage.show) if trials and dances and not stage.shown else None
    controls = {} if stage.shown else _controls(stage)
    for name, dance in tqdm(dances, desc="dances", disable=None):
        column = Column(
            _free_name(dance.name, columns), "dance", dance.provenance, dance.checkpoint
        )
        for song in [*stage.songs, *stage.music]:
            column.takes[song.name] = (
                _shown_takes(metrics, stage, name, song)
                if stage.shown
                else _takes(metrics, stage, dance, song, controls[song.name])
            )
        if tried:
            _try(column, dance, tried, metrics, stage)
        columns.append(column)
    for column in columns:
        _sum_up(column, metrics)
    facts = {
        "songs": {song.name: round(metrics.parts[song.name].seconds, 1) for song in stage.songs},
        "music": [song.name for song in stage.music],
        "known_dances": len(known),
        "beat": "live" if stage.live else "shown" if stage.shown else stage.show.beat,
        "show": asdict(stage.show),
        "seeds": stage.seeds,
        "bars": {key: list(bar) for key, bar in BARS.items()},
    }
    return Evaluation(facts, metrics, columns)


def _controls(stage: Stage) -> dict[str, Array]:
    """The controls of each song, by its name."""
    controls: dict[str, Array] = {}
    for song in tqdm([*stage.songs, *stage.music], desc="listening", disable=None):
        controls[song.name] = controls_for(song.audio, song.beats, song.beats_per_bar, stage.show)
    return controls


def _takes(
    metrics: DanceMetrics, stage: Stage, dance: Dance, song: Song, controls: Array
) -> list[MeasuredDance]:
    danced = dance.perform(song.audio, controls, stage.seeds, stage.show.temperature, song.style)
    return [metrics.on_song(song.name, poses[SKIP:]) for poses in danced]


def _shown_takes(metrics: DanceMetrics, stage: Stage, name: str, song: Song) -> list[MeasuredDance]:
    seconds = min(stage.seconds or SHOWN_SECONDS, song.seconds)
    return [
        metrics.on_song(
            song.name,
            *perform_live.play(
                name, song, seconds, seed, stage.show.metre, stage.live, stage.phase_lock
            ),
        )
        for seed in stage.seeds
    ]


def _baselines(metrics: DanceMetrics, stage: Stage) -> list[Column]:
    """The real dancer first; every draw depends on the song's name and its number alone."""
    columns = [
        Column(REAL, "real"),
        Column(SNAPPED, "baseline", "what training sees"),
        Column("Rand Frame", "baseline", f"random poses of training dances, {DRAWS} draws"),
        Column("Rand Seq", "baseline", f"random stretches of training dances, {DRAWS} draws"),
        Column("still", "baseline", "a figure that stands"),
        Column("trembling", "baseline", f"the real dance, joints {baselines.TREMBLE} beside"),
    ]
    for song in stage.songs:
        real = metrics.parts[song.name].real
        if real is None:
            continue
        n, number = len(real), zlib.crc32(song.name.encode())
        draws = [np.random.default_rng([number, draw]) for draw in range(DRAWS)]
        snapped = Part.of(song, stage.seconds, snapped=True).real
        made: list[list[Array]] = [
            [] if snapped is None else [snapped],
            [baselines.random_frames(metrics.known, n, rng) for rng in draws],
            [baselines.random_sequence(metrics.known, n, rng) for rng in draws],
            [baselines.still(n)],
            [baselines.trembling(real, draws[0])],
        ]
        columns[0].takes[song.name] = [metrics.real[song.name]]
        for column, all_poses in zip(columns[1:], made, strict=True):
            column.takes[song.name] = [metrics.on_song(song.name, poses) for poses in all_poses]
    return columns


def _free_name(name: str, columns: list[Column]) -> str:
    taken = {column.name for column in columns}
    if name not in taken:
        return name
    return next(f"{name} {n}" for n in range(2, 99) if f"{name} {n}" not in taken)


def _try(column: Column, dance: Dance, trials: Trials, metrics: DanceMetrics, stage: Stage) -> None:
    for song in stage.songs:
        usual = metrics.real[song.name].absolute["speed"]
        column.rows[song.name] = trials.silence(dance, song.name, usual)
    column.loop = trials.drum_loop(dance, stage.seeds)
    bent = bent_share(np.concatenate(metrics.known))
    column.endurance = trials.endurance(dance, stage.seeds, bent)


def _sum_up(column: Column, metrics: DanceMetrics) -> None:
    danced = {name: takes for name, takes in column.takes.items() if name in metrics.real}
    column.overall, column.absolute = metrics.overall(danced), metrics.absolute(danced)
    extra = [key for row in column.rows.values() for key in row]
    for key in dict.fromkeys(extra):
        column.overall[key] = float(np.mean([row[key] for row in column.rows.values()]))
    for name, takes in column.takes.items():
        row = metrics.of_song(name, takes)
        if name in metrics.real:
            column.rows[name] = row | column.rows.get(name, {})
        else:
            column.music[name] = row
    if column.kind == "dance":
        column.missed = missed({**column.overall, **column.endurance})


def measured_songs(data: Path | None, splits: list[str]) -> tuple[list[Song], list[Song]]:
    """The songs that dances are measured on, and those that dances learn from.

    Raises DataError without any that is long enough.
    """
    songs = make_songs(30, seed=7) if data is None else load_songs(data)
    chosen = [song for song in songs if song.split in splits and song.seconds > SHORTEST_S]
    if not chosen:
        raise DataError(
            f"No song of the split {' or '.join(splits)} is longer than {SHORTEST_S:.0f} s: "
            "name another with --split."
        )
    return chosen, taught(songs)
