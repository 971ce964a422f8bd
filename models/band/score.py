"""The band's songs on paper: a seeded composer gives sections, beats and notes. Numpy only.

Out: a `Score` with notes by the bar, which `songs.py` plays; times in seconds. Any thread.
"""

from collections.abc import Sequence

import numpy as np

from models.band.club_form import FORMS, club_form, sections_of
from models.band.club_grooves import CLUB, club_style
from models.band.club_writer import ClubWriter
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
    MAJOR_CHORDS,
    MINOR_CHORDS,
)
from models.band.notes import LEAD_IN_S, Note, Score, Section
from models.band.pen import Pen

STYLES = ("house", "disco", "pop", "latin", "waltz", "drums")
CLUB_STYLES = tuple(CLUB)
MIN_BPM, MAX_BPM = 60.0, 180.0
CLUB_MAX_BPM = 220.0  # salsa is counted fast
Form = str | Sequence[tuple[str, int]]
_FAST_BPM = 145.0  # above it a dancer in four takes two beats for one
_HALF_FROM_BPM = 110.0  # from here on a style that is danced at half is counted as it is written
_SLOW_BAR_S = 2.9
_HALF_TIME_SHARE = 0.5  # of songs with such a groove: their main part is in half time


def compose(
    seed: int, style: str, bpm: float, seconds: float, form: Form | None = None
) -> Score:  # fmt: skip
    """Write a song that is over, its last chord included, within `seconds`.

    `form`: None is the style's own: that of a song for `STYLES`, "club" for `CLUB_STYLES`.
    "club" builds up to drops and rests in breaks of two bars at least, "unbroken" has a beat
    throughout. A list of (section, bars), of those in `club_form.ENERGY`, is played as it stands;
    its last section goes on to the end.

    `trap`, `dnb` and `salsa` below 110 BPM are counted as they are danced: their patterns run
    at twice that tempo.

    Raises ValueError for an unknown style, form or section, sections that take longer than the
    song, or a tempo outside 60-180 (60-220 for `CLUB_STYLES`).
    """
    if style not in STYLES + CLUB_STYLES:
        raise ValueError(f"no style {style!r}: choose one of {', '.join(STYLES + CLUB_STYLES)}")
    highest = CLUB_MAX_BPM if style in CLUB_STYLES else MAX_BPM
    if not MIN_BPM <= bpm <= highest:
        raise ValueError(f"{bpm} beats a minute is outside {MIN_BPM:.0f}-{highest:.0f}")
    beats_per_bar = 3 if style == "waltz" else 4
    bar_s = beats_per_bar * 60 / bpm
    n_bars = max(1, int((seconds - LEAD_IN_S - 1e-6) / bar_s))
    score = Score(style, bpm, beats_per_bar, seconds, [], beats_per_dance_beat(style, bpm))
    is_slow = bar_s > _SLOW_BAR_S
    if form is None and style in STYLES:
        score.sections = _form(n_bars, seed, is_slow)
        writer = _Writer(score, np.random.default_rng([seed, STYLES.index(style)]))
    else:
        rng = np.random.default_rng([seed, 50 + (STYLES + CLUB_STYLES).index(style)])
        recipe = club_style(style)
        is_halved = recipe.half_groove is not None and rng.random() < _HALF_TIME_SHARE
        main = "half_time" if is_halved else "main"
        score.sections = _club_sections("club" if form is None else form, n_bars, is_slow, main)
        is_doubled = recipe.is_danced_at_half and score.beats_per_dance_beat == 1
        writer = ClubWriter(score, recipe, rng, n_written=1 + is_doubled)
    for bar in range(n_bars):
        score.bars.append([])
        writer.write(bar)
    return score


def beats_per_dance_beat(style: str, bpm: float) -> int:
    """Dancers step to the slow level of `trap`, `dnb` and `salsa`, and of all that is fast."""
    if style == "waltz":
        return 1
    return 2 if bpm > (_HALF_FROM_BPM if club_style(style).is_danced_at_half else _FAST_BPM) else 1


def _club_sections(form: Form, n_bars: int, is_slow: bool, main: str) -> list[Section]:
    if isinstance(form, str):
        if form not in FORMS:
            raise ValueError(f"no form {form!r}: choose of {', '.join(FORMS)}, or list sections")
        return club_form(n_bars, form, 4 if is_slow else 8, main)
    sections = sections_of(form)
    left = n_bars - sum(section.n_bars for section in sections)
    if not sections or left < 0:
        raise ValueError(f"these sections take {n_bars - left} bars, the song has {n_bars}")
    return [*sections[:-1], sections[-1]._replace(n_bars=sections[-1].n_bars + left)]


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


class _Writer(Pen):
    """Writes one bar after another; holds what stays the same through a song."""

    def __init__(self, score: Score, rng: np.random.Generator) -> None:
        super().__init__(score, rng, score.beats_per_bar * 4)
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
            unit = 2 if score.bpm < 140 else 4
            self.motifs = {name: self.motif(2 * self.steps, unit) for name in ("chorus", "break")}

    def write(self, bar: int) -> None:
        """Put the notes of one bar into the score."""
        style, section = self.score.style, self.score.section_of(bar)
        is_last = bar == section.first_bar + section.n_bars - 1
        layers = set(LAYERS[section.name][0].split())
        if style == "drums":
            layers |= {"kick"}
        if section.name == "ending":
            if style == "drums":
                self.final_chord(bar, "kick", "", "", [])
            else:
                self.final_chord(bar, "kick", self.keys, self.bass, self._chord(0))
            return
        self._write_drums(bar, section, layers, fills=is_last and section.n_bars > 1)
        if style == "drums":
            return
        chord = self.chords[section.name == "chorus"][bar % 4]
        if "bass" in layers:
            for step, up, length in self.bass_line:
                pitch = self.pitch(chord + (0 if up == 7 else up)) - 24 + 12 * (up == 7)
                self.add(bar, step, self.bass, pitch, length, 0.3, 0.0, 0.02, ducked=True)
        voicing = self._chord(chord)
        if "chords" in layers:
            for step, length in self.rhythm:
                for i, pitch in enumerate(voicing):
                    self.add(bar, step, self.keys, pitch, length, 0.18, 0.3 * (i - 1), 0.2)
        if "pad" in layers:
            for i, pitch in enumerate(voicing[:3]):
                self.add(bar, 0, self.pad, pitch, self.steps, 0.14, 0.2 * (i - 1), 0.3, ducked=True)
        if "tune" in layers:
            self._write_tune(bar, section, chord)

    def _write_drums(self, bar: int, section: Section, layers: set[str], fills: bool) -> None:
        groove = self.grooves["chorus" if section.name in ("chorus", "break") else "verse"]
        if bar == section.first_bar and section.name == "chorus":
            self.hit(bar, 0, "crash", 1.0)
        for drum, pattern in groove.items():
            layer = "hats" if drum in HATS else "kick" if drum in KICKS else "snare"
            if layer not in layers:
                continue
            for step, letter in enumerate(pattern):
                is_in_fill = fills and step >= self.steps - 4 and drum not in KICKS
                if letter != "." and not is_in_fill:
                    loud = (1.0 if letter == "x" else 0.45) * float(self.rng.uniform(0.88, 1.0))
                    self.hit(bar, step, drum, loud)
        if fills and section.name != "break":
            drums = [["snare"] * 4, ["tom_high", "tom_high", "tom_low", "tom_low"]]
            fill = drums[int(self.rng.integers(2))] if "snare" in layers else ["hat"] * 4
            for i, drum in enumerate(fill):
                if i == 0 or self.rng.random() < 0.85:
                    self.hit(bar, self.steps - 4 + i, drum, 0.55 + 0.12 * i)
        if fills and section.name == "build":
            for step in range(self.steps - 4):
                self.hit(bar, step, "snare", 0.15 + 0.35 * step / self.steps)

    def _chord(self, chord: int) -> list[int]:
        is_rich = self.score.style in ("house", "disco", "latin")
        return self.voicing(chord, (0, 2, 4, 6) if is_rich else (0, 2, 4))

    def _write_tune(self, bar: int, section: Section, chord: int) -> None:
        motif = self.motifs["break" if section.name == "break" else "chorus"]
        half = bar % 2
        for step, move, length in motif:
            if step // self.steps == half:
                on_beat = step % 4 == 0
                move = 2 * round(move / 2) if on_beat else move  # strong beats take chord notes
                pitch = self.pitch(chord + move) + 12
                while pitch > 86:
                    pitch -= 12
                self.add(bar, step % self.steps, self.tune, pitch, length, 0.27, 0.12, 0.3)


def four_on_the_floor_score(bpm: float, seconds: float) -> Score:
    """Kick on every beat, clap on two and four, hats between, from the first sample on."""
    n_bars = int(np.ceil(seconds * bpm / 240))
    score = Score("house", bpm, 4, seconds, [Section("chorus", 0, n_bars, 1.0)], lead_in_s=0.0)
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
