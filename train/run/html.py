"""Self-contained HTML pages for reports: text, tables and pictures in one file.

No scripts and nothing from the network, so that a page can be mailed or kept. All text is escaped;
what `section`, `table` and `picture` give back is markup and may be nested.
"""

import base64
from collections.abc import Iterable
from html import escape
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

NOT_MEASURED = "–"  # in a cell
_PNG = b"\x89PNG\r\n\x1a\n"
_CSS = """
:root { color-scheme: light dark;
  --ink: #1d1f22; --paper: #fbfbfa; --line: #d9dadc; --dim: #6a6e75; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e5e7; --paper: #17181a; --line: #3a3d42; --dim: #9a9fa7; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0;
  background: var(--paper); }
@media (min-width: 60rem) { th:first-child, td:first-child { white-space: nowrap; } }
@media (max-width: 60rem) { th:first-child, td:first-child { min-width: 8rem; } }
th { vertical-align: bottom; }
figure { margin: 1.2rem 0; } figure img, figure svg { max-width: 100%; height: auto; }
figcaption { color: var(--dim); font-size: .9rem; }
"""


class Markup(str):
    """HTML that is ready to be placed; any other string is text and gets escaped."""

    __slots__ = ()


def _placed(part: str) -> str:
    return part if isinstance(part, Markup) else f"<p>{escape(part)}</p>"


def page(title: str, *parts: str) -> str:
    """A whole HTML document. Plain strings become paragraphs, Markup stays as it is."""
    body = "\n".join(_placed(part) for part in parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_CSS}</style></head>\n"
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def section(title: str, *parts: str) -> Markup:
    """A heading and what belongs under it."""
    body = "\n".join(_placed(part) for part in parts)
    return Markup(f"<section><h2>{escape(title)}</h2>\n{body}</section>")


def cell(value: object) -> str:
    """A table cell's text: None is a dash, numbers are as exact as a reader needs."""
    if value is None:
        return NOT_MEASURED
    if isinstance(value, Markup):
        return value
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return escape(str(value))


def table(columns: Iterable[object], rows: Iterable[Iterable[object]]) -> Markup:
    """A table with a heading row; the first column is read as the rows' names."""
    head = "".join(f'<th scope="col">{cell(column)}</th>' for column in columns)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{cell(value)}</td>" for value in row) + "</tr>" for row in rows
    )
    rows_of_table = f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>"
    return Markup(f'<div class="wide"><table>{rows_of_table}</table></div>')


def picture(image: bytes | Array, caption: str) -> Markup:
    """An embedded picture: PNG bytes, or uint8 (H, W, 3) RGB. The caption is its description, too.

    Raises ValueError for bytes that are no PNG and for arrays of another kind.
    """
    if not isinstance(image, bytes):
        image = _png(image)
    elif not image.startswith(_PNG):
        raise ValueError("A page holds pictures as PNG; these bytes are something else.")
    data = base64.b64encode(image).decode("ascii")
    words = escape(caption)
    return Markup(
        f'<figure><img alt="{words}" src="data:image/png;base64,{data}">'
        f"<figcaption>{words}</figcaption></figure>"
    )


def _png(image: Array) -> bytes:
    import cv2

    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"A picture is uint8 (H, W, 3), this is {image.dtype} {image.shape}.")
    return cv2.imencode(".png", np.ascontiguousarray(image[..., ::-1]))[1].tobytes()
