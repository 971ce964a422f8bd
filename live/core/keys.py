"""The keys of the stage window: what it obeys, and what --help and its bar say of them."""

from typing import NamedTuple

NUDGE_MS = 10.0  # one press of an arrow


class Key(NamedTuple):
    """What one key does, or two that belong together."""

    actions: dict[str, str]  # Qt.Key without "Key_" -> what the window does
    help: str
    bar: str = ""  # the same in fewer words; "" = not on the bar


SHOW_KEYS = (
    Key({"F": "fullscreen", "F11": "fullscreen"}, "F fullscreen", "F full screen"),
    Key({"B": "blackout"}, "B blackout", "B black"),
    Key({"Space": "freeze"}, "space freeze", "Space freeze"),
    Key({"M": "mirror"}, "M mirror", "M mirror"),
    Key({"S": "next style"}, "S next style", "S style"),
    Key({"R": "reset"}, "R reset"),
    Key({"I": "info"}, "I info", "I info"),
    Key({"Escape": "leave fullscreen"}, "Esc leaves fullscreen"),
)
BEAT_KEYS = (
    Key({"T": "tap"}, "T tap the tempo", "T tap the tempo"),
    Key(
        {"Left": "beat earlier", "Right": "beat later"},
        f"left and right move the beat by {NUDGE_MS:g} ms",
        "← → move the beat",
    ),
    Key(
        {"Comma": "half the beats", "Period": "twice the beats"},
        ", and . count half or twice the beats",
        ", . half/double",
    ),
    Key(
        {"0": "hear the tempo", "Backspace": "hear the tempo"},
        "0 hear the tempo again",
        "0 hear the tempo",
    ),
)
ACTIONS = {name: action for key in SHOW_KEYS + BEAT_KEYS for name, action in key.actions.items()}


def help_text(width: int = 80) -> str:
    """All of them for --help."""
    from textwrap import fill

    whole = (key.help.replace(" ", "\0") for key in SHOW_KEYS + BEAT_KEYS)  # not torn apart
    text = "keys: " + ", ".join(whole)
    return fill(text, width, subsequent_indent=" " * len("keys: ")).replace("\0", " ")


def bar_line(keys: tuple[Key, ...]) -> str:
    """For the bar of the window."""
    return "   ".join(key.bar for key in keys if key.bar)
