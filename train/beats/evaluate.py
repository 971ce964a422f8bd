"""Beats as the network hears them against the true ones: F-measure, lag and octave jumps."""

from collections.abc import Callable
from typing import Any

import numpy as np

from models import spec
from models.types import Array
from train.songs import beat_as_heard

LIBROSA_RATE, LIBROSA_HOP = 22_050, 256
SKIP_S = 6.0
WINDOW_S = 0.07
LIBROSA_LAG_S = 0.033  # how late it marks the beats of the band's songs, median of twelve
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


def evaluate_song(samples: Array) -> dict[str, Any]:
    """One song: the follower and aubio against the offline tracker."""
    truth = offline_beats(samples)
    heard = beat_as_heard.hear(samples)
    predicted, levels = heard.given_beats(), heard.tempos()
    row: dict[str, Any] = {
        "seconds": round(len(samples) / spec.SAMPLE_RATE, 1),
        "true_bpm": round(60 / float(np.median(np.diff(truth))), 1),
        "told_bpm": round(float(np.median(levels)), 1) if len(levels) else None,
        "octave_jumps": octave_jumps(levels),
        "known_share": round(heard.known_share(), 3),
    }
    row |= {
        "follower": measure_beats(predicted, truth),
        "aubio": measure_beats(beat_as_heard.aubio_beats(samples), truth),
    }
    return row


def octave_jumps(bpms: Array) -> int:
    """How often the predicted tempo went to another metrical level."""
    if len(bpms) < 2:
        return 0
    steps = np.abs(np.diff(np.log2(bpms)))
    return int((steps > 0.4).sum())
