"""A copy of a graph that also says what is inside it, so that parity sees more than is shipped.

A probability near 0, a grey level or the best of many plans hide a wrong network; what stands
before them does not.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import GraphProto

_CUTS = frozenset({"Clip", "Sigmoid"})


def before_cut(onnx: bytes, outputs: Sequence[str]) -> tuple[bytes, list[str]]:
    """The graph that also gives what each of these outputs is before it is cut to its range.

    Raises ValueError when nothing cuts one of them.
    """
    from onnx import load_from_string

    graph = load_from_string(onnx).graph
    made_by = {name: node for node in graph.node for name in node.output}
    found: list[str] = []
    for name in outputs:
        node = made_by.get(name)
        while node is not None and node.op_type not in _CUTS:
            node = made_by.get(node.input[0]) if node.input else None
        if node is None:
            raise ValueError(f"nothing cuts {name} to its range")
        found.append(node.input[0])
    return _giving(onnx, found), found


def of_module(onnx: bytes, path: str) -> tuple[bytes, str]:
    """The graph that also gives the answer of one module, like "network.head".

    Raises ValueError when the graph has no such module.
    """
    from onnx import load_from_string

    name = _last_of(load_from_string(onnx).graph, f"/{path.replace('.', '/')}/")
    return _giving(onnx, [name]), name


def _last_of(graph: "GraphProto", scope: str) -> str:
    inside = [node for node in graph.node if node.name.startswith(scope)]
    if not inside:
        raise ValueError(f"the graph has no {scope}")
    return inside[-1].output[0]


def _giving(onnx: bytes, names: Sequence[str]) -> bytes:
    from onnx import helper, load_from_string

    model = load_from_string(onnx)
    for name in names:
        model.graph.output.append(helper.make_empty_tensor_value_info(name))  # its type is found
    return model.SerializeToString()
