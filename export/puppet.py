"""Checkpoint of a puppet -> bundle: its networks as ONNX, its views and plate as pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from export.debris import without_debris
from export.half_weights import with_half_weights
from export.parity import Answers, ParityError, compare_weights
from export.target import evaluation, person_fields
from export.to_onnx import export_network
from models import bundle
from models.nets.picture.puppet import Puppet, load_puppet
from models.nets.picture.puppet_layers import align
from models.puppet.parts import N_PARTS
from models.puppet.rig import N_CHOICE, N_FEATURES, rig_of
from models.puppet.view_files import view_files
from models.runtime.stepper import NetworkStepper
from models.skeleton import STANDING, Body, Framing
from models.spec import N_JOINTS, PUPPET
from models.types import Array

NETWORK = "puppet.onnx"
_TOLERANCE = 1e-3  # of the range of an answer
_HALF_TOLERANCE = 5e-2  # the same, of weights in 16 bits
_LEAST = 0.02
_POSES = 32  # that the networks are compared on


class StagePuppet(nn.Module):
    """Its networks alone: the views are laid outside of the graph."""

    def __init__(self, puppet: Puppet) -> None:
        super().__init__()
        self.heads, self.shadow = puppet.heads, puppet.shadow

    def forward(self, joints: Tensor, features: Tensor, choice: Tensor) -> tuple[Tensor, ...]:
        return (*self.heads(features, choice), self.shadow(joints))


def example() -> tuple[Tensor, Tensor, Tensor]:
    """What a StagePuppet is given, of one pose."""
    return (
        torch.full((1, N_JOINTS, 2), 0.5),
        torch.zeros(1, N_PARTS, N_FEATURES),
        torch.zeros(1, N_PARTS, N_CHOICE),
    )


def export_puppet(path: Path, folder: Path, precisions: Sequence[str] = ("fp32",)) -> bundle.Bundle:
    """Write the bundle of a trained puppet.

    Raises ParityError when the exported networks answer otherwise, or other bits are asked for, and
    CheckpointError when the checkpoint is no puppet.
    """
    if list(precisions) != ["fp32"]:
        raise ParityError("A puppet is exported in fp32 alone: its networks are small.")
    puppet, header = load_puppet(path)
    person = person_fields(path, header)
    stage = StagePuppet(puppet)
    full = export_network(stage, example(), PUPPET[:3], PUPPET[3:])
    network, parity = stored(full, puppet, header["body"])
    views = [
        np.stack(
            [
                _levels(align(puppet.view(part, n), puppet.shifts(part, [n])[0]))
                for n in range(count)
            ]
        )
        for part, count in enumerate(puppet.spec.views)
    ]
    manifest = {
        **person,
        "networks": {"fp32": NETWORK},
        "parity": parity,
        "size": puppet.spec.size,
        "measured": {**person["measured"], **evaluation(path)},
    }
    files = view_files([without_debris(part) for part in views], puppet.plate.numpy())
    return bundle.write(folder, manifest, {NETWORK: network, **files})


def _levels(view: Tensor) -> Array:
    """A view (rows, columns, 4) in 8 bits."""
    colours, coverage = view[..., :3], (view[..., 3:] + 1) / 2
    grey = torch.cat([colours, coverage], -1).clamp(0, 1) * 255
    return grey.round().to(torch.uint8).detach().numpy()


def stored(
    network: bytes, puppet: Puppet, fields: dict[str, Any]
) -> tuple[bytes, dict[str, float]]:
    """The exported network as it is kept in a bundle, and how far it is from the trained one.

    `fields` are those of the body. Raises ParityError, also when it was wrong before.
    """
    stage = StagePuppet(puppet).eval()
    compare_weights("puppet", network, stage.state_dict(), "")
    _compare(network, stage, puppet, fields, _TOLERANCE)
    half = with_half_weights(network)
    return half, _compare(half, stage, puppet, fields, _HALF_TOLERANCE)


def _compare(
    network: bytes, stage: StagePuppet, puppet: Puppet, fields: dict[str, Any], tolerance: float
) -> dict[str, float]:
    lengths = np.array(fields["bone_lengths"], np.float32)
    body = Body(lengths, Framing(**fields["framing"]))
    sway = np.random.default_rng(0).normal(0, 0.08, (_POSES, *STANDING.shape))
    joints = body.place((STANDING + sway).astype(np.float32))
    pose = rig_of(puppet.spec).pose(joints)
    stepper = NetworkStepper(network)
    answers = Answers("puppet", tolerance, _LEAST)
    for row in range(_POSES):
        given = (joints[row : row + 1], pose.features[row : row + 1], pose.choice[row : row + 1])
        with torch.no_grad():
            truth = stage(*(torch.from_numpy(each) for each in given))
        found = stepper.step(**dict(zip(PUPPET[:3], given, strict=True)))
        answers.add(**{
            name: (each.numpy().reshape(1, -1, 1), found[name].reshape(1, -1, 1))
            for name, each in zip(PUPPET[3:], truth, strict=True)
        })  # fmt: skip
    return answers.judged()
