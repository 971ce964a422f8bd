"""The library: its documented examples run, and it dances as the program does."""

import multiprocessing
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from seeds import rng_of, seed_of

import dancelive
from live.core.settings import Settings
from live.outputs.alpha import multiplied
from live.show.dance_loop import DanceLoop
from live.sound.open import open_source
from live.sound.source import SourceError
from models.bundle import BundleError
from models.program import command

ROOT = Path(__file__).parent.parent


SAID = (
    r"\d+ BPM, \d+ of 255 are person\n",
    r"[\d.]+ s, nose at [\d.]+ [\d.]+, \d+ BPM, \d+ of 255 are person\n",
)


@pytest.mark.parametrize("number", range(len(SAID)))
def test_the_documented_examples_run_without_torch_and_window(number):
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.S)
    assert len(examples) == len(SAID)
    code = examples[number] + "\nimport sys\nassert not {'torch', 'PySide6'} & set(sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(SAID[number], ended.stdout)


def test_importing_it_loads_nothing():
    code = "import sys, dancelive; sys.exit(any(m in sys.modules for m in ('numpy', 'torch')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def _chunks(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [0.1 * rng.standard_normal(1600).astype(np.float32) for _ in range(n)]


def test_the_same_seed_and_sound_give_the_same_dance_also_after_a_reset():
    one, other = dancelive.Dancer("free", seed=3), dancelive.Dancer("free", seed=3)
    first = [one.step(chunk) for chunk in _chunks(15)]
    second = [other.step(chunk) for chunk in _chunks(15)]
    assert all(np.array_equal(a.poses, b.poses) for a, b in zip(first, second, strict=True))
    assert np.allclose(first[-1].times, 1.5 + np.array([0.1, 0.2, 0.3, 0.4, 0.5]))
    one.reset()
    assert np.array_equal(one.step(_chunks(1)[0]).times, first[0].times)


def test_it_dances_as_the_program_does(tmp_path):
    """The poses of the library, read at frame times, are those of an offline show."""
    from live.show.offline import OfflineShow
    from live.sound.chunker import Chunker

    out = tmp_path / "show.npz"
    settings = Settings(input="demo", seed=5, duration=2.0, record_poses=str(out), headless=True,
                        target="skeleton")  # fmt: skip
    OfflineShow(settings, open_source("demo", False, 2.0), None).run()
    with np.load(out) as shown:
        keypoints, times = shown["keypoints"], shown["time"]

    dancer, target = dancelive.Dancer(settings.dance, seed=5), dancelive.Target("skeleton")
    chunker, heard_s, n = Chunker(), 0.0, 0
    for block in open_source("demo", False, 2.0).blocks():
        for chunk in chunker.feed(block):
            heard_s = dancer.step(chunk.samples).times[0] - 0.1
            while n < len(times) and times[n] < heard_s + 0.1 - 1e-9:
                placed = target.place(dancer.pose(times[n])) * keypoints_size(out)
                assert np.allclose(keypoints[n, :, :2], placed, atol=0.01)
                n += 1
        if heard_s >= 2.0:
            break
    assert n > 50


def keypoints_size(path: Path) -> np.ndarray:
    with np.load(path) as shown:
        return shown["size"].astype(np.float32)


def test_a_person_is_painted_with_alpha():
    alice = dancelive.Target("alice")
    picture = alice.paint(dancelive.Dancer("free").pose(0.0))
    assert picture.image.shape == (alice.size, alice.size, 3)
    assert picture.alpha.shape == (alice.size, alice.size)
    assert 0.02 < (picture.alpha > 128).mean() < 0.5
    assert Settings().target == "alice", "the page's person is the program's default"


def test_a_pose_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="18 joints"):
        dancelive.Target("skeleton").paint(np.zeros((3, 2), np.float32))


def test_a_chunk_of_another_length_is_refused():
    with pytest.raises(ValueError, match="1600 mono samples"):
        dancelive.Dancer("free").step(np.zeros(800, np.float32))


WIDTH, HEIGHT = 192, 108
NECK, HIPS = 1, (8, 11)


def _show(**asked) -> dancelive.Show:
    wanted = {"input": "demo", "seed": seed_of(5), "output": (WIDTH, HEIGHT), "fps": 15.0}
    return dancelive.Show(**wanted | asked, mute=True)


def test_a_running_show_gives_its_newest_picture_with_its_pose():
    before = set(threading.enumerate())
    with _show() as show:
        assert show.newest() is None or show.newest().time >= 0
        times, seen = [], None
        for seen in show:
            times.append(seen.time)
            if seen.time > 1.5 and seen.beat.level > 0:  # else it is held up
                break
        assert not show.is_over
    assert seen is not None and np.diff(times).min() > 0
    assert np.allclose(np.array(times) * 15, np.round(np.array(times) * 15), atol=1e-6)
    assert show.is_over and show.newest() is show.newest() and show.newest().time >= seen.time
    assert list(show) == []
    show.close()
    left = {thread.name for thread in set(threading.enumerate()) - before if thread.is_alive()}
    assert not left & {"dance", "painter", "end"}

    assert seen.rgba.shape == (HEIGHT, WIDTH, 4) and seen.rgba.dtype == np.uint8
    assert (seen.rgba[..., :3] <= seen.rgba[..., 3:]).all()
    assert seen.rgba is seen.rgba
    again = multiplied(seen.straight_rgba).astype(int)
    assert np.abs(again - seen.rgba).max() <= 1
    alpha = seen.rgba[..., 3]
    assert not alpha[:, :40].any() and not alpha[:, -40:].any(), "beside the square picture"
    assert seen.joints.shape == (18, 2) and seen.joints.dtype == np.float32
    assert seen.dancers.shape == (1, 18, 2) and (seen.dancers[0] == seen.joints).all()
    middle = seen.joints[list(HIPS)].mean(axis=0)
    for x, y in (seen.joints[NECK], middle):
        assert alpha[int(y * HEIGHT), int(x * WIDTH)] > 128, "there is the body"
    assert 0 < seen.beat.level <= 1 and seen.beat.beats_per_bar in (3, 4)


def test_a_show_without_alpha_is_in_its_own_place():
    with _show(alpha=False) as show:
        seen = next(iter(show))
    assert (seen.rgba[..., 3] == 255).all() and (seen.straight_rgba == seen.rgba).all()
    assert seen.rgba[..., :3].mean() > 20, "the place is to be seen around the dancer"


def test_a_show_ends_with_its_sound(tmp_path):
    sound = 0.1 * rng_of(1).standard_normal(8_000).astype(np.float32)
    soundfile.write(tmp_path / "song.wav", sound, 16_000)
    with _show(input=str(tmp_path / "song.wav"), target="skeleton") as show:
        times = [seen.time for seen in show]
        assert show.is_over
    assert 0.25 < times[-1] < 5, "the song lasts half a second"


def test_a_show_that_breaks_says_so(monkeypatch):
    def broken(*_: object) -> None:
        raise ValueError("no chunk")

    monkeypatch.setattr(DanceLoop, "run", broken)
    with _show(target="skeleton") as show:
        with pytest.raises(RuntimeError, match=r"The dance thread broke: no chunk"):
            list(show)
        with pytest.raises(RuntimeError, match="no chunk"):
            show.newest()


def test_a_show_that_cannot_be_is_refused():
    with pytest.raises(SourceError, match=r"song\.wav"):
        _show(input="no/song.wav")
    with pytest.raises(BundleError, match="nobody"):
        _show(target="nobody")


def test_programs_beside_a_host_are_run_by_the_python_that_it_names():
    usual = command("live.cli", {})[0]
    assert usual == sys.executable
    multiprocessing.set_executable("/somewhere/python")
    try:
        assert command("live.cli", {})[0] == "/somewhere/python"
    finally:
        multiprocessing.set_executable(usual)
