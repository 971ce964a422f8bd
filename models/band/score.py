"""The band's songs on paper: a seeded composer gives sections, beats and notes. Numpy only.

Out: a `Score` with notes by the bar, which `band.py` plays; times in seconds. Any thread.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from models.band.grooves import (
    BAND,
    BASS,
    CHORD_RHYTHM,
    DRUM_MIX,
    FORM,
    GROOVES,
    HATS,
    KICKS,
    LAYERS,
    MAJOR,
    MAJOR_CHORDS,
    MINOR,
    MINOR_CHORDS,
)

STYLES = ("house", "disco", "pop", "latin", "waltz", "drums")
LEAD_IN_S = 0.3
MIN_BPM, MAX_BPM = 60.0, 180.0


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

    name: str  # intro, verse, build, chorus, break, ending
    first_bar: int
    n_bars: int
    energy: float  # 0 rest .. 1 full


@dataclass
class Score:
    """A song before it is played."""

    style: str
    bpm: float
    beats_per_bar: int
    seconds: float  # length with the last chord's ring
    sections: list[Section]
    lead_in_s: float = LEAD_IN_S  # before the first downbeat
    kicks: list[float] = field(default_factory=list)
    bars: list[list[Note]] = field(default_factory=list)  # notes by the bar they begin in

    @property
    def n_bars(self) -> int:
        return len(self.bars)

    @property
    def bar_s(self) -> float:
        return self.beats_per_bar * 60 / self.bpm

    def bar_start(self, bar: int) -> float:
        return self.lead_in_s + bar * self.bar_s

    def section_of(self, bar: int) -> Section:
        """The section a bar belongs to."""
        for section in self.sections:
            if bar < section.first_bar + section.n_bars:
                return section
        return self.sections[-1]


def compose(seed: int, style: str, bpm: float, seconds: float) -> Score:
    """Write a song that is over, its last chord included, within `seconds`.

    Raises ValueError for a style that is not in `STYLES` or a tempo outside 60-180.
    """
    if style not in STYLES:
        raise ValueError(f"no style {style!r}: choose one of {', '.join(STYLES)}")
    if not MIN_BPM <= bpm <= MAX_BPM:
        raise ValueError(f"{bpm} beats a minute is outside {MIN_BPM:.0f}-{MAX_BPM:.0f}")
    beats_per_bar = 3 if style == "waltz" else 4
    bar_s = beats_per_bar * 60 / bpm
    n_bars = max(1, int((seconds - LEAD_IN_S - 1e-6) / bar_s))
    score = Score(style, bpm, beats_per_bar, seconds, _form(n_bars, seed, slow=bar_s > 2.9))
    writer = _Writer(score, np.random.default_rng([seed, STYLES.index(style)]))
    for bar in range(n_bars):
        score.bars.append([])
        writer.write(bar)
    return score


def swing(score: Score, share: float) -> None:
    """Let the second half of every beat begin at `share` of it: 0.5 straight, 2/3 a shuffle."""

    def moved(time: float) -> float:
        beat, part = divmod((time - score.lead_in_s) * score.bpm / 60, 1.0)
        part = part * 2 * share if part < 0.5 else share + (part - 0.5) * 2 * (1 - share)
        return score.lead_in_s + (beat + part) * 60 / score.bpm

    score.bars = [[note._replace(time=moved(note.time)) for note in bar] for bar in score.bars]
    score.kicks = [moved(time) for time in score.kicks]


def _form(n_bars: int, seed: int, slow: bool) -> list[Section]:
    """Sections that fill the bars; the last bar is the ending."""
    sections: list[Section] = []
    body = n_bars - 1 if n_bars > 1 else 1
    # A short song has no time for an intro, and others do without one now and then.
    turn = (0, 0, 1, 0, 3)[seed % 5] if body >= 16 else (1, 3)[seed % 2]
    bar = 0
    while bar < body:
        name, length = FORM[turn % len(FORM)]
        length = min(length // 2 if slow else length, body - bar)
        sections.append(Section(name, bar, length, LAYERS[name][1]))
        bar += length
        turn += 1
    if n_bars > 1:
        sections.append(Section("ending", body, 1, LAYERS["ending"][1]))
    return sections


class _Writer:
    """Writes one bar after another; holds what stays the same through a song."""

    def __init__(self, score: Score, rng: np.random.Generator) -> None:
        self.score, self.rng = score, rng
        self.steps = score.beats_per_bar * 4
        self.step_s = score.bar_s / self.steps
        style = score.style
        grooves = GROOVES[style]
        picks = rng.permutation(len(grooves))
        self.grooves = {"verse": grooves[picks[0]], "chorus": grooves[picks[-1]]}
        self.swing = float(rng.choice([0.0, 0.0, 0.12])) if score.bpm < 126 else 0.0
        self.is_minor = bool(rng.random() < (0.7 if style in ("house", "latin") else 0.4))
        self.home = 57 + int(rng.integers(-4, 6))  # MIDI pitch of the scale's first step
        choices = MINOR_CHORDS if self.is_minor else MAJOR_CHORDS
        self.chords = [choices[i] for i in rng.permutation(len(choices))[:2]]
        if style != "drums":
            bass, chords, pad, tune = BAND[style]
            self.bass, self.keys = str(rng.choice(bass)), str(rng.choice(chords))
            self.pad, self.tune = str(rng.choice(pad)), str(rng.choice(tune))
            self.bass_line = BASS[style][int(rng.integers(len(BASS[style])))]
            rhythms = CHORD_RHYTHM[style]
            self.rhythm = rhythms[int(rng.integers(len(rhythms)))]
            self.motifs = {name: self._motif() for name in ("chorus", "break")}

    def write(self, bar: int) -> None:
        """Put the notes of one bar into the score."""
        section = self.score.section_of(bar)
        is_last = bar == section.first_bar + section.n_bars - 1
        layers = set(LAYERS[section.name][0].split())
        if self.score.style == "drums":
            layers |= {"kick"}
        if section.name == "ending":
            self._write_ending(bar)
            return
        self._write_drums(bar, section, layers, fills=is_last and section.n_bars > 1)
        if self.score.style == "drums":
            return
        chord = self.chords[section.name == "chorus"][bar % 4]
        if "bass" in layers:
            for step, up, length in self.bass_line:
                pitch = self._pitch(chord + (0 if up == 7 else up)) - 24 + 12 * (up == 7)
                self._add(bar, step, self.bass, pitch, length, 0.3, 0.0, 0.02, ducked=True)
        voicing = self._voicing(chord)
        if "chords" in layers:
            for step, length in self.rhythm:
                for i, pitch in enumerate(voicing):
                    self._add(bar, step, self.keys, pitch, length, 0.18, 0.3 * (i - 1), 0.2)
        if "pad" in layers:
            for i, pitch in enumerate(voicing[:3]):
                self._add(
                    bar, 0, self.pad, pitch, self.steps, 0.14, 0.2 * (i - 1), 0.3, ducked=True
                )
        if "tune" in layers:
            self._write_tune(bar, section, chord)

    def _add(
        self, bar: int, step: float, sound: str, pitch: int, length: float, gain: float,
        pan: float, send: float, ducked: bool = False,
    ) -> None:  # fmt: skip
        if step % 2 == 1:
            step += self.swing
        time = self.score.bar_start(bar) + step * self.step_s
        if pitch == 0 and sound in KICKS:
            self.score.kicks.append(time)
        seconds = round(length * self.step_s, 3)
        self.score.bars[bar].append(Note(time, sound, pitch, seconds, gain, pan, send, ducked))

    def _hit(self, bar: int, step: float, drum: str, loudness: float) -> None:
        gain, pan, send = DRUM_MIX[drum]
        self._add(bar, step, drum, 0, 1, gain * loudness, pan, send)

    def _write_drums(self, bar: int, section: Section, layers: set[str], fills: bool) -> None:
        groove = self.grooves["chorus" if section.name in ("chorus", "break") else "verse"]
        if bar == section.first_bar and section.name == "chorus":
            self._hit(bar, 0, "crash", 1.0)
        for drum, pattern in groove.items():
            layer = "hats" if drum in HATS else "kick" if drum in KICKS else "snare"
            if layer not in layers:
                continue
            for step, letter in enumerate(pattern):
                is_in_fill = fills and step >= self.steps - 4 and drum not in KICKS
                if letter != "." and not is_in_fill:
                    loud = (1.0 if letter == "x" else 0.45) * float(self.rng.uniform(0.88, 1.0))
                    self._hit(bar, step, drum, loud)
        if fills and section.name != "break":
            drums = [["snare"] * 4, ["tom_high", "tom_high", "tom_low", "tom_low"]]
            fill = drums[int(self.rng.integers(2))] if "snare" in layers else ["hat"] * 4
            for i, drum in enumerate(fill):
                if i == 0 or self.rng.random() < 0.85:
                    self._hit(bar, self.steps - 4 + i, drum, 0.55 + 0.12 * i)
        if fills and section.name == "build":
            for step in range(self.steps - 4):
                self._hit(bar, step, "snare", 0.15 + 0.35 * step / self.steps)

    def _write_ending(self, bar: int) -> None:
        """One hit on the first beat; the chord rings out."""
        self._hit(bar, 0, "kick", 1.0)
        self._hit(bar, 0, "crash", 1.0)
        if self.score.style != "drums":
            left = max(self.score.seconds - self.score.bar_start(bar) - 0.7, 0.2)
            length = min(left, 3.0) / self.step_s
            for i, pitch in enumerate(self._voicing(0)):
                self._add(bar, 0, self.keys, pitch, length, 0.18, 0.3 * (i - 1), 0.35)
            self._add(bar, 0, self.bass, self._pitch(0) - 24, length, 0.4, 0.0, 0.05)

    def _pitch(self, scale_step: int) -> int:
        """MIDI pitch of a step of the song's scale."""
        scale = MINOR if self.is_minor else MAJOR
        octave, step = divmod(scale_step, 7)
        return self.home + 12 * octave + scale[step]

    def _voicing(self, chord: int) -> list[int]:
        """Three or four notes of a chord within a fixed octave, so that neighbours move little."""
        steps = (0, 2, 4, 6) if self.score.style in ("house", "disco", "latin") else (0, 2, 4)
        low = self.home - 2
        return sorted((self._pitch(chord + step) - low) % 12 + low for step in steps)

    def _motif(self) -> list[tuple[int, int, int]]:
        """Two bars of tune: (sixteenth, move from the chord's root in scale steps, length)."""
        step, place, tune = 0, int(self.rng.choice([0, 2, 4])), []
        unit = 2 if self.score.bpm < 140 else 4
        while step < 2 * self.steps:
            length = (
                int(self.rng.choice([1, 1, 2, 2, 3, 4], p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.1])) * unit
            )
            if self.rng.random() < 0.8:
                tune.append((step, place, min(length, 2 * self.steps - step)))
            step += length
            place = int(np.clip(place + self.rng.choice([-2, -1, -1, 0, 1, 1, 2]), -1, 7))
        return tune

    def _write_tune(self, bar: int, section: Section, chord: int) -> None:
        motif = self.motifs["break" if section.name == "break" else "chorus"]
        half = bar % 2
        for step, move, length in motif:
            if step // self.steps == half:
                on_beat = step % 4 == 0
                move = 2 * round(move / 2) if on_beat else move  # strong beats take chord notes
                pitch = self._pitch(chord + move) + 12
                while pitch > 86:
                    pitch -= 12
                self._add(bar, step % self.steps, self.tune, pitch, length, 0.27, 0.12, 0.3)


def four_on_the_floor_score(bpm: float, seconds: float) -> Score:
    """Kick on every beat, clap on two and four, hats between, from the first sample on."""
    n_bars = int(np.ceil(seconds * bpm / 240))
    score = Score("house", bpm, 4, seconds, [Section("chorus", 0, n_bars, 1.0)], 0.0)
    groove = {"kick": "x...x...x...x...", "clap": "....x.......x...", "hat": "..x...x...x...x."}
    for bar in range(n_bars):
        notes = []
        for drum, pattern in groove.items():
            gain, pan, send = DRUM_MIX[drum]
            for step in (i for i, letter in enumerate(pattern) if letter == "x"):
                time = (bar * 16 + step) * 15 / bpm
                if drum == "kick":
                    score.kicks.append(time)
                notes.append(Note(time, drum, 0, 0.1, gain, pan, send, False))
        score.bars.append(notes)
    return score
