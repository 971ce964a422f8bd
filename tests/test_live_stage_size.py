"""The stage set to another size in the middle of a show: pictures, OSC, outputs, films, and F."""

import time

import numpy as np
import pytest
from test_live_show_parts import Stage
from test_live_window import run_offscreen

from live.core.messages import Frame, Pose
from live.core.settings import OutputSettings, Settings, size_of
from live.outputs.kind import Kind
from live.outputs.relay import Relay
from live.show.take import Take
from models.skeleton import STANDING

SHOWN = Settings(target="skeleton", headless=True, fps=20.0, size=64, osc_pixels=True)


@pytest.fixture
def stage(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    made = Stage(monkeypatch, SHOWN)
    yield made
    made.show.finish()


def _wait_for(is_true, seconds=20.0):
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_picture_takes_the_new_size_and_nothing_is_black_meanwhile(stage):
    controls, current = stage.show.controls, stage.show.current
    assert controls.read("output") == "512x512"
    before, _ = stage.frame(0.0)
    assert before.image.shape == (512, 512, 3)
    assert controls.ask("output", "256x144") is not None
    seen = []

    def is_new():
        frame, placed = stage.frame(0.1 * len(seen))
        seen.append(frame.image.shape)
        assert frame.image.any() and ((placed > 0) & (placed < 1)).all()
        return frame.image.shape == (144, 256, 3)

    _wait_for(is_new)
    assert set(seen) <= {(512, 512, 3), (144, 256, 3)}
    assert controls.read("output") == "256x144" and stage.show._sender.picture_size == (256, 144)
    assert current.screen.placement.side == 144
    assert controls.kept()["stage"] == (256, 144)


def test_while_it_is_recorded_it_stays(stage):
    controls = stage.show.controls
    controls.ask("record", True)
    controls.ask("output", "256x144")
    assert stage.show.reporter.warnings[-1] == "The stage keeps its size while it is recorded."
    assert stage.show.current.wanted.output == (0, 0)
    controls.ask("record", False)
    controls.ask("output", "256x144")
    _wait_for(lambda: controls.read("output") == "256x144")
    stage.frame(0.0)
    controls.ask("record", True)
    _wait_for(lambda: stage.show._recorders.has_film)
    assert stage.show._recorders._now._fitting.size == (256, 144), "the next film is of that size"


def test_it_comes_back_after_a_crash(stage):
    stage.show.controls.restore({"stage": [256, 144]}, [])
    _wait_for(lambda: stage.show.controls.read("output") == "256x144")


def frame(width, height):
    image = np.full((height, width, 3), 200, np.uint8)
    return Frame(0.0, 0.0, image, Pose(0.0, STANDING, 0.0), 0.0)


def test_an_output_and_a_film_keep_the_size_that_they_have(tmp_path):
    """What the new stage shows is fitted into it, whole."""
    relay = Relay(OutputSettings("made", alpha=False), Kind("made", lambda _: None), (64, 64), 30)
    assert relay._next(frame(64, 64)).rgb.shape == (64, 64, 3)
    wide = relay._next(frame(128, 64)).rgb
    assert wide.shape == (64, 64, 3)
    assert not wide[:15].any() and (wide[17:47] == 200).all() and not wide[49:].any()

    film = str(tmp_path / "a.mp4")
    take = Take(
        film, "", lambda _: tmp_path / "a.mp4", Settings(), (64, 64), None, lambda: 0.0, 0.0
    )
    take.add_picture(frame(128, 64).image, None, 0.0)
    take.close()
    assert take.error == "" and not take.is_empty


@pytest.mark.parametrize(("text", "size"), [
    ("1280x720", (1280, 720)), ("64×64", (64, 64)), ("63x64", None), ("9000x64", None), ("x", None),
    ("1280x720x3", None), ("", None), ("99999999999x64", None),
])  # fmt: skip
def test_what_is_a_size(text, size):
    assert size_of(text) == size


def test_a_screen_that_is_filled_by_hand_gives_the_stage_its_shape():
    """As --fullscreen does; not where another size was asked for, nor again on the way back."""
    said = run_offscreen(
        """
        from live.core.settings import Settings
        from live.window.screens import stage_size
        from live.window.windows import Windows
        for output in ((0, 0), (640, 480)):
            asked = []
            windows = Windows(Settings(output=output), lambda: None, lambda: None,
                              lambda *one: asked.append(one), print)
            screen = windows.control.screen()
            windows.hand.press("fullscreen", None)
            windows.hand.press("fullscreen", None)
            width, height = stage_size(screen.size().toTuple())
            print(asked == ([] if all(output) else [("output", f"{width}x{height}")]))
        """
    )
    assert said == ["True", "True"]
