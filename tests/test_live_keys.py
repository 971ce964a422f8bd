"""The keys of the window on keyboards of all scripts."""

import os
import shutil
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip("PySide6", reason="the window needs PySide6")

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from benchmarks.night.display import NEEDED, display
from live.controls.keys import PRESSES
from live.window import key_place

needs_x = pytest.mark.skipif(
    not all(map(shutil.which, [*NEEDED, "setxkbmap"])), reason="no Xvfb, xdotool or setxkbmap"
)
KEYCODES = {"F": 41, "B": 56, "M": 58, "S": 39, "R": 27, "I": 31, "T": 28, "0": 19,
            "Comma": 59, "Period": 60, "C": 54, "Question": 61}  # of X  # fmt: skip


def _press(key, scan_code=0, virtual_key=0):
    no = Qt.KeyboardModifier.NoModifier
    press = QKeyEvent(QEvent.Type.KeyPress, key, no, scan_code, virtual_key, 0)
    return key_place.press_of(press)


def test_what_writes_ascii_is_taken_by_what_it_writes():
    """On a Dvorak keyboard the letter B stands where others have N."""
    for name, press in PRESSES.items():
        assert _press(Qt.Key[f"Key_{name}"], scan_code=57) == press
    assert _press(Qt.Key.Key_J, scan_code=KEYCODES["B"]) is None
    assert _press(Qt.Key.Key_Semicolon, scan_code=KEYCODES["M"]) is None
    assert _press(Qt.Key.Key_F5, scan_code=KEYCODES["M"]) is None


@pytest.mark.parametrize(
    ("platform", "codes"),
    [
        ("linux", KEYCODES),
        ("win32", {"F": 0x21, "B": 0x30, "M": 0x32, "S": 0x1F, "R": 0x13, "I": 0x17, "T": 0x14,
                   "0": 0x0B, "Comma": 0x33, "Period": 0x34, "C": 0x2E,
                   "Question": 0x35}),
        ("darwin", {"F": 3, "B": 11, "M": 46, "S": 1, "R": 15, "I": 34, "T": 17, "0": 29,
                    "Comma": 43, "Period": 47, "C": 8, "Question": 44}),
    ],
)  # fmt: skip
def test_other_letters_are_taken_by_their_place(platform, codes, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(key_place, "_PLACES", key_place._places())
    which = "virtual_key" if platform == "darwin" else "scan_code"
    for name, code in codes.items():
        for letter in (0x0418, 0x03A6, 0x05E0, 0xFEFB, 0xE0, int(Qt.Key.Key_unknown)):
            assert _press(letter, **{which: code}) == PRESSES[name]
    assert _press(0x0416, **{which: 0}) != PRESSES["F"]


@needs_x
@pytest.mark.device
@pytest.mark.timeout(60)
def test_keyboards_of_the_world_on_a_real_screen():
    """Each key is pressed where it is, on an X server that has the layout."""
    program = textwrap.dedent(
        """
        from PySide6.QtCore import QTimer
        from live.core.settings import Settings
        from live.window.windows import Windows
        windows = Windows(Settings(control=True), lambda: None, lambda: None, print, print)
        windows.hand.press = lambda *press: print(*press, flush=True)
        QTimer.singleShot(200, lambda: print("there", flush=True))
        windows._app.exec()
        """
    )
    with display() as screen:
        env = os.environ | screen.env
        shown = subprocess.Popen(
            [sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert shown.stdout and shown.stdout.readline().strip() == "there"
            screen.hand("search", "--sync", "--onlyvisible", "--name", "^dancelive$", "windowfocus")
            for layout in ("us", "ru", "ua", "gr", "il", "ara", "fr", "de"):
                subprocess.run(["setxkbmap", layout], env=env, check=True, timeout=10)
                for name, code in KEYCODES.items():
                    if name == "Question":
                        continue  # where a keyboard has it on another key it is written
                    if layout == "fr" and name in ("M", "Comma", "Period"):
                        continue  # there that keyboard has a comma, a semicolon and a colon
                    screen.hand("key", "--clearmodifiers", str(code))
                    assert shown.stdout.readline().strip() == " ".join(map(str, PRESSES[name])), (
                        layout, name)  # fmt: skip
        finally:
            shown.kill()
            shown.wait()
