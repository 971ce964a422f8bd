"""What the band's sounds are built from: noise, sweeps, waves and envelopes at one sample rate.

Numpy only, any thread. All of it is a mono float row, about -1..1, unless a shape is given.
"""

import numpy as np

from models.types import Array

_CYCLE = 8192  # points of a single-cycle table; read without interpolation: error below -70 dB


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch (69 = 440 Hz)."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


def _cycle(harmonics: Array) -> Array:
    """One period of a wave from the amplitudes of its harmonics 1.. ."""
    spectrum = np.zeros(_CYCLE // 2 + 1, complex)
    spectrum[1 : 1 + len(harmonics)] = -0.5j * harmonics * _CYCLE
    return np.fft.irfft(spectrum).astype(np.float32)


def fft_size(n: int) -> int:
    """A size that the Fourier transform likes, at least n."""
    power = 1 << max(0, n - 1).bit_length()
    return next(size for size in (power * 5 // 8, power * 3 // 4, power) if size >= n)


class Synth:
    """Building blocks at one sample rate; chance comes from `rng`."""

    def __init__(self, rate: int, rng: np.random.Generator) -> None:
        self.rate, self.rng = rate, rng

    def time(self, seconds: float) -> Array:
        return np.arange(int(seconds * self.rate), dtype=np.float32) / self.rate

    def noise(self, seconds: float, low_hz: float, high_hz: float) -> Array:
        """Noise between two frequencies with soft edges, about -1..1."""
        white = self.rng.standard_normal(int(seconds * self.rate))
        wave = self.band_passed(white, low_hz, high_hz)
        return wave / (np.abs(wave).max() + 1e-9)

    def band_passed(self, wave: Array, low_hz: float, high_hz: float) -> Array:
        """What of a wave lies between two frequencies: 18 dB an octave below, 12 above."""
        hz = np.fft.rfftfreq(len(wave), 1 / self.rate)
        shape = 1 / np.sqrt((1 + (low_hz / np.maximum(hz, 1)) ** 6) * (1 + (hz / high_hz) ** 4))
        return np.fft.irfft(np.fft.rfft(wave) * shape, len(wave))

    def sweep(self, seconds: float, start_hz: float, end_hz: float, glide_s: float) -> Array:
        """A sine that falls from one frequency to another."""
        t = self.time(seconds)
        cycles = end_hz * t + (start_hz - end_hz) * glide_s * (1 - np.exp(-t / glide_s))
        return np.sin(2 * np.pi * cycles)

    def wave(self, pitch: float, seconds: float, slope: float, odd: bool = False) -> Array:
        """A held wave whose harmonics fall as k ** -slope and stay below the Nyquist frequency."""
        hz = hertz(pitch)
        k = np.arange(1, max(2, min(48, int(0.42 * self.rate / hz))))
        harmonics = k ** -float(slope) * np.exp(-(((k * hz) / 9000) ** 2))
        if odd:
            harmonics = np.where(k % 2, harmonics, harmonics * 0.05)
        start = int(self.rng.integers(_CYCLE))
        steps = np.arange(int(seconds * self.rate)) * (hz * _CYCLE / self.rate)
        return _cycle(harmonics)[(steps.astype(np.int64) + start) & (_CYCLE - 1)]

    def glide(self, pitches: Array, harmonics: Array) -> Array:
        """A wave of these harmonics (amplitudes of 1.. ) along pitches (n,), from phase 0 on."""
        cycles = np.cumsum(hertz(0.0) * 2.0 ** (pitches / 12), dtype=float) / self.rate
        return _cycle(harmonics)[(cycles * _CYCLE).astype(np.int64) & (_CYCLE - 1)]

    def envelope(self, n: int, attack_s: float, release_s: float, decay_s: float = 0) -> Array:
        """Rise, optional exponential decay, and a cosine release at the end."""
        shape = np.ones(n, np.float32)
        if decay_s:
            shape *= np.exp(-np.arange(n, dtype=np.float32) / (decay_s * self.rate))
        rise = max(1, min(n // 2, int(attack_s * self.rate)))
        fall = max(1, min(n // 2, int(release_s * self.rate)))
        shape[:rise] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / rise)
        shape[n - fall :] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, fall + 1) / fall)
        return shape

    def plucked(
        self,
        pitch: float,
        seconds: float,
        bright: float,
        dark: float,
        decay_s: float,
        ring_s: float,
    ) -> Array:
        """A note that is bright when struck and darkens as it decays."""
        seconds = seconds + ring_s
        dull = self.wave(pitch, seconds, dark)
        shine = self.wave(pitch, seconds, bright) - dull
        t = self.time(seconds)[: len(dull)]
        tone = dull + shine * np.exp(-t / (0.25 * decay_s))
        return tone * self.envelope(len(tone), 0.003, ring_s, decay_s)

    def wide(self, pitch: int, seconds: float, slope: float, cents: float) -> Array:
        """Two slightly detuned waves on either side, (n, 2)."""
        detune = cents / 100
        left = self.wave(pitch - detune, seconds, slope) + 0.6 * self.wave(pitch, seconds, slope)
        right = self.wave(pitch + detune, seconds, slope) + 0.6 * self.wave(pitch, seconds, slope)
        return 0.6 * np.stack([left, right], axis=1)
