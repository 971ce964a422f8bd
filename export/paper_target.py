"""A person in the paper's form -> bundle: drawn pose and the picture before in, picture out.

The picture before is a state of the graph. There is no mask: the whole picture is the person's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from export.on_stage import WITHIN, export_on_stage, state_shapes
from export.parity import (
    LEAST_SHOWN,
    PICTURE_TOLERANCE,
    Answers,
    ParityError,
    compare_weights,
)
from export.picture_parity import by_colour, refuse_loss
from export.target import person_fields
from export.watch import before_cut
from models import bundle
from models.image_similarity import likeness
from models.nets import checkpoint
from models.nets.picture.paper_painter import FedBackPainter, load_paper_painter
from models.runtime.engines import open_session
from models.runtime.painter import NetworkPainter
from models.runtime.precision import in_half
from models.skeleton import STANDING, Body, Framing
from models.spec import N_JOINTS, TARGET
from models.types import Array

PRECISIONS = ("fp32", "fp16")
FRAMES = 24  # painted one after the other to be compared


class FedBack(NamedTuple):
    """What the painter carries from picture to picture."""

    before: Tensor  # (1, 3, n, n), -1..1


class WholePicture(nn.Module):
    """The painter under the names of a renderer's tensors; `plate` uint8 (size, size, 3)."""

    plate: Tensor
    alpha: Tensor
    shadow: Tensor
    corner: Tensor

    def __init__(self, painter: FedBackPainter, plate: Array) -> None:
        super().__init__()
        self.painter, self._paint = painter.painter, painter.paint
        size = painter.size
        self.register_buffer("plate", torch.from_numpy(plate.copy()))
        self.register_buffer("alpha", torch.full((1, size, size), 255, dtype=torch.uint8))
        self.register_buffer("shadow", torch.zeros(1, size, size, dtype=torch.uint8))
        self.register_buffer("corner", torch.zeros(1, 2, dtype=torch.int64))

    def forward(self, joints: Tensor, state: FedBack) -> tuple[tuple[Tensor, ...], FedBack]:
        """Joints (1, 18, 2), 0..1 -> image, alpha, shadow, corner and plate; the next state."""
        image, after = self._paint(joints, state.before)
        return (image, self.alpha, self.shadow, self.corner, self.plate), FedBack(after)


def to_onnx(painter: FedBackPainter, pose: Array) -> bytes:
    """The stage graph; its plate is the first picture, in this pose (18, 2).

    What lies beyond the picture on a wide screen is drawn outwards from the plate's edges.
    """
    picture = WholePicture(painter, painter(pose))
    inputs = {TARGET.joints: torch.from_numpy(pose[None])}
    return export_on_stage(picture, FedBack(painter.start()), inputs, TARGET[1:])


def moving(body: Body) -> Array:
    """Poses of a body that steps and waves, (FRAMES, 18, 2) 0..1 of the picture."""
    at = np.arange(FRAMES)[:, None, None] / FRAMES * 2 * np.pi
    phase = np.arange(N_JOINTS)[None, :, None]
    poses = STANDING + 0.08 * np.sin(at + phase)
    return np.stack([body.place(pose.astype(np.float32)) for pose in poses]).astype(np.float32)


def _refuse_other_window(fed: NetworkPainter, painter: FedBackPainter, pose: Array) -> None:
    """The plate is the first picture, and the window is all of it. Raises ParityError."""
    painter.reset()
    first = fed.paint(pose)
    is_whole = first.alpha.min() == 255 and not first.shadow.any() and (first.x, first.y) == (0, 0)
    if not is_whole or np.any(fed.plate != painter(pose)):
        raise ParityError("The exported painter has another plate or mask: nothing was written.")
    fed.reset()


def parity(network: bytes, painter: FedBackPainter, poses: Array) -> dict[str, float]:
    """The weights, and what is painted and fed back, each picture from torch's own before it.

    Also how far pictures drift that are fed back by the file itself, in grey levels. Raises
    ParityError when something is off by more than is allowed.
    """
    compare_weights("painter", network, painter.painter.state_dict(), WITHIN + "painter.")
    watched, (colours,) = before_cut(network, [TARGET.image])
    session, _ = open_session(watched)
    answers = Answers("painter", PICTURE_TOLERANCE, LEAST_SHOWN)
    fed = NetworkPainter(network)
    _refuse_other_window(fed, painter, poses[0])
    before = painter.start()
    drift = 0
    for pose in poses:
        given = {TARGET.joints: pose[None], "state_before": before.numpy()}
        image, after = session.run([colours, "next_before"], given)
        joints = torch.from_numpy(pose[None])
        with torch.no_grad():
            shown, fed_back = painter.colours(joints, before)
            levels, before = painter.paint(joints, before)
        answers.add(
            picture=(by_colour(shown.numpy()), by_colour(image)),
            fed_back=(by_colour(fed_back.numpy()), by_colour(after)),
        )
        drift = max(drift, int(np.abs(fed.paint(pose).image.astype(int) - levels[0].numpy()).max()))
    return {**answers.judged(), f"grey_levels_in_{len(poses)}": float(drift)}


def ssim_loss(network: bytes, painter: FedBackPainter, poses: Array) -> float:
    """How much likeness to the trained one's pictures the network loses, each fed its own back.

    Raises ParityError as `refuse_loss` does.
    """
    ours = NetworkPainter(network)
    painter.reset()
    similar = [likeness(ours.paint(pose).image, painter(pose), pose)[0] for pose in poses]
    return refuse_loss(1 - float(np.mean(similar)))


def export_paper_target(
    path: Path, folder: Path, precisions: Sequence[str] = ("fp32",)
) -> bundle.Bundle:
    """Write the bundle of a person in the paper's form, in some of PRECISIONS.

    Raises ParityError when it is too far from the trained one, CheckpointError when the checkpoint
    is none of the paper's form.
    """
    if not precisions or not set(precisions) <= set(PRECISIONS):
        raise ParityError(f"The paper's painter is exported in {' or '.join(PRECISIONS)} alone.")
    painter = load_paper_painter(path, torch.device("cpu"))
    header = checkpoint.read_header(path)
    person = person_fields(path, header)
    framing = Framing(**header["body"]["framing"])
    poses = moving(Body(np.array(header["body"]["bone_lengths"], np.float32), framing))
    network = to_onnx(painter, poses[0])
    found = parity(network, painter, poses)
    files, networks = dict[str, bytes](), dict[str, str]()
    for precision in PRECISIONS:
        if precision in precisions:
            networks[precision] = f"painter.{precision}.onnx"
            files[networks[precision]] = network if precision == "fp32" else in_half(network)
    if "fp16" in networks:
        found["fp16_ssim_loss"] = ssim_loss(files[networks["fp16"]], painter, poses)
    manifest = {
        **person,
        "networks": networks,
        "states": state_shapes(FedBack(painter.start())),
        "parity": found,
        "size": painter.size,
    }
    return bundle.write(folder, manifest, files)
