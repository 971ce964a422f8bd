"""The tables of docs/paper.md as Markdown, from the reports; ours beside what the paper prints."""

from collections.abc import Mapping
from statistics import mean
from typing import Any

from train.paper.metric_training import NOTHING, UNTRAINED
from train.paper.tables.rows import TITLES
from train.paper.validity import OF_THE_REAL, RAND_FRAME, RAND_SEQ, TRAINED, VALIDITY

Report = Mapping[str, Any]

# What the paper prints: cross-modal score and BRISQUE.
PAPER: dict[str, tuple[float, float | None]] = {
    RAND_FRAME: (0.151, None), RAND_SEQ: (0.204, None), TITLES["l1"]: (0.312, 40.66),
    TITLES["global"]: (0.094, 40.93), TITLES["local"]: (0.068, 41.46),
    TITLES["full"]: (0.046, 41.11),
}  # fmt: skip
DANCES = ("cha-cha", "rumba", "tango", "waltz")  # of the action network's classes


def table(head: str, *rows: list[str]) -> str:
    """Cells of a row each; `head` is the first line as it is written."""
    columns = head.count("|") - 1
    lines = [head, "|" + "---|" * columns, *("| " + " | ".join(row) + " |" for row in rows)]
    return "\n".join(lines) + "\n"


def _ratio(found: Mapping[str, float]) -> str:
    return f"{found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def _with_p(found: Mapping[str, float]) -> str:
    return f"{_ratio(found)}, p {found['p']:.2g}"


def genres(report: Report) -> str:
    """Of the CRNN: shares of segments and songs beside chance."""

    def row(title: str, unit: str) -> list[str]:
        best = [report[f"top_{n}_{unit}"] for n in (1, 2)]
        return [title, *(f"{cell[key]:.2f}" for cell in best for key in ("macro", "chance"))]

    classes = len(report["confusion"])
    size = f"{classes} genres, {report['songs']} songs, {report['segments']:,} segments"
    return table(
        "| | top-1 | by chance | top-2 | by chance |",
        row(f"ours, segments: {size}", "segments"),
        row("ours, songs (mean of their segments)", "songs"),
        ["paper: 8 genres of the Free Music Archive", "-", "0.125", "0.678", "0.25"],
    )


def actions(report: Report) -> str:
    """Of the action network: all classes, and the dances among them."""
    recall = {name: value for name, value in report["recall"].items() if value is not None}
    dances = {name: value for name, value in recall.items() if name in DANCES}
    each = ", ".join(f"{name} {value:.2f}" for name, value in dances.items())
    others = len(recall) - len(dances)
    return table(
        "| | mean recall | by chance |",
        [
            f"ours, all {len(recall)} classes ({len(dances)} dances, {others} gestures and walks)",
            f"{mean(recall.values()):.3f}", f"{1 / len(recall):.2f}",
        ],
        [f"ours, the dances alone: {each}", f"{mean(dances.values()):.3f}", ""],
        ["paper: 16 dances (Let's Dance)", "0.46", "0.06"],
    )  # fmt: skip


def validity(reports: Mapping[str, Report]) -> str:
    """Of the scores by name: whose dance they know, trained and not."""
    first = next(iter(reports.values()))["summary"]
    rows = [(name, report["summary"][TRAINED]) for name, report in reports.items()]
    rows += [
        ("the paper's score, its network of dances untrained", first[UNTRAINED]),
        ("the same, nor that of music trained", first[NOTHING]),
    ]
    return table(
        "| | " + " | ".join(VALIDITY) + " |",
        *(
            [name, *(_with_p(found[key]) for key in VALIDITY[:2]), *(_ratio(found[key])
             for key in VALIDITY[2:])]
            for name, found in rows
        ),
    )  # fmt: skip


def against_untrained(reports: Mapping[str, Report]) -> str:
    """The validity of the trained scores over that of untrained ones."""
    return table(
        "| trained over untrained | " + " | ".join(OF_THE_REAL) + " |",
        *(
            [f"{name}, over: {other}", *(_with_p(found[key]) for key in OF_THE_REAL)]
            for name, report in reports.items()
            for other, found in report["summary"]["over"].items()
        ),
    )


def conditions(rows: Mapping[str, Report]) -> str:
    """Table 2: the figures of each row."""
    head = (
        "| | paper: cross-modal, ratio to Rand Seq | ours, ratio to Rand Seq (95 % over songs) "
        "| the same, strictly | ours, on songs it learned from "
        "| joint to true joint, units, on songs unseen; learned "
        "| paper: BRISQUE | ours: BRISQUE (the person alone) "
        "| beat alignment / chance | FID_k; FID_g / real | diversity of motion; shapes / real "
        "| trainings |"
    )
    found: list[list[str]] = []
    for title, figures in rows.items():
        printed, naturalness = PAPER.get(title, (None, None))
        found.append([
            title,
            "" if printed is None else f"{printed / PAPER[RAND_SEQ][0]:.2f}",
            *(_ratio(figures[key]) if key in figures else "" for key in ("cross_modal", "strict")),
            f"{figures['learned']['ratio']:.2f}" if "learned" in figures else "",
            "; ".join(f"{value:.2f}" for value in figures["distance"]),
            "" if naturalness is None else f"{naturalness}",
            f"{figures['brisque']} ({figures['brisque_person']})" if "brisque" in figures else "",
            f"{figures['beat']['bas_ratio']:.2f}" if figures["beat"] else "-",
            f"{figures['fid_k']:.1f}; {figures['fid_g']:.1f}",
            f"{figures['diversity_k']:.2f}; {figures['diversity_g']:.2f}",
            f"{len(figures['runs'])} of {min(figures['steps']):,} steps" if figures["runs"] else "",
        ])  # fmt: skip
    return table(head, *found)


def pairs(compared: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """One condition over another; by score, then by pair."""
    rows: list[list[str]] = []
    for pair in dict.fromkeys(name for found in compared.values() for name in found):
        ours, theirs = pair.split(" / ")
        printed = f"{PAPER[ours][0] / PAPER[theirs][0]:.2f}" if {ours, theirs} <= set(PAPER) else ""
        rows.append([
            pair, printed, *(_with_p(found[pair]) if pair in found else ""
                             for found in compared.values()),
        ])  # fmt: skip
    return table("| | paper | " + " | ".join(compared) + " |", *rows)
