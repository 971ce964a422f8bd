"""The stage: the dancer on a screen or in a window of its own, and nothing else. Qt thread.

It has no bar, so that no event can bring one on stage; what the performer asks for there by hand
(`show_note`) is made when it is asked for, lies beside the picture, and is gone with it.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QScreen,
    QWindowStateChangeEvent,
)
from PySide6.QtWidgets import QWidget

from live.window.picture_view import PictureView, standing_icon

FULLSCREEN_WAIT_MS = 300
SETTLE_S = 2.0  # what the display says of the window's state so soon may be about the state before


class StageWindow(QWidget):
    """The picture as large as fits, black around it and until the first frame."""

    def __init__(
        self,
        title: str,
        press: Callable[[QKeyEvent], bool],
        toggle: Callable[[], None],
        left: Callable[[], None],
        closed: Callable[[], None],
    ) -> None:
        """`press` is given every key, `toggle` follows a double click.

        `left`: the window manager ended full screen; `closed`: it closed the window.
        """
        super().__init__()
        self._press, self._toggle, self._left, self._closed = press, toggle, left, closed
        self.setWindowTitle(title)
        self.setWindowIcon(standing_icon())
        self.setStyleSheet("background: black")
        self.view = PictureView(self)
        self.note: QWidget | None = None  # asked for by the performer, below the picture
        self._full_on: QScreen | None = None
        self._full_at = 0.0  # host time
        self.setMinimumSize(64, 64)

    @property
    def is_full(self) -> bool:
        """Whether it fills a screen."""
        return self._full_on is not None

    def fill(self, screen: QScreen) -> None:
        """Fill this screen, whether or not it filled another before."""
        self.setCursor(Qt.CursorShape.BlankCursor)
        if self.isVisible() and self._full_on is not screen:
            self.hide()  # a window that is full already does not go to another screen everywhere
        self._full_on, self._full_at = screen, time.perf_counter()
        self.setScreen(screen)
        self.setGeometry(screen.geometry())
        self._show_full()
        self.raise_()
        QTimer.singleShot(FULLSCREEN_WAIT_MS, self.refill)

    def refill(self) -> None:
        """Without a window manager nobody else makes the window as large as its screen."""
        screen = self._full_on
        if screen is not None and self.geometry() != screen.geometry():
            self.setGeometry(screen.geometry())

    def stand(self, place: QRect) -> None:
        """Be a window at this place."""
        self._full_on = None
        self.unsetCursor()
        self.showNormal()
        self.setGeometry(place)

    def leave(self) -> None:
        """Be seen no more."""
        self._full_on = None
        self.show_note(None)
        self.unsetCursor()
        self.hide()

    def show_note(self, note: QWidget | None) -> None:
        """Beside the picture, below it, until another or None takes its place."""
        if self.note is not None:
            self.note.hide()
            self.note.deleteLater()
        self.note = note
        if note is not None:
            note.setParent(self)
            note.show()
        self._arrange()

    def _arrange(self) -> None:
        below, note = 0, self.note
        if note is not None:
            wanted = max(note.minimumHeight(), note.heightForWidth(self.width()))
            below = min(wanted, self.height() // 2)
            note.setGeometry(0, self.height() - below, self.width(), below)
        self.view.setGeometry(0, 0, self.width(), self.height() - below)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        """The window manager may end full screen as well, but not by what comes late."""
        is_other = isinstance(event, QWindowStateChangeEvent) and self.isVisible()
        if is_other and self.is_full and not self.isFullScreen():
            is_late = time.perf_counter() - self._full_at < SETTLE_S
            QTimer.singleShot(0, self._again if is_late else self._left)
        super().changeEvent(event)

    def _again(self) -> None:
        if self._full_on is not None:
            self._show_full()
            self.refill()

    def _show_full(self) -> None:
        """Without taking the keys from the control window, as showFullScreen would."""
        self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._press(event):
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._toggle()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self._closed()
