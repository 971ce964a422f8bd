"""The same person at several sizes, and how large the stage screen is."""

import json
import shutil
from pathlib import Path

import pytest

from live.core.settings import Settings
from live.picture.screen import open_screen, output_size
from live.picture.skeleton_painter import SkeletonPainter
from live.picture.targets import find_target, same_person, smaller_sizes
from models.bundle import MANIFEST, SHIPPED, BundleError


def _name(target, size):
    return find_target(target, size).manifest.name


def test_a_person_is_found_at_the_size_that_is_wanted():
    assert _name("alice", 0) == _name("alice", 256) == _name("alice-512", 256) == "alice"
    assert _name("alice-512", 0) == _name("alice", 512) == _name("alice-512", 512) == "alice-512"
    with pytest.raises(BundleError, match=r"bob is painted at 256 px, not 512: leave --size out"):
        find_target("bob", 512)
    with pytest.raises(BundleError, match="not 128"):
        find_target("alice", 128)


def test_who_is_the_same_person():
    large, small, bob = (find_target(name, 0) for name in ("alice-512", "alice", "bob"))
    assert [other.manifest.name for other in same_person(large)] == ["alice"]
    assert [other.manifest.name for other in same_person(small)] == ["alice-512"]
    assert same_person(bob) == []
    assert (smaller_sizes(large), smaller_sizes(small), smaller_sizes(bob)) == ([256], [], [])


@pytest.mark.parametrize(
    ("picture", "side"), [(64, 512), (256, 512), (300, 600), (511, 1022), (512, 512), (1024, 1024)]
)
def test_the_screen_is_twice_the_picture_and_at_least_512(picture, side):
    assert output_size(Settings(), picture) == (side, side)
    assert output_size(Settings(output=(640, 360)), picture) == (640, 360)


def test_beside_one_that_is_given_by_its_path_their_other_size_is_found(tmp_path):
    for shipped, name in (("alice", "me"), ("alice-512", "me-512")):
        folder = tmp_path / name
        shutil.copytree(SHIPPED / shipped, folder)
        fields = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps(fields | {"name": name}))
    assert find_target(str(tmp_path / "me"), 512).path == tmp_path / "me-512"
    assert find_target(str(tmp_path / "me"), 256).path == tmp_path / "me"
    with pytest.raises(BundleError):
        find_target(str(tmp_path / "me-512"), 128)


def test_who_has_no_mask_stays_in_their_own_place(monkeypatch):
    monkeypatch.setattr(SkeletonPainter, "has_mask", False)
    assert open_screen(Settings(size=64), "skeleton").target == "skeleton"
    for background in ("black", "green"):
        with pytest.raises(BundleError, match="has no mask and cannot leave its own place"):
            open_screen(Settings(size=64, background=background), "skeleton")


TASKS = Path("/proc/self/task")  # the threads of this process


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are counted on Linux")
def test_a_larger_person_is_painted_on_two_cores():
    """The other cores of the machine are the VJ software's."""
    settings = Settings(engine="cpu")
    open_screen(settings, "bob").close()  # what onnxruntime itself begins with its first network
    begun = {}
    for target in ("alice", "alice-512", "skeleton"):
        before = set(TASKS.iterdir())
        screen = open_screen(settings, target)
        begun[target] = len(set(TASKS.iterdir()) - before)  # beside the one that paints
        screen.close()
    assert begun == {"alice": 0, "alice-512": 1, "skeleton": 0}
