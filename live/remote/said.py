"""What a page says, as far as it makes sense. Pure."""

import json
from dataclasses import dataclass
from typing import Any

from live.controls.entries import Name
from live.controls.table import CONTROLS
from live.core.settings import MOST_DANCERS
from models.bundle import LONGEST_NAME

# Of a value, in letters: the longest text that a control takes, or a person for each dancer.
MOST_LETTERS = max(
    (MOST_DANCERS - 1) * (LONGEST_NAME + 1),
    *(control.longest for control in CONTROLS if isinstance(control, Name)),
)
LONGEST = 4 * MOST_LETTERS + 256  # bytes of one message


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
