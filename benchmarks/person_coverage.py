"""How well what is person is found in a video of somebody whose true coverage is known.

`python -m benchmarks.person_coverage alice.mp4` (with `alice.alpha.mp4`, a pose file beside them;
extra `video`): of every 50th frame, the network's mask and the coverage made of it.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from models.arguments import whole
from models.types import Array
from train.person.cover import FoundCoverage, coverage_beside
from train.person.film import Box, area_of, boxes
from train.person.joints import beside
from train.person.key_points import read_key_points
from train.person.masks import PersonFinder
from train.person.outline import Outline
from train.person.place import Place, find_place
from train.person.square import Square
from train.picture_eval.coverage import LARGE_HOLE, largest_hole
from train.run.processor import processor


class Looked:
    """Frames around those that are judged, their masks, and the empty place found from them."""

    def __init__(self, video: Path, size: int, every: int) -> None:
        facts = read_key_points(beside(video))
        self.joints, self.clip = facts["joints"], facts["clip"]
        square = Square(*(int(n) for n in facts["square"]))
        self.rows = np.arange(1, len(self.joints) - 1, every)
        around = np.unique(self.rows[:, None] + np.arange(-1, 2))
        self.frames = dict(zip(around, square.some(video, size, around), strict=True))
        true = square.some(coverage_beside(video), size, self.rows)[..., 1]
        self.true = dict(zip(self.rows, true, strict=True))
        self.outline = Outline(self.joints)
        finder = PersonFinder(self.outline, self.joints)
        self.masks = {row: finder.alone(int(row), rgb) for row, rgb in self.frames.items()}
        self.place = self._place()

    def _place(self) -> Place:
        return find_place(
            self.outline, self.rows,
            lambda rows: np.stack([self.frames[row] for row in rows]),
            lambda row, _: self.masks[row],
        )  # fmt: skip


def judged(ours: Array, truth: Array) -> tuple[float, int]:
    """Mean error of a part, 0..1, and its largest hole, px."""
    return float(np.abs(ours.astype(np.float32) - truth).mean()) / 255, largest_hole(ours, truth)


def of_network(mask: Array, size: int, area: Box) -> Array:
    """The mask alone, at full size."""
    import cv2

    whole_mask = cv2.resize(mask, (size, size), interpolation=cv2.INTER_LINEAR)[area]
    return (255 * whole_mask).round().astype(np.uint8)


def summary(found: list[tuple[float, int]]) -> dict[str, float]:
    errors, holes = np.array(found).T
    return {
        "error": round(float(errors.mean()), 4),
        "worst_error": round(float(errors.max()), 4),
        "frames_with_a_hole": int((holes > LARGE_HOLE).sum()),
        "largest_hole": int(holes.max()),
    }


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.person_coverage", description=__doc__)
    p.add_argument("video", type=Path)
    p.add_argument("--size", type=whole(), default=1024)
    p.add_argument("--every", type=whole(3), default=50)
    p.add_argument("--out", type=Path, default=Path("out/person_coverage.json"))
    options = p.parse_args()
    seen = Looked(options.video, options.size, options.every)
    cover = FoundCoverage(lambda: seen.masks, seen.outline, seen.clip, seen.place)
    coarse, fine, seconds = [], [], []
    for row, area in zip(seen.rows, boxes(seen.joints, options.size)[seen.rows], strict=True):
        part = area_of(area)
        truth = seen.true[row][part]
        coarse.append(judged(of_network(seen.masks[row], options.size, part), truth))
        begun = time.thread_time()
        ours = cover(int(row), seen.frames[row], part)
        seconds.append(time.thread_time() - begun)
        fine.append(judged(ours, truth))
    result = {
        "processor": processor(),
        "frames": len(seen.rows),
        "network": summary(coarse),
        "made_fine": summary(fine) | {"seconds": round(float(np.median(seconds)), 3)},
    }
    print(json.dumps(result))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
