"""The beat on the performer's bar: lights of the bar's beats, tempo, whose it is, nudge. Qt thread.

One light while only the beat is known, three or four once the bar is: the first is the
downbeat, each is lit on its beat. The less sure the beat is, the fainter they are.
"""

import math
import time
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from live.core.messages import Beat, Meters
from live.dance.beat_events import BeatEvents, phases_at
from live.window.palette import CALM, DARK, FAINT, GROUND, TEXT, letters, mix, text_width

FADES_PER_S = 7.0
AHEAD_S = 1 / 60  # painted 30 times a second: half early, half late
SURE = 0.5  # confidence from which the light has its full strength
TAP_S = 0.25
WIDTH = 158.0
_LIGHTS = 88.0  # where the lights begin, after number and label
_SPACING = 18.0
_MIDDLE = 19.0  # px from the bar's top
NO_BEAT = Beat(0.0, 0.0, 0.0, 0.0, None, None, 0.0)


class BeatLight:
    """`show` takes Meters, `animate` moves, `paint` draws from `x` on."""

    def __init__(self) -> None:
        self._clock = BeatEvents()
        self._meters: Meters | None = None
        self._beat: Beat | None = None  # the Meters' beat, in host time
        self._flash = 0.0
        self._lit = -1  # light of the newest beat
        self._n_taps = 0
        self.tapped_at = -math.inf  # host time of the newest tap

    def show(self, meters: Meters, now: float) -> None:
        """Take new numbers; the phases count as read at host time `now`."""
        if meters.taps != self._n_taps:
            self._n_taps = meters.taps
            if now - self.tapped_at > TAP_S:  # else the key has told already
                self.tapped_at = now
        self._meters = meters
        self._beat = replace(
            meters.beat or NO_BEAT,
            time=now,
            beat_phase=meters.beat_phase,
            bar_phase=meters.bar_phase,
        )
        if meters.bar_phase is None:
            self._lit = -1

    def tapped(self, now: float) -> None:
        """The performer tapped: seen at once, whether or not it makes a tempo yet."""
        self.tapped_at = now

    def animate(self, now: float, passed: float) -> None:
        """`passed` seconds since it was last called."""
        self._flash *= math.exp(-passed * FADES_PER_S)
        event = self._clock.expect(self._beat, now)
        if event is None or event.time > now + AHEAD_S:
            return
        self._clock.sent(event)
        self._flash = 1.0
        _, bar_phase = phases_at(self._beat, event.time)
        n = event.beats_per_bar
        self._lit = -1 if bar_phase is None else round(bar_phase * n) % n

    def paint(self, painter: QPainter, widget: QWidget, x: float) -> None:
        """Number, label and lights, WIDTH px wide."""
        meters, beat = self._meters, self._beat
        if meters is None or beat is None:
            return
        self._paint_tap(painter, x)
        strength = 1.0 if beat.by_hand else 0.3 + 0.7 * min(1.0, beat.confidence / SURE)
        is_sure = beat.beat_phase is not None and strength > 0.6
        painter.setFont(letters(widget, 17, True))
        painter.setPen(TEXT if is_sure else FAINT)
        painter.drawText(QPointF(x, 25), f"{beat.bpm:.0f}" if beat.bpm > 0 else "–")
        x_label = x + text_width(painter, "000") + 4
        whose = "HAND" if beat.by_hand else beat.source.upper()
        self._paint_label(painter, widget, x_label, whose, meters.nudge_ms)
        self._paint_lights(painter, x + _LIGHTS, beat, strength)

    def _paint_label(
        self, painter: QPainter, widget: QWidget, x: float, whose: str, nudge_ms: float
    ) -> None:
        has_nudge = round(nudge_ms) != 0
        baseline = 15.0 if has_nudge else 25.0
        if whose:  # else it is heard
            painter.setFont(letters(widget, 9, True))
            badge = QRectF(x, baseline - 10, text_width(painter, whose) + 6, 13)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(TEXT)
            painter.drawRoundedRect(badge, 3, 3)
            painter.setPen(GROUND)
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, whose)
        else:
            painter.setFont(letters(widget, 10))
            painter.setPen(FAINT)
            painter.drawText(QPointF(x, baseline), "BPM")
        if has_nudge:
            painter.setFont(letters(widget, 9))
            painter.setPen(TEXT)
            painter.drawText(QPointF(x, 29), f"{nudge_ms:+.0f} ms")

    def _paint_tap(self, painter: QPainter, x: float) -> None:
        left = 1 - (time.perf_counter() - self.tapped_at) / TAP_S
        if left <= 0:
            return
        flash = QColor(TEXT)
        flash.setAlphaF(left)
        painter.setPen(QPen(flash, 2))
        flash.setAlphaF(0.3 * left)
        painter.setBrush(flash)
        painter.drawRoundedRect(QRectF(x - 8, 4, WIDTH + 12, 30), 6, 6)

    def _paint_lights(self, painter: QPainter, x: float, beat: Beat, strength: float) -> None:
        is_known = beat.beat_phase is not None
        n = beat.beats_per_bar if is_known and beat.bar_phase is not None else 1
        first = x + (WIDTH - _LIGHTS) / 2 - (n - 1) * _SPACING / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(n):
            is_first = number == 0
            centre = QPointF(first + number * _SPACING, _MIDDLE)
            radius = 6.0 if is_first else 4.5
            full = mix(CALM, TEXT, 0.6 if is_first and n > 1 else 0.0)
            flash = light = 0.0
            if is_known and (n == 1 or number == self._lit):
                flash = self._flash * strength
                # The newest beat of the bar stays lit until the next.
                light = flash if n == 1 else 0.4 * strength + 0.6 * flash
            if flash > 0.02:
                halo = QColor(full)
                halo.setAlphaF(0.35 * flash)
                painter.setBrush(halo)
                painter.drawEllipse(centre, radius * (1 + 0.8 * flash), radius * (1 + 0.8 * flash))
            painter.setBrush(mix(DARK, full, light))
            painter.drawEllipse(centre, radius, radius)
