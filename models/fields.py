"""JSON of others against the annotations of a dataclass: the types and ranges of its fields."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

COUNTS = (0, 65_536)  # whole numbers, where nothing else is said
NUMBERS = (-1e6, 1e6)
MOST_ITEMS = 1_000  # of a list or an object
MOST_LETTERS = 10_000  # of a text
SHOWN = 60  # letters of a foreign value in a sentence


class FieldError(Exception):
    """A field of another type or out of its range, in words: "size must be ..., not ..."."""


@dataclass(frozen=True)
class Between:
    """Range of a number, or of the length of a text or list: `Annotated[int, Between(0, 8)]`."""

    least: float
    most: float


def in_brief(value: object) -> str:
    """A foreign value in a sentence: cut, and in letters that every terminal prints."""
    shown = ascii(value[: 2 * SHOWN] if isinstance(value, str | bytes) else value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]} ..."


def check_fields(given: Mapping[str, Any], form: type, within: str = "") -> None:
    """Those of `given` that the dataclass `form` has too; missing and other ones are left alone.

    A field's own `metadata`, "least" (0) and "most", bounds it as `Between` does.

    Raises FieldError.
    """
    hints, most = _hints(form), _most(form)
    for name, value in given.items():
        if name in hints:
            _check(value, hints[name], f"{within}{name}", most.get(name))


@cache
def _hints(form: type) -> dict[str, Any]:
    return get_type_hints(form, include_extras=True)


@cache
def _most(form: type) -> dict[str, Between]:
    bounded = (f for f in fields(form) if "most" in f.metadata)
    return {f.name: Between(f.metadata.get("least", 0), f.metadata["most"]) for f in bounded}


def _check(value: Any, kind: Any, name: str, limits: Between | None = None) -> None:
    origin, inner = get_origin(kind), cast("tuple[Any, ...]", get_args(kind))
    if origin is Annotated:
        _check(value, inner[0], name, inner[1])
    elif kind is bool:
        _must(isinstance(value, bool), name, "true or false", value)
    elif kind in (int, float):
        _check_number(value, kind, name, limits)
    elif kind is str:
        low, high = (limits.least, limits.most) if limits else (0, MOST_LETTERS)
        _must(_is_text(value, low, high), name, f"a text of {low:g} to {high:g} letters", value)
    elif origin is dict:
        _check_object(value, inner[1], name)
    elif origin in (list, tuple):
        _check_list(value, inner, name, limits)
    elif is_dataclass(kind):
        _check_form(value, cast(type, kind), name)


def _check_number(value: Any, kind: type, name: str, limits: Between | None) -> None:
    usual = Between(*(COUNTS if kind is int else NUMBERS))
    low, high = (limits or usual).least, (limits or usual).most
    is_number = isinstance(value, int | kind) and not isinstance(value, bool)
    # NaN lies between nothing.
    fits = is_number and low <= value <= high
    what = "a whole number" if kind is int else "a number"
    _must(fits, name, f"{what} from {low:g} to {high:g}", value)


def _check_object(value: Any, inner: Any, name: str) -> None:
    fits = isinstance(value, dict) and len(value) <= MOST_ITEMS
    _must(fits, name, "an object", value)
    for key, item in value.items():
        _check(key, str, f"a field of {name}")
        _check(item, inner, f"{name}.{in_brief(key)[1:-1]}")


def _check_form(value: Any, form: Any, name: str) -> None:
    """An object with all that a dataclass needs, and nothing else."""
    needed = {f.name for f in fields(form) if f.default is f.default_factory is MISSING}
    is_one = isinstance(value, dict) and needed <= value.keys() <= _hints(form).keys()
    _must(is_one, name, f"an object with {', '.join(_hints(form))}", value)
    check_fields(value, form, f"{name}.")


def _check_list(value: Any, inner: tuple[Any, ...], name: str, limits: Between | None) -> None:
    low, high = (limits.least, limits.most) if limits else (0, MOST_ITEMS)
    of, *more = inner
    if more and more != [...]:
        low = high = len(inner)
    fits = isinstance(value, list) and low <= len(value) <= high
    count = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    _must(fits, name, f"a list of {count}", value)
    for number, item in enumerate(value):
        _check(item, of, f"{name}[{number}]")


def _is_text(value: Any, low: float, high: float) -> bool:
    if not isinstance(value, str) or not low <= len(value) <= high:
        return False
    return value.replace("\n", "").replace("\t", "").isprintable()


def _must(fits: bool, name: str, what: str, value: Any) -> None:
    if not fits:
        raise FieldError(f"{name} must be {what}, not {in_brief(value)}")
