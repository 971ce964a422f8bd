"""Instruments of club, rock and salsa music, made with numpy from `Synth`'s building blocks.

A drum is a function of a synth, a note of a synth, a MIDI pitch and seconds; out (n,) or (n, 2).
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from models.band.synthesis import Synth, fft_size, hertz
from models.types import Array

_VOWELS = {"ah": (800, 1200, 2600), "oh": (450, 800, 2500), "eh": (580, 1750, 2500)}  # Hz

# Drums ---------------------------------------------------------------------------------------


def _kick(
    synth: Synth, seconds: float, start_hz: float, end_hz: float, ring_s: float, drive: float
) -> Array:
    """A falling sine with a click; `drive` adds the harmonics that a small speaker needs."""
    t = synth.time(seconds)
    body = synth.sweep(seconds, start_hz, end_hz, 0.022) * np.exp(-t / ring_s)
    click = synth.noise(seconds, 1800, 7000) * np.exp(-t / 0.004)
    return np.tanh(drive * (body + 0.35 * click))


def _snare(
    synth: Synth, seconds: float, head_hz: float, ring_s: float, wires: tuple[float, float]
) -> Array:
    """A head that rings and wires that hiss between two frequencies, different on either side."""
    t = synth.time(seconds)
    head = 0.7 * synth.sweep(seconds, 1.6 * head_hz, head_hz, 0.012) * np.exp(-t / (0.6 * ring_s))
    hiss = [synth.noise(seconds, *wires) * np.exp(-t / ring_s) for _ in range(3)]
    sides = [np.tanh(1.8 * (head + hiss[0] + 0.4 * side)) for side in hiss[1:]]
    return 0.9 * np.stack(sides, 1)


def _struck(synth: Synth, tones: dict[float, float], ring_s: float, slap: float) -> Array:
    """Wood or metal: tones (Hz: share) that ring down, and `slap` of noise as the stick hits."""
    t = synth.time(5 * ring_s)
    ring = sum(share * np.sin(2 * np.pi * hz * t) for hz, share in tones.items())
    stick = synth.noise(5 * ring_s, 1500, 7000) * np.exp(-t / 0.004)
    return ring * np.exp(-t / ring_s) / sum(tones.values()) + slap * stick


def _metal(synth: Synth, seconds: float, ring_s: float) -> Array:
    """A hi-hat of an old drum machine: square waves that do not fit together, high-passed."""
    t = synth.time(seconds)
    chatter = sum(np.sign(np.sin(2 * np.pi * hz * t)) for hz in (2050, 3075, 3690, 5225, 5400))
    hiss = synth.band_passed(chatter + synth.rng.standard_normal(len(t)), 7000, 13000)
    return 0.8 * hiss / np.abs(hiss).max() * np.exp(-t / ring_s)


def _guiro(synth: Synth, n_notches: int, seconds: float) -> Array:
    """A stick over notches: short bursts, ever closer and louder."""
    t = synth.time(seconds + 0.03)
    at = seconds * (np.arange(n_notches) / n_notches) ** 0.85
    bursts = sum(
        (0.5 + 0.5 * k / n_notches) * np.where(t >= d, np.exp(-(t - d) / 0.0035), 0.0)
        for k, d in enumerate(at)
    )
    return synth.noise(seconds + 0.03, 2200, 7500) * bursts


def _boom(synth: Synth) -> Array:
    """What a drop falls onto: a deep falling tone and a dull burst."""
    t = synth.time(1.5)
    burst = synth.noise(1.5, 200, 2500) * np.exp(-t / 0.12)
    return 0.8 * synth.sweep(1.5, 80, 34, 0.3) * np.exp(-t / 0.4) + 0.3 * burst


DRUMS: dict[str, Callable[[Synth], Array]] = {
    "kick_hard": lambda synth: _kick(synth, 0.34, 260, 51, 0.11, 3.0),
    "kick_short": lambda synth: _kick(synth, 0.24, 230, 58, 0.065, 2.2),
    "kick_rock": lambda synth: _kick(synth, 0.24, 160, 60, 0.06, 1.8),
    "kick_808": lambda synth: _kick(synth, 0.45, 190, 50, 0.15, 1.8),
    "snare_tight": lambda synth: _snare(synth, 0.2, 205, 0.05, (1600, 9000)),
    "snare_fat": lambda synth: _snare(synth, 0.32, 180, 0.09, (900, 7000)),
    "rim_shot": lambda synth: _struck(synth, {1730.0: 1.0, 460.0: 0.8, 2600.0: 0.4}, 0.016, 0.4),
    "hat_808": lambda synth: _metal(synth, 0.07, 0.018),
    "open_808": lambda synth: _metal(synth, 0.35, 0.12),
    "ride_bell": lambda synth: _struck(
        synth, {1170.0: 0.6, 2210.0: 0.7, 3350.0: 1.0, 4720.0: 0.8, 6100.0: 0.5}, 0.16, 0.25
    ),
    "timbale_high": lambda synth: _struck(
        synth, {420.0: 1.0, 690.0: 0.5, 1010.0: 0.35, 2350.0: 0.2}, 0.07, 0.5
    ),
    "timbale_low": lambda synth: _struck(
        synth, {305.0: 1.0, 500.0: 0.5, 740.0: 0.35, 1900.0: 0.2}, 0.09, 0.5
    ),
    "campana": lambda synth: _struck(
        synth, {587.0: 1.0, 873.0: 0.8, 1770.0: 0.4, 2950.0: 0.25}, 0.06, 0.3
    ),
    "guiro_long": lambda synth: _guiro(synth, 22, 0.2),
    "guiro_short": lambda synth: _guiro(synth, 7, 0.05),
    "boom": _boom,
}

# Notes ---------------------------------------------------------------------------------------


def _sub_808(synth: Synth, pitch: int, seconds: float, slide: float = 0.0) -> Array:
    """A deep tone that starts like a kick; it slides by so many semitones in its second half."""
    t = synth.time(seconds + 0.1)
    share = np.clip((t / seconds - 0.5) / 0.25, 0, 1)
    bend = slide * (3 * share**2 - 2 * share**3) + 16 * np.exp(-t / 0.012)
    tone = synth.glide(pitch + bend, np.array([1.0, 0.12]))
    return 0.85 * np.tanh(1.9 * tone) * synth.envelope(len(t), 0.003, 0.1, 1.2)


def _reese(synth: Synth, pitch: int, seconds: float) -> Array:
    """Detuned saws that drift against one another, over a steady sub."""
    length = seconds + 0.06
    sides = []
    for cents in (17, 23):
        saws = [synth.wave(pitch + 12 + d / 100, length, 1.15) for d in (-cents, 0, cents)]
        sides.append(synth.band_passed(saws[0] + saws[1] + saws[2], 90, 1900))
    sub = 0.7 * synth.wave(pitch, length, 2.5)
    tone = np.tanh(0.55 * np.stack(sides, 1)) + sub[:, None]
    return 0.75 * tone * synth.envelope(len(sub), 0.006, 0.06)[:, None]


def _acid(synth: Synth, pitch: int, seconds: float) -> Array:
    """A saw through a resonant low-pass that closes as the note goes on."""
    length = seconds + 0.04
    t = synth.time(length)
    k = np.arange(1, max(2, min(60, int(0.42 * synth.rate / hertz(pitch)))))
    hz = k * hertz(pitch)
    tones = []
    for cutoff in (2600.0, 420.0):
        peak = 1 + 3 * np.exp(-((np.log2(hz / cutoff) / 0.25) ** 2))
        harmonics = peak / k / (1 + (hz / cutoff) ** 4)
        tones.append(synth.glide(np.full(len(t), float(pitch)), harmonics))
    tone = tones[1] + (tones[0] - tones[1]) * np.exp(-t / 0.09)
    return 0.7 * np.tanh(1.3 * tone) * synth.envelope(len(t), 0.003, 0.04, 0.5)


def _power_chord(synth: Synth, pitch: int, seconds: float, muted: bool = False) -> Array:
    """Root, fifth and octave through an overdriven amplifier and its cabinet, once a side."""
    length = seconds + (0.03 if muted else 0.08)
    sides = []
    for cents in (-4, 4):
        tuned = [synth.wave(pitch + up + cents / 100, length, 1.1) for up in (0, 7.02, 12)]
        strings = np.sum(tuned, axis=0)
        n = len(strings)
        strings = strings * synth.envelope(n, 0.002, 0.03, 0.09 if muted else 2.5)
        pick = synth.noise(length, 1500, 5000) * np.exp(-synth.time(length) / 0.005)
        driven = np.tanh(6.0 * synth.band_passed(strings, 110, 5000) + 0.6 * pick)
        sides.append(synth.band_passed(driven, 90, 3800))
    return 0.8 * np.stack(sides, 1) * synth.envelope(len(sides[0]), 0.002, 0.04)[:, None]


def _lead_guitar(synth: Synth, pitch: int, seconds: float) -> Array:
    """One overdriven string with a slow shake."""
    t = synth.time(seconds + 0.12)
    shake = 0.18 * np.sin(2 * np.pi * 5.6 * t) * np.clip((t - 0.12) / 0.2, 0, 1)
    string = synth.glide(pitch + shake, np.arange(1.0, 16.0) ** -1.2)
    driven = synth.band_passed(np.tanh(5.0 * string), 150, 4200)
    return 0.6 * driven * synth.envelope(len(t), 0.006, 0.1, 2.5)


def _supersaw(synth: Synth, pitch: int, seconds: float) -> Array:
    """Seven detuned saws, spread from side to side."""
    length = seconds + 0.12
    spread = np.array([-0.16, -0.1, -0.045, 0.0, 0.045, 0.1, 0.16])
    saws = np.stack([synth.wave(pitch + d, length, 1.0) for d in spread])
    right = np.linspace(0.15, 0.85, 7)[[0, 4, 2, 3, 1, 5, 6]]
    tone = np.stack([(1 - right) @ saws, right @ saws], 1)
    return 0.35 * tone * synth.envelope(len(tone), 0.008, 0.12)[:, None]


def _chop(synth: Synth, pitch: int, seconds: float, vowel: str = "ah") -> Array:
    """A syllable cut from a voice that never was: it scoops up to its pitch and shakes."""
    t = synth.time(seconds + 0.08)
    pitches = pitch - 2.0 * np.exp(-t / 0.03) + 0.15 * np.sin(2 * np.pi * 5.8 * t)
    k = np.arange(1, max(2, min(40, int(0.42 * synth.rate / hertz(pitch + 1)))))
    hz = k * hertz(pitch)
    formants = sum(
        share * np.exp(-(((hz - formant) / (90 + 0.06 * formant)) ** 2))
        for formant, share in zip(_VOWELS[vowel], (1.0, 0.6, 0.35), strict=True)
    )
    sung = synth.glide(pitches, (formants + 0.04) / k**0.4)
    breath = 0.08 * synth.noise(seconds + 0.08, 2000, 8000) * np.exp(-t / 0.04)
    return (0.8 * sung / np.abs(sung).max() + breath) * synth.envelope(len(t), 0.015, 0.07)


def _riser(synth: Synth, pitch: int, seconds: float) -> Array:
    """Noise that rises through six octaves and grows; it ends where the drop begins. No pitch."""
    n = int(seconds * synth.rate)
    size = fft_size(n)
    spectrum = np.fft.rfft(synth.rng.standard_normal(size))
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / synth.rate), 1) / 250)
    share = np.linspace(0, 1, n)
    swept = np.zeros(n)
    for centre in np.linspace(0, 5.5, 7):
        band = np.fft.irfft(spectrum * np.exp(-(((octave - centre) / 0.7) ** 2)), size)[:n]
        band /= np.sqrt(np.mean(band**2)) + 1e-9
        swept += band * np.exp(-(((5.5 * share - centre) / 0.9) ** 2))
    sides = np.stack([swept, np.roll(swept, n // 97)], 1)  # some 10 ms apart a second: wide
    return 0.22 * sides * (0.06 + 0.94 * share**1.7)[:, None]


NOTES: dict[str, Callable[[Synth, int, float], Array]] = {
    "sub_808": _sub_808,
    "sub_808_up": partial(_sub_808, slide=12.0),
    "sub_808_down": partial(_sub_808, slide=-5.0),
    "reese": _reese,
    "acid": _acid,
    "power_chord": _power_chord,
    "power_mute": partial(_power_chord, muted=True),
    "lead_guitar": _lead_guitar,
    "supersaw": _supersaw,
    "chop_ah": _chop,
    "chop_oh": partial(_chop, vowel="oh"),
    "chop_eh": partial(_chop, vowel="eh"),
    "riser": _riser,
}
