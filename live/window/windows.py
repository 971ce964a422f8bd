"""The windows of a show: the control window, the stage apart from it, and what joins them.

It polls, so that covered windows keep taking frames; what is asked for leaves through `ask`. Qt
(main) thread. Imported only for a show with a window, after `display` said that there can be one.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from live.controls.keys import learned_name
from live.core.messages import Command, Frame, Fullscreen, Meters, Overlay
from live.core.settings import Settings
from live.window.control_window import ControlWindow
from live.window.hand import Hand
from live.window.key_place import press_of
from live.window.keys_sheet import KeysSheet
from live.window.panel_row import PanelRow
from live.window.placing import Placing
from live.window.qt_loop import POLL_MS, application
from live.window.row_widgets import ChoiceRow
from live.window.screens import stage_size
from live.window.stage_window import StageWindow
from live.window.status_bar import StatusBar
from models.types import Array

log = logging.getLogger(__name__)

ANIMATE_S = 1 / 30
METERS_S = 0.05
PREVIEW_S = 0.1
STAGE, IN_WINDOW = "stage", "a window"  # the control of where the stage is, its first choice
MAX_HOLD_S = 0.5  # a frame due later than this has a wrong time and is shown at once


class Windows:
    """The dancer, the performer's controls and the keys.

    `take_frame` gives a new frame or None; one that is not yet due is held until it is.
    `on_shown(frame, host time)` follows each frame that was put on the screen. `read_meters` is
    asked 20 times a second (the same object again = nothing new), `picture` for the file of a
    person's picture. `ask` sets a control by its name and value, `warn` hears what the performer
    should read. `post` and `finish` may be called from any thread.
    """

    def __init__(
        self,
        settings: Settings,
        take_frame: Callable[[], Frame | None],
        read_meters: Callable[[], Meters | None],
        ask: Callable[[str, Any], object],
        on_shown: Callable[[Frame, float], None],
        rows: Sequence[PanelRow] = (),
        picture: Callable[[str], Path | None] = lambda _: None,
        warn: Callable[[str], None] = log.warning,
        title: str = "dancelive",
    ) -> None:
        self._app = cast(QApplication, application())
        self._app.setQuitOnLastWindowClosed(False)
        self._take_frame, self._read_meters = take_frame, read_meters
        self._on_shown = on_shown
        self._held: Frame | None = None
        self._picture: Array | None = None  # uint8 (H, W, 3), what the audience sees now
        self._meters_at = self._animated_at = self._previewed_at = 0.0
        self._posted: deque[Command] = deque()
        self._is_finishing = False
        self._ask = ask
        here: dict[str, Callable[[Any], object]] = {
            "fullscreen": lambda on: self._do(Fullscreen(on)),
            "overlay": lambda on: self._do(Overlay(on)),
            "panel": lambda _: self._toggle_panel(),
            "keys": lambda _: self._toggle_keys(),
            "tap": self._tap,
            "learn": lambda _: self._learn(),
        }
        self._last = ""  # what was set last here, as a knob learns it
        self.hand = Hand(self._ask_here, self._flags_changed, here)
        toggle, quit_ = self._toggle_fullscreen, self._quit
        outputs = [row.read for row in rows if row.name == "output"]
        self._output = outputs[0] if outputs else lambda: None  # as "1920x1080"
        self._extended: tuple[str | None, str | None] = None, None  # it before F, and what F asked
        rows = (*(self._watched(row) for row in rows), self._stage_row())
        self._warn = warn
        self.control = ControlWindow(title, rows, picture, self._press_beside, toggle, quit_)
        self.stage = StageWindow(f"{title} stage", self._press, toggle, self._left, quit_)
        for view in (self.stage.view, self.control.view):
            view.came_or_went = self._hand_on
        is_asked = all(settings.output)  # else the stage takes the shape of a screen that it fills
        self.placing = Placing(
            settings, self.control, self.stage, warn,
            (lambda _: None) if is_asked else self._stage_fills,
        )  # fmt: skip
        for changed in (self._app.screenAdded, self._app.screenRemoved):
            changed.connect(self._screens_changed)
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._poll)
        self._timer.start(POLL_MS)
        self.placing.begin()

    @property
    def is_full(self) -> bool:
        """Whether the stage fills a screen, or waits for it."""
        return self.placing.is_full

    def post(self, command: Command) -> None:
        """A command that concerns the windows (Fullscreen, Overlay); any thread."""
        self._posted.append(command)

    def finish(self) -> None:
        """Close the windows: the show is over; any thread."""
        self._is_finishing = True

    def close(self) -> None:
        """Both windows, and with them Qt's loop."""
        self.control.close()
        self.stage.close()

    # frames, meters and commands as they come

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
                self._show(frame, now)
                self._on_shown(frame, time.perf_counter())
        if now - self._meters_at >= METERS_S:
            self._meters_at = now
            meters = self._read_meters()
            if meters is not None:
                self._take_meters(meters, now)
        if now - self._animated_at >= ANIMATE_S:
            self._animated_at = now
            for bar in self._bars():
                if bar.isVisible():
                    bar.animate(now)

    def _show(self, frame: Frame, now: float) -> None:
        height, width = frame.image.shape[:2]
        self.placing.fit(QSize(width, height))
        if self.hand.is_still(now):
            return
        self._picture = frame.image
        if self.stage.isVisible():
            self.stage.view.show_picture(frame.image)
            if self.control.isVisible() and now - self._previewed_at >= PREVIEW_S:
                self._previewed_at = now
                self.control.view.show_picture(_small(frame.image, self.control.view.size()))
        else:
            self.control.view.show_picture(frame.image)

    def _hand_on(self) -> None:
        """A picture came or went: what is seen now is seen there too, frozen or not."""
        if self._picture is not None:
            for view in (self.stage.view, self.control.view):
                view.hold_picture(self._picture)

    def _take_meters(self, meters: Meters, now: float) -> None:
        self.control.show_meters(meters, now)
        for bar in self._bars()[1:]:
            bar.show_meters(meters, now)
        self.hand.believe(meters, now)

    def _bars(self) -> list[StatusBar]:
        note = self.stage.note
        return [self.control.bar, *([note] if isinstance(note, StatusBar) else [])]

    def _do(self, command: Command) -> None:
        """What concerns the windows."""
        match command:
            case Fullscreen(on):
                self.placing.set_fullscreen(not self.is_full if on is None else on)
            case Overlay(on):
                if on is None or on != self.has_bar:
                    self._toggle_bar()
            case _:
                pass

    # the screen of the stage is a control like the others

    def _stage_row(self) -> PanelRow:
        return PanelRow(
            name=STAGE,
            label="stage on",
            kind="choice",
            help="the screen that the stage fills, or a window",
            group=STAGE,
            send=self._put_stage,
            read=lambda: self.placing.screen_name if self.is_full else IN_WINDOW,
            choices=lambda: (IN_WINDOW, *(screen.name() for screen in QGuiApplication.screens())),
        )

    def _put_stage(self, name: str) -> None:
        if name == IN_WINDOW:
            self.placing.set_fullscreen(False)
        else:
            self.placing.set_fullscreen(True, name)

    def _stage_fills(self, screen: tuple[int, int] | None) -> None:
        """As --fullscreen does at the beginning; afterwards (None) what F extended goes back."""
        now, (before, filled) = self._output(), self._extended
        if now not in self._extended:  # somebody has asked for another since
            before = now if screen else None
        if screen is not None:
            filled = "{}x{}".format(*stage_size(screen))
            self._extended = before, filled
            self._ask("output", filled)
        elif before and before != filled:
            self._ask("output", before)

    def _screens_changed(self) -> None:
        row = self.control.panel.rows[STAGE]
        if isinstance(row, ChoiceRow):
            row.refill()

    # keys

    def _press(self, event: QKeyEvent) -> bool:
        """Whether it is one of the show's."""
        if event.isAutoRepeat():
            return True
        press = press_of(event)
        if press is not None:
            self.hand.press(*press)
        return press is not None

    def _watched(self, row: PanelRow) -> PanelRow:
        """What is set with it is what a knob would learn."""
        return replace(row, send=lambda value: self._ask_here(row.name, value))

    def _ask_here(self, name: str, value: Any) -> object:
        if not name.startswith("midi_"):
            self._last = learned_name(name, value)
        return self._ask(name, value)

    def _learn(self) -> None:
        """The next knob sets what was set last in these windows; once more ends it."""
        if self._last:
            self._ask("midi_learn", self._last)
        else:
            self._warn("Set the control first that a knob shall learn, then press L.")

    def _tap(self, value: Any) -> None:
        for bar in self._bars():
            bar.tapped()
        self._ask_here("tap", value)

    def _press_beside(self, event: QKeyEvent) -> bool:
        """In the control window: there Esc takes no stage from the wall."""
        is_escape = event.key() == Qt.Key.Key_Escape
        return (is_escape and self.stage.isVisible()) or self._press(event)

    def _toggle_fullscreen(self) -> None:
        self.placing.set_fullscreen(not self.is_full)

    def _left(self) -> None:
        """The window manager ended full screen."""
        if self.stage.is_full:
            self.placing.set_fullscreen(False)

    @property
    def has_bar(self) -> bool:
        """Whether the bar is shown, wherever it is now."""
        if self.control.isVisible():
            return self.control.has_bar
        return isinstance(self.stage.note, StatusBar)

    def _toggle_bar(self) -> None:
        if self.control.isVisible():
            self.control.toggle_bar()
        else:  # one screen, and the stage fills it
            self._note(None if self.has_bar else StatusBar(self.stage))

    def _toggle_panel(self) -> None:
        if self.control.isVisible():
            self.control.set_panel(not self.control.has_panel)

    def _toggle_keys(self) -> None:
        if self.control.isVisible():
            self.control.toggle_keys()
        else:
            has_keys = isinstance(self.stage.note, KeysSheet)
            self._note(None if has_keys else KeysSheet(self.stage))

    def _note(self, note: StatusBar | KeysSheet | None) -> None:
        self.stage.show_note(note)
        self._flags_changed()

    def _flags_changed(self) -> None:
        """Black and frozen, wherever they are seen."""
        is_hidden = self.hand.is_black and not self.hand.is_fading
        for view in (self.stage.view, self.control.view):
            if view.is_black != is_hidden:
                view.is_black = is_hidden
                view.repaint()
        for bar in self._bars():
            if (bar.is_black, bar.is_frozen) != (self.hand.is_black, self.hand.is_frozen):
                bar.is_black, bar.is_frozen = self.hand.is_black, self.hand.is_frozen
                bar.update()

    def _quit(self) -> None:
        self._timer.stop()
        self._app.quit()


def _small(image: Array, room: QSize) -> Array:
    """No larger than it is seen in a preview."""
    height, width = image.shape[:2]
    scale = min(room.width() / width, room.height() / height)
    if not 0 < scale < 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
