"""Stage and control on two real screens (monitors of one X server), one of which is unplugged."""

import os
import shutil
import subprocess

import numpy as np
import pytest
from window_scene import WindowScene

from benchmarks.night.display import DisplayError, display

pytestmark = [
    pytest.mark.device,
    pytest.mark.skipif(not shutil.which("xrandr"), reason="xrandr is not installed"),
]
BLUE, GROUND = (40, 90, 160), (20, 22, 26)
HDMI = (800, 0, 640, 480)


def plug(screen, name, x, y, width, height, output="none"):
    place = f"{width}/160x{height}/120+{x}+{y}"
    _xrandr(screen, "--setmonitor", name, place, output)


def unplug(screen, name):
    _xrandr(screen, "--delmonitor", name)


def _xrandr(screen, *words):
    subprocess.run(
        ["xrandr", *words], env=os.environ | screen.env, check=True, timeout=20,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def screen():
    try:
        with display((1440, 800)) as found:
            plug(found, "laptop", 0, 0, 800, 600, "screen")
            yield found
    except DisplayError as error:
        pytest.skip(str(error))


@pytest.fixture
def opened(screen):
    """Opens the windows with both screens there; afterwards the second is not."""
    plug(screen, "HDMI-1", *HDMI)
    scenes = []

    def open_scene(**asked):
        scenes.append(WindowScene(screen, **asked).is_shown())
        return scenes[-1]

    yield open_scene
    for scene in scenes:
        scene.end()
    unplug(screen, "HDMI-1")


def is_picture(scene, x, y):
    """The show's own blue, there on the whole of the X server."""
    return bool(np.abs(scene.photo()[y, x].astype(int) - BLUE).max() < 4)


@pytest.mark.parametrize("wanted", ["HDMI-1", "hdmi-1", "1", ""])
def test_the_stage_fills_the_chosen_screen_and_the_controls_are_on_the_other(opened, wanted):
    scene = opened(fullscreen=wanted)
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    facts = scene.facts()
    assert facts["children"] == ["PictureView"] and facts["cursor"] == "BlankCursor"
    x, y, width, height = facts["control"]
    assert x + width <= 800 and y + height <= 600 and facts["panel"] and facts["bar"]
    scene.wait_for(lambda: all(is_picture(scene, *at) for at in ((801, 2), (1438, 477))))
    assert facts["warnings"] == []


def test_a_screen_that_is_not_there_is_said_and_another_is_taken(opened):
    scene = opened(fullscreen="HDMI-9")
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    (said,) = scene.facts()["warnings"]
    assert said.startswith("There is no screen HDMI-9: this computer has 2, 0 (") and said.endswith(
        "; HDMI-1 is used."
    )


def test_a_projector_that_is_unplugged_and_returns_has_the_stage_again(opened, screen):
    scene = opened(fullscreen="HDMI-1")
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    for _ in range(2):
        unplug(screen, "HDMI-1")
        scene.wait_for(lambda: scene.facts()["stage"] is None)
        facts = scene.facts()
        assert facts["full"] and facts["control"] and facts["panel"], "it waits"
        assert facts["warnings"][-1].startswith("The screen HDMI-1 is gone")
        before = facts["previewed"]
        scene.wait_for(lambda before=before: scene.facts()["previewed"] > before + 5)
        plug(screen, "HDMI-1", *HDMI)
        scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
        scene.wait_for(lambda: is_picture(scene, 1438, 477))
    assert scene.process.poll() is None


def test_another_screen_that_comes_is_not_taken_for_it(opened, screen):
    scene = opened(fullscreen="HDMI-1")
    unplug(screen, "HDMI-1")
    scene.wait_for(lambda: scene.facts()["stage"] is None)
    plug(screen, "DP-3", *HDMI)
    scene.wait_for(lambda: "DP-3" in scene.facts()["screens"])
    assert scene.facts()["stage"] is None
    scene.press("f")  # the performer gives it up
    scene.wait_for(lambda: not scene.facts()["full"])
    unplug(screen, "DP-3")
    plug(screen, "HDMI-1", *HDMI)
    scene.wait_for(lambda: "HDMI-1" in scene.facts()["screens"])
    assert scene.facts()["stage"] is None, "nobody asks for it any more"


def test_the_stage_goes_to_another_screen_while_it_plays(opened):
    scene = opened(fullscreen="HDMI-1")
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    scene.say("screen laptop")
    scene.wait_for(lambda: scene.facts()["stage"] == [0, 0, 800, 600])
    x, _, width, _ = scene.facts()["control"]
    assert x >= 800 and x + width <= 1440, "the controls make room"
    scene.say("screen HDMI-1")
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    x, _, width, _ = scene.facts()["control"]
    assert x + width <= 800


def test_with_the_screen_of_the_controls_they_go_and_come(opened, screen):
    scene = opened(fullscreen="laptop")
    scene.wait_for(lambda: scene.facts()["stage"] == [0, 0, 800, 600])
    unplug(screen, "HDMI-1")
    scene.wait_for(lambda: scene.facts()["control"] is None)
    assert scene.facts()["stage"] == [0, 0, 800, 600], "on the only screen it is alone"
    plug(screen, "HDMI-1", *HDMI)
    scene.wait_for(lambda: scene.facts()["control"] is not None)
    assert scene.facts()["control"][0] >= 800 and scene.facts()["stage"] == [0, 0, 800, 600]


def test_a_window_whose_screen_goes_is_brought_to_one_that_is_there(opened, screen):
    scene = opened()
    scene.hand("search", "--name", "^the show$", "windowmove", "900", "40")
    scene.wait_for(lambda: scene.facts()["control"][0] == 900)
    unplug(screen, "HDMI-1")
    scene.wait_for(lambda: scene.facts()["control"][0] < 800)
    plug(screen, "HDMI-1", *HDMI)


def test_a_key_brings_the_stage_to_the_other_screen_and_the_window_back_to_its_place(opened):
    scene = opened()
    before = scene.facts()["control"]
    assert before[2:] == [320, 300] and not scene.facts()["panel"]
    scene.press("f")
    scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
    assert scene.facts()["panel"] and scene.facts()["control"]
    scene.press("Escape")  # in the control window: no key on the laptop empties the wall
    assert scene.facts()["stage"] == list(HDMI)
    scene.press("f")
    scene.wait_for(lambda: scene.facts()["control"] == before)
    assert not scene.facts()["panel"] and scene.facts()["stage"] is None


def test_before_the_first_frame_the_stage_is_black(opened, screen):
    scene = WindowScene(screen, fullscreen="HDMI-1", no_frames=True)
    try:
        scene.wait_for(lambda: scene.facts()["stage"] == list(HDMI))
        scene.wait_for(lambda: scene.photo()[10:590, 100].max() > 30)  # the control window is drawn
        assert scene.photo()[:480, 800:].max() < 8
    finally:
        scene.end()
