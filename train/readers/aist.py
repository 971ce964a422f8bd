"""AIST++ in its published layout: 3D key points of dancers, and the music by its name.

`keypoints3d/<name>.pkl` holds `keypoints3d_optim` or `keypoints3d`, (N, 17, 3) in COCO order, cm,
y up, 60 frames/s; `..._mBR0_...` in the name says to which music.
"""

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np

from models import skeleton, spec
from models.types import Array
from train.readers import video
from train.readers.cleaning import SEGMENT_S as SHORTEST_S
from train.songs import beat_as_heard, motion
from train.songs.song import POSE_HZ, DataError, Song, at_stage_level

FPS = 60.0
LICENCE = (
    "annotations CC BY 4.0 (Google); dance and music: research only (AIST Dance Video Database)"
)
# COCO-18 joint <- COCO-17; the neck is the middle of the shoulders.
COCO_17 = {
    0: 0, 2: 6, 3: 8, 4: 10, 5: 5, 6: 7, 7: 9, 8: 12, 9: 14, 10: 16, 11: 11, 12: 13, 13: 15,
    14: 2, 15: 1, 16: 4, 17: 3,
}  # fmt: skip
_ARRAYS = {
    ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"), ("_codecs", "encode"),
}  # fmt: skip


class _ArraysOnly(pickle.Unpickler):
    """A pickle may run any program: only arrays are taken from it."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _ARRAYS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no array")


def is_folder(path: Path) -> bool:
    return path.is_dir() and any((path / "keypoints3d").glob("*.pkl"))


def names(folder: Path) -> list[str]:
    """The dances in it, without those of its `ignore_list.txt`."""
    ignored = folder / "ignore_list.txt"
    left_out = _words(ignored) if ignored.is_file() else set[str]()
    found = sorted(path.stem for path in (folder / "keypoints3d").glob("*.pkl"))
    return [name for name in found if name not in left_out]


def joints(path: Path) -> Array:
    """(N, 18, 3), what was never triangulated drawn in time. Raises DataError."""
    try:
        with path.open("rb") as file:
            found = _ArraysOnly(file).load()
        points = found.get("keypoints3d_optim", found.get("keypoints3d"))
        points = np.asarray(points, np.float64)
        if points.ndim != 3 or points.shape[1:] != (17, 3):
            raise ValueError(f"key points {points.shape}")
    except Exception as error:  # whatever a foreign pickle makes the unpickler throw
        raise DataError(f"{path.name} holds no key points of AIST++ ({error}).") from error
    if len(points) < SHORTEST_S * FPS:
        raise DataError(
            f"{path.name} is {len(points) / FPS:.1f} s long, shorter than a segment of "
            f"{SHORTEST_S:.0f} s."
        )
    posed = np.zeros((len(points), spec.N_JOINTS, 3))
    for joint, source in COCO_17.items():
        posed[:, joint] = points[:, source]
    posed[:, 1] = (posed[:, 2] + posed[:, 5]) / 2
    rows = np.arange(len(posed))
    for joint in range(spec.N_JOINTS):
        known = np.isfinite(posed[:, joint]).all(-1)
        if not known.any():
            raise DataError(f"{path.name}: the joint {skeleton.JOINTS[joint]} was never seen.")
        for axis in range(3):
            posed[:, joint, axis] = np.interp(rows, rows[known], posed[known, joint, axis])
    return posed


def prepare_song(folder: Path, name: str) -> tuple[Song, float]:
    """One dance with its music, and how many seconds were danced. Raises DataError."""
    found = re.search(r"_(m[A-Z]{2}\d)_", name + "_")
    music = _music(folder, found[1]) if found else None
    if music is None:
        raise DataError(f"{name}: its music {found[1] if found else '?'} is not beside it.")
    audio = video.sound(music)
    if audio is None:
        raise DataError(f"{name}: its music {music.name} cannot be read or is silent.")
    if len(audio) < SHORTEST_S * spec.SAMPLE_RATE:
        raise DataError(f"{name}: its music {music.name} is shorter than {SHORTEST_S:.0f} s.")
    audio = at_stage_level(audio)
    posed = joints(folder / "keypoints3d" / f"{name}.pkl")
    seconds = min(len(posed) / FPS, len(audio) / spec.SAMPLE_RATE)
    real = motion.stage_poses(posed, FPS, POSE_HZ, seconds)
    audio = audio[: round(len(real) / POSE_HZ * spec.SAMPLE_RATE)]
    heard = beat_as_heard.detected_beats(audio, POSE_HZ, len(real))
    snapped, _ = motion.snapped_to_beats(real, heard, POSE_HZ)
    song = Song(
        name=name,
        style=name.split("_")[0],
        split=_split(folder, name),
        beats_per_bar=4,
        audio=audio,
        poses=snapped,
        real=real,
        beats=heard,
        heard=heard,
        licence=LICENCE,
        provenance="AIST++: R. Li et al., AI Choreographer, ICCV 2021",
        is_bar_sure=False,
    )
    return song, len(posed) / FPS


def _music(folder: Path, name: str) -> Path | None:
    for suffix in (".wav", ".mp3", ".flac", ".ogg", ".m4a"):
        for place in (folder / "music", folder / "wav", folder / "audio", folder):
            if (place / f"{name}{suffix}").is_file():
                return place / f"{name}{suffix}"
    return None


def _split(folder: Path, name: str) -> str:
    for split in ("val", "test"):
        listed = folder / "splits" / f"crossmodal_{split}.txt"
        if listed.is_file() and name in _words(listed):
            return split
    return "train"


def _words(path: Path) -> set[str]:
    return set(path.read_text(encoding="utf-8", errors="replace").split())
