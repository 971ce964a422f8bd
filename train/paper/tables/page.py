"""The tables of docs/paper.md, written into the page from the kept files; nothing is measured."""

import re
from collections.abc import Callable
from pathlib import Path

from models.files import write_whole
from train.paper.tables import markdown
from train.paper.tables.kept import SCORES, load_report
from train.songs.song import DataError

PAGE = Path("docs/paper.md")
# A table in the page stands between these, after its name.
_PLACE = re.compile(r"(<!-- table: (?P<name>[\w-]+) -->\n).*?(\n<!-- end of table -->)", re.DOTALL)


def tables(results: Path) -> dict[str, str]:
    """All tables by the name of their place.

    Raises DataError when a file is missing or damaged.
    """

    def scores() -> dict[str, markdown.Report]:
        paths = {name: results / f"{file}.json" for name, file in SCORES.items()}
        return {name: load_report(path) for name, path in paths.items() if path.exists()}

    table = results / "table.json"
    made: dict[str, Callable[[], str]] = {
        "genres": lambda: markdown.genres(load_report(results / "genres.json")),
        "actions": lambda: markdown.actions(load_report(results / "actions.json")),
        "validity": lambda: markdown.validity(scores()),
        "against-untrained": lambda: markdown.against_untrained(scores()),
        "conditions": lambda: markdown.conditions(load_report(table)["rows"]),
        "pairs": lambda: markdown.pairs(load_report(table)["pairs"]),
    }
    found: dict[str, str] = {}
    for name, make in made.items():
        try:
            found[name] = make()
        except (KeyError, TypeError, IndexError, StopIteration) as error:
            why = f"{results} holds no figures for the table {name} ({error!r})."
            raise DataError(why) from error
    return found


def filled(text: str, made: dict[str, str]) -> str:
    """The page with every table in its place; raises DataError for a place without a table."""

    def place(match: re.Match[str]) -> str:
        name = match["name"]
        if name not in made:
            raise DataError(f"There is no table named {name}.")
        return f"{match[1]}\n{made[name]}{match[3]}"

    return _PLACE.sub(place, text)


def write_page(results: Path, page: Path) -> None:
    """Raises DataError or OSError."""
    text = filled(page.read_text(encoding="utf-8"), tables(results))
    with write_whole(page) as part:
        part.write_text(text, encoding="utf-8")
