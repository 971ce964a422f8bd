"""Which key was meant where the keyboard writes no Latin letters: that at the same place. Qt.

On a Russian, Greek or Hebrew keyboard the key B writes another letter, and so does 0 on a French
one. Keys that write ASCII are taken by what they write, wherever they are.
"""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from live.controls.keys import PRESSES, Press

_ASCII, _SPECIAL = 0x7F, 0x0100_0000  # of Qt.Key: above are letters of any script, then F1, Esc ...
# The places by US names, on the first row of letters, the second, the third, and of the digits.
_ROWS = ("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM,./", "1234567890")
_NAMES = {",": "Comma", ".": "Period", "/": "Question"}  # others are called by what they write
_EVDEV_FIRST, _X_APART = (16, 30, 44, 2), 8  # Linux numbers keys along the rows; X and Wayland 8 up
_MAC = "ASDFHGZXCV\0BQWERYT123465\097\080\0OU\0IP\0LJ\0K\0\0,/NM."  # by virtual key code


def _places() -> dict[int, str]:
    """Native code -> US name of the key."""
    if sys.platform == "darwin":
        return {code: _NAMES.get(name, name) for code, name in enumerate(_MAC) if name != "\0"}
    apart = 0 if sys.platform == "win32" else _X_APART  # Windows has the numbers of the PC itself
    return {
        first + place + apart: _NAMES.get(name, name)
        for first, row in zip(_EVDEV_FIRST, _ROWS, strict=True)
        for place, name in enumerate(row)
    }


_PLACES = _places()
_PRESS_OF = {int(Qt.Key[f"Key_{name}"]): press for name, press in PRESSES.items()}


def press_of(event: QKeyEvent) -> Press | None:
    """What this key asks for; None when nothing."""
    key = event.key()
    if _ASCII < key < _SPECIAL or key == Qt.Key.Key_unknown:
        is_mac = sys.platform == "darwin"
        code = event.nativeVirtualKey() if is_mac else event.nativeScanCode()
        return PRESSES.get(_PLACES.get(code, ""))
    return _PRESS_OF.get(key)
