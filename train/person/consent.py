"""Who is shown, and that they agreed: a trained person can be made to do what they never did."""

import sys
from pathlib import Path

MADE_UP = "No video of a real person was used."  # in a README.md: nobody need agree
ASKED = (
    "Who is shown in this video, and did they agree to be danced by a program on a stage?\n"
    "(One line, kept in the bundle, for example: Ann Lee, agreed on 1 May 2026, for our shows.)\n> "
)
MISSING = (
    "Say who is shown and that they agreed: --consent 'NAME, agreed on DATE, for WHAT' "
    "(it is kept in the bundle)."
)


class ConsentError(Exception):
    """Nobody said that the person agreed, in one sentence."""


def beside(video: Path) -> str:
    """What the README.md beside a video says of a person who is made up; "" where it does not."""
    try:
        text = video.with_name("README.md").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    return "Not needed: a made-up person." if MADE_UP in " ".join(text.split()) else ""


def given(said: str, before: str = "") -> str:
    """What the command says, or what an earlier session was given; else asks, once.

    Raises ConsentError where nobody can be asked or nothing is answered.
    """
    known = said.strip() or before.strip()
    if known:
        return known
    if sys.stdin is None or not sys.stdin.isatty():
        raise ConsentError(MISSING)
    try:
        answer = input(ASKED).strip()
    except EOFError:
        answer = ""
    if not answer:
        raise ConsentError(MISSING)
    return answer
