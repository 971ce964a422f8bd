"""Beats as the network hears them against the true ones: F-measure, lag and octave jumps."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from models import spec
from models.types import Array
from train.beats.peers import LIBROSA_HOP, LIBROSA_LAG_S, LIBROSA_RATE, Peer
from train.songs import beat_as_heard

SKIP_S = 6.0
WINDOW_S = 0.07
OFF_BEAT = (0.3, 0.7)  # of the beat: given here, it is between two
LEVELS: dict[str, Callable[[Array], list[Array]]] = {
    "as many": lambda beats: [beats],
    "twice": lambda beats: [subdivided(beats, 2)],
    "half": lambda beats: [beats[k::2] for k in range(2)],
    "three times": lambda beats: [subdivided(beats, 3)],
    "a third": lambda beats: [beats[k::3] for k in range(3)],
}


def subdivided(beats: Array, parts: int) -> Array:
    """Beats with evenly spaced ones between them."""
    numbers = np.arange((len(beats) - 1) * parts + 1) / parts
    return np.interp(numbers, np.arange(len(beats)), beats)


def measure_beats(predicted: Array, truth: Array, skip_s: float = SKIP_S) -> dict[str, Any]:
    """F-measure (+-70 ms) at the true level and at the best one, and the median offset there.

    `predicted` and `truth` are times in s; the first `skip_s` are left out.
    """
    import mir_eval

    predicted = predicted[predicted >= skip_s]
    best: dict[str, Any] = {"f": 0.0, "level": "as many", "f_best": -1.0}
    for level, variants in LEVELS.items():
        for reference in variants(truth):
            reference = reference[reference >= skip_s]
            if len(reference) < 2 or len(predicted) < 2:
                continue
            f = float(mir_eval.beat.f_measure(reference, predicted, WINDOW_S))
            if level == "as many":
                best["f"] = round(f, 3)
            if f > best["f_best"] + 0.02:  # a level must earn its place
                away = predicted - reference[np.abs(predicted[:, None] - reference[None]).argmin(1)]
                near = away[np.abs(away) <= WINDOW_S]
                best |= {"level": level, "f_best": round(f, 3)}
                best["offset_ms"] = round(float(np.median(near)) * 1e3, 1) if len(near) else None
    return best


def offline_beats(samples: Array) -> Array:
    """What librosa's tracker finds with the whole song (16 kHz) before it, s, without its lag."""
    import librosa
    import soxr

    resampled = soxr.resample(samples, spec.SAMPLE_RATE, LIBROSA_RATE)
    _, beats = librosa.beat.beat_track(
        y=resampled, sr=LIBROSA_RATE, units="time", hop_length=LIBROSA_HOP
    )
    return np.asarray(beats) - LIBROSA_LAG_S


def evaluate_song(samples: Array, truth: Array, peers: Mapping[str, Peer]) -> dict[str, Any]:
    """One song: the follower and its peers against the true beats (s)."""
    heard = beat_as_heard.hear(samples)
    predicted, levels = heard.given_beats(), heard.tempos()
    row: dict[str, Any] = {
        "seconds": round(len(samples) / spec.SAMPLE_RATE, 1),
        "true_bpm": round(60 / float(np.median(np.diff(truth))), 1),
        "told_bpm": round(float(np.median(levels)), 1) if len(levels) else None,
        "octave_jumps": octave_jumps(levels),
        "known_share": round(heard.known_share(), 3),
        "follower": judged(predicted, truth),
    }
    return row | {name: judged(hear(samples), truth) for name, hear in peers.items()}


def judged(predicted: Array, truth: Array) -> dict[str, Any]:
    """What `measure_beats` finds, and the longest stretch off the beat."""
    return measure_beats(predicted, truth) | {"off_beat_s": off_beat(predicted, truth)}


def off_beat(predicted: Array, truth: Array, skip_s: float = SKIP_S) -> float:
    """The longest stretch (s) in which all beats given lie between two true ones, in the middle.

    0 for beats that are given at half or twice the true level.
    """
    predicted = predicted[(predicted >= max(skip_s, truth[0])) & (predicted <= truth[-1])]
    place = np.interp(predicted, truth, np.arange(len(truth))) % 1.0
    is_off = (place > OFF_BEAT[0]) & (place < OFF_BEAT[1])
    longest, began = 0.0, None
    for at, off in zip(predicted, is_off, strict=True):
        began = (at if began is None else began) if off else None
        longest = max(longest, 0.0 if began is None else float(at) - began)
    return round(longest, 1)


def octave_jumps(bpms: Array) -> int:
    """How often the predicted tempo went to another metrical level."""
    if len(bpms) < 2:
        return 0
    steps = np.abs(np.diff(np.log2(bpms)))
    return int((steps > 0.4).sum())
