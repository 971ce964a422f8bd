"""--guard: real shows that are killed and come back as they were; when it gives up."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from stage_program import StageProgram, free_port, stage_program, wishes_to

from live import cli
from live.core.back_off import LONGEST_S
from live.guard import CRASHED, MOST_SOON, SOON_S, Guard
from live.recording.left_behind import finish_left_behind
from live.show.resume import KEEP_S, Keeper, Kept, Resume
from models.pose_file import read_pose_file

SHOW = ("--input", "demo", "--mute", "--target", "skeleton", "--dance", "free")
BACK_S = 30.0  # on a loaded machine; `python -m benchmarks.guard` measures what it takes
needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux' /proc")
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


# when it starts again, by a clock made here


class Night(Guard):
    """A guard whose shows end with these codes after so many seconds."""

    def __init__(self, *shows: tuple[int, float], duration: float = 0.0) -> None:
        self.shows, self.time, self.starts = [*shows], 1000.0, []
        super().__init__([], Path("state"), duration, lambda: self.time, self.wait)

    def wait(self, seconds: float) -> None:
        self.time += seconds

    def _perform(self, crashed_at: float, n_crashes: int) -> int:
        assert n_crashes == len(self.starts)
        self.starts.append(self.time)
        code, ran = self.shows.pop(0)
        self.time += ran
        return code

    def pauses(self, *ran: float) -> list[float]:
        return [round(b - a - r, 6) for (a, b), r in zip(pairwise(self.starts), ran, strict=True)]


@pytest.mark.parametrize("code", [0, 1, 2])
def test_an_ordinary_end_is_the_end_of_the_guard(code, capsys):
    night = Night((code, 3.0))
    assert night.run() == code and len(night.starts) == 1
    assert capsys.readouterr().err == ""


def test_a_crash_after_a_minute_is_answered_at_once_others_with_growing_pauses(capsys):
    ran = [11.0] * 8 + [60.0, 11.0]
    night = Night(*[(-11, seconds) for seconds in ran], (0, 1.0))
    assert night.run() == 0
    assert night.pauses(*ran) == [0, 1, 2, 4, 8, 16, LONGEST_S, LONGEST_S, 0, 1]
    said = capsys.readouterr().err.splitlines()
    assert said[2] == "dancelive: the show crashed (SIGSEGV), it is started again in 2 s."


def test_one_that_crashes_at_its_start_again_and_again_is_given_up_in_a_sentence(capsys):
    night = Night(*[(3221225477, SOON_S - 1)] * 20)
    assert night.run() == 1 and len(night.starts) == MOST_SOON
    said = capsys.readouterr().err.splitlines()
    assert len(said) == MOST_SOON
    assert said[-1].startswith("dancelive: the show crashed (exit code 0xc0000005) 5 times")


def test_a_crash_between_others_at_the_start_does_not_end_the_night():
    night = Night(*[(-6, 1.0)] * 4, (-6, SOON_S), *[(-6, 1.0)] * 4, (0, 1.0))
    assert night.run() == 0


def test_no_pause_is_longer_than_the_show():
    """At the end of --duration the show is started once more, finds itself over and ends."""
    night = Night(*[(-9, 11.0)] * 5, (0, 0.1), duration=62.0)
    assert night.run() == 0
    assert night.starts[-1] == pytest.approx(1062.0)


# what is a crash, with real processes


@posix
@pytest.mark.parametrize(
    ("crash", "told"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.abort()", "SIGABRT"),
        ("os._exit(134)", "exit code 134"),
        (f"os._exit({CRASHED})", f"exit code {CRASHED}"),
    ],
)
def test_what_is_a_crash(tmp_path, capfd, crash, told):
    """The second start ends well."""
    program = f"import os, signal, sys; n = sys.argv[4]; n == '1' and sys.exit(0); {crash}"
    assert Guard([sys.executable, "-c", program], tmp_path / "state").run() == 0
    assert capfd.readouterr().err == (
        f"dancelive: the show crashed ({told}), it is started again at once.\n"
    )


@posix
def test_a_crash_behind_the_end_is_none(tmp_path, capfd):
    """As of a driver that does not survive the end of the process."""
    show = [*SHOW, "--headless", "--duration", "0.3", "--going-on"]
    program = (
        "import os, sys; from live.cli import main; assert len(sys.argv) == 5;"
        f"main({show} + sys.argv[2:]); os.abort()"
    )
    assert Guard([sys.executable, "-c", program], tmp_path / "state.json").run() == 0
    assert "started again" not in capfd.readouterr().err


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_stops_a_show_before_it_runs_is_no_crash(tmp_path, capfd, number):
    program = f"import os; os.kill(os.getpid(), {int(number)})"
    guard = Guard([sys.executable, "-S", "-c", program], tmp_path / "state")
    assert guard.run() == (130 if number == signal.SIGINT else 128 + number)
    assert "started again" not in capfd.readouterr().err


def test_an_error_that_nobody_foresaw_is_a_crash_under_the_guard(tmp_path, monkeypatch, caplog):
    def broken(*_: object) -> int:
        raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(cli, "_perform", broken)
    words = [*SHOW, "--headless"]
    assert cli.main([*words, "--going-on", str(tmp_path / "state"), "0.0", "0"]) == CRASHED
    assert "nobody foresaw this" in caplog.text
    with pytest.raises(RuntimeError):
        cli.main(words)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--input", "gone/none.wav"), 1, "There is no file gone/none.wav"),
        (("--fps", "many"), 2, "--fps"),
        (("--offline", "--record", "a.mp4"), 2, "--guard watches over a live show"),
        (("--check",), 2, "--guard watches over a live show"),
    ],
)
def test_a_show_that_cannot_begin_is_told_once(tmp_path, words, code, told):
    done = subprocess.run(
        [sys.executable, "-m", "live.cli", "--headless", "--guard", *words],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    assert done.returncode == code
    assert told in done.stderr.splitlines()[-1]
    assert "started again" not in done.stderr


# real shows


def show_of(guard: subprocess.Popen[str]) -> int:
    """The process that the guard watches over now."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has just ended
            continue
        if int(fields[1]) == guard.pid and fields[0] != "Z":
            return int(entry.parent.name)
    raise AssertionError("the guard has no show")


def crash(program: StageProgram, number: int) -> tuple[list, list]:
    """Kill the show; what the last pose before and the first one behind it are numbered."""
    os.kill(show_of(program.process), number)
    time.sleep(0.1)
    at, last = program.of("frame")[-1]
    until = time.perf_counter() + BACK_S
    while not program.of("frame", at + 1e-9) and time.perf_counter() < until:
        time.sleep(0.02)
    assert program.of("frame", at + 1e-9), "it is not back"
    back_at, first = program.of("frame", at + 1e-9)[0]
    assert first[1] - last[1] == pytest.approx(back_at - at, abs=0.5), "as if it had gone on"
    assert first[0] / 30 == pytest.approx(first[1], abs=0.01)
    return last, first


def told(program: StageProgram, port: int, name: str) -> object:
    """What the show says to "?"."""
    at = time.perf_counter()
    while time.perf_counter() < at + 5:
        wishes_to(port).send_message(f"/dancelive/{name}", "?")
        time.sleep(0.05)
        if answers := program.of(name, at):
            return answers[0][1][0]
    raise AssertionError(f"no answer to {name}")


CHOSEN = {"mirror": 1, "gain": 6.0, "energy": -0.5, "phase_lock": 0, "style": "3", "bpm": 128.0,
          "nudge": -20.0}  # fmt: skip


@needs_proc
def test_a_show_that_is_killed_comes_back_as_it_was(tmp_path):
    port, film = free_port(), tmp_path / "show.mp4"
    stats = tmp_path / "show.json"
    with stage_program("--guard", *SHOW, "--osc-in", str(port), "--record", str(film),
                       "--record-poses", str(tmp_path / "show.npz"),
                       "--stats", str(stats)) as program:  # fmt: skip
        program.dance_for(0.5)
        until = time.perf_counter() + 10
        while (tmp_path / "show.part.mp4").stat().st_size < 4_000 and time.perf_counter() < until:
            time.sleep(0.05)  # until a second of the film is on the disk
        mapped = Path(f"/proc/{program.process.pid}/maps").read_text()
        assert not [name for name in ("numpy", "onnxruntime", "Qt6", "torch") if name in mapped]
        for name, value in CHOSEN.items():
            wishes_to(port).send_message(f"/dancelive/{name}", value)
        wishes_to(port).send_message("/dancelive/target", "bob")
        until = time.perf_counter() + BACK_S
        while told(program, port, "target") != "bob":
            assert time.perf_counter() < until, "bob does not come"
            time.sleep(0.05)
        wishes_to(port).send_message("/dancelive/freeze", 1)
        time.sleep(0.3)
        pose = program.of("dancer/0/pose")[-1][1]
        crash(program, signal.SIGSEGV)
        assert told(program, port, "target") == "bob"
        assert program.of("dancer/0/pose")[-1][1] == pose, "it is held as it was"
        for name, value in (CHOSEN | {"freeze": 1}).items():
            assert told(program, port, name) == pytest.approx(value), name
        wishes_to(port).send_message("/dancelive/freeze", 0)
        time.sleep(0.3)  # it is kept within 0.1 s
        crash(program, signal.SIGKILL)
        assert told(program, port, "target") == "bob"
        assert told(program, port, "freeze") == 0
        time.sleep(1.0)
        program.end()
    assert {path.name for path in tmp_path.glob("*.mp4")} >= {"show.mp4", "show-2.mp4"}
    assert not list(tmp_path.glob("*.part*"))
    for path in tmp_path.glob("*.mp4"):
        with av.open(str(path)) as opened:
            assert sum(1 for _ in opened.decode(video=0)) > 5, path
    with np.load(tmp_path / "show.npz") as poses:  # those before had no safety copy yet
        assert len(poses["keypoints"]) > 3
    assert '"crashes": 2' in stats.read_text()


@needs_proc
def test_the_duration_counts_over_a_crash():
    with stage_program("--guard", *SHOW, "--duration", "6") as program:
        program.dance_for(0.4)
        crash(program, signal.SIGKILL)
        assert program.process.wait(30) == 0
        frames = [said for _, said in program.of("frame")]
    assert frames[-1][1] == pytest.approx(6.0, abs=0.3)
    assert all(a[0] < b[0] for a, b in pairwise(frames))


@needs_proc
def test_a_stop_between_two_starts_is_heard(tmp_path):
    program = f"import sys; sys.exit({CRASHED})"
    code = (
        "import sys; from pathlib import Path; from live.guard import Guard;"
        f"sys.exit(Guard([sys.executable, '-c', {program!r}], Path('s')).run())"
    )
    guard = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert guard.stderr is not None
    while "in 2 s" not in guard.stderr.readline():
        pass
    began = time.perf_counter()
    guard.send_signal(signal.SIGTERM)
    assert guard.wait(10) == 0
    assert time.perf_counter() - began < 1.5


# what is kept


def kept(**changed) -> Kept:
    given = {"at": time.monotonic(), "time": 100.0, "place": 60.0, "target": "bob", "controls": {}}
    return Kept(**given | changed)


def test_a_song_that_was_played_goes_on_where_it_stood_another_where_the_room_is(tmp_path):
    import threading

    file, now = tmp_path / "state.json", time.monotonic()
    over = threading.Event()
    over.set()
    Keeper(file, lambda: kept(at=now - 20.0)).run(over)
    crashed_at = now - 20.0 + 0.4
    aloud, muted = (Resume(file, crashed_at, 1, is_aloud) for is_aloud in (True, False))
    assert aloud.place == pytest.approx(60.4)
    assert muted.place == pytest.approx(80.0, abs=0.5)
    assert aloud.time() == pytest.approx(120.0, abs=0.5)
    # It crashed once more while it was loading: what was kept is older, and nothing was heard.
    assert Resume(file, now, 2, True).place == pytest.approx(60.0 + KEEP_S)
    first = Resume(file, 0.0, 0, True)
    assert (first.place, first.time(), first.before) == (0.0, 0.0, None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 1}', '{"at": "now", "time": 0}', "\0"])
def test_what_is_damaged_is_a_show_that_begins_anew(tmp_path, text, caplog):
    file = tmp_path / "state.json"
    file.write_text(text)
    assert Resume(file, 0.0, 1, True).before is None
    assert len(caplog.records) == 1
    assert Resume(tmp_path / "none.json", 0.0, 1, True).before is None
    assert len(caplog.records) == 1


def test_recordings_that_a_crash_left_get_their_names_or_go(tmp_path, caplog):
    from test_live_recorder import FPS, SIZE, picture

    from live.recording.film_recorder import FilmRecorder
    from live.recording.pose_recorder import PoseRecorder

    film = FilmRecorder(tmp_path / "a.mp4", SIZE, SIZE, FPS, offline=True)
    for number in range(5 * FPS):
        film.add_frame(picture(number), number / FPS)
    end = time.monotonic() + 10
    while film.part.stat().st_size < 2_000 and time.monotonic() < end:
        time.sleep(0.02)
    left = tmp_path / "left"
    left.mkdir()
    data = film.part.read_bytes()
    (left / "a.part.mp4").write_bytes(data + data[-100:])  # torn in the middle of a fragment
    (left / "b.part.mp4").write_bytes(b"")
    poses = PoseRecorder(tmp_path / "c.npz", (SIZE, SIZE), FPS)
    (left / "c.part.npy").write_bytes(poses.part.read_bytes())  # no row yet
    poses.add(np.full((18, 2), 0.5, np.float32), 0.0)
    poses._append()
    (left / "d.part.npy").write_bytes(poses.part.read_bytes())
    (left / "e.part.npy").write_bytes(b"no poses")
    (left / "d.npz").write_bytes(b"somebody's")
    film.close()
    poses.close()
    parts = sorted(left.glob("*.part.*"))
    whole = {str(p): str(p).replace(".part", "").replace(".npy", ".npz") for p in parts}
    finish_left_behind(whole | {"gone": "gone.mp4"}, False)
    names = sorted(path.name for path in left.iterdir())
    assert names == ["a.mp4", "d-2.npz", "d.npz", "e.part.npy"]
    assert len(caplog.records) == 1 and "e.part.npy stays" in caplog.text
    assert len(read_pose_file(left / "d-2.npz").points) == 1
    with av.open(str(left / "a.mp4")) as opened:
        assert sum(1 for _ in opened.decode(video=0)) >= FPS
