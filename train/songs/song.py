"""Prepared songs on disk: `Song`, one .npz each."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import spec
from models.array_file import ArrayFileError, read_arrays
from models.files import write_whole
from models.json_file import parse_json
from models.types import Array

POSE_HZ = 50
SPLITS = ("train", "val", "test")
STYLE_SONGS = 2  # a style of fewer songs is not one to be asked for


class DataError(Exception):
    """Data that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Song:
    """One segment of music with its dance; sample 0 and pose 0 are at time 0.

    `beats` counts beats: an integer is reached on each beat and a multiple of `beats_per_bar` on
    each bar line, NaN where no beat is known. `heard` is the same count as a causal beat follower
    gave it (its own bar is not known); it may be all NaN.
    """

    name: str
    style: str  # what the sampler balances, e.g. "waltz", "rumba", "free-four"
    split: str  # one of SPLITS
    beats_per_bar: int  # 3, 4 or 0 = unknown
    audio: Array  # float32 (n,) mono at spec.SAMPLE_RATE, RMS at spec.TARGET_RMS_DBFS
    poses: Array  # float32 (m, 18, 2) canonical body units at POSE_HZ, snapped to the beat
    real: Array  # float32 (m, 18, 2) the same before snapping, what a dance is measured against
    beats: Array  # float32 (m,)
    heard: Array  # float32 (m,)
    licence: str
    provenance: str
    is_stand_in: bool = False  # the project's band plays on the same beats instead of the recording
    is_bar_sure: bool = True  # False: the beats are right, where the bar begins is not known

    @property
    def seconds(self) -> float:
        return len(self.poses) / POSE_HZ

    def save(self, folder: Path) -> Path:
        """Write `<folder>/<name>.npz`, whole or not at all."""
        path = folder / f"{self.name}.npz"
        facts = {
            "name": self.name,
            "style": self.style,
            "split": self.split,
            "beats_per_bar": self.beats_per_bar,
            "licence": self.licence,
            "provenance": self.provenance,
            "is_stand_in": self.is_stand_in,
            "is_bar_sure": self.is_bar_sure,
        }
        with write_whole(path) as part:
            np.savez(
                part,
                facts=np.array(json.dumps(facts)),
                audio=np.round(np.clip(self.audio, -1, 1) * 32767).astype(np.int16),
                poses=self.poses.astype(np.float32),
                real=self.real.astype(np.float32),
                beats=self.beats.astype(np.float32),
                heard=self.heard.astype(np.float32),
            )
        return path

    @staticmethod
    def load(path: Path) -> "Song":
        """Read one prepared song.

        Raises DataError when the file is missing, damaged or no prepared song.
        """
        try:
            file = read_arrays(path)
            facts = parse_json(str(file["facts"]), path)
            arrays = {name: file[name] for name in ("poses", "real", "beats", "heard")}
            song = Song(audio=file["audio"].astype(np.float32) / 32767, **arrays, **facts)
        except (ArrayFileError, KeyError, ValueError, TypeError) as error:
            raise DataError(
                f"{path} is not a prepared song ({error}): prepare it again."
            ) from error
        if song.poses.shape[1:] != (spec.N_JOINTS, 2):
            raise DataError(f"{path} holds poses of another shape: prepare it again.")
        return song


def at_stage_level(audio: Array) -> Array:
    """The whole song at the RMS level that the stage normalises to (peaks may clip at 1)."""
    rms = float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) + 1e-9
    return np.clip(audio * (10 ** (spec.TARGET_RMS_DBFS / 20) / rms), -1, 1).astype(np.float32)


def load_songs(folder: Path, split: str | None = None) -> list[Song]:
    """All prepared songs of a folder, by name, of one split if named.

    Raises DataError when there is none.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}: run `python -m train.prepare` first.")
    songs = [Song.load(path) for path in sorted(folder.glob("*.npz")) if path.name[0] != "."]
    chosen = [song for song in songs if split in (None, song.split)]
    if not chosen:
        raise DataError(
            f"{folder} holds no prepared songs{f' of the split {split}' if split else ''}: "
            "run `python -m train.prepare` first."
        )
    return chosen


def each_once(texts: Iterable[str]) -> str:
    """Licences or sources of several songs in one line, parts that several have but once."""
    return "; ".join(sorted({part for text in texts for part in text.split("; ") if part}))


def taught(songs: list[Song]) -> list[Song]:
    """Songs that dances learn from, with their real music."""
    return [song for song in songs if song.split == "train" and not song.is_stand_in]


def unseen(songs: list[Song]) -> list[Song]:
    """Songs that no dance learns from, with their real music."""
    return [song for song in songs if song.split != "train" and not song.is_stand_in]


def styles_in(songs: list[Song]) -> tuple[spec.Style, ...]:
    """The styles that a dance of these songs can be asked for; none where there is only one."""
    found: list[spec.Style] = []
    for name in sorted({song.style for song in songs}):
        own = [song for song in songs if song.style == name and not song.is_stand_in]
        if len(own) < STYLE_SONGS:
            continue
        tempos = [bpm for song in own if (bpm := usual_bpm(song))]
        metres = {song.beats_per_bar for song in own}
        found.append(
            spec.Style(
                name,
                metres.pop() if len(metres) == 1 else 0,
                round(float(np.median(tempos)), 1) if tempos else 0.0,
            )
        )
    return tuple(found) if len(found) > 1 else ()


def usual_bpm(song: Song) -> float:
    """Median tempo, 0 where no beat is known."""
    rates = np.diff(song.beats) * POSE_HZ
    known = rates[np.isfinite(rates) & (rates > 0)]
    return float(np.median(known)) * 60 if len(known) else 0.0
