"""How well the beat is followed: `python -m train.evaluate_beat SONG...`.

Every song is heard once, causally; the beats given ahead of time are compared with those that an
offline tracker (librosa) finds with the whole song before it, and aubio's are beside them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from models.arguments import file_to_write
from models.command import command
from train.beats.evaluate import evaluate_song
from train.songs.audio_file import read


@command("train.evaluate_beat", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluate_beat", description=__doc__)
    parser.add_argument("songs", type=Path, nargs="+")
    parser.add_argument("--out", type=file_to_write, help="write the JSON here, too")
    args = parser.parse_args(argv)
    report: dict[str, Any] = {}
    try:
        for path in args.songs:
            report[path.stem] = row = evaluate_song(read(path))
            print(path.stem, json.dumps(row), flush=True)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    for who in ("follower", "aubio"):
        for key in ("f", "f_best"):
            mean = np.mean([row[who][key] for row in report.values()])
            print(f"mean {who} {key}: {mean:.3f}")
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
