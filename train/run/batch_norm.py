"""Norms of averaged weights: what they have counted is of other weights, and is counted anew."""

from collections.abc import Callable

import torch
from torch import nn

_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)


def recalibrate_batch_norm(network: nn.Module, see_batches: Callable[[], object]) -> None:
    """Mean and variance of every batch norm over what `see_batches` shows the network.

    All else of the network is as it is when it performs: in eval mode, before and after.
    """
    norms = [part for part in network.modules() if isinstance(part, _NORMS)]
    if not norms:
        return
    network.eval()
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over all batches
        norm.train()
    with torch.no_grad():
        see_batches()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    network.eval()
