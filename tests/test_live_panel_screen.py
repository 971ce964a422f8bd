"""The panel under a mouse, a keyboard and the show's own changes, on a virtual display."""

import time

import pytest
from window_scene import WindowScene

from benchmarks.night.display import DisplayError, display

pytestmark = pytest.mark.device
UNCHOOSABLE = ("beat_source", "dance")  # of which the scene knows no names


@pytest.fixture(scope="module")
def scene():
    try:
        with display((1600, 900)) as screen:
            scene = WindowScene(screen, control=True).is_shown()
            scene.hand("search", "--name", "^the show$", "windowraise", "windowfocus")
            scene.hand("search", "--name", "^the show stage$", "windowmove", "1200", "500")
            yield scene
            scene.end()
    except DisplayError as error:
        pytest.skip(str(error))


def inside(place, x=0.5):
    left, top, width, height = place
    return round(left + x * width), round(top + height / 2)


def turn_to(scene, group):
    scene.click(*inside(scene.facts()["tabs"][group]))
    scene.wait_for(lambda: scene.facts()["open"] == group)


def middle(scene, name, x=0.5):
    """Where a control is, in its group."""
    facts = scene.facts()
    group = facts["group"][name]
    if group in facts["tabs"] and facts["open"] != group:
        turn_to(scene, group)
    return inside(scene.facts()["place"][name], x)


def test_a_switch_is_set_by_mouse_and_leaves_the_keys_to_the_show(scene):
    scene.click(*middle(scene, "mirror"))
    assert scene.asked() == ["mirror", True]
    scene.press("space")  # not the button again
    assert scene.asked() == ["freeze", True]
    scene.press("space", "m")
    assert [scene.asked() for _ in range(2)] == [["freeze", False], ["mirror", False]]


def test_a_tap_is_when_the_button_goes_down(scene):
    scene.hand("mousemove", *map(str, middle(scene, "tap")), "mousedown", "1")
    assert scene.asked() == ["tap", None]
    scene.hand("mouseup", "1")
    assert not scene.told


def test_a_slider_sends_sixty_values_a_second_at_most_and_always_its_last(scene):
    x, y = middle(scene, "energy", 0.4)
    scene.hand("mousemove", str(x), str(y), "mousedown", "1")
    moves = [word for step in range(200) for word in ("mousemove", str(x + step % 90), str(y))]
    began = time.perf_counter()
    scene.hand(*moves, "mousemove", str(x + 40), str(y))
    scene.hand("mouseup", "1")
    took = time.perf_counter() - began
    scene.wait_for(lambda: scene.facts()["values"]["energy"] != 0.0)
    time.sleep(0.3)
    scene.facts()
    sent = [told for told in scene.told if told["asked"][0] == "energy"]
    scene.told.clear()
    assert 1 <= len(sent) <= 60 * (took + 1)
    assert scene.facts()["shown"]["energy"] == pytest.approx(
        scene.facts()["values"]["energy"], abs=0.006
    )


def test_what_is_set_elsewhere_is_followed_but_not_under_the_finger(scene):
    scene.say('set {"gain": 12.0}')
    scene.wait_for(lambda: abs(scene.facts()["shown"]["gain"] - 12.0) < 0.1)
    x, y = middle(scene, "gain", 0.2)
    scene.hand("mousemove", str(x), str(y), "mousedown", "1")
    scene.say('set {"gain": 30.0}')
    time.sleep(1.5)
    held = scene.facts()["shown"]["gain"]
    assert held < 10
    scene.hand("mouseup", "1")
    scene.wait_for(lambda: scene.facts()["shown"]["gain"] > 29 or scene.told)
    scene.told.clear()


def focus_on(scene, name):
    """By the tab key alone; every control that was passed."""
    passed = []
    while scene.facts()["focus"] != name:
        assert len(passed) < 60, f"{name} is none of {passed}"
        scene.press("Tab")
        passed.append(scene.facts()["focus"])
    return passed


def test_by_keyboard_alone(scene):
    scene.press("Escape")
    scene.wait_for(lambda: scene.facts()["focus"] == "")
    for group in ("beat", "sound", "dancer"):  # the last is the one that stays open
        focus_on(scene, group)
        scene.press("space")
        scene.wait_for(lambda group=group: scene.facts()["open"] == group)
        labels = [
            name.replace("_", " ")
            for name, one in scene.facts()["group"].items()
            if one == group and name not in UNCHOOSABLE
        ]
        assert set(labels) <= set(focus_on(scene, labels[-1])), group
    focus_on(scene, "blackout")
    scene.told.clear()
    scene.press("space")  # the button that has the focus
    assert scene.asked() == ["blackout", True]
    scene.wait_for(lambda: scene.facts()["black"])
    scene.press("b")  # the show's own key all the same
    assert scene.asked() == ["blackout", False]
    scene.press("Escape", "space")
    assert scene.asked() == ["freeze", True]
    scene.press("space")
    assert scene.asked() == ["freeze", False]


def test_in_a_text_field_a_letter_is_a_letter(scene):
    scene.click(*middle(scene, "energy", 0.9))
    scene.wait_for(lambda: scene.facts()["focus"] == "energy")
    scene.told.clear()
    scene.press("ctrl+a", "0", "period", "5", "b", "Return")
    assert scene.asked() == ["energy", 0.5]
    assert not scene.facts()["values"]["blackout"]
    scene.press("Escape", "b")
    assert scene.asked() == ["blackout", True]
    scene.press("b")
    assert scene.asked() == ["blackout", False]


def test_a_finger_meets_what_it_means_and_all_of_a_group_is_there(scene):
    _, _, _, window = scene.facts()["control"]
    for group in scene.facts()["tabs"]:
        turn_to(scene, group)
        facts = scene.facts()
        there = [facts["place"][name] for name, one in facts["group"].items() if one == group]
        there += [*facts["tabs"].values(), facts["place"]["blackout"]]
        assert all(height >= 40 for *_, height in there), group
        if group != "with the beat":  # twelve rows
            assert all(top + height < window for _, top, _, height in there), group


def test_a_knob_learns_what_was_set_last(scene):
    scene.facts()
    scene.told.clear()
    scene.click(*middle(scene, "mirror"))
    assert scene.asked()[0] == "mirror"
    scene.press("l")
    assert scene.asked() == ["midi_learn", "mirror"]
    scene.press("2", "l")
    assert [scene.asked() for _ in range(2)] == [["scene", 1], ["midi_learn", "scene 1"]]
