"""colours=straight or multiplied: what the receiver takes colours for where it has the choice."""

from argparse import ArgumentTypeError

STRAIGHT, MULTIPLIED = "straight", "multiplied"


def _colours(text: str) -> str:
    if text not in (STRAIGHT, MULTIPLIED):
        raise ArgumentTypeError(f"write {STRAIGHT} or {MULTIPLIED}")
    return text


OPTIONS = {"colours": _colours}
