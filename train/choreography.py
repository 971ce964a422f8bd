"""A synthetic choreography on the project's own music: prepared songs without any data.

A seeded dancer dances phrases of steps and arms to the band's sections: the same routine whenever a
section returns, bigger where the music is fuller, at rest where it is silent.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from models import band, spec
from train import arms
from train.data import POSE_HZ, Song, at_stage_level
from train.hearing import heard_beats
from train.puppet import LEFT, RIGHT, Sheet, joints_3d
from train.steps import MOVES, Dancer

Array = NDArray[Any]

_BAND_RATE = 32_000
_PHRASE = {4: 8, 3: 6}  # counts
_FAST_BPM = 145.0  # above it a dancer in four takes two beats for one count
LICENCE = "CC0-1.0"
PROVENANCE = "composed, played and danced by this project's own code"


@dataclass(frozen=True)
class _Phrase:
    """A few counts of a routine."""

    move: str
    lead: int
    arms: tuple[str, ...]  # one pattern, or two of half the length
    heading: float
    answers: bool  # the figure is danced to either side in turn


def make_song(
    seed: int, seconds: float = 60.0, style: str | None = None, bpm: float | None = None
) -> Song:
    """Music of the band and a dance on it, as `train.prepare` would have written it."""
    rng = np.random.default_rng([seed, 11])
    if style is None:
        style = band.STYLES[int(rng.integers(len(band.STYLES)))]
    if bpm is None and rng.random() < 0.3:
        bpm = float(rng.integers(72, 166))  # tempos that are unusual for the style
    music = band.make_song(seed, style, bpm, seconds, _BAND_RATE)
    audio = soxr.resample(music.mono, _BAND_RATE, spec.SAMPLE_RATE)
    audio = at_stage_level(audio)
    times = np.arange(int(seconds * POSE_HZ)) / POSE_HZ
    count = (times - music.beat_times[0]) * music.bpm / 60
    poses = dance(music, times, seed)
    is_known = (count >= 0) & (count < len(music.beat_times))
    return Song(
        name=f"free_{seed:04d}_{music.style}_{music.bpm:.0f}",
        style="free-three" if music.beats_per_bar == 3 else "free-four",
        split="train",
        beats_per_bar=music.beats_per_bar,
        audio=audio,
        poses=poses,
        real=poses,
        beats=np.where(is_known, count, np.nan).astype(np.float32),
        heard=heard_beats(audio, POSE_HZ),
        licence=LICENCE,
        provenance=PROVENANCE,
    )


def make_songs(n: int, seconds: float = 60.0, seed: int = 0) -> list[Song]:
    """Many songs, every third in three; of every ten the last two are for val and test."""
    songs = []
    for k in range(n):
        style = "waltz" if k % 3 == 2 else [s for s in band.STYLES if s != "waltz"][k % 5]
        song = make_song(seed * 100_000 + k, seconds, style)
        split = {8: "val", 9: "test"}.get(k % 10, "train")
        songs.append(Song(**{**vars(song), "split": split}))
    return songs


def dance(music: band.Song, times: Array, seed: int) -> Array:
    """Poses float32 (N, 18, 2) of one dancer on one song at these times (s, evenly spaced)."""
    rng = np.random.default_rng([seed, 23])
    counts_a_beat = 0.5 if music.bpm > _FAST_BPM and music.beats_per_bar == 4 else 1.0
    counts_a_second = music.bpm / 60 * counts_a_beat
    width = float(rng.uniform(0.12, 0.17))
    dancer = Dancer(
        Sheet(width),
        rng,
        width,
        stride=float(rng.uniform(0.36, 0.48)),
        take=float(min(0.92, max(0.6, 0.42 * counts_a_second))),
    )
    _write(dancer, music, counts_a_beat)
    counts = (times - music.beat_times[0]) * counts_a_second
    joints = joints_3d(dancer.sheet, counts, float(1 / (times[1] - times[0])), rng)
    return joints[..., :2].astype(np.float32)


def _write(dancer: Dancer, music: band.Song, counts_a_beat: float) -> None:
    """Choose and write the whole dance into the dancer's sheet."""
    rng, in_three = dancer.rng, music.beats_per_bar == 3
    person = float(rng.uniform(0.85, 1.12))
    # Long strides and fast music do not go together.
    haste = float(np.clip((115 / (music.bpm * counts_a_beat)) ** 0.6, 0.7, 1.2))
    routines: dict[str, list[_Phrase]] = {}
    for section in music.sections:
        first = section.first_bar * music.beats_per_bar * counts_a_beat
        n = section.n_bars * music.beats_per_bar * counts_a_beat
        dancer.size = person * haste * (0.55 + 0.5 * section.energy)
        if section.name == "ending":
            _finish(dancer, first, "waltz_sway" if in_three else "slow_sway")
            continue
        if section.name not in routines:
            routines[section.name] = _routine(rng, section.energy, in_three)
        b, k = first, 0
        while b < first + n - 0.5:
            phrase = routines[section.name][k % len(routines[section.name])]
            length = min(_PHRASE[music.beats_per_bar], first + n - b)
            _dance_phrase(dancer, phrase, b, length, in_three)
            b, k = b + length, k + 1


def _routine(rng: np.random.Generator, energy: float, in_three: bool) -> list[_Phrase]:
    """Four phrases, the third like the first but to the other side."""
    moves = {m.name: m.liveliness for m in MOVES.values() if m.in_three == in_three}
    moves.pop("breath", None)
    patterns = {k: live for k, (_, three, live) in arms.PATTERNS.items() if three == in_three}
    gestures = _pick(rng, patterns, energy, 4)
    phrases = []
    for k, name in enumerate(_pick(rng, moves, energy, 3)):
        heading = float(rng.choice([0, 0, 0, 0.3, -0.3, 0.5, -0.5]))
        lead = int(rng.choice([LEFT, RIGHT]))
        shown = (gestures[k],) if rng.random() < 0.6 else (gestures[k], gestures[k + 1])
        phrases.append(_Phrase(name, lead, shown, heading, bool(rng.random() < 0.8)))
    one = phrases[0]
    again = _Phrase(one.move, -one.lead, phrases[1].arms, -one.heading, one.answers)
    return [*phrases[:2], again, phrases[2]]


def _pick(rng: np.random.Generator, choices: dict[str, float], energy: float, n: int) -> list[str]:
    """Different names, likelier the closer they come to the energy of the music."""
    live = np.array(list(choices.values()))
    likely = np.exp(-(((live - 0.9 * energy) / 0.22) ** 2)) + 0.02
    return [str(x) for x in rng.choice(list(choices), n, False, likely / likely.sum())]


def _dance_phrase(d: Dancer, phrase: _Phrase, b: float, n: float, in_three: bool) -> None:
    """One phrase of n counts: a figure as often as it fits, and arms over it."""
    usual = d.size
    d.face(b, phrase.heading)
    d.x = float(np.clip(0.7 * d.x + d.rng.normal(0, 0.1), -0.2, 0.2))
    move = MOVES[phrase.move]
    at, lead = 0.0, phrase.lead
    while n - at >= move.beats:
        d.size = usual * float(d.rng.uniform(0.88, 1.12))  # never twice the same
        d.play(move.name, b + at, lead)
        lead = -lead if phrase.answers else lead
        at += move.beats
    while n - at >= 3 and in_three:
        d.play("breath", b + at, lead)
        at += 3
    while n - at >= 2 and not in_three:
        d.play("sway", b + at, lead)
        at += 2
    shown = phrase.arms if n % len(phrase.arms) == 0 else phrase.arms[:1]
    for k, gesture in enumerate(shown):
        each = n / len(shown)
        arms.play(d, gesture, b + k * each, int(each), phrase.lead)
    d.size = usual


def _finish(d: Dancer, b: float, rest: str) -> None:
    """A last picture on the last chord, then the arms come down and the dancer waits."""
    s = int(d.rng.choice([LEFT, RIGHT]))
    d.face(b, 0.0)
    d.size = 1.0
    d.play("pose", b, s)
    picture = str(d.rng.choice(["vee", "side", "point_up", "crown", "hip"]))
    for side, posture in ((s, picture), (-s, str(d.rng.choice(["hip", "low_side", picture])))):
        arms.take(d, side, b, posture)
        arms.take(d, side, b + 2, posture, 1.04)
    d.size = 0.6
    for k in range(4):
        d.play(rest, b + 4 + k * MOVES[rest].beats, s)
    arms.play(d, "hang", b + 6, 16, s)
