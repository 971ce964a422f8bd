"""Songs of the built-in band, danced by rules: what the dance `free` is learned from."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from models import spec
from models.band import songs as band
from models.types import Array
from train.songs.beat_as_heard import detected_beats
from train.songs.song import POSE_HZ, Song, at_stage_level, load_songs
from train.synthetic import arm_patterns
from train.synthetic.moves import MOVES, Dancer
from train.synthetic.puppet import LEFT, RIGHT, Sheet, joints_3d

MANY, FEW = (150, 60.0), (10, 34.0)  # songs, and seconds of each
_BAND_RATE = 32_000
_STOPS = 0.3  # share of the long songs with a silence in the middle
_SHORTEST_WITH_STOP_S = 45.0
_SEAM_S = 1.6
_PHRASE = {4: 8, 3: 12}  # counts
LICENCE = "CC0-1.0"
COMPLETE = "complete"
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
    """Music of the band and a dance on it, as `train.prepare` would have written it.

    Some long songs stop in the middle: silence, the dancer waits, and other music begins.
    """
    rng = np.random.default_rng([seed, 11])
    if style is None:
        style = band.STYLES[int(rng.integers(len(band.STYLES)))]
    if bpm is None and rng.random() < 0.3:
        bpm = float(rng.integers(72, 166))  # tempos that are unusual for the style
    if seconds < _SHORTEST_WITH_STOP_S or rng.random() > _STOPS:
        audio, poses, beats = _perform(seed, style, bpm, seconds, 0.0)
    else:
        stop = round(seconds * float(rng.uniform(0.35, 0.55)), 1)
        pause = round(float(rng.uniform(2.5, 5.0)), 1)
        first = _perform(seed, style, bpm, stop, pause)
        second = _perform(seed + 500_000, style, None, seconds - stop - pause, 0.0)
        audio, poses, beats = _joined(first, second, 3 if style == "waltz" else 4)
    n_before = round(_SEAM_S * POSE_HZ)
    poses, beats = poses[n_before:], beats[n_before:]
    return Song(
        name=f"free_{seed:06d}_{style}",
        style="free-three" if style == "waltz" else "free-four",
        split="train",
        beats_per_bar=3 if style == "waltz" else 4,
        audio=audio,
        poses=poses,
        real=poses,
        beats=beats,
        heard=detected_beats(audio, POSE_HZ),
        licence=LICENCE,
        provenance=PROVENANCE,
    )


def _perform(
    seed: int, style: str, bpm: float | None, seconds: float, pause: float
) -> tuple[Array, Array, Array]:
    """Sound, poses and beat count of a song and of the silence after it.

    The poses begin `_SEAM_S` before the music, so that something can be joined on.
    """
    music = band.make_song(seed, style, bpm, seconds, _BAND_RATE)
    audio = at_stage_level(soxr.resample(music.mono, _BAND_RATE, spec.SAMPLE_RATE))
    audio = np.concatenate([audio, np.zeros(round(pause * spec.SAMPLE_RATE), np.float32)])
    n_before = round(_SEAM_S * POSE_HZ)
    times = np.arange(-n_before, round((seconds + pause) * POSE_HZ)) / POSE_HZ
    count = (times - music.beat_times[0]) * music.bpm / 60
    beats = np.where((count >= 0) & (count < len(music.beat_times)), count, np.nan)
    return audio, dance(music, times, seed), beats.astype(np.float32)


def _joined(
    first: tuple[Array, Array, Array], second: tuple[Array, Array, Array], beats_per_bar: int
) -> tuple[Array, Array, Array]:
    """One after the other; the dancer goes from one stand to the other at the end of the pause."""
    n_seam = round(_SEAM_S * POSE_HZ)
    share = (0.5 - 0.5 * np.cos(np.pi * np.arange(n_seam) / n_seam))[:, None, None]
    seam = first[1][-n_seam:] * (1 - share) + second[1][:n_seam] * share
    poses = np.concatenate([first[1][:-n_seam], seam, second[1][n_seam:]]).astype(np.float32)
    n_bars = np.ceil(np.nanmax(first[2]) / beats_per_bar)
    beats = np.concatenate([first[2], second[2][n_seam:] + n_bars * beats_per_bar])
    return np.concatenate([first[0], second[0]]), poses, beats


def make_songs(n: int, seconds: float = 60.0, seed: int = 0) -> list[Song]:
    """Many songs, every third in three; of every ten the last two are for val and test."""
    songs = []
    for k in range(n):
        style = "waltz" if k % 3 == 2 else [s for s in band.STYLES if s != "waltz"][k % 5]
        song = make_song(seed * 100_000 + k, seconds, style)
        split = {8: "val", 9: "test"}.get(k % 10, "train")
        songs.append(replace(song, split=split))
    return songs


def dance(music: band.Song, times: Array, seed: int) -> Array:
    """Poses float32 (N, 18, 2) of one dancer on one song at these times (s, evenly spaced)."""
    rng = np.random.default_rng([seed, 23])
    counts_a_beat = 1 / music.beats_per_dance_beat
    counts_a_second = music.bpm / 60 * counts_a_beat
    in_three = music.beats_per_bar == 3
    width = float(rng.uniform(0.12, 0.17))
    dancer = Dancer(
        Sheet(width),
        rng,
        width,
        stride=float(rng.uniform(0.36, 0.48)),
        take=0.95 if in_three else float(rng.uniform(0.75, 0.92)),
    )
    _write(dancer, music, counts_a_beat)
    counts = (times - music.beat_times[0]) * counts_a_second
    sharpness = float(rng.uniform(0.0, 0.1) if in_three else rng.uniform(0.1, 0.3))
    hz = float(1 / (times[1] - times[0]))
    joints = joints_3d(dancer.sheet, counts, hz, rng, sharpness)
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
        dancer.size = person * haste * (0.62 + 0.5 * section.energy)
        if section.name == "ending":
            _finish(dancer, first)
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
    for name in ("breath", "wait"):
        moves.pop(name, None)
    patterns = {
        k: live for k, (_, three, live) in arm_patterns.PATTERNS.items() if three == in_three
    }
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
    whole = 6 if in_three else 4
    shown = phrase.arms if n >= whole * len(phrase.arms) else phrase.arms[:1]
    if n < whole:
        shown = ("sway_low" if in_three else "hang",)
    for k, gesture in enumerate(shown):
        each = n / len(shown)
        arm_patterns.play(d, gesture, b + k * each, int(each), phrase.lead)
    d.size = usual


def _finish(d: Dancer, b: float) -> None:
    """A last picture on the last chord, then the arms come down and the dancer waits."""
    s = int(d.rng.choice([LEFT, RIGHT]))
    d.face(b, 0.0)
    d.size = 1.0
    d.play("pose", b, s)
    picture = str(d.rng.choice(["vee", "side", "point_up", "crown", "hip"]))
    for side, posture in ((s, picture), (-s, str(d.rng.choice(["hip", "low_side", picture])))):
        arm_patterns.take(d, side, b, posture)
        arm_patterns.take(d, side, b + 2, posture, 1.04)
    d.play("wait", b + 4, s)
    for side in (LEFT, RIGHT):
        arm_patterns.take(d, side, b + 3, picture if side == s else "low_side", 0.9)
        arm_patterns.take(d, side, b + 6, "easy")


def own_songs(folder: Path, few: bool = False, seed: int = 0) -> list[Song]:
    """Songs of one's own, made once into `folder` and read from there afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / COMPLETE).exists():
        for song in make_songs(*(FEW if few else MANY), seed):
            song.save(folder)
        (folder / COMPLETE).touch()
    return load_songs(folder)
