"""A trained dance of either form, from its checkpoint."""

from pathlib import Path
from typing import Any

from models import spec
from models.fields import in_brief
from models.nets import checkpoint
from models.nets.dance.generator import DanceGenerator
from models.nets.dance.paper_generator import PaperGenerator
from models.noise import Noise

Network = DanceGenerator | PaperGenerator


def new_dance(sizes: spec.GeneratorSpec | spec.PaperSpec) -> Network:
    """An untrained network of these sizes."""
    if isinstance(sizes, spec.PaperSpec):
        return PaperGenerator(sizes)
    return DanceGenerator(sizes)


def noise_of(network: Network) -> Noise:
    """What its noise input holds."""
    return Noise.of(network.sizes)


def load_dance(path: Path) -> tuple[Network, dict[str, Any]]:
    """The averaged weights of a checkpoint, ready to run, and its header.

    Raises CheckpointError when it is no dance.
    """
    tensors, header = checkpoint.load(path)
    if header.get("kind") != "dance":
        raise checkpoint.CheckpointError(
            f"{path} is a {in_brief(header.get('kind'))}, not a dance."
        )
    sizes = checkpoint.sizes_of(path, header)
    weights = checkpoint.part_of(tensors, "ema")
    # Critics that a dance learnt with are not part of it.
    own = checkpoint.part_of(weights, "generator") or weights
    network = checkpoint.with_weights(path, lambda: new_dance(sizes), own)
    return network.eval().requires_grad_(False), header
