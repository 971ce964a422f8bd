"""The paper's table as Markdown, ours beside what the paper prints."""

from collections.abc import Iterable, Mapping

from train.paper.tables.rows import RAND_FRAME, RAND_SEQ, TITLES, Row

# What the paper prints: cross-modal score and BRISQUE.
PAPER: dict[str, tuple[float, float | None]] = {
    RAND_FRAME: (0.151, None), RAND_SEQ: (0.204, None), TITLES["l1"]: (0.312, 40.66),
    TITLES["global"]: (0.094, 40.93), TITLES["local"]: (0.068, 41.46),
    TITLES["full"]: (0.046, 41.11),
}  # fmt: skip


def _ratio(found: dict[str, float]) -> str:
    return f"{found['ratio']:.2f} ({found['low']:.2f} to {found['high']:.2f})"


def markdown(rows: Iterable[Row]) -> str:
    """The table as the docs show it."""
    lines = [
        "| | paper: cross-modal, ratio to Rand Seq | ours, ratio to Rand Seq (95 % over songs) "
        "| the same, strictly | ours, on songs it learned from "
        "| joint to true joint, units, on songs unseen; learned "
        "| paper: BRISQUE | ours: BRISQUE (the person alone) "
        "| beat alignment / chance | FID_k; FID_g / real | diversity of motion; shapes / real "
        "| trainings |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = row.figures
        printed, naturalness = PAPER.get(row.title, (None, None))
        cells = [
            row.title,
            "" if printed is None else f"{printed / PAPER[RAND_SEQ][0]:.2f}",
            *(_ratio(figures[key]) if key in figures else "" for key in ("cross_modal", "strict")),
            f"{figures['learned']['ratio']:.2f}" if "learned" in figures else "",
            "; ".join(f"{value:.2f}" for value in figures["distance"]),
            "" if naturalness is None else f"{naturalness}",
            f"{figures['brisque']} ({figures['brisque_person']})" if "brisque" in figures else "",
            f"{figures['beat']['bas_ratio']:.2f}" if figures["beat"] else "-",
            f"{figures['fid_k']:.1f}; {figures['fid_g']:.1f}",
            f"{figures['diversity_k']:.2f}; {figures['diversity_g']:.2f}",
            f"{len(row.runs)} of {min(row.steps):,} steps" if row.runs else "",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def markdown_of_pairs(compared: Mapping[str, Mapping[str, dict[str, float]]]) -> str:
    """The pairs as the docs show them; by score, then by pair."""
    lines = ["| | paper | " + " | ".join(compared) + " |", "|---" * (2 + len(compared)) + "|"]
    for pair in dict.fromkeys(name for found in compared.values() for name in found):
        ours, theirs = pair.split(" / ")
        printed = f"{PAPER[ours][0] / PAPER[theirs][0]:.2f}" if {ours, theirs} <= set(PAPER) else ""
        cells = [_ratio(found[pair]) if pair in found else "" for found in compared.values()]
        lines.append(f"| {pair} | {printed} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
