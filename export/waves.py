"""A graph that makes the waves of its log-mel when it is opened, instead of a megabyte of them.

All of them are one turn of a cosine and one of a sine, read in other steps.
"""

from typing import TYPE_CHECKING

import numpy as np

from models.nets.mel import LogMel
from models.types import Array

if TYPE_CHECKING:
    from onnx import NodeProto


def with_waves_made(onnx: bytes, mel: LogMel) -> bytes:
    """The same graph, its constants alone fewer: onnxruntime computes them once, to the bit.

    Raises ValueError when the graph does not hold the waves of `mel`.
    """
    from onnx import load_from_string, numpy_helper

    model = load_from_string(onnx)
    waves = mel.fourier.numpy()
    nodes: list[NodeProto] = []
    is_found = False
    for node in model.graph.node:
        held = node.attribute[0].t if node.op_type == "Constant" else None
        if held is None or tuple(held.dims) != waves.shape:
            nodes.append(node)
        elif np.array_equal(numpy_helper.to_array(held), waves):
            nodes += _made(node.output[0], waves.shape)
            is_found = True
    if not is_found:
        raise ValueError("the graph holds no waves")
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model.SerializeToString()


def _made(name: str, shape: tuple[int, ...]) -> list["NodeProto"]:
    """What computes the waves of `shape` (window + 2, 1, window) as in models/nets/mel.py."""
    from onnx import TensorProto, helper, numpy_helper

    length = shape[-1]
    window = np.hanning(length + 1)[:-1]
    turn = 2 * np.pi / length * np.arange(length)
    constants: dict[str, Array] = {
        "turns": np.stack([np.cos(turn), np.sin(turn)]),
        "window": window / np.sqrt(np.square(window).sum()),
        "bins": np.arange(shape[0] // 2)[:, None],
        "places": np.arange(length),
        "length": np.array(length),
        "shape": np.array(shape),
    }

    def inner(*names: str) -> list[str]:
        return [f"{name}/{each}" for each in names]

    return [
        *(
            helper.make_node("Constant", [], inner(key), value=numpy_helper.from_array(value))
            for key, value in constants.items()
        ),
        helper.make_node("Mul", inner("bins", "places"), inner("far")),
        helper.make_node("Mod", inner("far", "length"), inner("at")),
        helper.make_node("Gather", inner("turns", "at"), inner("steps"), axis=1),
        helper.make_node("Mul", inner("steps", "window"), inner("windowed")),
        helper.make_node("Cast", inner("windowed"), inner("single"), to=TensorProto.FLOAT),
        helper.make_node("Reshape", inner("single", "shape"), [name]),
    ]
