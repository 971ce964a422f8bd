"""The Free Music Archive data set in its published layout: tracks with their genre and split.

`fma_metadata/tracks.csv` (two rows of headings, then the ids) and `fma_small/000/000002.mp3`.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from train.songs.song import DataError

SPLITS = {"training": "train", "validation": "val", "test": "test"}


@dataclass(frozen=True)
class Track:
    """One segment of music."""

    path: Path
    genre: str
    split: str  # train, val or test


def tracks(folder: Path, subset: str = "small") -> list[Track]:
    """All tracks of a subset whose sound is there and whose genre is known, by id.

    Raises DataError when the folder is no such data set.
    """
    table = folder / "fma_metadata" / "tracks.csv"
    found: list[Track] = []
    try:
        with table.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file)
            groups, names = next(rows), next(rows)
            columns = {key: i for i, key in enumerate(zip(groups, names, strict=True))}
            genre, split, part = (
                columns[key]
                for key in (("track", "genre_top"), ("set", "split"), ("set", "subset"))
            )
            next(rows)  # the name of the id
            for row in rows:
                number = int(row[0])
                path = folder / f"fma_{subset}" / f"{number // 1000:03d}" / f"{number:06d}.mp3"
                if row[part] == subset and row[genre] and path.is_file():
                    found.append(Track(path, row[genre], SPLITS[row[split]]))
    except (OSError, ValueError, KeyError, IndexError, StopIteration) as error:
        raise DataError(f"{folder} is not the Free Music Archive ({error!r}).") from error
    if not found:
        raise DataError(f"{folder} holds no sound of the subset {subset}.")
    return sorted(found, key=lambda track: track.path.name)
