"""Puts notes into a score: its grid of sixteenths, its key, its chords. Any thread."""

import numpy as np

from models.band.grooves import DRUM_MIX, KICKS, MAJOR, MINOR
from models.band.notes import Note, Score


class Pen:
    """What every writer of songs needs; `score` grows as it writes. Chance comes from `rng`."""

    def __init__(self, score: Score, rng: np.random.Generator, steps: int) -> None:
        self.score, self.rng = score, rng
        self.steps = steps  # sixteenths in a bar
        self.step_s = score.bar_s / steps
        self.swing = 0.0  # by how many sixteenths every second one comes late
        self.is_minor = False
        self.home = 57  # MIDI pitch of the scale's first step

    def add(
        self, bar: int, step: float, sound: str, pitch: int, length: float, gain: float,
        pan: float, send: float, ducked: bool = False,
    ) -> None:  # fmt: skip
        """One note, `step` sixteenths into a bar; pitch 0 is a drum."""
        if step % 2 == 1:
            step += self.swing
        time = self.score.bar_start(bar) + step * self.step_s
        if pitch == 0 and sound in KICKS:
            self.score.kicks.append(time)
        seconds = round(length * self.step_s, 3)
        self.score.bars[bar].append(Note(time, sound, pitch, seconds, gain, pan, send, ducked))

    def hit(self, bar: int, step: float, drum: str, loudness: float) -> None:
        """One hit of a drum, at its place in the mix."""
        gain, pan, send = DRUM_MIX[drum]
        self.add(bar, step, drum, 0, 1, gain * loudness, pan, send)

    def pitch(self, scale_step: int) -> int:
        """MIDI pitch of a step of the song's scale."""
        scale = MINOR if self.is_minor else MAJOR
        octave, step = divmod(scale_step, 7)
        return self.home + 12 * octave + scale[step]

    def voicing(self, chord: int, steps: tuple[int, ...]) -> list[int]:
        """The notes of a chord within a fixed octave, so that neighbours move little."""
        low = self.home - 2
        return sorted((self.pitch(chord + step) - low) % 12 + low for step in steps)

    def motif(self, n_steps: int, unit: int) -> list[tuple[int, int, int]]:
        """A tune: (sixteenth, move from the chord's root in scale steps, length in sixteenths).

        `unit`: the shortest length.
        """
        step, place, tune = 0, int(self.rng.choice([0, 2, 4])), []
        while step < n_steps:
            length = (
                int(self.rng.choice([1, 1, 2, 2, 3, 4], p=[0.2, 0.2, 0.2, 0.2, 0.1, 0.1])) * unit
            )
            if self.rng.random() < 0.8:
                tune.append((step, place, min(length, n_steps - step)))
            step += length
            place = int(np.clip(place + self.rng.choice([-2, -1, -1, 0, 1, 1, 2]), -1, 7))
        return tune

    def final_chord(self, bar: int, kick: str, keys: str, bass: str, chord: list[int]) -> None:
        """One hit on the first beat; the chord, if there is one, rings out."""
        self.hit(bar, 0, kick, 1.0)
        self.hit(bar, 0, "crash", 1.0)
        if not chord:
            return
        left = max(self.score.seconds - self.score.bar_start(bar) - 0.7, 0.2)
        length = min(left, 3.0) / self.step_s
        for i, pitch in enumerate(chord):
            self.add(bar, 0, keys, pitch, length, 0.18, 0.3 * (i - 1), 0.35)
        self.add(bar, 0, bass, self.pitch(0) - 24, length, 0.4, 0.0, 0.05)
