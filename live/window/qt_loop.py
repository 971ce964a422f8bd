"""Qt's application and its loop, which ends with the window, the show, Ctrl-C or SIGTERM."""

import signal
from typing import Protocol

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

POLL_MS = 4  # how often a window looks for what is new


class Finishable(Protocol):
    """A window that can be told to close."""

    def finish(self) -> None: ...


def application() -> QApplication | QCoreApplication:
    """The one of this process, made when there is none yet."""
    app = QApplication.instance()
    if app is None:
        app = QApplication(["dancelive"])
        app.setApplicationName("dancelive")
        app.setApplicationDisplayName("")
        QGuiApplication.setDesktopFileName("dancelive")
    return app


def run_window(window: Finishable) -> None:
    """Run the Qt loop until the window closes, the show finishes or Ctrl-C (or SIGTERM) comes."""
    # Python runs a signal's handler between two byte codes: the polling timer gives it the chance.
    handled = {
        number: signal.signal(number, lambda *_: window.finish())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        QApplication.exec()
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
