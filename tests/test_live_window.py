"""The stage window: a real one on a virtual display, pressed with real keys and photographed."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
from window_scene import ROOT, WindowScene

from benchmarks.night.display import DisplayError, display
from live.window.display import explain, has_display

SCREEN = (1024, 768)


def stage_picture(show):
    """What the audience sees of a window that is not in full screen, at (0, 0)."""
    return show.photo()[:240, :320].astype(int)


@pytest.fixture(scope="module")
def screen():
    try:
        with display(SCREEN) as found:
            yield found
    except DisplayError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def running(screen):
    shows = []
    yield shows
    for show in shows:
        show.end()


@pytest.fixture
def show(screen, running):
    """The running show; a new one where a test has ended it."""
    if running and running[-1].process.poll() is None:
        return running[-1]
    running.append(WindowScene(screen).is_shown())
    return running[-1]


def is_black(picture):
    return picture.max() < 8


@pytest.mark.device
def test_the_picture_is_shown_and_moves(show):
    first = stage_picture(show)
    assert np.abs(first[5, 5] - (40, 90, 160)).max() < 4
    assert (np.abs(first - (240, 200, 60)).max(2) < 4).sum() > 1000
    show.wait_for(lambda: np.abs(stage_picture(show) - first).max() > 100)
    bar = show.photo()[242:298, :320]
    assert bar.std() > 10 and bar[3, 3].max() < 40  # letters on dark


WINDOW, FULL = [0, 0, 320, 300], [0, 0, *SCREEN]


@pytest.mark.device
def test_full_screen_and_escape_never_ends_the_show(show):
    assert show.facts()["control"] == WINDOW
    assert show.facts()["cursor"] == "ArrowCursor"
    show.press("f")
    show.wait_for(lambda: show.facts()["stage"] == FULL)
    facts = show.facts()
    assert facts["full"] and not facts["bar"] and facts["children"] == ["PictureView"]
    assert facts["cursor"] == "BlankCursor"
    show.wait_for(lambda: np.abs(show.photo()[384, 20].astype(int) - (40, 90, 160)).max() < 4)
    photo = show.photo()
    assert np.abs(photo[5, 5].astype(int) - (40, 90, 160)).max() < 4  # 4:3 on 4:3: no border
    assert np.abs(photo[-5, 5].astype(int) - (40, 90, 160)).max() < 4  # nor a bar
    for key, note in (("i", "StatusBar"), ("question", "KeysSheet")):
        show.press(key)
        show.wait_for(lambda note=note: show.facts()["note"] == note)
        show.press(key)
        show.wait_for(lambda: show.facts()["note"] == "NoneType")
    show.press("Escape")
    show.wait_for(lambda: show.facts()["control"] == WINDOW)
    assert show.facts()["cursor"] == "ArrowCursor" and show.facts()["stage"] is None
    show.press("Escape", "Escape")
    show.press("F11")
    show.wait_for(lambda: show.facts()["full"])
    show.press("Escape")
    show.wait_for(lambda: show.facts()["control"] == WINDOW)
    show.say("full")  # a command from another thread
    show.wait_for(lambda: show.facts()["stage"] == FULL)
    show.press("Escape")
    show.wait_for(lambda: show.facts()["control"] == WINDOW)
    assert show.process.poll() is None


@pytest.mark.device
def test_blackout_and_freeze(show):
    show.press("b")
    assert show.asked() == ["blackout", True]
    show.wait_for(lambda: is_black(stage_picture(show)))
    time.sleep(1.5)  # longer than the window's own word counts: the show agrees
    assert is_black(stage_picture(show))
    assert show.facts()["per_second"] > 15  # the show goes on behind it
    show.press("b")
    assert show.asked() == ["blackout", False]
    show.wait_for(lambda: not is_black(stage_picture(show)))

    show.press("space")
    assert show.asked() == ["freeze", True]
    time.sleep(0.3)
    still = stage_picture(show)
    time.sleep(0.7)
    assert np.abs(stage_picture(show) - still).max() == 0
    show.press("space")
    assert show.asked() == ["freeze", False]
    show.wait_for(lambda: np.abs(stage_picture(show) - still).max() > 100)


@pytest.mark.device
def test_the_other_keys_send_their_commands(show):
    show.press("m")
    assert show.asked() == ["mirror", True]
    show.press("r")
    assert show.asked() == ["reset", None]
    show.press("Right")
    assert show.asked() == ["nudge", 10.0]
    show.press("Left")
    assert show.asked() == ["nudge", -10.0]
    for key in ("0", "BackSpace"):
        show.press(key)
        assert show.asked() == ["bpm", 0]
    show.press("i")
    show.wait_for(lambda: not show.facts()["bar"])
    show.press("x", "z", "Return")
    assert show.facts()["painted"]  # nothing else was sent, nothing ended
    show.press("i")
    show.wait_for(lambda: show.facts()["bar"])


@pytest.mark.device
def test_a_tap_is_told_and_seen_at_once(show):
    bar = show.photo()[245:275, 8:170].mean()
    lights = []
    for _ in range(3):
        show.press("t")
        assert show.asked() == ["tap", None]
        lights.append(show.photo()[245:275, 8:170].mean())
        time.sleep(0.4)
    assert max(lights) > bar + 15
    assert show.photo()[245:275, 8:170].mean() < bar + 15  # and gone again


@pytest.mark.device
def test_frames_are_shown_when_they_are_due_and_taken_while_unseen(show):
    time.sleep(1)
    facts = show.facts()
    assert facts["per_second"] > 20
    assert -5 < facts["error_ms"] < 20
    show.hand("search", "--onlyvisible", "--name", "^the show$", "windowunmap")
    time.sleep(1.5)
    assert show.facts()["per_second"] > 20
    show.hand("search", "--name", "^the show$", "windowmap")
    seen = show.facts()["painted"]
    show.wait_for(lambda: show.facts()["painted"] > seen + 5)


@pytest.mark.device
@pytest.mark.parametrize("way", ["closed", "Ctrl-C", "terminated", "over"])
def test_it_ends_cleanly(show, way):
    if way == "closed":
        show.say("close")
    elif way == "over":
        show.say("finish")
    else:
        show.process.send_signal(signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM)
    assert show.heard() == {"ended": True}
    assert show.process.wait(10) == 0


def run_offscreen(code):
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True, text=True, env=env, timeout=100, check=False,
    )  # fmt: skip
    if "cannot open shared object file" in done.stderr:
        pytest.skip(f"Qt does not start here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_thousands_of_paintings_lose_no_references():
    """PySide6 6.12.0 on Python 3.11 loses five references to None a frame, and dies in the show."""
    before, after = run_offscreen(
        """
        import sys, time
        import numpy as np
        from PySide6.QtWidgets import QApplication
        from live.core.messages import Beat, Meters
        app = QApplication([])
        from live.window.status_bar import StatusBar
        from live.window.picture_view import PictureView
        screen, picture = PictureView(), np.zeros((32, 32, 3), np.uint8)
        screen.resize(48, 48)
        screen.show()
        bar = StatusBar(None)
        bar.resize(320, 60)
        bar.show()
        def paint(times):
            for n in range(times):
                screen.show_picture(picture)
                app.processEvents()
                if n % 10 == 0:
                    now = time.perf_counter()
                    beat = Beat(0., .5, 0., 120., .5, None, 0.)
                    bar.show_meters(Meters("listening", "a", "b", beat, .5, None, 30., 1., 1., 1.,
                                           0, 0, True), now)
                    bar.animate(now)
                    bar.repaint()
        paint(200)
        before = sys.getrefcount(None)
        paint(5000)
        assert screen.n_painted >= 5200, screen.n_painted
        print(before, sys.getrefcount(None))
        """
    )
    assert abs(int(after) - int(before)) < 200


def test_without_a_display_it_says_so_instead_of_dying(monkeypatch):
    if not sys.platform.startswith("linux"):
        pytest.skip("other systems always have a display")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    works, reason = has_display()
    assert not works and "DISPLAY" in reason
    monkeypatch.setenv("DISPLAY", ":987")  # nobody is there
    works, reason = has_display()
    assert not works and "\n" not in reason and reason.endswith(".")


@pytest.mark.device
def test_a_display_is_found(screen, monkeypatch):
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", screen.env["DISPLAY"])
    assert has_display() == (True, "")


@pytest.mark.parametrize(
    ("printed", "word"),
    [
        ("ModuleNotFoundError: No module named 'PySide6'", "pip install"),
        ("From 6.5.0, xcb-cursor0 or libxcb-cursor0 is needed to load", "libxcb-cursor0"),
        (
            "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory",
            "libEGL.so.1",
        ),
        ("something new", "something new"),
        ("", "no reason given"),
    ],
)
def test_what_qt_says_is_put_into_a_sentence(printed, word):
    sentence = explain(printed)
    assert word in sentence and sentence.endswith(".")


def test_each_key_of_the_table_does_something():
    said = run_offscreen(
        """
        from live.controls.keys import PRESSES
        from live.core.settings import Settings
        from live.window.windows import Windows
        from PySide6.QtCore import QEvent, Qt
        from PySide6.QtGui import QKeyEvent
        sent = []
        ask = lambda *asked: sent.append(asked)
        windows = Windows(Settings(), lambda: None, lambda: None, ask, print)
        control = windows.control
        for name, press in PRESSES.items():
            state = lambda: (windows.is_full, control.bar.isVisible(), control.has_panel, len(sent),
                             control._sheet is None, str(windows.stage.note))
            windows.placing.set_fullscreen(press == ("fullscreen", False))
            before = state()
            no = Qt.KeyboardModifier.NoModifier
            key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key[f"Key_{name}"], no)
            (windows.stage if windows.is_full else control).keyPressEvent(key)
            assert state() != before, (name, press)
        print("all")
        """
    )
    assert said == ["all"]
