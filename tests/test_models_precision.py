"""An image network with its 8 bits taken back and in halves, run by onnxruntime."""

import numpy as np
import onnx
import pytest

pytest.importorskip("torch")

from onnx import TensorProto
from seeds import rng_of

from models import bundle
from models.image_similarity import likeness
from models.runtime import precision
from models.runtime.dance import DanceStepper
from models.runtime.painter import NetworkPainter
from models.skeleton import STANDING
from tests.made_renderers import image_network


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The same poses painted in each precision, and where the joints are."""
    found = image_network(tmp_path_factory.mktemp("bundles"))
    network = found.network("int8")[0]
    rng = rng_of(0)
    poses = [STANDING + rng.normal(0, 0.05, STANDING.shape) for _ in range(6)]
    joints = [found.manifest.body.place(pose.astype(np.float32)) for pose in poses]
    networks = {
        "int8": network,
        "fp32": precision.in_full(network),
        "fp16": precision.in_half(network),
    }
    painted = {
        name: [NetworkPainter(content).whole(j) for j in joints]
        for name, content in networks.items()
    }
    return networks, painted, joints


def test_taking_the_8_bits_back_paints_the_same_person(pictures):
    networks, painted, joints = pictures
    kinds = {node.op_type for node in onnx.load_from_string(networks["fp32"]).graph.node}
    assert not kinds & {"QuantizeLinear", "DequantizeLinear"}
    pairs = zip(painted["int8"], painted["fp32"], joints, strict=True)
    assert min(likeness(*pair)[0] for pair in pairs) > 0.99


def test_halves_are_within_rounding(pictures):
    networks, painted, _ = pictures
    model = onnx.load_from_string(networks["fp16"])
    onnx.checker.check_model(model)
    weights = {i.name: i.data_type for i in model.graph.initializer}
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    assert convolutions
    assert {weights[node.input[1]] for node in convolutions} == {TensorProto.FLOAT16}
    # Two thirds of the file are weights.
    assert len(networks["fp16"]) < 0.6 * len(networks["fp32"])
    apart = [
        np.abs(a.astype(int) - b) for a, b in zip(painted["fp16"], painted["fp32"], strict=True)
    ]
    assert max(part.max() for part in apart) <= 2


def test_what_is_in_32_bits_stays_so():
    network = bundle.find("dance", "ballroom").network("fp32")[0]
    same = onnx.load_from_string(precision.in_full(network)).graph
    before = onnx.load_from_string(network).graph
    assert [n.op_type for n in same.node] == [n.op_type for n in before.node]


def test_a_dance_in_halves_dances_nearly_the_same():
    found = bundle.find("dance", "ballroom")
    network = found.network("fp32")[0]
    full = DanceStepper(network, found.sizes)
    half = DanceStepper(precision.in_half(network), found.sizes)
    rng = rng_of(1)
    for noise in full.noise.draw(rng, 5):
        heard = rng.normal(0, 0.1, 1600).astype(np.float32)
        told = np.zeros(full._stepper.input_shapes["controls"][-1], np.float32)
        np.testing.assert_allclose(
            half.step(heard, noise, told), full.step(heard, noise, told), atol=0.05
        )


def test_without_onnx_it_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(precision.PrecisionError, match="pip install onnx"):
        precision.in_half(b"")


@pytest.mark.parametrize(
    ("engine", "shipped", "wanted", "given"),
    [
        ("cpu", "int8", ("int8", "fp32", "fp16"), ("int8", "int8")),
        ("cpu", "fp32", ("int8", "fp32", "fp16"), ("fp32", "fp32")),
        ("coreml", "fp32", ("fp32", "fp16", "int8"), ("in full", "fp32")),
        ("coreml", "fp16", ("fp32", "fp16", "int8"), ("fp16", "fp16")),
        ("cuda", "int8", ("fp16", "fp32", "int8"), ("in half", "fp16")),
        ("cuda", "fp16", ("fp16", "fp32", "int8"), ("fp16", "fp16")),
        ("tensorrt", "fp32", ("fp16", "fp32", "int8"), ("in half", "fp16")),
    ],
)  # fmt: skip
def test_each_engine_gets_the_numbers_it_likes(monkeypatch, engine, shipped, wanted, given):
    asked = []

    class Shipped:
        def network(self, *precisions):
            asked.append(precisions)
            return shipped, shipped

    monkeypatch.setattr(precision, "in_full", lambda network: "in full")
    monkeypatch.setattr(precision, "in_half", lambda network: "in half")
    assert precision.network_for(Shipped(), engine) == given
    assert asked == [wanted]


@pytest.mark.parametrize("has_zero", [False, True])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_weights_in_8_bits_are_their_steps_from_zero_times_the_scale(axis, has_zero):
    """One scale for all, or one for each place on an axis."""
    values = rng_of(3).integers(0, 256, (3, 4)).astype(np.uint8)
    n = 1 if axis is None else values.shape[axis]
    scale = np.float32(0.5 + np.arange(n)) if axis is not None else np.float32(0.25)
    zero = np.arange(100, 100 + n).astype(np.uint8) if axis is not None else np.uint8(100)
    arrays = {"values": values, "scale": np.asarray(scale)} | ({"zero": zero} if has_zero else {})
    kept = {
        name: onnx.numpy_helper.from_array(np.asarray(array), name)
        for name, array in arrays.items()
    }
    told = {} if axis in (None, 1) else {"axis": axis}  # 1 where it is not told
    node = onnx.helper.make_node("DequantizeLinear", list(arrays), ["weights"], **told)
    made = precision._unpacked(node, kept)
    shape = {None: (1, 1), 0: (3, 1), 1: (1, 4)}[axis]
    offset = np.reshape(zero, shape).astype(float) if has_zero else 0.0
    expected = (values.astype(float) - offset) * np.reshape(scale, shape)
    assert made.name == "weights"
    found = onnx.numpy_helper.to_array(made)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-6)
