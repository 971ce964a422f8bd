"""The library: its documented example runs, and it dances as the program does."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dancelive
from live.core.settings import Settings
from live.sound.open import open_source

ROOT = Path(__file__).parent.parent


def test_the_documented_example_runs_without_torch_and_window():
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.S)
    code = example + "\nimport sys\nassert not {'torch', 'PySide6'} & set(sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"\d+ BPM, \d+ of 255 are person\n", ended.stdout)


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
