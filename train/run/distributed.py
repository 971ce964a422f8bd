"""One training on several processes or machines, started by `torchrun`; alone it costs nothing.

Every process draws its own segments and the gradients are averaged before each step, as
DistributedDataParallel does; here by hand, because a step calls more of a network than `forward`
and steps dancer and critics in turns (docs/decisions/0008).
"""

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

import torch
from torch import distributed

Made = TypeVar("Made")


@cache
def _join() -> None:
    # gloo for what is on processors, nccl for what is on cards.
    cards = torch.cuda.is_available()
    distributed.init_process_group("cpu:gloo,cuda:nccl" if cards else "gloo")


def count() -> int:
    """How many processes train together."""
    many = int(os.environ.get("WORLD_SIZE", "1"))
    if many > 1:
        _join()
    return many


def rank() -> int:
    """Which of them this is; the first one writes and speaks."""
    return int(os.environ.get("RANK", "0")) if count() > 1 else 0


def is_first() -> bool:
    return rank() == 0


def average_gradients(parameters: Iterable[torch.nn.Parameter]) -> None:
    """Make the gradients the mean over all processes; the same parameters must have one in each."""
    many = count()
    if many == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    if not gradients:
        return
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= many
    for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def any_of(wish: bool) -> bool:
    """Whether any process wishes it; all of them get the same answer."""
    if count() == 1:
        return wish
    asked = torch.tensor([float(wish)])
    distributed.all_reduce(asked)
    return bool(asked.item() > 0)


def gather(value: Any) -> list[Any]:
    """What each process gives, by rank, for the first one; the others get their own alone."""
    if count() == 1:
        return [value]
    everything: list[Any] | None = [None] * count() if is_first() else None
    distributed.gather_object(value, everything)
    return everything or [value]


def broadcast(module: torch.nn.Module) -> None:
    """Give every process the weights and buffers of the first."""
    if count() > 1:
        for tensor in module.state_dict().values():
            distributed.broadcast(tensor, 0)


def of_first(make: Callable[[], Made]) -> Made:
    """What `make` gives the first process, for all: what lies on its disk may not lie on others."""
    if count() == 1:
        return make()
    given: list[Any] = [make() if is_first() else None]
    distributed.broadcast_object_list(given, 0)
    return given[0]


def first_alone(make: Callable[[], Made]) -> Made:
    """What `make` gives, done by the first process before the others: it may write files."""
    if count() == 1 or is_first():
        made = make()
        any_of(False)
        return made
    any_of(False)
    return make()
