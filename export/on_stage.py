"""A network whose state is one argument -> a graph whose states are plain inputs and outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from export.to_onnx import export_network

State = Any  # a NamedTuple of tensors, see models/spec.py
WITHIN = "network."  # before the names of a network's tensors in the stage graph


class OnStage(nn.Module):
    """`network(*inputs, state) -> (outputs, next state)` with the state flat, in its fields' order.

    `outputs` is one tensor or a tuple of them.
    """

    def __init__(self, network: nn.Module, state: type[State]) -> None:
        super().__init__()
        self.network = network
        self.state = state

    def forward(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        n_inputs = len(arguments) - len(self.state._fields)
        found, after = self.network(*arguments[:n_inputs], self.state(*arguments[n_inputs:]))
        return (*((found,) if isinstance(found, torch.Tensor) else found), *after)


def export_on_stage(
    network: nn.Module, start: State, inputs: Mapping[str, Tensor], outputs: Sequence[str]
) -> bytes:
    """The stage graph: `inputs` by name, of the shapes it will always be given; `start` its state.

    States are called as models/runtime/stepper.py wants them: `state_X` comes in, `next_X` out.
    """
    return export_network(
        OnStage(network, type(start)),
        (*inputs.values(), *start),
        [*inputs, *(f"state_{field}" for field in start._fields)],
        [*outputs, *(f"next_{field}" for field in start._fields)],
    )


def state_shapes(start: State) -> dict[str, list[int]]:
    """What a manifest says of the states, by field."""
    return {field: list(tensor.shape) for field, tensor in start._asdict().items()}
