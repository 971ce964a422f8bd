"""The beats of music as an even grid: where each is, also ahead of time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """The beats as followed: beat number `count` is at `beat_at` s, the others `period` s apart."""

    beat_at: float
    period: float
    count: int
    confidence: float  # 0..1
    place: int | None  # of beat `count` in its bar, 0 = downbeat
    beats_per_bar: int
    by_hand: bool

    def phase(self, time: float) -> float:
        """0..1 of the beat at a time."""
        return ((time - self.beat_at) / self.period) % 1.0

    def bar_phase(self, time: float) -> float | None:
        """0..1 of the bar at a time, None while the bar is not known."""
        if self.place is None:
            return None
        beats = (time - self.beat_at) / self.period + self.place
        return (beats / self.beats_per_bar) % 1.0
