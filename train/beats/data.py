"""Music with known beats -> varied segments for the beat network: recordings and the band.

A segment is warped in tempo, put into a room, equalised, overlaid with noise, interrupted by breaks
and changes to other music, so that the network hears what a microphone in a club hears. Numpy.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import oaconvolve

from models import spec
from models.band import score, songs
from models.log_mel import LogMelFrames
from models.types import Array
from train.songs.song import Song, at_stage_level

RATE = spec.SAMPLE_RATE
SWUNG_SHARE = 0.4  # of the band's songs
CLUB_SHARE = 0.6  # of them; what else it plays is ballroom and pop
USUAL_SHARE = 0.5  # of the club's songs in the style's own tempo


@dataclass(frozen=True)
class Tune:
    """Music with its beats."""

    samples: Array  # float32 (n,) mono at spec.SAMPLE_RATE
    beats: Array  # (k,) s
    is_downbeat: Array  # (k,) bool
    is_bar_known: bool
    groove: str = ""  # of the band, "" = not known

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


def of_song(song: Song) -> Tune | None:
    """A prepared song; None when its beats are not known throughout."""
    known = np.isfinite(song.beats)
    if not known.all():
        return None
    numbers = np.arange(int(np.ceil(song.beats[0])), int(song.beats[-1]) + 1)
    beats = np.interp(numbers, song.beats, np.arange(len(song.beats)) / 50)
    is_downbeat = numbers % max(1, song.beats_per_bar) == 0
    return Tune(song.audio, beats, is_downbeat, song.is_bar_sure and song.beats_per_bar > 0)


def of_band(seed: int, seconds: float) -> Tune:
    """A song of the band, a bare loop or a metronome, at any tempo.

    The beats are those that a dancer takes: of drum and bass at 174 BPM every other one.
    """
    rng = np.random.default_rng([seed, 11])
    bpm = float(np.exp(rng.uniform(np.log(score.MIN_BPM + 4), np.log(score.MAX_BPM))))
    kind = rng.random()
    if kind < 0.08:
        return _metronome(bpm, seconds, rng)
    if kind < 0.16:
        played = songs.four_on_the_floor(bpm, seconds, RATE)
    else:
        is_club = rng.random() < CLUB_SHARE
        style = str(rng.choice(score.CLUB_STYLES if is_club else score.STYLES))
        swung = float(rng.uniform(0.57, 0.7)) if rng.random() < SWUNG_SHARE else 0.5
        is_usual = is_club and rng.random() < USUAL_SHARE
        played = songs.make_song(seed, style, None if is_usual else bpm, seconds, RATE, swung)
    at = np.arange(len(played.dance_beats))
    is_bar_known = kind >= 0.16 and played.beats_per_dance_beat == 1
    is_downbeat = at % played.beats_per_bar == 0
    return Tune(
        at_stage_level(played.mono), played.dance_beats, is_downbeat, is_bar_known, played.style
    )


def _metronome(bpm: float, seconds: float, rng: np.random.Generator) -> Tune:
    beats = np.arange(rng.uniform(0, 0.5), seconds - 0.1, 60 / bpm)
    samples = np.zeros(round(seconds * RATE), np.float32)
    per_bar = int(rng.choice([1, 3, 4]))
    t = np.arange(round(0.06 * RATE)) / RATE
    low = rng.uniform(300, 2500)
    for number, beat in enumerate(beats):
        pitch = low * (1.5 if number % per_bar == 0 else 1.0)
        click = np.sin(2 * np.pi * pitch * t) * np.exp(-t / rng.uniform(0.004, 0.02))
        start = round(beat * RATE)
        samples[start : start + len(t)] += click[: len(samples) - start]
    is_downbeat = np.arange(len(beats)) % per_bar == 0
    return Tune(at_stage_level(samples), beats, is_downbeat, per_bar > 1)


@dataclass(frozen=True)
class BeatBatch:
    """B segments of n frames."""

    frames: Array  # float32 (B, n + BEAT_REACH, bands), log-mel as the network hears it
    targets: Array  # float32 (B, n, 2): beat, downbeat
    weights: Array  # float32 (B, n, 2); 0 where the truth is not known


class BeatSegments:
    """Draws varied segments; half from the recordings, half from the band."""

    def __init__(
        self, recordings: list[Tune], band_tunes: list[Tune], mel: spec.MelSpec, recorded: float
    ) -> None:
        self.recordings, self.band_tunes, self.mel = recordings, band_tunes, mel
        self.recorded = recorded if recordings else 0.0

    def batch(self, rng: np.random.Generator, size: int, seconds: float) -> BeatBatch:
        segments = [self.segment(rng, seconds) for _ in range(size)]
        frames, targets, weights = (np.stack(part) for part in zip(*segments, strict=True))
        return BeatBatch(frames, targets, weights)

    def segment(self, rng: np.random.Generator, seconds: float) -> tuple[Array, Array, Array]:
        """One varied segment, as in `BeatBatch` without B."""
        samples, beats, downbeats, is_sure = self.stretch(rng, seconds)
        if rng.random() < 0.25:
            cut = rng.uniform(0.3, 0.7) * seconds
            after = self.stretch(rng, seconds - cut)
            samples = np.concatenate([samples[: round(cut * RATE)], after[0]])
            samples = samples[: round(seconds * RATE)]
            beats = np.concatenate([beats[beats < cut], after[1] + cut])
            downbeats = np.concatenate([downbeats[downbeats < cut], after[2] + cut])
            is_sure = is_sure and after[3]
        samples, quiet = vary(samples, rng)
        n = round(seconds * spec.BEAT_HZ)
        targets = np.stack([marks(beats, n), marks(downbeats, n)], 1)
        weights = np.ones((n, 2), np.float32)
        weights[:, 1] = is_sure
        # In a break the network may do as it likes: nobody can hear a beat there.
        for begin, end in quiet:
            weights[round(begin * spec.BEAT_HZ) : round(end * spec.BEAT_HZ)] *= 0.3
            silent = slice(round((begin + 0.1) * spec.BEAT_HZ), round(end * spec.BEAT_HZ))
            targets[silent] = 0
        return LogMelFrames(self.mel).feed(samples), targets, weights

    def stretch(self, rng: np.random.Generator, seconds: float) -> tuple[Array, Array, Array, bool]:
        """Samples, beats, downbeats of one tune, played faster or slower, wandering a little."""
        tunes = self.recordings if rng.random() < self.recorded else self.band_tunes
        tune = tunes[int(rng.integers(len(tunes)))]
        speed = float(np.exp(rng.uniform(np.log(0.8), np.log(1.25))))
        n = round(seconds * RATE)
        t = np.arange(n) / RATE
        swing = rng.uniform(0, 0.012) * (rng.random() < 0.4)
        turns = rng.uniform(2, 8)
        wander = swing * turns / (2 * np.pi) * np.sin(2 * np.pi * t / turns + rng.uniform(0, 6))
        start = rng.uniform(0, max(0.01, tune.seconds - seconds * speed * 1.02))
        there = start + speed * (t + wander)  # s of the tune
        samples = np.interp(
            there * RATE, np.arange(len(tune.samples)), tune.samples, right=0.0
        ).astype(np.float32)
        inside = (tune.beats > there[0]) & (tune.beats < there[-1])
        beats = np.interp(tune.beats[inside], there, t)
        return samples, beats, beats[tune.is_downbeat[inside]], tune.is_bar_known


def marks(times: Array, n: int) -> Array:
    """1 in the frame that ends BEAT_DELAY_S after each time, a half in its neighbours; (n,)."""
    row = np.zeros(n, np.float32)
    at = np.round((times + spec.BEAT_DELAY_S) * spec.BEAT_HZ).astype(int) - 1
    for offset, value in ((-1, 0.5), (1, 0.5), (0, 1.0)):
        hit = at + offset
        row[hit[(hit >= 0) & (hit < n)]] = value
    return row


def vary(samples: Array, rng: np.random.Generator) -> tuple[Array, list[tuple[float, float]]]:
    """The sound as a microphone might hear it, and where it was made silent (from, to) in s."""
    changes: list[tuple[float, Callable[[Array, np.random.Generator], Array]]] = [
        (0.5, _through_a_room), (0.7, _equalised), (0.3, _squeezed), (0.5, _with_noise),
    ]  # fmt: skip
    quiet: list[tuple[float, float]] = []
    seconds = len(samples) / RATE
    if rng.random() < 0.2:
        begin = rng.uniform(0, seconds - 1)
        quiet = [(begin, min(seconds, begin + rng.uniform(0.5, 5.0)))]
        samples = samples.copy()
        samples[round(begin * RATE) : round(quiet[0][1] * RATE)] *= 0.001
    for share, change in changes:
        if rng.random() < share:
            samples = change(samples, rng)
    gain = 10 ** (rng.uniform(-8, 6) / 20)
    return np.clip(samples * gain, -1, 1).astype(np.float32), quiet


def _filtered(samples: Array, rng: np.random.Generator, edges_db: float) -> Array:
    """Through a random smooth curve of +-`edges_db`."""
    hz = np.fft.rfftfreq(512, 1 / RATE)
    octaves = np.log2(np.maximum(hz, 20) / 20)
    curve = np.interp(octaves, np.linspace(0, 8.7, 6), rng.uniform(-edges_db, edges_db, 6))
    taps = np.roll(np.fft.irfft(10 ** (curve / 20)), 256) * np.hanning(512)
    filtered = oaconvolve(samples, taps.astype(np.float32))
    return filtered[256 : 256 + len(samples)].astype(np.float32)  # without the filter's delay


def _equalised(samples: Array, rng: np.random.Generator) -> Array:
    return _filtered(samples, rng, float(rng.uniform(3, 14)))


def _through_a_room(samples: Array, rng: np.random.Generator) -> Array:
    n = round(rng.uniform(0.15, 0.9) * RATE)
    t = np.arange(n) / RATE
    echo = (rng.standard_normal(n) * np.exp(-t / rng.uniform(0.04, 0.25))).astype(np.float32)
    echo *= np.float32(rng.uniform(0.1, 1.0) / np.sqrt(np.square(echo).sum()))
    echo[0] += 1.0
    return oaconvolve(samples, echo)[: len(samples)].astype(np.float32)


def _squeezed(samples: Array, rng: np.random.Generator) -> Array:
    """Overdriven, as a small speaker or a hot input is."""
    drive = rng.uniform(1.5, 6.0)
    return (np.tanh(samples * drive) / np.tanh(drive) * rng.uniform(0.5, 1.0)).astype(np.float32)


def _with_noise(samples: Array, rng: np.random.Generator) -> Array:
    noise = _filtered(rng.standard_normal(len(samples), dtype=np.float32), rng, 20.0)
    level = float(np.sqrt(np.mean(np.square(samples)))) + 1e-4
    noise *= level * 10 ** (rng.uniform(-35, -3) / 20) / float(np.sqrt(np.mean(noise**2)))
    return samples + noise
