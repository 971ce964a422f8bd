"""The band's instruments: one drum hit or one note as float32 samples, made with numpy, no files.

`Kit` keeps what it has made, so a bar of music costs little more than adding slices. Any thread.
"""

import zlib

import numpy as np

from models.band import club_sounds
from models.band.synthesis import Synth, hertz
from models.types import Array

_FADE_S = 0.004  # every sound ends in a fade, so nothing clicks


class Kit(Synth):
    """Instruments at one sample rate; `drum` and `note` return float32 (n, 2), about -1..1."""

    def __init__(self, rate: int, seed: int = 0) -> None:
        super().__init__(rate, np.random.default_rng(seed))
        self._seed = seed
        self._made: dict[tuple[object, ...], Array] = {}

    def drum(self, name: str) -> Array:
        """One hit of a drum named in `DRUMS`, (n, 2)."""
        key = (name,)
        if key not in self._made:
            self._reseed(key)
            self._made[key] = self._finish(DRUMS[name](self))
        return self._made[key]

    def note(self, sound: str, pitch: int, seconds: float) -> Array:
        """One note of an instrument named in `NOTES`; it rings a little longer than `seconds`."""
        key = (sound, pitch, round(seconds, 3))
        if key not in self._made:
            self._reseed(key)
            self._made[key] = self._finish(NOTES[sound](self, pitch, seconds))
        return self._made[key]

    def _reseed(self, key: tuple[object, ...]) -> None:
        """A sound depends on its name only, never on which sounds were made before it."""
        self.rng = np.random.default_rng([self._seed, zlib.crc32(repr(key).encode())])

    def _finish(self, sound: Array) -> Array:
        if sound.ndim == 1:
            sound = np.stack([sound, sound], axis=1)
        fade = min(len(sound), int(_FADE_S * self.rate))
        sound = sound.astype(np.float32)
        sound[len(sound) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
        return sound

    # Drums -----------------------------------------------------------------------------------

    def _kick(self) -> Array:
        t = self.time(0.32)
        body = self.sweep(0.32, 170, 50, 0.028) * np.exp(-t / 0.11)
        click = self.noise(0.32, 1500, 6000) * np.exp(-t / 0.004) * 0.25
        return np.tanh(1.6 * (body + click)) * 0.95

    def _soft_kick(self) -> Array:
        t = self.time(0.3)
        return self.sweep(0.3, 110, 55, 0.03) * np.exp(-t / 0.09)

    def _snare(self) -> Array:
        t = self.time(0.26)
        head = 0.5 * self.sweep(0.26, 260, 185, 0.02) * np.exp(-t / 0.06)
        wires = self.noise(0.26, 1400, 8000) * np.exp(-t / 0.075)
        return head + 0.9 * wires

    def _brush(self) -> Array:
        t = self.time(0.2)
        return self.noise(0.2, 2200, 7500) * np.exp(-t / 0.05) * np.minimum(1, t / 0.008)

    def _clap(self) -> Array:
        t = self.time(0.3)
        bursts = sum(np.where(t >= d, np.exp(-(t - d) / 0.009), 0) for d in (0.0, 0.011, 0.022))
        tail = np.where(t >= 0.03, np.exp(-(t - 0.03) / 0.07), 0)
        left, right = self.noise(0.3, 850, 3800), self.noise(0.3, 850, 3800)
        mid = self.noise(0.3, 850, 3800)
        return (bursts + 0.7 * tail)[:, None] * np.stack([mid + left, mid + right], 1) * 0.6

    def _rim(self) -> Array:
        t = self.time(0.08)
        return (np.sin(2 * np.pi * 1720 * t) + 0.5 * np.sin(2 * np.pi * 480 * t)) * np.exp(
            -t / 0.012
        )

    def _hat(self) -> Array:
        t = self.time(0.07)
        return self.noise(0.07, 7000, 14000) * np.exp(-t / 0.016)

    def _open_hat(self) -> Array:
        t = self.time(0.3)
        return self.noise(0.3, 6500, 13000) * np.exp(-t / 0.1) * np.minimum(1, t / 0.002)

    def _shaker(self) -> Array:
        t = self.time(0.09)
        return self.noise(0.09, 5000, 10000) * np.sin(np.pi * np.minimum(1, t / 0.08)) ** 2

    def _crash(self) -> Array:
        t = self.time(2.2)
        sides = [self.noise(2.2, 3500, 12000) for _ in range(2)]
        return np.stack(sides, 1) * (np.exp(-t / 0.55) * np.minimum(1, t / 0.003))[:, None]

    def _ride(self) -> Array:
        t = self.time(0.5)
        ping = sum(np.sin(2 * np.pi * hz * t) for hz in (3140.0, 4270.0, 5390.0)) / 3
        return (0.5 * ping + 0.5 * self.noise(0.5, 6000, 12000)) * np.exp(-t / 0.16)

    def _tom(self, hz: float) -> Array:
        t = self.time(0.4)
        return self.sweep(0.4, 1.6 * hz, hz, 0.04) * np.exp(-t / 0.13)

    def _conga(self, hz: float, ring_s: float) -> Array:
        t = self.time(0.3)
        slap = self.noise(0.3, 900, 4000) * np.exp(-t / 0.006) * 0.4
        return self.sweep(0.3, 1.12 * hz, hz, 0.02) * np.exp(-t / ring_s) + slap

    def _clave(self) -> Array:
        t = self.time(0.12)
        return np.sin(2 * np.pi * 2450 * t) * np.exp(-t / 0.022)

    def _cowbell(self) -> Array:
        t = self.time(0.25)
        bell = np.sign(np.sin(2 * np.pi * 562 * t)) + np.sign(np.sin(2 * np.pi * 845 * t))
        spectrum = np.fft.rfft(bell)
        hz = np.fft.rfftfreq(len(bell), 1 / self.rate)
        bell = np.fft.irfft(spectrum * (hz > 450) / (1 + (hz / 3500) ** 4), len(bell))
        return 0.5 * bell * np.exp(-t / 0.05)

    # Notes -----------------------------------------------------------------------------------

    def _sub_bass(self, pitch: int, seconds: float) -> Array:
        tone = self.wave(pitch, seconds + 0.05, 2.0)
        return tone * self.envelope(len(tone), 0.006, 0.06, 1.5)

    def _saw_bass(self, pitch: int, seconds: float) -> Array:
        return 0.8 * self.plucked(pitch, seconds, 0.9, 1.9, 0.7, 0.05)

    def _upright(self, pitch: int, seconds: float) -> Array:
        return self.plucked(pitch, seconds, 1.2, 2.0, 0.6, 0.12)

    def _pad(self, pitch: int, seconds: float) -> Array:
        tone = self.wide(pitch, seconds + 0.5, 1.6, 9)
        return tone * self.envelope(len(tone), 0.1, 0.6)[:, None]

    def _strings(self, pitch: int, seconds: float) -> Array:
        tone = self.wide(pitch, seconds + 0.3, 1.35, 12)
        tremble = 1 + 0.08 * np.sin(2 * np.pi * 5.3 * self.time(seconds + 0.3)[: len(tone)])
        return 0.7 * tone * (self.envelope(len(tone), 0.07, 0.35) * tremble)[:, None]

    def _piano(self, pitch: int, seconds: float) -> Array:
        tone = self.plucked(pitch, seconds, 0.9, 1.8, 1.1, 0.2)
        other = self.plucked(pitch + 0.03, seconds, 0.9, 1.8, 1.1, 0.2)
        return np.stack([tone, other], 1)

    def _keys(self, pitch: int, seconds: float) -> Array:
        t = self.time(seconds + 0.2)
        turn = 2 * np.pi * hertz(pitch) * t
        bark = 1.4 * np.exp(-t / 0.35)
        tone = np.sin(turn + bark * np.sin(turn)) + 0.15 * np.exp(-t / 0.08) * np.sin(14 * turn)
        tone = 0.7 * tone * self.envelope(len(t), 0.003, 0.15, 1.2)
        sway = 0.25 * np.sin(2 * np.pi * 4.6 * t)
        return np.stack([tone * (1 - sway), tone * (1 + sway)], 1)

    def _stab(self, pitch: int, seconds: float) -> Array:
        tone = self.wide(pitch, seconds + 0.12, 1.15, 10)
        return 0.7 * tone * self.envelope(len(tone), 0.004, 0.12, 0.28)[:, None]

    def _brass(self, pitch: int, seconds: float) -> Array:
        dark = self.wide(pitch, seconds + 0.08, 1.9, 6)
        bright = self.wide(pitch, seconds + 0.08, 1.0, 6)
        t = self.time(seconds + 0.08)[: len(dark)]
        swell = np.minimum(1, t / 0.06) * np.exp(-t / 0.6)
        tone = dark + (bright - dark) * swell[:, None]
        return 0.6 * tone * self.envelope(len(tone), 0.02, 0.08)[:, None]

    def _pluck(self, pitch: int, seconds: float) -> Array:
        return self.plucked(pitch, seconds, 1.0, 2.6, 0.3, 0.15)

    def _guitar(self, pitch: int, seconds: float) -> Array:
        return self.plucked(pitch, seconds, 0.9, 1.8, 0.5, 0.1)

    def _lead(self, pitch: int, seconds: float) -> Array:
        tone = 0.6 * self.wave(pitch, seconds + 0.08, 1.4, odd=True) + 0.4 * self.wave(
            pitch + 0.06, seconds + 0.08, 1.6
        )
        return 0.8 * tone * self.envelope(len(tone), 0.012, 0.1, 2.0)

    def _bell(self, pitch: int, seconds: float) -> Array:
        t = self.time(seconds + 0.8)
        turn = 2 * np.pi * hertz(pitch) * t
        tone = np.sin(turn) * np.exp(-t / 0.6) + 0.3 * np.sin(4 * turn) * np.exp(-t / 0.15)
        return 0.8 * tone * self.envelope(len(t), 0.002, 0.3)

    def _accordion(self, pitch: int, seconds: float) -> Array:
        tone = self.wide(pitch, seconds + 0.06, 1.1, 14)
        return 0.55 * tone * self.envelope(len(tone), 0.03, 0.06)[:, None]


DRUMS = {
    "kick": Kit._kick, "soft_kick": Kit._soft_kick, "snare": Kit._snare, "brush": Kit._brush,
    "clap": Kit._clap, "rim": Kit._rim, "hat": Kit._hat, "open_hat": Kit._open_hat,
    "shaker": Kit._shaker, "crash": Kit._crash, "ride": Kit._ride, "clave": Kit._clave,
    "cowbell": Kit._cowbell, "tom_low": lambda kit: kit._tom(85),
    "tom_high": lambda kit: kit._tom(140), "conga_low": lambda kit: kit._conga(195, 0.1),
    "conga_high": lambda kit: kit._conga(290, 0.06), **club_sounds.DRUMS,
}  # fmt: skip
NOTES = {
    "sub_bass": Kit._sub_bass, "saw_bass": Kit._saw_bass, "upright": Kit._upright,
    "pad": Kit._pad, "strings": Kit._strings, "piano": Kit._piano, "keys": Kit._keys,
    "stab": Kit._stab, "brass": Kit._brass, "pluck": Kit._pluck, "guitar": Kit._guitar,
    "lead": Kit._lead, "bell": Kit._bell, "accordion": Kit._accordion,
    **club_sounds.NOTES,
}  # fmt: skip
