"""Another program of this package, run beside this one by the same Python."""

import json
import os
import subprocess
from collections.abc import Mapping
from multiprocessing import spawn
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]
HIDDEN = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no terminal of its own on Windows


def interpreter() -> str:
    """This Python; or, inside another program, the one it named: multiprocessing.set_executable."""
    return os.fsdecode(spawn.get_executable())


def command(module: str, asked: Mapping[str, Any]) -> list[str]:
    """The words that run `module` with one argument, `asked` as JSON."""
    return [interpreter(), "-P", "-m", module, json.dumps(asked)]


def environment() -> dict[str, str]:
    """This program's own, and where this package lies."""
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}
