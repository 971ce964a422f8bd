"""The real PortAudio in a process of its own: its drivers hang, crash or stand still."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep

import pytest
from virtual_mic import VirtualMic, needs_virtual_mic, virtual_mic_server

from live.sound.device.process import Refused, ask
from live.sound.device.program import LOADING_S, OPENING_S
from live.sound.input_stream import CapturedBlock, InputStream
from live.sound.microphone import Microphone
from live.sound.output_stream import BlockQueue, OutputStream, default_output
from live.sound.portaudio import find_input
from live.sound.source import SourceError

ROOT = Path(__file__).parents[1]
MIC = "virtual_mic"

# PortAudio itself, but the sound server dies between opening and starting a stream. Its callback
# thread then ends with a lock that Pa_StartStream waits for without end.
DYING = """
    import os, signal, sys, time
    from pathlib import Path

    here = Path(__file__).parent
    sys.path.remove(str(here))
    del sys.modules["sounddevice"]
    import sounddevice

    def dying(start):
        def first_dying(stream):
            try:
                server = Path((here / "server").read_text()).read_text()
                (here / "server").unlink()
            except OSError:
                return start(stream)
            os.kill(int(server), signal.SIGKILL)
            time.sleep(0.3)
            return start(stream)
        return first_dying

    for stream in (sounddevice.RawInputStream, sounddevice.RawOutputStream):
        stream.start = dying(stream.start)
"""

pytestmark = [pytest.mark.device, needs_virtual_mic]


@pytest.fixture
def mic(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualMic]:
    """A server that this process sees."""
    with virtual_mic_server() as server:
        server.start(MIC)
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        yield server


def dies_at_the_next_start(mic: VirtualMic, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sounddevice.py").write_text(textwrap.dedent(DYING))
    (folder / "server").write_text(str(mic._folder / "daemon.pid"))
    monkeypatch.setenv("PYTHONPATH", str(folder))


def held() -> tuple[int, int, int]:
    """Threads, handles and child processes of this one."""
    tasks = list(Path("/proc/self/task").iterdir())
    n_children = sum(len((task / "children").read_text().split()) for task in tasks)
    return len(tasks), len(os.listdir("/proc/self/fd")), n_children


def comes_true(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = perf_counter() + seconds
    while not what() and perf_counter() < until:
        sleep(0.01)
    return what()


@pytest.mark.parametrize("kind", ["input", "output"])
def test_a_driver_that_hangs_is_refused_and_leaves_nothing(
    mic: VirtualMic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    device = find_input(MIC)
    dies_at_the_next_start(mic, tmp_path, monkeypatch)
    before, began = held(), perf_counter()
    with pytest.raises(Refused, match="the sound driver does not answer"):
        if kind == "input":
            InputStream(device, device.rate, 1, print)
        else:
            OutputStream(44_100, 2, BlockQueue())
    assert not (tmp_path / "server").exists()
    assert OPENING_S < perf_counter() - began < LOADING_S + OPENING_S
    assert comes_true(lambda: held() == before), (before, held())


@pytest.mark.slow
def test_a_microphone_comes_back_although_its_first_opening_hung(
    mic: VirtualMic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Microphone(MIC)
    heard.start(lambda block: None)
    try:
        assert comes_true(lambda: heard.sound)
        sleep(1.0)  # the server is asked which source it hears
        before = held()
        mic.do("kill")
        assert comes_true(lambda: not heard.sound)
        dies_at_the_next_start(mic, tmp_path, monkeypatch)
        with suppress(subprocess.CalledProcessError):  # perhaps it dies before it is all there
            mic.start(MIC)
        assert comes_true(lambda: not (tmp_path / "server").exists(), 20.0)
        assert comes_true(lambda: not _serves(mic))
        mic.start(MIC)
        assert comes_true(lambda: heard.sound, 30.0), heard.status
        assert heard.restarts == 1
        assert comes_true(lambda: held() == before), (before, held())
    finally:
        heard.stop()


def test_a_driver_that_crashes_is_a_device_that_is_gone(mic: VirtualMic) -> None:
    before = held()
    blocks: list[CapturedBlock] = []
    stream = InputStream(find_input(MIC), 16_000, 1, blocks.append)
    assert comes_true(lambda: len(blocks) > 3)
    assert not stream.ended.is_set()
    os.kill(stream._process.pid, signal.SIGSEGV)
    assert stream.ended.wait(5.0)
    stream.close()
    assert comes_true(lambda: held() == before), (before, held())


@pytest.mark.parametrize("kind", ["input", "output"])
def test_a_driver_that_stands_still_is_closed_within_a_second(mic: VirtualMic, kind: str) -> None:
    before = held()
    if kind == "input":
        stream = InputStream(find_input(MIC), 16_000, 1, lambda block: None)
    else:
        stream = OutputStream(44_100, 2, BlockQueue())
    os.kill(stream._process.pid, signal.SIGSTOP)
    began = perf_counter()
    stream.close()
    assert perf_counter() - began < 1.5
    assert comes_true(lambda: held() == before), (before, held())


def test_an_opened_device_ends_with_the_program_that_opened_it(mic: VirtualMic) -> None:
    code = (
        "import time\n"
        "from live.sound.input_stream import InputStream\n"
        "from live.sound.portaudio import find_input\n"
        f"stream = InputStream(find_input({MIC!r}), 16_000, 1, lambda block: None)\n"
        "print(stream._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    program = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout
        pid = int(program.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
    finally:
        program.kill()
        program.communicate()
    assert comes_true(lambda: not _lives(pid))


def _serves(mic: VirtualMic) -> bool:
    try:
        return _lives(mic.pid)
    except OSError:
        return False


def _lives(pid: int) -> bool:
    """One that nobody has reaped yet (Z) is dead."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_questions_are_answered_by_a_portaudio_of_now(mic: VirtualMic) -> None:
    assert MIC in [device["name"] for device in ask("devices")["devices"]]
    assert default_output() == MIC
    assert ask("output", samplerate=44_100, channels=2)["takes"]
    with pytest.raises(Refused, match="has just changed"):
        ask("check input", device=0, name="another", channels=1, samplerate=16_000)
    mic.do("kill")
    with pytest.raises(SourceError, match="no sound output"):  # what is gone is not remembered
        default_output()
