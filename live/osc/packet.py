"""A datagram -> its messages; what is not OSC, or not of the types that commands take, is none.

python-osc alone would take a value of an unknown type for no value, zero for one that is cut off,
log whole datagrams, and read a bundle with a size below zero for ever.
"""

import struct
from collections.abc import Iterator

from pythonosc.osc_message import OscMessage, ParseError
from pythonosc.parsing import osc_types

BUNDLE = b"#bundle\0"
_HEAD = len(BUNDLE) + 8  # with the time tag, which is not waited for
_SIZES = {"i": 4, "f": 4, "d": 8, "h": 8, "T": 0, "F": 0}  # bytes of an argument, by its type
DEEPEST = 8  # bundles inside one another
_IMPULSE = ",I"  # OSC 1.1: something happens, without a value


class PacketError(Exception):
    """A datagram that is no bundle of whole messages."""


def messages_of(datagram: bytes) -> list[OscMessage | None]:
    """In their order; None for each that is not understood. Raises PacketError."""
    return [_message(element) for element in _elements(datagram, 0)]


def types_of(message: OscMessage) -> str:
    """Its type tags, without the comma; "" also where an old program sent none at all."""
    _, at = osc_types.get_string(message.dgram, 0)
    return osc_types.get_string(message.dgram, at)[0][1:] if at < len(message.dgram) else ""


def _elements(datagram: bytes, depth: int) -> Iterator[bytes]:
    if not datagram.startswith(BUNDLE):
        yield datagram
        return
    if len(datagram) < _HEAD or depth == DEEPEST:
        raise PacketError("a bundle is cut off or nested too deep")
    at = _HEAD
    while at < len(datagram):
        size = int.from_bytes(datagram[at : at + 4], "big", signed=True)
        at += 4
        if size <= 0 or size % 4 or at + size > len(datagram):
            raise PacketError("a bundle is cut off")
        yield from _elements(datagram[at : at + size], depth + 1)
        at += size


def _message(element: bytes) -> OscMessage | None:
    if len(element) % 4 or not OscMessage.dgram_is_message(element):
        return None
    try:
        _, at = osc_types.get_string(element, 0)
        head = at
        types, at = osc_types.get_string(element, at) if at < len(element) else (",", at)
        if types == _IMPULSE:  # which python-osc does not know
            types, element = ",", element[:head] + b",\0\0\0" + element[at:]
        if not types.startswith(",") or not {*types[1:]} <= {*_SIZES, "s"}:
            return None
        message = OscMessage(element)
    except (ParseError, osc_types.ParseError, ValueError, IndexError, struct.error):
        return None
    needed = sum(map(_size, types[1:], message.params))
    return message if at + needed <= len(element) else None


def _size(kind: str, value: object) -> int:
    """Bytes that an argument takes; a text ends with a zero and is filled up to four."""
    return len(str(value).encode()) // 4 * 4 + 4 if kind == "s" else _SIZES[kind]
