"""Kinds of music, told apart by how the band's songs swing with the beat that is followed in them.

A logistic regression on `models.beat.groove.Swinging`.
"""

import numpy as np
from tqdm import tqdm

from models import spec
from models.beat.groove import Swinging
from models.types import Array
from train.beats import data
from train.beats.config import GROOVES
from train.songs import beat_as_heard

SECONDS = 40.0  # of a song
FROM_S, EVERY_S = 8.0, 3.0  # of each it is listened to
TAKES = 2  # of a song, each as another microphone hears it
SHRINK = 1.0  # inverse strength of the penalty on the weights
LEAST_SPREAD = 1e-3
DIGITS = 4
Weights = dict[str, tuple[float, ...]]


def fit_grooves(n_songs: int) -> tuple[Weights, float]:
    """The weights of each kind, and the share of other songs' moments that they call rightly.

    Raises BundleError or EngineError without an ear.
    """
    from sklearn.linear_model import LogisticRegression

    known, names = _heard(range(150_000, 150_000 + n_songs))
    mean, deviation = known.mean(0), known.std(0) + LEAST_SPREAD
    model = LogisticRegression(C=SHRINK, max_iter=3000).fit((known - mean) / deviation, names)
    weights = model.coef_ / deviation
    rows = np.column_stack([weights, model.intercept_ - weights @ mean]).round(DIGITS)
    others, told = _heard(range(190_000, 190_000 + n_songs // 5))
    called = model.classes_[(others @ rows[:, :-1].T + rows[:, -1]).argmax(1)]
    grooves = {
        str(name): tuple(row.tolist()) for name, row in zip(model.classes_, rows, strict=True)
    }
    return grooves, float((called == told).mean())


def _heard(seeds: range) -> tuple[Array, Array]:
    """Features of moments of the band's songs (n, F), and what each is of (n,)."""
    features: list[Array] = []
    names: list[str] = []
    for seed in tqdm(seeds, desc="kinds of music", dynamic_ncols=True, disable=None):
        rng = np.random.default_rng([seed, 13])
        tune = data.of_band(seed, SECONDS)
        if tune.groove not in GROOVES:
            continue
        for _ in range(TAKES):
            samples, _ = data.vary(tune.samples, rng)
            found = moments(samples)
            features += found
            names += [tune.groove] * len(found)
    return np.stack(features), np.array(names)


def moments(samples: Array) -> list[Array]:
    """What `Swinging` says of one song now and then, by the beat that is followed in it."""
    swinging, found, due = Swinging(), list[Array](), FROM_S
    for index, grid in enumerate(beat_as_heard.hear(samples).grids):
        end = (index + 1) * spec.CHUNK_SECONDS
        swinging.feed(samples[index * spec.CHUNK_SAMPLES :][: spec.CHUNK_SAMPLES], end, grid)
        if end >= due and grid is not None and swinging.heard_s > FROM_S / 2:
            found.append(swinging.features())
            due = end + EVERY_S
    return found
