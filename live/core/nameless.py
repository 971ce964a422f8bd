"""Texts that are made to be sent on: no name of a person, a computer or a folder stands in them."""

import re
import socket
from collections.abc import Mapping
from pathlib import Path

# Folders of a whole path; those of Windows may have blanks. What follows "://" is an address.
_FOLDERS = re.compile(
    r"(?<![\w:/\\.])"
    r"(?:(?:[A-Za-z]:[/\\]|\\\\)(?:[^:'\"/\\\n]+[/\\])+|/(?:[^\s:'\"/\\]+/)+)"
)


def without_names(text: str, also: Mapping[str, str] | None = None) -> str:
    """Without the user's folder, the computer's name and what `also` names -> instead of it."""
    known = {str(Path.home()): "~", socket.gethostname(): "COMPUTER"}
    names = known | dict(also or {})
    for name in sorted(names, key=len, reverse=True):  # some are in others
        if len(name) > 1:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", names[name], text)  # whole words
    return text


def without_folders(text: str) -> str:
    """Of every whole path the last name alone."""
    return _FOLDERS.sub(".../", text)
