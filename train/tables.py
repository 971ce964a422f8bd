"""The paper's Table 2 on our data: `python -m train.tables SONGS`, from the dances of an ablation.

In: runs/ablation (train.ablation), runs/crnn, runs/cross_modal. Out: table.json, table.md, and
dances.jpg, the same segment of music in every row. Dances are measured in segments of 5 s, as the
paper's network makes them.
"""

import argparse
from pathlib import Path

from models.arguments import folder_there, folder_to_fill
from models.bundle import BundleError
from models.nets.checkpoint import CheckpointError
from models.runtime.engines import EngineError
from models.runtime.painter import OldRendererError
from train.paper import cross_modal, genre_network
from train.paper.tables.table import OUT, TableRequest, make_table
from train.songs.song import DataError


def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.tables", description=__doc__)
    parser.add_argument("data", type=folder_there, help="prepared songs")
    parser.add_argument("--ablation", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--crnn", type=Path, default=genre_network.OUT)
    parser.add_argument("--cross-modal", type=Path, default=cross_modal.OUT)
    parser.add_argument("--strict", type=Path, default=cross_modal.STRICT)
    parser.add_argument("--dance", nargs="*", default=["ballroom"], help="bundles to stand beside")
    parser.add_argument("--target", default="alice", help="who is painted for BRISQUE")
    parser.add_argument("--out", type=folder_to_fill, default=OUT)
    args = parser.parse_args(argv)
    request = TableRequest(
        data=args.data,
        ablation=args.ablation,
        crnn=args.crnn,
        cross_modal=args.cross_modal,
        strict=args.strict,
        dances=tuple(args.dance),
        target=args.target,
        out=args.out,
    )
    try:
        print(make_table(request))
    except (DataError, CheckpointError, BundleError, EngineError, OldRendererError) as error:
        raise SystemExit(f"train.tables: {error}") from error


if __name__ == "__main__":
    main()
