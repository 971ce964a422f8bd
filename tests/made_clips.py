"""A set of dances without music, as club_motion: by rules, whose beats are known."""

import json

import numpy as np

from models.band import songs as band
from train.songs.song import POSE_HZ
from train.synthetic import choreography

FPS = 30.0


def joints(monkeypatch, seed, bpm, seconds, style="house"):
    """Joints (N, 18, 3) of a dance by rules at POSE_HZ, x forward, y left, z up, and its beats."""
    kept = []
    joints_3d = choreography.joints_3d

    def keep(sheet, counts, *rest):
        kept.append((joints_3d(sheet, counts, *rest), counts))
        return kept[-1][0]

    with monkeypatch.context() as patch:
        patch.setattr(choreography, "joints_3d", keep)
        music = band.make_song(seed, style, bpm, seconds, 8_000)
        choreography.dance(music, np.arange(0, seconds, 1 / POSE_HZ), seed)
    made, counts = kept[-1]
    # Of the synthetic dance x is to the audience's right, y down, z away from it.
    return np.stack([-made[..., 2], made[..., 0], -made[..., 1]], -1), counts


def write_set(monkeypatch, folder, clips, rows=()):
    """`clips`: key -> (group, use, seed, bpm, seconds)."""
    folder.mkdir(exist_ok=True)
    listed, arrays = list(rows), {}
    for key, (group, use, seed, bpm, seconds) in clips.items():
        fine, _ = joints(monkeypatch, seed, bpm, seconds)
        times = np.arange(int(seconds * FPS)) / FPS * POSE_HZ
        arrays[key] = fine[np.minimum(times.round().astype(int), len(fine) - 1)].astype(np.float32)
        listed.append(
            {"key": key, "group": group, "fps": FPS, "licence": f"of {group}", "use": use}
        )
    np.savez(folder / "motion.npz", **arrays)
    (folder / "manifest.json").write_text(json.dumps(listed))
    return folder
