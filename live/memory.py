"""Shows that are remembered: flags <-> tables of the settings file. Names are those of the flags.

What is wrong in a file is named and left out: no file of settings keeps a show from starting.
"""

import argparse
import difflib
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from live.core import settings_file
from live.core.settings import Settings
from live.core.settings_file import SHOWS, SettingsFileError, Table
from models.bundle import is_path

log = logging.getLogger(__name__)

# What may name a file: kept with its whole path, so that it is found from any folder.
_READ = ("input", "show", "background", "target", "dance")
_LISTS = {"osc": list, "out": list, "midi": list, "modulate": list}  # flags that may be repeated
# Of this one start, not of a show.
_NEVER = {"duration", "offline", "guard", "going_on", "save", "load", "resume", "verbose", "help",
          "version", "list_devices", "list_targets", "list_dances", "list_shows", "check",
          "try_out", "calibrate", "seed", "remote_pin"}  # fmt: skip
_ENDED, _PROGRAM = "ended", "program"  # what the file of the last show says of itself


def last_file() -> Path:
    return settings_file.folder() / "last.toml"


def loaded(
    p: argparse.ArgumentParser, argv: list[str] | None, args: argparse.Namespace
) -> argparse.Namespace:
    """The arguments again, over those of --load NAME or of the last show, but for --without.

    Raises SettingsFileError where there is none of that name.
    """
    table, where = _table(args)
    good = checked(p, table, where)
    for name in _left_out(p, args.without):
        good.pop(name, None)
    lists = {name: good.pop(name) for name in _LISTS if name in good}
    if isinstance(songs := good.get("input"), list):
        good["input"], good["then"] = songs[0], tuple(songs[1:])
    p.set_defaults(**good)
    again = p.parse_args(argv)
    for name, values in lists.items():
        if not getattr(again, name):
            setattr(again, name, values)
    return again


def _left_out(p: argparse.ArgumentParser, names: Sequence[str]) -> list[str]:
    """Settings by the names of their flags, with or without dashes before them."""
    known = {action.dest for action in _saved(p)}
    left_out = [name.lstrip("-").replace("-", "_") for name in names]
    for name, asked in zip(left_out, names, strict=True):
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            said = f", did you mean {near[0]}?" if near else ": name one that --list-shows shows."
            raise SettingsFileError(f"--without {asked}: a show has no such setting{said}")
    return left_out


def _table(args: argparse.Namespace) -> tuple[Table, str]:
    if args.resume:
        table = settings_file.read_toml(last_file()).get("show")
        if not isinstance(table, dict):
            raise SettingsFileError("There was no show yet that could be resumed.")
        return table, "the last show"
    shows = settings_file.entries(SHOWS)
    if args.load not in shows:
        known = ", ".join(shows)
        raise SettingsFileError(f"There is no show {args.load!r}; there are: {known}.")
    return shows[args.load], f"show {args.load}"


def checked(p: argparse.ArgumentParser, table: Mapping[str, Any], where: str) -> Table:
    """The values of a table as the flags of the same names would have them, without the wrong."""
    actions = {action.dest: action for action in _saved(p)}
    good: Table = {}
    for name, value in table.items():
        action = actions.get(name.replace("-", "_"))
        if action is None:
            log.warning("%s: there is no setting %s, left out.", where, name)
            continue
        try:
            good[action.dest] = _value(action, value)
        except (argparse.ArgumentTypeError, ValueError, TypeError) as error:
            log.warning("%s: %s is left out: %s.", where, name, str(error).rstrip("."))
    return good


def table_of(p: argparse.ArgumentParser, args: argparse.Namespace) -> Table:
    """What was asked for that is not so without asking, as it would be typed."""
    table = {
        action.dest: _text(action.dest, value)
        for action in _saved(p)
        if (value := getattr(args, action.dest)) != action.default and value is not None
    }
    if then := getattr(args, "then", ()):
        table["input"] = [_text("input", song) for song in (args.input, *then)]
    return table


class LastShow:
    """The show that runs, kept in the file of the last show, and by the name of --save."""

    def __init__(self, p: argparse.ArgumentParser, args: argparse.Namespace) -> None:
        self._defaults = {action.dest: action.default for action in _saved(p)}
        self._table = table_of(p, args)
        self._name = args.save
        self._written: Table | None = None

    def offer(self) -> str:
        """A sentence where the show before did not end by itself; else ""."""
        try:
            last = settings_file.read_toml(last_file())
        except SettingsFileError:
            return ""
        if last.get(_ENDED) is not False or _is_alive(last.get(_PROGRAM)):
            return ""
        return "the last show did not end by itself: dancelive --resume starts it as it was"

    def look(self, kept: Mapping[str, Any], is_over: bool = False) -> None:
        """Write what is set now, where that is new. What cannot be written is told once."""
        table = dict(self._table)
        for name, value in settings_file.tidy(kept).items():
            if name not in self._defaults or name == "fullscreen":
                continue
            if value == self._defaults[name]:
                table.pop(name, None)
            else:
                table[name] = _text(name, value)
        if table == self._written and not is_over:
            return
        is_first, self._written = self._written is None, table
        try:
            self._write_last(table, is_over)
            if self._name is not None:
                path = settings_file.keep(SHOWS, self._name, table)
                if is_over:
                    told = f"{path} keeps this show: --load {self._name}"
                    print(f"dancelive: {told}", file=sys.stderr)
        except (OSError, SettingsFileError) as error:
            if is_first:
                log.warning("The settings of this show are not kept: %s", error)

    def _write_last(self, table: Table, is_over: bool) -> None:
        import tomlkit

        whole = {_ENDED: is_over, _PROGRAM: os.getpid(), "show": table}
        settings_file.write_toml(last_file(), tomlkit.dumps(whole))


def _saved(p: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    known = {*Settings.__dataclass_fields__, *_LISTS, "no_osc", "show"}
    return (a for a in p._actions if a.dest in known and a.dest not in _NEVER)


def _value(action: argparse.Action, value: Any) -> Any:
    """As argparse would have read it; raises what its types do."""
    if action.dest in _LISTS:
        texts = value if isinstance(value, list) else [value]
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"{value!r} is no list of texts")
        _try(action.dest, texts)
        return texts
    if action.dest == "input" and isinstance(value, list):
        if not value or not all(isinstance(text, str) for text in value):
            raise ValueError(f"{value!r} is no list of songs")
        return value
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise ValueError(f"{value!r} is neither true nor false")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is no value for it")
    read = action.type(str(value)) if callable(action.type) else str(value)
    if action.choices is not None and read not in action.choices:
        raise ValueError(f"{value!r} is none of {', '.join(map(str, action.choices))}")
    return read


def _try(name: str, texts: list[str]) -> None:
    """Raises ValueError for what is no receiver or way out."""
    from live.controls.modulation import parsed
    from live.osc.address import OscError
    from live.osc.receivers import parse_receiver
    from live.outputs.flag import parse_outputs
    from live.outputs.kind import OutputError

    try:
        if name == "out":
            parse_outputs(texts)
        for text in texts if name == "osc" else ():
            parse_receiver(text)
        for text in texts if name == "modulate" else ():
            parsed(text)
    except (OscError, OutputError) as error:
        raise ValueError(str(error)) from error


def _text(name: str, value: Any) -> Any:
    """As it is typed, where TOML has no value like it."""
    if name == "output":
        return "x".join(map(str, value))
    if name in ("osc_in", "remote"):
        host, port = value
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if name in _READ and isinstance(value, str):
        return _from_anywhere(name, value)
    return list(value) if name in _LISTS else value


def _from_anywhere(name: str, text: str) -> str:
    """The whole path where a file of this folder is meant; names of other things as they are."""
    is_name = text in ("mic", "demo", "target", "black", "green")
    if name in ("target", "dance"):
        is_name = not is_path(text)
    path = Path(text).expanduser()
    return text if is_name or not path.exists() else str(path.absolute())


def _is_alive(program: Any) -> bool:
    """Whether that show runs still; on Windows, where asking does harm, it counts as over."""
    if sys.platform == "win32" or not isinstance(program, int) or program <= 0:
        return False
    try:
        os.kill(program, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
