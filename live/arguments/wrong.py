"""What argparse says of wrong flags, in the words of a performer."""

import difflib
import re
from collections.abc import Sequence

_ALL = "dancelive --help names all flags."


def in_words(message: str, flags: Sequence[str]) -> str:
    """One sentence instead of argparse's; `flags`: all that there are. Others stay as they are."""
    if said := re.fullmatch(r"unrecognized arguments: (\S+).*", message, re.DOTALL):
        return _unknown(said[1], flags)
    if not (said := re.fullmatch(r"argument ([^:]+): (.*)", message, re.DOTALL)):
        return message
    flag, what = said[1], said[2]
    if choice := re.fullmatch(r"invalid choice: (.+?) \(choose from (.+)\)", what):
        return f"{flag}: {choice[1]} is none of {choice[2].replace(chr(39), '')}."
    if other := re.fullmatch(r"not allowed with argument (\S+)", what):
        return f"{flag} cannot go with {other[1]}: leave one of them out."
    if what in ("expected one argument", "expected at least one argument"):
        return f"{flag} needs a value after it: {_ALL}"
    return f"{flag}: {what.rstrip('.')}."


def _unknown(word: str, flags: Sequence[str]) -> str:
    if not word.startswith("-"):
        return f"{word!r} belongs to no flag: write for example --target {word} or --input {word}."
    near = difflib.get_close_matches(word.split("=")[0], flags, 1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"There is no flag {word}: {meant}{_ALL}"
