"""The whole program on real input: the virtual microphone, an OSC client, a film, a lost device."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from virtual_mic import VirtualMic, needs_virtual_mic, virtual_mic_server

from models.band import songs

MIC = "virtual_mic"
ROOT = Path(__file__).parents[1]
pytestmark = [pytest.mark.device, pytest.mark.slow, needs_virtual_mic]


@pytest.fixture
def virtual_mic() -> Iterator[VirtualMic]:
    with virtual_mic_server() as server:
        server.start(MIC)
        yield server


@pytest.fixture
def music(tmp_path) -> Path:
    path = tmp_path / "music.wav"
    soundfile.write(path, songs.four_on_the_floor(125, 60, 16_000).mono, 16_000)
    return path


def _show(mic: VirtualMic, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "live.cli", "--input", MIC, "--target", "skeleton",
         "--dance", "free", "--headless", *args],
        env=mic.env | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


@pytest.mark.skipif(not shutil.which("oscdump"), reason="oscdump (liblo-tools) is not installed")
def test_from_the_microphone_to_film_and_osc(virtual_mic, music, tmp_path):
    port = "19137"
    film, stats, poses = (tmp_path / name for name in ("film.mp4", "stats.json", "poses.npz"))
    with (tmp_path / "osc.txt").open("w") as into:
        client = subprocess.Popen(["oscdump", "-L", port], stdout=into)
    virtual_mic.play(music, MIC)
    show = _show(
        virtual_mic, "--duration", "12", "--osc", f"127.0.0.1:{port}", "--record", str(film),
        "--stats", str(stats), "--record-poses", str(poses),
    )  # fmt: skip
    assert show.wait(timeout=40) == 0, show.stderr.read() if show.stderr else ""
    client.terminate()
    client.wait(5)
    heard = (tmp_path / "osc.txt").read_text()

    report = json.loads(stats.read_text())
    assert report["chunks_lost"] == 0
    assert report["audio_restarts"] == 0
    assert report["osc_messages"] > 300
    frames = [line for line in heard.splitlines() if "/dancelive/frame" in line]
    assert len(frames) >= 0.98 * report["osc_messages"]
    for address in ("joint/r_wrist ff", "pose " + "f" * 36, "audio/level f", "beat/bpm f"):
        assert address in heard
    assert "/dancelive/beat if" in heard
    assert heard.count("/dancelive/status sfff") >= 8
    bpm = [float(line.split()[-1]) for line in heard.splitlines() if "/beat/bpm f" in line]
    assert bpm[-1] == pytest.approx(125, rel=0.03)

    shown = np.load(poses)["keypoints"][..., :2]
    assert np.ptp(shown[len(shown) // 2 :], axis=0).max() > 20  # px: it dances
    with av.open(film) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        lengths = [float(s.duration * s.time_base) for s in (video, audio)]
    assert lengths[0] == pytest.approx(12, abs=0.5)
    assert abs(lengths[0] - lengths[1]) < 0.15


@pytest.mark.parametrize("bpm", [90.0, 120.0, 150.0])
def test_the_beats_of_a_loop_leave_on_the_beat(bpm, tmp_path):
    pytest.importorskip("mir_eval", reason="mir_eval is not installed: pip install -e .[eval]")
    from beat_scenario import RATE, perform

    with virtual_mic_server() as mic:
        mic.start(MIC)
        said = perform(mic, songs.four_on_the_floor(bpm, 16, RATE), tmp_path)
    assert said["abs error ms p50"] <= 25, said
    assert said["f"] >= 0.95, said
    assert said["beat_error_ms"]["p50"] < 5, said


def test_the_dance_outlives_its_device(virtual_mic, music, tmp_path):
    stats, poses = tmp_path / "stats.json", tmp_path / "poses.npz"
    virtual_mic.play(music, MIC)
    show = _show(
        virtual_mic, "--duration", "18", "--stats", str(stats), "--record-poses", str(poses)
    )
    time.sleep(6)
    virtual_mic.do("kill")
    time.sleep(4)
    virtual_mic.start(MIC)
    virtual_mic.play(music, MIC)
    assert show.wait(timeout=40) == 0
    said = show.stderr.read() if show.stderr else ""
    assert "is gone" in said
    assert "is back" in said
    report = json.loads(stats.read_text())
    assert report["audio_restarts"] == 1
    assert report["chunks"] >= 175  # media time never stopped
    assert report["frames"] > 400
    times = np.load(poses)["time"]
    assert np.diff(times).max() < 0.5
