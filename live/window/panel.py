"""Every control of the show, made from its rows. Qt thread."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from live.window.panel_page import PanelPage
from live.window.panel_row import PanelRow
from live.window.row_widgets import (
    TARGET_PX,
    ChoiceRow,
    NameRow,
    NumberRow,
    PictureRow,
    RowWidget,
    StepRow,
    SwitchRow,
    TriggerRow,
)
from live.window.take_away_row import TakeAwayRow

TEXT_FIELDS = (QLineEdit, QAbstractSpinBox)  # where letters are letters
PICTURED = "target"
AT_ONCE = "hand"  # the group that is always there
FIRST = "dancer"  # the group that is there at the beginning
TABS = 5  # in a line
_STYLE = """
QWidget { background: #14161a; color: #e9ebee; font-size: 13px; }
QPushButton, QComboBox, QDoubleSpinBox, QLineEdit { background: #2b3038; border: 2px solid #2b3038;
    border-radius: 5px; padding: 2px 8px; }
QPushButton[isTab="true"] { background: #14161a; border-color: #2b3038; padding: 2px; }
QPushButton[isTab="true"]:checked { background: #4a525e; color: #e9ebee; border-color: #4a525e; }
QPushButton:pressed { background: #4a525e; }
QPushButton:checked { background: #35d0b0; color: #14161a; border-color: #35d0b0; }
QPushButton:focus, QComboBox:focus, QDoubleSpinBox:focus, QSlider:focus, QListWidget:focus {
    border: 2px solid #ffb42e; }
QPushButton:disabled, QComboBox:disabled { color: #565d68; }
QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 0px; }
QSlider { border: 2px solid transparent; border-radius: 5px; }
QSlider::groove:horizontal { background: #2b3038; height: 8px; border-radius: 4px; }
QSlider::sub-page:horizontal { background: #1f9c86; border-radius: 4px; }
QSlider::handle:horizontal { background: #e9ebee; width: 22px; margin: -9px 0; border-radius: 6px; }
QListWidget { border: 2px solid #2b3038; border-radius: 5px; }
QListWidget::item:selected { background: #1f9c86; }
QScrollBar:vertical { background: #14161a; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: #4a525e; min-height: 40px; border-radius: 4px;
    margin: 2px; }
QScrollBar::handle:vertical:hover { background: #8b929d; }
QScrollBar::add-line:vertical, QScrollBar::sub-line:vertical { height: 0px; }
QScrollBar::add-page:vertical, QScrollBar::sub-page:vertical { background: none; }
QToolTip { background: #2b3038; color: #e9ebee; border: 1px solid #4a525e; }
"""


class Panel(QWidget):
    """What must be at hand, and below it the group that was chosen; `follow` ten times a second."""

    def __init__(
        self,
        rows: Sequence[PanelRow],
        picture: Callable[[str], Path | None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setStyleSheet(_STYLE)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.rows: dict[str, RowWidget] = {row.name: _widget(row, picture) for row in rows}
        groups: dict[str, list[RowWidget]] = {}
        for widget in self.rows.values():
            groups.setdefault(widget.row.group, []).append(widget)
        room = QVBoxLayout(self)
        room.setContentsMargins(0, 8, 0, 0)
        room.setSpacing(8)
        at_once = QHBoxLayout()
        for widget in groups.pop(AT_ONCE, ()):
            at_once.addWidget(widget)
        self.tabs: dict[str, QPushButton] = {}
        self._pages = QStackedWidget()
        tabs = QGridLayout()
        tabs.setSpacing(4)
        for place, (name, widgets) in enumerate(groups.items()):
            tab = self.tabs[name] = _tab(name)
            tab.clicked.connect(partial(self._turn_to, place))
            tabs.addWidget(tab, place // TABS, place % TABS)
            self._pages.addWidget(PanelPage(widgets))
        for line in (at_once, tabs):
            line.setContentsMargins(9, 0, 9, 0)
            room.addLayout(line)
        room.addWidget(self._pages, 1)
        if FIRST in self.tabs:
            self.tabs[FIRST].click()

    def follow(self, measured: Mapping[str, float] = MappingProxyType({})) -> None:
        """Show what is set now, whoever set it.

        `measured`, by name: what controls come to whose 0 leaves it to the music.
        """
        for name, widget in self.rows.items():
            widget.follow()
            if isinstance(widget, NumberRow) and widget.row.zero:
                widget.measure(measured.get(name, 0.0))
            if isinstance(widget, PictureRow):
                widget.refresh()

    def _turn_to(self, place: int) -> None:
        # Not a group of Qt, of which the tab key reaches one button alone.
        self._pages.setCurrentIndex(place)
        for number, tab in enumerate(self.tabs.values()):
            tab.setChecked(number == place)


def _tab(name: str) -> QPushButton:
    tab = QPushButton(name)
    tab.setProperty("isTab", True)
    tab.setCheckable(True)
    tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    tab.setMinimumHeight(TARGET_PX)
    tab.setAccessibleName(name)
    return tab


def _widget(row: PanelRow, picture: Callable[[str], Path | None]) -> RowWidget:
    match row.kind:
        case "switch":
            return SwitchRow(row)
        case "trigger":
            return TriggerRow(row)
        case "number":
            return NumberRow(row)
        case "step":
            return StepRow(row)
        case "choice":
            if row.name == PICTURED:
                return PictureRow(row, picture)
            return TakeAwayRow(row) if row.takes_away else ChoiceRow(row)
        case "name":
            return NameRow(row)
