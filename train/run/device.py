"""Where a training computes: a processor or a graphics card."""

import os
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

CPU = torch.device("cpu")


def chosen_device(name: str) -> torch.device:
    """`auto` is a CUDA card where there is one; of several processes each takes its own.

    Raises ValueError when a card is asked for and there is none.
    """
    has_card = torch.cuda.is_available()
    if name == "cpu" or (name == "auto" and not has_card):
        return CPU
    if not has_card:
        raise ValueError("There is no CUDA card that torch can use: leave --device out.")
    card = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(card)
    return card


def device_of(network: nn.Module) -> torch.device:
    """Where its weights are."""
    return next(network.parameters()).device


def tensors(device: torch.device, *arrays: NDArray[Any]) -> list[Tensor]:
    """Arrays as tensors there, unchanged."""
    return [torch.from_numpy(array).to(device) for array in arrays]
