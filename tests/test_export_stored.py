"""What a bundle keeps in fewer bytes is what was trained, and what ships is small."""

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import helper, numpy_helper
from seeds import seed_of

from export.half_weights import LEAST, with_half_weights
from export.to_onnx import export_network
from export.waves import with_waves_made
from models import bundle
from models.nets.mel import LogMel
from models.spec import MelSpec

SIDE = 64


@pytest.fixture(scope="module")
def ear() -> LogMel:
    return LogMel(MelSpec())


@pytest.fixture(scope="module")
def heard(ear: LogMel) -> bytes:
    given = torch.zeros(1, 1, 1600), torch.zeros(1, ear.mel.tail_samples)
    return export_network(ear, given, ["audio", "tail"], ["frames", "next"])


def test_the_waves_are_made_to_the_bit(ear: LogMel, heard: bytes) -> None:
    small = with_waves_made(heard, ear)
    assert len(heard) - len(small) > 1_000_000
    model = onnx.load_from_string(small)
    (convolution,) = (node for node in model.graph.node if node.op_type == "Conv")
    name = convolution.input[1]
    model.graph.output.append(helper.make_empty_tensor_value_info(name))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    given = {i.name: np.zeros(i.shape, np.float32) for i in session.get_inputs()}
    assert np.array_equal(session.run([name], given)[0], ear.fourier.numpy())


def test_waves_of_another_ear_are_not_exchanged(heard: bytes) -> None:
    with pytest.raises(ValueError, match="holds no waves"):
        with_waves_made(heard, LogMel(MelSpec(window=256)))
    other = LogMel(MelSpec())
    other.fourier[3, 0, 5] += 0.01
    with pytest.raises(ValueError, match="holds no waves"):
        with_waves_made(heard, other)


def test_large_weights_are_kept_in_half_and_computed_with_in_full() -> None:
    torch.manual_seed(seed_of())
    layer = torch.nn.Linear(SIDE, SIDE)
    given = torch.randn(1, SIDE)
    full = export_network(layer, (given,), ["x"], ["y"])
    half = with_half_weights(full)
    kept = {t.name: numpy_helper.to_array(t) for t in onnx.load_from_string(half).graph.initializer}
    assert sorted((v.size, v.dtype) for v in kept.values()) == [
        (SIDE, np.float32), (SIDE * SIDE, np.float16),
    ]  # fmt: skip
    assert SIDE < LEAST <= SIDE * SIDE
    rounded = layer.weight.detach().numpy().astype(np.float16).astype(np.float32)
    found = onnxruntime.InferenceSession(half).run(None, {"x": given.numpy()})[0]
    expected = given.numpy() @ rounded.T + layer.bias.detach().numpy()
    assert np.abs(found - expected).max() < 1e-5


def test_all_that_ships_is_small() -> None:
    files = [file for file in bundle.SHIPPED.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 40e6
    assert all(
        sum(file.stat().st_size for file in folder.iterdir()) <= 15e6
        for folder in bundle.SHIPPED.iterdir()
        if folder.is_dir()
    )
