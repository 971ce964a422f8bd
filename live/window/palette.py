"""Colours and letters of the performer's bar. Qt thread."""

from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QWidget

GROUND = QColor("#14161a")
DARK = QColor("#2b3038")  # a light that is off
LINE = QColor("#2a2e36")
TEXT = QColor("#e9ebee")
FAINT = QColor("#8b929d")
CALM = QColor("#35d0b0")
AMBER = QColor("#ffb42e")
RED = QColor("#ff5a52")
BLUE = QColor("#4aa3ff")


def letters(widget: QWidget, size: int, is_bold: bool = False) -> QFont:
    """The widget's font, `size` px high."""
    font = QFont(widget.font())
    font.setPixelSize(size)
    font.setBold(is_bold)
    return font


def text_width(painter: QPainter, text: str) -> int:
    return painter.fontMetrics().horizontalAdvance(text)


def mix(one: QColor, other: QColor, amount: float) -> QColor:
    """From `one` (0) to `other` (1)."""
    pairs = (
        (one.red(), other.red()),
        (one.green(), other.green()),
        (one.blue(), other.blue()),
    )
    return QColor(*(round(a + (b - a) * amount) for a, b in pairs))
