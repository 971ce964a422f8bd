"""The pose pairs of the paper's authors: one JSON of sound and skeletons of many videos.

`{video: {start second: {"audio_sequence": 160,000 numbers, "joint_coors": 100 x 18 x [x, y]}}}`,
ten seconds each at 16 kHz (int16 values) and 10 frames/s, px of a 640 x 360 picture. The released
files are that text once more as a JSON string.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.types import Array
from train.readers.recording import Recording
from train.songs.song import DataError

FPS, SIZE, SECONDS = 10.0, (640, 360), 10.0
LICENCE = "research only (no licence was given with the pose pairs)"


def read(path: Path) -> list[Recording]:
    """One recording for each video; what is of another shape is left out and said.

    Raises DataError when it is no such file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found = json.loads(found) if isinstance(found, str) else found
        videos = sorted(found.items())
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"{path.name} is no file of pose pairs ({error}).") from error
    recordings = [_video(path, key, parts) for key, parts in videos if isinstance(parts, dict)]
    if not recordings:
        raise DataError(f"{path.name} is no file of pose pairs: it names no video.")
    return recordings


def _video(path: Path, key: str, parts: dict[str, Any]) -> Recording:
    times: list[Array] = []
    people: list[Array] = []
    sounds: dict[float, Array] = {}
    wrong: list[str] = []
    begin = min((float(start) for start in parts if _is_number(start)), default=0.0)
    for start, part in sorted(parts.items()):
        try:
            joints = np.asarray(part["joint_coors"], np.float32)
            sound = np.asarray(part["audio_sequence"], np.float32) / 32768
            if joints.shape[1:] != (spec.N_JOINTS, 2) or sound.ndim != 1:
                raise ValueError(f"joints {joints.shape}, sound {sound.shape}")
            at = float(start) - begin
        except (ValueError, KeyError, TypeError) as error:  # ragged lists as well
            wrong.append(f"{key}/{start}: {error}"[:120])
            continue
        times.append(at + np.arange(len(joints)) / FPS)
        seen = np.ones((*joints.shape[:2], 1), np.float32) * (joints != 0).any(-1, keepdims=True)
        people += list(np.concatenate([joints, seen], -1)[:, None])
        sounds[at] = sound
    return Recording(
        name=f"{path.stem}_{key}",
        times=np.concatenate(times) if times else np.zeros(0),
        people=people,
        size=SIZE,
        audio=_joined(sounds),
        licence=LICENCE,
        provenance="pose pairs of Ren et al., arXiv 1912.06606",
        notes={"left_out": wrong} if wrong else {},
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _joined(sounds: dict[float, Array]) -> Array | None:
    if not sounds:
        return None
    last = max(sounds)
    audio = np.zeros(round(last * spec.SAMPLE_RATE) + len(sounds[last]), np.float32)
    for at, sound in sounds.items():
        first = round(at * spec.SAMPLE_RATE)
        audio[first : first + len(sound)] = sound[: len(audio) - first]
    return audio
