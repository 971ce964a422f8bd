"""A real PortAudio stream from a virtual microphone: heard in full, lost, muted, moved, found."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, sleep

import numpy as np
import pytest
import soundfile
from virtual_mic import VirtualMic, needs_virtual_mic, virtual_mic_server

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.device, needs_virtual_mic]


@pytest.fixture
def virtual_mic() -> Iterator[VirtualMic]:
    with virtual_mic_server() as server:
        yield server


class Listener:
    """The scenario program, listening to one device."""

    def __init__(self, mic: VirtualMic, name: str, out: Path) -> None:
        self._out = out
        self._process = subprocess.Popen(
            [sys.executable, ROOT / "tests" / "microphone_scenario.py", name, out],
            env=mic.env | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout and self._process.stdout.readline() == "started\n"

    @property
    def pid(self) -> int:
        return self._process.pid

    def end(self) -> "Heard":
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0
        return Heard(self._out)


class Heard:
    """What the scenario program wrote down."""

    def __init__(self, path: Path) -> None:
        kept = dict(np.load(path))
        put_at, first, n_samples, captured_at, peak = kept["facts"].T
        self.put_at, self.captured_at, self.peak = put_at, captured_at, peak
        self.first, self.end = first.astype(int), (first + n_samples).astype(int)
        self.rate, self.overflows = int(kept["rate"]), int(kept["overflows"])
        self.state_at, self.sound = kept["state_at"], kept["sound"]
        self.restarts, self.status = kept["restarts"], kept["status"]
        self.stop_s, self.cpu = float(kept["stop_s"]), float(kept["cpu"])
        self.chunks, self.n_lost = kept["chunks"], kept["n_lost"]
        self.chunk_index = kept["chunk_index"]

    def when(self, sound: bool, after: float) -> float:
        """Host time at which the shown state became that."""
        at = self.state_at[(self.sound == sound) & (self.state_at > after)]
        assert len(at), f"never {sound} after the event: {self.status}"
        return float(at[0])

    def status_at(self, at: float) -> str:
        return str(self.status[np.searchsorted(self.state_at, at, side="right") - 1])

    def peak_between(self, start: float, end: float) -> float:
        inside = (self.put_at > start) & (self.put_at < end)
        assert inside.sum() > 20 * (end - start), "the blocks did not go on"
        return float(self.peak[inside].max())

    def longest_wait(self, start: float, end: float) -> float:
        inside = self.put_at[(self.put_at > start) & (self.put_at < end)]
        return float(np.diff(inside, prepend=start, append=end).max())

    def check_media_time(self) -> None:
        """Without a jump, and as long as the time that went by."""
        assert np.array_equal(self.first[1:], self.end[:-1])
        media = (self.end[-1] - self.end[0]) / self.rate
        assert media == pytest.approx(self.captured_at[-1] - self.captured_at[0], abs=0.15)


def tone(path: Path, seconds: float = 30.0, hertz: float = 440.0) -> Path:
    times = np.arange(round(16_000 * seconds)) / 16_000
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * hertz * times), 16_000)
    return path


@pytest.mark.parametrize("name", ["virtual_mic", "Monitor of virtual_mic"])
def test_every_click_is_heard_at_its_time(
    virtual_mic: VirtualMic, tmp_path: Path, name: str
) -> None:
    samples = np.zeros(16_000 * 2, np.float32)
    samples[4_000::8_000] = 0.8
    soundfile.write(tmp_path / "clicks.wav", samples, 16_000)
    virtual_mic.start("virtual_mic")
    listener = Listener(virtual_mic, name, tmp_path / "heard.npz")
    sleep(0.5)
    virtual_mic.play(tmp_path / "clicks.wav", "virtual_mic")
    sleep(3.0)
    heard = listener.end()
    sound = np.abs(heard.chunks.reshape(-1))
    clicks = np.flatnonzero(sound > 0.4)
    clicks = clicks[np.diff(clicks, prepend=-8_000) > 100]
    assert len(clicks) == 4
    assert np.abs(np.diff(clicks) - 8_000).max() <= 2
    assert heard.overflows == 0
    assert not heard.n_lost.any()
    assert np.array_equal(heard.chunk_index, np.arange(len(heard.chunk_index)))
    heard.check_media_time()
    # Blocks of 10 ms that come singly or in pairs, not in heaps.
    assert np.all(heard.end - heard.first == heard.rate // 100)
    assert np.median(np.diff(heard.captured_at)) < 0.025
    assert heard.stop_s < 2.0


@pytest.mark.slow
def test_a_lost_microphone_is_silence_and_is_taken_back(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    music = tone(tmp_path / "tone.wav")
    virtual_mic.start("virtual_mic")
    virtual_mic.play(music, "virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    sleep(1.5)
    killed_at = perf_counter()
    virtual_mic.do("kill")
    sleep(2.5)
    virtual_mic.start("virtual_mic")
    back_at = perf_counter()
    virtual_mic.play(music, "virtual_mic")
    sleep(3.0)
    heard = listener.end()
    assert heard.peak_between(killed_at - 0.5, killed_at) > 0.4
    lost_at = heard.when(False, killed_at)
    assert lost_at - killed_at < 1.0
    assert "virtual_mic" in heard.status_at(lost_at + 0.1)
    assert "gone" in heard.status_at(lost_at + 0.1)
    # Silence goes on at pace, so the dancer does.
    assert heard.peak_between(lost_at + 0.1, back_at - 2.0) == 0.0
    assert heard.longest_wait(killed_at - 0.5, back_at + 2.5) < 0.7
    assert heard.when(True, lost_at) - back_at < 2.0
    assert heard.peak_between(back_at + 2.0, back_at + 2.9) > 0.4
    assert heard.restarts[-1] == 1
    assert "listening" in heard.status[-1]
    heard.check_media_time()
    assert np.array_equal(heard.chunk_index, np.arange(len(heard.chunk_index)))
    assert heard.stop_s < 2.0


@pytest.mark.slow
def test_a_muted_microphone_is_shown_and_kept(virtual_mic: VirtualMic, tmp_path: Path) -> None:
    virtual_mic.start("virtual_mic")
    virtual_mic.play(tone(tmp_path / "tone.wav"), "virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    sleep(1.0)
    muted_at = perf_counter()
    virtual_mic.do("mute")
    sleep(4.0)
    unmuted_at = perf_counter()
    virtual_mic.do("unmute")
    sleep(1.5)
    heard = listener.end()
    shown_at = heard.when(False, muted_at)
    assert 1.5 < shown_at - muted_at < 3.5
    assert "muted" in heard.status_at(shown_at + 0.05)
    assert heard.when(True, shown_at) - unmuted_at < 1.0
    assert heard.restarts[-1] == 0
    heard.check_media_time()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["virtual_mic", "mic"])
def test_another_microphone_never_takes_its_place(
    virtual_mic: VirtualMic, tmp_path: Path, name: str
) -> None:
    """Unplugged while another exists, the sound server moves the stream there and tells nobody."""
    virtual_mic.start("virtual_mic", "other_mic")
    virtual_mic.pactl("set-default-source", "virtual_mic.monitor")
    virtual_mic.play(tone(tmp_path / "tone.wav"), "other_mic")
    listener = Listener(virtual_mic, name, tmp_path / "heard.npz")
    sleep(1.0)
    unplugged_at = perf_counter()
    virtual_mic.do("unplug", "virtual_mic")
    sleep(3.0)
    virtual_mic.pactl(
        "load-module", "module-null-sink", "sink_name=virtual_mic", "rate=16000", "channels=1"
    )
    virtual_mic.play(tone(tmp_path / "high.wav", hertz=1_000.0), "virtual_mic")
    plugged_at = perf_counter()
    sleep(4.0)
    heard = listener.end()
    # A few blocks of the other one pass until the sound server has answered.
    assert heard.peak_between(unplugged_at + 0.5, plugged_at) == 0.0
    assert "gone" in heard.status_at(plugged_at - 0.1)
    assert heard.when(True, unplugged_at + 0.5) > plugged_at - 0.5
    assert heard.restarts[-1] >= 1
    last_second = heard.chunks[-10:].reshape(-1)
    assert np.argmax(np.abs(np.fft.rfft(last_second))) == pytest.approx(1_000, abs=2)


@pytest.mark.slow
def test_half_a_minute_on_a_loaded_machine_loses_nothing(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    virtual_mic.start("virtual_mic")
    virtual_mic.play(tone(tmp_path / "tone.wav", 40.0), "virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    busy = [
        subprocess.Popen(["nice", sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        sleep(30.0)
    finally:
        for process in busy:
            process.kill()
            process.wait()
    heard = listener.end()
    assert heard.overflows == 0
    assert not heard.n_lost.any()
    assert heard.restarts[-1] == 0 and heard.sound.all()
    heard.check_media_time()
    intervals = np.diff(heard.captured_at) * 1e3
    print(
        f"interval ms p1 {np.percentile(intervals, 1):.1f} p50 {np.median(intervals):.1f} "
        f"p99 {np.percentile(intervals, 99):.1f} max {intervals.max():.1f}; "
        f"handed on after ms p99 {np.percentile(heard.put_at - heard.captured_at, 99) * 1e3:.2f}; "
        f"cpu {100 * heard.cpu:.1f} % of a core"
    )
    assert np.median(intervals) < 25.0


@pytest.mark.slow
def test_a_program_that_was_stopped_for_a_while_goes_on_in_time(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    """The laptop's lid: whatever was lost meanwhile, media time is right again afterwards."""
    virtual_mic.start("virtual_mic")
    virtual_mic.play(tone(tmp_path / "tone.wav"), "virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    sleep(1.0)
    os.kill(listener.pid, 19)
    time.sleep(2.0)
    os.kill(listener.pid, 18)
    sleep(4.0)
    heard = listener.end()
    media = (heard.end[-1] - heard.end[0]) / heard.rate
    assert media == pytest.approx(heard.captured_at[-1] - heard.captured_at[0], abs=0.15)
    assert heard.sound[-1]
    assert heard.restarts[-1] == 0  # the device was there all the time
    assert heard.peak[-50:].min() > 0.3


@pytest.mark.slow
def test_a_sound_server_that_is_held_up_is_waited_for(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    """On a busy machine blocks come late: the device is not lost, and nothing is opened anew."""
    virtual_mic.start("virtual_mic")
    virtual_mic.play(tone(tmp_path / "tone.wav"), "virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    sleep(1.5)
    server = virtual_mic.pid
    held_up_at = perf_counter()
    os.kill(server, signal.SIGSTOP)
    sleep(1.5)
    os.kill(server, signal.SIGCONT)
    goes_on_at = perf_counter()
    sleep(4.0)
    heard = listener.end()
    told_at = heard.when(False, held_up_at)
    assert 0.4 < told_at - held_up_at < 1.4
    assert "too busy" in heard.status_at(told_at + 0.05)
    assert heard.when(True, told_at) - goes_on_at < 1.0
    assert heard.restarts[-1] == 0
    assert "listening" in heard.status[-1]
    assert heard.peak[-100:].max() > 0.3
    media = (heard.end[-1] - heard.end[0]) / heard.rate
    assert media == pytest.approx(heard.captured_at[-1] - heard.captured_at[0], abs=0.25)


@pytest.mark.slow
def test_a_sound_server_that_dies_again_and_again_leaves_nothing_behind(
    virtual_mic: VirtualMic, tmp_path: Path
) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("threads and handles are counted in /proc")
    virtual_mic.start("virtual_mic")
    listener = Listener(virtual_mic, "virtual_mic", tmp_path / "heard.npz")
    sleep(1.5)
    process = Path(f"/proc/{listener.pid}")

    def counts() -> tuple[int, int]:
        return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))

    before = counts()
    for _ in range(4):
        virtual_mic.do("kill")
        virtual_mic.start("virtual_mic")
        sleep(3.0)
    until = perf_counter() + 5.0
    while counts() > before and perf_counter() < until:
        sleep(0.1)
    n_threads, n_handles = counts()
    heard = listener.end()
    assert heard.restarts[-1] >= 4
    assert n_threads <= before[0] and n_handles <= before[1]


def test_an_unknown_name_lists_the_inputs(virtual_mic: VirtualMic) -> None:
    virtual_mic.start("virtual_mic", "virtual_mic_two")
    code = (
        "from live.sound.open import open_source\n"
        "from live.sound.portaudio import list_devices\n"
        "from live.sound.source import SourceError\n"
        "names = 'nowhere', 'virtual', 'two', 'VIRTUAL_MIC', 'virtual_mic_two.MONITOR', 'mic'\n"
        "for name in names:\n"
        "    try: print(open_source(name).name)\n"
        "    except SourceError as error: print(error)\n"
        "print(*list_devices(), sep='\\n')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=virtual_mic.env | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    unknown, several, part, exact, server, default, *devices = ran.stdout.splitlines()
    assert "no input called" in unknown and '"virtual_mic"' in unknown
    assert "fits several" in several and '"virtual_mic_two"' in several
    assert '"default"' not in several
    assert (part, exact) == ("virtual_mic_two", "virtual_mic")
    assert (server, default) == ("Monitor of virtual_mic_two", "Monitor of virtual_mic")
    assert any(line.startswith("virtual_mic ") for line in devices)
    marked = [line for line in devices if "default" in line.split("(")[1]]
    assert [line.split("  (")[0] for line in marked] == ["Monitor of virtual_mic"]
    assert "what the computer plays" in marked[0]
