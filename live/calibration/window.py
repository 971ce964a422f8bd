"""The window of `--calibrate`: a hand runs round, a flash at the top; keys move both. Qt thread."""

import logging
import math
import time

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from live.core.media_clock import MediaClock
from live.window.palette import CALM, FAINT, TEXT, letters
from live.window.picture_view import standing_icon
from live.window.qt_loop import POLL_MS, run_window
from live.window.screens import choose_screen

log = logging.getLogger(__name__)

TURN_S = 1.0  # from click to click
FLASH_S = 0.08
STEP_MS, FINE_MS = 10, 2  # of the arrows
REACH_MS = 500
_HELP = (
    "Move the flash until it meets the click:   ← earlier   → later   (↑ ↓ by 2 ms)",
    "Enter keeps it      Esc leaves all as it was",
)
_BLACK, _WHITE = QColor(0, 0, 0), QColor(255, 255, 255)


class CalibrationWindow(QWidget):
    """`clock` is that of the clicks, one each second from media time 0 on."""

    def __init__(self, clock: MediaClock, delay: float, fullscreen: str | None = None) -> None:
        self._app = QApplication.instance() or QApplication(["dancelive"])
        super().__init__()
        self.setWindowTitle("dancelive: flash and click")
        self.setWindowIcon(standing_icon())
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._clock = clock
        self._ms = round(delay * 1e3)
        self.kept: float | None = None  # s; None until Enter
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.update)
        self._timer.start(POLL_MS)
        self.resize(720, 560)
        if fullscreen is not None:
            screens = QGuiApplication.screens()
            place, sentence = choose_screen([screen.name() for screen in screens], fullscreen)
            if sentence:
                log.warning("%s", sentence)
            self.setGeometry(screens[place].geometry())
            self.showFullScreen()
        self.show()

    @property
    def delay_ms(self) -> int:
        """Of the flash against the click, as set by now."""
        return self._ms

    def turn(self, at: float) -> float:
        """Where the hand is at host time `at`, 0..1; 0 at the flash."""
        return (self._clock.media(at) - self._ms / 1e3) / TURN_S % 1.0

    def paintEvent(self, event: QPaintEvent) -> None:
        # What is drawn now stands until the next poll: it is meant for half of that.
        turn = self.turn(time.perf_counter() + POLL_MS / 2e3)
        is_flash = turn * TURN_S < FLASH_S
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _WHITE if is_flash else _BLACK)
        width, height = self.width(), self.height()
        radius = 0.3 * min(width, height)
        middle = QPointF(width / 2, 0.4 * height)
        ink = _BLACK if is_flash else TEXT
        painter.setPen(QPen(FAINT, 2))
        painter.drawEllipse(middle, radius, radius)
        painter.setPen(QPen(ink, 6, c=Qt.PenCapStyle.RoundCap))
        angle = 2 * math.pi * turn
        painter.drawLine(middle, middle + QPointF(math.sin(angle), -math.cos(angle)) * radius)
        painter.drawPoint(middle - QPointF(0, 1.12 * radius))
        painter.setPen(ink)
        painter.setFont(letters(self, 28))
        self._write(painter, 0.76, self._in_words())
        painter.setFont(letters(self, 13))
        painter.setPen(ink if is_flash else CALM)
        for line, text in enumerate(_HELP):
            self._write(painter, 0.86 + 0.055 * line, text)

    def _write(self, painter: QPainter, down: float, text: str) -> None:
        place = QRectF(0, down * self.height(), self.width(), 48)
        painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)

    def _in_words(self) -> str:
        if not self._ms:
            return "picture as it is"
        return f"picture {abs(self._ms)} ms {'later' if self._ms > 0 else 'earlier'}"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps: dict[int, int] = {
            Qt.Key.Key_Left: -STEP_MS,
            Qt.Key.Key_Right: STEP_MS,
            Qt.Key.Key_Down: -FINE_MS,
            Qt.Key.Key_Up: FINE_MS,
        }
        key = event.key()
        if key in steps:
            self._ms = min(REACH_MS, max(-REACH_MS, self._ms + steps[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.kept = self._ms / 1e3
            self.close()
        elif key == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        event.accept()
        QApplication.quit()

    def finish(self) -> None:
        """Close it, nothing kept."""
        self.close()


def run(window: CalibrationWindow) -> float | None:
    """Until it closes; the delay that was kept (s, + = picture later), or None."""
    run_window(window)
    return window.kept
