"""Many recordings prepared by one process and by all: `python -m benchmarks.prepare [--clips N]`.

Made folders of OpenPose with the band's music; the time is that of the command `train.prepare`.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from models import spec
from models.arguments import whole
from models.band import songs
from models.skeleton import STANDING

FPS, SECONDS = 25, 12.0


def make(folder: Path, clips: int) -> None:
    """`clips` dances of SECONDS, each to music of its own."""
    import soundfile

    times = np.arange(round(FPS * SECONDS)) / FPS
    rng = np.random.default_rng(0)
    for number in range(clips):
        clip = folder / f"clip_{number:03d}"
        clip.mkdir(parents=True)
        played = songs.make_song(number, "house", float(rng.uniform(90, 140)), SECONDS, 16_000)
        soundfile.write(clip / "music.wav", played.mono, spec.SAMPLE_RATE)
        poses = np.repeat(STANDING[None], len(times), 0).astype(float)
        for joint in (4, 7, 10, 13):
            poses[:, joint] += 0.12 * np.sin(
                2 * np.pi * rng.uniform(0.4, 1.2, 2) * times[:, None] + rng.uniform(0, 6, 2)
            )
        pixels = poses * 180 + [320, 230]
        for row, pose in enumerate(pixels):
            flat = np.concatenate([pose, np.full((18, 1), 0.9)], 1).ravel().round(2).tolist()
            person = {"people": [{"pose_keypoints": flat}]}
            (clip / f"clip_{row:012d}_keypoints.json").write_text(json.dumps(person))


def measure(clips: int) -> dict[str, object]:
    """Seconds with one process and with one a core."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "clips", clips)
        took: dict[str, float] = {}
        for jobs in (1, 0):
            out = folder / f"out_{jobs}"
            command = [sys.executable, "-m", "train.prepare", str(folder / "clips")]
            began = time.perf_counter()
            subprocess.run(
                [*command, "--out", str(out), "--jobs", str(jobs)], check=True, capture_output=True,
                env=os.environ | {"OMP_NUM_THREADS": "1"},
            )  # fmt: skip
            took["one process" if jobs else "one a core"] = round(time.perf_counter() - began, 1)
            if len(list(out.glob("*.npz"))) < clips:
                raise RuntimeError("not every clip became a song")
    return {"clips": clips, "seconds each": SECONDS, **took}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--clips", type=whole(), default=200)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.clips), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
