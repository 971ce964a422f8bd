"""The same exported network with its convolutions in other numbers. Needs onnx, no torch.

A bundle is shipped in 8 bits, for processors; a graphics card wants 16. `in_full` takes the 8 bits
back (what the weights lost stays lost), `in_half` puts the convolutions into 16.
"""

import logging
from typing import TYPE_CHECKING, Any

import numpy as np

from models.bundle import Bundle

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

log = logging.getLogger(__name__)

# What an engine takes of a bundle, best first; a card's is then changed to what it likes.
_WANTED = {"cpu": ("int8", "fp32", "fp16"), "coreml": ("fp32", "fp16", "int8")}
_WANTED_BY_CARDS = ("fp16", "fp32", "int8")
_CONVOLUTIONS = frozenset({"Conv", "ConvTranspose"})
# What may follow in 16 bits when all it is given comes from there; a sum of many values may not.
_BETWEEN = frozenset(
    {"Add", "DepthToSpace", "Identity", "InstanceNormalization", "LeakyRelu", "Pad", "Relu"}
)


class PrecisionError(Exception):
    """The network cannot be put into another precision here, in one sentence."""


def network_for(bundle: Bundle, engine: str) -> tuple[bytes, str]:
    """A target's network and its precision, as this engine likes it; without onnx as it is.

    Raises BundleError.
    """
    network, precision = bundle.network(*_WANTED.get(engine, _WANTED_BY_CARDS))
    if engine == "cpu" or precision == "fp16":
        return network, precision
    try:
        return (in_full(network), "fp32") if engine == "coreml" else (in_half(network), "fp16")
    except PrecisionError as error:
        log.info("%s", error)
        return network, precision


def in_full(network: bytes) -> bytes:
    """A network quantised in pairs (QDQ) -> in 32 bits throughout; any other as it is.

    Raises PrecisionError without onnx.
    """
    model = _load(network)
    graph = model.graph
    kept = {i.name: i for i in graph.initializer}
    made_by = {name: node for node in graph.node for name in node.output}
    renamed: dict[str, str] = {}
    nodes: list[NodeProto] = []
    for node in graph.node:
        if node.op_type == "QuantizeLinear":
            continue
        if node.op_type != "DequantizeLinear":
            nodes.append(node)
            continue
        before = made_by.get(node.input[0])
        if before is None:
            graph.initializer.append(_unpacked(node, kept))
        elif _array(kept[before.input[2]]) == 0:
            # Quantising took the ReLU before it into its range, 0 to the largest.
            nodes.append(_relu(before.input[0], node))
        else:
            renamed[node.output[0]] = before.input[0]
    for node in nodes:
        for at, name in enumerate(node.input):
            while name in renamed:
                name = renamed[name]
            node.input[at] = name
    return _with_nodes(model, nodes)


def in_half(network: bytes) -> bytes:
    """Convolutions and what lies between them in 16 bits; inputs, outputs, all else as before.

    Raises PrecisionError without onnx.
    """
    model = _load(in_full(network))
    halves = _half_nodes(model.graph)
    made_half = {name for node in halves for name in node.output}
    return _with_nodes(model, _cast_at_borders(model.graph, halves, made_half))


def _half_nodes(graph: "GraphProto") -> list["NodeProto"]:
    """In the order of the graph, which is that of its computation."""
    constant = {i.name for i in graph.initializer}
    constant |= {node.output[0] for node in graph.node if node.op_type == "Constant"}
    found: list[NodeProto] = []
    half: set[str] = set()
    for node in graph.node:
        given = [name for name in node.input if name and name not in constant]
        follows = node.op_type in _BETWEEN and given and all(name in half for name in given)
        if follows or node.op_type in _CONVOLUTIONS:
            found.append(node)
            half.update(node.output)
    return found


def _cast_at_borders(
    graph: "GraphProto", halves: list["NodeProto"], made_half: set[str]
) -> list["NodeProto"]:
    """All nodes, with a cast wherever a value passes from one precision to the other."""
    from onnx import TensorProto, helper, numpy_helper

    kept = {i.name: i for i in graph.initializer}
    constants = {node.output[0]: node for node in graph.node if node.op_type == "Constant"}
    is_half = {id(node) for node in halves}
    kinds = {name: i.data_type for name, i in kept.items()}
    kinds |= {name: node.attribute[0].t.data_type for name, node in constants.items()}
    nodes: list[NodeProto] = []
    cast: dict[str, str] = {}

    def crossing(name: str, to: int) -> str:
        goal = f"{name}/in_{'half' if to == TensorProto.FLOAT16 else 'full'}"
        if goal not in cast:
            cast[goal] = name
            if name in kept:
                weights = _array(kept[name]).astype(np.float16)
                graph.initializer.append(numpy_helper.from_array(weights, goal))
            else:
                nodes.append(helper.make_node("Cast", [name], [goal], goal, to=to))
        return goal

    for node in graph.node:
        for at, name in enumerate(node.input):
            if id(node) in is_half:
                # Shapes and sizes are no floats and stay.
                is_float = kinds.get(name, TensorProto.FLOAT) == TensorProto.FLOAT
                if name and name not in made_half and is_float:
                    node.input[at] = crossing(name, TensorProto.FLOAT16)
            elif name in made_half:
                node.input[at] = crossing(name, TensorProto.FLOAT)
        nodes.append(node)
    for output in graph.output:
        if output.name in made_half:
            raise PrecisionError(f"The output {output.name} would be in 16 bits.")
    return nodes


def _unpacked(node: "NodeProto", kept: dict[str, Any]) -> Any:
    """Weights in 8 bits as floats, under the name of what the node gave."""
    from onnx import numpy_helper

    values, scale = _array(kept[node.input[0]]), _array(kept[node.input[1]])
    zero = _array(kept[node.input[2]]) if len(node.input) > 2 else np.zeros((), values.dtype)
    shape = [1] * values.ndim
    if scale.ndim:
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape) if zero.ndim else zero
    floats = (values.astype(np.float32) - zero.astype(np.float32)) * scale
    return numpy_helper.from_array(floats.astype(np.float32), node.output[0])


def _relu(name: str, node: "NodeProto") -> "NodeProto":
    from onnx import helper

    return helper.make_node("Relu", [name], [node.output[0]], f"{node.name}/Relu")


def _array(tensor: Any) -> np.ndarray[Any, Any]:
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor)


def _load(network: bytes) -> "ModelProto":
    try:
        import onnx
    except ImportError as error:
        raise PrecisionError(
            "onnx is not installed, so the 8-bit network runs as it is: run `pip install onnx`."
        ) from error
    return onnx.load_from_string(network)


def _with_nodes(model: "ModelProto", nodes: list["NodeProto"]) -> bytes:
    """The model of these nodes, without weights that none of them takes."""
    graph = model.graph
    del graph.value_info[:]  # types between the nodes, found again when it is loaded
    del graph.node[:]
    graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    weights = [i for i in graph.initializer if i.name in used]
    del graph.initializer[:]
    graph.initializer.extend(weights)
    return model.SerializeToString()
