"""States made flat for the stage's graph, and the comparison of what it says with torch."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from export import parity
from export.on_stage import OnStage, export_on_stage, state_shapes
from export.to_onnx import export_network
from models.runtime.stepper import NetworkStepper


class Sums(NamedTuple):
    total: torch.Tensor
    count: torch.Tensor


class Counter(torch.nn.Module):
    """Says the running sum, and also how much it was given."""

    def forward(self, given, state):
        after = Sums(state.total + given, state.count + 1)
        return (after.total * 1, given * 1), after


START = Sums(torch.zeros(1, 2), torch.zeros(1))


def test_a_state_becomes_inputs_and_outputs_in_the_order_of_its_fields():
    flat = OnStage(Counter(), Sums)(torch.ones(1, 2), torch.full((1, 2), 3.0), torch.ones(1))
    assert [tensor.tolist() for tensor in flat] == [[[4, 4]], [[1, 1]], [[4, 4]], [2]]
    assert state_shapes(START) == {"total": [1, 2], "count": [1]}


def test_the_exported_graph_steps_with_its_state():
    onnx = export_on_stage(Counter(), START, {"given": torch.zeros(1, 2)}, ["sum", "again"])
    stepper = NetworkStepper(onnx)
    assert stepper.input_shapes == {"given": [1, 2], "state_total": [1, 2], "state_count": [1]}
    for step in range(1, 4):
        found = stepper.step(given=np.ones((1, 2), np.float32))
        assert found["sum"].tolist() == [[step, step]]
        assert found["again"].tolist() == [[1, 1]]


def test_the_largest_difference_of_each_answer_is_said_or_refused(monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 60)
    seen = []

    def run(number, clip):
        assert clip.shape == (60, 1600) and clip.dtype == np.float32
        seen.append(number)
        # One thing goes from 0 to 2, one from 0 to a thousandth, both in every clip.
        whole = np.linspace(0, [[[2.0]], [[1e-3]]], 60)[:, :, 0].astype(np.float32)
        return {"poses": (whole, whole + off * (number == 3))}

    off = np.zeros((2, 1), np.float32)
    assert parity.compare_stepped("dance", run) == {"poses": 0.0}
    assert seen == list(range(len(parity.parity_clips(60))))
    off[0] = 2e-5
    assert parity.compare_stepped("dance", run)["poses"] == pytest.approx(1e-5, rel=0.05)
    off[:] = [[0.0], [2e-5]]  # as little, but of what hardly moves
    with pytest.raises(parity.ParityError, match=r"dance .* poses is 2.0e-02 of its range"):
        parity.compare_stepped("dance", run)
    off[1] = float("nan")
    with pytest.raises(parity.ParityError, match="poses is nan"):
        parity.compare_stepped("dance", run)


def test_what_never_moves_must_be_equal():
    still = np.full((5, 1, 1), 3.0, np.float32)
    answers = parity.Answers("ear")
    answers.add(beat=(still, still))
    assert answers.judged() == {"beat": 0.0}
    answers.add(beat=(still, still + np.float32(1e-5)))
    with pytest.raises(parity.ParityError, match="beat is"):
        answers.judged()


def test_weights_that_are_not_those_of_the_network_are_named():
    layer = torch.nn.Linear(2, 2)
    onnx = export_network(layer, (torch.zeros(1, 2),), ["given"], ["found"])
    parity.compare_weights("ear", onnx, layer.state_dict(), "")
    with pytest.raises(parity.ParityError, match=r"other weights .*\(weight\)"):
        parity.compare_weights("ear", onnx, {"bias": layer.bias}, "")
    with torch.no_grad():
        layer.bias.add_(1e-6)
    with pytest.raises(parity.ParityError, match=r"other weights .*\(bias\)"):
        parity.compare_weights("ear", onnx, layer.state_dict(), "")
