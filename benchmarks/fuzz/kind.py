"""What a kind of input is: how it is made, and by whose readers it is read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.random import Generator


@dataclass(frozen=True)
class Reader:
    """One reader of the program; what it gives counts as read.

    `errors` are those that commands turn into a sentence.
    """

    name: str
    read: Callable[[Path], object]
    errors: tuple[type[Exception], ...]


@dataclass(frozen=True)
class Kind:
    """One kind of input."""

    name: str
    begin: Callable[[Path], Any]  # small valid files, made in a folder
    make: Callable[[Generator, Any, Path], Path]  # those, changed -> one input in a folder
    readers: str  # "module:function" that gives them, called in the worker alone
