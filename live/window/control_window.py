"""The performer's window: the picture, the bar below it, and when asked for every control.

Where the stage has no window of its own the picture in it is the show, else a preview. Qt thread.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from live.core.messages import Meters
from live.window.keys_sheet import KeysSheet
from live.window.panel import TEXT_FIELDS, Panel
from live.window.panel_row import PanelRow
from live.window.picture_view import PictureView, standing_icon
from live.window.state_list import StateList
from live.window.status_bar import HEIGHT, StatusBar

PANEL_WIDTH = (340, 560)  # logical px
PANEL_SHARE = 0.42  # of the window's width
SIZE = QSize(1180, 760)  # of a window with the panel
FOLLOW_S = 0.1
_WIDGETS_OWN = {
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter,
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip  # keys of the control that has the focus


class ControlWindow(QWidget):
    """Picture, bar and panel; whoever owns it tells it what to show."""

    def __init__(
        self,
        title: str,
        rows: Sequence[PanelRow],
        picture: Callable[[str], Path | None],
        press: Callable[[QKeyEvent], bool],
        toggle: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        """`press` is given every key of the show, `toggle` follows a double click on the picture.

        `closed`: somebody closed the window.
        """
        super().__init__()
        self._press, self._toggle, self._closed = press, toggle, closed
        self.setWindowTitle(title)
        self.setWindowIcon(standing_icon())
        self.setStyleSheet("background: black")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view = PictureView(self)
        self.states = StateList(self)
        self.bar = StatusBar(self)
        self.panel = Panel(rows, picture, self)
        self.has_bar, self.has_panel = True, False
        self._sheet: KeysSheet | None = None
        self._followed_at = 0.0  # host time
        self.setMinimumSize(256, 144 + HEIGHT)
        self._arrange()
        for widget in self.panel.findChildren(QWidget):
            widget.installEventFilter(self)

    def show_meters(self, meters: Meters, now: float) -> None:
        """Take new numbers; the phases count as read at host time `now`."""
        self.bar.show_meters(meters, now)
        if self.has_panel and self.isVisible():
            if self.states.show_meters(meters):
                self._arrange()
            if now - self._followed_at >= FOLLOW_S:
                self._followed_at = now
                self.panel.follow({"bpm": meters.beat.bpm if meters.beat else 0.0})

    def set_panel(self, is_shown: bool) -> None:
        """Every control beside the picture, or the picture alone."""
        if is_shown == self.has_panel:
            return
        self.has_panel = is_shown
        if is_shown and not self.isMaximized():
            free = self.screen().availableGeometry()
            place = QRect(self.pos(), self.size().expandedTo(SIZE.boundedTo(free.size())))
            place.moveRight(min(place.right(), free.right()))
            place.moveBottom(min(place.bottom(), free.bottom()))
            self.setGeometry(place)
        self._arrange()

    def toggle_bar(self) -> None:
        """The bar goes and comes; the picture keeps its size."""
        self.has_bar = not self.has_bar
        if not self.isMaximized():
            self.resize(self.width(), self.height() + HEIGHT * (1 if self.has_bar else -1))
        self._arrange()

    def toggle_keys(self) -> None:
        """The list of all keys, over the picture."""
        if self._sheet is not None:
            self._sheet.hide()
            self._sheet.deleteLater()
            self._sheet = None
        else:
            self._sheet = KeysSheet(self)
            self._sheet.show()
        self._arrange()

    def _arrange(self) -> None:
        width, below = self.width(), HEIGHT if self.has_bar else 0
        height = self.height() - below
        if self.has_panel:
            least, most = PANEL_WIDTH
            panel = min(most, max(least, round(PANEL_SHARE * width)))
            self.panel.setGeometry(width - panel, 0, panel, height)
            width -= panel
        states = self.states.heightForWidth(width) if self.has_panel else 0
        self.view.setGeometry(0, 0, width, height - states)
        self.states.setGeometry(0, height - states, width, states)
        self.bar.setGeometry(0, height, self.width(), HEIGHT)
        self.panel.setVisible(self.has_panel)
        self.states.setVisible(self.has_panel)
        self.bar.setVisible(self.has_bar)
        self.bar.raise_()
        if self._sheet is not None:
            sheet = min(height, self._sheet.heightForWidth(width))
            self._sheet.setGeometry(0, height - sheet, width, sheet)
            self._sheet.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        self.setFocus()  # else it is that of the first control, and some keys with it

    # keys: those of the show are the show's, wherever the focus is, but in a text field

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(watched, QWidget)
            and isinstance(event, QKeyEvent)
            and watched.window() is self  # not the list of a choice, which is a window by itself
        ):
            if event.key() == Qt.Key.Key_Escape:  # the focus goes back to the show
                self.setFocus()
                return True
            is_theirs = isinstance(watched, TEXT_FIELDS) or event.key() in _WIDGETS_OWN
            return not is_theirs and self._press(event)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._press(event):
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.view.geometry().contains(event.position().toPoint()):
            self._toggle()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self._closed()
