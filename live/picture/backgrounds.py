"""The pictures that may be put behind a dancer by name: those in a folder of the user."""

from pathlib import Path

from live.picture.background import COLOURS, OWN
from models import bundle

_ENDS = (".png", ".jpg", ".jpeg", ".webp")


def folder() -> Path:
    """Where they lie: beside the user's own bundles."""
    return bundle.user_folder().parent / "backgrounds"


def pictures() -> dict[str, Path]:
    """By name, the file's without its end, in alphabetical order."""
    try:
        files = sorted(folder().iterdir())
    except OSError:  # none was ever put there
        return {}
    found = {file.stem: file for file in files if file.suffix.lower() in _ENDS}
    return {name: file for name, file in found.items() if name != OWN and name not in COLOURS}


def names() -> tuple[str, ...]:
    """Their own place, the colours, then the pictures."""
    return (OWN, *COLOURS, *pictures())


def path_of(name: str) -> str:
    """What `open_background` takes: a name of `names`, or a path as it is."""
    return str(pictures().get(name, name))
