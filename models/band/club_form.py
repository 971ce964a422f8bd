"""The form of club music: sections that build up to a drop, rest in a break and drop again."""

from collections.abc import Sequence

from models.band.notes import Section

# How lively a section begins, and by how much it has grown at its end.
ENERGY = {
    "intro": (0.5, 0.0),
    "build": (0.55, 0.3),
    "drop": (1.0, 0.0),
    "main": (0.85, 0.0),
    "half_time": (0.7, 0.0),
    "break": (0.25, 0.0),
    "outro": (0.45, 0.0),
    "ending": (0.2, 0.0),
}
FORMS = ("club", "unbroken")
_UNITS = (8, 4, 2, 1)  # bars
_SHORTEST = 12  # bars; a shorter song has no break of two bars or more
_OPTIONAL = ("main", "outro")  # in a song that is short of time
_MORE = (
    "main",
    "drop",
    "outro",
    "drop",
    "main",
    "drop",
    "break",
    "intro",
)  # who gets what time is left
_UNITS_A_BREAK = 12  # a longer song has more than one


def club_form(n_bars: int, form: str, longest_unit: int, main: str = "main") -> list[Section]:
    """Sections that fill the bars in units of 8, 4 ... bars; the last bar is the ending.

    `form`: "club", or "unbroken", where the beat goes on from the first bar to the last.
    `longest_unit`: the largest unit wanted, bars; what whole units leave over is outro.
    `main`: the section that stands for the main part.
    """
    body = max(1, n_bars - 1)
    if body < _SHORTEST:
        quarter = body // 4 if form == "club" else 0
        lengths = [("intro", quarter), ("build", quarter), ("drop", body - 2 * quarter)]
    else:
        lengths = _in_units(body, form, longest_unit)
    if n_bars > 1:
        lengths.append(("ending", 1))
    return sections_of([(main if name == "main" else name, n) for name, n in lengths])


def _in_units(body: int, form: str, longest: int) -> list[tuple[str, int]]:
    unit = next(u for u in _UNITS if u <= longest and 6 * u <= body)
    n_units = body // unit
    again = max(1, n_units // _UNITS_A_BREAK)
    if form == "club":
        parts = ["intro", "build", "drop", *("main", "break", "build", "drop") * again, "outro"]
    else:
        parts = ["intro", *("main", "drop") * again, "outro"]
    units = [int(name not in _OPTIONAL) for name in parts]
    wishes = [name for name in _MORE if name in parts]
    for turn in range(n_units - sum(units)):
        # The last of this name that is as short as any.
        asked = [k for k, name in enumerate(parts) if name == wishes[turn % len(wishes)]]
        units[min(reversed(asked), key=units.__getitem__)] += 1
    lengths = [(name, n * unit) for name, n in zip(parts, units, strict=True) if n]
    over = body - n_units * unit
    if lengths[-1][0] == "outro":
        over += lengths.pop()[1]
    return [*lengths, ("outro", over)]


def sections_of(lengths: Sequence[tuple[str, int]]) -> list[Section]:
    """Sections (name, bars) one after the other. Raises ValueError for a name it does not know."""
    sections: list[Section] = []
    bar = 0
    for name, length in lengths:
        if name not in ENERGY:
            raise ValueError(f"no section {name!r}: choose of {', '.join(ENERGY)}")
        if length > 0:
            sections.append(Section(name, bar, length, *ENERGY[name]))
            bar += length
    return sections
