"""Writes club music into a score: layers come and go with the sections, builds rise to a drop."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from models.band.club_grooves import STROKES, ClubStyle
from models.band.grooves import HATS, KICKS
from models.band.notes import MAX_NOTE_S, Score, Section
from models.band.pen import Pen

T = TypeVar("T")

_LOWEST_BASS = 29  # MIDI pitch; a bass keeps to the octave above it
_CHOPS = ("chop_ah", "chop_oh", "chop_eh")
_BREAK_GAIN = 0.55  # of what plays in a break
_CRASH_EVERY = 8  # bars of a drop


@dataclass(frozen=True)
class _Place:
    """One bar of the tempo that the style is written in."""

    bar: int  # of the score
    first_step: int  # in that bar
    number: int  # in the song
    at: int  # in the section
    of: int  # bars in the section
    section: Section

    @property
    def part(self) -> str:
        return self.section.name

    @property
    def is_last(self) -> bool:
        return self.at == self.of - 1

    @property
    def is_late(self) -> bool:
        """In the second half of the section; the only bar of one is late."""
        return 2 * self.at + 1 >= self.of


class ClubWriter(Pen):
    """Writes one bar after another; holds what stays the same through a song.

    `n_written`: bars of the written tempo in a bar of the score: 2 where the score counts the
    dancer's beats of a fast style.
    """

    def __init__(
        self, score: Score, style: ClubStyle, rng: np.random.Generator, n_written: int
    ) -> None:
        self.length = score.beats_per_bar * 4  # sixteenths in a written bar
        super().__init__(score, rng, self.length * n_written)
        self.style, self.n_written = style, n_written
        picks = rng.permutation(len(style.grooves))
        main, drop = style.grooves[picks[0]], style.grooves[picks[-1]]
        self.grooves = {"drop": drop, "main": main, "half_time": style.half_groove or main}
        self.kick = next((drum for drum in drop if drum in KICKS), "kick")
        self.fill = _one(rng, style.fills)
        self.swing = float(rng.choice(style.swings))
        self.has_gap = bool(rng.random() < 0.6)  # a beat of silence before a drop
        self.is_minor = bool(rng.random() < style.minor_share)
        self.home = 57 + int(rng.integers(-4, 6))
        progressions = style.minor if self.is_minor else style.major
        self.progressions = [
            progressions[k % len(progressions)] for k in rng.permutation(len(progressions))[:2]
        ]
        if style.bass:
            self.bass, self.keys = _one(rng, style.bass), _one(rng, style.chords)
            self.pad, self.tune = _one(rng, style.pads), _one(rng, style.tunes)
            self.bass_line, self.rhythm = _one(rng, style.bass_lines), _one(rng, style.rhythms)
            self.chops, self.syllable = _one(rng, style.chops), _one(rng, _CHOPS)
            self.motif_bars = 1 if style.has_sequence else 2
            unit = 1 if style.has_sequence else 4 if self.written_bar_s < 1.7 else 2
            self.motifs = {
                part: self.motif(self.motif_bars * self.length, unit) for part in ("drop", "break")
            }

    @property
    def written_bar_s(self) -> float:
        return self.score.bar_s / self.n_written

    def write(self, bar: int) -> None:
        """Put the notes of one bar of the score into it."""
        section = self.score.section_of(bar)
        if section.name == "ending":
            if bar == section.first_bar:
                self._write_ending(bar)
            return
        for half in range(self.n_written):
            at = (bar - section.first_bar) * self.n_written + half
            of = section.n_bars * self.n_written
            number = bar * self.n_written + half
            self._write(_Place(bar, half * self.length, number, at, of, section))

    def _write_ending(self, bar: int) -> None:
        if self.style.bass:
            chord = self._voiced(0, 0)
            self.final_chord(bar, self.kick, self.keys, self.bass, chord)
        else:
            self.final_chord(bar, self.kick, "", "", [])

    def _write(self, place: _Place) -> None:
        layers = self._layers(place)
        self._write_drums(place, layers)
        if place.part == "build":
            self._write_roll(place)
            self._write_riser(place)
        elif place.part == "drop":
            self._write_impact(place)
        if self.style.bass:
            for layer, write in (
                ("bass", self._write_bass),
                ("chords", self._write_chords),
                ("pad", self._write_pad),
                ("tune", self._write_tune),
                ("chops", self._write_chops),
            ):
                if layer in layers:
                    write(place)

    def _layers(self, place: _Place) -> set[str]:
        """What sounds in this bar of its section."""
        full = "kick hats snare bass chords"
        plan = {
            "intro": ("kick hats", "kick hats snare chords"),
            "build": ("kick hats snare chords pad", "hats chords pad"),
            "drop": (f"{full} pad tune", f"{full} pad tune chops"),
            **dict.fromkeys(("main", "half_time"), (full, f"{full} pad")),
            "break": ("pad tune",) * 2 if self.style.bass else ("hats",) * 2,
            "outro": ("kick hats snare chords", "kick hats"),
        }
        return set(plan[place.part][place.is_late].split())

    # Drums -----------------------------------------------------------------------------------

    def _write_drums(self, place: _Place, layers: set[str]) -> None:
        groove = self.grooves.get(place.part, self.grooves["main"])
        fill_from = self.length - len(self.fill) if self._has_fill(place) else self.length
        rest = self._gap(place)
        for drum, pattern in groove.items():
            layer = "hats" if drum in HATS else "kick" if drum in KICKS else "snare"
            if layer in layers:
                self._write_pattern(place, drum, pattern, min(fill_from, rest))
        if fill_from < self.length:
            for k, drum in enumerate(self.fill):
                if k == 0 or self.rng.random() < 0.85:
                    loudness = 0.55 + 0.4 * k / len(self.fill)
                    self.hit(place.bar, place.first_step + fill_from + k, drum, loudness)

    def _write_pattern(self, place: _Place, drum: str, pattern: str, end: int) -> None:
        start = place.number * self.length
        for step in range(end):
            strokes = STROKES.get(pattern[(start + step) % len(pattern)], ())
            for k, loudness in enumerate(strokes):
                at = place.first_step + step + k / len(strokes) if k else place.first_step + step
                self.hit(place.bar, at, drum, loudness * float(self.rng.uniform(0.88, 1.0)))

    def _has_fill(self, place: _Place) -> bool:
        return place.is_last and place.of > 1 and place.part in ("drop", "main", "half_time")

    def _gap(self, place: _Place) -> int:
        """The sixteenth of this bar from which on all but the riser is silent."""
        is_gap = place.part == "build" and place.is_last and self.has_gap
        return self.length - 4 if is_gap else self.length

    def _write_roll(self, place: _Place) -> None:
        """Strokes that come ever closer and louder, to the end of the build."""
        n_bars = max(1, min(self.style.roll_bars, place.of // 2))
        left = place.of - place.at  # bars, with this one
        if left > n_bars:
            return
        end, step = self._gap(place), 0.0
        while step < end:
            share = 1 - (left - step / self.length) / n_bars
            loudness = 0.1 + 0.45 * share**1.5
            self.hit(place.bar, place.first_step + step, self.style.roll, loudness)
            step += 4 if left > 3 else 2 if left == 3 else 1 if left == 2 or step < 8 else 0.5

    def _write_riser(self, place: _Place) -> None:
        n_bars = min(place.of, 4, int(1 + MAX_NOTE_S / self.written_bar_s))
        if place.of - place.at == n_bars:
            self.add(
                place.bar, place.first_step, "riser", 60, n_bars * self.length, 0.5, 0.0, 0.1
            )  # fmt: skip

    def _write_impact(self, place: _Place) -> None:
        if place.at == 0:
            self.hit(place.bar, place.first_step, "boom", 1.0)
        if place.at % _CRASH_EVERY == 0:
            self.hit(place.bar, place.first_step, "crash", 1.0 if place.at == 0 else 0.7)

    # Notes -----------------------------------------------------------------------------------

    def _chord(self, place: _Place, later: int = 0) -> int:
        """The chord of this bar, or of one `later`, as a step of the scale."""
        progression = self.progressions[place.part in ("drop", "build")]
        return progression[(place.number + later) % len(progression)]

    def _note(
        self, place: _Place, step: float, sound: str, pitch: int, length: float, gain: float,
        pan: float, send: float, ducked: bool = False,
    ) -> None:  # fmt: skip
        """A note `step` sixteenths into a written bar; none in a gap, and it ends there."""
        left = self._gap(place) - step
        if left > 0:
            length = min(length, left) if self._gap(place) < self.length else length
            at = place.first_step + step
            self.add(place.bar, at, sound, pitch, length, gain, pan, send, ducked)

    def _write_bass(self, place: _Place) -> None:
        n_bars = 2 if self.bass_line[-1][0] >= self.length else 1
        first = place.number % n_bars * self.length
        line = [note for note in self.bass_line if 0 <= note[0] - first < self.length]
        for step, up, length in line:
            is_early = self.style.is_montuno and step - first >= 12
            chord = self._chord(place, later=int(is_early))
            pitch = self.pitch(chord + (0 if up == 7 else up)) - _LOWEST_BASS
            pitch = pitch % 12 + _LOWEST_BASS + 12 * (up == 7)
            sound = self.bass
            if sound == "sub_808" and length >= 4 and self.rng.random() < 0.3:
                sound = str(self.rng.choice(["sub_808_up", "sub_808_down"]))
            self._note(place, step - first, sound, pitch, length, 0.32, 0.0, 0.01, ducked=True)

    def _write_chords(self, place: _Place) -> None:
        n_bars = 2 if self.rhythm[-1][0] >= self.length else 1
        first = place.number % n_bars * self.length
        hits = [hit for hit in self.rhythm if 0 <= hit[0] - first < self.length]
        gain = self.style.chord_gain * (1.0 if place.part in ("drop", "main") else 0.75)
        sound = self.keys if place.part == "drop" else self.style.held_back_chords or self.keys
        for k, (step, length) in enumerate(hits):
            is_early = self.style.is_montuno and step - first >= self.length - 2
            pitches = self._voiced(self._chord(place, later=int(is_early)), k)
            for i, pitch in enumerate(pitches):
                pan = 0.3 * (i - (len(pitches) - 1) / 2)
                self._note(place, step - first, sound, pitch, length, gain, pan, 0.15)

    def _voiced(self, chord: int, k: int) -> list[int]:
        """The notes of the k-th stroke on a chord."""
        if self.style.is_montuno:  # the root in octaves, then what lies between
            root, third, fifth = (self.pitch(chord + step) for step in (0, 2, 4))
            return [third, fifth, third + 12] if k % 2 else [root, root + 12]
        if len(self.style.voicing) == 1:  # a guitar's root, fifth and octave in one
            return [(self.pitch(chord) - 40) % 12 + 40]
        return self.voicing(chord, self.style.voicing)

    def _write_pad(self, place: _Place) -> None:
        gain = 0.2 * (_BREAK_GAIN if place.part == "break" else 0.7)
        for i, pitch in enumerate(self.voicing(self._chord(place), (0, 2, 4))):
            self._note(
                place, 0, self.pad, pitch, self.length, gain, 0.25 * (i - 1), 0.3, ducked=True
            )

    def _write_tune(self, place: _Place) -> None:
        gain = 0.34 * (_BREAK_GAIN if place.part == "break" else 1.0)
        first = place.number % self.motif_bars * self.length
        for step, move, length in self.motifs[place.part]:
            if not 0 <= step - first < self.length:
                continue
            move = 2 * round(move / 2) if step % 4 == 0 else move  # strong beats: chord notes
            pitch = self.pitch(self._chord(place) + move) + 12
            while pitch > 84:
                pitch -= 12
            self._note(place, step - first, self.tune, pitch, length, gain, 0.12, 0.25)

    def _write_chops(self, place: _Place) -> None:
        pitch = (self.pitch(self._chord(place)) - 58) % 12 + 58
        for step in self.chops:
            if step // self.length == place.number % 2:
                self._note(
                    place, step % self.length, self.syllable, pitch, 1.5, 0.24, -0.15, 0.25
                )  # fmt: skip


def _one(rng: np.random.Generator, choices: tuple[T, ...]) -> T:
    return choices[int(rng.integers(len(choices)))]
