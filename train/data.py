"""Prepared songs on disk (`Song`, one .npz each) and the batches made of them, with augmentation."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import spec

Array = NDArray[Any]

POSE_HZ = 50
SPLITS = ("train", "val", "test")


class DataError(Exception):
    """Data that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Song:
    """One piece of music with its dance; sample 0 and pose 0 are at time 0.

    `beats` counts beats: an integer is reached on each beat and a multiple of `beats_per_bar` on each
    bar line, NaN where no beat is known. `heard` is the same count as a causal beat follower gave it
    (its own bar is not known); it may be all NaN.
    """

    name: str
    style: str  # what the sampler balances, e.g. "waltz", "rumba", "free-four"
    split: str  # one of SPLITS
    beats_per_bar: int  # 3, 4 or 0 = unknown
    audio: Array  # float32 (n,) mono at spec.SAMPLE_RATE, RMS at spec.TARGET_RMS_DBFS
    poses: Array  # float32 (m, 18, 2) canonical body units at POSE_HZ, snapped to the beat
    real: Array  # float32 (m, 18, 2) the same before snapping, what a dance is judged against
    beats: Array  # float32 (m,)
    heard: Array  # float32 (m,)
    licence: str
    provenance: str

    @property
    def seconds(self) -> float:
        return len(self.poses) / POSE_HZ

    def save(self, folder: Path) -> Path:
        """Write `<folder>/<name>.npz`, whole or not at all."""
        path = folder / f"{self.name}.npz"
        part = folder / f".{self.name}.part.npz"
        facts = {
            "name": self.name,
            "style": self.style,
            "split": self.split,
            "beats_per_bar": self.beats_per_bar,
            "licence": self.licence,
            "provenance": self.provenance,
        }
        np.savez(
            part,
            facts=np.array(json.dumps(facts)),
            audio=np.round(np.clip(self.audio, -1, 1) * 32767).astype(np.int16),
            poses=self.poses.astype(np.float32),
            real=self.real.astype(np.float32),
            beats=self.beats.astype(np.float32),
            heard=self.heard.astype(np.float32),
        )
        part.replace(path)
        return path

    @staticmethod
    def load(path: Path) -> "Song":
        """Read one prepared song.

        Raises DataError when the file is missing, damaged or no prepared song.
        """
        try:
            with np.load(path) as file:
                facts = json.loads(str(file["facts"]))
                arrays = {name: file[name] for name in ("poses", "real", "beats", "heard")}
                audio = file["audio"].astype(np.float32) / 32767
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise DataError(
                f"{path} is not a prepared song ({error}): prepare it again."
            ) from error
        if arrays["poses"].shape[1:] != (spec.N_JOINTS, 2):
            raise DataError(f"{path} holds poses of another shape: prepare it again.")
        return Song(audio=audio, **arrays, **facts)


def load_songs(folder: Path, split: str | None = None) -> list[Song]:
    """All prepared songs of a folder, by name, of one split if named.

    Raises DataError when there is none.
    """
    songs = [Song.load(path) for path in sorted(folder.glob("*.npz")) if path.name[0] != "."]
    chosen = [song for song in songs if split in (None, song.split)]
    if not chosen:
        raise DataError(
            f"{folder} holds no prepared songs{f' of the split {split}' if split else ''}: "
            "run `python -m train.prepare` first."
        )
    return chosen
