"""Pose files: .npz, folders of OpenPose, and the pose pairs of the paper's authors."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz import media
from benchmarks.fuzz.archive import npy, odd_npy, zipped
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import json_text, mutated, odd_json, pick
from models.skeleton import STANDING
from models.types import Array

N_ROWS, FPS, N_FILES = 40, 25.0, 64
BODY_25 = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)


@dataclass(frozen=True)
class Poses:
    """What is valid."""

    fields: dict[str, Array]  # of an .npz
    files: list[dict[str, Any]]  # of OpenPose, frame by frame
    pairs: dict[str, Any]
    sound: Path  # as long as the files at 10 a second


def _begin(folder: Path) -> Poses:
    joints = _danced(N_ROWS)
    fields = {
        "keypoints": np.concatenate([joints, np.ones((N_ROWS, 18, 1))], -1).astype(np.float32),
        "size": np.array([640, 480]),
        "time": np.arange(N_ROWS) / FPS,
        "fps": np.array(FPS),
        "clip_start": np.array([0, 20]),
        "clip_name": np.array(["one", "two"]),
    }
    pairs = {
        "video": {
            str(10 * part): {
                "joint_coors": _danced(100).round(1).tolist(),
                "audio_sequence": (2_000 * (np.arange(800) % 40)).tolist(),
            }
            for part in range(2)
        }
    }
    sound = _write_music(folder / "music.wav")
    return Poses(fields, [_file(pose) for pose in _danced(N_FILES, 10.0)], pairs, sound)


def _danced(count: int, hz: float = FPS) -> Array:
    """(N, 18, 2) px of a picture of 640 x 480."""
    swing = np.sin(2 * np.pi * np.arange(count) / hz)[:, None]
    poses = np.repeat(STANDING[None], count, 0).astype(float)
    poses[:, (4, 7), 0] += 0.15 * swing
    poses[..., 0] += 0.05 * swing
    return poses * 180 + [320, 230]


def _file(pose: Array) -> dict[str, Any]:
    flat = np.zeros((25, 3))
    flat[list(BODY_25), :2], flat[list(BODY_25), 2] = pose, 0.9
    return {"version": 1.3, "people": [{"pose_keypoints_2d": flat.ravel().round(2).tolist()}]}


def _write_music(path: Path) -> Path:
    import wave

    samples = 12_000 * np.sin(np.arange(8_000 * N_FILES // 10) ** 2 / 9e4)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def _make(rng: Generator, valid: Poses, folder: Path) -> Path:
    return pick(rng, (_npz, _npz, _openpose, _pairs))(rng, valid, folder)


def _npz(rng: Generator, valid: Poses, folder: Path) -> Path:
    """Fields of other shapes and types, missing, exchanged; or the archive itself is damaged."""
    fields: dict[str, bytes] = {name: npy(values) for name, values in valid.fields.items()}
    if is_odd := rng.random() < 0.75:
        for _ in range(int(rng.integers(1, 4))):
            name, other = (pick(rng, list(valid.fields)) for _ in range(2))
            match int(rng.integers(5)):
                case 0:
                    fields.pop(name, None)
                case 1:
                    fields[name] = npy(valid.fields[other])
                case _:
                    fields[name] = odd_npy(rng, valid.fields[name])
    members = [(f"{name}.npy", content) for name, content in fields.items()]
    content = zipped(members, pick(rng, (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))
    if not is_odd or rng.random() < 0.1:
        content = mutated(rng, content)
    path = folder / "poses.npz"
    path.write_bytes(content)
    return path


def _openpose(rng: Generator, valid: Poses, folder: Path) -> Path:
    """Some of the files are odd or damaged, missing or called otherwise."""
    path = folder / "dance"
    path.mkdir()
    odd = rng.random(N_FILES) < pick(rng, (0.02, 0.3, 1.0))
    for number, content in enumerate(valid.files):
        text = json_text(odd_json(rng, content) if odd[number] else content).encode()
        if odd[number] and rng.random() < 0.3:
            text = mutated(rng, text)
        name = f"dance_{number:012d}"
        if odd[number] and rng.random() < 0.05:
            name = pick(rng, ("dance_", "x", "dance_99999", "dance_²", "dance_1", "dance_-5"))
        (path / f"{name}_keypoints.json").write_bytes(text)
    if rng.random() < 0.7:
        sound = valid.sound.read_bytes()
        (path / "music.wav").write_bytes(mutated(rng, sound) if rng.random() < 0.2 else sound)
    elif rng.random() < 0.3:
        film = media.write_film(path / "film.mp4", *media.FILMS["h.mp4"])
        film.write_bytes(mutated(rng, film.read_bytes()))
    return path


def _pairs(rng: Generator, valid: Poses, folder: Path) -> Path:
    found = odd_json(rng, valid.pairs)
    text = json_text(json.dumps(found) if rng.random() < 0.1 else found).encode()
    path = folder / "pairs.json"
    path.write_bytes(mutated(rng, text) if rng.random() < 0.2 else text)
    return path


POSES = Kind("poses", _begin, _make, "benchmarks.fuzz.pose_readers:readers")
