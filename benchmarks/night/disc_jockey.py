"""Music into a virtual microphone, at the pace of the clock, also where the server dies."""

import fcntl
import subprocess
import threading
import time
from collections.abc import Callable, Mapping

import numpy as np

from models.band import score, songs
from models.types import Array

RATE = 16_000
BLOCK = 320  # 20 ms
AHEAD_S = 0.06  # written before it is due
LATE_S = 0.2
PIPE_BYTES = 4096
SONG_S = 60.0
PAUSE_S = 4.0  # between two songs


def evening(minutes: float, seed: int) -> Array:
    """Songs of the band with pauses, float32 mono at RATE, -18 dBFS."""
    rng = np.random.default_rng(seed)
    parts: list[Array] = []
    length = 0
    while length < minutes * 60 * RATE:
        style = score.STYLES[int(rng.integers(len(score.STYLES)))]
        bpm = float(rng.integers(80, 161))
        song = songs.make_song(int(rng.integers(1 << 30)), style, bpm, SONG_S, RATE).mono
        song = song * (10 ** (-18 / 20) / (float(np.sqrt(np.mean(np.square(song)))) + 1e-9))
        parts += [song.astype(np.float32), np.zeros(round(PAUSE_S * RATE), np.float32)]
        length += len(song) + round(PAUSE_S * RATE)
    return np.clip(np.concatenate(parts), -1, 1)


class DiscJockey:
    """Plays `music` from its beginning, sample n at host time `began` + n / RATE, over and over.

    `gain` and `noise` are heard at once. When the server dies it is tried again until it is back,
    and the music goes on where the night is.
    """

    def __init__(self, music: Array, device: str, env: Callable[[], Mapping[str, str]]) -> None:
        self.music, self.gain, self.noise = music, 1.0, 0.0
        self.began = time.perf_counter()
        self._device, self._env = device, env
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def loudness(self, at: float) -> float:
        """RMS of the second of music before host time `at`, without gain."""
        end = round((at - self.began) * RATE) % len(self.music)
        return float(np.sqrt(np.mean(np.square(self.music[max(0, end - RATE) : end + 1]))))

    def close(self) -> None:
        self._ended.set()
        self._thread.join(5)

    def _play(self) -> None:
        while not self._ended.is_set():
            player = subprocess.Popen(
                ["pacat", "--playback", f"--device={self._device}", "--raw", f"--rate={RATE}",
                 "--channels=1", "--format=s16le", "--latency-msec=30"],
                env=dict(self._env()), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            try:
                self._feed(player)
            except OSError:  # the server is gone
                self._ended.wait(0.3)
            finally:
                player.kill()
                player.wait()

    def _feed(self, player: "subprocess.Popen[bytes]") -> None:
        assert player.stdin
        # What waits in the pipe is heard late for as long as the player lives.
        fcntl.fcntl(player.stdin, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        rng = np.random.default_rng(0)
        at = round((time.perf_counter() - self.began) * RATE)
        while not self._ended.is_set():
            due = self.began + at / RATE - AHEAD_S
            self._ended.wait(max(0.0, due - time.perf_counter()))
            block = self.music[np.arange(at, at + BLOCK) % len(self.music)] * self.gain
            if self.noise:
                block = block + self.noise * rng.normal(0, 1, BLOCK)
            player.stdin.write((np.clip(block, -1, 1) * 32767).astype("<i2").tobytes())
            player.stdin.flush()
            at += BLOCK
            late = (time.perf_counter() - self.began) * RATE - at
            if late > LATE_S * RATE:  # this machine slept: on where the night is
                at += round(late)
