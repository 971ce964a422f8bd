"""`python -m train.prepare SOURCE... --out DIR`: anybody's dances -> prepared songs, one .npz each.

A source is a video or a folder of videos, a folder of OpenPose, the pose pairs of the paper's
authors (JSON), AIST++, or dance_with_melody. What is done already is kept; what cannot be used is
named in DIR/report.json with its reason, and the rest goes on.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from train.readers import find
from train.readers.job import Options, write
from train.readers.pool import _all
from train.songs.song import DataError

REPORT = "report.json"


def main(argv: list[str] | None = None) -> int:
    """0 if anything usable came out, else 1."""
    args = _arguments().parse_args(argv)
    out: Path = args.out
    try:
        tasks, unusable = find.find(args.sources)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    options = Options(
        str(out),
        len(tasks),
        args.style,
        args.licence,
        args.fps,
        args.align,
        args.quality,
        args.estimator,
    )
    (out / "reports").mkdir(parents=True, exist_ok=True)
    reports = [{"name": name, "songs": [], "reasons": [why]} for name, why in unusable]
    reports += _all(tasks, options, args.jobs, args.ray)
    reports.sort(key=lambda report: report["name"])
    write(out / REPORT, reports)
    for line in told(reports):
        print(line)
    return 0 if any(report["songs"] or report.get("poses") for report in reports) else 1


def _arguments() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.prepare", description=__doc__)
    p.add_argument("sources", nargs="+", type=Path, metavar="SOURCE")
    p.add_argument("--out", type=Path, required=True, help="where the prepared songs go")
    p.add_argument("--style", default="own", help="what to call how it is danced (default: own)")
    p.add_argument("--licence", default="", help="under which the material may be used")
    p.add_argument("--fps", type=float, default=0.0, help="of OpenPose files without a video")
    p.add_argument(
        "--align",
        action="store_true",
        help="move dances that are clearly before or behind their music onto it",
    )
    p.add_argument(
        "--quality",
        type=float,
        default=0.5,
        help="of a piece, 0..1, below which it is left out; 0.8 takes clean ones alone"
        " (default: %(default)s)",
    )
    p.add_argument(
        "--estimator", default="mediapipe", help="who finds the joints (default: %(default)s)"
    )
    p.add_argument("--jobs", type=int, default=0, help="processes (default: one a core)")
    p.add_argument("--ray", action="store_true", help="over the machines of a Ray cluster")
    return p


def told(reports: list[dict[str, Any]]) -> list[str]:
    """One line for each recording, and one for all."""
    lines: list[str] = []
    for report in reports:
        used, whole = report.get("used_seconds", 0.0), report.get("seconds", 0.0)
        said = f"{used:.0f} of {whole:.0f} s" if whole else "not used"
        if "quality" in report:
            said += f", quality {report['quality']:.2f}"
        if "lag" in report:
            said += f", {report['lag']}"
        lines.append(f"{report['name']}: {'; '.join([said, *report['reasons']])}")
    songs = sum(len(report["songs"]) for report in reports)
    seconds = sum(report.get("used_seconds", 0.0) for report in reports)
    lines.append(f"{songs} songs, {seconds / 60:.1f} minutes, from {len(reports)} recordings")
    return lines


if __name__ == "__main__":
    sys.exit(main())
