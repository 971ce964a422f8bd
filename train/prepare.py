"""`python -m train.prepare SOURCE... --out DIR`: anybody's dances -> prepared songs, one .npz each.

A source is a video or a folder of videos, a folder of OpenPose, the pose pairs of the paper's
authors (JSON), AIST++, dance_with_melody, or dances without music (BVH, club_motion): songs of the
project's band are laid over those. What is done already is kept; what cannot be used is named in
DIR/report.json with its reason, and the rest goes on.
"""

import argparse
import sys
from pathlib import Path

from models.arguments import folder_to_fill, number, share, whole
from models.command import command
from train.readers.estimator import DEFAULT
from train.readers.job import Options
from train.readers.pool import prepare_sources
from train.readers.summary import lines_of
from train.songs.song import DataError


@command("train.prepare")
def main(argv: list[str] | None = None) -> int:
    """0 if anything usable came out, else 1."""
    args = _arguments().parse_args(argv)
    options = Options(
        out=str(args.out),
        many=0,
        style=args.style,
        licence=args.licence,
        fps=args.fps,
        align=args.align,
        quality=args.quality,
        estimator=args.estimator,
        joints=str(args.joints.absolute()) if args.joints else "",
        research=args.research,
        raw=args.raw,
    )
    try:
        reports = prepare_sources(args.sources, options, args.jobs, args.ray)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    for line in lines_of(reports):
        print(line)
    return 0 if any(report["songs"] or report.get("poses") for report in reports) else 1


def _arguments() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.prepare", description=__doc__)
    p.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    p.add_argument("--out", type=folder_to_fill, required=True, help="where the prepared songs go")
    p.add_argument("--style", default="own", help="what to call how it is danced (default: own)")
    p.add_argument("--licence", default="", help="under which the material may be used")
    p.add_argument(
        "--fps",
        type=number(1, 1000),
        default=0.0,
        help="of OpenPose files (default: of their video, or by the length of their sound)",
    )
    p.add_argument(
        "--align",
        action="store_true",
        help="move dances that are clearly before or behind their music onto it",
    )
    p.add_argument(
        "--raw",
        action="store_true",
        help="joints as they were found: nothing cleaned, nothing left out for its quality",
    )
    p.add_argument(
        "--quality",
        type=share,
        default=0.5,
        help="of a segment, 0..1, below which it is left out; 0.8 takes clean ones alone"
        " (default: %(default)s)",
    )
    p.add_argument(
        "--estimator", default=DEFAULT, help="who finds the joints (default: %(default)s)"
    )
    p.add_argument(
        "--joints",
        type=Path,
        metavar="TABLE",
        help="of BVH whose joints are not found: a TOML file that names them",
    )
    p.add_argument(
        "--research",
        action="store_true",
        help="of a set of clips, take also those that may not be used for everything",
    )
    p.add_argument("--jobs", type=whole(), default=0, help="processes (default: one a core)")
    p.add_argument("--ray", action="store_true", help="over the machines of a Ray cluster")
    return p


if __name__ == "__main__":
    sys.exit(main())
