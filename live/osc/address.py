"""Roots, messages and sockets of OSC: what sender and listener share."""

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

Value = int | float | bool | str


class OscError(Exception):
    """OSC that cannot work, in one sentence for the performer."""


def build_message(address: str, types: str, values: Sequence[Value]) -> OscMessage:
    """One OSC message with exactly these type tags."""
    builder = OscMessageBuilder(address)
    for tag, value in zip(types, values, strict=True):
        builder.add_arg(value, tag)
    return builder.build()


def check_root(root: str) -> str:
    """An address prefix such as /dancelive, without a slash at its end.

    Raises OscError.
    """
    trimmed = root.rstrip("/")
    if not trimmed.startswith("/") or not trimmed.isascii() or not trimmed.isprintable():
        raise OscError(f"OSC root {root!r} must begin with a slash, as /dancelive does.")
    if any(letter in " #*,?[]{}" for letter in trimmed) or "//" in trimmed:
        raise OscError(f"OSC root {root!r} has a letter that OSC addresses do not allow.")
    return trimmed


def resolve(host: str, port: int, what: str = "OSC receiver") -> tuple[socket.AddressFamily, Any]:
    """Host and port -> what a socket of this family sends to, or listens on; `what` they are.

    Raises OscError.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise OscError(
            f"{what} {host}:{port} has no address ({error}): check the host name."
        ) from error
    # localhost is often listed as ::1 first, where few OSC programs listen.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return found[0][0], found[0][4]


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches what listens there.

    Raises OscError.
    """
    return ip_address(resolve(host, 0, "OSC input")[1][0]).is_loopback


def open_socket(family: socket.AddressFamily) -> socket.socket:
    """For UDP: never waits, and may send to all of a network."""
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return sender
