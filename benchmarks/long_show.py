"""A long evening on the pure parts, faster than real time: does the dancer stay alive and bounded?

`python -m benchmarks.long_show [--minutes M] [--dance NAME] [--out FILE.json]`: songs of the band
back to back at 60 to 180 BPM and any level, silence, speech and applause go through level, beat
follower, dancer and tween as in a show.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from live.core.messages import AudioChunk
from live.core.settings import Settings
from live.core.stats import resident_mb
from live.dance.performer import Performer, open_performer
from live.dance.tween import Tween
from models import skeleton
from models.arguments import number
from models.band import score, songs
from models.spec import CHUNK_SAMPLES, CHUNK_SECONDS, SAMPLE_RATE
from models.types import Array
from train.dance_eval import measures

FPS = 30
PART_S = 600.0  # of which each is reported
SETTLED_S = 3.0  # of a segment, before which it is not judged
MOVING = 0.05  # mean joint speed in body units a second: a tenth of a dance


@dataclass(frozen=True)
class Piece:
    """A stretch of the evening."""

    kind: str  # "song", "silence", "speech" or "applause"
    audio: Array  # float32 (n,) mono at SAMPLE_RATE


def evening(minutes: float, seed: int = 0) -> Iterator[Piece]:
    """Segments one after the other until so many minutes are over."""
    rng = np.random.default_rng(seed)
    left, number = minutes * 60, 0
    while left > 0:
        for segment in _set(rng, number):
            yield segment
            left -= len(segment.audio) / SAMPLE_RATE
        number += 1


def _set(rng: np.random.Generator, number: int) -> Iterator[Piece]:
    """Three songs back to back and what comes between sets."""
    for song in range(3):
        style = score.STYLES[(3 * number + song) % len(score.STYLES)]
        bpm, seconds = float(rng.integers(60, 181)), float(rng.uniform(60, 240))
        played = songs.make_song(int(rng.integers(1 << 30)), style, bpm, seconds, SAMPLE_RATE).mono
        yield Piece("song", _at_level(played, rng.uniform(-35, -8)))
    yield Piece("applause", _at_level(_applause(rng, rng.uniform(5, 20)), rng.uniform(-35, -20)))
    if rng.random() < 0.7:
        yield Piece("speech", _at_level(_speech(rng, rng.uniform(10, 60)), rng.uniform(-40, -20)))
    quiet = rng.normal(0, 10 ** (-65 / 20), int(rng.uniform(5, 60) * SAMPLE_RATE))
    yield Piece("silence", quiet.astype(np.float32))


def _at_level(audio: Array, dbfs: float) -> Array:
    rms = float(np.sqrt(np.mean(np.square(audio)))) + 1e-9
    return np.clip(audio * (10 ** (dbfs / 20) / rms), -1, 1).astype(np.float32)


def _applause(rng: np.random.Generator, seconds: float) -> Array:
    """Claps of many hands: short bursts of noise at random moments."""
    n = int(seconds * SAMPLE_RATE)
    claps = (rng.random(n) < 60 / SAMPLE_RATE) * rng.exponential(1.0, n)
    envelope = np.asarray(lfilter([1], [1, -np.exp(-1 / (0.008 * SAMPLE_RATE))], claps))
    return envelope * rng.normal(0, 1, n)


def _speech(rng: np.random.Generator, seconds: float) -> Array:
    """A buzz with two formants in syllables of uneven length and with pauses."""
    n = int(seconds * SAMPLE_RATE)
    loudness, at = np.zeros(n), 0
    while at < n:
        length = int(rng.uniform(0.08, 0.3) * SAMPLE_RATE)
        loudness[at : at + length] = rng.uniform(0.3, 1.0) if rng.random() < 0.8 else 0.0
        at += length
    loudness = np.asarray(lfilter([0.005], [1, -0.995], loudness))
    pitch = 120 * np.exp(0.2 * np.asarray(lfilter([1e-3], [1, -0.999], rng.normal(0, 10, n))))
    buzz = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE)) + rng.normal(0, 0.1, n)
    for hz in (600.0, 1700.0):
        turn = 2 * np.pi * hz / SAMPLE_RATE
        buzz = np.asarray(lfilter([1], [1, -1.9 * np.cos(turn), 0.9], buzz))
    return loudness * buzz


@dataclass
class Part:
    """What was seen in one stretch of PART_S."""

    step_ms: list[float] = field(default_factory=list[float])
    poses: list[Array] = field(default_factory=list[Array])  # (18, 2) while a song plays, 10 Hz
    resting: list[float] = field(default_factory=list[float])  # speed in silence

    def report(self) -> dict[str, float]:
        """Its row, with the memory in use now."""
        danced = np.array(self.poses)
        pace = measures.pace(danced)
        known = pace[pace < 5 * np.median(pace)]  # where a pause was cut out the body jumps
        return {
            "step p50 ms": round(float(np.median(self.step_ms)), 2),
            "step p99 ms": round(float(np.percentile(self.step_ms, 99)), 2),
            "rss MB": resident_mb(),
            "speed": round(float(known.mean()), 3),
            "frozen": round(measures.frozen_share(danced, float(known.mean())), 4),
            "repeat": round(measures.repeat(danced[:3000])[0], 2),
            "speed in silence": round(float(np.mean(self.resting)), 3) if self.resting else 0.0,
        }


def measure(minutes: float, dance: str, seed: int = 0) -> dict[str, object]:
    """The whole evening; one row each ten minutes of it."""
    ear, tween = open_performer(Settings(dance=dance, seed=seed)), Tween()
    # What a part has seen is counted as it ends and not kept, so that memory is the show's own.
    part, rows, wakes = Part(), list[dict[str, float]](), list[float]()
    extent = longest = 0.0
    index, began = 0, time.perf_counter()
    before = skeleton.STANDING
    for segment in evening(minutes, seed):
        woke = None
        chunks = segment.audio[: len(segment.audio) // CHUNK_SAMPLES * CHUNK_SAMPLES]
        for n, samples in enumerate(chunks.reshape(-1, CHUNK_SAMPLES)):
            if index * CHUNK_SECONDS >= PART_S * (len(rows) + 1):
                rows.append(part.report())
                part = Part()
            shown = _hear(ear, tween, index, samples, part)
            index += 1
            extent = max(extent, float(np.abs(shown).max()))
            bones = skeleton.bone_lengths(shown) / skeleton.CANONICAL_LENGTHS
            longest = max(longest, float(bones.max()))
            speed = float(np.linalg.norm(shown[-1] - before, axis=-1).mean()) / CHUNK_SECONDS
            before = shown[-1]
            if segment.kind == "song":
                if woke is None and speed > MOVING:
                    woke = n * CHUNK_SECONDS
                part.poses.append(shown[-1].copy())
            elif segment.kind == "silence" and n * CHUNK_SECONDS > SETTLED_S:
                part.resting.append(speed)
        if segment.kind == "song":
            wakes.append(segment.audio.size / SAMPLE_RATE if woke is None else woke)
    took = time.perf_counter() - began
    if len(part.poses) > 300:
        rows.append(part.report())
    return {
        "dance": dance,
        "minutes": round(index * CHUNK_SECONDS / 60, 1),
        "times faster than real time": round(index * CHUNK_SECONDS / took, 1),
        "songs": len(wakes),
        "moves after s, p50 / most": [round(float(np.median(wakes)), 2), round(max(wakes), 2)],
        "furthest joint, body units": round(extent, 2),
        "longest bone, of its length": round(longest, 3),
        "each ten minutes": rows,
    }


def _hear(ear: Performer, tween: Tween, index: int, samples: Array, part: Part) -> Array:
    """One chunk; the poses shown while it lasts, (FPS / 10, 18, 2)."""
    started = time.perf_counter()
    _, plan = ear.hear(AudioChunk(index, samples, 0.0))
    part.step_ms.append((time.perf_counter() - started) * 1e3)
    tween.add(plan)
    moments = plan.time + np.arange(1, 1 + FPS // 10) / FPS
    return np.stack([tween.at(float(moment)).joints for moment in moments])


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--minutes", type=number(0.1, 1e5), default=120.0)
    p.add_argument("--dance", default="ballroom")
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.minutes, args.dance), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
