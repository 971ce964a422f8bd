"""A network that paints: its trial leaves no trace, and after a reset it begins anew."""

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from models.runtime.engines import EngineError
from models.runtime.painter import NetworkPainter, OldRendererError
from models.spec import TARGET

SIZE = 8
PLATE = np.arange(SIZE * SIZE * 3, dtype=np.uint8).reshape(SIZE, SIZE, 3)
NOBODY = np.full((18, 2), 0.5, np.float32)


def counting(*without: str) -> bytes:
    """A renderer that paints how many pictures it has painted before, as the paper's knows one."""

    def constant(name: str, value: np.ndarray) -> onnx.NodeProto:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))

    grey = np.zeros((1, 4, 4), np.uint8)
    nodes = [
        constant("one", np.ones(1, np.float32)), constant("shape", np.array([1, 4, 4, 3])),
        helper.make_node("Add", ["state_painted", "one"], ["next_painted"]),
        helper.make_node("Expand", ["state_painted", "shape"], ["wide"]),
        helper.make_node("Cast", ["wide"], [TARGET.image], to=TensorProto.UINT8),
        constant(TARGET.alpha, grey), constant(TARGET.shadow, grey), constant(TARGET.plate, PLATE),
        constant(TARGET.corner, np.array([[2, 3]])),
    ]  # fmt: skip
    byte, number, whole = TensorProto.UINT8, TensorProto.FLOAT, TensorProto.INT64
    outputs = [
        (TARGET.image, byte, [1, 4, 4, 3]), (TARGET.alpha, byte, [1, 4, 4]),
        (TARGET.shadow, byte, [1, 4, 4]), (TARGET.corner, whole, [1, 2]),
        (TARGET.plate, byte, [SIZE, SIZE, 3]), ("next_painted", number, [1]),
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


def test_the_first_picture_of_a_show_is_the_first():
    painter = NetworkPainter(counting())
    assert [painter.paint(NOBODY).image.max() for _ in range(3)] == [0, 1, 2]
    painter.reset()
    picture = painter.paint(NOBODY)
    assert (picture.image.max(), picture.x, picture.y) == (0, 2, 3)
    assert np.array_equal(painter.plate, PLATE)
    expected = PLATE.copy()
    expected[3:7, 2:6] = 1
    assert np.array_equal(painter.whole(NOBODY), expected), "the window lies at its corner"


@pytest.mark.parametrize("without", [TARGET.plate, TARGET.corner])
def test_a_network_of_an_older_version_is_told(without):
    with pytest.raises(OldRendererError, match="exported by an older version"):
        NetworkPainter(counting(without))


def test_what_is_no_network_is_told():
    with pytest.raises(EngineError):
        NetworkPainter(b"no network")
