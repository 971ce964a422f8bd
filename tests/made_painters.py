"""An image network of a few nodes that is there at once, and its bundle. No torch."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from models import bundle
from models.bundle import Bundle
from models.spec import TARGET

NETWORK = "renderer.int8.onnx"


def plate_of(size: int) -> np.ndarray:
    """The empty place behind it, uint8 (size, size, 3)."""
    return np.arange(size * size * 3).astype(np.uint8).reshape(size, size, 3)


def counting(size: int, *without: str) -> bytes:
    """A network that paints how many pictures it has painted before; `without` some outputs."""

    def constant(name: str, value: np.ndarray) -> onnx.NodeProto:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))

    grey = np.zeros((1, 4, 4), np.uint8)
    nodes = [
        constant("one", np.ones(1, np.float32)), constant("shape", np.array([1, 4, 4, 3])),
        helper.make_node("Add", ["state_painted", "one"], ["next_painted"]),
        helper.make_node("Expand", ["state_painted", "shape"], ["wide"]),
        helper.make_node("Cast", ["wide"], [TARGET.image], to=TensorProto.UINT8),
        constant(TARGET.alpha, grey), constant(TARGET.shadow, grey),
        constant(TARGET.plate, plate_of(size)), constant(TARGET.corner, np.array([[2, 3]])),
    ]  # fmt: skip
    byte, number, whole = TensorProto.UINT8, TensorProto.FLOAT, TensorProto.INT64
    outputs = [
        (TARGET.image, byte, [1, 4, 4, 3]), (TARGET.alpha, byte, [1, 4, 4]),
        (TARGET.shadow, byte, [1, 4, 4]), (TARGET.corner, whole, [1, 2]),
        (TARGET.plate, byte, [size, size, 3]), ("next_painted", number, [1]),
    ]  # fmt: skip
    inputs = [("joints", number, [1, 18, 2]), ("state_painted", number, [1])]
    graph = helper.make_graph(
        nodes,
        "counting",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info(*one) for one in outputs if one[0] not in without],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def quick_person(folder: Path, name: str, size: int = 256) -> Bundle:
    """The bundle of somebody who is painted at once, in a folder called as they are."""
    facts = {
        "kind": "target", "network": "stage", "name": name, "licence": "CC0-1.0",
        "provenance": "this test", "consent": "", "spec": {"size": size}, "size": size,
        "bone_lengths": [0.3] * 18, "framing": {"scale": 0.34, "x": 0.5, "y": 0.55},
        "networks": {"int8": NETWORK},
    }  # fmt: skip
    return bundle.write(folder / name, facts, {NETWORK: counting(size)})
