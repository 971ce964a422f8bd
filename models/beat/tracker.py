"""Activations of the beat network -> the beat at any moment, also ahead of time. Pure, numpy.

`BarPointer` holds every reading of the music at once; this follows one of them. A phase-locked grid
smooths it: what is given does not jump unless another reading has been clearly better for a while.
A tempo given by hand (a number or taps) leaves only the phase to the music; a level by hand (twice
or half as many beats) leaves it the tempo.
"""

import math

import numpy as np

from models.beat.bar_counter import BarCounter
from models.beat.bar_pointer import FASTEST_BPM, SLOWEST_BPM, BarPointer, Reading
from models.beat.grid import Grid
from models.beat.taps import Taps
from models.spec import BEAT_DELAY_S, BEAT_HZ
from models.types import Array

START_BELIEF = 0.3  # from which a first reading is followed
BETTER = 2.0  # times the belief in the followed reading makes a rival
RIVAL_S, PATIENT_S = 0.8, 6.0  # how long a rival must lead; while ours are beats as well
DOUBT, DOUBT_S = 0.15, 2.0  # belief below which such a rival is taken sooner
HAND_S = 2.5  # how long another phase must lead while the tempo is held
FORGET_RIVAL_S = 0.5  # after its lead is lost
HITS = 0.7  # of the strongest activation in a period: our beats are beats
REACH_S = 0.06  # how far from the grid a beat is looked for
HAND_REACH_S = 0.03  # the same while the tempo is held: music in another tempo must not pull it
CALM, STIR = (0.2, 0.025), (0.6, 0.22)  # of a beat's error: what phase and period take of it
SETTLE = 0.75  # how much of the stir is left after a beat
ASTRAY_S = 0.015  # two errors to one side beyond it stir the grid again
PULL_TEMPO = 0.05  # towards the period that the pointer believes, a chunk
SURE, SURE_BY_HAND = 0.3, 0.7  # belief from which the pointer corrects the grid
SLIP, SLIP_PHASE = 0.02, 0.05  # of period and phase: less is left to the phase-locked grid
PULL_SLIPPED = 0.15  # of the phase, a chunk
CLEAR = 0.35  # mean activation at the beats that counts as clear
STRENGTH_BEATS = 6.0  # how many beats the clearness is averaged over
FAINT = 0.12  # activation below which there is no beat
BREAK_S = 1.1  # without any beat: nothing is concluded any more
HOLD_S = 12.0  # without any beat: the grid is forgotten
KEEP = 256  # frames of activation, 2.56 s


class BeatTracker:
    """Times are s since the first activation; `grid` is None while no beat is known."""

    def __init__(self) -> None:
        self._pointer = BarPointer()
        self._bars = BarCounter()
        self._taps = Taps()
        self._hand = 0.0  # period given by hand, s
        self.reset()

    def reset(self) -> None:
        """Forget the music; a tempo given by hand stays."""
        self._pointer.reset()
        self._bars.reset()
        self._recent = np.zeros((KEEP, 2), np.float32)
        self._n_frames = 0
        self._beat_at: float | None = None
        self._period = 0.0
        self._count = 0
        self._stir = 0.0
        self._error = 0.0  # of the last beat, s
        self._belief = 0.0
        self._strength = 0.0
        self._hits = 0.0  # 0..1, our last beats among all that was heard
        self._rival: Reading | None = None  # leads without a break since `_rival_since`
        self._rival_since = self._rival_at = 0.0
        self._heard_at = -1e9
        self._taps.clear()
        self._is_tapped = self._is_level_chosen = self._is_new_song = False
        if self._hand:
            self.hold(self._hand)

    def begin_song(self) -> None:
        """Other music begins: the grid goes on until a beat of that is known, and no longer.

        A tempo given by hand stays, and beats that were tapped.
        """
        if self._beat_at is None or self._is_tapped:
            return
        self._pointer.reset()
        if self._hand:
            self._pointer.allow(self._hand, 0.02)
        self._bars.reset()
        self._rival = None
        self._is_level_chosen, self._is_new_song = False, True

    @property
    def now(self) -> float:
        """End of what was fed, s."""
        return self._n_frames / BEAT_HZ

    @property
    def _spoken_of(self) -> float:
        """The newest activation is about a beat at this time."""
        return self.now - BEAT_DELAY_S

    @property
    def _in_break(self) -> bool:
        return self.now - self._heard_at > BREAK_S

    def feed(self, activations: Array) -> None:
        """The next frames (n, 2), beat and downbeat, 0..1."""
        n = len(activations)
        self._recent = np.concatenate([self._recent[n:], activations])[-KEEP:]
        was_break = self._in_break
        self._n_frames += n
        if float(activations[:, 0].max()) > FAINT:
            self._heard_at = self.now
            was_break = False
        if was_break:
            self._pointer.pause(n)
        else:
            self._pointer.feed(activations[:, 0])
        self._choose()
        self._follow()

    # which reading

    def _choose(self) -> None:
        if self._in_break or self._is_tapped:
            return
        at = self._spoken_of
        if self._beat_at is None or self._is_new_song:
            best = self._pointer.likeliest()
            if best.belief > START_BELIEF:
                self._adopt(best)
                self._is_new_song = False
            return
        mine = self._believed(self._period, (at - self._beat_at) / self._period % 1.0)
        self._belief += 0.1 * (mine.belief - self._belief)
        # Nothing can be twice as likely as what has a third of all.
        best = mine if mine.belief > 1 / (1 + BETTER) else self._pointer.likeliest()
        is_ours = self._is_level_chosen and self._shares_beats(best)
        if not is_ours and not _agree(best, mine) and best.belief > BETTER * mine.belief:
            if self._is_new_rival(best):
                self._rival_since = at
            self._rival = best
            if at - self._rival_since > self._patience(best):
                self._adopt(best)
                return
        elif at - self._rival_at > FORGET_RIVAL_S:
            self._rival = None
        if mine.belief > (SURE_BY_HAND if self._hand else SURE):
            self._slip(mine, at)

    def _believed(self, period: float, phase: float) -> Reading:
        """How likely a reading is; where the hand chose its level, the others speak for it too."""
        mine = self._pointer.near(period, phase)
        if not self._is_level_chosen:
            return mine
        others = ((period / 2, 2 * phase), (period * 2, phase / 2), (period * 2, (phase + 1) / 2))
        belief = sum(self._pointer.near(other, at % 1.0).belief for other, at in others)
        # The tempo of a level that the pointer hardly believes would be a chance one.
        if mine.belief < belief:
            mine = Reading(period, phase, mine.belief)
        return mine._replace(belief=min(1.0, mine.belief + belief))

    def _is_new_rival(self, rival: Reading) -> bool:
        """Whether it is another one than led before."""
        at, before = self._spoken_of, self._rival
        passed, self._rival_at = at - self._rival_at, at
        if before is None:
            return True
        phase = (before.phase + passed / before.period) % 1.0
        return not _agree(Reading(before.period, phase, before.belief), rival)

    def _slip(self, mine: Reading, at: float) -> None:
        """Where the grid is too far off for the beats to pull it, the pointer does."""
        if abs(mine.period / self._period - 1) > SLIP:
            self._set_period(self._period + PULL_TEMPO * (mine.period - self._period))
        away = mine.phase - (at - (self._beat_at or 0.0)) / self._period
        away -= round(away)
        if abs(away) > SLIP_PHASE and self._beat_at is not None:
            self._beat_at -= PULL_SLIPPED * away * self._period

    def _patience(self, rival: Reading) -> float:
        """How long a rival must lead, s."""
        if self._hand:
            return math.inf if self._hits > HITS else HAND_S
        if self._hits < HITS and not self._shares_beats(rival):
            return RIVAL_S
        return DOUBT_S if self._belief < DOUBT else PATIENT_S

    def _shares_beats(self, rival: Reading) -> bool:
        """Half or twice as many beats as ours, on ours."""
        slow, fast = max(rival.period, self._period), min(rival.period, self._period)
        if abs(slow / fast / 2 - 1) > 0.06:
            return False
        apart = (self._spoken_of - rival.phase * rival.period - (self._beat_at or 0.0)) / fast
        return abs(apart - round(apart)) < 0.2

    def _adopt(self, reading: Reading) -> None:
        beat_at = self._spoken_of - reading.phase * reading.period
        is_shift = True
        if self._beat_at is not None:
            beats = (beat_at - self._beat_at) / reading.period
            is_shift = (
                abs(beats - round(beats)) > 0.3 or not 0.8 < reading.period / self._period < 1.25
            )
            self._count += max(0, round(beats))
        self._beat_at = beat_at
        self._set_period(reading.period)
        self._belief, self._rival, self._stir, self._hits = reading.belief, None, 1.0, 0.5
        self._strength = max(self._strength, CLEAR / 2)
        if is_shift:
            self._bars.reset()
            self._is_level_chosen = False

    def _set_period(self, period: float) -> None:
        if self._hand:
            period = min(self._hand * 1.01, max(self._hand * 0.99, period))
        self._period = period

    # along it

    def _follow(self) -> None:
        if self._beat_at is None:
            return
        while self._beat_at + self._period + REACH_S <= self._spoken_of:
            self._beat_at += self._period
            self._count += 1
            self._hear_beat(self._beat_at)
        if self.now - self._heard_at > HOLD_S and not self._hand:
            self._beat_at = None
            self._pointer.reset()
            self._bars.reset()

    def _hear_beat(self, at: float) -> None:
        """Compare the grid's beat with what was heard around it."""
        # Row r of `recent` is about the time spoken_of - (KEEP - 1 - r) / BEAT_HZ.
        middle = KEEP - 1 - (self._spoken_of - at) * BEAT_HZ
        low, high = round(middle - REACH_S * BEAT_HZ), round(middle + REACH_S * BEAT_HZ) + 1
        heard = self._recent[max(0, low) : high]
        if low < 0 or self._in_break:
            self._bars.skip(1)
            return
        beat, downbeat = heard.max(0).tolist()
        self._strength += (beat - self._strength) / STRENGTH_BEATS
        self._bars.beat(downbeat)
        a_period = round(self._period * BEAT_HZ)
        strongest = float(self._recent[max(0, high - a_period) : high, 0].max())
        self._hits += 0.5 * (beat / max(strongest, FAINT) - self._hits)
        self._stir *= SETTLE
        if beat < FAINT:
            return
        weights = heard[:, 0] ** 2
        error = float(weights @ np.arange(low, high)) / float(weights.sum()) - middle
        error *= min(1.0, beat / CLEAR) / BEAT_HZ
        if self._hand and abs(error) > HAND_REACH_S:
            return
        if min(abs(error), abs(self._error)) > ASTRAY_S and error * self._error > 0:
            self._stir = min(1.0, self._stir + 0.5)
        self._error = error
        phase, period = (
            calm + (stir - calm) * self._stir for calm, stir in zip(CALM, STIR, strict=True)
        )
        self._beat_at = at + phase * error
        self._set_period(self._period + period * error)

    @property
    def grid(self) -> Grid | None:
        """The beats as followed now."""
        if self._beat_at is None:
            return None
        if self._hand:
            confidence = 1.0
        else:
            left = (HOLD_S - (self.now - self._heard_at)) / (HOLD_S / 2)
            confidence = self._belief * min(1.0, self._strength / CLEAR) * min(1.0, max(0.0, left))
        return Grid(
            self._beat_at,
            self._period,
            self._count,
            confidence,
            self._bars.place,
            self._bars.beats_per_bar,
            bool(self._hand),
        )

    # by hand

    @property
    def held_period(self) -> float:
        """The period given by hand, s; 0 = by ear."""
        return self._hand

    def hold(self, period: float) -> None:
        """Keep this period (s) and follow only the phase; 0 = by ear again."""
        self._hand = period
        self._is_tapped = self._is_level_chosen = False
        self._taps.clear()
        self._pointer.reset()
        if not period:
            return
        if self._beat_at is None:
            self._pointer.allow(period, 0.02)
            self._beat_at = self._spoken_of
        else:
            phase = (self._spoken_of - self._beat_at) / period % 1.0
            self._pointer.allow(period, 0.02, phase)
        self._period = period

    def change_level(self, beats: float) -> bool:
        """Count 2 or 0.5 beats for one from now on; False when that is no tempo or none is known.

        Until the music is another, or `hold`.
        """
        period = (self._hand or self._period) / beats
        if self._beat_at is None or not 60 / FASTEST_BPM <= period <= 60 / SLOWEST_BPM:
            return False
        if beats < 1 and self._is_second_of_two():
            self._beat_at -= self._period
        if self._hand:
            self._hand = period
            phase = (self._spoken_of - self._beat_at) / period % 1.0
            self._pointer.allow(period, 0.02, phase)
        self._period = period
        self._is_level_chosen, self._rival, self._hits = True, None, 0.5
        self._bars.reset()
        return True

    def _is_second_of_two(self) -> bool:
        """Whether the last beat is one that is left out where every other one is."""
        if self._bars.place is not None and self._bars.beats_per_bar == 4:
            return self._bars.place % 2 == 1
        phase = (self._spoken_of - (self._beat_at or 0.0)) / self._period / 2 % 1.0
        first, second = (
            self._pointer.near(2 * self._period, at % 1.0).belief for at in (phase, phase + 0.5)
        )
        return second > first

    def tap(self, time: float) -> bool:
        """A beat is tapped at `time` s; two or more give tempo and phase, which stay (True)."""
        tapped = self._taps.add(time)
        if tapped is None:
            return False
        self._hand, self._beat_at = tapped
        self._period = self._hand
        self._is_tapped = True
        return True


def _agree(one: Reading, other: Reading) -> bool:
    """Whether two readings are the same way to count."""
    away = one.phase - other.phase
    return abs(one.period / other.period - 1) < 0.06 and abs(away - round(away)) < 0.12
