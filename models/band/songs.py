"""The project's own band: plays seeded songs, whole or piece by piece. Numpy only.

Out: float32 (n, 2) at any rate, about -16 dBFS RMS, never beyond -1..1, with the true beat times.
`Jukebox` is for the demo input: endless, made a bar at a time on the thread that calls `read`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.band.club_grooves import CLUB
from models.band.notes import MAX_NOTE_S, Note, Score, Section
from models.band.score import STYLES, Form, compose, four_on_the_floor_score, swing
from models.band.sounds import Kit
from models.band.synthesis import fft_size
from models.types import Array

LEVEL_DBFS = -15.0  # RMS of a song's full sections
_USUAL_BPM = {
    "house": (118, 130), "disco": (108, 126), "pop": (84, 124), "latin": (92, 128),
    "waltz": (84, 132), "drums": (90, 132),
}  # fmt: skip
_CEILING = 0.98
_ROOM_S = 0.9  # length of the room's echo
_DUCK_S = 0.16  # how long pads and bass give way to a kick


@dataclass(frozen=True)
class Song:
    """A song with the truth about its beats."""

    samples: Array  # float32 (n, 2)
    rate: int
    style: str
    bpm: float
    beats_per_bar: int
    beat_times: Array  # (n_beats,), s; the first is a downbeat
    beat_energy: Array  # (n_beats,), 0 rest .. 1 full
    sections: tuple[Section, ...]
    beats_per_dance_beat: int  # 2 where a dancer takes two beats for one: half-time, fast music

    @property
    def dance_bpm(self) -> float:
        """The tempo that a dancer takes, BPM: `bpm`, or half of it (trap, drum and bass, salsa)."""
        return self.bpm / self.beats_per_dance_beat

    @property
    def dance_beats(self) -> Array:
        """Times of the beats that a dancer steps on, s; the first is a downbeat."""
        return self.beat_times[:: self.beats_per_dance_beat]

    @property
    def downbeats(self) -> Array:
        """Times of the first beat of every bar, s."""
        return self.beat_times[:: self.beats_per_bar]

    def starts_of(self, section: str) -> Array:
        """When the sections of this name begin, s: `starts_of("drop")`."""
        bars = [found.first_bar for found in self.sections if found.name == section]
        return self.downbeats[bars]

    @property
    def mono(self) -> Array:
        """Both sides mixed, float32 (n,)."""
        return self.samples.mean(axis=1)


def make_song(
    seed: int,
    style: str | None = None,
    bpm: float | None = None,
    seconds: float = 60.0,
    rate: int = 44_100,
    swung: float = 0.5,
    form: Form | None = None,
) -> Song:
    """Compose and play a song of exactly `seconds`; style and tempo are the seed's if None.

    `swung`: where in a beat its second half begins, 0.5 to 0.75. `form`: as of `compose`, which
    says what is refused. Without a wish it is one of `STYLES`; those of `CLUB_STYLES` are named.
    """
    style, bpm = _choose(seed, style, bpm)
    score = compose(seed, style, bpm, seconds, form)
    if swung != 0.5:
        swing(score, swung)
    return _whole(score, rate, seed)


def four_on_the_floor(bpm: float, seconds: float, rate: int = 44_100) -> Song:
    """A bare club drum loop whose beats are at k x 60 / bpm, from time 0."""
    return _whole(four_on_the_floor_score(bpm, seconds), rate, 0)


class Jukebox:
    """An endless set of songs, made a bar at a time when `read` needs more; styles in turn."""

    def __init__(
        self,
        seed: int,
        rate: int = 48_000,
        song_seconds: float = 75.0,
        styles: Sequence[str] = STYLES,
    ) -> None:
        self.rate, self.seed, self.song_seconds, self.styles = rate, seed, song_seconds, styles
        self.n_read = 0  # samples given out so far
        self.songs: list[tuple[float, Score]] = []  # (start in s, score), the last few
        self._bars = self._play_on()
        self._left = np.zeros((0, 2), np.float32)

    def read(self, n_samples: int) -> Array:
        """The next samples, float32 (n_samples, 2); the same whatever the sizes asked for."""
        pieces, have = [self._left], len(self._left)
        while have < n_samples:
            piece = next(self._bars)
            pieces.append(piece)
            have += len(piece)
        ready = np.concatenate(pieces)
        self._left = ready[n_samples:]
        self.n_read += n_samples
        return ready[:n_samples]

    def _play_on(self) -> Iterator[Array]:
        start, number = 0, 0
        while True:
            seed = self.seed * 1000 + number
            style, bpm = _choose(seed, self.styles[(self.seed + number) % len(self.styles)], None)
            score = compose(seed, style, bpm, self.song_seconds)
            self.songs = [*self.songs[-2:], (start / self.rate, score)]
            for piece in _play(score, self.rate, seed):
                start += len(piece)
                yield piece
            number += 1


def _choose(seed: int, style: str | None, bpm: float | None) -> tuple[str, float]:
    """Fill in what was left to the seed: usual tempos of each style."""
    rng = np.random.default_rng([seed, 5])
    if style is None:
        style = str(rng.choice(STYLES))
    ranges = CLUB[style].tempos if style in CLUB else (_USUAL_BPM.get(style, (100, 120)),)
    low, high = ranges[int(rng.integers(len(ranges))) if len(ranges) > 1 else 0]
    return style, float(rng.integers(low, high + 1)) if bpm is None else float(bpm)


def _whole(score: Score, rate: int, seed: int) -> Song:
    n_beats = score.n_bars * score.beats_per_bar
    beat_times = score.lead_in_s + np.arange(n_beats) * 60 / score.bpm
    energy = [score.energy_of(beat) for beat in range(n_beats)]
    is_heard = beat_times < score.seconds
    return Song(
        np.concatenate(list(_play(score, rate, seed))),
        rate,
        score.style,
        score.bpm,
        score.beats_per_bar,
        beat_times[is_heard],
        np.array(energy, np.float32)[is_heard],
        tuple(score.sections),
        score.beats_per_dance_beat,
    )


def _play(score: Score, rate: int, seed: int) -> Iterator[Array]:
    """Play a score bar by bar, float32 (n, 2) each, `seconds` in all."""
    kit = Kit(rate, seed)
    room = room_echo(rate, seed)
    gain = _find_gain(score, kit, rate, room)
    n_total = round(score.seconds * rate)
    inner = (round(score.bar_start(bar) * rate) for bar in range(1, score.n_bars))
    edges = [0, *inner, n_total]
    mixer = Mixer(score, kit, rate, room)
    for bar in range(score.n_bars):
        yield _limit(gain * mixer.play(score.bars[bar], edges[bar], edges[bar + 1]))


def room_echo(rate: int, seed: int) -> Array:
    """The echo of a mid-sized room: decaying noise, darker and darker, different on either side."""
    rng = np.random.default_rng([seed, 9])
    n = int(_ROOM_S * rate)
    t = np.arange(n)[:, None] / rate
    noise = rng.standard_normal((n, 2))
    smooth = np.cumsum(noise, axis=0)
    width = max(2, rate // 9000)
    dull = noise.copy()
    dull[width:] = (smooth[width:] - smooth[:-width]) / np.sqrt(width)
    tail = (dull * np.exp(-t / 0.05) + dull * 0.4 * np.exp(-t / 0.2)) * np.minimum(1, t / 0.012)
    tail *= np.minimum(1, (_ROOM_S - t) / 0.2)
    return (tail / np.sqrt((tail**2).sum(axis=0))).astype(np.float32)


def _limit(mix: Array) -> Array:
    """Straight below half, bent smoothly towards the ceiling above."""
    knee = 0.5
    over = np.abs(mix) - knee
    bent = knee + (_CEILING - knee) * np.tanh(np.maximum(over, 0) / (_CEILING - knee))
    return np.where(over > 0, np.sign(mix) * bent, mix).astype(np.float32)


def _find_gain(score: Score, kit: Kit, rate: int, room: Array) -> float:
    """Play two full bars dry, to learn how loud the song is."""
    fullest = max(score.sections, key=lambda section: section.energy)
    bars = score.bars[fullest.first_bar : fullest.first_bar + 2]
    start = round(min((n.time for notes in bars for n in notes), default=0.0) * rate)
    end = start + max(1, round(len(bars) * score.bar_s * rate))
    mix = Mixer(score, kit, rate, room).play([n for notes in bars for n in notes], start, end)
    rms = float(np.sqrt(np.mean(mix**2)))
    return 10 ** (LEVEL_DBFS / 20) / max(rms, 1e-3)


class Mixer:
    """Adds notes into a stretch of sound and carries their tails into the next one."""

    def __init__(self, score: Score, kit: Kit, rate: int, room: Array) -> None:
        self.kit, self.rate, self.room = kit, rate, room
        self.kicks = np.array(sorted(score.kicks))
        n_tail = int(MAX_NOTE_S * rate)
        self.dry = np.zeros((n_tail, 2), np.float32)
        self.ducked = np.zeros((n_tail, 2), np.float32)
        self.send = np.zeros(n_tail, np.float32)
        self.echo = np.zeros((len(room), 2), np.float32)

    def play(self, notes: list[Note], start: int, end: int) -> Array:
        """Samples [start, end) of the song, with these notes beginning in them, (n, 2)."""
        n = end - start
        dry, ducked = (_longer(bus, n) for bus in (self.dry, self.ducked))
        send = _longer(self.send, n)
        for note in notes:
            sound = self.kit.note(note.sound, note.pitch, note.seconds) if note.pitch else None
            sound = self.kit.drum(note.sound) if sound is None else sound
            at = max(0, round(note.time * self.rate) - start)
            sound = sound[: len(dry) - at]
            angle = (note.pan + 1) * np.pi / 4
            sides = np.array([np.cos(angle), np.sin(angle)], np.float32) * note.gain * 1.414
            (ducked if note.ducked else dry)[at : at + len(sound)] += sound * sides
            if note.send:
                send[at : at + len(sound)] += sound[:, 0] * np.float32(note.gain * note.send)
        self.dry, self.ducked, self.send = dry[n:].copy(), ducked[n:].copy(), send[n:].copy()
        return dry[:n] + ducked[:n] * self._duck(start, end) + self._echo(send[:n])

    def _duck(self, start: int, end: int) -> Array:
        """Gain of pads and bass: down at each kick, back within `_DUCK_S`, (n, 1)."""
        shape = np.ones(end - start, np.float32)
        n_dip = int(_DUCK_S * self.rate)
        dip = 0.725 - 0.275 * np.cos(np.pi * np.arange(n_dip) / n_dip)
        n_fall = int(0.008 * self.rate)
        dip = np.concatenate([np.linspace(1, 0.45, n_fall), dip]).astype(np.float32)
        for kick in np.round(self.kicks * self.rate).astype(int) - n_fall - start:
            low, high = max(0, kick), min(len(shape), kick + len(dip))
            if low < high:
                shape[low:high] = np.minimum(shape[low:high], dip[low - kick : high - kick])
        return shape[:, None]

    def _echo(self, send: Array) -> Array:
        """The room's answer, carried over the edges of stretches (overlap-add), (n, 2)."""
        n, n_room = len(send), len(self.room)
        size = fft_size(n + n_room)
        spectrum = np.fft.rfft(send, size)[:, None] * np.fft.rfft(self.room, size, axis=0)
        answer = np.fft.irfft(spectrum, size, axis=0)[: n + n_room].astype(np.float32)
        answer[:n_room] += self.echo
        self.echo = answer[n:].copy()
        return answer[:n]


def _longer(bus: Array, n: int) -> Array:
    """The bus with `n` more silent samples behind it."""
    return np.concatenate([bus, np.zeros((n, *bus.shape[1:]), bus.dtype)])
