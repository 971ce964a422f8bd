"""What a page says, as far as it makes sense. Pure."""

import json
from dataclasses import dataclass
from typing import Any

LONGEST = 512  # bytes of one message
MOST_LETTERS = 100  # of a value; no name is as long


@dataclass(frozen=True)
class Set:
    """A control by its name; `value` as the table takes it."""

    name: str
    value: float | bool | str | None


@dataclass(frozen=True)
class Look:
    """Whether the preview is seen."""

    on: bool


@dataclass(frozen=True)
class Seen:
    """The picture of this number has been drawn."""

    number: int


Said = Set | Look | Seen


def understood(text: str | bytes) -> Said | None:
    """None for what makes no sense."""
    if not isinstance(text, str):
        return None
    try:
        said = json.loads(text, parse_int=float)  # as many digits as they like
    except (ValueError, RecursionError):
        return None
    match said:
        case {"set": str(name), "to": value} if _is_value(value):
            return Set(name, value)
        case {"look": bool(on)}:
            return Look(on)
        case {"seen": float(number)} if 0 <= number < 2**32:
            return Seen(int(number))
        case _:
            return None


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST_LETTERS and value.isprintable()
    return value is None or isinstance(value, float | bool)
