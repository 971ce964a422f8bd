"""Widgets without a display, and a painter that notes what it paints. Asks for PySide6."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", reason="Qt does not start here", exc_type=ImportError)

from PySide6.QtCore import QPoint
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen, QRegion
from PySide6.QtWidgets import QApplication, QWidget

# The one of this process, kept alive; where a display is it is left alone.
APPLICATION = QApplication.instance() or QApplication(["tests", "-platform", "offscreen"])


@dataclass(frozen=True)
class Mark:
    """One call of the painter, with its colours and letters at that moment."""

    kind: str  # "text", "round", "fill", "ellipse", "line", "point", "image"
    where: tuple[float, ...]
    text: str
    size: int  # of the letters, px
    is_bold: bool
    pen: QPen
    brush: QBrush  # of a fill its colour

    @property
    def ink(self) -> str:
        return self.pen.color().name()

    @property
    def fill(self) -> str:
        return self.brush.color().name()


def numbers_of(*places: Any) -> tuple[float, ...]:
    """Points, rectangles and numbers as numbers alone."""
    found: list[float] = []
    for place in places:
        if hasattr(place, "getRect"):
            found += place.getRect()
        elif hasattr(place, "toTuple"):
            found += place.toTuple()
        elif isinstance(place, int | float):
            found.append(place)
    return tuple(found)


def noted(patch: pytest.MonkeyPatch, module: ModuleType) -> list[Mark]:
    """What the painters of a module paint from now on."""
    marks: list[Mark] = []

    class Noting(QPainter):
        def _note(self, kind: str, places: tuple[Any, ...], brush: QBrush | None = None) -> None:
            text = next((p for p in places if isinstance(p, str)), "")
            font = self.font()
            marks.append(
                Mark(kind, numbers_of(*places), text, font.pixelSize(), font.bold(),
                     QPen(self.pen()), QBrush(brush or self.brush()))
            )  # fmt: skip

        def drawText(self, *places: Any) -> None:
            self._note("text", places)
            super().drawText(*places)

        def drawRoundedRect(self, *places: Any) -> None:
            self._note("round", places)
            super().drawRoundedRect(*places)

        def fillRect(self, *places: Any) -> None:
            self._note("fill", places[:-1], QBrush(QColor(places[-1])))
            super().fillRect(*places)

        def drawEllipse(self, *places: Any) -> None:
            self._note("ellipse", places)
            super().drawEllipse(*places)

        def drawLine(self, *places: Any) -> None:
            self._note("line", places)
            super().drawLine(*places)

        def drawPoint(self, *places: Any) -> None:
            self._note("point", places)
            super().drawPoint(*places)

        def drawImage(self, *places: Any) -> None:
            self._note("image", places)
            super().drawImage(*places)

    patch.setattr(module, "QPainter", Noting)
    return marks


def painting(widget: QWidget, marks: list[Mark], *only: int) -> list[Mark]:
    """The marks of one painting, of all of the widget or of a rectangle in it."""
    marks.clear()
    image = QImage(widget.width(), widget.height(), QImage.Format.Format_RGB32)
    widget.render(image, QPoint(), QRegion(*only) if only else QRegion(widget.rect()))
    return list(marks)
