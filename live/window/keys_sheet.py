"""All keys of the show in a table, where the performer asks for them. Qt thread."""

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from live.controls.entries import Keys
from live.controls.keys import KEYS
from live.window.palette import CALM, GROUND, LINE, TEXT, letters

SIZES_PX = (14, 12, 10, 9)  # of the letters: the largest with which all is there
# All in the size of the letters.
_MARGIN = 0.8
_APART, _COLUMNS_APART = 0.7, 1.6  # a key from its meaning, one column from the next
_HIGH = 1.4  # a line
_MOST_APART = 3  # keys that are told one by one; of more the first and the last
_WORDS = {"PageUp": "page up", "PageDown": "page down", "Escape": "esc", "Question": "?",
          "Period": ".", "Comma": ",", "Plus": "+", "Minus": "-"}  # fmt: skip  # as help calls them
_SHORT = {"PageUp": "PgUp", "PageDown": "PgDn", "Escape": "Esc", "Up": "↑", "Down": "↓",
          "Left": "←", "Right": "→", "Space": "space", "Backspace": "⌫"}  # fmt: skip


class Table(NamedTuple):
    """How the lines are laid: columns of (key, meaning), and how wide each half of them is."""

    size_px: int
    columns: list[list[tuple[str, str]]]
    widths: list[tuple[int, int]]  # logical px, as what follows

    @property
    def width(self) -> int:
        """Of the whole, the margins included."""
        gaps = len(self.widths) * (_APART + _COLUMNS_APART) - _COLUMNS_APART + 2 * _MARGIN
        return math.ceil(self.size_px * gaps) + sum(map(sum, self.widths))

    @property
    def height(self) -> int:
        """Of the whole, the margins included."""
        return math.ceil(self.size_px * (len(self.columns[0]) * _HIGH + 2 * _MARGIN))

    def narrowed(self, width: int) -> "Table":
        """With less room for the meanings."""
        meanings = sum(meaning for _, meaning in self.widths)
        share = max(0.0, 1 - (self.width - width) / meanings)
        return self._replace(widths=[(key, int(meaning * share)) for key, meaning in self.widths])


def key_and_meaning(keys: Keys) -> tuple[str, str]:
    """What stands on the keys -> what they do, which is their help without their names."""
    names = [_SHORT.get(key) or _WORDS.get(key, key) for key in keys.values]
    label = f"{names[0]} - {names[-1]}" if len(names) > _MOST_APART else " ".join(names)
    own = {"and", "to", *(word for key in keys.values
                          for word in _WORDS.get(key, key).casefold().split())}  # fmt: skip
    words = keys.help.split()
    while words and words[0].casefold() in own:
        words.pop(0)
    return label, " ".join(words)


class KeysSheet(QWidget):
    """What each key does, a line each; takes no key and no click itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines = [key_and_meaning(keys) for _, keys in KEYS]
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def heightForWidth(self, width: int) -> int:
        """As high as all of it is in the largest letters."""
        return self.table(width, 1 << 16).height

    def table(self, width: int, height: int) -> Table:
        """As many columns as fit, in letters that let all lines fit; else meanings are cut."""
        for size_px in SIZES_PX:
            tables = (self._laid(size_px, n) for n in range(len(self.lines), 0, -1))
            fitting = next((table for table in tables if table.width <= width), None)
            if fitting is not None and fitting.height <= height:
                return fitting
        smallest = SIZES_PX[-1]
        n_rows = max(1, int((height / smallest - 2 * _MARGIN) / _HIGH))
        return self._laid(smallest, math.ceil(len(self.lines) / n_rows)).narrowed(width)

    def _laid(self, size_px: int, n_columns: int) -> Table:
        """Downwards, then to the right."""
        n_rows = math.ceil(len(self.lines) / n_columns)
        starts = range(0, len(self.lines), n_rows)
        columns = [self.lines[start : start + n_rows] for start in starts]
        measure = QFontMetrics(letters(self, size_px)).horizontalAdvance
        bold = QFontMetrics(letters(self, size_px, True)).horizontalAdvance
        widths = [  # 2 px more: what is painted may be a little wider than what is measured
            (max(bold(key) for key, _ in column), max(measure(does) for _, does in column) + 2)
            for column in columns
        ]
        return Table(size_px, columns, widths)

    def paintEvent(self, event: QPaintEvent) -> None:
        table = self.table(self.width(), self.height())
        painter = QPainter(self)
        painter.fillRect(self.rect(), GROUND)
        painter.fillRect(0, 0, self.width(), 1, LINE)
        size_px = table.size_px
        x = size_px * _MARGIN
        for column, (key_px, meaning_px) in zip(table.columns, table.widths, strict=True):
            baseline = size_px * (_MARGIN + 1)
            for key, meaning in column:
                painter.setFont(letters(self, size_px, True))
                painter.setPen(CALM)
                painter.drawText(QPointF(x, baseline), key)
                painter.setFont(letters(self, size_px))
                painter.setPen(TEXT)
                metrics, right = painter.fontMetrics(), Qt.TextElideMode.ElideRight
                cut = metrics.elidedText(meaning, right, meaning_px)
                painter.drawText(QPointF(x + key_px + size_px * _APART, baseline), cut)
                baseline += size_px * _HIGH
            x += key_px + meaning_px + size_px * (_APART + _COLUMNS_APART)
        painter.end()
