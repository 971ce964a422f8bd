"""Kinds of music, told apart by how the band's songs swing with the beat that the ear hears.

A logistic regression on `models.beat.groove.Swinging`; the network itself is not touched.
"""

import numpy as np
import torch
from tqdm import tqdm

from models import spec
from models.beat.groove import Swinging
from models.log_mel import LogMelFrames
from models.nets.beat import BeatNetwork
from models.types import Array
from train.beats import data
from train.beats.config import GROOVES
from train.songs.beat_as_heard import follow

FROM_S, EVERY_S = 8.0, 3.0  # of each song it is listened to
TAKES = 2  # of a song, each as another microphone hears it
SHRINK = 1.0  # inverse strength of the penalty on the weights
LEAST_SPREAD = 1e-3
DIGITS = 4
Weights = dict[str, tuple[float, ...]]


def fit_grooves(network: BeatNetwork, n_songs: int, seconds: float = 40.0) -> tuple[Weights, float]:
    """The weights of each kind, and the share of other songs' moments that they call rightly."""
    from sklearn.linear_model import LogisticRegression

    known, names = _heard(network, range(150_000, 150_000 + n_songs), seconds)
    mean, deviation = known.mean(0), known.std(0) + LEAST_SPREAD
    model = LogisticRegression(C=SHRINK, max_iter=3000).fit((known - mean) / deviation, names)
    weights = model.coef_ / deviation
    rows = np.column_stack([weights, model.intercept_ - weights @ mean]).round(DIGITS)
    others, told = _heard(network, range(190_000, 190_000 + n_songs // 5), seconds)
    called = model.classes_[(others @ rows[:, :-1].T + rows[:, -1]).argmax(1)]
    grooves = {
        str(name): tuple(row.tolist()) for name, row in zip(model.classes_, rows, strict=True)
    }
    return grooves, float((called == told).mean())


def _heard(network: BeatNetwork, seeds: range, seconds: float) -> tuple[Array, Array]:
    """Features of moments of the band's songs (n, F), and what each is of (n,)."""
    features: list[Array] = []
    names: list[str] = []
    for seed in tqdm(seeds, desc="kinds of music", dynamic_ncols=True, disable=None):
        rng = np.random.default_rng([seed, 13])
        tune = data.of_band(seed, seconds)
        if tune.groove not in GROOVES:
            continue
        for _ in range(TAKES):
            samples, _ = data.vary(tune.samples, rng)
            found = _moments(network, samples)
            features += found
            names += [tune.groove] * len(found)
    return np.stack(features), np.array(names)


def _moments(network: BeatNetwork, samples: Array) -> list[Array]:
    """What `Swinging` says of one song now and then, by the beat that is followed in it."""
    chunks = samples[: len(samples) // spec.CHUNK_SAMPLES * spec.CHUNK_SAMPLES]
    frames = torch.from_numpy(LogMelFrames(network.sizes.mel).feed(chunks))[None]
    with torch.no_grad():
        (activations, _) = network(frames)
    grids = follow(activations[0].numpy().reshape(-1, 10, 2)).grids
    swinging, found = Swinging(), list[Array]()
    due = FROM_S
    for index, grid in enumerate(grids):
        end = (index + 1) * spec.CHUNK_SECONDS
        swinging.feed(chunks[index * spec.CHUNK_SAMPLES :][: spec.CHUNK_SAMPLES], end, grid)
        if end >= due and grid is not None and swinging.heard_s > FROM_S / 2:
            found.append(swinging.features())
            due = end + EVERY_S
    return found
