"""A puppet on the stage screen: at any size, in their place, before colours, by any engine."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

pytest.importorskip("torch")
pytest.importorskip("numba")
pytest.importorskip("sklearn")

from benchmarks import puppet as stages_benchmark
from benchmarks import renderers
from live import check
from live.core.settings import Settings
from live.picture.painter import Painter
from live.picture.screen import open_screen
from live.picture.targets import find_target, smaller_sizes
from models import bundle
from models.puppet import choosing
from models.runtime.engines import EngineError
from models.skeleton import STANDING
from tests.made_painters import quick_person
from tests.made_pictures import alone
from tests.made_puppets import SIZE, bundled, learned
from tests.on_chips import chip_is_real, needs_chip


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


@pytest.mark.parametrize(
    ("output", "fit", "size"),
    [
        ((160, 90), "contain", 90), ((90, 300), "contain", 90), ((144, 200), "contain", 144),
        ((145, 200), "contain", SIZE), ((1920, 1080), "contain", SIZE), ((160, 90), "cover", 94),
    ],
)  # fmt: skip
def test_a_puppet_is_painted_in_the_pixels_of_the_stage_as_far_as_it_was_filmed(
    target: str, output: tuple[int, int], fit: str, size: int
) -> None:
    """A little beyond as well: 128 px are filmed."""
    settings = Settings(output=output, fit=fit, engine="cpu")
    screen = open_screen(settings, target)
    assert (screen.painter.size, screen.placement.output) == (size, output)
    assert open_screen(Settings(engine="cpu"), target, output).painter.size == (
        size if fit == "contain" else 90
    ), "another target on the same stage"
    assert open_screen(replace(settings, size=100), target).painter.size == 100


def test_under_load_a_large_puppet_gets_smaller(target: str) -> None:
    found = find_target(target, 1024)
    assert smaller_sizes(found, 1024) == [512, 768]
    assert smaller_sizes(found, 768) == [512]
    assert smaller_sizes(found) == []


@pytest.mark.parametrize(("name", "colour"), [("black", (0, 0, 0)), ("green", (0, 255, 0))])
def test_a_puppet_is_keyed(target: str, name: str, colour: tuple[int, int, int]) -> None:
    shown, joints = open_screen(Settings(background=name), target).picture(STANDING)
    alpha = alone(shown.cutout)[..., 3]
    corner = shown.image[:20, :20].reshape(-1, 3)
    assert (corner == colour).all() and not alpha[:20, :20].any()
    height, width = alpha.shape
    x, y = joints[1] * (width, height)
    assert alpha[int(y), int(x)] > 200
    nobody = maximum_filter(alpha, 17) == 0  # farther than scaling smears an edge
    assert nobody.mean() > 0.3
    assert (shown.image[nobody] == colour).all()


# a graphics chip


@needs_chip
def test_a_chip_that_is_lost_in_the_show_is_followed_by_the_processor(target: str) -> None:
    """The same frame is drawn, within a second, and the performer is told."""
    said: list[str] = []
    screen = open_screen(Settings(engine="chip", background="green"), target, tell=said.append)
    assert screen.painter.engine.startswith("chip (") and not said
    before, _ = screen.picture(STANDING)
    screen.painter._engines.painter.compositor._process.process.kill()
    began = time.monotonic()
    after, _ = screen.picture(STANDING)
    assert time.monotonic() - began < 1
    assert said == ["chip failed (The graphics chip was lost.): cpu paints from here on"]
    assert screen.painter.engine == "cpu" and screen.painter.precision == "fp32"
    for one, other in ((before.image, after.image), (alone(before.cutout), alone(after.cutout))):
        assert (np.abs(one.astype(int) - other) <= 2).mean() > 0.999


@pytest.mark.parametrize("engine", ["cpu", "auto", "cuda"])
def test_software_that_behaves_as_a_chip_is_not_chosen(target: str, engine: str) -> None:
    """Engines that run networks say nothing of puppets."""
    if chip_is_real() and engine != "cpu":
        pytest.skip("there is a chip that may be faster")
    assert Painter(bundle.find("target", target), engine).engine == "cpu"


def test_a_network_is_painted_where_a_chip_was_asked_for_puppets(tmp_path: Path) -> None:
    found = quick_person(tmp_path, "me")
    painter = Painter(found, "chip")
    assert painter.engine == Painter(found, "auto").engine


@pytest.fixture
def as_if_real(monkeypatch: pytest.MonkeyPatch) -> None:
    found = choosing.look()._replace(is_software=False, name="a chip")
    monkeypatch.setattr(choosing, "look", lambda: found)


@needs_chip
@pytest.mark.usefixtures("as_if_real")
@pytest.mark.parametrize(("taken", "draws"), [((9.0, 3.04), "chip"), ((3.0, 9.0), "cpu")])
def test_the_faster_one_draws(
    target: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, taken, draws
) -> None:
    caplog.set_level("INFO", "live.picture.painter")
    monkeypatch.setattr(choosing, "_medians_ms", lambda *_: np.array(taken))
    painter = Painter(bundle.find("target", target), "auto")
    assert painter.engine.split(" ")[0] == draws
    assert painter._engines._order == (["chip", "cpu"] if draws == "chip" else ["cpu"])
    assert f"draws: a picture of {SIZE} px takes cpu {taken[0]:.1f} ms, chip (" in caplog.text


@needs_chip
@pytest.mark.usefixtures("as_if_real")
def test_both_are_measured_and_a_chip_that_draws_otherwise_is_not_believed(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = Painter(bundle.find("target", target), "cpu")._opener
    found, joints = opener._read(), opener._bundle.manifest.body.place(STANDING)
    trial = choosing.fastest(found, joints)
    assert trial.told.startswith(f"{trial.best.engine} draws: a picture of {SIZE} px takes cpu ")
    paint = choosing.PuppetPainter.paint

    def pale(painter, joints):
        picture = paint(painter, joints)
        is_chip = painter.engine.name == "chip"
        return picture._replace(image=picture.image // 2) if is_chip else picture

    monkeypatch.setattr(choosing.PuppetPainter, "paint", pale)
    trial = choosing.fastest(found, joints)
    assert trial.best.engine.name == "cpu"
    assert "draws other pictures than the processor" in trial.told


def test_it_is_told_what_draws_puppets(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(bundle, "available", lambda kind: [bundle.find("target", target)])
    check.puppets(said.append)
    assert len(said) == 2 and said[0].startswith("  chip      ")
    assert said[1].startswith("puppets     ") and " draws: " in said[1]

    def none():
        raise EngineError("There is none.")

    monkeypatch.setattr(choosing, "look", none)
    check.puppets(said.append)
    assert said[3] == "puppets     cpu draws: There is none."


def test_benchmarks_know_puppets(target: str) -> None:
    rows = renderers.measure([target], 2, [SIZE])
    cpu, chip = sorted(rows, key=lambda row: str(row["engine"]) != "cpu")
    assert cpu["ms"]["n"] == 2 and cpu["size"] == SIZE
    assert ("ms" in chip) != ("failed" in chip) and str(chip["engine"]).startswith("chip")
    found = bundle.find("target", target)
    poses = found.manifest.body.place(STANDING)[None].repeat(3, 0)
    taken = stages_benchmark.measure(found, poses, 64)
    assert list(taken["cpu"]) == ["pose", "network", "collage", "before plate", "all"]
    assert len(taken) == 1 + ("ms" in chip)
    json.dumps(taken)
