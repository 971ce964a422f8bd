"""The paper's Table 2 of everybody who stands in it: measured, written, kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.nets.measure.crnn import load_crnn
from models.types import Array
from train.paper import cross_modal
from train.paper.conditions import learned_sample
from train.paper.cross_modal import Scorer
from train.paper.genre_network import fold_path
from train.paper.tables import figures, kept, markdown
from train.paper.tables.kept import DANCES, SCORES
from train.paper.tables.rows import Row, Stand, baselines, conditions, shipped
from train.run.names import CHECKPOINT
from train.songs.song import load_songs, unseen

OUT = Path("runs/tables")
FOLD = 0  # its songs are those that no dance learns from


@dataclass(frozen=True)
class TableRequest:
    """Where everything lies that the table is made of."""

    data: Path  # prepared songs
    ablation: Path
    crnn: Path
    cross_modal: Path
    strict: Path  # the score to which averages of dances are no dances; may be missing
    actions: Path  # folder of the action network, for its report
    dances: tuple[str, ...]  # bundles to stand beside
    target: str  # who is painted
    out: Path


@dataclass(frozen=True)
class Table:
    """What was measured, and of what."""

    report: dict[str, Any]
    sheet: Array  # uint8 (H, W, 3) RGB: the same segment of music in every row
    rows: list[Row]
    scorers: dict[str, Scorer]
    stand: Stand


def measure(request: TableRequest) -> Table:
    """Raises DataError, CheckpointError, BundleError, EngineError or OldRendererError."""
    songs = load_songs(request.data)
    crnn, _ = load_crnn(fold_path(request.crnn, FOLD))
    scorers: dict[str, Scorer] = {}
    for name, folder in zip(SCORES, (request.cross_modal, request.strict), strict=True):
        trained = folder / f"fold-{FOLD}"
        if folder is request.cross_modal or (trained / CHECKPOINT).exists():
            scorers[name] = kept.as_kept(cross_modal.load_scorer(songs, crnn, trained))
    scorer = next(iter(scorers.values()))
    new, heard = unseen(songs), learned_sample(songs)
    unlearned, learned = cross_modal.gather(new, crnn), cross_modal.gather(heard, crnn)
    stand = Stand(new, unlearned)
    rows = baselines(unlearned, scorer.known)
    rows += conditions(request.ablation, stand, Stand(heard, learned))
    rows += [shipped(name, stand) for name in request.dances]
    figures.add_distance(rows, unlearned, learned)
    for key, one in zip(("cross_modal", "strict"), scorers.values(), strict=False):
        figures.add_score(rows, key, one, unlearned)
    figures.add_learned(rows, scorer, learned)
    figures.add_motion(rows, new, unlearned, scorer.known)
    painter, body = figures.open_painter(request.target)
    figures.add_brisque(rows, painter, body)
    report = {
        "songs": [song.name for song in new],
        "segments": len(unlearned.song),
        "pairs": {name: figures.pairs(rows, one, unlearned) for name, one in scorers.items()},
        "rows": {row.title: row.figures | {"runs": row.runs, "steps": row.steps} for row in rows},
    }
    return Table(report, figures.sheet(rows, painter, body), rows, scorers, stand)


def make_table(request: TableRequest) -> str:
    """Write into `request.out` all that the page is made of; returns the tables of the dances.

    table.json, dances.jpg, the dances themselves, the scores and the reports of what judges: the
    same files as docs/results. Raises as `measure` does.
    """
    import cv2

    table, out = measure(request), request.out
    kept.save_report(out / "table.json", table.report)
    cv2.imwrite(str(out / "dances.jpg"), table.sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])
    for row in table.rows:
        if row.is_made:
            facts = {"title": row.title, "runs": row.runs, "steps": row.steps}
            kept.save_dances(out / DANCES / f"{row.name}.npz", row.takes, facts)
    for name, scorer in table.scorers.items():
        kept.save_score(out / f"{SCORES[name]}.safetensors", scorer, table.stand.segments)
    for name, folder in (
        ("genres", request.crnn), ("actions", request.actions),
        ("score", request.cross_modal), ("score-strict", request.strict),
    ):  # fmt: skip
        if (folder / "report.json").exists():
            kept.save_report(out / f"{name}.json", kept.load_report(folder / "report.json"))
    rows = markdown.conditions(table.report["rows"])
    return rows + "\n" + markdown.pairs(table.report["pairs"])
