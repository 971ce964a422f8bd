"""dance_with_melody (3D markers and music, corrected to the bar grid) -> prepared songs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from models import skeleton, spec
from models.array_file import ArrayFileError, read_arrays
from models.band import score
from models.band import songs as band
from models.json_file import read_json
from models.types import Array
from train.readers.cleaning import SEGMENT_S as SHORTEST_S
from train.readers.face import put_face
from train.songs import beat_as_heard, motion
from train.songs.song import POSE_HZ, DataError, Song, at_stage_level

LICENCE = "research and evaluation only (rights in training motion and music unclear)"
PROVENANCE = (
    "Dance with Melody data set: T. Tang, J. Jia, H. Mao, Dance with Melody: An LSTM-autoencoder "
    "Approach to Music-oriented Dance Synthesis, ACM Multimedia 2018, pp. 1598-1606"
)


@dataclass(frozen=True)
class Markers:
    """The 23 surface markers that matter here, by index (left is the dancer's own)."""

    head_left: int = 0
    head_right: int = 1
    l_shoulder: int = 3
    r_shoulder: int = 12
    # COCO joint -> marker
    limbs: tuple[tuple[int, int], ...] = (
        (2, 12), (3, 13), (4, 15), (5, 3), (6, 4), (7, 6),
        (8, 16), (9, 17), (10, 18), (11, 7), (12, 8), (13, 9),
    )  # fmt: skip


MARKERS = Markers()
N_MARKERS = 23
FACTS = ("song", "style", "split", "alignment", "music_beat_s")  # of a song in the manifest


def _unit(vectors: Array) -> Array:
    return vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)


def _along(a: Array, b: Array) -> Array:
    return (a * b).sum(-1, keepdims=True)


def coco_joints(markers: Array) -> Array:
    """(N, 23, 3) markers -> (N, 18, 3) COCO joints, cm; the face is built on the head frame."""
    m = MARKERS
    joints = np.zeros((len(markers), spec.N_JOINTS, 3))
    for joint, marker in m.limbs:
        joints[:, joint] = markers[:, marker]
    neck = (markers[:, m.l_shoulder] + markers[:, m.r_shoulder]) / 2
    head = (markers[:, m.head_left] + markers[:, m.head_right]) / 2
    to_left = _unit(markers[:, m.l_shoulder] - markers[:, m.r_shoulder])
    between = _unit(markers[:, m.head_left] - markers[:, m.head_right])
    # The head markers are exchanged in some phrases; the sign of their agreement corrects that.
    left = _unit(_along(between, to_left) * between + 0.5 * to_left)
    up = _unit(_unit(head - neck) + np.array([0.0, 1.0, 0.0]))
    up = _unit(up - _along(up, left) * left)
    front = np.cross(up, left)
    joints[:, skeleton.NECK] = neck
    put_face(joints, head, (left, front, up))
    return joints


def read_markers(path: Path) -> tuple[Array, float]:
    """The markers of one song in the world (N, 23, 3), cm, and their frames a second.

    Raises DataError when the file is missing, damaged or of another shape.
    """
    try:
        file = read_arrays(path)
        markers = file["joints3d"] + file["root3d"][:, None]
        fps = float(file["fps"])
    except (ArrayFileError, KeyError, ValueError, TypeError, IndexError) as error:
        raise DataError(f"{path} holds no markers of a dance ({error}).") from error
    if markers.shape[1:] != (N_MARKERS, 3) or not np.isfinite(markers).all() or not 1 < fps < 1e3:
        raise DataError(f"{path} holds no markers of a dance ({markers.shape}, {fps} frames/s).")
    return markers, fps


def prepare_song(folder: Path, facts: dict[str, Any]) -> tuple[Song, dict[str, float], float]:
    """One song of the manifest, what was measured while preparing it, and the seconds danced.

    Raises DataError when a file is missing or of another rate.
    """
    import soundfile

    name = facts["song"]
    markers, fps = read_markers(folder / f"{name}.npz")
    try:
        audio, rate = soundfile.read(folder / f"{name}.ogg", dtype="float32")
    except (OSError, soundfile.SoundFileError) as error:
        raise DataError(f"Cannot read song {name} in {folder} ({error}).") from error
    if rate != spec.SAMPLE_RATE or audio.ndim != 1:
        raise DataError(f"{name}.ogg must be {spec.SAMPLE_RATE} Hz mono.")
    seconds = min(len(markers) / fps, len(audio) / rate)
    if seconds < SHORTEST_S:
        raise DataError(f"{name} is {seconds:.1f} s long, shorter than {SHORTEST_S:.0f} s.")
    audio = at_stage_level(audio)
    real = motion.stage_poses(coco_joints(markers), fps, POSE_HZ, seconds)
    beats = np.full(len(real), np.nan, np.float32)
    if facts["alignment"] != "unlocked":
        beats = (np.arange(len(real)) / POSE_HZ / facts["music_beat_s"]).astype(np.float32)
    snapped, share = motion.snapped_to_beats(real, beats, POSE_HZ)
    heard = beat_as_heard.detected_beats(audio, POSE_HZ, len(real))
    song = Song(
        name=name,
        style=facts["style"],
        split=facts["split"],
        beats_per_bar=3 if facts["style"] == "waltz" else 4,
        audio=audio,
        poses=snapped,
        real=real,
        beats=beats,
        heard=heard,
        licence=LICENCE,
        provenance=PROVENANCE,
        is_bar_sure=facts.get("lag_anchor") == "downbeat",
    )
    speed = float(motion.joint_speed(real, POSE_HZ).mean())
    measured = {
        "snapped_share": share,
        "speed": speed,
        "speed_snapped": float(motion.joint_speed(snapped, POSE_HZ).mean()) / speed,
        "root_x_std": float(real[:, :, 0].mean(1).std()),
        "reach": float(np.abs(real).max()),
        "heard_share": float(np.isfinite(heard).mean()),
    }
    return song, measured, len(markers) / fps


def stand_in(song: Song, beat_s: float, seed: int) -> Song | None:
    """The same dance to the project's own band at the same tempo; None where it cannot play.

    A few dozen recordings teach the sound of these recordings; this teaches the beat in any sound.
    """
    bpm = 60 / beat_s
    if not score.MIN_BPM <= bpm <= score.MAX_BPM or not np.isfinite(song.beats).all():
        return None
    in_four = [style for style in score.STYLES if style != "waltz"]
    style = "waltz" if song.beats_per_bar == 3 else in_four[seed % len(in_four)]
    played = band.make_song(seed, style, bpm, song.seconds + 1, spec.SAMPLE_RATE)
    first = round(float(played.beat_times[0]) * spec.SAMPLE_RATE)
    audio = at_stage_level(played.mono[first : first + len(song.audio)])
    heard = beat_as_heard.detected_beats(audio, POSE_HZ, len(song.poses))
    return replace(
        song, name=f"{song.name}+band", audio=audio, heard=heard, is_stand_in=True, is_bar_sure=True
    )


def songs(folder: Path) -> list[str]:
    """The names of its songs, in the order of the manifest. Raises DataError without one."""
    return [facts["song"] for facts in _manifest(folder)]


def prepare_with_stand_in(folder: Path, name: str) -> tuple[list[Song], dict[str, float], float]:
    """One song and, of the training split, its stand-in; what was measured; the seconds danced.

    Raises DataError when a file is missing or damaged.
    """
    number, facts = next(
        (i, facts) for i, facts in enumerate(_manifest(folder)) if facts["song"] == name
    )
    missing = [key for key in FACTS if key not in facts]
    if missing:
        raise DataError(f"{name}: its entry in manifest.json lacks {', '.join(missing)}.")
    song, measured, seconds = prepare_song(folder, facts)
    substitute = stand_in(song, facts["music_beat_s"], number) if song.split == "train" else None
    return [song, substitute] if substitute else [song], measured, seconds


def _manifest(folder: Path) -> list[dict[str, Any]]:
    try:
        listed = read_json(folder / "manifest.json")["songs"]
        if any(Path(facts["song"]).name != facts["song"] for facts in listed):
            raise ValueError("a song is no name of a file")
    except (DataError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} holds no readable manifest.json ({error}).") from error
    return listed
