"""Which kinds of music sound how: `python -m train.kinds`, from the project's own band alone.

Writes the weights by which the stage tells house from hip-hop (`models.beat.groove`): 300 songs in
five minutes of an AMD EPYC.
"""

import argparse
from pathlib import Path

from models.arguments import file_to_write, whole
from models.beat.groove import GROOVES
from models.bundle import BundleError
from models.command import command
from models.files import write_whole
from models.runtime.engines import EngineError


@command("train.kinds", "the same command begins again")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when the ear is missing."""
    parser = argparse.ArgumentParser(prog="python -m train.kinds", description=__doc__)
    parser.add_argument("--songs", type=whole(20), default=300, help="of the band (%(default)s)")
    parser.add_argument("--out", type=file_to_write, default=GROOVES, help="JSON (%(default)s)")
    args = parser.parse_args(argv)
    from train.beats.grooves import fit_grooves

    try:
        grooves, rightly = fit_grooves(args.songs)
    except (BundleError, EngineError) as error:
        raise SystemExit(f"train.kinds: {error}") from error
    write(args.out, grooves, args.songs, rightly)
    print(f"of songs that were not learned, {rightly:.0%} is called the right kind: {args.out}")


def write(path: Path, grooves: dict[str, tuple[float, ...]], songs: int, rightly: float) -> None:
    """One line a kind."""
    import json

    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in grooves.items())
    facts = json.dumps({"songs": songs, "called rightly": round(rightly, 2)})
    with write_whole(path) as part:
        part.write_text(
            f'{{\n "made": {facts},\n "grooves": {{\n{rows}\n }}\n}}\n', encoding="utf-8"
        )


if __name__ == "__main__":
    main()
