"""A row of dancers: who stands where, seen from the first, and who they are. Pure."""

from live.core.settings import SAME


def place_in_row(dancer: int) -> int:
    """Steps to the right (+) of the first, by the dancer's number from 0: 0, 1, -1, 2, -2 ...

    Whoever comes in stands at an end, so nobody else has to move along the row.
    """
    return (dancer + 1) // 2 * (1 if dancer % 2 else -1)


def names_of(others: str) -> tuple[str, ...]:
    """Targets of those beside the first, in turn, or SAME; () = all are the same person."""
    names = tuple(name.strip() for name in others.split(",") if name.strip())
    return () if set(names) <= {SAME} else names
