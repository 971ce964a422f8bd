"""Exported networks with one thing wrong in them, and the trained ones behind what ships."""

from collections.abc import Iterator

import onnx
import torch
from onnx import helper, numpy_helper

WRONG_BY = 1.01


def weights_of(network: bytes, within: str = "network.") -> dict[str, torch.Tensor]:
    """The weights in an exported file, under their names in the trained network."""
    graph = onnx.load_from_string(network).graph
    return {
        tensor.name.removeprefix(within): torch.tensor(numpy_helper.to_array(tensor))
        for tensor in graph.initializer
    }


def with_other_weights(network: bytes) -> Iterator[tuple[str, bytes]]:
    """Each weight in turn a hundredth too large where it lies; its name, and the network."""
    for at, tensor in enumerate(onnx.load_from_string(network).graph.initializer):
        model = onnx.load_from_string(network)
        values = numpy_helper.to_array(tensor)
        wrong = (values * WRONG_BY if values.dtype.kind == "f" else values ^ 1).astype(values.dtype)
        model.graph.initializer[at].CopyFrom(numpy_helper.from_array(wrong, tensor.name))
        if (wrong != values).any():  # a bias of zeros stays what it is
            yield tensor.name, model.SerializeToString()


def with_scaled_weights(network: bytes) -> Iterator[tuple[str, bytes]]:
    """The same, but the weights lie there as they are and are made larger where they are used."""
    for tensor in onnx.load_from_string(network).graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        model = onnx.load_from_string(network)
        for node in model.graph.node:
            for at, name in enumerate(node.input):
                if name == tensor.name:
                    node.input[at] = "scaled"
        yield tensor.name, _first(model, "Mul", tensor.name, WRONG_BY)


def with_bias(network: bytes, name: str, added: float) -> bytes:
    """Something inside the graph is `added` larger for all that take it."""
    model = onnx.load_from_string(network)
    nodes = list(model.graph.node)
    at = next(i for i, node in enumerate(nodes) if name in node.output)
    for node in nodes[at + 1 :]:
        for place, taken in enumerate(node.input):
            if taken == name:
                node.input[place] = "scaled"
    return _first(model, "Add", name, added, at + 1)


def without_layers(network: bytes, kinds: set[str]) -> Iterator[tuple[str, bytes]]:
    """Each node of these kinds in turn left out: what it is given goes on as it is."""
    names = [n.name for n in onnx.load_from_string(network).graph.node if n.op_type in kinds]
    for name in names:
        model = onnx.load_from_string(network)
        weights = {tensor.name for tensor in model.graph.initializer}
        node = next(node for node in model.graph.node if node.name == name)
        given = next(taken for taken in node.input if taken not in weights)
        node.CopyFrom(helper.make_node("Identity", [given], list(node.output), node.name))
        yield name, model.SerializeToString()


def _first(model: onnx.ModelProto, kind: str, name: str, number: float, at: int = 0) -> bytes:
    """The model with `kind(name, number)` called "scaled" put in before its node `at`."""
    value = helper.make_tensor("by", onnx.TensorProto.FLOAT, [], [number])
    nodes = list(model.graph.node)
    made = [
        helper.make_node("Constant", [], ["by"], value=value),
        helper.make_node("CastLike", ["by", name], ["by_as_it"]),  # parts are in doubles
        helper.make_node(kind, [name, "by_as_it"], ["scaled"]),
    ]
    del model.graph.node[:]
    model.graph.node.extend([*nodes[:at], *made, *nodes[at:]])
    return model.SerializeToString()
