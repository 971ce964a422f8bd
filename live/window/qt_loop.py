"""Qt's application and its loop, which ends with the window, the show, or what stops a command."""

import logging
import signal
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from models.command import STOPPING

log = logging.getLogger(__name__)

_BROKE = "connection broke"
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


def begin(lost: Callable[[], None]) -> QApplication | QCoreApplication:
    """`application`, connected to the display before anything else of a show begins.

    Where the display goes away Qt ends the process, at any call: `lost` is the last that is called.
    """

    def hear(kind: QtMsgType, _: QMessageLogContext, text: str) -> None:
        if _BROKE in text:  # Qt says so, of X and of Wayland, right before it ends the process
            lost()
        elif kind != QtMsgType.QtDebugMsg:
            log.warning("%s", text)

    qInstallMessageHandler(hear)
    return application()


def run_window(window: Finishable) -> None:
    """Run the Qt loop until the window closes, the show finishes or a signal of STOPPING comes."""
    # Python runs a signal's handler between two byte codes: the polling timer gives it the chance.
    handled = {
        number: signal.signal(number, lambda *_: window.finish())
        for number in STOPPING
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        QApplication.exec()
    finally:
        for number, handler in handled.items():
            signal.signal(number, handler)
