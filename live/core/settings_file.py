"""The performer's own file of shows and scenes, and that of the last show: readable TOML.

Kinds of entries are tables in it, such as [shows.friday] and [scenes.intro]. What ships with the
program is read the same way. A damaged file is told and never written over.
"""

import logging
import os
import threading
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from models.files import write_whole

log = logging.getLogger(__name__)
_writing = threading.Lock()  # scenes, knobs and the show are kept by threads of their own

SHOWS, SCENES = "shows", "scenes"
MOST_BYTES = 1_000_000
FOLDER_SETTING = "DANCELIVE_SETTINGS"  # of the environment
LONGEST_KEPT = 60  # letters of a name
Table = dict[str, Any]


class SettingsFileError(Exception):
    """A file of settings that cannot be used, in one sentence for the performer."""


def folder() -> Path:
    """Where the files lie (DANCELIVE_SETTINGS overrides)."""
    from platformdirs import user_config_path

    chosen = os.environ.get(FOLDER_SETTING)
    return Path(chosen) if chosen else user_config_path("dancelive", False)


def own_file() -> Path:
    return folder() / "dancelive.toml"


def read_toml(path: Path) -> Table:
    """All of a file; nothing when there is none. Raises SettingsFileError."""
    try:
        if not path.exists():
            return {}
        if not path.is_file():  # nobody waits for a pipe
            raise SettingsFileError(f"{path} is no file: move it away.")
        if path.stat().st_size > MOST_BYTES:
            raise SettingsFileError(f"{path} is too large to be a file of settings: remove it.")
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # also too many digits
        raise SettingsFileError(f"{path} cannot be read ({error}): mend or remove it.") from error


def entries(kind: str) -> dict[str, Table]:
    """Those that ship, and over them the performer's own; what is no table is told and left out."""
    shipped = tomllib.loads(files("live").joinpath("presets.toml").read_text("utf-8"))
    found: dict[str, Table] = dict(shipped.get(kind, {}))
    path = own_file()
    try:
        own = read_toml(path).get(kind, {})
    except SettingsFileError as error:
        log.warning("%s", error)
        return found
    if not isinstance(own, dict):
        log.warning("%s: %s is no table, left out.", path, kind)
        return found
    for name, table in own.items():
        if isinstance(table, dict):
            found[str(name)] = table
        else:
            log.warning("%s: %s.%s is no table, left out.", path, kind, name)
    return found


def keep(kind: str, name: str, table: Mapping[str, Any]) -> Path:
    """Write one entry of the performer's own file; the rest and its comments stay as they are.

    Raises SettingsFileError.
    """
    import tomlkit  # only who writes needs it
    from tomlkit.exceptions import TOMLKitError

    if not 0 < len(name) <= LONGEST_KEPT or not name.isprintable():
        raise SettingsFileError(f"{name!r} is no name: take one to {LONGEST_KEPT} letters.")
    path = own_file()
    try:
        with _writing:
            read_toml(path)  # nothing that is damaged is written over
            document = tomlkit.parse(path.read_text("utf-8") if path.exists() else "")
            if kind not in document:
                document[kind] = tomlkit.table(is_super_table=True)
            document[kind][name] = tidy(table)  # pyright: ignore[reportIndexIssue]
            write_toml(path, tomlkit.dumps(document))
    except (OSError, TOMLKitError, TypeError) as error:
        raise SettingsFileError(f"{path} cannot be written ({error}).") from error
    return path


def tidy(table: Mapping[str, Any]) -> Table:
    """As people write numbers: one of OSC's 32 bits is 0.3 and not 0.30000001192092896."""
    return {
        name: float(f"{value:.6g}") if isinstance(value, float) else value
        for name, value in table.items()
    }


def forget(kind: str, name: str) -> bool:
    """Take one entry out of the performer's own file; False where there was none.

    Raises SettingsFileError.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = own_file()
    try:
        with _writing:
            found = read_toml(path).get(kind)
            if not isinstance(found, dict) or name not in found:
                return False
            document = tomlkit.parse(path.read_text("utf-8"))
            del document[kind][name]  # pyright: ignore[reportIndexIssue]
            write_toml(path, tomlkit.dumps(document))
    except (OSError, TOMLKitError, TypeError) as error:
        raise SettingsFileError(f"{path} cannot be written ({error}).") from error
    return True


def write_toml(path: Path, text: str) -> None:
    """Whole or not at all; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as part:
        part.write_text(text, "utf-8")
