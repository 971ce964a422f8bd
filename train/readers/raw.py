"""Joints as a detector gave them, brought to the form of a song and not cleaned (`--raw`).

The noisy data of the paper (section 6.1, figure 5): joints exchanged, jumping and lost are
left so. One scale and one place serve a whole stretch; a lost joint lies at the corner of the
picture, where OpenPose writes it; a pose at 50 Hz is that of the nearest frame.
"""

import numpy as np

from models import skeleton, spec
from models.pose_file import PoseFileError
from models.pose_gaps import fill_hidden
from models.types import Array
from train.readers.cleaning import SHORT_GAP_S, Track
from train.songs.song import POSE_HZ


def stretches(track: Track) -> list[Array]:
    """Rows with the dancer, without a break of more than a short gap."""
    rows = np.flatnonzero(track.known.any(1))
    breaks = np.flatnonzero(np.diff(track.times[rows]) > SHORT_GAP_S) + 1
    return [part for part in np.split(rows, breaks) if len(part)]


def as_found(track: Track, rows: Array) -> Array | None:
    """Those rows in body units (n, 18, 2); None where no hip is ever seen: they have no place."""
    joints, height = track.joints[rows], track.size[1]
    known = track.known[rows]
    try:
        whole = fill_hidden(joints, known, np.zeros(1, int))
    except PoseFileError:
        return None
    framing = skeleton.measure_body(whole / height, known).framing
    return framing.to_units(np.where(known[..., None], joints, 0) / np.float32(height))


def stage_poses(poses: Array, times: Array) -> tuple[Array, float]:
    """Poses at any times -> at POSE_HZ from the first on, each as in the nearest frame."""
    at = np.arange(times[0], times[-1], 1 / POSE_HZ)
    later = np.clip(np.searchsorted(times, at), 1, len(times) - 1)
    nearest = later - (at - times[later - 1] < times[later] - at)
    return poses[nearest].reshape(-1, spec.N_JOINTS, 2).astype(np.float32), float(times[0])
