"""What a song on paper is made of: notes by the bar, sections, and which beats are danced.

Times in seconds. Any thread.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

LEAD_IN_S = 0.3
MAX_NOTE_S = 6.0  # what a note may ring on past the end of its bar


class Note(NamedTuple):
    """One sound of the band."""

    time: float  # s
    sound: str
    pitch: int  # MIDI; 0 = a drum
    seconds: float
    gain: float
    pan: float  # -1 left .. 1 right
    send: float  # share that goes to the room
    ducked: bool  # gives way to the kick


class Section(NamedTuple):
    """A stretch of a song that keeps its character."""

    name: str  # intro, verse, build, chorus, break, ending; of the club: main, drop, outro ...
    first_bar: int
    n_bars: int
    energy: float  # of its first beat, 0 rest .. 1 full
    rise: float = 0.0  # by how much the energy has grown on its last beat


@dataclass
class Score:
    """A song before it is played."""

    style: str
    bpm: float
    beats_per_bar: int
    seconds: float  # length with the last chord's ring
    sections: list[Section]
    beats_per_dance_beat: int = 1  # 2 where a dancer takes two beats for one
    lead_in_s: float = LEAD_IN_S  # before the first downbeat
    kicks: list[float] = field(default_factory=list)
    bars: list[list[Note]] = field(default_factory=list)  # notes by the bar they begin in

    @property
    def n_bars(self) -> int:
        return len(self.bars)

    @property
    def bar_s(self) -> float:
        return self.beats_per_bar * 60 / self.bpm

    @property
    def dance_bpm(self) -> float:
        """The tempo that a dancer takes, BPM: that of the beats, or half of it in fast styles."""
        return self.bpm / self.beats_per_dance_beat

    def bar_start(self, bar: int) -> float:
        return self.lead_in_s + bar * self.bar_s

    def section_of(self, bar: int) -> Section:
        """The section a bar belongs to."""
        for section in self.sections:
            if bar < section.first_bar + section.n_bars:
                return section
        return self.sections[-1]

    def energy_of(self, beat: int) -> float:
        """How lively the music is on a beat, 0 rest .. 1 full."""
        section = self.section_of(beat // self.beats_per_bar)
        n_beats = section.n_bars * self.beats_per_bar
        share = (beat - section.first_bar * self.beats_per_bar) / max(1, n_beats - 1)
        return section.energy + section.rise * min(share, 1.0)
