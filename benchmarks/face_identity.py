"""Whether the network that knows faces tells two filmed persons apart, and knows each again.

`python -m benchmarks.face_identity VIDEO OTHER` (a pose file beside each; extra `face`): mean
distances of true faces for each direction of the head, of other moments and of the other person.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np

from models.arguments import whole
from models.types import Array
from train.person.joints import beside
from train.person.key_points import read_key_points
from train.person.square import Square
from train.picture_eval.heading import DIRECTIONS, FURTHEST, STEP, heading
from train.picture_eval.identity import APART_S, descriptor, elsewhen


class Filmed(NamedTuple):
    """Faces of one person."""

    faces: Array  # (N, 128)
    degrees: Array  # (N,)
    again: Array  # (N,) distance to the same person's faces of other moments


def filmed(video: Path, size: int, every: int) -> Filmed:
    """Of every so many frames in which the face is seen."""
    facts = read_key_points(beside(video))
    rows = np.arange(0, len(facts["joints"]), every)
    rows = rows[np.abs(heading(facts["joints"][rows])) < FURTHEST]
    joints, clip = facts["joints"][rows], facts["clip"][rows]
    square = Square(*(int(n) for n in facts["square"]))
    pictures = square.some(video, size, rows)
    faces = np.array([descriptor(p, j) for p, j in zip(pictures, joints, strict=True)])
    degrees = heading(joints)
    again = elsewhen(faces, rows, clip, degrees, APART_S * float(facts["fps"]))
    return Filmed(faces, degrees, again)


def compare(one: Filmed, other: Filmed) -> list[dict[str, float]]:
    """A row for each direction in which both were seen; degrees are the direction's middle."""
    apart = np.linalg.norm(one.faces[:, None] - other.faces, axis=-1)
    rows: list[dict[str, float]] = []
    for middle in DIRECTIONS:
        here, there = (abs(p.degrees - middle) <= STEP / 2 for p in (one, other))
        if here.any() and there.any():
            row = {
                "degrees": middle,
                "the same person": np.nanmean(one.again[here]),
                "the other again": np.nanmean(other.again[there]),
                "the other person": apart[here][:, there].mean(),
                "least of these": apart[here][:, there].min(),
            }
            rows.append({name: round(float(value), 3) for name, value in row.items()})
    return rows


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("video", type=Path)
    p.add_argument("other", type=Path)
    p.add_argument("--size", type=whole(64, 8_192), default=1024)
    p.add_argument("--every", type=whole(), default=50, help="frames (default: %(default)s)")
    options = p.parse_args()
    both = [filmed(path, options.size, options.every) for path in (options.video, options.other)]
    print(json.dumps(compare(*both), indent=1))
