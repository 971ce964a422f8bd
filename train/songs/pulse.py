"""The pulse of a dance that has no music: its beats, found from the dance's own accents.

Feet that come down, hands that stop, hips at their lowest and moments in which all is still are the
accents. A dancer keeps a tempo for many beats, so that in windows of WINDOW_S the accents are
compared with even beats of every tempo (Grosche and Mueller, Predominant Local Pulse, 2011), half
and double time counted in, and the smoothest path of tempi is taken. Numpy and scipy.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from models import skeleton
from models.types import Array
from train.songs.song import POSE_HZ

HZ = 100  # of the accents
WINDOW_S, HOP_S = 16.0, 0.5
SLOWEST_BPM, FASTEST_BPM = 66.0, 150.0  # what is danced a step a beat
TEMPI_AN_OCTAVE = 48
DOUBLE, HALF = 0.7, 0.35  # what accents at twice, and at half, the tempo count
USUAL_BPM, USUAL_OCTAVES = 100.0, 0.6  # before anything is seen
CHANGE = 0.6  # what a step of tempo from window to window costs
SURE = 2.05  # times what other tempi have, from which there is a pulse; noise alone has 2.0
SHORTEST_S = 6.0
RESTING = 0.02  # of a fall that is left when it is over
_FEET, _HANDS = (skeleton.R_ANKLE, skeleton.L_ANKLE), (skeleton.R_WRIST, skeleton.L_WRIST)


@dataclass(frozen=True)
class Pulse:
    """Where the beats of a dance are."""

    beats: Array  # float32 (M,) at POSE_HZ: counts beats, an integer is reached on each
    bpm: float  # median
    strength: float  # of the accents on it, over those at other tempi, median over the windows

    @property
    def is_sure(self) -> bool:
        return self.strength >= SURE


def accents(joints: Array, fps: float) -> Array:
    """How much motion ends at each moment, (n,) at HZ, even in level; joints (N, 18, 3), any unit.

    Heights are along the last axis.
    """
    times = np.arange(len(joints)) / fps
    fine = CubicSpline(times, gaussian_filter1d(joints, 0.03 * fps, axis=0))
    fine = fine(np.arange(int(times[-1] * HZ)) / HZ)
    velocity = np.gradient(fine, 1 / HZ, axis=0)
    hips = [skeleton.R_HIP, skeleton.L_HIP]
    carried = velocity[:, hips].mean(1)
    kinds = (
        (1.0, sum(_rests(np.linalg.norm(velocity[:, foot], axis=-1)) for foot in _FEET)),
        (0.7, sum(_rests(np.linalg.norm(velocity[:, hand] - carried, axis=-1)) for hand in _HANDS)),
        (0.7, _rests(fine[:, hips, 2].mean(1))),
        (0.7, _rests(np.linalg.norm(velocity, axis=-1).mean(-1))),
    )
    found = sum(share * kind / (np.std(kind) + 1e-9) for share, kind in kinds)
    found = np.asarray(found) - _smooth(np.asarray(found), 1.0)
    return found / (np.sqrt(_smooth(found**2, 3.0)) + 1e-9)


def find_pulse(
    joints: Array, fps: float, usual_bpm: float = USUAL_BPM, octaves: float = USUAL_OCTAVES
) -> Pulse | None:
    """The pulse of joints (N, 18, 3), heights along the last axis; None where it is too short.

    `usual_bpm`, give or take `octaves`, is expected, as where other dances of its kind are known.
    """
    if (len(joints) - 1) / fps < SHORTEST_S:
        return None
    strokes = accents(joints, fps)
    centres = np.arange(0, len(strokes) / HZ, HOP_S)
    n_tempi = int(np.log2(FASTEST_BPM / SLOWEST_BPM) * TEMPI_AN_OCTAVE)
    tempi = np.geomspace(SLOWEST_BPM, FASTEST_BPM, n_tempi) / 60  # beats a second
    single, double, half = (_turning(strokes, centres, share * tempi) for share in (1.0, 2.0, 0.5))
    both = np.abs(single) + DOUBLE * np.abs(double)
    usual = -0.5 * (np.log2(tempi * 60 / usual_bpm) / octaves) ** 2
    path = _smoothest(both + HALF * np.abs(half) + HALF * usual)
    rows = np.arange(len(centres))
    count = _counts(centres, tempi[path], single[rows, path], double[rows, path])
    strength = float(np.median(both[rows, path] / (np.median(both, 1) + 1e-9)))
    n_poses = int((len(joints) - 1) / fps * POSE_HZ) + 1
    beats = CubicSpline(centres, count)(np.arange(n_poses) / POSE_HZ)
    return Pulse(beats.astype(np.float32), float(np.median(tempi[path])) * 60, strength)


def _smooth(values: Array, seconds: float) -> Array:
    return gaussian_filter1d(values, seconds * HZ)


def _rests(values: Array) -> Array:
    """Where values (speeds, heights) have fallen to rest: strokes as high as the fall, (n,)."""
    values = _smooth(values, 0.03)
    strokes = np.zeros(len(values))
    turns = np.flatnonzero(np.diff(np.sign(np.diff(values)))) + 1
    for high, low in itertools.pairwise(turns):
        fall = values[high] - values[low]
        if fall > 0:
            at_rest = values[high:low] < values[low] + RESTING * fall
            strokes[high + int(at_rest.argmax()) if at_rest.any() else low] = fall
    return _smooth(strokes, 0.03)


def _turning(strokes: Array, centres: Array, rates: Array) -> Array:
    """(windows, rates): the accents of each window turned round at each rate, and added up."""
    times = np.arange(len(strokes)) / HZ
    windows = np.exp(-0.5 * ((times - centres[:, None]) / (WINDOW_S / 4)) ** 2)
    windows /= np.sqrt((windows**2).sum(1, keepdims=True))
    return (windows * strokes) @ np.exp(-2j * np.pi * np.outer(times, rates))


def _smoothest(likely: Array) -> Array:
    """The best path (windows,) through (windows, tempi) that changes little (Viterbi)."""
    n_windows, n_tempi = likely.shape
    steps = np.arange(-3, 4)
    from_tempo = np.clip(np.arange(n_tempi) - steps[:, None], 0, n_tempi - 1)
    best, came = likely[0], np.zeros((n_windows, n_tempi), int)
    for window in range(1, n_windows):
        ways = best[from_tempo] - CHANGE * np.abs(steps)[:, None]
        way = ways.argmax(0)
        came[window] = from_tempo[way, np.arange(n_tempi)]
        best = likely[window] + ways.max(0)
    path = [int(best.argmax())]
    for window in range(n_windows - 1, 0, -1):
        path.append(int(came[window, path[-1]]))
    return np.array(path[::-1])


def _counts(centres: Array, rates: Array, single: Array, double: Array) -> Array:
    """The running count of beats at the windows' centres, rising, on the accents.

    The phase that suits the accents of the tempo and of its double together, window by window.
    """
    phases = np.arange(64) / 64
    suits = np.real(single[:, None] * np.exp(2j * np.pi * phases))
    suits += DOUBLE * np.real(double[:, None] * np.exp(4j * np.pi * phases))
    # An accent at time t turns by -rate * t: there the count, rate * centre - phase, is whole.
    turned = rates * centres - phases[suits.argmax(1)]
    passed = np.concatenate([[0.0], np.cumsum((rates[1:] + rates[:-1]) / 2 * HOP_S)])
    apart = np.unwrap(2 * np.pi * (turned - passed)) / (2 * np.pi)
    return passed + apart
