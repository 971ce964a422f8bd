"""The table of OSC addresses as rows for people; `docs/osc.md` and the page are set from them.

Cells are plain text in which `code` stands between backticks.
"""

from collections.abc import Sequence
from typing import NamedTuple

from live.controls.entries import ANY_DANCER, Control, Value
from live.controls.table import CONTROLS
from live.osc.entries import ANY_JOINT, ANY_OTHER, Sent
from live.osc.table import DIALECTS, OUT, POSE_EVENTS, WITH_POSE


class Row(NamedTuple):
    """`name`: of the message, below the root; "" in other dialects."""

    name: str
    cells: tuple[str, ...]


class Section(NamedTuple):
    """A table with a sentence before it."""

    name: str
    title: str
    text: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


_OUT_COLUMNS = ("address", "types", "range", "meaning", "example")
_EVENT_COLUMNS = ("address", "types", "when", "range", "meaning", "example")
_IN_COLUMNS = ("address", "takes", "range", "at first", "what it does", "example")


def sections(root: str) -> list[Section]:
    """All of it, for addresses that begin with `root`."""
    poses = [sent for sent in OUT if sent.when in POSE_EVENTS]
    events = [sent for sent in OUT if sent.when not in POSE_EVENTS]
    return [
        Section(
            "out",
            "Out: with every pose",
            "One UDP bundle holds one pose, so two poses never mix. It holds only floats and"
            " integers, under 1472 bytes. Each dancer beside the first has a bundle of the same"
            " time, right after that of the first.",
            _OUT_COLUMNS,
            tuple(Row(sent.name, _out(sent, f"{root}/")) for sent in poses),
        ),
        Section(
            "events",
            "Out: beside the poses",
            "Messages by themselves.",
            _EVENT_COLUMNS,
            tuple(Row(sent.name, _event(sent, f"{root}/")) for sent in events),
        ),
        Section(
            "in",
            "In",
            "Commands of the performer.",
            _IN_COLUMNS,
            tuple(Row(control.name, _in(control, root)) for control in CONTROLS),
        ),
        *(_dialect(name) for name in DIALECTS),
    ]


def _dialect(name: str) -> Section:
    dialect = DIALECTS[name]
    joints = f"Joints, in order: `{' '.join(dialect.joints)}`."
    return Section(
        name,
        f"Out: as {name}",
        f"Its receivers listen on port {dialect.port}. {dialect.axes} {joints}",
        _EVENT_COLUMNS,
        tuple(Row("", _event(sent, "")) for sent in dialect.messages),
    )


def _out(sent: Sent, root: str) -> tuple[str, ...]:
    meaning = sent.meaning if sent.when == WITH_POSE else f"{sent.meaning}; {sent.when}"
    return (*_address(sent, root), _ranges(sent), meaning, _example(sent, root))


def _event(sent: Sent, root: str) -> tuple[str, ...]:
    return (*_address(sent, root), sent.when, _ranges(sent), sent.meaning, _example(sent, root))


def _address(sent: Sent, root: str) -> tuple[str, str]:
    return f"`{root}{sent.name}`", types_text(sent.types)


def _in(control: Control, root: str) -> tuple[str, ...]:
    default = "" if control.default is None else _value(control.default)
    address = f"{root}/{control.name}"
    example = " ".join((address.replace(ANY_DANCER, "1"), *map(_quoted, control.example)))
    return (
        f"`{address}`", control.takes, control.range, default, control.meaning, f"`{example}`",
    )  # fmt: skip


def types_text(types: str) -> str:
    """`fff` thrice and more of one kind at an end is counted: `iiif` + 51 `f`."""
    bare = types.rstrip(types[-1])
    n_last = len(types) - len(bare)
    if n_last <= 4:
        return f"`{types}`"
    return f"`{bare}` + {n_last} `{types[-1]}`" if bare else f"{n_last} `{types[-1]}`"


def _ranges(sent: Sent) -> str:
    """Of each value that has one, each said once."""
    named = {}
    for argument in sent.arguments:
        if argument.range:
            named.setdefault(argument.range, []).append(argument.name)
    if len(named) == 1 and len(set(*named.values())) == len({a.name for a in sent.arguments}):
        return next(iter(named))
    return ", ".join(f"{'/'.join(dict.fromkeys(names))} {text}" for text, names in named.items())


def _example(sent: Sent, root: str) -> str:
    address = f"{root}{sent.name}".replace(ANY_JOINT, "nose").replace(ANY_OTHER, "1")
    address = address.replace("<Joint>", "Head")
    more = " ..." if len(sent.example) < len(sent.arguments) else ""
    return f"`{address} {values_text(sent.example)}{more}`"


def values_text(values: Sequence[Value]) -> str:
    """As oscdump would print them, but shorter."""
    return " ".join(_quoted(value) for value in values)


def _quoted(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else _value(value)


def _value(value: Value) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.1f}"
    return str(int(value)) if isinstance(value, bool) else str(value)
