"""The pose pairs of the paper's authors: one JSON of sound and skeletons of many videos.

`{video: {start second: {"audio_sequence": 160,000 numbers, "joint_coors": 100 x 18 x [x, y]}}}`,
ten seconds each at 16 kHz (int16 values) and 10 frames/s, px of a 640 x 360 picture. The released
files are that text once more as a JSON string.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.json_file import parse_json, read_json
from models.types import Array
from train.readers.recording import Recording
from train.songs.song import DataError

FPS, SIZE, SECONDS = 10.0, (640, 360), 10.0
LICENCE = "research only (no licence was given with the pose pairs)"


def read(path: Path, name: str = "") -> tuple[list[Recording], list[str]]:
    """One recording for each video, and in words what cannot be one.

    They are called `name` (else as the file) and their key; parts of another shape are left out
    and said. Raises DataError when it is no such file.
    """
    try:
        found = read_json(path)
        found = parse_json(found, path) if isinstance(found, str) else found
        videos = sorted(found.items())
    except (ValueError, AttributeError) as error:
        raise DataError(f"{path.name} is no file of pose pairs ({error}).") from error
    name = name or path.stem
    recordings = [_video(name, key, parts) for key, parts in videos if isinstance(parts, dict)]
    if not recordings:
        raise DataError(f"{path.name} is no file of pose pairs: it names no video.")
    other = [f"{name}_{key}: no parts of a video" for key, p in videos if not isinstance(p, dict)]
    return recordings, other


def _part(part: Any) -> tuple[Array, Array]:
    """Joints (n, 18, 2) px and sound (m,), -1..1. Raises DataError that says what is wrong."""
    found: list[Array] = []
    for key in ("joint_coors", "audio_sequence"):
        if not isinstance(part, dict) or key not in part:
            raise DataError(f"it has no {key}")
        try:
            with np.errstate(over="ignore"):
                found.append(np.asarray(part[key], np.float32))
        except (ValueError, TypeError, OverflowError) as error:
            raise DataError(f"{key} is ragged or holds other things than numbers") from error
    joints, sound = found
    if joints.shape[1:] != (spec.N_JOINTS, 2) or not len(joints):
        raise DataError(f"joint_coors is {joints.shape}, not (frames, 18, 2)")
    if sound.ndim != 1 or not np.isfinite(sound).all():
        raise DataError(f"audio_sequence {sound.shape} is no sound")
    return joints, sound / 32768


def _video(name: str, key: str, parts: dict[str, Any]) -> Recording:
    times: list[Array] = []
    people: list[Array] = []
    sounds: dict[float, Array] = {}
    wrong = [f"the part {part!r} is left out: not named by a second" for part in parts
             if not _is_number(part)]  # fmt: skip
    starts = sorted((start for start in parts if _is_number(start)), key=float)
    begin = float(starts[0]) if starts else 0.0
    until = -np.inf  # where the parts so far end
    for start in starts:
        at = float(start) - begin
        try:
            joints, sound = _part(parts[start])
            if at < until:
                raise DataError("it begins before the part before it ends")
        except DataError as error:
            wrong.append(f"the part {start!r} is left out: {error}")
            continue
        times.append(at + np.arange(len(joints)) / FPS)
        until = float(times[-1][-1]) + 0.5 / FPS
        found = (joints != 0).any(-1, keepdims=True) & np.isfinite(joints).all(-1, keepdims=True)
        people += list(np.concatenate([joints, found.astype(np.float32)], -1)[:, None])
        sounds[at] = sound
    return Recording(
        name=f"{name}_{_file_name(key)}",
        times=np.concatenate(times) if times else np.zeros(0),
        people=people,
        size=SIZE,
        audio=_joined(sounds),
        licence=LICENCE,
        provenance="pose pairs of Ren et al., arXiv 1912.06606",
        reasons=tuple(wrong),
    )


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]+(\.[0-9]*)?", text))


def _file_name(key: str) -> str:
    """Without the signs that names of files do not have everywhere."""
    return re.sub(r"[^\w.+-]", lambda sign: f"%{ord(sign[0]):x}", key)


def _joined(sounds: dict[float, Array]) -> Array | None:
    if not sounds:
        return None
    last = max(sounds)
    audio = np.zeros(round(last * spec.SAMPLE_RATE) + len(sounds[last]), np.float32)
    for at, sound in sounds.items():
        first = round(at * spec.SAMPLE_RATE)
        audio[first : first + len(sound)] = sound[: len(audio) - first]
    return audio
