"""How music and its dance are varied: stops and starts, sound, and what the controls tell."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from models import spec
from models.types import Array

Rng = np.random.Generator

EASE_S = 0.4  # a dancer comes to rest, and sets off, in this time
FRAME_S = 0.02


@dataclass(frozen=True)
class Timing:
    """Song times of music and dance at segment times; the music is off in [stop, back)."""

    rate: float  # song seconds a segment second
    start: float  # song time at segment time 0
    stop: float = np.inf
    back: float = np.inf
    from_standing: bool = False  # the segment begins before the music and the dancer stands
    unheard: bool = False  # there was no music before the stop, either, yet the dancer moved

    @property
    def _lost(self) -> float:
        """Song seconds that the dance does not move on during the stop."""
        return self.back - self.stop

    def music(self, times: Array) -> Array:
        """Song time that sounds at each segment time (meaningless while it is off)."""
        later = np.where(times >= self.back, self._lost, 0.0) if np.isfinite(self.back) else 0.0
        return self.start + self.rate * (times - later)

    def dance(self, times: Array) -> Array:
        """Song time of the pose; slows down smoothly after the stop, sets off after the return.

        It rests in between, and is in time with the music again EASE_S after the return.
        """
        if not np.isfinite(self.stop):
            return self.start + self.rate * times
        slow = np.clip((times - self.stop) / EASE_S, 0, 1)
        gone = np.minimum(times, self.stop) + EASE_S * (slow - slow**2 / 2)
        if np.isfinite(self.back):
            fast = np.clip((times - self.back) / EASE_S, 0, 1)
            gone = gone + EASE_S * fast**2 / 2 + np.maximum(0, times - self.back - EASE_S)
        return self.start + self.rate * gone

    def silent(self, times: Array) -> Array:
        return ((times > self.stop) | self.unheard) & (times <= self.back)

    @staticmethod
    def random(rng: Rng, seconds: float, song_seconds: float, silence: float) -> "Timing":
        rate = float(np.exp(rng.uniform(np.log(0.8), np.log(1.25))))
        start = float(rng.uniform(0.05, max(0.06, song_seconds - rate * (seconds + 0.6))))
        if rng.random() >= silence:
            return Timing(rate, start)
        kind = rng.random()
        if kind < 0.3:
            back = float(rng.uniform(0.4, seconds * 0.6))
            return Timing(rate, start, stop=-EASE_S, back=back, from_standing=True)
        unheard = kind < 0.5
        stop = float(rng.uniform(0, 0.3) if unheard else rng.uniform(0.1, 0.6) * seconds)
        if kind < 0.4 or 0.5 <= kind < 0.7:
            return Timing(rate, start, stop=stop, unheard=unheard)
        back = stop + float(rng.uniform(0.8, 4.0))
        return Timing(rate, start, stop=stop, back=back, unheard=unheard)


def vary_sound(power: Array, rng: Rng, floor: float) -> Array:
    """Gain, equalizer, room and noise on log-mel power (n, bands), never below log(floor)."""
    n_bands = power.shape[1]
    linear = np.maximum(np.exp(power) - floor, 0)
    band = np.linspace(0, 1, n_bands)
    decibels = np.full(n_bands, rng.normal(0, 2.5))
    for wave in range(1, 4):
        decibels += rng.normal(0, 2.5 / wave) * np.cos(np.pi * wave * band + rng.uniform(0, 6.3))
    if rng.random() < 0.3:  # a small loudspeaker or a room without bass
        decibels -= rng.uniform(0, 20) * np.clip(1 - band / rng.uniform(0.05, 0.3), 0, 1)
    linear = linear * 10 ** (decibels / 10)
    if rng.random() < 0.3:
        decay = 10 ** (-6 * FRAME_S / rng.uniform(0.2, 0.9))
        room = np.asarray(lfilter([1 - decay], [1, -decay], linear, axis=0))
        linear = linear + rng.uniform(0.1, 1.0) * room
    if rng.random() < 0.4:
        level = linear.mean() * 10 ** (-rng.uniform(5, 35) / 10)
        tilt = np.exp(rng.normal(0, 1.0) * (band - 0.5) * 2)
        noise = level * tilt * rng.exponential(1.0, linear.shape)
        linear = linear + noise
    return np.log(linear + floor).astype(np.float32)


@dataclass(frozen=True)
class ConditioningNoise:
    """What a segment's controls tell: how the beat is known and which controls are given."""

    heard: bool  # as the beat follower gave it, else from the true grid
    beat: bool
    bar: bool
    metre: bool
    energy: bool
    known_from: float  # segment time from which the beat is known
    offset_s: float  # a constant error of the phase
    wander_s: float  # size of its slow error
    octave: float  # 1, or 0.5 / 2 when the tempo is taken for its half or double

    @staticmethod
    def random(rng: Rng, seconds: float) -> "ConditioningNoise":
        heard = rng.random() < 0.5
        octave = float(rng.choice([0.5, 2.0])) if rng.random() < 0.05 else 1.0
        return ConditioningNoise(
            heard=heard,
            beat=rng.random() < 0.85,
            bar=not heard and octave == 1.0 and rng.random() < 0.5,
            metre=rng.random() < 0.7,
            energy=rng.random() < 0.5,
            known_from=float(rng.uniform(0, seconds)) if rng.random() < 0.15 else -1.0,
            offset_s=float(rng.normal(0, 0.015)),
            wander_s=float(abs(rng.normal(0, 0.015))),
            octave=octave,
        )


def control_rows(
    beats: Array,
    beats_per_bar: int,
    energy: Array,
    conditioning: ConditioningNoise,
    rng: Rng | None = None,
) -> Array:
    """Controls (T, C) from the beat count (T, 2) at each control time and 0.02 s before it.

    `energy` is (T,). NaN counts, and everything that `conditioning` leaves out, become zero.
    """
    n_chunks = len(beats)
    controls = np.zeros((n_chunks, len(spec.CONTROLS)), np.float32)
    count, before = beats[:, 0], beats[:, 1]
    with np.errstate(invalid="ignore"):
        rate = (count - before) / FRAME_S  # beats a second
        known = np.isfinite(rate) & (rate > 0.4) & (rate < 6) & conditioning.beat
    known &= (np.arange(n_chunks) + 1) * spec.CHUNK_SECONDS >= conditioning.known_from
    error = np.full(n_chunks, conditioning.offset_s)
    if rng is not None and conditioning.wander_s > 0:
        walk = np.asarray(lfilter([1], [1, -0.9], rng.normal(0, 0.44, n_chunks)))
        error = error + conditioning.wander_s * walk
    late = np.where(known, (np.nan_to_num(count) + np.nan_to_num(rate) * error), 0.0)
    beat = 2 * np.pi * late * conditioning.octave
    controls[:, 0] = np.where(known, np.sin(beat), 0)
    controls[:, 1] = np.where(known, np.cos(beat), 0)
    controls[:, 4] = np.where(
        known, np.log2(np.where(known, rate, 1.0) * conditioning.octave * spec.TEMPO_REFERENCE_S), 0
    )
    controls[:, 5] = known
    if conditioning.bar and beats_per_bar:
        bar = 2 * np.pi * late / beats_per_bar
        controls[:, 2] = np.where(known, np.sin(bar), 0)
        controls[:, 3] = np.where(known, np.cos(bar), 0)
        controls[:, 6] = known
    if conditioning.metre and beats_per_bar:
        controls[:, 7] = beats_per_bar == 3
        controls[:, 8] = beats_per_bar == 4
    if conditioning.energy:
        controls[:, 9] = energy
    return controls
