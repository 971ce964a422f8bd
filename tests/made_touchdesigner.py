"""TouchDesigner as far as the examples use it: it refuses what its documentation does not take.

It does not run here. Script TOP: copyNumpyArray takes uint8 or float32, (h, w, 4), the first row at
the bottom. Script CHOP: channels are made by name, as long as numSamples says.
"""

from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np

WHEN_USED = object()


class TextDats(dict):
    """Text DATs of one component by name; `op` of the scripts finds them."""

    def read(self, file: Path, name: str) -> ModuleType:
        """A file as the text of a DAT, run as TouchDesigner runs one."""
        module = ModuleType(name)
        vars(module).update(op=self.get, CookLevel=SimpleNamespace(WHEN_USED=WHEN_USED))
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), vars(module))
        self[name] = SimpleNamespace(module=module)
        return module


class ScriptTop:
    """`picture` is what is seen, (h, w, 4), top row first; None = nothing was ever given."""

    def __init__(self) -> None:
        self.picture: np.ndarray | None = None

    def copyNumpyArray(self, array) -> None:
        assert isinstance(array, np.ndarray) and array.dtype in (np.uint8, np.float32)
        assert array.ndim == 3 and array.shape[2] == 4 and array.flags.c_contiguous
        self.picture = array[::-1].copy()


class ScriptChop:
    """`channels` by name; each a list of samples."""

    def __init__(self) -> None:
        self.channels: dict[str, list[float]] = {"left": [1.0]}
        self.numSamples = 0

    def clear(self) -> None:
        self.channels = {}

    def appendChan(self, name: str) -> list[float]:
        assert name not in self.channels and self.numSamples > 0
        self.channels[name] = _Channel([0.0] * self.numSamples)
        return self.channels[name]


class _Channel(list):
    def __setitem__(self, index, value) -> None:
        assert type(value) is float, "a channel holds numbers of Python"
        super().__setitem__(index, value)
