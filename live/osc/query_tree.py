"""The table of OSC addresses as OSCQuery's JSON (github.com/Vidvox/OSCQueryProposal). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from live.controls.commands import BY_NAME
from live.controls.entries import Choice, Control, Number, NumberOrZero, Value
from live.osc.entries import Argument, Sent
from live.osc.table import EACH_SECOND, OUT, POSE_EVENTS

Node = dict[str, Any]
Values = Mapping[str, Value | Sequence[Value]]  # what holds now, by name below the root
NONE, READ, WRITE = 0, 1, 2  # ACCESS
NAMES = frozenset([*(name for sent in OUT for name in sent.names()), *BY_NAME])
ATTRIBUTES = ("FULL_PATH", "CONTENTS", "DESCRIPTION", "TYPE", "ACCESS", "VALUE", "RANGE")
_STANDING = (*POSE_EVENTS, EACH_SECOND)  # what has a value at any time; an event has none
_BOOL = "T"


def tree(root: str, values: Values) -> Node:
    """The whole tree, from "/" on."""
    top: Node = {"FULL_PATH": "/", "CONTENTS": {}, "ACCESS": NONE, "DESCRIPTION": "dancelive"}
    for sent in OUT:
        for name in sent.names():
            _at(top, f"{root}/{name}").update(_sent(sent, values.get(name)))
    for control in BY_NAME.values():
        _at(top, f"{root}/{control.name}").update(_control(control, values))
    return top


def found(top: Node, path: str) -> Node | None:
    """The node of a path such as /dancelive/gain."""
    node: Node | None = top
    for part in _parts(path):
        node = None if node is None else node.get("CONTENTS", {}).get(part)
    return node


def host_info(host: str | None, port: int) -> Node:
    """Where commands are taken and values can be listened to; `host` None: where this was asked."""
    told = ("ACCESS", "VALUE", "RANGE", "DESCRIPTION", "LISTEN")
    info: Node = {"NAME": "dancelive", "OSC_PORT": port, "OSC_TRANSPORT": "UDP", "WS_PORT": port}
    here = {"OSC_IP": host, "WS_IP": host} if host else {}
    return info | here | {"EXTENSIONS": dict.fromkeys(told, True)}


def _parts(path: str) -> Iterator[str]:
    return (part for part in path.split("/") if part)


def _at(node: Node, path: str) -> Node:
    """The node of a path, with all that it hangs on."""
    full = ""
    for part in _parts(path):
        full += f"/{part}"
        inside = node.setdefault("CONTENTS", {})
        node = inside.setdefault(part, {"FULL_PATH": full, "ACCESS": NONE})
    return node


def _sent(sent: Sent, value: Any) -> Node:
    node: Node = {"TYPE": sent.types, "DESCRIPTION": f"Sent {sent.when}: {sent.meaning}"}
    if sent.when not in _STANDING:
        return node
    node["RANGE"] = [_range(argument) for argument in sent.arguments]
    return node if value is None else node | {"ACCESS": READ, "VALUE": list(value)}


def _range(argument: Argument) -> Node | None:
    ends = {"MIN": argument.low, "MAX": argument.high}
    return {name: end for name, end in ends.items() if end is not None} or None


def _control(control: Control, values: Values) -> Node:
    more = f" ({control.range})" if control.range else ""
    node: Node = {"TYPE": control.tag, "DESCRIPTION": control.meaning + more, "ACCESS": WRITE}
    if type(control) is Control:
        node["ACCESS"] = READ
    elif control.is_told:
        node["ACCESS"] = READ | WRITE
    if isinstance(control, Choice):
        names = values.get(control.among) or ()
        node["RANGE"] = [{"VALS": [*dict.fromkeys([*control.besides, *map(str, _list(names))])]}]
    elif isinstance(control, NumberOrZero):
        node["RANGE"] = [{"MIN": 0.0, "MAX": control.high}]
    elif isinstance(control, Number):
        node["RANGE"] = [{"MIN": control.low, "MAX": control.high}]
    value = values.get(control.name)
    if node["ACCESS"] & READ and value is not None:
        node["VALUE"] = [as_json(control.tag, value)]
    return node


def _list(names: Value | Sequence[Value]) -> Sequence[Value]:
    return [names] if isinstance(names, int | float | str) else names


def as_json(tag: str, value: Value | Sequence[Value]) -> Value:
    """What holds of a control of this type; of a list of names one text."""
    if tag == _BOOL:
        return bool(value)
    return " ".join(map(str, _list(value))) if tag == "s" else value  # pyright: ignore[reportReturnType]
