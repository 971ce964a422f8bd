"""--out KIND[:NAME][,option=value...] -> OutputSettings. Nothing is opened here."""

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from live.core.settings import OutputSettings
from live.outputs.kind import Kind, OutputError
from live.outputs.kinds import KINDS, kind_of
from models.arguments import number

# What is a stream without the word before it.
_ADDRESS = re.compile(r"[a-z]+://.*|(?!stream:).*\.m3u8", re.IGNORECASE)
SIZES_PX = (16, 8192)  # a side
RATES_HZ = (1, 240)


def parse_output(text: str) -> OutputSettings:
    """One flag. Raises OutputError."""
    try:
        return _parsed(text)
    except ArgumentTypeError as error:
        raise OutputError(f"--out {text}: {error}.") from error


def parse_outputs(texts: Sequence[str]) -> tuple[OutputSettings, ...]:
    """All flags of a show, each with a label of its own. Raises OutputError."""
    asked: list[OutputSettings] = []
    for one in map(parse_output, texts):
        if any(_is_same(one, other) for other in asked):
            raise OutputError(
                f"--out {one.label} is asked for twice: leave one of them out, or give it another "
                "name, port or address."
            )
        asked.append(_told_apart(one, asked))
    return tuple(asked)


def _is_same(one: OutputSettings, other: OutputSettings) -> bool:
    """Whether they are one way out, however it was typed."""
    if one.kind != other.kind:
        return False
    where = kind_of(one.kind).where
    return one.name == other.name or "" != where(one) == where(other)


def _told_apart(one: OutputSettings, others: Sequence[OutputSettings]) -> OutputSettings:
    """Of two whose difference nobody may read, as keys of one receiver, the second is a number."""
    shown, number_ = one.shown or one.name, 2
    while one.label in (other.label for other in others):
        one, number_ = replace(one, shown=f"{shown} {number_}"), number_ + 1
    return one


def check_outputs(asked: Sequence[OutputSettings]) -> None:
    """Whether each can work on this machine now. Raises OutputError."""
    for one in asked:
        kind = kind_of(one.kind)
        if missing := kind.missing():
            raise OutputError(f"--out {one.label}: {missing}")
        kind.check(one)


def _parsed(text: str) -> OutputSettings:
    head, *words = _split(text)
    word, _, name = ("stream", ":", head) if _ADDRESS.fullmatch(head) else head.partition(":")
    if word not in KINDS:
        raise ArgumentTypeError(f"{word!r} is no kind of output, these are: {', '.join(KINDS)}")
    kind = kind_of(word)
    readers = _readers(kind)
    given: dict[str, Any] = {}
    for option in words:
        key, equals, value = option.partition("=")
        if key not in readers or not equals:
            raise ArgumentTypeError(
                f"{option!r} is no option of {word}, these are: "
                + ", ".join(f"{name}=" for name in readers)
            )
        if key in given:
            raise ArgumentTypeError(f"{key}= is there twice")
        try:
            given[key] = readers[key](value)
        except ArgumentTypeError as error:
            raise ArgumentTypeError(f"{key}={value}: {error}") from error
    alpha = given.pop("alpha", kind.alpha)
    if alpha and not kind.can_alpha:
        raise ArgumentTypeError(f"{word} carries no transparency: leave alpha=on out")
    name = kind.name(name)
    shown = kind.shown(name)
    return OutputSettings(
        word,
        name,
        given.pop("size", (0, 0)),
        given.pop("fps", 0.0),
        alpha,
        tuple(sorted(given.items())),
        shown if shown != name else "",
    )


def _split(text: str) -> list[str]:
    """Where the commas are: in what an address asks for (after "?") they may be its own."""
    address, asks, rest = text.partition("?")
    if "://" not in address or not asks:
        return text.split(",")
    pieces = re.split(r",(?=[a-z]+=)", rest)
    known = {*COMMON, *kind_of("stream").options}
    while len(pieces) > 1 and pieces[1].partition("=")[0] not in known:
        pieces[:2] = [",".join(pieces[:2])]
    return [f"{address}?{pieces[0]}", *pieces[1:]]


def _readers(kind: Kind) -> dict[str, Callable[[str], Any]]:
    return COMMON | dict(kind.options)


def _size(text: str) -> tuple[int, int]:
    low, high = SIZES_PX
    sides = text.lower().replace("×", "x").split("x")
    if len(sides) != 2 or not all(side.isascii() and side.isdigit() for side in sides):
        raise ArgumentTypeError("write a size like 1920x1080")
    width, height = int(sides[0]), int(sides[1])
    if not all(low <= side <= high for side in (width, height)):
        raise ArgumentTypeError(f"each side is {low} to {high} px")
    return width, height


def _on_or_off(text: str) -> bool:
    if text not in ("on", "off"):
        raise ArgumentTypeError("write on or off")
    return text == "on"


# Options of all kinds.
COMMON: dict[str, Callable[[str], Any]] = {
    "size": _size,
    "fps": number(*RATES_HZ),
    "alpha": _on_or_off,
}
