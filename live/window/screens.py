"""Which screen the stage is on: chosen by number or name, and its shape. Pure; no Qt.

Names are in Qt's order, in which the first screen is the performer's own.
"""

from collections.abc import Sequence

ANY = ""  # fullscreen, and no screen was named
MOST_PX = 1920 * 1080  # of a stage that follows its screen: what is measured; --output takes more


def choose_screen(names: Sequence[str], wanted: str) -> tuple[int, str]:
    """The place of the screen to use, and a sentence where it is not the one that is wanted."""
    beside = min(1, len(names) - 1)  # where nobody chose: not the performer's own
    if wanted == ANY:
        return beside, ""
    found = _find(names, wanted)
    return (beside, no_such_screen(names, wanted, beside)) if found is None else (found, "")


def no_such_screen(names: Sequence[str], wanted: str, used: int) -> str:
    """What the performer reads where a screen is not there; `used` is taken instead."""
    numbered = [f"{number} ({name})" for number, name in enumerate(names)]
    if len(names) == 1:
        return f"There is no screen {wanted}: this computer has one, {numbered[0]}, which is used."
    return (
        f"There is no screen {wanted}: this computer has {len(names)}, "
        f"{', '.join(numbered[:-1])} and {numbered[-1]}; {names[used]} is used."
    )


def stage_size(screen: tuple[int, int]) -> tuple[int, int]:
    """(W, H) px of a stage as wide and high as this screen, or of the same shape."""
    width, height = screen
    scale = min(1.0, (MOST_PX / (width * height)) ** 0.5)
    return 2 * int(width * scale / 2), 2 * int(height * scale / 2)


def _find(names: Sequence[str], wanted: str) -> int | None:
    """By its name, else by its number."""
    folded = [name.casefold() for name in names]
    if wanted.casefold() in folded:
        return folded.index(wanted.casefold())
    number = int(wanted) if wanted.isdecimal() else -1
    return number if 0 <= number < len(names) else None
