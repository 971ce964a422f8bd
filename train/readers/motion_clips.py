"""Dances without music -> clips that songs are laid under: BVH files, and the set club_motion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from models import spec
from models.array_file import ArrayFileError, read_arrays
from models.json_file import read_json
from models.types import Array
from train.readers import bvh
from train.readers.joint_table import JointTable, read_table
from train.readers.motion_file import Motion
from train.songs import motion
from train.songs.clip import Clip, on_its_beats, pulses_by_kind
from train.songs.song import POSE_HZ, DataError, each_once

MANIFEST, ARRAYS = "manifest.json", "motion.npz"
SHIPPABLE = "shippable"  # what the manifest says of a clip that may be learned from for any use
# What is danced in a clip, by a part of its key; the first that fits.
STYLES = {
    "Salsa": "salsa", "salsa": "salsa",
    "Shuffle": "house", "LongDance": "house", "StepTouch": "house", "Nineties": "house",
    "Disco": "house", "JazzWalk": "house", "DadDance": "house",
    "Hype": "hiphop", "DWG": "hiphop", "Blunt": "hiphop", "Woah": "hiphop", "TikTok": "hiphop",
    "Thrilling": "hiphop", "Gnarly": "hiphop",
}  # fmt: skip
PARTY, FREE = "party", "free"  # other clips of one group; all the rest
_PARTY_GROUP = "g1moves"
_CALM = ("Wiggle", "Stretch", "Spiral", "Modern")  # of that group: no party
WALKED_IN_S = {"lafan1_g1": 8.0}  # a clip of the group begins with a T-pose and a walk
ACKNOWLEDGED = {
    "cmu": "The data used in this project was obtained from mocap.cs.cmu.edu. The database was "
    "created with funding from NSF EIA-0196217.",
    "g1moves": "G1 Moves (Chaiet, 2026), CC BY 4.0",
    "jesse": "AnimatedDrawings, MIT",
    "lafan1": "LAFAN1 (Harvey et al., 2020), CC BY-NC-ND 4.0",
}


@dataclass(frozen=True)
class Dance:
    """One motion and what is known of it."""

    motion: Motion
    style: str
    licence: str
    provenance: str


@dataclass(frozen=True)
class Clips:
    """All clips of a source, and what could not be taken, in words."""

    clips: tuple[Clip, ...]
    notes: tuple[str, ...]

    @property
    def styles(self) -> list[str]:
        return sorted({clip.style for clip in self.clips})


def is_set(folder: Path) -> bool:
    """Whether the folder is laid out as club_motion."""
    return (folder / MANIFEST).is_file() and (folder / ARRAYS).is_file()


def styles_of_set(folder: Path) -> list[str]:
    """What is danced in it. Raises DataError."""
    return sorted({style_of(row["key"], row["group"]) for row in _rows(folder)})


def style_of(key: str, group: str) -> str:
    """The style of a clip of club_motion."""
    for part, style in STYLES.items():
        if part in key:
            return style
    is_party = group == _PARTY_GROUP and not any(part in key for part in _CALM)
    return PARTY if is_party else FREE


@lru_cache(maxsize=2)
def clips_of(source: Path, style: str, licence: str, joints: str, research: bool) -> Clips:
    """Every clip of a BVH file, of a folder of them, or of a set.

    `style` and `licence` are those of BVH files, `joints` the path of their table or ""; with
    `research` clips of a set that may not ship are taken as well. Raises DataError where nothing
    can be danced.
    """
    if source.is_dir() and is_set(source):
        dances, notes = read_set(source, research)
    else:
        dances, notes = _read_bvh(source, style, licence, joints)
    if not dances:
        raise DataError(f"{source.name}: {'; '.join(notes) or 'there is no dance in it'}.")
    clips, unsure = _clips(dances)
    if not any(clip.pulse for clip in clips):
        raise DataError(f"{source.name}: all its dances are too short, {unsure[0]}.")
    return Clips(tuple(clips), tuple(notes + unsure))


def read_set(folder: Path, research: bool) -> tuple[list[Dance], list[str]]:
    """The dances of a set as club_motion: joints (T, 18, 3) by key, x forward, y left, z up.

    Raises DataError when it is damaged.
    """
    rows = [row for row in _rows(folder) if research or row["use"] == SHIPPABLE]
    try:
        file = read_arrays(folder / ARRAYS)
        joints = {row["key"]: file[row["key"]] for row in rows}
    except (ArrayFileError, KeyError, ValueError) as error:
        raise DataError(f"{folder / ARRAYS} cannot be read ({error}).") from error
    dances: list[Dance] = []
    notes: list[str] = []
    for row in rows:
        key, fps = row["key"], float(row["fps"])
        begin = round(WALKED_IN_S.get(row["group"], 0.0) * fps)
        own = joints[key][begin:]
        if own.ndim != 3 or own.shape[1:] != (spec.N_JOINTS, 3) or not np.isfinite(own).all():
            notes.append(f"{key}: its joints are no numbers of 18 joints")
            continue
        source = next((text for part, text in ACKNOWLEDGED.items() if part in key), key)
        dances.append(
            Dance(Motion(key, fps, own), style_of(key, row["group"]), row["licence"], source)
        )
    return dances, notes


def _rows(folder: Path) -> list[dict[str, Any]]:
    path = folder / MANIFEST
    rows: Any = read_json(path)
    needed = {"key": str, "group": str, "fps": (int, float), "licence": str, "use": str}
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(k), t) for k, t in needed.items())
        for row in rows
    ):
        raise DataError(f"{path} does not list clips with {', '.join(needed)}.")
    if not all(1 < row["fps"] < 1000 for row in rows):
        raise DataError(f"{path} holds a clip of no frame rate.")
    return rows


def bvh_files(source: Path) -> list[Path]:
    """The file itself, or those of a folder."""
    if source.is_file():
        return [source]
    return sorted(path for path in source.iterdir() if path.suffix.lower() == ".bvh")


def _read_bvh(source: Path, style: str, licence: str, joints: str) -> tuple[list[Dance], list[str]]:
    table = read_table(Path(joints)) if joints else JointTable()
    dances: list[Dance] = []
    notes: list[str] = []
    for path in bvh_files(source):
        try:
            read = bvh.read(path, table)
        except DataError as error:
            notes.append(str(error).rstrip("."))
            continue
        notes += [f"{path.name}: {note}" for note in read.notes]
        dances.append(Dance(read, style, licence, f"motion capture {path.name}"))
    return dances, notes


def _clips(dances: Sequence[Dance]) -> tuple[list[Clip], list[str]]:
    """Canonical poses with their pulse, and which have none that is sure."""
    named = {str(n): (d.style, d.motion.joints, d.motion.fps) for n, d in enumerate(dances)}
    pulses = pulses_by_kind(named)
    clips: list[Clip] = []
    unsure: list[str] = []
    for (name, (style, joints, fps)), dance in zip(named.items(), dances, strict=True):
        pulse = pulses[name]
        poses = canonical(joints, fps)
        if pulse is None:
            unsure.append(f"{dance.motion.name} is too short to have a pulse")
        elif not pulse.is_sure:
            unsure.append(f"{dance.motion.name} has no sure pulse: its still moments are moved on "
                          f"to beats of {pulse.bpm:.0f} a minute")  # fmt: skip
        if pulse is not None:
            poses = on_its_beats(poses, pulse)
        clips.append(Clip(dance.motion.name, style, poses, pulse, dance.licence, dance.provenance))
    return clips, unsure


def canonical(joints: Array, fps: float) -> Array:
    """Joints (N, 18, 3), x forward, y left, z up -> stage poses (M, 18, 2) at POSE_HZ.

    Whoever faces one way most of the time faces the audience.
    """
    world = np.stack([joints[..., 0], joints[..., 2], -joints[..., 1]], -1).astype(np.float64)
    usual = float(np.angle(np.exp(1j * motion.facing(world)).mean()))
    world = motion.turned(world, np.full(len(world), -usual))
    return motion.stage_poses(world, fps, POSE_HZ, (len(joints) - 1) / fps, jumps=True)


def licences(clips: Iterable[Clip]) -> tuple[str, str]:
    """Licence and provenance of what is put together from clips."""
    clips = list(clips)
    return (
        each_once(clip.licence for clip in clips),
        each_once(clip.provenance for clip in clips),
    )
