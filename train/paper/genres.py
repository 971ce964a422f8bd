"""Music whose genre is known, and segments of 5 s of it: what a CRNN learns from.

Two sources: a folder with manifest.json (song, style) and sound files, and the Free Music Archive.
Files without a segment (unreadable, empty, too short) are left out and named.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from models.json_file import JsonError, read_json
from models.nets.measure.crnn import N_SAMPLES, RATE
from models.types import Array
from train.paper import fma
from train.paper.folds import folds_of
from train.songs.audio_file import read
from train.songs.song import DataError

_GAIN_DB = 4.0  # spread of the level in training


@dataclass(frozen=True)
class Track:
    """One segment of music."""

    name: str
    genre: str
    fold: int  # in which it is tested
    sound: Array  # int16 (n,) at RATE

    def segments(self) -> Array:
        """All segments of 5 s from its start, float32 (P, N_SAMPLES)."""
        whole = len(self.sound) // N_SAMPLES * N_SAMPLES
        return as_float(self.sound[:whole]).reshape(-1, N_SAMPLES)


@dataclass(frozen=True)
class Music:
    """What can be learned from, and what cannot."""

    tracks: list[Track]
    left_out: list[str]  # each file and why


def as_float(sound: Array) -> Array:
    """int16 to float32, -1..1."""
    return sound.astype(np.float32) / 32767


def _read(folder: Path, found: Iterable[tuple[Path, str, int]]) -> Music:
    """(file, genre, fold) of tracks -> their sound. Raises DataError when none can be used."""
    tracks: list[Track] = []
    left_out: list[str] = []
    for path, genre, fold in tqdm(list(found), desc="music", disable=None):
        try:
            sound = np.round(read(path, RATE) * 32767).astype(np.int16)
        except OSError as error:
            left_out.append(f"{path.name}: {error}")
            continue
        if len(sound) < N_SAMPLES:
            seconds = f"{len(sound) / RATE:.1f} s, less than a segment of {N_SAMPLES / RATE:.0f} s"
            left_out.append(f"{path.name}: {seconds}")
        else:
            tracks.append(Track(path.stem, genre, fold, sound))
    if not tracks:
        why = f" ({left_out[0]})" if left_out else ""
        raise DataError(f"{folder} holds no music of 5 s that can be read{why}.")
    return Music(tracks, left_out)


def ballroom(folder: Path, first: Collection[str] = ()) -> Music:
    """The songs of a folder, by name; those of `first` are fold 0.

    Raises DataError when it is no such folder or no file can be used.
    """
    try:
        genres = {row["song"]: row["style"] for row in read_json(folder / "manifest.json")}
        folds = folds_of(genres, first)
    except (DataError, JsonError, AttributeError, KeyError, TypeError) as error:
        raise DataError(f"{folder} holds no music with genres ({error}).") from error
    names = sorted(genres)
    return _read(folder, ((folder / f"{name}.ogg", genres[name], folds[name]) for name in names))


def free_music(folder: Path) -> Music:
    """The Free Music Archive's small set; its own test split is fold 0, the rest is never tested.

    Raises DataError when it is not there or no file can be used.
    """
    folds = {"test": 0}
    found = fma.tracks(folder)
    return _read(folder, ((track.path, track.genre, folds.get(track.split, -1)) for track in found))


class Genres:
    """Draws segments from anywhere in the tracks; every draw depends on the generator alone."""

    def __init__(self, tracks: list[Track], classes: tuple[str, ...]) -> None:
        """Raises DataError when no track is long enough for a segment."""
        self._tracks = [track for track in tracks if len(track.sound) >= N_SAMPLES]
        if not self._tracks:
            raise DataError("No track is long enough for a segment of 5 s.")
        lengths = np.array([len(track.sound) for track in self._tracks], float)
        self._share = lengths / lengths.sum()
        self._numbers = np.array([classes.index(track.genre) for track in self._tracks])
        seconds = np.array([lengths[self._numbers == n].sum() for n in range(len(classes))])
        # What a class counts: as much as any other over all that is drawn.
        self.weights = np.where(seconds > 0, seconds.sum() / np.maximum(seconds, 1), 0.0)
        self.weights = (self.weights / np.mean(self.weights[seconds > 0])).astype(np.float32)

    def batch(self, rng: np.random.Generator, size: int) -> tuple[Array, Array]:
        """Sound float32 (size, N_SAMPLES) and numbers of the classes."""
        rows = rng.choice(len(self._tracks), size, p=self._share)
        sounds: list[Array] = []
        for row in rows:
            sound = self._tracks[row].sound
            first = rng.integers(len(sound) - N_SAMPLES + 1)
            gain = 10 ** (rng.normal(0, _GAIN_DB) / 20)
            sounds.append(np.clip(as_float(sound[first : first + N_SAMPLES]) * gain, -1, 1))
        return np.stack(sounds).astype(np.float32), self._numbers[rows]
