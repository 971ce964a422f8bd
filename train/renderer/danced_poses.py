"""Poses that dances make on songs of the project's own band: a person is shown in them on stage.

Nobody filmed them, so they have no true picture; a renderer that only ever saw its own video's
skeletons paints what it likes there.
"""

from pathlib import Path

import numpy as np

from models.files import write_whole
from models.types import Array

DANCES = ("ballroom", "free")
_SONGS = 4
_SECONDS = 60.0
_SEEDS = 4


def danced_poses(names: tuple[str, ...] = DANCES) -> Array:
    """Canonical poses (N, 18, 2) of these dances, about 10,000 a dance.

    Raises BundleError, EngineError or CheckpointError when a dance cannot be run.
    """
    from models import spec
    from models.band import songs
    from train.dance_eval.perform import Show, controls_for, open_dance
    from train.songs.song import at_stage_level

    dances = [open_dance(name) for name in names]
    rows: list[Array] = []
    for number in range(_SONGS):
        song = songs.make_song(number, seconds=_SECONDS, rate=spec.SAMPLE_RATE)
        audio = at_stage_level(song.mono)
        controls = controls_for(audio, np.zeros(0), song.beats_per_bar, Show())
        for dance in dances:
            danced = dance.perform(audio, controls, list(range(_SEEDS)), 1.0)
            rows.append(danced.reshape(-1, *danced.shape[-2:]))
    return np.concatenate(rows).astype(np.float32)


def kept(file: Path, names: tuple[str, ...] = DANCES) -> Array:
    """The same, made once and kept in `file` (.npy)."""
    if file.exists():
        return np.load(file)
    poses = danced_poses(names)
    file.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(file) as part:
        np.save(part, poses)
    return poses
