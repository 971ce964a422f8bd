"""States made flat for the stage's graph, and the comparison of what it says with torch."""

from typing import NamedTuple

import numpy as np
import pytest
import torch

from export import parity
from export.on_stage import OnStage, export_on_stage, state_shapes
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


def test_the_largest_difference_of_each_clip_is_said_or_refused(monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 60)

    def run(number, clip):
        assert clip.shape == (60, 1600) and clip.dtype == np.float32
        return clip, clip + np.float32(off[number])

    off = [0.0, 2e-5]
    found = parity.compare_stepped("dance", "poses", run)
    assert found == {"poses_bursts": 0.0, "poses_music": pytest.approx(2e-5, rel=0.01)}
    off = [0.0, 2e-3]
    with pytest.raises(parity.ParityError, match=r"exported dance .* by 2.0e-03 units on music"):
        parity.compare_stepped("dance", "poses", run, " units")
    off = [float("nan"), 0.0]
    with pytest.raises(parity.ParityError, match="on bursts"):
        parity.compare_stepped("dance", "poses", run)
