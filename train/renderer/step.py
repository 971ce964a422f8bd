"""What a stage renderer descends: likeness to the video, then a critic's wish as well.

Each step gives named losses; `total` is the one to descend, for painter and critic at once.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from models.nets.picture.pose_fields import CELL, draw
from models.nets.picture.renderer import Painted
from models.nets.picture.renderer_critic import AdversarialPainter
from train.person import mask
from train.renderer import losses
from train.renderer.config import TargetTraining
from train.renderer.coverage import Coverage
from train.renderer.sampler import Samples


def picture_losses(
    painted: Painted,
    samples: Samples,
    settings: TargetTraining,
    coverage: Coverage | None,
    step: int,
    guided: bool,
) -> dict[str, Tensor]:
    """How far what was painted (B) is from the pictures; `guided`: the mask is given as well."""
    count = len(samples.picture)
    joints_px, plate = samples.joints_px[:count], samples.plate[:count]
    person, bare = mask.where_person(samples.picture, plate)
    if coverage is not None:  # a shirt of the wall's colour is no wall
        height, width = (n // CELL for n in person.shape[-2:])
        for_sure = coverage.sure(joints_px, settings.spec.size, height, width)
        inside, outside = (F.interpolate(m, scale_factor=CELL, mode="nearest") for m in for_sure)
        person, bare = torch.maximum(person, inside), bare * outside
    weight = losses.importance(
        person,
        joints_px,
        settings.spec.size / 256,
        settings.person_weight,
        settings.face_weight,
        settings.hand_weight,
        settings.foot_weight,
    )
    # One channel a step: three cost three times as much; green is most of what is seen.
    channel = (1, 0, 1, 2)[step % 4]
    one = slice(channel, channel + 1)
    named = {
        "l1": losses.weighted_l1(painted.rgb, samples.picture, weight),
        "gradient": losses.gradient_l1(painted.rgb, samples.picture, weight),
        "ssim": losses.ssim_loss(painted.rgb[:, one], samples.picture[:, one], weight),
        "mask": losses.mask_loss(painted.mask_logits, person, bare),
    }
    named["total"] = (
        named["l1"]
        + settings.gradient_loss * named["gradient"]
        + settings.ssim_loss * named["ssim"]
        + (settings.mask_loss if guided else 0.0) * named["mask"]
    )
    return named


def _painted(
    pair: AdversarialPainter, samples: Samples, settings: TargetTraining
) -> tuple[Painted, Painted]:
    """The windows of the video, and the danced poses."""
    device = samples.plate.device.type
    with torch.autocast(device, torch.bfloat16, enabled=bool(settings.bfloat16)):
        painted = pair.painter.paint(samples.joints_px, samples.plate)
    count = len(samples.picture)
    return Painted(*(t[:count] for t in painted)), Painted(*(t[count:] for t in painted))


def _cover(
    named: dict[str, Tensor],
    danced: Painted,
    samples: Samples,
    settings: TargetTraining,
    coverage: Coverage | None,
) -> None:
    """Add the mask of the danced poses, where the pose alone tells it."""
    if coverage is None or not len(danced.rgb):
        return
    logits = F.avg_pool2d(danced.mask_logits, CELL)
    poses = samples.joints_px[len(samples.picture) :]
    person, bare = coverage.sure(poses, settings.spec.size, *logits.shape[-2:])
    named["cover"] = losses.mask_loss(logits, person, bare)
    named["total"] = named["total"] + settings.coverage_loss * named["cover"]


def plain_step(
    pair: AdversarialPainter,
    samples: Samples,
    settings: TargetTraining,
    coverage: Coverage | None,
    step: int,
    progress: float,
) -> dict[str, Tensor]:
    """Likeness alone; `progress` 0..1 says how far the training is."""
    painted, danced = _painted(pair, samples, settings)
    named = picture_losses(
        painted, samples, settings, coverage, step, progress < settings.mask_until
    )
    _cover(named, danced, samples, settings, coverage)
    return named


def critic_step(
    pair: AdversarialPainter,
    samples: Samples,
    settings: TargetTraining,
    coverage: Coverage | None,
    step: int,
    use_adversarial: bool,
) -> dict[str, Tensor]:
    """Likeness, and the wish of a critic of patches: averaging losses leave all out of focus.

    The wish is scaled so that it pulls at the last convolution `critic_pull` times as hard as the
    picture losses do, whatever either is worth by itself; not at all unless `use_adversarial`.
    """
    painter, critic = pair.painter, pair.critic
    count = len(samples.picture)
    painted, danced = _painted(pair, samples, settings)
    height, width = (n // CELL for n in samples.picture.shape[-2:])
    device = painted.rgb.device.type
    with torch.autocast(device, torch.bfloat16, enabled=bool(settings.bfloat16)):
        with torch.no_grad():
            drawn = draw(samples.joints_px[:count], height, width, painter.spec.size)
            person, _ = mask.where_person(samples.picture, samples.plate[:count])
            share = F.max_pool2d(F.avg_pool2d(person, CELL), 3, 1, 1)
            share = share / (share.mean() + 1e-6)  # the background is the same in both
        real_score, real_features = critic(samples.picture, drawn)
        false_score, _ = critic(painted.rgb.detach(), drawn)
        critic.requires_grad_(False)  # the painter must please the critic, not change it
        score, features = critic(painted.rgb, drawn)
        critic.requires_grad_(True)
    # The mask stays guided, so that the critic's wish paints nothing on the background.
    named = picture_losses(painted, samples, settings, coverage, step, True)
    _cover(named, danced, samples, settings, coverage)
    hinge = F.relu(1 - real_score.float()) + F.relu(1 + false_score.float())
    named["discriminator"] = (hinge * share).mean()
    named["adversarial"] = -(score.float() * share).mean()
    named["feature_matching"] = torch.stack(
        [
            (a.float() - b.detach().float()).abs().mean() / (b.detach().float().abs().mean() + 1e-6)
            for a, b in zip(features, real_features, strict=True)
        ]
    ).mean()
    wish = named["adversarial"] + settings.feature_weight * named["feature_matching"]
    if use_adversarial:
        last = painter.head.weight
        (by_picture,) = torch.autograd.grad(named["total"], last, retain_graph=True)
        (by_wish,) = torch.autograd.grad(wish, last, retain_graph=True)
        pull = settings.critic_pull * by_picture.norm() / (by_wish.norm() + 1e-6)
        named["total"] = named["total"] + pull.detach() * wish
    named["total"] = named["total"] + named["discriminator"]
    return named


class Stepper:
    """One step after the other: likeness alone, from `critic_from` on with the critic."""

    def __init__(
        self,
        pair: AdversarialPainter,
        optimizer: torch.optim.Optimizer,
        settings: TargetTraining,
        coverage: Coverage | None,
    ) -> None:
        self.pair, self.optimizer = pair, optimizer
        self.settings, self.coverage = settings, coverage

    def step(self, samples: Samples, step: int, total: int) -> dict[str, Tensor]:
        """The named losses of one batch, after one step down."""
        settings, progress = self.settings, step / total
        has_critic = progress >= settings.critic_from
        if has_critic:
            use_adversarial = step >= settings.critic_from * total + settings.critic_alone
            named = critic_step(self.pair, samples, settings, self.coverage, step, use_adversarial)
        else:
            named = plain_step(self.pair, samples, settings, self.coverage, step, progress)
        self.optimizer.zero_grad(set_to_none=True)
        named["total"].backward()
        limit = settings.critic_clip_norm if has_critic else settings.clip_norm
        torch.nn.utils.clip_grad_norm_(self.pair.parameters(), limit)
        self.optimizer.step()
        return named
