"""Datagrams that python-osc built once, of which only the open numbers are written anew.

0.01 ms a bundle instead of 1.5.
"""

import math
import struct
from collections.abc import Sequence
from typing import NamedTuple

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.parsing.ntp import IMMEDIATELY as AT_ONCE
from pythonosc.parsing.ntp import system_time_to_ntp

from live.osc.address import Value, build_message

_HEAD = 16  # "#bundle" and the time tag


class NotFiniteError(ValueError):
    """A number that must not leave."""


class Layout(NamedTuple):
    """A message to be filled in: a value for each type tag, None where it stays open."""

    address: str
    types: str
    values: tuple[Value | None, ...]


def open_layout(address: str, types: str) -> Layout:
    """A message whose numbers are all open."""
    return Layout(address, types, (None,) * len(types))


class Template:
    """Messages with open numbers (i or f), as one bundle, or a single one without a bundle."""

    def __init__(self, layouts: Sequence[Layout], is_bundle: bool = True) -> None:
        self._is_bundle = is_bundle
        bundle = OscBundleBuilder(IMMEDIATELY)
        places: list[tuple[int, str]] = []  # offset and type of each open number
        at = _HEAD if is_bundle else 0
        datagram = b""
        for layout in layouts:
            message = build_message(layout.address, layout.types, _closed(layout))
            datagram = message.dgram
            bundle.add_content(message)
            at += 4 if is_bundle else 0  # the size of the element comes before it
            end = at + message.size
            places += _places(layout, end)
            at = end
        self.datagram = bytearray(bundle.build().dgram if is_bundle else datagram)
        self._runs = _runs(places)

    def fill(self, numbers: Sequence[float], time_tag: float | None = None) -> bytes:
        """The datagram with these numbers in their order; `time_tag`: system time, s; None = now.

        Raises NotFiniteError.
        """
        if not math.isfinite(sum(numbers)):
            raise NotFiniteError
        done = 0
        for offset, packer, n in self._runs:
            packer.pack_into(self.datagram, offset, *numbers[done : done + n])
            done += n
        if self._is_bundle:
            tag = AT_ONCE if time_tag is None else system_time_to_ntp(time_tag)
            self.datagram[8:_HEAD] = tag
        return bytes(self.datagram)


def _closed(layout: Layout) -> list[Value]:
    return [0 if value is None else value for value in layout.values]


def _places(layout: Layout, end: int) -> list[tuple[int, str]]:
    """Where the open numbers of a message lie that ends at `end`, counted from its end."""
    places: list[tuple[int, str]] = []
    at = end
    for tag, value in zip(reversed(layout.types), reversed(layout.values), strict=True):
        # A text ends with a zero and is filled up to four.
        at -= len(str(value).encode()) // 4 * 4 + 4 if tag == "s" else 4
        if value is None:
            places.append((at, tag))
    return places[::-1]


def _runs(places: Sequence[tuple[int, str]]) -> list[tuple[int, struct.Struct, int]]:
    """Numbers that lie side by side are written at once: offset, format, how many."""
    runs: list[tuple[int, struct.Struct, int]] = []
    start = 0
    while start < len(places):
        end = start + 1
        while end < len(places) and places[end][0] == places[end - 1][0] + 4:
            end += 1
        tags = "".join(tag for _, tag in places[start:end])
        runs.append((places[start][0], struct.Struct(">" + tags), end - start))
        start = end
    return runs
