"""The name under which other software lists an output."""

from argparse import ArgumentTypeError

USUAL = "dancelive"
LONGEST = 60  # letters; with the computer's own, NDI takes 253, Spout 255


def source_name(text: str) -> str:
    """What stands after the colon; "" = the usual one."""
    name = text.strip() or USUAL
    if len(name) > LONGEST or not name.isprintable():
        raise ArgumentTypeError(f"a name is of up to {LONGEST} letters")
    return name
