"""Numbers that move with the beat: a shape, how deep, how long one period is. Pure but for a lock.

The value of a media time is what is set, plus depth times the shape, inside the control's range.
Each shape goes from -1 to 1 (the pulse from 0) and is highest on its line: the beat, or the bar.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from live.core.messages import Beat, Modulate
from live.core.settings import MODULATED, MODULATIONS, OFF, PERIODS, SHAPES
from models.controls import MIN_CONFIDENCE

EASE_S = 0.5  # so long it takes to begin to move and to fall still
STALE_S = 2.0  # a grid that nobody confirmed for so long moves nothing
BEATS_PER_BAR = 4  # where no bar is known
_DECAYS = 5.0  # of a pulse: what is left at its end is e to this power below its beginning

_WAVES: dict[str, Callable[[float], float]] = {  # of 0..1 of a period
    "sine": lambda phase: math.cos(2 * math.pi * phase),
    "triangle": lambda phase: abs(4 * phase - 2) - 1,
    "saw_up": lambda phase: 2 * phase - 1,
    "saw_down": lambda phase: 1 - 2 * phase,
    "square": lambda phase: 1.0 if phase < 0.5 else -1.0,
    "pulse": lambda phase: math.exp(-_DECAYS * phase),
}


class Bar(NamedTuple):
    """A bar line as it is counted for all that waits."""

    line: float  # media time
    number: int  # of the bar that begins there


class _Count(NamedTuple):
    """Beats counted on and on, at one media time; bar lines are at multiples of a bar."""

    time: float
    beats: float
    period: float  # s
    beats_per_bar: int

    def at(self, time: float) -> float:
        return self.beats + (time - self.time) / self.period


class _Ease(NamedTuple):
    """From one share to another, in EASE_S from a media time on."""

    start: float
    goal: float
    since: float

    def at(self, time: float) -> float:
        done = min(1.0, max(0.0, (time - self.since) / EASE_S))
        return self.start + (self.goal - self.start) * done

    def to(self, goal: float, time: float) -> "_Ease":
        return self if goal == self.goal else _Ease(self.at(time), goal, time)


_STILL = _Ease(0.0, 0.0, -math.inf)


@dataclass(frozen=True)
class Modulation:
    """Of one number, as it is asked for."""

    depth: float  # in the number's own unit; below 0 its shape is turned over
    rate: str = "bar"  # one of PERIODS
    shape: str = OFF  # one of SHAPES
    moving: str = SHAPES[1]  # the shape that is on its way out where `shape` is "off"
    ease: _Ease = _STILL

    def text(self, name: str) -> str:
        """As it would be asked for."""
        return f"{name} {self.shape} {self.depth:g} {self.rate}"


class Modulations:
    """`follow` is for the thread that paints, all else for any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all = {
            name: Modulation(number.depth, number.rate) for name, number in MODULATED.items()
        }
        self._count: _Count | None = None
        self._heard = _STILL

    def set(self, asked: Modulate) -> None:
        """What is None stays."""
        fields = {"shape": asked.shape, "depth": asked.depth, "rate": asked.rate}
        if asked.shape not in (None, OFF):
            fields["moving"] = asked.shape
        with self._lock:
            kept: dict[str, Any] = {k: v for k, v in fields.items() if v is not None}
            self._all[asked.name] = replace(self._all[asked.name], **kept)

    @property
    def is_still(self) -> bool:
        """Nothing moves, nor is asked to."""
        return all(one.shape == OFF and one.ease is _STILL for one in self._all.values())

    def values(self) -> dict[str, str | float]:
        """Of all controls: NAME_shape, NAME_depth, NAME_rate."""
        return {
            f"{name}_{field}": getattr(one, field)
            for name, one in self._all.items()
            for field in MODULATIONS
        }

    def texts(self) -> list[str]:
        """All that are on, as they would be asked for."""
        return [one.text(name) for name, one in self._all.items() if one.shape != OFF]

    def follow(self, beat: Beat | None, media_time: float, bar: Bar | None = None) -> None:
        """The newest beat before a picture of `media_time`; `bar` where bars are counted."""
        is_heard = beat is not None and _is_heard(beat, media_time)
        if beat is not None and is_heard:
            self._count = _counted(beat, bar, self._count)
        self._heard = self._heard.to(float(is_heard), media_time)
        with self._lock:
            for name, one in self._all.items():
                ease = one.ease.to(float(one.shape != OFF), media_time)
                if one.shape == OFF and ease.at(media_time) == 0:
                    ease = _STILL
                if ease is not one.ease:
                    self._all[name] = replace(one, ease=ease)

    def moved(self, name: str, number: float, media_time: float) -> float:
        """`number`, which is set, as it is at a media time."""
        one, count = self._all[name], self._count
        share = one.ease.at(media_time) * self._heard.at(media_time)
        if count is None or not share:
            return number
        period = PERIODS[one.rate]
        beats = period.n if period.is_beats else period.n * count.beats_per_bar
        wave = _WAVES[one.moving](count.at(media_time) / beats % 1.0)
        low, high = MODULATED[name].range
        return min(high, max(low, number + share * one.depth * wave))


def _is_heard(beat: Beat, media_time: float) -> bool:
    is_known = beat.beat_phase is not None and beat.bpm > 0
    is_sure = beat.by_hand or beat.confidence >= MIN_CONFIDENCE
    return is_known and is_sure and media_time - beat.time <= STALE_S


def _counted(beat: Beat, bar: Bar | None, before: _Count | None) -> _Count:
    """On from `before`, which the grid may be corrected under."""
    period = 60 / beat.bpm
    if bar is not None and beat.bar_phase is not None:
        bars = bar.number + (beat.time - bar.line) / (beat.beats_per_bar * period)
        return _Count(beat.time, bars * beat.beats_per_bar, period, beat.beats_per_bar)
    phase = beat.beat_phase or 0.0
    whole = 0 if before is None else round(before.at(beat.time) - phase)
    return _Count(beat.time, whole + phase, period, BEATS_PER_BAR)


def parsed(words: Sequence[Any] | str) -> Modulate:
    """A number, a shape, a depth and a rate: `scale sine 0.1 bar`; what is left out stays.

    The number alone, or with `off`, is moved no more. Raises ValueError, in one sentence.
    """
    name, *rest = [str(word) for word in (words.split() if isinstance(words, str) else words)] or [
        ""
    ]
    shape = rest[0] if rest else OFF
    if name not in MODULATED:
        raise ValueError(f"{name!r} does not move with the beat: say {', '.join(MODULATED)}.")
    if shape not in SHAPES:
        raise ValueError(f"{shape!r} is no shape: say {', '.join(SHAPES)}.")
    depth = None if len(rest) < 2 else depth_of(name, rest[1])
    rate = " ".join(rest[2:]) or None
    if rate is not None and rate not in PERIODS:
        raise ValueError(f"{rate!r} is no rate: say {', '.join(PERIODS)}.")
    return Modulate(name, shape, depth, rate)


def depth_of(name: str, text: str) -> float:
    """As far as the range of the number is wide. Raises ValueError."""
    low, high = MODULATED[name].range
    try:
        depth = float(text)
    except ValueError:
        depth = math.nan
    if not math.isfinite(depth):
        raise ValueError(f"{text!r} is no depth: say a number, in the unit of {name}.")
    return min(high - low, max(low - high, depth))
