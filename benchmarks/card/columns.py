"""The tables of a day on a card, as Markdown.

`python -m benchmarks.card.columns FOLDER --out FILE.md`. Only what was measured: a row
that has no figure is left out.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEAD = ("size", "precision", "engine", "one, ms", "four, ms", "off, grey levels", "left", "MB")


def tables(folder: Path) -> str:
    """All that stands in FOLDER/measured and FOLDER/stages."""
    measured = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((folder / "measured").glob("*.json"))
    }
    parts = ["\n".join(_engines(measured)), "\n".join(_shows(measured)), "\n".join(_done(folder))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _engines(measured: dict[str, Any]) -> Iterator[str]:
    found = [one for name, one in measured.items() if name.startswith("card-")]
    if not found:
        return
    where = found[0]["card"][0] if found[0]["card"] else "no card"
    yield f"{where}, {found[0]['processor']}; p50 of a picture, beside it p99."
    yield ""
    yield _row(*_HEAD)
    yield _row(*["---"] * len(_HEAD))
    for one in sorted(found, key=lambda told: told["size"]):
        for row in one["rows"]:
            if "failed" in row:
                yield _row(one["size"], row["precision"], row["asked"], row["failed"],
                           *[""] * (len(_HEAD) - 4))  # fmt: skip
                continue
            engine = row["engine"] + (", recorded" if row["recorded"] else "")
            times = (
                f"{told['p50']} ({told['p99']})" for told in (row["ms for 1"], row["ms for 4"])
            )
            yield _row(one["size"], row["precision"], engine, *times,
                       row["grey levels off, most"], row["operators on the processor"],
                       row.get("card MB", ""))  # fmt: skip


def _shows(measured: dict[str, Any]) -> Iterator[str]:
    if told := measured.get("show-60"):
        stats = told["stats"]
        yield (
            f"A show asked for {told['asked fps']:g} pictures a second for {told['seconds']:g} s on"
            f" {stats['engine']}: {stats['fps']:.1f} a second, {stats['frames_late']} late of"
            f" {stats['frames']}"
            + (
                ""
                if told["card MB an hour"] is None
                else f"; the card's memory {told['card MB an hour']:+.1f} MB an hour"
            )
            + "."
        )
    for name, told in measured.get("crowded", {}).items():
        if name != "card":
            yield f"- {name}: {told.get('failed') or 'it played on ' + told['engine']}."


def _done(folder: Path) -> Iterator[str]:
    states = sorted((folder / "stages").glob("*.json"))
    if states:
        yield _row("stage", "state", "minutes", "why")
        yield _row(*["---"] * 4)
    for path in states:
        told = json.loads(path.read_text(encoding="utf-8"))
        yield _row(told["name"], told["state"], round(told["seconds"] / 60, 1), told["why"])


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.card.columns", description=__doc__)
    p.add_argument("folder", type=Path)
    p.add_argument("--out", type=Path, required=True)
    args = p.parse_args()
    args.out.write_text(tables(args.folder), encoding="utf-8")


if __name__ == "__main__":
    main()
