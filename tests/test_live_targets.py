"""The same person at several sizes, and how large the stage screen is."""

from pathlib import Path

import pytest

from live.core.settings import Settings
from live.picture.screen import open_screen, output_size
from live.picture.skeleton_painter import SkeletonPainter
from live.picture.targets import find_target, same_person, smaller_sizes
from models import bundle
from models.bundle import BundleError
from tests.made_painters import quick_person


def _name(target, size):
    return find_target(target, size).manifest.name


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's folder: somebody at two sizes and somebody at one, as image networks."""
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    for name, size in (("me", 256), ("me-512", 512), ("you", 256)):
        quick_person(tmp_path, name, size)
    return tmp_path


@pytest.mark.usefixtures("own")
def test_a_person_is_found_at_the_size_that_is_wanted():
    assert _name("me", 0) == _name("me", 256) == _name("me-512", 256) == "me"
    assert _name("me-512", 0) == _name("me", 512) == _name("me-512", 512) == "me-512"
    assert _name("alice", 0) == _name("alice", 256) == _name("alice", 512) == "alice"
    with pytest.raises(BundleError, match=r"you is painted at 256 px, not 512: leave --size out"):
        find_target("you", 512)
    with pytest.raises(BundleError, match="not 128"):
        find_target("me", 128)


@pytest.mark.usefixtures("own")
def test_who_is_the_same_person():
    large, small, you = (find_target(name, 0) for name in ("me-512", "me", "you"))
    assert [other.manifest.name for other in same_person(large)] == ["me"]
    assert [other.manifest.name for other in same_person(small)] == ["me-512"]
    assert same_person(you) == []
    assert (smaller_sizes(large), smaller_sizes(small), smaller_sizes(you)) == ([256], [], [])


@pytest.mark.parametrize("former", bundle.FORMER_NAMES)
def test_a_former_name_of_a_shipped_person_is_theirs(former, own):
    """Unless a bundle of the user's is called so, or says so; and it is no name of a dance."""
    person = bundle.SHIPPED / bundle.FORMER_NAMES[former]
    assert find_target(former, 0).path == find_target(person.name, 0).path == person
    listed = [found.manifest.name for found in bundle.available("target")]
    assert former not in listed and person.name in listed
    with pytest.raises(BundleError, match=f"There is no dance '{former}'"):
        bundle.find("dance", former)
    quick_person(own, former)
    assert find_target(former, 0).path == own / former
    (own / former).rename(own / "downloaded")
    assert find_target(former, 0).path == own / "downloaded"


@pytest.mark.usefixtures("own")
def test_with_a_size_a_former_name_is_theirs_at_that_size():
    assert find_target("alice-512", 300).path == bundle.SHIPPED / "alice"
    assert open_screen(Settings(size=64, engine="cpu"), "alice-hd").painter.size == 64


def test_where_the_shipped_person_is_not_there_a_former_name_is_nobodys(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "SHIPPED", tmp_path)
    with pytest.raises(BundleError, match="There is no target 'alice-hd'"):
        find_target("alice-hd", 0)


@pytest.mark.parametrize(
    ("picture", "side"), [(64, 512), (256, 512), (300, 600), (511, 1022), (512, 512), (1024, 1024)]
)
def test_the_screen_is_twice_the_picture_and_at_least_512(picture, side):
    assert output_size(Settings(), picture) == (side, side)
    assert output_size(Settings(output=(640, 360)), picture) == (640, 360)


def test_beside_one_that_is_given_by_its_path_their_other_size_is_found(own, tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path / "none"))
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
    with pytest.raises(BundleError, match=r"ask for the show with alpha=False\."):
        open_screen(Settings(size=64, background="black", cut_out=True), "skeleton")


TASKS = Path("/proc/self/task")  # the threads of this process


@pytest.mark.usefixtures("own")
@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are counted on Linux")
def test_a_larger_person_is_painted_on_two_cores():
    """The other cores of the machine are the VJ software's."""
    settings = Settings(engine="cpu")
    open_screen(settings, "you").close()  # what onnxruntime itself begins with its first network
    begun = {}
    for target in ("me", "me-512", "skeleton"):
        before = set(TASKS.iterdir())
        screen = open_screen(settings, target)
        begun[target] = len(set(TASKS.iterdir()) - before)  # beside the one that paints
        screen.close()
    assert begun == {"me": 0, "me-512": 1, "skeleton": 0}
