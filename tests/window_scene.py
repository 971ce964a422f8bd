"""The windows of a show without its networks, in a process of their own on a virtual display.

A picture that moves 30 times a second, what leaves the windows, and hands on keyboard and mouse.
"""

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

from benchmarks.night.display import Display

ROOT = Path(__file__).resolve().parent.parent

PROGRAM = """
    import json, sys, threading, time
    import numpy as np
    from PySide6.QtCore import QMetaObject, Qt
    from PySide6.QtWidgets import QApplication
    from live.core.messages import *
    from live.core.settings import Settings
    from live.show.panel_rows import panel_rows
    from live.window.qt_loop import run_window
    from live.window.windows import Windows

    def tell(**facts):
        print(json.dumps(facts), flush=True)

    asked = json.loads(sys.argv[1])
    began = time.perf_counter()
    pose = Pose(0.0, np.zeros((18, 2), np.float32), 0.0)
    values = {"target": "alice", "targets": ("alice", "bob", "skeleton"), "style": "auto",
              "styles": ("house", "salsa"), "outs": ("web:8765",), "gain": 0.0, "energy": 0.0,
              "bpm": 0.0, "nudge": 0.0, "phase_lock": True, "blackout": False, "freeze": False,
              "mirror": False, "fullscreen": False}
    warnings = []
    last = [-1]

    def take_frame():
        now = time.perf_counter()
        number = int((now - began) * 30)
        if number == last[0] or asked.get("no_frames"):
            return None
        last[0] = number
        image = np.full((240, 320, 3), (40, 90, 160), np.uint8)
        x = number * 5 % 300
        image[60:180, x : x + 20] = (240, 200, 60)
        return Frame(number / 30, began + number / 30 + 0.06, image, pose, now)

    def read_meters():
        beats = (time.perf_counter() - began) * 2
        beat = Beat(0.0, 0.6, 0.0, 120.0, 0.0, None, 0.0)
        return Meters("listening", "alice", "free", beat, beats % 1, None, 30.0, 60.0, 2.0, 20.0,
                      0, 0, True, tuple(warnings[::-1]), values["blackout"], values["freeze"],
                      values["mirror"], device="Scarlett 2i2", outputs=("web:8765 30/s",))

    def ask(name, value):
        if isinstance(value, bool | float):
            values[name] = value
        tell(asked=[name, value], at=time.perf_counter())

    shown = []

    def on_shown(frame, at):
        shown.append(((at - frame.due_at) * 1000, at))

    def place(widget):
        return [*widget.mapToGlobal(widget.rect().topLeft()).toTuple(), *widget.size().toTuple()]

    def facts():
        control, stage = windows.control, windows.stage
        recent = [error for error, at in shown if at > time.perf_counter() - 1]
        view = stage.view if stage.isVisible() else control.view
        focus = QApplication.focusWidget()
        return dict(
            full=windows.is_full, control=place(control) if control.isVisible() else None,
            stage=place(stage) if stage.isVisible() else None,
            cursor=(stage if stage.isVisible() else control).cursor().shape().name,
            per_second=len(recent), error_ms=float(np.median(recent)) if recent else None,
            painted=view.n_painted, previewed=control.view.n_painted,
            bar=control.bar.isVisible(), panel=control.panel.isVisible(),
            note=type(stage.note).__name__, children=sorted(
                type(child).__name__ for child in stage.children()),
            focus=focus.accessibleName() if focus else None,
            warnings=warnings, screens=[s.name() for s in QApplication.screens()],
            place={name: place(row) for name, row in control.panel.rows.items()},
            group={name: row.row.group for name, row in control.panel.rows.items()},
            tabs={name: place(tab) for name, tab in control.panel.tabs.items()},
            open=next(name for name, tab in control.panel.tabs.items() if tab.isChecked()),
            shown={name: row.number.value() for name, row in control.panel.rows.items()
                   if hasattr(row, "number")},
            values=values, black=windows.hand.is_black)

    def listen():
        for line in sys.stdin:
            word, _, rest = line.strip().partition(" ")
            if word == "facts":
                ask.emit()
            elif word == "full":
                windows.post(Fullscreen(True))
            elif word == "set":
                values.update(json.loads(rest))
            elif word == "warn":
                warnings.append(rest)
            elif word == "screen":
                choose.emit(rest)
            elif word == "finish":
                windows.finish()
            elif word == "close":
                QMetaObject.invokeMethod(windows.control, "close",
                                         Qt.ConnectionType.QueuedConnection)

    settings = Settings(output=(320, 240), fullscreen=asked.get("fullscreen"),
                        control=asked.get("control", False))
    windows = Windows(settings, take_frame, read_meters, ask, on_shown,
                      panel_rows(ask, values.get), warn=warnings.append, title="the show")
    from PySide6.QtCore import QObject, Signal
    class Asking(QObject):
        asked = Signal()
        chosen = Signal(str)
    asking = Asking()
    asking.asked.connect(lambda: tell(**facts()))  # on the thread of Qt
    asking.chosen.connect(lambda name: windows.placing.set_fullscreen(True, name))
    ask, choose = asking.asked, asking.chosen
    threading.Thread(target=listen, daemon=True).start()
    tell(window=True)
    run_window(windows)
    tell(ended=True)
"""


class WindowScene:
    """The scene in a process of its own, the display it is on, and hands on its keyboard."""

    def __init__(self, screen: Display, **asked: Any) -> None:
        self.env = {**os.environ, **screen.env, "PYTHONPATH": str(ROOT)}
        self.photo, self.hand = screen.photo, screen.hand
        self.process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), json.dumps(asked)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.env,
        )  # fmt: skip
        self.told: list[dict[str, Any]] = []  # that were heard while facts were asked for
        assert self.heard() == {"window": True}

    def is_shown(self) -> "WindowScene":
        """Once the picture is there, with the focus on the control window or the stage."""
        self.wait_for(lambda: self.facts()["painted"] > 5)
        self.hand("search", "--sync", "--onlyvisible", "--name", "^the show", "windowfocus")
        return self

    def heard(self) -> dict[str, Any]:
        """The next that was told."""
        if self.told:
            return self.told.pop(0)
        return json.loads(self.process.stdout.readline())

    def asked(self) -> list[Any]:
        """Name and value of the next control that was set."""
        return list(self.heard()["asked"])

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def facts(self) -> dict[str, Any]:
        self.say("facts")
        while "full" not in (told := json.loads(self.process.stdout.readline())):
            self.told.append(told)
        return told

    def press(self, *keys: str) -> None:
        self.hand("key", *keys)

    def click(self, x: int, y: int) -> None:
        self.hand("mousemove", str(x), str(y), "click", "1")

    def wait_for(self, is_true: Any, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end, f"it did not happen within {seconds} s"
            time.sleep(0.05)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
