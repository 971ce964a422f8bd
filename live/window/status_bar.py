"""The performer's bar under the picture: beat light, level, timing, target, state. Qt thread."""

import math
import time

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from live.core.keys import BEAT_KEYS, SHOW_KEYS, bar_line
from live.core.messages import Meters
from live.window.beat_light import WIDTH as BEAT_WIDTH
from live.window.beat_light import BeatLight
from live.window.palette import (
    AMBER,
    BLUE,
    CALM,
    FAINT,
    GROUND,
    LINE,
    RED,
    TEXT,
    letters,
    text_width,
)

HEIGHT = 60  # logical px
WRITE_S = 0.25  # between new numbers: faster cannot be read
_MARGIN = 14
_SHOW_KEYS, _BEAT_KEYS = bar_line(SHOW_KEYS), bar_line(BEAT_KEYS)
_KEYS_SHOWN_S = 6.0  # each, one after the other
_UNKNOWN = "–"


class StatusBar(QWidget):
    """Shows the newest Meters; `animate` moves the beat light and the level between them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFixedHeight(HEIGHT)
        self._meters: Meters | None = None
        self._beat_light = BeatLight()
        self._level = 0.0
        self._peak = 0.0
        self._moved_at = self._written_at = self._born = time.perf_counter()
        self._moving = QRect(0, 0, 320, 36)  # beat light and level, repainted alone
        self.is_black = False
        self.is_frozen = False

    def show_meters(self, meters: Meters, now: float) -> None:
        """Take new numbers; the phases count as read at host time `now`."""
        if meters is self._meters:
            return
        is_first, self._meters = self._meters is None, meters
        self._beat_light.show(meters, now)
        if is_first or now - self._written_at >= WRITE_S:
            self._written_at = now
            self.update()

    def tapped(self) -> None:
        """The performer tapped the tempo: seen at once."""
        self._beat_light.tapped(time.perf_counter())
        self.update(self._moving)

    def animate(self, now: float) -> None:
        """About 30 times a second."""
        meters, passed = self._meters, min(0.2, max(0.0, now - self._moved_at))
        self._moved_at = now
        if meters is None:
            return
        level = meters.beat.level if meters.beat and meters.sound else 0.0
        wanted = min(1.0, max(0.0, level))
        speed = 25 if wanted > self._level else 7
        self._level += (wanted - self._level) * min(1.0, speed * passed)
        self._peak = max(self._level, self._peak - 0.35 * passed)
        self._beat_light.animate(now, passed)
        self.update(self._moving)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), GROUND)
        painter.fillRect(0, 0, self.width(), 1, LINE)
        meters = self._meters
        if meters is not None:
            self._beat_light.paint(painter, self, _MARGIN)
            x = self._paint_level(painter, meters, _MARGIN + BEAT_WIDTH + 16)
            self._moving = QRect(0, 1, int(x) + 4, 35)
            if not self._moving.contains(event.rect()):
                self._paint_numbers(painter, meters, x + 18)
        if not self._moving.contains(event.rect()):
            self._paint_state(painter, meters)
        painter.end()

    def _text(self, painter: QPainter, x: float, baseline: float, text: str) -> float:
        painter.drawText(QPointF(x, baseline), text)
        return x + text_width(painter, text)

    def _paint_level(self, painter: QPainter, meters: Meters, x: float) -> float:
        wide = 72 if self.width() < 620 else 130
        width = max(20.0, min(wide, self.width() - _MARGIN - x))
        groove = QRectF(x, 14, width, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#22262d"))
        painter.drawRoundedRect(groove, 3, 3)
        colours = QLinearGradient(groove.topLeft(), groove.topRight())
        colours.setColorAt(0.0, QColor("#1f9c86"))
        colours.setColorAt(0.72, CALM)
        colours.setColorAt(0.86, AMBER)
        colours.setColorAt(1.0, RED)
        if self._level > 0.01:
            painter.setBrush(colours)
            painter.drawRoundedRect(QRectF(x, 14, width * self._level, 10), 3, 3)
        if self._peak > 0.01:
            painter.fillRect(QRectF(x + (width - 2) * self._peak, 14, 2, 10), TEXT)
        if not meters.sound:
            painter.setFont(letters(self, 10, True))
            painter.setPen(AMBER)
            painter.drawText(groove, Qt.AlignmentFlag.AlignCenter, "NO SOUND")
        return x + width

    def _paint_numbers(self, painter: QPainter, meters: Meters, x: float) -> None:
        late, error = meters.lead_ms < 0, abs(meters.frame_error_ms) > 20
        cells = (
            ("fps", _number(meters.fps), 44, meters.is_reduced),
            ("lead", _number(meters.lead_ms, "+.0f"), 76, late),
            ("error", _number(meters.frame_error_ms), 62, error),
            ("latency", _number(meters.latency_ms), 66, False),
        )
        # The cells share the room; in a narrow window the last ones are left out.
        stretch = min(1.5, max(0.9, (self.width() - _MARGIN - x) / sum(c[2] for c in cells)))
        for label, value, width, is_bad in cells:
            if x + width * stretch > self.width() - _MARGIN + 14:
                return
            painter.setFont(letters(self, 9))
            painter.setPen(FAINT)
            painter.drawText(QPointF(x, 14), label)
            painter.setFont(letters(self, 13, True))
            painter.setPen(AMBER if is_bad else TEXT)
            end = self._text(painter, x, 29, value)
            if label != "fps" and value != _UNKNOWN:
                painter.setFont(letters(self, 9))
                painter.setPen(FAINT)
                painter.drawText(QPointF(end + 2, 29), "ms")
            x += width * stretch

    def _paint_state(self, painter: QPainter, meters: Meters | None) -> None:
        painter.setFont(letters(self, 12))
        metrics = painter.fontMetrics()
        x, right = float(_MARGIN), float(self.width() - _MARGIN)
        if meters is not None:
            shown = (meters.target, meters.dance, meters.style, meters.engine)
            who = "  ·  ".join(word for word in shown if word)
            painter.setPen(FAINT)
            right -= metrics.horizontalAdvance(who)
            painter.drawText(QPointF(right, 50), who)
            right -= 16
        for is_on, label, colour in (
            (self.is_black, "BLACK", RED),
            (self.is_frozen, "FROZEN", BLUE),
        ):
            if is_on:
                x = self._paint_badge(painter, x, label, colour) + 8
        painter.setFont(letters(self, 12))
        text, colour = "starting …", FAINT
        if meters is not None:
            text, colour = meters.state, TEXT
            if meters.warnings:
                text, colour = "▲ " + "   ".join(meters.warnings), AMBER
            elif not meters.sound:
                colour = AMBER
            elif x == _MARGIN and (keys := self._keys(time.perf_counter())):
                text, colour = keys, FAINT
        painter.setPen(colour)
        elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(right - x)))
        painter.drawText(QPointF(x, 50), elided)

    def _keys(self, now: float) -> str:
        """The keys at the beginning, those of the beat also after a tap."""
        age = now - self._born
        if now - self._beat_light.tapped_at < _KEYS_SHOWN_S:
            return _BEAT_KEYS
        return _SHOW_KEYS if age < _KEYS_SHOWN_S else _BEAT_KEYS if age < 2 * _KEYS_SHOWN_S else ""

    def _paint_badge(self, painter: QPainter, x: float, label: str, colour: QColor) -> float:
        painter.setFont(letters(self, 10, True))
        width = text_width(painter, label) + 12
        badge = QRectF(x, 38, width, 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(GROUND)
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, label)
        return x + width


def _number(number: float, form: str = ".0f") -> str:
    return format(number, form) if math.isfinite(number) else _UNKNOWN
