"""One step of the paper's painter of a person: two frames, painter and discriminators at once.

Losses of painter and discriminators use the same pictures and are descended together, each taken as
it was before the step: the same as the authors' two optimizers in turn.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.nets.picture.paper_painter import FACE, LOCAL, WHOLE, PaperPainter
from models.nets.picture.pix2pix import MultiscaleDiscriminator
from models.nets.picture.pose_picture import N_LIMBS, cut
from models.nets.picture.vgg import Vgg19
from train.renderer.config import PaperTargetTraining
from train.renderer.paper import losses
from train.renderer.paper.pairs import Pair


class Stage(NamedTuple):
    """One stage of a training, in shares of all steps."""

    name: str
    begin: float
    end: float

    def progress(self, share: float) -> float:
        """How far it is, 0..1."""
        return (share - self.begin) / (self.end - self.begin)


def stages(settings: PaperTargetTraining) -> list[Stage]:
    """Those that these sizes have, in order."""
    face = settings.face_share if settings.spec.face else 0.0
    local = settings.local_share if settings.spec.local_blocks else 0.0
    ends = {WHOLE: 1 - local - face, LOCAL: 1 - face, FACE: 1.0}
    found: list[Stage] = []
    for name, end in ends.items():
        begin = found[-1].end if found else 0.0
        if end > begin:
            found.append(Stage(name, begin, end))
    return found


def stage_at(settings: PaperTargetTraining, share: float) -> Stage:
    """The stage after this share of all steps."""
    return next(s for s in reversed(stages(settings)) if share >= s.begin)


class PaperLearners(nn.Module):
    """The painter and its discriminators, as one module for one run.

    A discriminator of pictures sees two drawn poses and the two frames that show them.
    """

    def __init__(self, settings: PaperTargetTraining) -> None:
        super().__init__()
        spec = settings.spec
        self.painter = PaperPainter(spec)
        n_in, width, layers = 2 * (N_LIMBS + 3), spec.critic_width, spec.critic_layers
        self.discriminator = MultiscaleDiscriminator(n_in, width, layers, spec.critic_scales)
        self.local_discriminator = (
            MultiscaleDiscriminator(n_in, width, layers, spec.critic_scales + 1)
            if spec.local_blocks
            else None
        )
        self.face_discriminator = (
            MultiscaleDiscriminator(N_LIMBS + 3, width, layers, 1) if spec.face else None
        )


def _discriminated(
    discriminator: MultiscaleDiscriminator, drawn: Tensor, truth: Tensor, ours: Tensor
) -> tuple[losses.Features, losses.Features, losses.Features]:
    """Outputs for truth and ours, to teach it; and for ours once more, to teach the painter."""
    real = discriminator(torch.cat([drawn, truth], 1))
    false = discriminator(torch.cat([drawn, ours.detach()], 1))
    discriminator.requires_grad_(False)  # the painter must please the discriminator, not change it
    seen = discriminator(torch.cat([drawn, ours], 1))
    discriminator.requires_grad_(True)
    return real, false, seen


def _one_row(pair: Tensor) -> Tensor:
    """(2, C, H, W) -> (1, 2 C, H, W): what belongs together is discriminated together."""
    return pair.flatten(0, 1)[None]


def picture_step(
    learners: PaperLearners,
    pair: Pair,
    settings: PaperTargetTraining,
    vgg: Vgg19 | None,
    stage: Stage,
    progress: float,
) -> dict[str, Tensor]:
    """Named losses of a stage that paints whole pictures; `progress` is the stage's, 0..1."""
    painter, joints, truth = learners.painter, pair.joints, pair.pictures
    is_local = stage.name == LOCAL
    discriminator = learners.local_discriminator if is_local else learners.discriminator
    if discriminator is None:
        raise ValueError("These sizes have no local enhancer.")
    if not is_local and truth.shape[-1] != painter.spec.coarse_size:
        truth = F.avg_pool2d(truth, 2)
    before = torch.zeros_like(truth[:1])
    shown: list[Tensor] = []
    for at in range(2):
        one = joints[at : at + 1]
        if is_local:
            before = painter.paint(one, before, progress < settings.fixed_coarse)
        else:
            before = painter.paint_coarse(one, before)
        shown.append(before)
    ours = torch.cat(shown)
    drawn = painter.draw(joints, truth.shape[-1])
    real, false, seen = _discriminated(
        discriminator, _one_row(drawn), _one_row(truth), _one_row(ours)
    )
    named = {
        "discriminator": losses.discriminator_loss(real, false),
        "generator_loss": losses.generator_loss(seen),
        "features": settings.feature_matching * losses.feature_matching(real, seen),
    }
    if vgg is not None:
        # The sum of both frames, halved in the stage of the global generator.
        weight = settings.perceptual * (2.0 if is_local else 1.0)
        named["perceptual"] = weight * losses.perceptual(vgg, ours, truth)
    return named


def face_step(
    learners: PaperLearners, pair: Pair, settings: PaperTargetTraining, vgg: Vgg19 | None
) -> dict[str, Tensor]:
    """Named losses of the face stage: whole pictures as they are, their faces corrected."""
    painter, discriminator = learners.painter, learners.face_discriminator
    if discriminator is None:
        raise ValueError("These sizes have no face network.")
    with torch.no_grad():
        before = torch.zeros_like(pair.pictures[:1])
        shown: list[Tensor] = []
        for at in range(2):
            before = painter.paint(pair.joints[at : at + 1], before)
            shown.append(before)
    picture = torch.cat(shown)
    change, corners, drawn = painter.face_change(pair.joints, picture)
    side = change.shape[-1]
    truth = cut(pair.pictures, corners, side)
    ours = cut(picture, corners, side) + change
    real, false, seen = _discriminated(discriminator, drawn, truth, ours)
    named = {
        "face_discriminator": losses.discriminator_loss(real, false),
        "face_generator_loss": losses.generator_loss(seen),
    }
    if vgg is not None:
        named["face_perceptual"] = settings.perceptual * losses.perceptual(vgg, ours, truth)
    else:  # the authors have the perceptual loss alone; something must say whose face it is
        matched = losses.feature_matching(real, seen)
        named["face_features"] = settings.feature_matching * matched
    return named


def step(
    learners: PaperLearners,
    optimizer: torch.optim.Optimizer,
    pair: Pair,
    settings: PaperTargetTraining,
    vgg: Vgg19 | None,
    share: float,
) -> dict[str, Tensor]:
    """The named losses, after one step of everybody whose stage it is; `share` of all steps."""
    stage = stage_at(settings, share)
    device = pair.pictures.device.type
    is_half = settings.bfloat16 and device == "cuda"
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(device, torch.bfloat16, enabled=is_half):
        if stage.name == FACE:
            named = face_step(learners, pair, settings, vgg)
        else:
            named = picture_step(learners, pair, settings, vgg, stage, stage.progress(share))
    torch.stack(list(named.values())).sum().backward()
    optimizer.step()
    return named


def rate(settings: PaperTargetTraining, share: float) -> float:
    """Share of the full learning rate: in every stage constant, then down to zero in a line."""
    done = stage_at(settings, share).progress(share)
    return min(1.0, (1 - done) / (1 - settings.decay_from))
