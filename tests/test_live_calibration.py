"""--calibrate against a real sound server and a real window; a show then uses what was kept."""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from virtual_mic import VirtualMic, needs_virtual_mic, virtual_mic_server

ROOT = Path(__file__).parents[1]
DELAY_MS = 200


@pytest.fixture
def virtual_mic() -> Iterator[VirtualMic]:
    """What is played comes back at once from `room`, and 200 ms later from `far`."""
    with virtual_mic_server() as server:
        server.start("room", "far")
        server.pactl("set-default-sink", "room")
        server.pactl(
            "load-module", "module-loopback", "source=room.monitor", "sink=far",
            f"latency_msec={DELAY_MS}",
        )  # fmt: skip
        yield server


def dancelive(mic: VirtualMic, delays: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    # The server's 30 ms are meant for microphones; as a buffer for playing they run dry.
    env = {key: value for key, value in mic.env.items() if key not in ("DISPLAY",)}
    return subprocess.run(
        [sys.executable, "-m", "live.cli", *words],
        env=env | {"PULSE_LATENCY_MSEC": "60", "DANCELIVE_DELAYS": str(delays)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.device
@pytest.mark.slow
@needs_virtual_mic
def test_the_way_from_loudspeaker_to_microphone(virtual_mic, tmp_path):
    delays = tmp_path / "delays.json"
    found = {}
    for name in ("room", "far"):
        said = dancelive(virtual_mic, delays, "--calibrate", "--headless", "--input", name)
        assert said.returncode == 0, said
        assert f'for the input "{name}"' in said.stdout
        found[name] = json.loads(delays.read_text())["microphones"][name]["loop_ms"]
    assert found["far"] - found["room"] == pytest.approx(DELAY_MS, abs=40)

    stats = tmp_path / "stats.json"
    show = ("--headless", "--duration", "1", "--target", "skeleton", "--stats", str(stats))
    said = dancelive(virtual_mic, delays, "--input", "far", *show)
    assert "earlier, as calibrated" in said.stderr
    assert json.loads(stats.read_text())["delay_ms"] == pytest.approx(-found["far"], abs=0.051)
    said = dancelive(virtual_mic, delays, "--input", "far", "--delay-ms", "5", *show)
    assert "as calibrated" not in said.stderr
    assert json.loads(stats.read_text())["delay_ms"] == 5

    virtual_mic.pactl("set-sink-mute", "room", "1")
    said = dancelive(virtual_mic, delays, "--calibrate", "--headless", "--input", "room")
    assert said.returncode == 1
    assert "does not hear the clicks" in said.stdout


WINDOW = """
    import json, time
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtTest import QTest
    from live.calibration.window import CalibrationWindow, run
    from live.core.media_clock import MediaClock

    clock = MediaClock(time.perf_counter())
    kept = []
    for keys in ({keys}):
        window = CalibrationWindow(clock, 0.03)
        def press(keys=keys, window=window):
            for key in keys:
                QTest.keyClick(window, getattr(Qt.Key, "Key_" + key))
        QTimer.singleShot(100, press)
        kept.append(run(window))
        QTest.qWait(1)
    at = clock.host(5.0)
    late = CalibrationWindow(clock, 0.2)
    print(json.dumps([kept, late.turn(at), late.turn(at + 0.2)]))
"""


def test_keys_move_the_flash_and_enter_keeps_it():
    keys = [["Left", "Left", "Up", "Return"], ["Right", "Escape"], ["Right", "Down", "Enter"]]
    script = textwrap.dedent(WINDOW).replace("{keys}", repr(keys))
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    kept, early, on_time = json.loads(ran.stdout)
    assert kept == [pytest.approx(0.012), None, pytest.approx(0.038)]
    assert early == pytest.approx(0.8)  # the flash of second 5 is shown 0.2 s later
    assert min(on_time, 1 - on_time) == pytest.approx(0.0, abs=1e-6)
