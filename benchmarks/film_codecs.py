"""What films cost: processor time a picture beside a show and offline, bytes, and how exact.

`python -m benchmarks.film_codecs [--rows 1080] [--pictures 60] [--names a.mov]`: `alice-hd`,
standing, who is moved from picture to picture on a stage of 16:9; all threads together. `cut_ms` is
what comes before the codec: colours that are not multiplied by alpha, and the whole picture.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from benchmarks.decoded import decoded
from benchmarks.web_output import Numbered
from live.core.cutout import Box
from live.film.forms import stream_form
from live.film.tracks import AvTracks, Take
from live.outputs.alpha import multiplied, straight
from live.outputs.alpha import whole as whole_picture
from live.outputs.stream.output import default_bit_rate
from live.recording.kinds import kind_of
from models.arguments import whole
from models.types import Array
from train.run.processor import processor

NAMES = ("a.mp4", "a.mov", "a.webm", "a/")


def measure(name: str, pictures: list[Array], offline: bool, n: int) -> dict[str, float]:
    """Of one kind of film."""
    kind = kind_of(name)
    height, width = pictures[0].shape[:2]
    given = pictures if kind.has_alpha else [p[..., :3].copy() for p in pictures]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name.rstrip("/")
        part = kind.part(path)
        began = time.process_time()
        tracks = kind.tracks(part, path, Take((width, height), 30.0, 0, 2, offline))
        for number in range(n):
            tracks.show(tracks.picture(given[number % len(given)]), number)
        tracks.flush()
        tracks.close()
        took = time.process_time() - began
        kind.finish(part, path, True)
        files = list(path.iterdir()) if path.is_dir() else [path]
        told = {
            "ms": round(took / n * 1e3, 1),
            "kB": round(sum(file.stat().st_size for file in files) / n / 1e3, 1),
        }
        return told | (_exactness(path, pictures, n) if kind.has_alpha else {})


class _Nowhere:
    n = 0

    def write(self, data: bytes) -> int:
        self.n += len(data)
        return len(data)


def stream(pictures: list[Array], n: int) -> dict[str, float]:
    """What `--out rtmp://...` encodes."""
    height, width = pictures[0].shape[:2]
    given, sink = [p[..., :3].copy() for p in pictures], _Nowhere()
    began = time.process_time()
    form = stream_form(default_bit_rate((width, height), 30.0))
    tracks = AvTracks(sink, form, (width, height), 30.0, 0, 2, False)
    for number in range(n):
        tracks.show(tracks.picture(given[number % len(given)]), number)
    tracks.flush()
    tracks.close()
    took = time.process_time() - began
    return {"ms": round(took / n * 1e3, 1), "kB": round(sink.n / n / 1e3, 1)}


def _exactness(path: Path, pictures: list[Array], n: int) -> dict[str, float]:
    """Levels of 255, where somebody is: alpha at most and on average, colours as they are seen."""
    most, alpha, colours = 0, [], []
    for number, found in enumerate(decoded(path).pictures[:n]):
        painted = pictures[number % len(pictures)]
        there = painted[..., 3] > 0
        off = np.abs(found[..., 3].astype(int) - painted[..., 3])
        most = max(most, int(off.max()))
        alpha.append(off[there].mean())
        colours.append(
            np.abs(multiplied(found).astype(int) - multiplied(painted))[there][:, :3].mean()
        )
    return {
        "alpha_most": most,
        "alpha_mean": round(float(np.mean(alpha)), 2),
        "colours_mean": round(float(np.mean(colours)), 2),
    }


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=whole(128, 2160), default=1080)
    p.add_argument("--pictures", type=whole(1, 1000), default=60)
    p.add_argument("--names", nargs="*", default=NAMES, choices=NAMES)
    args = p.parse_args()
    cv2.setNumThreads(1)
    size = (args.rows * 16 // 9, args.rows)
    box = Numbered(args.rows).cutout().box()
    began = time.process_time()
    pictures = [
        whole_picture(Box(size[0] // 3 + 4 * n, box.y, straight(box.rgba)), size) for n in range(8)
    ]
    told: dict[str, object] = {
        "processor": processor(),
        "size": size,
        "cut_ms": round((time.process_time() - began) / 8 * 1e3, 1),
    }
    told["stream"] = stream(pictures, args.pictures)
    for name in args.names:
        for offline in (False, True):
            label = f"{name[1:]} {'offline' if offline else 'live'}"
            told[label] = measure(name, pictures, offline, args.pictures)
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
