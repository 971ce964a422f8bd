"""A synthetic choreography on the project's own music: prepared songs without any data.

A seeded dancer dances phrases of steps and arms to the band's sections: the same routine whenever a
section returns, bigger where the music is fuller, at rest where it is silent.
`python -m train.choreography --out DIR` prepares them.
"""

import argparse
import sys

from models.arguments import folder_to_fill
from models.command import command
from train.synthetic.choreography import own_songs


@command("train.choreography", "the same command begins again")
def main(argv: list[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m train.choreography", description=__doc__)
    p.add_argument("--out", type=folder_to_fill, required=True, help="where the prepared songs go")
    p.add_argument("--preset", choices=("stage", "tiny"), default="stage")
    args = p.parse_args(argv)
    print(f"{len(own_songs(args.out, args.preset == 'tiny'))} songs in {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
