"""How a show ends: real processes, real signals, closed pipes, a lost display, a full disk."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.night.display import DisplayError, display

resource = pytest.importorskip("resource")  # of POSIX

DANCELIVE = [sys.executable, "-m", "live.cli"]
SHOW = ("--input", "demo", "--mute", "--target", "skeleton", "--dance", "free")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and pipes are POSIX's")


def as_in_a_terminal() -> None:
    """A shell lets what it starts in the background ignore Ctrl-C, and the tests with it."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def start(
    *words: str, before: Callable[[], None] = as_in_a_terminal, **env: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DANCELIVE, *words], stderr=subprocess.PIPE, text=True, preexec_fn=before,
        env=os.environ | env,
    )  # fmt: skip


def kept(folder: Path) -> list[str]:
    return ["--record", str(folder / "f.mp4"), "--record-poses", str(folder / "f.npz"),
            "--stats", str(folder / "f.json")]  # fmt: skip


def wait_for_frames(folder: Path, show: subprocess.Popen[str]) -> None:
    """Until a second of the film is on the disk."""
    end = time.monotonic() + 30
    while time.monotonic() < end and show.poll() is None:
        if any(part.stat().st_size > 4_000 for part in folder.glob("f.part*.mp4")):
            return
        time.sleep(0.02)
    pytest.fail(f"no film: {show.communicate()[1] if show.poll() is not None else ''}")


def assert_whole(folder: Path) -> None:
    """Film, poses and statistics under their own names, and nothing beside them."""
    assert sorted(path.name for path in folder.iterdir()) == ["f.json", "f.mp4", "f.npz"]
    with av.open(str(folder / "f.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 10
    with np.load(folder / "f.npz") as poses:
        assert len(poses["keypoints"]) > 10
    assert json.loads((folder / "f.json").read_text())["frames"] > 10


@pytest.mark.parametrize("guard", ["--no-guard", "--guard"])
@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGINT, signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGINT),
        (signal.SIGHUP, signal.SIGTERM),
    ],
    ids=lambda signals: "-".join(one.name for one in signals),
)
def test_whatever_stops_a_show_it_ends_in_silence_with_all_its_files(tmp_path, signals, guard):
    show = start(*SHOW, "--headless", guard, *kept(tmp_path))
    wait_for_frames(tmp_path, show)
    for number in signals:
        show.send_signal(number)
        time.sleep(0.03)
    said = show.communicate(timeout=20)[1]
    assert show.returncode == 0
    assert said.splitlines() == ["dancelive: dance free (CC0-1.0)"]
    assert_whole(tmp_path)


def test_ctrl_c_twice_finishes_an_offline_film(tmp_path):
    show = start(*SHOW, "--offline", "--duration", "600", *kept(tmp_path))
    wait_for_frames(tmp_path, show)
    for _ in range(3):
        show.send_signal(signal.SIGINT)
        time.sleep(0.03)
    assert show.communicate(timeout=20)[1] == ""
    assert show.returncode == 0
    assert_whole(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_what_stops_a_show_while_it_loads_leaves_nothing(tmp_path, number):
    """Python itself says what it has imported: in the midst of it."""
    show = subprocess.Popen(
        [sys.executable, "-X", "importtime", *DANCELIVE[1:], *SHOW, "--headless", "--record",
         str(tmp_path / "f.mp4")],
        stderr=subprocess.PIPE, text=True, preexec_fn=as_in_a_terminal,
    )  # fmt: skip
    assert show.stderr is not None
    assert any(line.rstrip().endswith("live.sound.open") for line in show.stderr)
    show.send_signal(number)
    time.sleep(0.02)
    show.send_signal(signal.SIGINT)
    lines = show.communicate(timeout=20)[1].splitlines()
    said = [line for line in lines if not line.startswith("import time:")]
    assert show.returncode == 0 and not said, said
    assert not list(tmp_path.iterdir())


def test_a_show_goes_on_when_nobody_reads_what_it_says(tmp_path):
    """`2>&1 | true`, `| head`, a closed stderr."""
    for number, gone in enumerate(("2>&1 >/dev/null | true", "2>&-", "2>/dev/full")):
        film = tmp_path / f"{number}.mp4"
        words = " ".join([*DANCELIVE, *SHOW, "--headless", "--duration", "0.5", "--record"])
        shell = f"({words} {film} {gone.split('|')[0]}; echo $? >{tmp_path}/{number}.code)"
        pipe = "| true" if "|" in gone else ""
        subprocess.run(["bash", "-c", f"{shell} {pipe}"], timeout=60, check=False)
        end = time.monotonic() + 20
        while not (tmp_path / f"{number}.code").exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert (tmp_path / f"{number}.code").read_text() == ("1\n" if "full" in gone else "0\n")
        assert film.stat().st_size > 1_000
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.parametrize("words", ["--check", "--help", "--list-targets"])
def test_a_listing_cut_short_is_no_error(words):
    shell = f"{' '.join(DANCELIVE)} {words} | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.endswith("0\n")


def test_a_listing_that_cannot_be_written_is_one_sentence():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*DANCELIVE, "--list-targets"], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and "could not be written" in done.stderr


def test_a_refused_show_leaves_nothing_behind(tmp_path):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        film, poses = str(tmp_path / "s.mp4"), str(tmp_path / "s.npz")
        recorded = ("--record", film, "--record-poses", poses)
        for words, told in (
            (("--record", film, "--record-poses", film), ".npz"),
            ((*recorded, "--osc-in", port), f"port {port}"),
            ((*recorded, "--stats", str(tmp_path)), "is a folder"),
            ((*recorded, "--osc", "no-such-host.invalid:1"), "no address"),
        ):
            show = start(*SHOW, "--headless", "--duration", "1", *words)
            said = show.communicate(timeout=30)[1]
            assert show.returncode == 1 and told in said.splitlines()[-1], said
            assert "Traceback" not in said
            assert not list(tmp_path.iterdir()), words


def test_a_recording_is_never_replaced_unless_asked(tmp_path):
    offline = (*SHOW, "--offline", "--duration", "0.3", "--record", str(tmp_path / "f.mp4"),
               "--record-poses", str(tmp_path / "f.npz"))  # fmt: skip
    first = start(*offline)
    assert (first.communicate(timeout=30)[1], first.returncode) == ("", 0)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = start(*offline)
    said = again.communicate(timeout=30)[1].splitlines()
    assert again.returncode == 0
    assert [line.split(": ")[1] for line in said] == [
        "this recording is f-2.mp4", "this recording is f-2.npz",
    ]  # fmt: skip
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert start(*offline, "--duration", "0.5", "--overwrite").wait(30) == 0
    assert {path.name for path in tmp_path.iterdir()} == {*before, "f-2.mp4", "f-2.npz"}
    assert (tmp_path / "f.npz").read_bytes() != before["f.npz"]


def test_a_film_that_is_lost_is_exit_code_1(tmp_path):
    """The disk is full at 40 kB a file: the poses do not fit."""

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    show = start(*SHOW, "--offline", "--duration", "20", *kept(tmp_path), before=limited)
    said = show.communicate(timeout=60)[1]
    assert show.returncode == 1
    assert "Traceback" not in said
    assert "The poses could not be saved" in said.splitlines()[-1]
    assert "The recording stopped" in said.splitlines()[-1]
    assert json.loads((tmp_path / "f.json").read_text())["frames"] == 600


def test_a_display_that_goes_away_ends_the_show_with_all_its_files(tmp_path):
    try:
        with display() as screen:
            show = start(*SHOW, *kept(tmp_path), **screen.env)
            try:
                wait_for_frames(tmp_path, show)
            finally:
                screen.server.kill()
                screen.server.wait()
            said = show.communicate(timeout=20)[1]
    except DisplayError as error:
        pytest.skip(str(error))
    assert show.returncode == 1
    assert said.splitlines()[-1] == "dancelive: The display is gone, so the show is over."
    assert "Traceback" not in said
    assert_whole(tmp_path)
