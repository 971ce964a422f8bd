"""What noise on the joints costs a puppet, and how much of it smoothing over time gives back.

`python -m benchmarks.joint_noise BUNDLE VIDEO` (pose file, coverage beside the video) paints from
exact joints and from some with noise, drawn anew for each frame, smoothed in several ways. With
`--found POSES` it says instead how joints that were found in the video differ from those beside it.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from models import bundle
from models.arguments import number, whole
from models.image_similarity import likeness
from models.puppet.painter import PuppetPainter
from models.types import Array
from train.person.data import TargetData
from train.person.joints import beside
from train.person.key_points import read_key_points
from train.person.material import Material, load_data
from train.picture_eval.coverage import measure_coverage
from train.picture_eval.flicker import Flicker
from train.picture_eval.measures import part_ssim

# Weights of the frames around each; cubics are those of Savitzky and Golay.
SMOOTHING = {
    "not smoothed": (1.0,),
    "three frames": (1 / 4, 1 / 2, 1 / 4),
    "a cubic through five": (-3 / 35, 12 / 35, 17 / 35, 12 / 35, -3 / 35),
    "a cubic through seven": tuple(w / 21 for w in (-2, 3, 6, 7, 6, 3, -2)),
    "mean of five": (1 / 5,) * 5,
}
_REACH = 3  # frames that the widest looks ahead and back
_SECOND_S = 1.0  # in which an error counts as one that changes


def smoothed(joints: Array, clip: Array, weights: tuple[float, ...]) -> Array:
    """Joints (N, 18, 2), excerpt by excerpt `clip` (N,); beyond an end its pose stays."""
    half, found = len(weights) // 2, np.empty_like(joints)
    for excerpt in np.unique(clip):
        own = clip == excerpt
        padded = np.pad(joints[own], ((half, half), (0, 0), (0, 0)), mode="edge")
        count = int(own.sum())
        found[own] = sum(w * padded[at : at + count] for at, w in enumerate(weights))
    return found


def tremble(joints: Array, clip: Array) -> float:
    """Root mean square of the white noise that has their second difference in time."""
    second = (joints[2:] - 2 * joints[1:-1] + joints[:-2])[clip[2:] == clip[:-2]]
    return float(np.sqrt((second**2).mean() / 6))


def painted(
    painter: PuppetPainter, data: TargetData, told: Array, every: int
) -> dict[str, float | None]:
    """How like the person, painted from the joints `told` (N, 18, 2)."""
    rows = np.arange(_REACH, len(told) - _REACH, every)
    rows = rows[data.clip[rows - _REACH] == data.clip[rows + _REACH]]
    flicker, found = Flicker(data.plate), list[dict[str, float]]()
    for row in rows:
        three = slice(row, row + 3)
        shown, true = np.stack([painter(j) for j in told[three]]), np.asarray(data.frames[three])
        similarity, _ = likeness(shown[0], true[0], data.joints[row])
        found.append({"ssim": similarity, **part_ssim(shown[0], true[0], data.joints[row])})
        flicker.add(shown, true, data.joints[three])
    means = {key: round(float(np.nanmean([f[key] for f in found])), 4) for key in found[0]}
    in_turn = iter(told[rows])
    coverage = measure_coverage(lambda _: painter.coverage(next(in_turn)), data, rows)
    box = flicker.region("box")
    return {
        "frames": len(rows),
        **means,
        "coverage error": None if coverage is None else round(coverage.error, 4),
        "flicker": None if box is None or box.ratio is None else round(box.ratio, 3),
    }


def found_joints(video: Path, poses: Path) -> list[dict[str, float | str]]:
    """Body joints of `poses` against those beside the video, px."""
    exact, found = read_key_points(beside(video)), read_key_points(poses)
    (left, top, side), (left_0, top_0, side_0) = found["square"], exact["square"]
    off = found["joints"] * side + (left, top) - exact["joints"] * side_0 - (left_0, top_0)
    body, clip = off[:, :14].astype(np.float64), exact["clip"]
    around = (1 / (n := round(_SECOND_S * float(exact["fps"]))),) * (n + 1 - n % 2)
    rows: list[dict[str, float | str]] = []
    for name, weights in SMOOTHING.items():
        # The truth is smooth: what is smoothed of it is nearly itself.
        moved = smoothed(found["joints"].astype(np.float64), clip, weights) - found["joints"]
        error = body + moved[:, :14] * side
        changing = error - smoothed(error, clip, around)
        rows.append({
            "smoothing": name,
            "trembles by px": round(tremble(error, clip), 2),
            "off within a second, px": round(float(np.sqrt((changing**2).mean())), 2),
        })  # fmt: skip
    return rows


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.joint_noise", description=__doc__)
    p.add_argument("bundle", type=Path)
    p.add_argument("video", type=Path)
    p.add_argument("--noise", type=number(0.0, 100.0), default=2.0, metavar="PX")
    p.add_argument("--every", type=whole(), default=80, help="frames (default: %(default)s)")
    p.add_argument("--cache", type=Path, default=Path("runs/joint_noise"))
    p.add_argument("--found", type=Path, metavar="POSES")
    p.add_argument("--out", type=Path, default=Path("out/joint_noise.json"))
    options = p.parse_args()
    rows: list[dict[str, float | str | None]] = []
    if options.found:
        rows += found_joints(options.video, options.found)
    else:
        painter = PuppetPainter(bundle.load(options.bundle))
        data = load_data(Material(options.video), painter.size, options.cache, keyed=True)
        rng = np.random.default_rng(0)
        off = rng.normal(0, options.noise / painter.size, data.joints.shape)
        for noise in (0.0, options.noise):
            for name, weights in SMOOTHING.items():
                told = smoothed(data.joints + off * (noise > 0), data.clip, weights)
                figures = painted(painter, data, told.astype(np.float32), options.every)
                rows.append({"noise px": noise, "smoothing": name, **figures})
                print(json.dumps(rows[-1]), flush=True)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if options.found:
        print(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
