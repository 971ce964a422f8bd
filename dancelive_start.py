"""The command `dancelive` of an installed package: looks that its parts are its own, then goes on.

The parts have common names (`live`, `models`, `train`, `export`); another package of such a name
would be run in their place, or have written its files among theirs. This module's name is its own.
"""

import sys
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

PARTS = ("live", "models", "train", "export")
_HERE = Path(__file__).resolve().parent


def main() -> int:
    """The exit code of the show; 1 with one sentence where a part is not its own."""
    if told := foreign():
        print(f"dancelive: {told}", file=sys.stderr)
        return 1
    from live.cli import main as live

    return live()


def foreign(here: Path = _HERE) -> str:
    """What stands in the place of a part that should lie in `here`, in one sentence; or "".

    An `__init__.py` of this program is empty (importing a part costs nothing): another has lines.
    """
    for part in PARTS:
        spec = find_spec(part)
        begins = Path(spec.origin).resolve() if spec and spec.origin else None
        if begins and begins == here / part / "__init__.py" and not begins.stat().st_size:
            continue
        found = f"the package {part} that is found" if begins else f"there is no package {part}"
        whose = f"{found} ({_owners(part)}{begins.parent}) is not its own" if begins else found
        return (
            f"{whose}: install dancelive into an environment of its own, with `pipx install`,"
            " `uv tool install` or `python -m venv`."
        )
    return ""


def _owners(part: str) -> str:
    """Who says to have installed it."""
    names = {*packages_distributions().get(part, ())} - {"dancelive"}
    return "".join(f"{name}, " for name in sorted(names))
