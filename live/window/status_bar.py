"""The performer's bar under the picture: beat light, level, timing, target, state. Qt thread."""

import math
import time

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from live.controls.keys import bar_lines
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
_WHO_APART = 16
_KEYS_SHOWN_S = 6.0  # each group of them, one after the other; in a narrow window its lines
_LINE_SHOWN_S = 3.0  # a line at least
_NARROW = 620  # logical px: below, what must be read has the room of who dances
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
        wide = 72 if self.width() < _NARROW else 130
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
        keys = ""
        if meters is not None and meters.recorded:
            x = self._paint_badge(painter, x, "REC", RED) + 8
            painter.setFont(letters(self, 12))
        begin = x
        if meters is not None:
            many = f" × {meters.n_others + 1}" if meters.n_others else ""
            shown = (
                meters.target + many,
                meters.dance,
                meters.style,
                meters.engine,
                *meters.outputs,
            )
            who = "  ·  ".join(word for word in shown if word)
            beside = metrics.horizontalAdvance(who) + _WHO_APART
            is_narrow = self.width() < _NARROW
            room = right - x - (0 if is_narrow else beside)
            keys = self._keys(time.perf_counter(), room, metrics)
            if not (is_narrow and (meters.warnings or keys)):
                painter.setPen(FAINT)
                right -= beside
                painter.drawText(QPointF(right + _WHO_APART, 50), who)
        for is_on, label, colour in (
            (self.is_black, "BLACK", RED),
            (self.is_frozen, "FROZEN", BLUE),
        ):
            if is_on:
                x = self._paint_badge(painter, x, label, colour) + 8
        painter.setFont(letters(self, 12))
        text, more, colour = "starting …", "", FAINT
        if meters is not None:
            text, colour = meters.state, TEXT
            if meters.warnings:  # one at a time, the newest
                newest, *others = meters.warnings
                text, more, colour = f"▲ {newest}", f"   +{len(others)}" * bool(others), AMBER
            elif not meters.sound:
                colour = AMBER
            elif meters.news:
                text = f"✓ {meters.news}"
            elif x == begin and keys:
                text, colour = keys, FAINT
        painter.setPen(colour)
        room = max(0, int(right - x) - metrics.horizontalAdvance(more))
        elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(x, 50), elided + more)

    def _keys(self, now: float, room: float, metrics: QFontMetrics) -> str:
        """The keys at the beginning, those of the beat also after a tap; no line is cut."""
        passed = now - self._beat_light.tapped_at
        groups = (True,)  # those of the beat alone
        if passed >= _KEYS_SHOWN_S:
            passed, groups = now - self._born, (False, True)
        for on_beat in groups:
            lines = bar_lines(on_beat, int(room), metrics.horizontalAdvance)
            each = max(_LINE_SHOWN_S, _KEYS_SHOWN_S / len(lines))
            if passed < each * len(lines):
                return lines[int(passed / each)]
            passed -= each * len(lines)
        return ""

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
