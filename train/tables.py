"""The paper's Table 2 on our data: `python -m train.tables SONGS`, from the dances of an ablation.

In: runs/ablation (train.ablation), runs/crnn, runs/cross_modal. Out: table.json, table.md, and
dances.jpg, the same piece of music in every row. Every dance is judged in pieces of 5 s, as the
paper's network makes them.
"""

import argparse
import json
from pathlib import Path

from models.bundle import BundleError
from models.nets.checkpoint import CheckpointError
from models.nets.crnn import load_crnn
from models.runtime.engines import EngineError
from models.runtime.painter import OldRendererError
from train.paper import cross_modal, genre_network
from train.paper.conditions import learned_sample
from train.paper.table_figures import (
    OUT,
    add_brisque,
    add_cross_modal,
    add_distance,
    add_learned,
    add_motion,
    add_strict,
    open_painter,
    pairs,
    save_sheet,
)
from train.paper.table_markdown import markdown, markdown_of_pairs
from train.paper.table_rows import (
    Stand,
    baselines,
    conditions,
    shipped,
)
from train.run.names import CHECKPOINT
from train.songs.song import DataError, load_songs, unseen


def main(argv: list[str] | None = None) -> None:
    """Ends with one sentence when something is wrong with data or checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m train.tables", description=__doc__)
    parser.add_argument("data", type=Path, help="prepared songs")
    parser.add_argument("--ablation", type=Path, default=Path("runs/ablation"))
    parser.add_argument("--crnn", type=Path, default=genre_network.OUT)
    parser.add_argument("--cross-modal", type=Path, default=cross_modal.OUT)
    parser.add_argument("--strict", type=Path, default=cross_modal.STRICT)
    parser.add_argument("--dance", nargs="*", default=["ballroom"], help="bundles to stand beside")
    parser.add_argument("--target", default="alice", help="who is painted for BRISQUE")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args(argv)
    try:
        songs = load_songs(args.data)
        crnn, _ = load_crnn(args.crnn / genre_network.DESCRIBER / CHECKPOINT)
        scorer = cross_modal.load_scorer(songs, crnn, args.cross_modal)
        judged, heard = unseen(songs), learned_sample(songs)
        unlearned, learned = cross_modal.gather(judged, crnn), cross_modal.gather(heard, crnn)
        stand = Stand(judged, unlearned)
        rows = baselines(unlearned, scorer.known)
        rows += conditions(args.ablation, stand, Stand(heard, learned))
        rows += [shipped(name, stand) for name in args.dance]
        add_distance(rows, unlearned, learned)
        add_cross_modal(rows, scorer, unlearned)
        add_learned(rows, scorer, learned)
        strict = None
        if (args.strict / CHECKPOINT).exists():
            strict = cross_modal.load_scorer(songs, crnn, args.strict)
            add_strict(rows, strict, unlearned)
        add_motion(rows, judged, unlearned, scorer.known)
        painter, body = open_painter(args.target)
        add_brisque(rows, painter, body)
        judges = {"the paper's score": scorer} | ({"strictly": strict} if strict else {})
        compared = {name: pairs(rows, judge, unlearned) for name, judge in judges.items()}
    except (DataError, CheckpointError, BundleError, EngineError, OldRendererError) as error:
        raise SystemExit(f"train.tables: {error}") from error
    args.out.mkdir(parents=True, exist_ok=True)
    save_sheet(rows, painter, body, args.out / "dances.jpg")
    table = markdown(rows) + "\n" + markdown_of_pairs(compared)
    (args.out / "table.md").write_text(table, encoding="utf-8")
    facts = {
        "songs": [song.name for song in judged],
        "pieces": len(unlearned.song),
        "pairs": compared,
        "rows": {row.title: row.figures | {"runs": row.runs, "steps": row.steps} for row in rows},
    }
    text = json.dumps(facts, indent=1)
    (args.out / "table.json").write_text(text + "\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
