"""How long each stage of a puppet's picture takes on this processor, ms of its own thread.

Time of the thread, not of the clock, so that other work on the machine counts less.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from models import bundle
from models.arguments import whole
from models.pose_file import read_pose_file
from models.puppet.painter import PuppetPainter, before_plate
from models.types import Array

STAGES = ("pose", "network", "collage", "before plate", "all")


def stages(painter: PuppetPainter, poses: Array) -> dict[str, dict[str, float]]:
    """Least, median and 90th percentile of each stage over poses (N, 18, 2), 0..1."""
    rows: list[Array] = []
    painter.paint(poses[0])
    for joints in poses[:, None].astype(np.float32):
        at = [time.thread_time()]
        pose = painter.rig.pose(joints)
        at.append(time.thread_time())
        moves = painter.moves(joints, pose)
        at.append(time.thread_time())
        person = painter.collage.person(pose.frames, moves)
        at.append(time.thread_time())
        before_plate(person, moves.shadow, painter.plate)
        at.append(time.thread_time())
        rows.append(1e3 * np.array([*np.diff(at), at[-1] - at[0]]))
    taken = np.array(rows)
    return {
        name: {
            "least": round(float(taken[:, n].min()), 2),
            "p50": round(float(np.median(taken[:, n])), 2),
            "p90": round(float(np.percentile(taken[:, n], 90)), 2),
        }
        for n, name in enumerate(STAGES)
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("target", help="name or path of a puppet")
    p.add_argument("poses", type=Path, help="a pose file")
    p.add_argument("--size", type=whole(16, 8_192), nargs="+", default=[512, 768, 1024])
    p.add_argument("--out", type=Path)
    options = p.parse_args()
    read = read_pose_file(options.poses, ("keypoints", "size"))
    shown = (read.points[:200, :, :2] / max(read.size)).astype(np.float32)
    found = bundle.find("target", options.target)
    report = {size: stages(PuppetPainter(found, size), shown) for size in options.size}
    for size, taken in report.items():
        print(f"{size} px: " + ", ".join(f"{name} {ms['p50']}" for name, ms in taken.items()))
    if options.out is not None:
        options.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
