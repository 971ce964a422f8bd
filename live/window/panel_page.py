"""The controls of one group, one below the other, as far as they go. Qt thread."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QScroller,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from live.window.row_widgets import TARGET_PX, RowWidget, SwitchRow, TriggerRow

BUTTON_WIDTH = 110  # logical px, at least


class PanelPage(QScrollArea):
    """Buttons first, then what has a value."""

    def __init__(self, widgets: Sequence[RowWidget]) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._buttons = [w for w in widgets if isinstance(w, SwitchRow | TriggerRow)]
        inside = QWidget()
        room = QVBoxLayout(inside)
        room.setSpacing(10)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        room.addLayout(self._grid)
        form = QGridLayout()
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        for line, widget in enumerate(w for w in widgets if w not in self._buttons):
            label = QLabel(widget.row.label)
            label.setToolTip(widget.row.tip)
            label.setMinimumHeight(TARGET_PX)
            form.addWidget(label, line, 0)
            form.addWidget(widget, line, 1)
        room.addLayout(form)
        room.addStretch(1)
        self.setWidget(inside)
        self._n_columns = 0
        self._lay_buttons(3)
        for widget in (*inside.findChildren(QSlider), *inside.findChildren(QComboBox),
                       *inside.findChildren(QAbstractSpinBox)):  # fmt: skip
            widget.installEventFilter(self)
        QScroller.grabGesture(self.viewport(), QScroller.ScrollerGestureType.TouchGesture)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The wheel scrolls the page, and changes no value that happens to lie under it."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_buttons(max(2, (self.viewport().width() - 20) // (BUTTON_WIDTH + 8)))

    def _lay_buttons(self, n_columns: int) -> None:
        if n_columns == self._n_columns:
            return
        self._n_columns = n_columns
        for place, widget in enumerate(self._buttons):
            self._grid.addWidget(widget, place // n_columns, place % n_columns)
