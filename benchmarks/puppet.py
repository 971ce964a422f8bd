"""What a puppet's picture costs: counts of its bundle, and how long each stage takes, ms.

On the processor time of its own thread, not of the clock, so that other work on the machine counts
less; with a graphics chip, where there is one, time of the clock, read-back included, and that of
the own thread beside it.
"""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import networks
from benchmarks.counts import counts
from models import bundle
from models.arguments import whole
from models.pose_file import read_pose_file
from models.puppet.compositor import OnProcessor, before_plate
from models.puppet.painter import PuppetPainter
from models.puppet.puppet import Puppet
from models.runtime.engines import CHIP, EngineError
from models.types import Array

Taken = dict[str, dict[str, float]]


def stages(painter: PuppetPainter, poses: Array) -> Taken:
    """Least, median and 90th percentile of each stage over poses (N, 18, 2), 0..1."""
    is_own = isinstance(painter.compositor, OnProcessor)
    painter.paint(poses[0])
    laps = [list(_laps(painter, joints)) for joints in poses[:, None].astype(np.float32)]
    own, clock = 1e3 * np.array(laps).transpose(2, 0, 1)  # (N, laps)
    at = own if is_own else clock
    columns = [*np.diff(at).T, at[:, -1] - at[:, 0]]
    names = ["pose", "network", *(("collage", "before plate") if is_own else ("compose",)), "all"]
    if not is_own:
        columns, names = [*columns, own[:, -1] - own[:, 0]], [*names, "own thread"]
    taken = np.stack(columns, 1)
    return {
        name: {
            "least": round(float(taken[:, n].min()), 2),
            "p50": round(float(np.median(taken[:, n])), 2),
            "p90": round(float(np.percentile(taken[:, n], 90)), 2),
        }
        for n, name in enumerate(names)
    }


def _laps(painter: PuppetPainter, joints: Array) -> Iterator[tuple[float, float]]:
    """Own time and the clock before and after each stage of one picture, s."""

    def clocks() -> tuple[float, float]:
        return time.thread_time(), time.perf_counter()

    puppet, compositor = painter.puppet, painter.compositor
    yield clocks()
    pose = puppet.rig.pose(joints)
    yield clocks()
    moves = puppet.moves(joints, pose)
    yield clocks()
    if isinstance(compositor, OnProcessor):
        person = compositor.collage.person(pose.frames, moves)
        yield clocks()
        before_plate(person, moves.shadow, puppet.plate)
    else:
        compositor.compose(pose.frames, moves)
    yield clocks()


def measure(found: bundle.Bundle, poses: Array, size: int) -> dict[str, Taken]:
    """By engine; without that of a chip where there is none."""
    puppet = Puppet(found, size)
    painters = [PuppetPainter(puppet)]
    try:
        painters.append(PuppetPainter(puppet, engine=CHIP))
    except EngineError as error:
        print(error)
    return {str(painter.engine): stages(painter, poses) for painter in painters}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("target", help="name or path of a puppet")
    p.add_argument("poses", type=Path, help="a pose file")
    p.add_argument("--size", type=whole(16, 8_192), nargs="+", default=[512, 768, 1024])
    p.add_argument(
        "--against-pix2pix",
        action="store_true",
        help="pix2pixHD's global generator at 256 over this puppet at 1024, too",
    )
    p.add_argument("--out", type=Path)
    options = p.parse_args()
    read = read_pose_file(options.poses, ("keypoints", "size"))
    shown = (read.points[:200, :, :2] / max(read.size)).astype(np.float32)
    found = bundle.find("target", options.target)
    counted = counts(found)
    if options.against_pix2pix:
        counted["pix2pixHD global / puppet at 1024"] = networks.pix2pix_against_puppet(found)
    print(f"{found.manifest.name}: {', '.join(f'{what} {n}' for what, n in counted.items())}")
    taken = {size: measure(found, shown, size) for size in options.size}
    for size, engines in taken.items():
        for engine, stage in engines.items():
            times = ", ".join(f"{name} {ms['p50']}" for name, ms in stage.items())
            print(f"{size} px, {engine}: {times}")
    if options.out is not None:
        text = json.dumps({"counts": counted, **taken}, indent=1)
        options.out.write_text(text + "\n", encoding="utf-8")
