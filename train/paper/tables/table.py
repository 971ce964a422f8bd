"""The paper's Table 2 of everybody who stands in it: figures, Markdown and a sheet of pictures."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.nets.measure.crnn import load_crnn
from train.paper import cross_modal, genre_network
from train.paper.conditions import learned_sample
from train.paper.tables import figures
from train.paper.tables.markdown import markdown, markdown_of_pairs
from train.paper.tables.rows import Row, Stand, baselines, conditions, shipped
from train.run.names import CHECKPOINT
from train.songs.song import load_songs, unseen

OUT = Path("runs/tables")


@dataclass(frozen=True)
class TableRequest:
    """Where everything lies that the table is made of."""

    data: Path  # prepared songs
    ablation: Path
    crnn: Path
    cross_modal: Path
    strict: Path  # the score to which averages of dances are no dances; may be missing
    dances: tuple[str, ...]  # bundles to stand beside
    target: str  # who is painted
    out: Path


def make_table(request: TableRequest) -> str:
    """Write table.json, table.md and dances.jpg; returns the Markdown.

    Raises DataError, CheckpointError, BundleError, EngineError or OldRendererError.
    """
    songs = load_songs(request.data)
    crnn, _ = load_crnn(request.crnn / genre_network.DESCRIBER / CHECKPOINT)
    scorer = cross_modal.load_scorer(songs, crnn, request.cross_modal)
    new, heard = unseen(songs), learned_sample(songs)
    unlearned, learned = cross_modal.gather(new, crnn), cross_modal.gather(heard, crnn)
    stand = Stand(new, unlearned)
    rows = baselines(unlearned, scorer.known)
    rows += conditions(request.ablation, stand, Stand(heard, learned))
    rows += [shipped(name, stand) for name in request.dances]
    figures.add_distance(rows, unlearned, learned)
    figures.add_cross_modal(rows, scorer, unlearned)
    figures.add_learned(rows, scorer, learned)
    scorers = {"the paper's score": scorer}
    if (request.strict / CHECKPOINT).exists():
        scorers["strictly"] = cross_modal.load_scorer(songs, crnn, request.strict)
        figures.add_strict(rows, scorers["strictly"], unlearned)
    figures.add_motion(rows, new, unlearned, scorer.known)
    painter, body = figures.open_painter(request.target)
    figures.add_brisque(rows, painter, body)
    compared = {name: figures.pairs(rows, one, unlearned) for name, one in scorers.items()}
    out = request.out
    out.mkdir(parents=True, exist_ok=True)
    figures.save_sheet(rows, painter, body, out / "dances.jpg")
    facts = {
        "songs": [song.name for song in new],
        "segments": len(unlearned.song),
        "pairs": compared,
    }
    return _write(rows, compared, facts, out)


def _write(rows: list[Row], compared: dict[str, Any], facts: dict[str, Any], out: Path) -> str:
    table = markdown(rows) + "\n" + markdown_of_pairs(compared)
    (out / "table.md").write_text(table, encoding="utf-8")
    facts["rows"] = {
        row.title: row.figures | {"runs": row.runs, "steps": row.steps} for row in rows
    }
    text = json.dumps(facts, indent=1)
    (out / "table.json").write_text(text + "\n", encoding="utf-8")
    return table
