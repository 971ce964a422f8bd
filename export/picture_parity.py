"""Whether an exported renderer paints what the trained one paints, and fewer bits nearly that."""

import numpy as np
import torch

from export.parity import LEAST_SHOWN, PICTURE_TOLERANCE, Answers, ParityError, compare_weights
from export.watch import before_cut
from models.image_similarity import likeness
from models.nets.picture.renderer import PoseRenderer, levels
from models.runtime.engines import open_session
from models.runtime.painter import NetworkPainter
from models.spec import TARGET
from models.types import Array

MAX_GREY_LEVELS = 1  # fp32 against torch: rounding alone may differ
MAX_SSIM_LOSS = 0.01  # of fewer bits against fp32, inside the person's box
_SHOWN = (TARGET.image, TARGET.alpha, TARGET.shadow)


def by_colour(picture: Array) -> Array:
    """A picture (1, C, H, W) as `parity.Answers` takes it: each channel by itself."""
    return np.moveaxis(picture[0], 0, -1)[..., None]


def compare_renderer(network: bytes, renderer: PoseRenderer, poses: Array) -> dict[str, float]:
    """The weights, and colours, mask and shadow of the exported network against torch.

    Compared before they are cut to grey levels, and as grey levels. Raises ParityError when
    something is off by more than is allowed.
    """
    compare_weights("renderer", network, renderer.state_dict(), "renderer.")
    watched, raw = before_cut(network, _SHOWN)
    session, _ = open_session(watched)
    answers = Answers("renderer", PICTURE_TOLERANCE, LEAST_SHOWN)
    plate = renderer.plate.permute(1, 2, 0).numpy()
    worst = 0
    for pose in poses[:, None]:
        with torch.no_grad():
            painted, corner = renderer(torch.from_numpy(pose))
        truth = (painted.rgb, painted.mask, painted.shadow)
        found = session.run([*raw, *_SHOWN, TARGET.corner, TARGET.plate], {TARGET.joints: pose})
        if np.any(found[-2] != corner.numpy()) or np.any(found[-1] != plate):
            raise ParityError(
                "The exported renderer has another place or another plate: nothing was written."
            )
        for name, whole, uncut, grey in zip(_SHOWN, truth, found[:3], found[3:6], strict=True):
            exported = uncut.reshape(whole.shape)
            answers.add(**{name: (by_colour(whole.numpy()), by_colour(exported))})
            wanted = by_colour(levels(whole).numpy()).reshape(grey.shape)
            worst = max(worst, int(np.abs(grey.astype(int) - wanted).max()))
    if worst > MAX_GREY_LEVELS:
        raise ParityError(
            f"The exported renderer is {worst} grey levels off the trained one "
            f"(allowed: {MAX_GREY_LEVELS}): nothing was written."
        )
    return {"grey_levels": float(worst), **answers.judged()}


def refuse_loss(loss: float) -> float:
    """The loss of SSIM, rounded. Raises ParityError when it is more than MAX_SSIM_LOSS."""
    if not loss <= MAX_SSIM_LOSS:
        raise ParityError(
            f"The network in fewer bits loses {loss:.3f} of SSIM against the full one "
            f"(allowed: {MAX_SSIM_LOSS}): export with --precision fp32."
        )
    return round(loss, 5)


def _before_plate_and_alone(painter: NetworkPainter, pose: Array) -> list[Array]:
    """The whole picture, and the person alone on black: a wrong mask may hide before the plate."""
    picture = painter.paint(pose)
    alone = np.zeros_like(painter.plate)
    alone[picture.area] = picture.person(painter.plate).transpose(1, 2, 0)
    return [picture.whole(painter.plate), alone]


def ssim_loss(smaller: bytes, network: bytes, poses: Array) -> float:
    """How much likeness to the full network's pictures is lost, of whole pictures or of persons."""
    ours, full = NetworkPainter(smaller), NetworkPainter(network)
    similar = [
        [
            likeness(a, b, pose)[0]
            for a, b in zip(*(_before_plate_and_alone(p, pose) for p in (ours, full)), strict=True)
        ]
        for pose in poses
    ]
    return float((1 - np.mean(similar, 0)).max())
