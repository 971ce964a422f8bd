"""BRISQUE (Mittal, Moorthy and Bovik, 2012): how unnatural a picture is, without a reference.

A picture uint8 (H, W, 3) in, one number out, about 0 to 100, lower is better. The features are
statistics of the locally normalised brightness at two scales; the support vector machine above
them is the one its authors published, learned on the LIVE pictures (brisque_live.npz).
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.ndimage import correlate1d
from scipy.special import gammaln

from models.types import Array

MODEL = Path(__file__).with_name("brisque_live.npz")
LEAST_SIDE = 16  # px; below, the half-size picture holds too little to count
_LUMA = np.array([0.299, 0.587, 0.114])
_SHIFTS = ((0, 1), (1, 0), (1, 1), (-1, 1))  # rows and columns to the neighbour
_SHAPES = np.arange(200, 10001) / 1000  # the exponents tried in a fit
# Flat parts differ from their mean by rounding alone, and the fits count signs: without this
# floor a score depends on the machine (by up to 5 if flat, by 0.3 for pictures of people).
_NOTHING = 1e-6


class NotMeasurable(ValueError):
    """A picture that BRISQUE says nothing about, in one sentence."""


class Model(NamedTuple):
    """An RBF support vector regression over 36 features that are first scaled to -1..1."""

    support_vectors: Array  # (N, 36)
    weights: Array  # (N,)
    gamma: float
    rho: float
    lowest: Array  # (36,)
    highest: Array  # (36,)

    def score(self, features: Array) -> float:
        scaled = 2 * (features - self.lowest) / (self.highest - self.lowest) - 1
        distance = ((self.support_vectors - scaled) ** 2).sum(1)
        return float(self.weights @ np.exp(-self.gamma * distance) - self.rho)


@cache
def _model() -> Model:
    with np.load(MODEL, allow_pickle=False) as file:
        fields = {name: file[name].astype(np.float64) for name in Model._fields}
    gamma, rho = float(fields.pop("gamma")), float(fields.pop("rho"))
    return Model(gamma=gamma, rho=rho, **fields)


def _taps(length: int, sigma: float) -> Array:
    taps = np.exp(-(((np.arange(length) - (length - 1) / 2) / sigma) ** 2) / 2)
    return taps / taps.sum()


def _cubic_taps() -> Array:
    """Keys' cubic (a = -0.5), twice as wide as usual, at the 8 pixels around the middle of two."""
    x = np.abs(np.arange(-3.5, 4)) / 2
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    taps = np.where(x <= 1, near, far)
    return taps / taps.sum()


_WINDOW = _taps(7, 7 / 6)
_HALVING = _cubic_taps()


def _both_ways(picture: Array, taps: Array, mode: str) -> Array:
    origin = -1 if len(taps) % 2 == 0 else 0  # an even window reaches one further to the right
    rows = correlate1d(picture, taps, 0, mode=mode, origin=origin)
    return correlate1d(rows, taps, 1, mode=mode, origin=origin)


def normalised(brightness: Array) -> Array:
    """Brightness (0..255) less its local mean, over its local deviation and one."""
    mean = _both_ways(brightness, _WINDOW, "constant")
    variance = _both_ways(brightness**2, _WINDOW, "constant") - mean**2
    field = (brightness - mean) / (np.sqrt(np.abs(variance)) + 1)
    field[np.abs(field) < _NOTHING] = 0
    return field


@cache
def _spreads() -> Array:
    """E|x|^2 / E x^2 of a generalised Gaussian, for each of the shapes; rises with the shape."""
    one, two, three = (gammaln(n / _SHAPES) for n in (1, 2, 3))
    return np.exp(2 * two - one - three)


def _shape(spread: float) -> float:
    return float(_SHAPES[np.abs(_spreads() - spread).argmin()])


def _symmetric(values: Array) -> list[float]:
    """Shape and variance of a generalised Gaussian."""
    size, variance = np.abs(values).mean(), (values**2).mean()
    # The release looks for the nearest of the inverse, which is finer where tails are heavy.
    inverse = variance / size**2
    return [float(_SHAPES[np.abs(1 / _spreads() - inverse).argmin()]), float(variance)]


def _lopsided(values: Array) -> list[float]:
    """Shape, mean and the variances left and right of an asymmetric generalised Gaussian."""
    left = float(np.sqrt((values[values < 0] ** 2).mean()))
    right = float(np.sqrt((values[values > 0] ** 2).mean()))
    lean = left / right
    spread = np.abs(values).mean() ** 2 / (values**2).mean()
    shape = _shape(spread * (lean**3 + 1) * (lean + 1) / (lean**2 + 1) ** 2)
    one, two, three = (gammaln(n / shape) for n in (1, 2, 3))
    mean = (right - left) * float(np.exp(two - (one + three) / 2))
    return [shape, mean, left**2, right**2]


def features(picture: Array) -> Array:
    """The 36 features of a picture uint8 (H, W, 3). Raises NotMeasurable."""
    if min(picture.shape[:2]) < LEAST_SIDE:
        raise NotMeasurable(f"BRISQUE needs pictures of at least {LEAST_SIDE} pixels a side.")
    brightness = (picture @ _LUMA).round()
    found: list[float] = []
    for _ in range(2):
        field = normalised(brightness)
        neighbours = [field * np.roll(field, shift, (0, 1)) for shift in _SHIFTS]
        if not all((products < 0).any() and (products > 0).any() for products in neighbours):
            raise NotMeasurable("BRISQUE says nothing about a picture without contrast.")
        found += _symmetric(field)
        for products in neighbours:
            found += _lopsided(products)
        brightness = _both_ways(brightness, _HALVING, "reflect")[::2, ::2]
    return np.array(found)


def brisque(picture: Array) -> float:
    """How unnatural a picture uint8 (H, W, 3) looks: about 0 (clean) to 100 (ruined).

    Raises NotMeasurable for pictures without contrast or of a few pixels.
    """
    return _model().score(features(picture))
