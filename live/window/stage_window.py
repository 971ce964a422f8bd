"""The stage window: the newest Frame, and the performer's bar below it. Qt (main) thread.

It polls, so that a covered window keeps taking frames; every command leaves through `send`.
Imported only for a show with a window, after `display.has_display` said that there can be one.
"""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWindowStateChangeEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from live.core.keys import NUDGE_MS
from live.core.messages import (
    Blackout,
    ChangeLevel,
    ChooseStyle,
    Command,
    Frame,
    Freeze,
    Fullscreen,
    Meters,
    Mirror,
    Nudge,
    Reset,
    SetBpm,
    Tap,
)
from live.core.settings import Settings
from live.window.key_place import action_of
from live.window.picture_view import PictureView, choose_screen, standing_icon
from live.window.qt_loop import POLL_MS, application
from live.window.status_bar import HEIGHT, StatusBar

ANIMATE_S = 1 / 30
METERS_S = 0.05
MAX_HOLD_S = 0.5  # a frame due later than this has a wrong time and is shown at once
FULLSCREEN_WAIT_MS = 300
KEY_COUNTS_S = 1.0  # what a key has set, before the show's account of it counts again


class StageWindow(QWidget):
    """The dancer, the bar and the keys.

    `take_frame` gives a new frame or None; one that is not yet due is held until it is.
    `on_shown(frame, host time)` follows each frame that was put on the screen. `read_meters` is
    asked 20 times a second (the same object again = nothing new). `post` and `finish` may be called
    from any thread.
    """

    def __init__(
        self,
        settings: Settings,
        take_frame: Callable[[], Frame | None],
        read_meters: Callable[[], Meters | None],
        send: Callable[[Command], None],
        on_shown: Callable[[Frame, float], None],
        title: str = "dancelive",
    ) -> None:
        self._app = application()
        super().__init__()
        self._take_frame, self._read_meters = take_frame, read_meters
        self._send, self._on_shown = send, on_shown
        self.setWindowTitle(title)
        self.setWindowIcon(standing_icon())
        self.setStyleSheet("background: black")
        self.screen_view = PictureView(self)
        self.bar = StatusBar(self)
        self._bar_in_window = True
        self._bar_in_fullscreen = False
        self._held: Frame | None = None
        self._mirror = False
        self._key_counts_until = 0.0
        self._meters_at = self._animated_at = 0.0
        self._actions: dict[str, Callable[[], None]] = {
            "fullscreen": self._toggle_fullscreen,
            "leave fullscreen": lambda: self.set_fullscreen(False),  # never ends the show
            "info": self._toggle_bar,
            "blackout": self._blackout,
            "freeze": self._freeze,
            "mirror": self._turn_mirror,
            "next style": lambda: self._send(ChooseStyle("")),
            "reset": lambda: self._send(Reset()),
            "tap": self._tap,
            "beat earlier": lambda: self._send(Nudge(-NUDGE_MS)),
            "beat later": lambda: self._send(Nudge(NUDGE_MS)),
            "half the beats": lambda: self._send(ChangeLevel(0.5)),
            "twice the beats": lambda: self._send(ChangeLevel(2.0)),
            "hear the tempo": lambda: self._send(SetBpm(0.0)),
        }
        self._posted: deque[Command] = deque()
        self._is_finishing = False
        self._wanted_screen = settings.fullscreen
        self._is_fitted = all(settings.output)
        self.resize(self._size_for(*(settings.output if self._is_fitted else (512, 512))))
        self.is_full = False
        self._window_place = self.geometry()  # where it goes back to from full screen
        self.setMinimumSize(256, 144 + HEIGHT)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._poll)
        self._timer.start(POLL_MS)
        self.show()
        if settings.fullscreen >= 0:
            self.set_fullscreen(True)

    def post(self, command: Command) -> None:
        """A command that concerns the window (Fullscreen); any thread."""
        self._posted.append(command)

    def finish(self) -> None:
        """Close the window: the show is over; any thread."""
        self._is_finishing = True

    def set_fullscreen(self, is_on: bool) -> None:
        """Fill the chosen screen (at first the one of --fullscreen, else the window's), or not."""
        if is_on == self.is_full:
            return
        self.is_full = is_on
        if is_on:
            self._window_place = self.geometry()
            screens = QGuiApplication.screens()
            if self._wanted_screen >= 0:
                self.setGeometry(screens[choose_screen(screens, self._wanted_screen)].geometry())
                self._wanted_screen = -1
            self.showFullScreen()
            QTimer.singleShot(FULLSCREEN_WAIT_MS, self._fill_screen)
            self.setCursor(Qt.CursorShape.BlankCursor)
        else:
            self.showNormal()
            self.setGeometry(self._window_place)
            self.unsetCursor()
        self._arrange()

    def _fill_screen(self) -> None:
        """Without a window manager nobody else makes the window as large as the screen."""
        if self.is_full and self.size() != self.screen().size():
            self.setGeometry(self.screen().geometry())

    def changeEvent(self, event: QEvent) -> None:
        """The window manager may begin and end full screen as well."""
        if isinstance(event, QWindowStateChangeEvent):
            was_full = bool(event.oldState() & Qt.WindowState.WindowFullScreen)
            is_full = bool(self.windowState() & Qt.WindowState.WindowFullScreen)
            if was_full != is_full and is_full != self.is_full:
                self.is_full = is_full
                self.setCursor(
                    Qt.CursorShape.BlankCursor if is_full else Qt.CursorShape.ArrowCursor
                )
                self._arrange()
        super().changeEvent(event)

    def _size_for(self, width: int, height: int) -> QSize:
        """Device pixels of the stage screen 1:1 where they fit on this screen, else smaller."""
        free = self.screen().availableGeometry()
        scale = min(
            1 / self.devicePixelRatio(),
            0.95 * free.width() / width,
            (0.92 * free.height() - HEIGHT) / height,
        )
        return QSize(round(width * scale), round(height * scale) + HEIGHT)

    def _fit_to(self, frame: Frame) -> None:
        """Where no --output was asked for, the first frame says how large the screen is."""
        self._is_fitted = True
        height, width = frame.image.shape[:2]
        size = self._size_for(width, height)
        self._window_place.setSize(size)
        if not (self.is_full or self.isMaximized()):
            self.resize(size)

    def _poll(self) -> None:
        if self._is_finishing:
            self.close()
            return
        while self._posted:
            self._do(self._posted.popleft())
        now = time.perf_counter()
        if self._held is None:
            self._held = self._take_frame()
        frame = self._held
        if frame is not None:
            wait = frame.due_at - now
            if wait <= POLL_MS / 2000 or wait > MAX_HOLD_S:
                self._held = None
                if not self._is_fitted:
                    self._fit_to(frame)
                if not self.bar.is_frozen:
                    self.screen_view.show_picture(frame.image)
                self._on_shown(frame, time.perf_counter())
        if now - self._meters_at >= METERS_S:
            self._meters_at = now
            self._take_meters(now)
        if now - self._animated_at >= ANIMATE_S:
            self._animated_at = now
            if self.bar.isVisible():
                self.bar.animate(now)

    def _take_meters(self, now: float) -> None:
        meters = self._read_meters()
        if meters is None:
            return
        self.bar.show_meters(meters, now)
        if now >= self._key_counts_until:
            self._mirror = meters.mirror
            self._set_black(meters.blackout)
            self._set_frozen(meters.frozen)

    def _do(self, command: Command) -> None:
        if isinstance(command, Fullscreen):
            self.set_fullscreen(not self.is_full if command.on is None else command.on)

    def _set_black(self, is_on: bool) -> None:
        if is_on != self.bar.is_black:
            self.bar.is_black = self.screen_view.is_black = is_on
            self.screen_view.repaint()
            self.bar.update()

    def _set_frozen(self, is_on: bool) -> None:
        if is_on != self.bar.is_frozen:
            self.bar.is_frozen = is_on
            self.bar.update()

    def _key_set(self) -> None:
        self._key_counts_until = time.perf_counter() + KEY_COUNTS_S

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        action = action_of(event)
        if action is None:
            super().keyPressEvent(event)
        else:
            self._actions[action]()

    def _blackout(self) -> None:
        self._key_set()
        self._set_black(not self.bar.is_black)
        self._send(Blackout(self.bar.is_black))

    def _freeze(self) -> None:
        self._key_set()
        self._set_frozen(not self.bar.is_frozen)
        self._send(Freeze(self.bar.is_frozen))

    def _turn_mirror(self) -> None:
        self._key_set()
        self._mirror = not self._mirror
        self._send(Mirror(self._mirror))

    def _tap(self) -> None:
        self._send(Tap(time.perf_counter()))
        self.bar.tapped()

    def _toggle_fullscreen(self) -> None:
        self.set_fullscreen(not self.is_full)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._toggle_fullscreen()

    def _toggle_bar(self) -> None:
        if self.is_full:
            self._bar_in_fullscreen = not self._bar_in_fullscreen
        else:
            self._bar_in_window = not self._bar_in_window
            if not self.isMaximized():  # the picture keeps its size
                self.resize(
                    self.width(), self.height() + HEIGHT * (1 if self._bar_in_window else -1)
                )
        self._arrange()

    def _arrange(self) -> None:
        """In a window the bar is below the picture, in full screen (when asked for) over it."""
        has_bar = self._bar_in_fullscreen if self.is_full else self._bar_in_window
        below = HEIGHT if has_bar and not self.is_full else 0
        self.screen_view.setGeometry(0, 0, self.width(), self.height() - below)
        self.bar.setGeometry(0, self.height() - HEIGHT, self.width(), HEIGHT)
        self.bar.setVisible(has_bar)
        self.bar.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        event.accept()
        QApplication.quit()
