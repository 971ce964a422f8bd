"""A puppet on the stage screen: at any size, in their own place and before colours."""

import pytest
from scipy.ndimage import maximum_filter

pytest.importorskip("torch")
pytest.importorskip("numba")
pytest.importorskip("sklearn")

from live.core.settings import Settings
from live.picture.screen import open_screen
from live.picture.targets import find_target, smaller_sizes
from models.skeleton import STANDING
from tests.made_puppets import SIZE, bundled, learned


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("stage")
    return str(bundled(learned(folder / "run"), folder).path)


@pytest.mark.parametrize("size", [0, 96, 512])
def test_the_screen_shows_a_puppet_at_the_size_that_is_wanted(target: str, size: int) -> None:
    screen = open_screen(Settings(size=size), target)
    assert screen.painter.size == (size or SIZE)
    shown, joints = screen.picture(STANDING)
    width, height = screen.placement.output
    assert shown.image.shape == (height, width, 3)
    x, y = joints[1] * (width, height)  # the neck is red, the place is not
    red, green, blue = shown.image[int(y), int(x)].astype(int)
    assert red > green + 30 and red > blue + 30


def test_under_load_a_large_puppet_gets_smaller(target: str) -> None:
    found = find_target(target, 1024)
    assert smaller_sizes(found, 1024) == [512, 768]
    assert smaller_sizes(found, 768) == [512]
    assert smaller_sizes(found) == []


@pytest.mark.parametrize(("name", "colour"), [("black", (0, 0, 0)), ("green", (0, 255, 0))])
def test_a_puppet_is_keyed(target: str, name: str, colour: tuple[int, int, int]) -> None:
    shown, joints = open_screen(Settings(background=name), target).picture(STANDING)
    assert shown.alpha is not None
    corner = shown.image[:20, :20].reshape(-1, 3)
    assert (corner == colour).all() and not shown.alpha[:20, :20].any()
    height, width = shown.alpha.shape
    x, y = joints[1] * (width, height)
    assert shown.alpha[int(y), int(x)] > 200
    nobody = maximum_filter(shown.alpha, 17) == 0  # farther than scaling smears an edge
    assert nobody.mean() > 0.3
    assert (shown.image[nobody] == colour).all()
