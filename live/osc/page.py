"""The table of OSC addresses as one web page that needs nothing beside it."""

import html
import re
from collections.abc import Mapping, Sequence

from live.controls.entries import Value
from live.osc.entries import ANY_JOINT
from live.osc.rows import Row, Section, sections, values_text
from models.skeleton import JOINTS

MOST_SHOWN = 6  # values of one message
_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto;
  padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
  border-bottom: 1px solid #8886; }
td:first-child { white-space: nowrap; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: break-word; }
td.now { font-variant-numeric: tabular-nums; }
"""


def page(
    root: str = "/dancelive", values: Mapping[str, Value | Sequence[Value]] | None = None
) -> str:
    """HTML. `values`: what holds now, by name below `root`; with them each row shows its own."""
    body = "\n".join(_section(section, values) for section in sections(root))
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>dancelive: OSC</title>
<style>{_STYLE}</style>
<h1>OSC of dancelive</h1>
<p>Poses and beats leave for <code>127.0.0.1:9100</code>, or for every <code>--osc HOST:PORT</code>;
commands are taken on <code>--osc-in PORT</code>.</p>
{body}
</html>
"""


def _section(section: Section, values: Mapping[str, Value | Sequence[Value]] | None) -> str:
    shows_now = values is not None and any(row.name for row in section.rows)
    columns = (*section.columns, *(("now",) if shows_now else ()))
    head = "".join(f"<th>{column}</th>" for column in columns)
    rows = "\n".join(_row(row, (values or {}) if shows_now else None) for row in section.rows)
    return (
        f'<h2 id="{section.name}">{_text(section.title)}</h2>\n<p>{_text(section.text)}</p>\n'
        f"<table>\n<tr>{head}</tr>\n{rows}\n</table>"
    )


def _row(row: Row, values: Mapping[str, Value | Sequence[Value]] | None) -> str:
    cells = "".join(f"<td>{_text(cell)}</td>" for cell in row.cells)
    now = "" if values is None else f'<td class="now">{html.escape(_now(row.name, values))}</td>'
    return f"<tr>{cells}{now}</tr>"


def _now(name: str, values: Mapping[str, Value | Sequence[Value]]) -> str:
    """What holds now; of the joints that of the first."""
    first = name.replace(ANY_JOINT, JOINTS[0])
    value = values.get(first)
    if value is None:
        return ""
    values_now = [value] if isinstance(value, int | float | bool | str) else value
    more = " ..." if len(values_now) > MOST_SHOWN else ""
    text = values_text(values_now[:MOST_SHOWN]) + more
    return text if first == name else f"{JOINTS[0]} {text}"


def _text(cell: str) -> str:
    """With `code` between backticks."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(cell, quote=False))
