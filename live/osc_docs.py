"""`python -m live.osc_docs`: the tables in docs/osc.md and the page docs/osc.html, made anew."""

import argparse
import re
import sys
from pathlib import Path

from live.core.settings import Settings
from live.osc.page import page
from live.osc.rows import Section, sections
from models.arguments import folder_there

ROOT = Settings().osc_root


def made(docs: Path) -> dict[Path, str]:
    """Each file that is made from the table of addresses, and what has to stand in it."""
    text = (docs / "osc.md").read_text(encoding="utf-8")
    for section in sections(ROOT):
        mark = f"<!-- {section.name} -->"
        place = re.compile(rf"{re.escape(mark)}.*?<!-- end -->", re.DOTALL)
        text = place.sub(lambda _, s=section, m=mark: f"{m}\n{_table(s)}\n<!-- end -->", text)
    return {docs / "osc.md": text, docs / "osc.html": page(ROOT)}


def _table(section: Section) -> str:
    lines = [section.columns, ("---",) * len(section.columns), *(r.cells for r in section.rows)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{section.text}\n\n{table}"


def main(argv: list[str] | None = None) -> int:
    p = argparse.ArgumentParser(prog="python -m live.osc_docs", description=__doc__)
    p.add_argument("--docs", type=folder_there, default=Path("docs"), help="default: docs")
    for path, text in made(p.parse_args(argv).docs).items():
        path.write_text(text, encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
