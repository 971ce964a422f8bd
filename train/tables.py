"""The paper's tables in docs/paper.md: `python -m train.tables`, from the files in docs/results.

With prepared songs, `python -m train.tables SONGS --out docs/results`, the files are made first:
the dances of an ablation are measured, without training. Needs train.ablation,
train.pretrain_crnn, train.cross_modal and train.pretrain_stgcn.
"""

import argparse
from pathlib import Path

from models.arguments import folder_there, folder_to_fill
from models.bundle import BundleError
from models.command import command
from models.nets.checkpoint import CheckpointError
from models.runtime.engines import EngineError
from models.runtime.painter import OldRendererError
from train.dancer.config import ACTIONS
from train.paper import cross_modal, genre_network
from train.paper.tables import page
from train.paper.tables.kept import RESULTS
from train.paper.tables.table import OUT, TableRequest, make_table
from train.songs.song import DataError


@command("train.tables")
def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.tables", description=__doc__)
    parser.add_argument("data", type=folder_there, nargs="?", help="prepared songs, to measure")
    parser.add_argument("--ablation", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--crnn", type=Path, default=genre_network.OUT)
    parser.add_argument("--cross-modal", type=Path, default=cross_modal.OUT)
    parser.add_argument("--strict", type=Path, default=cross_modal.STRICT)
    parser.add_argument("--actions", type=Path, default=ACTIONS.parent)
    parser.add_argument("--dance", nargs="*", default=["ballroom"], help="bundles to stand beside")
    parser.add_argument("--target", default="alice", help="who is painted for BRISQUE")
    parser.add_argument("--out", type=folder_to_fill, default=OUT, help="of what is measured")
    parser.add_argument("--results", type=Path, default=RESULTS, help="that the page is made of")
    parser.add_argument("--page", type=Path, default=page.PAGE)
    args = parser.parse_args(argv)
    try:
        if args.data is None:
            page.write_page(args.results, args.page)
            print(f"{args.page}: its tables are those of {args.results}.")
            return
        request = TableRequest(
            data=args.data,
            ablation=args.ablation,
            crnn=args.crnn,
            cross_modal=args.cross_modal,
            strict=args.strict,
            actions=args.actions,
            dances=tuple(args.dance),
            target=args.target,
            out=args.out,
        )
        print(make_table(request))
    except (
        DataError, CheckpointError, BundleError, EngineError, OldRendererError, OSError,
    ) as error:  # fmt: skip
        raise SystemExit(f"train.tables: {error}") from error


if __name__ == "__main__":
    main()
