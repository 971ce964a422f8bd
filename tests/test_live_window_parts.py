"""What the window decides without being open: colours, places, screens, keys and Qt's words."""

import logging
import runpy
import signal
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")

from PySide6.QtCore import QtMsgType
from PySide6.QtGui import QColor

from live import demo, guard
from live.window import display, qt_loop
from live.window.display import explain
from live.window.palette import mix
from live.window.picture_view import fitting
from live.window.screens import choose_screen, stage_size


def test_colours_between_two():
    one, other = QColor(10, 200, 0), QColor(110, 100, 255)
    for amount, seen in ((0.0, (10, 200, 0)), (1.0, (110, 100, 255)), (0.25, (35, 175, 64))):
        assert mix(one, other, amount).getRgb() == (*seen, 255)


@pytest.mark.parametrize(
    ("picture", "room", "place"),
    [
        ((512, 512), (1024, 768), (128, 0, 768, 768)),
        ((1920, 1080), (512, 512), (0, 112, 512, 288)),
        ((100, 50), (100, 50), (0, 0, 100, 50)), ((50, 100), (101, 100), (25, 0, 50, 100)),
    ],
)  # fmt: skip
def test_a_picture_is_as_large_as_fits(picture, room, place):
    assert fitting(*picture, *room).getRect() == place


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("", 1), ("0", 0), ("1", 1), ("2", 2), ("HDMI-1", 1), ("hdmi-1", 1), ("7", 2), ("laptop", 0)],
)
def test_a_screen_is_chosen_by_its_name_else_by_its_number(wanted, place):
    assert choose_screen(["laptop", "HDMI-1", "7"], wanted) == (place, "")


@pytest.mark.parametrize(
    ("names", "wanted", "place", "said"),
    [
        (["laptop"], "1", 0,
         "There is no screen 1: this computer has one, 0 (laptop), which is used."),
        (["laptop", "wall"], "HDMI-1", 1,
         "There is no screen HDMI-1: this computer has 2, 0 (laptop) and 1 (wall); wall is used."),
        (["laptop", "wall", "TV"], "-1", 1,
         "There is no screen -1: this computer has 3, 0 (laptop), 1 (wall) and 2 (TV);"
         " wall is used."),
    ],
)  # fmt: skip
def test_a_screen_that_is_not_there_is_told_in_a_sentence(names, wanted, place, said):
    assert choose_screen(names, wanted) == (place, said)
    assert choose_screen(["laptop"], "") == (0, ""), "the only one"


@pytest.mark.parametrize(
    ("screen", "stage"),
    [
        ((1920, 1080), (1920, 1080)), ((1024, 768), (1024, 768)), ((3840, 2160), (1920, 1080)),
        ((2160, 3840), (1080, 1920)), ((1366, 768), (1366, 768)), ((1365, 767), (1364, 766)),
        ((5120, 1440), (2714, 762)),
    ],
)  # fmt: skip
def test_a_stage_has_the_shape_of_its_screen_and_sides_that_a_film_may_have(screen, stage):
    assert stage_size(screen) == stage


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("No module named 'PySide6'", "PySide6 is not installed: pip install"),
        ("xcb-cursor0 is needed", "apt-get install libxcb-cursor0."),
        ("libxcb-cursor.so.0", "apt-get install libxcb-cursor0."),
        ("ImportError: libEGL.so.1: cannot open shared object file: No such file",
         "Qt lacks the system library libEGL.so.1: see"),
        ("cannot open shared object file", "Qt lacks the system library cannot open"),
        ("qt.qpa.xcb: could not connect to display :9", "The display ':7' cannot be opened."),
        ("Could not load the Qt platform plugin", "The display ':7' cannot be opened."),
        ("one\n two \n\n", "Qt does not start here (two)."),
        ("", "Qt does not start here (no reason given)."),
    ],
)  # fmt: skip
def test_what_qt_says_is_a_sentence(printed, said, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":7")
    assert said in explain(printed)


def test_a_display_is_tried_in_another_process(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    ran = SimpleNamespace(returncode=0, stdout='[["HDMI-1", 1920, 1080]]', stderr="")
    monkeypatch.setattr(display.subprocess, "run", lambda *_, **__: ran)
    assert display.has_display() == (True, "")
    assert display.find_display() == (True, "", (("HDMI-1", (1920, 1080)),))
    for told in ("", "a plugin says hello", '[["HDMI-1", 1920]]', "7"):
        ran.stdout = told
        assert display.find_display() == (True, "", ())
    ran.returncode, ran.stderr = 1, "odd"
    assert display.has_display() == (False, "Qt does not start here (odd).")

    def hang(*_, **told):
        raise display.subprocess.TimeoutExpired("it", told["timeout"])

    monkeypatch.setattr(display.subprocess, "run", hang)
    assert display.has_display() == (False, "The display does not answer.")
    if sys.platform.startswith("linux"):
        monkeypatch.delenv("QT_QPA_PLATFORM")
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        assert display.has_display()[1].startswith("There is no display")
        monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
        assert display.has_display()[1] == "The display does not answer."


@pytest.mark.parametrize(
    ("probe", "said"),
    [
        ("", (True, "")), ("import sys; sys.exit(3)", "no reason given"),
        ("import sys; sys.stderr.buffer.write(b'\\xff odd\\n'); sys.exit(1)", "� odd"),
        ("import os; os.abort()", "no reason given"),
    ],
)  # fmt: skip
def test_however_the_other_process_ends_it_is_a_sentence(monkeypatch, probe, said):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(display, "_PROBE", probe)
    expected = said if probe == "" else (False, f"Qt does not start here ({said}).")
    assert display.has_display() == expected


def test_the_end_of_the_display_is_heard_and_other_words_are_told(monkeypatch, caplog):
    installed, lost = [], []
    monkeypatch.setattr(qt_loop, "qInstallMessageHandler", installed.append)
    monkeypatch.setattr(qt_loop, "application", lambda: "app")
    assert qt_loop.begin(lambda: lost.append(1)) == "app"
    (hear,) = installed
    with caplog.at_level(logging.WARNING):
        hear(QtMsgType.QtWarningMsg, None, "an odd font")
        hear(QtMsgType.QtDebugMsg, None, "a detail")
    assert [record.getMessage() for record in caplog.records] == ["an odd font"] and not lost
    hear(QtMsgType.QtWarningMsg, None, "The X11 connection broke (error 1)")
    assert lost == [1] and len(caplog.records) == 1


def test_there_is_one_application_and_it_is_called_by_the_programs_name(monkeypatch):
    done = []

    class Made:
        there = None

        def __new__(cls, words):
            done.append(words)
            return SimpleNamespace(
                setApplicationName=lambda name: done.append(("name", name)),
                setApplicationDisplayName=lambda name: done.append(("shown", name)),
            )

        @classmethod
        def instance(cls):
            return cls.there

    desktop = SimpleNamespace(setDesktopFileName=lambda name: done.append(("file", name)))
    monkeypatch.setattr(qt_loop, "QApplication", Made)
    monkeypatch.setattr(qt_loop, "QGuiApplication", desktop)
    assert qt_loop.application() is not None
    assert done == [["dancelive"], ("name", "dancelive"), ("shown", ""), ("file", "dancelive")]
    Made.there = "the one"
    assert qt_loop.application() == "the one" and len(done) == 4


def test_a_signal_closes_the_window_and_is_given_back(monkeypatch):
    before = {number: signal.getsignal(number) for number in qt_loop.STOPPING}
    closed = []
    window = SimpleNamespace(finish=lambda: closed.append(1))
    loop = SimpleNamespace(exec=lambda: signal.raise_signal(signal.SIGTERM))
    monkeypatch.setattr(qt_loop, "QApplication", loop)
    qt_loop.run_window(window)
    assert closed == [1]
    assert {number: signal.getsignal(number) for number in qt_loop.STOPPING} == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells the show itself")
def test_the_guard_passes_the_first_signal_on_and_no_other(tmp_path):
    sent = []
    made = guard.Guard(["show"], tmp_path / "state.json")
    made._stop(signal.SIGTERM, None)
    assert made._stopped_by == signal.SIGTERM, "though there is no show yet"
    made = guard.Guard(["show"], tmp_path / "state.json")
    made._show = SimpleNamespace(send_signal=sent.append)
    for number in (signal.SIGINT, signal.SIGTERM):
        made._stop(number, None)
    assert sent == [signal.SIGINT]


def test_the_demo_shows_what_it_can(monkeypatch):
    monkeypatch.setattr(demo, "has_display", lambda: (True, ""))
    assert demo.arguments() == ["--input", "demo", "--target", "alice"]
    monkeypatch.setattr(demo, "has_display", lambda: (False, "no"))
    assert demo.arguments()[4:] == ["--headless", "--duration", "20", "--record", "demo.mp4"]


@pytest.mark.parametrize("code", [0, 1])
def test_the_demo_ends_as_its_show(monkeypatch, code):
    shows = []
    monkeypatch.setattr("live.window.display.has_display", lambda: (True, ""))
    monkeypatch.setattr("live.cli.main", lambda arguments: (shows.append(arguments), code)[1])
    monkeypatch.delitem(sys.modules, "live.demo")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("live.demo", run_name="__main__")
    assert ended.value.code == code
    assert shows == [["--input", "demo", "--target", "alice"]]


def test_what_the_guard_leaves_behind_does_not_change_how_the_show_ended(monkeypatch):
    asked = []

    class Folder:
        def __init__(self, **given):
            asked.append(given)

        def __enter__(self):
            return "/made/folder"

        def __exit__(self, *_):
            return None

    class Made:
        def __init__(self, program, state, duration):
            asked.append((program, state.as_posix(), duration))

        def run(self):
            return 7

    monkeypatch.setattr(guard.tempfile, "TemporaryDirectory", Folder)
    monkeypatch.setattr(guard, "Guard", Made)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-X", "dev", "-m", "live.cli", "--guard"])
    assert guard.guard(["--mute"], 5.0) == 7
    assert guard.guard(None, 0.0) == 7
    folder, state = (
        {"prefix": "dancelive-", "ignore_cleanup_errors": True},
        "/made/folder/state.json",
    )
    assert asked == [
        folder, ([sys.executable, "-m", "live.cli", "--mute", "--no-guard"], state, 5.0), folder,
        ([sys.executable, "-X", "dev", "-m", "live.cli", "--guard", "--no-guard"], state, 0.0),
    ]  # fmt: skip
