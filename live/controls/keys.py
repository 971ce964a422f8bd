"""The keys of the windows, mostly of the table of controls: what each does, and people's words."""

from collections.abc import Callable

from live.controls.entries import Choice, Keys, Name, Number, Value
from live.controls.table import CONTROLS

Press = tuple[str, Value | None]  # the name of a control, and the value that the key sends

ON_BEAT = ("tap", "nudge", "half", "double", "bpm")  # these have a line of their own on the bar
OF_WINDOWS: tuple[tuple[str, Keys], ...] = (  # what only concerns who sits before them
    ("learn", Keys({"L": None}, "L learn a knob for what was set last", "L learn a knob")),
    ("panel", Keys({"C": None}, "C all controls", "C controls")),
    ("keys", Keys({"Question": None, "F1": None}, "? all keys", "? keys")),
)
KEYS = (*((control.name, keys) for control in CONTROLS for keys in control.keys), *OF_WINDOWS)
PRESSES: dict[str, Press] = {
    key: (name, value) for name, keys in KEYS for key, value in keys.values.items()
}  # by Qt.Key without "Key_"


def learned_name(name: str, value: Value | None) -> str:
    """What a knob or pad is to set that shall do as this did, for `midi_learn`.

    A control, and its value where the control alone would not say what to do.
    """
    control = next((one for one in CONTROLS if one.name == name), None)
    is_one_of_many = name == "scene" or (isinstance(control, Choice | Name) and not control.is_told)
    if value is not None and (is_one_of_many or (isinstance(control, Number) and control.adds)):
        return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
    return name


def help_text(width: int = 80) -> str:
    """All of them for --help."""
    from textwrap import fill

    whole = (keys.help.replace(" ", "\0") for _, keys in KEYS)  # not torn apart
    text = "keys: " + ", ".join(whole)
    return fill(text, width, subsequent_indent=" " * len("keys: ")).replace("\0", " ")


def bar_lines(on_beat: bool, room: int, measure: Callable[[str], int]) -> list[str]:
    """For the bar of the window: those for the beat, or the others.

    No line is longer than `room` by `measure`: no key is cut.
    """
    lines: list[str] = []
    for bar in (keys.bar for name, keys in KEYS if (name in ON_BEAT) == on_beat and keys.bar):
        longer = f"{lines[-1]}   {bar}" if lines else bar
        if lines and measure(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(bar)
    return lines
