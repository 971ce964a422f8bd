"""Small recordings of dancers in the layouts that are prepared: OpenPose, AIST++, pairs, video."""

import json
import pickle
from pathlib import Path

import numpy as np
import soundfile

from models import spec
from models.band import songs
from models.skeleton import STANDING
from train.readers import aist, openpose

FPS, SECONDS = 25.0, 14.0
BODY_25 = openpose.BODY_25


def song(seconds: float = SECONDS) -> np.ndarray:
    return songs.four_on_the_floor(120.0, seconds, spec.SAMPLE_RATE).mono


def dance(fps: float = FPS, seconds: float = SECONDS) -> np.ndarray:
    """(N, 18, 2) px of a picture of 640 x 480: arms and hips move with 120 beats a minute."""
    times = np.arange(round(fps * seconds)) / fps
    poses = np.repeat(STANDING[None], len(times), 0).astype(float)
    swing = np.sin(2 * np.pi * times)
    poses[:, 4, 0] += 0.15 * swing
    poses[:, 7, 1] -= 0.15 * swing
    poses[..., 0] += 0.05 * np.sin(np.pi * times)[:, None]
    return poses * 180 + [320, 230]


def write_openpose(folder: Path, joints: np.ndarray, is_old: bool = False) -> None:
    folder.mkdir(parents=True)
    for number, pose in enumerate(joints):
        flat = np.zeros((18 if is_old else 25, 3))
        flat[list(range(18) if is_old else BODY_25), :2] = pose
        flat[list(range(18) if is_old else BODY_25), 2] = 0.9
        key = "pose_keypoints" if is_old else "pose_keypoints_2d"
        person = {"version": 1.3, "people": [{key: flat.ravel().round(2).tolist()}]}
        (folder / f"{folder.name}_{number:012d}_keypoints.json").write_text(json.dumps(person))


def film(
    path: Path, sound: np.ndarray | None, times: np.ndarray | None = None, size=(64, 48)
) -> Path:
    from fractions import Fraction

    import av

    times = np.arange(75) / FPS if times is None else times
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height = size
        pictures.pix_fmt, pictures.time_base = "yuv420p", Fraction(1, 1000)
        pictures.codec_context.time_base = Fraction(1, 1000)
        voice = container.add_stream("aac", rate=spec.SAMPLE_RATE) if sound is not None else None
        for i, time in enumerate(times):
            grey = np.full((size[1], size[0], 3), 40 + i % 100, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        if voice is not None and sound is not None:
            frame = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = spec.SAMPLE_RATE, 0
            for packet in [*voice.encode(frame), *voice.encode(None)]:
                container.mux(packet)
    return path


def write_sound(folder: Path, seconds: float = SECONDS) -> None:
    soundfile.write(folder / "music.wav", song(seconds), spec.SAMPLE_RATE)


def write_aist(root: Path, name: str, joints: np.ndarray) -> None:
    """Flat joints (N, 18, 2) px at 60 frames/s; `name` says to which music."""
    for folder in ("keypoints3d", "music"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    points = np.zeros((len(joints), 17, 3))
    for joint, source in aist.COCO_17.items():
        points[:, source, 0] = joints[:, joint, 0]
        points[:, source, 1] = 480 - joints[:, joint, 1]
    (root / "keypoints3d" / f"{name}.pkl").write_bytes(pickle.dumps({"keypoints3d": points}))
    soundfile.write(root / "music" / "mBR0.wav", song(10.0), spec.SAMPLE_RATE)


def write_melody(root: Path, names: tuple[str, ...], seconds: float = 8.0) -> None:
    """Songs with 3D markers, cm, and their manifest."""
    from train.readers.dance_with_melody import MARKERS, N_MARKERS

    root.mkdir(parents=True, exist_ok=True)
    flat = dance(25.0, seconds)
    markers = np.zeros((len(flat), N_MARKERS, 3), np.float32)
    for joint, marker in MARKERS.limbs:
        markers[:, marker, 0] = flat[:, joint, 0]
        markers[:, marker, 1] = 480 - flat[:, joint, 1]
    for marker, joint in ((MARKERS.head_left, 17), (MARKERS.head_right, 16)):
        markers[:, marker, 0] = flat[:, joint, 0]
        markers[:, marker, 1] = 480 - flat[:, joint, 1]
    for name in names:
        np.savez_compressed(
            root / f"{name}.npz", joints3d=markers, root3d=np.zeros((len(flat), 3)), fps=25.0
        )
        soundfile.write(root / f"{name}.ogg", song(seconds), spec.SAMPLE_RATE)
    facts = {"style": "rumba", "split": "train", "alignment": "grid", "music_beat_s": 0.5}
    listed = [{"song": name, **facts} for name in names]
    (root / "manifest.json").write_text(json.dumps({"songs": listed}))


def pairs(joints: np.ndarray, starts: tuple[str, ...]) -> dict[str, dict]:
    """Parts of 10 s as the authors publish them, of a dance at 10 frames/s."""
    sound = np.round(song(10.0 * len(starts)) * 20000).astype(int)
    return {
        start: {
            "joint_coors": joints[i * 100 : (i + 1) * 100].round(1).tolist(),
            "audio_sequence": sound[i * 160_000 : (i + 1) * 160_000].tolist(),
        }
        for i, start in enumerate(starts)
    }
