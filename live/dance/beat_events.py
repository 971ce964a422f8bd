"""Beats as heard -> the next beat event: when, which in the count, whether it begins a bar. Pure.

The grid of beats is corrected ten times a second; here each beat becomes one event, neither
sent twice nor left out when the grid moves under it.
"""

import math
from dataclasses import dataclass

from live.core.messages import Beat

LATE_SHARE = 0.25  # of a beat: a beat that a correction moved into the past is still sent this late
GRACE_S = 0.02  # the same for the first beat of a count
STALE_S = 2.0  # a grid that nobody confirmed for so long is no longer believed


@dataclass(frozen=True, slots=True)
class BeatEvent:
    """One beat; `count` and `bar` are 1 for the first since the beat, or the bar, was found."""

    time: float  # media time
    count: int
    bpm: float
    bar: int  # number of the bar that it begins; 0 = it begins none, or the bar is not known
    beats_per_bar: int


def phases_at(beat: Beat | None, time: float) -> tuple[float | None, float | None]:
    """Beat and bar phase, 0..1, carried on to media time `time`; None while unknown."""
    if beat is None or beat.beat_phase is None or beat.bpm <= 0:
        return None, None
    beats = (time - beat.time) * beat.bpm / 60
    bar = None if beat.bar_phase is None else beat.bar_phase + beats / beat.beats_per_bar
    return (beat.beat_phase + beats) % 1.0, None if bar is None else bar % 1.0


class BeatEvents:
    """`expect` the next event as often as one likes; say which were `sent`."""

    def __init__(self) -> None:
        self._count = 0
        self._bars = 0
        self._last_time = -math.inf  # media time of the last event sent
        self._last_period = math.inf

    def expect(self, beat: Beat | None, media_time: float) -> BeatEvent | None:
        """The next beat from `media_time` on as the newest Beat has it, None = unknown.

        It may lie a little before `media_time`: then a correction moved it there and it is due now.
        """
        if beat is None or beat.beat_phase is None or beat.bpm <= 0:
            self._count = self._bars = 0
            return None
        if media_time - beat.time > STALE_S:
            return None
        if beat.bar_phase is None:
            self._bars = 0
        period = 60 / beat.bpm
        if media_time < self._last_time - 2 * period:  # media time went back
            self._last_time = -math.inf
        # The beat of the grid nearest to the last event is the one that was sent. Where the tempo
        # is halved or doubled the shorter beat decides what is near.
        apart = min(period, self._last_period) / 2
        goes_on = self._count and media_time - self._last_time < 2 * period
        late = LATE_SHARE * period if goes_on else GRACE_S
        earliest = max(media_time - late, self._last_time + apart)
        on_grid = beat.time - beat.beat_phase * period
        time = on_grid + math.ceil((earliest - on_grid) / period) * period
        bar = self._bars + 1 if _begins_bar(beat, time, period) else 0
        return BeatEvent(time, self._count + 1, beat.bpm, bar, beat.beats_per_bar)

    def sent(self, event: BeatEvent) -> None:
        self._count = event.count
        self._bars = event.bar or self._bars
        self._last_time, self._last_period = event.time, 60 / event.bpm


def _begins_bar(beat: Beat, time: float, period: float) -> bool:
    if beat.bar_phase is None:
        return False
    beats = beat.bar_phase * beat.beats_per_bar + (time - beat.time) / period
    return round(beats) % beat.beats_per_bar == 0
