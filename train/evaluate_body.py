"""Measure how bodies dance on stage: `python -m train.evaluate_body free --music song.ogg`.

Plays the pieces through the program itself and tells, in body heights, how the hips bounce, how
often and how far feet step, how alike the dance is to itself, how it answers the music. Times that
are known stand beside FILE, one a line, s: NAME.beats.txt and NAME.drops.txt. docs/metrics.md has
the definitions.
"""

import argparse
import json
import sys
from pathlib import Path

from models.arguments import file_to_write, folder_there, number, whole
from models.command import command
from train.songs.song import SPLITS, DataError


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(prog="python -m train.evaluate_body", description=__doc__)
    p.add_argument("dance", nargs="*", metavar="NAME|PATH", help="bundles; none: real dancers")
    p.add_argument("--music", nargs="+", default=[], metavar="FILE[@BPM]", help="to dance to")
    p.add_argument(
        "--data", type=folder_there, help="prepared songs: danced to, their real dancers beside"
    )
    p.add_argument("--split", nargs="+", choices=SPLITS, default=["test"])
    p.add_argument("--seconds", type=number(31, 1e6), default=90.0, help="of each piece at most")
    p.add_argument("--seeds", type=whole(), default=1, help="takes of each piece (default: 1)")
    p.add_argument("--live", action="store_true", help="in real time")
    p.add_argument(
        "--phase-lock",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="of the program, as shown (default: yes)",
    )
    p.add_argument("--out", type=file_to_write, default=Path("runs/evaluation/body.json"))
    p.add_argument(
        "--strip", type=file_to_write, metavar="PNG",
        help="the first piece as figures, its beats marked",
    )  # fmt: skip
    p.add_argument("--strip-from", type=number(0, 1e6), default=30.0, help="s (default: 30)")
    p.add_argument("--strip-seconds", type=number(0.1, 60), default=6.0, help="(default: 6)")
    p.add_argument("--strip-fps", type=number(0.5, 30), default=8.0, help="figures a second")
    return p


@command("train.evaluate_body", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    """0 and a table, or 1 and one sentence."""
    arguments = parser()
    args = arguments.parse_args(argv)
    if not args.music and args.data is None:
        arguments.error("name music with --music, or prepared songs with --data")
    if not args.dance and args.data is None:
        arguments.error("name a dance, or real dancers with --data")
    from models.bundle import BundleError
    from train.dance_eval import body_report, stick_figures
    from train.dance_eval.evaluate import measured_songs
    from train.dance_eval.evaluate_body import Piece, Showing, dance_bodies
    from train.dance_eval.music import known_drops, load_music

    showing = Showing(args.seconds, tuple(range(args.seeds)), args.live, args.phase_lock)
    try:
        pieces = [Piece(load_music(name), False, known_drops(name)) for name in args.music]
        if args.data is not None:
            pieces += [Piece(song, True) for song in measured_songs(args.data, args.split)[0]]
        dancers = dance_bodies(args.dance, pieces, showing)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        found = body_report.as_json(dancers, showing)
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        if args.strip is not None:
            picture = body_report.strip(
                dancers, pieces[0], args.strip_from, args.strip_seconds, args.strip_fps
            )
            stick_figures.save(picture, args.strip)
    except (DataError, BundleError, OSError) as error:
        print(f"train.evaluate_body: {error}", file=sys.stderr)
        return 1
    print(*body_report.lines(dancers), args.out, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
