"""What a pose estimator saw in a video -> one dancer's joints, cleaned, with what was done said.

In order: the dancer is followed, sides that were exchanged are put right, spikes are cut out, the
rest is smoothed without rounding off its accents, short gaps are filled, long ones stay unknown.
"""

import itertools
import warnings
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import savgol_filter

from models import skeleton, spec
from models.pose_gaps import stands_out
from models.skeleton import (
    ARM_PAIRS,
    FACE_PAIRS,
    L_ANKLE,
    L_HIP,
    L_KNEE,
    L_SHOULDER,
    LEG_PAIRS,
    NECK,
    R_ANKLE,
    R_HIP,
    R_KNEE,
    R_SHOULDER,
)
from models.types import Array

LEAST_CONFIDENCE = 0.3  # a joint seen with less was not seen
TRUNK = (NECK, R_HIP, L_HIP)
# Without these a body cannot be placed.
BODY = (NECK, R_SHOULDER, L_SHOULDER, R_HIP, R_KNEE, R_ANKLE, L_HIP, L_KNEE, L_ANKLE)
SIDES = (ARM_PAIRS, LEG_PAIRS, FACE_PAIRS)
FOLLOWED = 0.75  # body heights a second, on top of a quarter: further is somebody else
SHORT_GAP_S = 0.4
CUT = 0.025  # body heights between two frames, beyond what the frames around them move
SWAP_TOLL = 0.02  # body heights a frame, so that what was said counts where both go on as well
SPIKE_S, SPIKE = 0.12, 0.08  # off the median around it by so many body heights
SMOOTH_S = 0.2  # window of a cubic; a Gaussian of the same calm takes a third off an accent
SEGMENT_S = 5.0
CLEAN = 0.8  # quality from which a segment counts as clean


def is_known(joints: Array) -> Array:
    """(..., 2) -> bool (...)"""
    return np.asarray(np.isfinite(joints).all(-1))


@dataclass
class Track:
    """One dancer in one video."""

    times: Array  # float64 (N,) s
    joints: Array  # float32 (N, 18, 2) px, NaN = unknown
    size: tuple[int, int]  # px
    notes: dict[str, float] = field(default_factory=dict[str, float])
    cuts: Array = field(default_factory=lambda: np.zeros(0, int))  # rows that begin another shot

    height_px: float = 0.0  # 0 = by these joints

    def shots(self) -> list[Array]:
        """The rows of each shot."""
        return np.split(np.arange(len(self.times)), self.cuts)

    @property
    def known(self) -> Array:
        """bool (N, 18)"""
        return is_known(self.joints)

    @property
    def height(self) -> float:
        """Of the body, px: the usual distance from neck to the lower ankle, and a head."""
        if self.height_px:
            return self.height_px
        lower = np.fmax(self.joints[:, R_ANKLE, 1], self.joints[:, L_ANKLE, 1])
        tall = lower - self.joints[:, NECK, 1]
        tall = tall[np.isfinite(tall)]
        return float(1.15 * np.percentile(tall, 75)) if len(tall) else float("nan")


def follow(times: Array, people: list[Array], size: tuple[int, int]) -> Track:
    """The largest person, followed: `people[i]` (P, 18, 3) px and confidence, of frame i.

    Who is nearest to where the dancer was goes on; after a second without, the largest again.
    """
    joints = np.full((len(times), spec.N_JOINTS, 2), np.nan, np.float32)
    last: Array | None = None
    last_at, several, lost = -1e9, 0, 0
    for i, (time, found) in enumerate(zip(times, people, strict=True)):
        seen = [_seen(person) for person in found]
        seen = [person for person in seen if np.isfinite(_middle(person)).all()]
        several += len(seen) > 1
        if last is not None and time - last_at > 1.0:
            last = None
        if not seen:
            lost += 1
            continue
        if last is None:
            chosen = max(seen, key=_tall)
        else:
            there = _middle(last)
            chosen = min(seen, key=lambda person: float(np.linalg.norm(_middle(person) - there)))
            far = np.linalg.norm(_middle(chosen) - there)
            if far > (0.25 + FOLLOWED * (time - last_at)) * _tall(last):
                lost += 1
                continue
        joints[i], last, last_at = chosen, chosen, float(time)
    n = max(1, len(times))
    return Track(times, joints, size, {"several_people": several / n, "no_dancer": lost / n})


def _seen(person: Array) -> Array:
    joints = person[:, :2].astype(np.float32)
    joints[~(person[:, 2] >= LEAST_CONFIDENCE)] = np.nan
    return joints


def _middle(joints: Array) -> Array:
    known = np.isfinite(joints[list(TRUNK)]).all(1)
    return joints[list(TRUNK)][known].mean(0) if known.any() else np.full(2, np.nan)


def _tall(joints: Array) -> float:
    y = joints[:, 1]
    return float(np.nanmax(y) - np.nanmin(y)) if np.isfinite(y).any() else 0.0


def unswap(track: Track) -> None:
    """Left and right of arms, legs and face put right where exchanging them makes them go on."""
    swapped = np.zeros(len(track.joints), bool)
    for pairs in SIDES:
        right, left = [a for a, _ in pairs], [b for _, b in pairs]
        plain = track.joints[:, [*right, *left]]
        turned = track.joints[:, [*left, *right]]
        states = _likeliest(plain, turned, SWAP_TOLL * track.height)
        rows = np.flatnonzero(states)
        track.joints[rows[:, None], [*right, *left]] = turned[rows]
        swapped[rows] = True
    track.notes["sides_exchanged"] = float(swapped.mean()) if len(swapped) else 0.0


def _likeliest(plain: Array, turned: Array, toll: float) -> Array:
    """Viterbi over two states (as seen, exchanged): the shortest way, exchanged ones pay a toll."""
    n = len(plain)
    if not n:
        return np.zeros(0, int)
    ways = np.stack([plain, turned])
    steps = np.nansum(  # (to, from, N - 1)
        np.linalg.norm(ways[:, None, 1:] - ways[None, :, :-1], axis=-1), axis=-1
    )
    tolls = np.array([0.0, toll])
    cost, back = tolls.copy(), np.zeros((n, 2), int)
    for i in range(1, n):
        total = cost[None] + steps[:, :, i - 1]
        back[i] = total.argmin(1)
        cost = total.min(1) + tolls
    states = np.zeros(n, int)
    states[-1] = int(cost.argmin())
    for i in range(n - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    return states


def cut_spikes(track: Track) -> None:
    """Joints that leave their path for a moment and come back become unknown."""
    hz = rate(track.times)
    reach = max(1, round(SPIKE_S * hz))
    padded = np.pad(track.joints, ((reach, reach), (0, 0), (0, 0)), constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    known = np.isfinite(around).all(2).sum(-1) >= 3  # (N, 18)
    with np.errstate(invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # windows without any
        middle = np.nanmedian(around, axis=-1)
        off = np.linalg.norm(track.joints - middle, axis=-1)
        # A quick arm is far from its median as well, by as much as it moves there anyhow.
        usual = np.nanmedian(np.abs(around - middle[..., None]), axis=-1)
    far = np.linalg.norm(usual, axis=-1)
    is_spike = known & (off > SPIKE * track.height) & (off > 4 * far)
    track.joints[is_spike] = np.nan
    track.notes["spikes"] = float(is_spike.mean()) if is_spike.size else 0.0


def fill_gaps(track: Track) -> None:
    """Gaps of at most SHORT_GAP_S are crossed in a curve that goes on as the joint came."""
    filled = 0
    times = track.times
    for joint in range(spec.N_JOINTS):
        seen = np.flatnonzero(is_known(track.joints[:, joint]))
        for i, (before, after) in enumerate(itertools.pairwise(seen)):
            if after - before > 1 and times[after] - times[before] <= SHORT_GAP_S:
                rows = np.arange(before + 1, after)
                near = seen[max(0, i - 1) : i + 3]  # two on either side
                curve = CubicSpline(times[near], track.joints[near, joint])
                track.joints[rows, joint] = curve(times[rows])
                filled += len(rows)
    track.notes["filled"] = filled / max(1, track.joints[..., 0].size)


def smooth(track: Track) -> None:
    """A cubic fitted around every moment, joint by joint, never across a gap."""
    window = 2 * round(SMOOTH_S * rate(track.times) / 2) + 1
    if window < 5:
        return
    for joint in range(spec.N_JOINTS):
        known = is_known(track.joints[:, joint])
        for run in runs(known):
            if len(run) >= window:
                track.joints[run, joint] = savgol_filter(
                    track.joints[run, joint], window, 3, axis=0, mode="interp"
                )


def find_cuts(track: Track) -> None:
    """A step of the body that is far longer than those before and after it is another shot."""
    if len(track.times) < 3:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        far = np.linalg.norm(np.diff(track.joints, axis=0), axis=-1)
        steps = np.nan_to_num(np.nanmean(far[:, list(BODY)], axis=1)) / track.height
    gap = np.diff(track.times) > SHORT_GAP_S
    track.cuts = np.flatnonzero(stands_out(steps, CUT) | gap) + 1


def clean(track: Track) -> Track:
    """All of it, in place, shot by shot; `notes` says how much was done."""
    unswap(track)
    find_cuts(track)
    done: dict[str, float] = {}
    for rows in track.shots():
        if len(rows) < 3:
            continue
        shot = Track(track.times[rows], track.joints[rows], track.size)
        shot.height_px = track.height
        cut_spikes(shot)
        smooth(shot)
        fill_gaps(shot)
        track.joints[rows] = shot.joints
        for key, value in shot.notes.items():
            done[key] = done.get(key, 0.0) + value * len(rows) / max(1, len(track.times))
    track.notes |= done | {"cuts": float(len(track.cuts))}
    return track


def rate(times: Array) -> float:
    """The usual number of frames a second."""
    return float(1 / np.median(np.diff(times))) if len(times) > 1 else 1.0


def runs(mask: Array) -> list[Array]:
    """The stretches of true, each as its row numbers."""
    rows = np.flatnonzero(mask)
    return np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1) if len(rows) else []


def quality(track: Track) -> Array:
    """(N,) 0..1: how well each frame shows the dancer.

    The share of joints known (a body without its trunk is 0), less what bones change in length from
    frame to frame beyond what a turn can do, and less for a body cut off by the picture's edge.
    """
    known = track.known
    score = known[:, list(BODY)].mean(1) * (0.7 + 0.3 * known.mean(1))
    score[~known[:, list(TRUNK)].all(1)] = 0.0
    lengths = skeleton.bone_lengths(track.joints)
    jumps = np.abs(np.diff(lengths, axis=0, prepend=lengths[:1])) * rate(track.times)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        wild = np.nanmean(jumps[:, list(BODY)], axis=1) / max(1e-6, track.height)
    score *= 1 - np.clip((np.nan_to_num(wild) - 0.5) / 1.5, 0, 1)
    width, height = track.size
    inside = (
        (track.joints[..., 0] >= 0) & (track.joints[..., 0] <= width)
        & (track.joints[..., 1] >= 0) & (track.joints[..., 1] <= height)
    )  # fmt: skip
    return score * np.where(known, inside, True).mean(1)


@dataclass(frozen=True)
class Piece:
    """Five seconds of a recording and how well they show the dancer."""

    start: float  # s
    quality: float

    @property
    def is_clean(self) -> bool:
        return self.quality >= CLEAN


def segments(track: Track) -> list[Piece]:
    """All whole segments of SEGMENT_S, one after the other; missing frames count as quality 0."""
    if not len(track.times):
        return []
    scores = quality(track)
    gone = holes(track)
    found: list[Piece] = []
    start, end = float(track.times[0]), float(track.times[-1])
    while start + SEGMENT_S <= end + 1 / rate(track.times):
        rows = (track.times >= start) & (track.times < start + SEGMENT_S)
        seen = float(scores[rows].mean()) if rows.any() else 0.0
        lost = np.clip(gone, start, start + SEGMENT_S)
        found.append(Piece(start, seen * (1 - float(np.diff(lost).sum()) / SEGMENT_S)))
        start += SEGMENT_S
    return found


def holes(track: Track) -> Array:
    """From and until when frames are missing, (n, 2) s: longer than a short gap."""
    before = np.flatnonzero(np.diff(track.times) > SHORT_GAP_S)
    ends = np.stack([track.times[before] + 1 / rate(track.times), track.times[before + 1]], 1)
    return ends if len(before) else np.zeros((0, 2))
