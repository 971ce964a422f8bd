"""What is typed after a flag, as the settings have it, and what all groups of flags need."""

import argparse
import re
from ipaddress import ip_address
from typing import Any

from live.core.places import PlacesError, places_of, text_of
from live.core.settings import MOST_DANCERS, SAME, SCREENS_PX, Settings, size_of
from models.arguments import whole

DEFAULTS = Settings()
MOST_PORT = 65535
REMOTE_PORT = 8770
ALL = "all"  # of what --try-out can try
RATES_HZ = (1, 240)  # of pictures and of OSC
Group = argparse._ArgumentGroup  # argparse has no public name for it


class Inputs(argparse.Action):
    """The first is the input; what comes after it is played after it."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any,
        option_string: str | None = None,
    ) -> None:  # fmt: skip
        namespace.input, namespace.then = values[0], tuple(values[1:])


def size(text: str) -> tuple[int, int]:
    found = size_of(text)
    if found is None:
        low, high = SCREENS_PX
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 1920x1080 ({low} to {high})")
    return found


def listened(text: str) -> tuple[str, int]:
    """PORT or HOST:PORT -> (host, port); port 0 is off."""
    host, colon, port = text.rpartition(":")
    if colon and not host:
        raise argparse.ArgumentTypeError(f"{text!r} names no host before its colon")
    return host.strip("[]") or DEFAULTS.osc_in_host, whole(0, MOST_PORT)(port)


def remote(text: str) -> tuple[str, int]:
    """PORT, ADDRESS or ADDRESS:PORT -> (address, port)."""
    try:
        return str(ip_address(text.strip("[]"))), REMOTE_PORT
    except ValueError:
        host, port = listened(text)
    try:
        return str(ip_address(host)), port
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: write an address of this computer such as 192.168.1.5, or 0.0.0.0 for all"
        ) from error


def pin(text: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no PIN: write six digits")
    return text


def background(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("name target, black, green or a picture file")
    return text


def others(text: str) -> str:
    """Names with commas between them, as many as there can be dancers beside the first."""
    names = [name.strip() for name in text.split(",")]
    if not all(names) or len(names) >= MOST_DANCERS:
        raise argparse.ArgumentTypeError(
            f"name {SAME}, or one to {MOST_DANCERS - 1} targets with commas between them"
        )
    return ",".join(names)


def places(text: str) -> str:
    """As they are written everywhere, where they can be understood."""
    try:
        return text_of(places_of(text))
    except PlacesError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def modulation(text: str) -> str:
    """As it is typed, where it can be understood."""
    from live.controls.modulation import parsed

    try:
        parsed(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text
