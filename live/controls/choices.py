"""What is chosen by name, by number or as the next one. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

from live.controls.entries import NEXT, PREVIOUS, number_of
from live.core.messages import (
    ChooseBackground,
    ChooseBeatSource,
    ChooseCompany,
    ChooseDance,
    ChooseOthers,
    ChooseStyle,
    Command,
    MidiForget,
    Modulate,
    PlaceDancer,
    PlayScene,
    Quantise,
    SetFit,
    SetStageSize,
    SwitchOutput,
    SwitchTarget,
)
from live.core.places import RANGES, Own, PlacesError, own_of
from live.core.settings import (
    BEAT_SOURCES,
    BY_EAR,
    COMPANIES,
    FITS,
    METRES,
    MOST_DANCERS,
    PERIODS,
    SAME,
    SHAPES,
    WAITED_FOR,
    size_of,
)
from models.bundle import LONGEST_NAME, is_path

Read = Callable[[str], Any]
_STEPS = {NEXT: 1, PREVIOUS: -1}
_DIGITS = 5  # no list is as long as a number of so many


def choose_target(value: Any, read: Read) -> Command | None:
    """By name, by its place among the targets, or the next; never by a path."""
    if isinstance(value, str) and value not in _STEPS:
        # A path would open any file of this computer to the network.
        is_name = 0 < len(value) <= LONGEST_NAME and not is_path(value)
        return SwitchTarget(value) if is_name else None
    name = _one_of(value, read("targets") or (), read("target"))
    return None if name is None else SwitchTarget(name)


def choose_dance(value: Any, read: Read) -> Command | None:
    """By name, by its place among the dances, or the next; never by a path."""
    name = _one_of(value, read("dances") or (), read("dance"))
    return None if name is None else ChooseDance(name)


def choose_style(value: Any, read: Read) -> Command | None:
    """By name, as a number of beats in a bar, or the next; 0 = the music decides."""
    if isinstance(value, str) and value in _STEPS:
        stops = (BY_EAR, *(read("styles") or ("3", "4")))
        name = _neighbour(stops, read("style"), _STEPS[value])
        return None if name is None else ChooseStyle(name)
    number = number_of(value)
    name = value
    if number is not None:
        name = next((metre for metre, beats in METRES.items() if beats == number), None)
    if isinstance(name, str) and name in (*METRES, *(read("styles") or ())):
        return ChooseStyle(name)
    return None


def choose_background(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next; never by a path."""
    name = _one_of(value, read("backgrounds") or (), read("background"))
    return None if name is None else ChooseBackground(name)


def choose_company(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next."""
    name = _one_of(value, COMPANIES, read("company"))
    return None if name is None else ChooseCompany(name)


def choose_others(value: Any, read: Read) -> Command | None:
    """By names with commas between them, by a place among the targets, or the next; no paths."""
    if isinstance(value, str) and value not in _STEPS:
        names = [name.strip() for name in value.split(",")]
        are_names = all(0 < len(name) <= LONGEST_NAME and not is_path(name) for name in names)
        return ChooseOthers(",".join(names)) if are_names and len(names) < MOST_DANCERS else None
    name = _one_of(value, (SAME, *(read("targets") or ())), read("others"))
    return None if name is None else ChooseOthers(name)


def placed(value: Sequence[Any] | str, dancer: int) -> Command:
    """Up to three numbers, x, y and size, or one text as in `places`; nothing = in the row.

    What is beyond the ends of a number is taken as the end, as of a fader. Raises PlacesError.
    """
    if isinstance(value, str):
        return PlaceDancer(dancer, own_of(value) if value else None)
    numbers = [number_of(one) for one in value]
    if None in numbers or any(isinstance(one, bool) for one in value) or len(value) > len(RANGES):
        raise PlacesError("say x, y and size.")
    inside = [
        min(high, max(low, number))
        for number, (low, high) in zip(numbers, RANGES.values(), strict=False)
        if number is not None
    ]
    return PlaceDancer(dancer, Own(*inside) if inside else None)


def choose_scene(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next."""
    name = _one_of(value, read("scenes") or (), read("scene"))
    return None if name is None else PlayScene(name)


def choose_quantum(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next."""
    name = _one_of(value, tuple(WAITED_FOR), read("quantise"))
    return None if name is None else Quantise(name)


def choose_beat_source(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next."""
    name = _one_of(value, BEAT_SOURCES, read("beat_source"))
    return None if name is None else ChooseBeatSource(name)


def choose_fit(value: Any, read: Read) -> Command | None:
    """By name, by its place among them, or the next."""
    name = _one_of(value, FITS, read("fit"))
    return None if name is None else SetFit(name)


def choose_stage_size(text: str) -> Command | None:
    """As "1920x1080"."""
    size = size_of(text)
    return None if size is None else SetStageSize(*size)


def choose_shape(value: Any, read: Read, of: str) -> Command | None:
    """By name, by its place among them, or the next: how the number `of` moves."""
    name = _one_of(value, SHAPES, read(f"{of}_shape"))
    return None if name is None else Modulate(of, shape=name)


def choose_rate(value: Any, read: Read, of: str) -> Command | None:
    """By name, by its place among them, or the next: how fast the number `of` moves."""
    name = _one_of(value, tuple(PERIODS), read(f"{of}_rate"))
    return None if name is None else Modulate(of, rate=name)


def named(text: str, names: Sequence[str]) -> str | None:
    """A name of these, or that at a place among them; NEXT and PREVIOUS as they are."""
    return text if text in _STEPS else _one_of(text, names, None)


def choose_output(value: Any, read: Read, on: bool) -> Command | None:
    """By the name of a way out, or by its kind."""
    names = {part for name in read("outs") or () for part in (name, name.partition(":")[0])}
    return SwitchOutput(value, on) if isinstance(value, str) and value in names else None


def choose_forgotten(value: Any, read: Read) -> Command | None:
    """By the name it was learned by, or as `midi_bindings` tells it, with its knob or key."""
    if not isinstance(value, str):
        return None
    if value in (read("midi_bindings") or ()):
        return MidiForget(value.rpartition(" (")[0])
    is_name = 0 < len(value) <= LONGEST_NAME and value.isprintable()
    return MidiForget(value) if is_name else None


def _one_of(value: Any, names: Sequence[str], now: Any) -> str | None:
    """A name of these, the one at a place among them (also written "3"), or the next from `now`."""
    if isinstance(value, str):
        if value in _STEPS:
            return _neighbour(names, now, _STEPS[value])
        if value in names or not (value.isdecimal() and len(value) < _DIGITS):
            return value if value in names else None
        value = int(value)
    number = number_of(value)
    if number is None or isinstance(value, bool) or not 0 <= number < len(names):
        return None
    return str(names[int(number)])


def _neighbour(names: Sequence[str], now: Any, step: int) -> str | None:
    """From what is none of these to the first or the last; None where nothing is known."""
    if not names or now is None:
        return None
    if now not in names:
        return str(names[0 if step > 0 else -1])
    return str(names[(names.index(now) + step) % len(names)])
