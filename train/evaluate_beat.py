"""How well the beat is followed: `python -m train.evaluate_beat SONG...`.

Every song is heard once, causally; the beats given ahead of time are compared with those that are
known (NAME.beats.txt beside the song, s, one a line), else with those that an offline tracker
(librosa) finds with the whole song before it. Other causal trackers are beside them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from models.arguments import file_to_write
from models.command import command
from train.beats.evaluate import evaluate_song, offline_beats
from train.beats.peers import peers
from train.songs.audio_file import read
from train.songs.known_times import times_beside
from train.songs.song import DataError

OFF_BEAT_S = 4.0  # longer is told


@command("train.evaluate_beat", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m train.evaluate_beat", description=__doc__)
    parser.add_argument("songs", type=Path, nargs="+")
    parser.add_argument(
        "--beatnet", type=Path, metavar="WHEEL", help="also by this: pip download BeatNet --no-deps"
    )
    parser.add_argument("--out", type=file_to_write, help="write the JSON here, too")
    args = parser.parse_args(argv)
    report: dict[str, Any] = {}
    try:
        others = peers(args.beatnet)
        for path in args.songs:
            samples, truth = read(path), times_beside(path, "beats")
            if len(truth) < 2:
                truth = offline_beats(samples)
            report[path.stem] = row = evaluate_song(samples, truth, others)
            print(path.stem, json.dumps(row), flush=True)
    except (OSError, DataError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"means; songs with over {OFF_BEAT_S:.0f} s off the beat")
    for who in ("follower", *others):
        rows = [row[who] for row in report.values()]
        means = (f"{key} {np.mean([row[key] for row in rows]):.3f}" for key in ("f", "f_best"))
        print(f"{who:>10}:", *means, sum(row["off_beat_s"] > OFF_BEAT_S for row in rows))
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
