"""An image network that nobody trained, quantised as that of a person is, and its bundle."""

import dataclasses
from functools import cache
from pathlib import Path

import numpy as np
import torch
from seeds import rng_of, seed_of

from export.few_bits import in_eight_bits
from export.to_onnx import export_network
from models import bundle
from models.bundle import Bundle
from models.nets.picture.renderer import PoseRenderer, StageRenderer
from models.skeleton import STANDING, Framing
from models.spec import TARGET, RendererSpec

SIZES = RendererSpec(
    size=64, width=32, width_half=48, width_quarter=64, patch=24, patch_cells=(4, 4, 4)
)
BODY = {"bone_lengths": [0.3] * 18, "framing": {"scale": 0.34, "x": 0.5, "y": 0.55}}
NETWORK = "renderer.int8.onnx"
_CALIBRATE = 4  # poses


@cache
def in_few_bits() -> bytes:
    """The network in 8 bits; takes seconds, once a process."""
    torch.manual_seed(seed_of(0))
    renderer = PoseRenderer(SIZES).eval()
    with torch.no_grad():
        renderer.plate.copy_(torch.randint(90, 160, renderer.plate.shape))
        renderer.head.weight.mul_(3)  # somebody, who changes with the pose
    sway = rng_of(0).normal(0, 0.06, (_CALIBRATE, *STANDING.shape))
    poses = Framing(**BODY["framing"]).to_picture((STANDING + sway).astype(np.float32))
    first = (torch.from_numpy(poses[:1]),)
    network = export_network(StageRenderer(renderer), first, [TARGET.joints], TARGET[1:])
    return in_eight_bits(network, poses)


def image_network(folder: Path, name: str = "figure") -> Bundle:
    """Its bundle, in a folder called as the person is."""
    facts = {
        "kind": "target", "network": "stage", "name": name, "licence": "CC0-1.0",
        "provenance": "this test", "spec": dataclasses.asdict(SIZES), "size": SIZES.size, **BODY,
        "networks": {"int8": NETWORK},
    }  # fmt: skip
    return bundle.write(folder / name, facts, {NETWORK: in_few_bits()})
