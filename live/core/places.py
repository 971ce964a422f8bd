"""Places of dancers by their numbers, of those who do not stand in the row. Pure.

As text: `1:0.3,-0.1,0.8 2:-0.4`, the number of a dancer (0 is the first, as in OSC), then x, y and
size, of which each may be left out.
"""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from live.core.settings import MOST_DANCERS, SCALES, SHIFTS

RANGES = {"x": SHIFTS, "y": SHIFTS, "size": SCALES}
LONGEST = 200  # letters, of all dancers
_SHAPE = re.compile(r"(\d{1,3}):([^:\s]*)")
_DIGITS = 4


class PlacesError(ValueError):
    """What is no place, in one sentence for the performer."""


class Own(NamedTuple):
    """A place of one's own; what is None is as in the row."""

    x: float | None = None  # widths of the stage screen, to the right of where one alone stands
    y: float | None = None  # heights, down, of the floor under the feet
    size: float | None = None  # times as large as one alone

    def over(self, other: "Own") -> "Own":
        """The other one, but for what is said here."""
        return Own(*(b if a is None else a for a, b in zip(self, other, strict=True)))


def own_of(text: str, who: str = "a dancer") -> Own:
    """Such as "0.3,-0.1,0.8", ",-0.1" or "" (all as in the row). Raises PlacesError."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > len(RANGES):
        raise PlacesError(f"The place of {who} is x, y and size, not {len(parts)} numbers.")
    return Own(*(_number(part, name, who) for part, name in zip(parts, RANGES, strict=False)))


def _number(text: str, name: str, who: str) -> float | None:
    if not text:
        return None
    low, high = RANGES[name]
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise PlacesError(f"{name} of {who} is {text!r}: say a number from {low:g} to {high:g}.")
    return number


def places_of(text: str) -> dict[int, Own]:
    """By the number of the dancer; none for "". Raises PlacesError."""
    places: dict[int, Own] = {}
    for word in text.split():
        found = _SHAPE.fullmatch(word)
        if found is None:
            raise PlacesError(
                f"{word!r} is no place: say NUMBER:X,Y,SIZE, as in 1:0.3,-0.1,0.8, without spaces."
            )
        dancer = int(found[1])
        if dancer >= MOST_DANCERS:
            raise PlacesError(f"There is no dancer {dancer}: they are 0 to {MOST_DANCERS - 1}.")
        if dancer in places:
            raise PlacesError(f"Dancer {dancer} has two places: say one.")
        places[dancer] = own_of(found[2], f"dancer {dancer}")
    return places


def text_of(places: Mapping[int, Own]) -> str:
    """The same text for the same places; those in the row are left out."""
    return " ".join(f"{n}:{_written(own)}" for n, own in sorted(places.items()) if any_said(own))


def any_said(own: Own) -> bool:
    """Whether anything of it is not as in the row."""
    return any(number is not None for number in own)


def _written(own: Own) -> str:
    parts = ["" if number is None else f"{round(number, _DIGITS) + 0.0:g}" for number in own]
    return ",".join(parts).rstrip(",")


def with_place(text: str, dancer: int, own: Own | None) -> str:
    """Places with another one for one dancer, whose other numbers stay; None = in the row."""
    places = places_of(text)
    places[dancer] = Own() if own is None else own.over(places.get(dancer, Own()))
    return text_of(places)
