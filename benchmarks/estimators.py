"""How well the joints of a person are found in videos, by BlazePose here and by MediaPipe's own.

`python -m benchmarks.estimators alice.mp4 dancer.avi` looks at runs of following frames, evenly
spread. Beside a pose file the distance to its points is told, in % of the body's height; beside a
coverage how far the masks are off; for all videos how far apart the two are. MediaPipe's own is
left out where mediapipe 0.10.14 is not installed.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.arguments import whole
from models.types import Array
from train.person.cover import coverage_beside
from train.person.joints import beside
from train.readers.blazepose.pose import BlazePose
from train.readers.estimator import LANDMARKS, joints_of
from train.readers.video import frame_count, pictures
from train.run.processor import processor

Found = tuple[Array, Array] | None  # joints (18, 3) px, mask (H, W)
LIMBS = [joint for joint in LANDMARKS if joint < 14]  # no face: it is hidden half of the time


class Here:
    """The program's own."""

    def __init__(self) -> None:
        self._pose = BlazePose()

    def find(self, rgb: Array) -> Found:
        person = self._pose.find(rgb)
        return None if person is None else (joints_of(person), person.mask())

    def forget(self) -> None:
        self._pose.forget()


class Theirs:
    """MediaPipe's graph, as `train.prepare` used it before. Raises ImportError."""

    def __init__(self) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.python.solutions.pose import Pose  # pyright: ignore[reportMissingImports]

        self._pose = Pose(
            smooth_landmarks=False, enable_segmentation=True, smooth_segmentation=False
        )

    def find(self, rgb: Array) -> Found:
        found = self._pose.process(rgb)
        if found.pose_landmarks is None:
            return None
        marks = np.array([(m.x, m.y, m.visibility) for m in found.pose_landmarks.landmark])
        joints = np.zeros((spec.N_JOINTS, 3))
        for joint, mark in LANDMARKS.items():
            joints[joint] = marks[mark] * (rgb.shape[1], rgb.shape[0], 1)
        return joints, found.segmentation_mask

    def forget(self) -> None:
        self._pose.reset()


def rows_of(count: int, wanted: int, run: int) -> Array:
    """Runs of that many following frames, evenly spread, about `wanted` of `count` in all."""
    runs = max(1, min(wanted, count) // run)
    begins = np.linspace(0, max(0, count - run), runs).astype(int)
    return np.unique((begins[:, None] + np.arange(run)).clip(max=count - 1))


def frames_of(video: Path, rows: Array) -> Iterator[tuple[int, Array]]:
    wanted = set(rows.tolist())
    for row, picture in enumerate(pictures(video)):
        if row in wanted:
            yield row, picture.rgb
        if row >= rows[-1]:
            return


def looked(estimator: Any, video: Path, rows: Array, truth: Array | None) -> dict[str, Any]:
    """Joints (N, 18, 3), nan where nobody was found; error of each mask; processor ms a frame."""
    joints, seconds, masks, last = [], [], [], -2
    covered = dict(frames_of(coverage_beside(video), rows)) if truth is not None else {}
    for row, rgb in frames_of(video, rows):
        if row != last + 1:
            estimator.forget()
        last = row
        begun = time.process_time()
        found = estimator.find(rgb)
        seconds.append(time.process_time() - begun)
        joints.append(np.full((spec.N_JOINTS, 3), np.nan) if found is None else found[0])
        if row in covered and found is not None:
            masks.append(mask_error(found[1], covered[row][..., 1] / np.float32(255)))
    return {"joints": np.array(joints), "masks": masks, "ms": 1000 * float(np.median(seconds))}


def mask_error(mask: Array, truth: Array) -> float:
    """Mean difference in the person's box, 0..1."""
    rows, columns = (np.flatnonzero(truth.max(axis) > 0.5) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return float(np.abs(mask[box] - truth[box]).mean())


def apart(one: Array, other: Array, tall: float) -> dict[str, float]:
    """Of joints (N, 18, 2): median and 95th percentile of the distance, % of the height."""
    away = 100 * np.linalg.norm(one - other, axis=-1)[:, LIMBS] / tall
    away = away[np.isfinite(away)]
    return {
        "median": round(float(np.median(away)), 3),
        "p95": round(float(np.percentile(away, 95)), 3),
    }


def off(error: Array, tall: float) -> list[list[float]]:
    """Of each of LIMBS, to the right and down on average, % of the height."""
    return [[round(float(v), 2) for v in xy] for xy in (100 * np.nanmean(error, 0) / tall)[LIMBS]]


def measured(video: Path, estimators: dict[str, Any], wanted: int, run: int) -> dict[str, Any]:
    rows = rows_of(frame_count(video), wanted, run)
    pose_file = beside(video)
    truth = None
    if pose_file.is_file():
        with np.load(pose_file) as stored:
            truth = stored["keypoints"][rows, :, :2]
    seen = {name: looked(each, video, rows, truth) for name, each in estimators.items()}
    first = next(iter(seen.values()))["joints"] if truth is None else truth
    tall = float(np.nanpercentile(np.ptp(first[..., 1], axis=1), 90))
    result: dict[str, Any] = {"frames": len(rows), "height_px": round(tall)}
    for name, each in seen.items():
        told: dict[str, Any] = {"ms": round(each["ms"], 1)}
        told["lost"] = int(np.isnan(each["joints"][:, 0, 0]).sum())
        if truth is not None:
            told |= apart(each["joints"][..., :2], truth, tall)
            told["off"] = off(each["joints"][..., :2] - truth, tall)
        if each["masks"]:
            told["mask"] = round(float(np.mean(each["masks"])), 4)
        result[name] = told
    if len(seen) > 1:
        one, other = (each["joints"][..., :2] for each in seen.values())
        result["apart"] = apart(one, other, tall)
    return result


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.estimators", description=__doc__)
    p.add_argument("videos", nargs="+", type=Path)
    p.add_argument("--frames", type=whole(), default=300, help="of each video (default: 300)")
    p.add_argument("--run", type=whole(), default=10, help="following frames (default: 10)")
    p.add_argument("--out", type=Path, default=Path("out/estimators.json"))
    options = p.parse_args()
    estimators: dict[str, Any] = {"here": Here()}
    try:
        estimators["MediaPipe"] = Theirs()
    except ImportError:
        print("mediapipe 0.10.14 is not installed: its own graph is not measured")
    result: dict[str, Any] = {"processor": processor()}
    for video in options.videos:
        result[video.name] = measured(video, estimators, options.frames, options.run)
        print(video.name, json.dumps(result[video.name]))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
