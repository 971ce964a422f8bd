"""Music into the virtual microphone; /dancelive/beat stamped on arrival and held against the truth.

`python tests/beat_scenario.py [BPM ...]` prints one line of JSON a loop. The truth comes from a
second listener to the same microphone, so the program's own clock is not believed.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

import mir_eval
import numpy as np
import soundfile
from pythonosc.osc_message import OscMessage
from virtual_mic import VirtualMic, virtual_mic_server

from models.band import songs

ROOT = Path(__file__).parents[1]
MIC = "virtual_mic"
RATE = 16_000
BEAT, SEARCH = RATE // 5, RATE // 20  # samples of a beat that are compared, and how far around
SETTLE_S = 6.0  # of music, before beats are judged


class Witness:
    """Hears the microphone beside the program: which sample came when."""

    def __init__(self, mic: VirtualMic) -> None:
        command = ["parec", f"--device={MIC}.monitor", "--latency-msec=10", "--raw"]
        command += ["--format=s16le", f"--rate={RATE}", "--channels=1"]
        self._process = subprocess.Popen(command, env=mic.env, stdout=subprocess.PIPE)
        self._heard: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        pipe: IO[bytes] | None = self._process.stdout
        while pipe and (data := os.read(pipe.fileno(), 4096)):
            self._heard.append((time.perf_counter(), data))

    def beats(self, song: songs.Song) -> np.ndarray:
        """Host times of the beats of the song that was played."""
        self._process.terminate()
        self._thread.join(2)
        sound = np.frombuffer(b"".join(data for _, data in self._heard), np.int16) / 32768
        ends = np.cumsum([len(data) // 2 for _, data in self._heard])
        began = np.array([at for at, _ in self._heard]) - ends / RATE
        # Beat after beat: a busy machine makes holes in the sound, and all after them is later.
        place = int(np.argmax(abs(sound) > 0.1 * abs(sound).max())) - SEARCH
        host_times = []
        for beat in np.round(song.beat_times * RATE).astype(int):
            here = sound[max(0, place) : place + 2 * SEARCH + BEAT]
            if len(here) < 2 * SEARCH + BEAT:
                break
            place = max(0, place) + int(np.argmax(np.correlate(here, song.mono[beat:][:BEAT])))
            # Packets come late, never early: the earliest tell when a sample was heard.
            near = abs(ends - place) < 2 * RATE
            host_times.append(np.percentile(began[near], 5) + place / RATE)
            place += round(60 / song.bpm * RATE) - SEARCH
        return np.array(host_times)


class Receiver:
    """A VJ's program that notes when each beat arrives."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.beats: list[tuple[float, int, float]] = []  # host time, count, BPM
        self.bars: list[tuple[float, int, int]] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            datagram = self._socket.recv(65536)
            at = time.perf_counter()
            for name, events in (("beat", self.beats), ("bar", self.bars)):
                if datagram.startswith(f"/dancelive/{name}\0".encode()):
                    events.append((at, *OscMessage(datagram).params))


def perform(mic: VirtualMic, song: songs.Song, folder: Path, *args: str) -> dict[str, object]:
    """One show that hears the song: how far its beats are from the true ones, ms."""
    music, stats = folder / "music.wav", folder / "stats.json"
    seconds = len(song.samples) / song.rate
    # As loud music in a room, with half a second before it so that all listeners are there.
    quiet = np.zeros((RATE // 2, 2), np.float32)
    soundfile.write(music, np.concatenate((quiet, song.samples)).mean(1), RATE)
    receiver, witness = Receiver(), Witness(mic)
    show = subprocess.Popen(
        [sys.executable, "-m", "live.cli", "--input", MIC, "--target", "skeleton", "--dance",
         "free", "--headless", "--osc", f"127.0.0.1:{receiver.port}", "--duration",
         f"{seconds + 2:g}", "--stats", str(stats), *args],
        env=mic.env | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.5)
    mic.play(music, MIC)
    if show.wait(seconds + 30):
        raise RuntimeError("the show did not end well")
    true = witness.beats(song)
    judged = true[true > true[0] + SETTLE_S]
    judged = judged[judged < true[-1] - 1]
    near = 30 / song.bpm
    sent = np.array([at for at, *_ in receiver.beats if judged[0] - near < at < judged[-1] + near])
    errors = np.array([(sent - at)[np.argmin(abs(sent - at))] for at in judged]) * 1e3
    bars = [at for at, *_ in receiver.bars]
    first = [np.argmin(abs(true - at)) % song.beats_per_bar for at in bars if at > judged[0] - near]
    report = json.loads(stats.read_text())
    return {
        "bpm": song.bpm,
        "told bpm": round(float(np.median([bpm for at, _, bpm in receiver.beats])), 2),
        "beats judged": len(judged),
        "beats sent": len(sent),
        "error ms p5, p50, p95": np.percentile(errors, [5, 50, 95]).round(1).tolist(),
        "abs error ms p50": round(float(np.median(abs(errors))), 1),
        "f": round(float(mir_eval.beat.f_measure(judged - true[0], sent - true[0])), 3),
        "first beat after s": round(receiver.beats[0][0] - float(true[0]), 2),
        "bars sent": len(first),
        "bars on the downbeat": first.count(0),
        "beat_error_ms": report["beat_error_ms"],
        "osc_error_ms": report["osc_error_ms"],
    }


def main() -> None:
    bpms = [float(word) for word in sys.argv[1:]] or [90.0, 120.0, 150.0]
    with virtual_mic_server() as mic, tempfile.TemporaryDirectory() as folder:
        mic.start(MIC)
        for bpm in bpms:
            song = songs.four_on_the_floor(bpm, 30, RATE)
            print(json.dumps(perform(mic, song, Path(folder))), flush=True)


if __name__ == "__main__":
    main()
