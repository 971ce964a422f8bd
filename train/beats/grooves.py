"""The kinds of music, told from what the trained beat network feels: a linear readout, fitted.

The network itself is not touched, so that beats are heard as well as without it.
"""

import numpy as np
import torch

from models.nets.beat import BeatNetwork
from models.types import Array
from train.beats.config import BeatTraining
from train.beats.data import BeatSegments

SHRINK = 0.03  # inverse strength of the penalty on the weights
UNHEARD_BATCHES = 4


def fit_grooves(
    network: BeatNetwork, segments: BeatSegments, unheard: BeatSegments, settings: BeatTraining
) -> float:
    """Set `network.groove`; the share of unheard segments that is then called rightly.

    Segments are drawn from a seed of their own: the same network gives the same readout. NaN where
    only one kind was played: then nothing is told.
    """
    from sklearn.linear_model import LogisticRegression

    assert network.groove is not None
    rng = np.random.default_rng(5)
    felt, kinds = _felt(network, segments, rng, settings.groove_batches, settings)
    if len(np.unique(kinds)) < 2:
        return float("nan")
    mean, deviation = felt.mean(0), felt.std(0) + 1e-3
    fitted = LogisticRegression(C=SHRINK, max_iter=1000).fit((felt - mean) / deviation, kinds)
    weight = np.zeros(network.groove.weight.shape)
    bias = np.full(len(weight), -20.0)  # a kind that was never played is never heard
    places = fitted.classes_ if len(fitted.classes_) > 2 else fitted.classes_[1:]
    weight[places] = fitted.coef_ / deviation
    bias[places] = fitted.intercept_ - weight[places] @ mean
    if len(places) < len(fitted.classes_):  # two kinds: one row, against the other
        bias[fitted.classes_[0]] = 0.0
    with torch.no_grad():
        network.groove.weight.copy_(torch.from_numpy(weight))
        network.groove.bias.copy_(torch.from_numpy(bias))
    felt, kinds = _felt(network, unheard, rng, UNHEARD_BATCHES, settings)
    return float(((felt @ weight.T + bias).argmax(1) == kinds).mean())


def _felt(
    network: BeatNetwork, segments: BeatSegments, rng: np.random.Generator, n_batches: int,
    settings: BeatTraining,
) -> tuple[Array, Array]:  # fmt: skip
    """What is felt of segments whose kind is known, (n, 2 width), and the kinds, (n,)."""
    felt: list[Array] = []
    kinds: list[Array] = []
    for _ in range(n_batches):
        batch = segments.batch(rng, settings.batch, settings.segment_seconds)
        frames = torch.from_numpy(batch.frames)
        with torch.no_grad():
            heard = network.hear(frames, network.start(len(frames)))
        known = batch.grooves >= 0
        felt.append(heard.felt.numpy()[known].astype(np.float64))
        kinds.append(batch.grooves[known])
    return np.concatenate(felt), np.concatenate(kinds)
