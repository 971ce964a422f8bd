"""A user study as in the paper, 6.3.1: `python -m train.study OURS.mp4 OTHER.mp4 [OURS OTHER ...]`.

Writes one web page that needs nothing else: pairs in random order, sides swapped at random, both
videos in step to one music, keys to answer, the answers as CSV. `--read *.csv` counts them.
"""

import argparse
import json
from pathlib import Path

from models.arguments import file_to_write
from models.command import command
from train.paper.study import LARGE_MB, StudyError, build, read, summary


@command("train.study", "the same command begins again")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with the files."""
    parser = argparse.ArgumentParser(prog="python -m train.study", description=__doc__)
    parser.add_argument("videos", nargs="*", type=Path, help="pairs: ours, the other one")
    parser.add_argument("--read", nargs="+", type=Path, metavar="CSV", help="count answers")
    parser.add_argument("--out", type=file_to_write, default=Path("study.html"))
    parser.add_argument("--title", default="Which dance is better?")
    parser.add_argument("--question", default="Which one is better?")
    args = parser.parse_args(argv)
    try:
        if args.read:
            print(json.dumps(summary(read(args.read)), indent=1))
            return
        page = build(args.videos, args.out.stem, args.title, args.question)
    except StudyError as error:
        raise SystemExit(f"train.study: {error}") from error
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(page, encoding="utf-8")
    size = len(page) / 1e6
    print(f"{args.out}: {len(args.videos) // 2} pairs, {size:.0f} MB")
    if size > LARGE_MB:
        print(f"Browsers are slow with more than {LARGE_MB} MB: make the videos smaller.")


if __name__ == "__main__":
    main()
