"""A recording (someone dancing to sound) -> prepared songs, a pose file, and what was used and why.

Whatever it was read from: a video, the files of OpenPose, or another data set.
"""

import zlib
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from models import skeleton, spec
from models.pose_gaps import fill_hidden
from models.types import Array
from train.readers import cleaning, raw
from train.readers.cleaning import Track
from train.readers.reasons import LeftOver, reasons_of
from train.songs import beat_as_heard, motion
from train.songs.song import POSE_HZ, Song, at_stage_level

SHORTEST_S = cleaning.SEGMENT_S  # of a stretch that can be learned from
LEAST_QUALITY = 0.5  # of a segment that is used
VAL_SHARE = 0.15  # of every recording where there are too few for a split of their own
FEW = 10
ROOT_SLOW_S = 1.6  # slower ways across the room are taken out, as from motion capture


@dataclass(frozen=True)
class Recording:
    """Someone dancing."""

    name: str
    times: Array  # (N,) s
    people: list[Array]  # of each frame: (P, 18, 3) px and confidence 0..1
    size: tuple[int, int]  # px
    audio: Array | None  # float32 mono at spec.SAMPLE_RATE from time 0 on
    style: str = "own"
    licence: str = "the maker's own: name it with --licence"
    provenance: str = ""
    notes: dict[str, Any] = field(default_factory=dict[str, Any])
    reasons: tuple[str, ...] = ()  # in words: what its files hold and could not be taken


@dataclass(frozen=True)
class Wanted:
    """How recordings are prepared."""

    many: int = 1  # recordings that are prepared together
    least: float = LEAST_QUALITY  # segments below this quality are left out
    raw: bool = False  # nothing is cleaned and nothing left out for its quality


@dataclass(frozen=True)
class Prepared:
    """What came of a recording."""

    songs: list[Song]
    starts: list[float]  # of the stretch that each song is of, s of the recording
    track: Track
    report: dict[str, Any]  # plain values


@dataclass(frozen=True)
class Shift:
    """What brings a dance onto its music: its times times `stretch`, less `lag` s."""

    lag: float = 0.0
    stretch: float = 1.0

    def moved(self, times: Array) -> Array:
        return times * self.stretch - self.lag


AS_IT_IS = Shift()


def prepare_recording(
    recording: Recording, wanted: Wanted | None = None, shift: Shift = AS_IT_IS
) -> Prepared:
    """Clean it and cut it into songs.

    What cannot be used is said in the report's "reasons"; nothing is raised for it.
    """
    wanted = wanted or Wanted()
    track = cleaning.follow(recording.times, recording.people, recording.size)
    track = track if wanted.raw else cleaning.clean(track)
    found = cleaning.segments(track)
    left = LeftOver()
    if wanted.raw:
        stretches = _long_enough(track, raw.stretches(track), left)
    else:
        stretches = _stretches(track, found, wanted.least, left)
    songs: list[Song] = []
    starts: list[float] = []
    if recording.audio is not None and stretches:
        heard = beat_as_heard.detected_beats(at_stage_level(recording.audio), POSE_HZ)
        for number, rows in enumerate(stretches):
            real, begin = _danced(track, rows, shift, wanted.raw, left)
            made, start = _songs(recording, real, begin, heard, number, wanted)
            songs += made
            starts += [start] * len(made)
    if wanted.many < FEW and len(songs) >= 3 and not any(song.split == "val" for song in songs):
        songs[-1] = replace(songs[-1], split="val")
    used = sum(song.seconds for song in songs)
    sound = None if recording.audio is None else len(recording.audio) / spec.SAMPLE_RATE
    least = 0.0 if wanted.raw else wanted.least
    report = {
        "name": recording.name,
        "seconds": _rounded(float(track.times[-1]) if len(track.times) else 0.0),
        "frames": len(track.times),
        "fps": _rounded(cleaning.rate(track.times)),
        "used_seconds": _rounded(used),
        "songs": [song.name for song in songs],
        "quality": _rounded(float(np.mean([p.quality for p in found])) if found else 0.0),
        "clean_segments": sum(segment.is_clean for segment in found),
        "segments": [
            {"start": _rounded(p.start), "quality": _rounded(p.quality), "clean": p.is_clean}
            for p in found
        ],
        "done": {key: _rounded(value) for key, value in track.notes.items()},
        "reasons": [*reasons_of(track, found, least, sound, left), *recording.reasons],
        **({"raw": True} if wanted.raw else {}),
        **recording.notes,
    }
    return Prepared(songs, starts, track, report)


def _rounded(value: float) -> float:
    return round(value, 3) if np.isfinite(value) else 0.0


def _stretches(
    track: Track, found: list[cleaning.Piece], least: float, left: LeftOver
) -> list[Array]:
    """Rows of the stretches that are good enough, without a break."""
    good = np.zeros(len(track.times), bool)
    for segment in found:
        if segment.quality >= least:
            good |= (track.times >= segment.start) & (
                track.times < segment.start + cleaning.SEGMENT_S
            )
    if found and found[-1].quality >= least:
        good |= track.times >= found[-1].start  # what is left of a segment
    body = track.known[:, list(cleaning.BODY)].all(1)
    left.unseen = float((good & ~body).sum()) / cleaning.rate(track.times)
    begins = np.isin(np.arange(len(track.times)), track.cuts)
    parts = [
        rows
        for run in cleaning.runs(good & body)
        for rows in np.split(run, np.flatnonzero(begins[run]))
    ]
    return _long_enough(track, parts, left)


def _long_enough(track: Track, parts: list[Array], left: LeftOver) -> list[Array]:
    """Those that last SHORTEST_S; how long the others are is noted."""
    kept: list[Array] = []
    for rows in parts:
        seconds = float(track.times[rows[-1]] - track.times[rows[0]]) if len(rows) > 1 else 0.0
        if seconds >= SHORTEST_S - 0.1:
            kept.append(rows)
        else:
            left.short.append(seconds)
    return kept


def _danced(
    track: Track, rows: Array, shift: Shift, is_raw: bool, left: LeftOver
) -> tuple[Array, float]:
    """Poses (n, 18, 2) of those rows at POSE_HZ, and the time of the first."""
    times = shift.moved(track.times[rows])
    if not is_raw:
        left.never |= set(np.flatnonzero(~track.known[rows].any(0)).tolist())
        return stage_poses(canonical(track, rows), times)
    found = raw.as_found(track, rows)
    if found is None:
        left.placeless += float(times[-1] - times[0])
        return np.zeros((0, spec.N_JOINTS, 2), np.float32), 0.0
    return raw.stage_poses(found, times)


def canonical(track: Track, rows: Array) -> Array:
    """Those rows as canonical poses (n, 18, 2) at the track's own times, on the floor.

    A joint that they never show hangs on its parent as in a body that stands.
    """
    joints = track.joints[rows]
    known = cleaning.is_known(joints)
    whole = fill_hidden(joints, known, np.zeros(1, int))
    height = track.size[1]
    body = skeleton.measure_body(whole / height, known)
    body = replace(body, lengths=np.maximum(body.lengths, skeleton.MIN_BONE))
    poses = body.canonical((whole / height).astype(np.float32))
    never = np.logical_not(known.any(axis=0))
    return skeleton.hung(poses, never) if never.any() else poses


def stage_poses(poses: Array, times: Array) -> tuple[Array, float]:
    """Canonical poses at any times -> at POSE_HZ from the first on, held near the middle."""
    start, end = float(times[0]), float(times[-1])
    at = np.arange(start, end, 1 / POSE_HZ)
    even = CubicSpline(times, poses)(at)
    root = skeleton.pelvis(even)[:, 0]
    sideways = root - motion.smooth(root, ROOT_SLOW_S, POSE_HZ)
    sideways = motion.ROOT_LIMIT * np.tanh(sideways / motion.ROOT_LIMIT)
    even[..., 0] += (sideways - root)[:, None]
    even = skeleton.limit_bones(even.astype(np.float32))
    return motion.on_floor(even, POSE_HZ).astype(np.float32), start


def _songs(
    recording: Recording, real: Array, start: float, heard: Array, number: int, wanted: Wanted
) -> tuple[list[Song], float]:
    """One stretch as one song, or two where its end is kept for choosing; and where it begins."""
    if start < 0:  # the dance began before the sound that it belongs to
        skip = int(np.ceil(-start * POSE_HZ))
        real, start = real[skip:], start + skip / POSE_HZ
    audio = recording.audio
    if audio is None or len(real) < SHORTEST_S * POSE_HZ / 2:
        return [], start
    first = round(start * spec.SAMPLE_RATE)
    n_poses = min(len(real), int((len(audio) - first) / spec.SAMPLE_RATE * POSE_HZ))
    if n_poses < SHORTEST_S * POSE_HZ / 2:
        return [], start
    sound = at_stage_level(audio[first : first + round(n_poses / POSE_HZ * spec.SAMPLE_RATE)])
    row = round(start * POSE_HZ)
    beats = heard[row : row + n_poses]
    beats = np.pad(beats, (0, n_poses - len(beats)), constant_values=np.nan).astype(np.float32)
    real = real[:n_poses]
    poses = real if wanted.raw else motion.snapped_to_beats(real, beats, POSE_HZ)[0]
    song = Song(
        name=f"{recording.name}_{number:02d}",
        style=recording.style,
        split=_split(recording.name) if wanted.many >= FEW else "train",
        beats_per_bar=0,
        audio=sound,
        poses=poses,
        real=real,
        beats=beats,
        heard=beats,
        licence=recording.licence,
        provenance=recording.provenance,
        is_bar_sure=False,
    )
    kept = round(VAL_SHARE * n_poses)
    if wanted.many >= FEW or kept < SHORTEST_S * POSE_HZ:
        return [song], start
    parts = [_part(song, 0, n_poses - kept), _part(song, n_poses - kept, n_poses, "val")]
    return parts, start


def _split(name: str) -> str:
    """Always the same for one recording: 80 % train, 10 % val, 10 % test."""
    share = zlib.crc32(name.encode()) % 100
    return "train" if share < 80 else "val" if share < 90 else "test"


def _part(song: Song, first: int, last: int, split: str = "") -> Song:
    """Poses `first` to `last` of a song and their sound."""
    samples = spec.SAMPLE_RATE // POSE_HZ
    return replace(
        song,
        name=f"{song.name}_{split}" if split else song.name,
        split=split or song.split,
        audio=song.audio[first * samples : last * samples],
        **{key: getattr(song, key)[first:last] for key in ("poses", "real", "beats", "heard")},
    )
