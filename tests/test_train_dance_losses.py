"""Losses of the paper's dance: their values, their slopes, and joints that count nowhere."""

import math

import pytest
import torch
from seeds import seed_of
from torch import Tensor

from models import skeleton, spec
from models.nets.dance.critics import GlobalContentDiscriminator, LocalTemporalDiscriminator
from models.nets.dance.hcn import PieceEncoder
from models.nets.measure.stgcn import ActionNetwork
from train.dancer import paper_losses

B, T = 2, spec.SEGMENT_CHUNKS


@pytest.fixture(scope="module")
def pair() -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed_of(3))
    truth = torch.from_numpy(skeleton.STANDING) + 0.1 * torch.randn(
        B, T, spec.N_JOINTS, 2, generator=generator
    )
    return truth + 0.05 * torch.randn(truth.shape, generator=generator), truth


@pytest.fixture(scope="module")
def watcher() -> ActionNetwork:
    torch.manual_seed(seed_of(0))
    return ActionNetwork(4).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def content() -> GlobalContentDiscriminator:
    torch.manual_seed(seed_of(0))
    return GlobalContentDiscriminator().eval()


def test_adversarial_losses_at_undecided_and_sure_verdicts():
    undecided, sure = torch.zeros(3, 16), torch.full((3, 16), 12.0)
    assert paper_losses.generator_loss(undecided).item() == pytest.approx(math.log(2))
    assert paper_losses.discriminator_loss(undecided, undecided).item() == pytest.approx(
        math.log(2)
    )
    assert paper_losses.discriminator_loss(sure, -sure).item() < 1e-4
    assert paper_losses.discriminator_loss(sure, sure).item() == pytest.approx(6.0, rel=1e-3)
    # A critic that is fooled gives no slope, one that is not gives all of it: non-saturating.
    verdict = torch.tensor([-12.0], requires_grad=True)
    paper_losses.generator_loss(verdict).backward()
    assert verdict.grad is not None and verdict.grad.item() == pytest.approx(-1.0, abs=1e-4)


def test_mismatched_music_shares_the_half_of_the_false():
    real, fake, wrong = torch.tensor([2.0]), torch.tensor([-1.0]), torch.tensor([3.0])

    def soft(x: float) -> float:
        return math.log1p(math.exp(x))

    expected = 0.5 * (soft(-2) + 0.5 * (soft(-1) + soft(3)))
    assert paper_losses.discriminator_loss(real, fake, wrong).item() == pytest.approx(expected)


def test_l1_is_the_mean_over_coordinates_and_weighs_by_confidence(pair):
    ours, truth = pair
    assert paper_losses.l1(ours, truth).item() == pytest.approx((ours - truth).abs().mean().item())
    confidence = torch.zeros(B, T, spec.N_JOINTS)
    confidence[0, 5, 4], confidence[1, 7, 2] = 1.0, 0.5
    expected = (ours[0, 5, 4] - truth[0, 5, 4]).abs().mean()
    expected = (expected + 0.5 * (ours[1, 7, 2] - truth[1, 7, 2]).abs().mean()) / 1.5
    assert paper_losses.l1(ours, truth, confidence).item() == pytest.approx(expected.item())


def test_the_gradient_penalty_of_a_known_slope():
    """A critic whose verdict is linear in poses and sound: slope of the probability p (1 - p) |w|.

    |w| is that of poses and sound together.
    """
    weights = torch.randn(spec.N_JOINTS * 2 * T, dtype=torch.float64).requires_grad_(True)
    heard = torch.randn(40, dtype=torch.float64).requires_grad_(True)
    real = torch.randn(3, T, spec.N_JOINTS, 2, dtype=torch.float64) * 0.01
    audio = torch.randn(3, 4, 10, dtype=torch.float64) * 0.01
    fake, share = real + 0.01, torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)

    def penalty(of_poses: Tensor, of_sound: Tensor) -> Tensor:
        def critic(poses: Tensor, sound: Tensor) -> Tensor:
            return poses.flatten(1) @ of_poses + sound.flatten(1) @ of_sound

        return paper_losses.gradient_penalty(critic, real, fake, audio, share)

    mixed = share.view(-1, 1, 1, 1) * real + (1 - share.view(-1, 1, 1, 1)) * fake
    p = torch.sigmoid(mixed.flatten(1) @ weights + audio.flatten(1) @ heard)
    norm = (weights.square().sum() + heard.square().sum()).sqrt()
    torch.testing.assert_close(penalty(weights, heard), ((p * (1 - p) * norm - 1) ** 2).mean())
    slopes = torch.autograd.grad(penalty(weights, heard), (weights, heard))
    for number, slope in enumerate(slopes):
        steps = [torch.zeros_like(weights), torch.zeros_like(heard)]
        steps[number][5] = 1e-5
        above = penalty(weights + steps[0], heard + steps[1])
        below = penalty(weights - steps[0], heard - steps[1])
        assert slope[5].item() == pytest.approx((above - below).item() / 2e-5, rel=1e-5)


def test_feature_matching_is_nothing_for_equal_dances_and_sees_without_dropout(pair):
    ours, truth = pair
    torch.manual_seed(seed_of(0))
    encoder = PieceEncoder().train()
    assert paper_losses.feature_matching(encoder, truth, truth).item() == 0
    first = paper_losses.feature_matching(encoder, ours, truth)
    assert first.item() > 0 and encoder.training
    assert paper_losses.feature_matching(encoder, ours, truth).item() == first.item()
    half = paper_losses.feature_matching(encoder, truth + (ours - truth) / 2, truth)
    assert half.item() < first.item()


def test_the_perceptual_loss_is_the_weighted_sum_over_ten_taps(pair, watcher):
    ours, truth = pair
    wanted = paper_losses.true_features(watcher, truth)
    assert paper_losses.perceptual(watcher, truth, wanted).item() == 0
    apart = [
        (a - b).abs().mean().item() for a, b in zip(watcher.features(ours), wanted, strict=True)
    ]
    expected = 20 * apart[0] + 5 * apart[1] + sum(apart[2:])
    assert paper_losses.perceptual(watcher, ours, wanted).item() == pytest.approx(expected)


def test_in_bfloat16_the_losses_are_nearly_the_same(pair, watcher, content):
    ours, truth = pair
    wanted = paper_losses.true_features(watcher, truth)
    full = paper_losses.perceptual(watcher, ours, wanted)
    matched = paper_losses.feature_matching(content.pose, ours, truth)
    with torch.autocast("cpu", torch.bfloat16):
        kept = [tap.bfloat16() for tap in paper_losses.true_features(watcher, truth)]
        assert paper_losses.perceptual(watcher, ours, kept).item() == pytest.approx(
            full.item(), rel=0.02
        )
        again = paper_losses.feature_matching(content.pose, ours, truth)
    assert again.item() == pytest.approx(matched.item(), rel=0.02)
    verdicts = torch.randn(400)
    assert paper_losses.generator_loss(verdicts.bfloat16()).item() == pytest.approx(
        paper_losses.generator_loss(verdicts).item(), rel=1e-3
    )


def test_the_perceptual_network_must_be_frozen(pair):
    ours, truth = pair
    network = ActionNetwork(2).eval()
    wanted = paper_losses.true_features(network, truth)
    with pytest.raises(ValueError, match="frozen"):
        paper_losses.perceptual(network, ours, wanted)
    network.requires_grad_(False).train()
    with pytest.raises(ValueError, match="eval"):
        paper_losses.perceptual(network, ours, wanted)


def _masked(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    """Ours to be learned, truth with rubbish where nothing was seen, and the confidence."""
    ours, truth = pair
    confidence = torch.ones(B, T, spec.N_JOINTS)
    confidence[0, 10:20, 4] = 0  # the wrist for a second
    confidence[1, :, 16] = 0  # an ear all the time
    confidence[:, 0, 9] = 0
    confidence[:, -1, 10] = 0
    return ours.clone().requires_grad_(True), truth.clone(), confidence


@pytest.mark.parametrize("loss", ["l1", "features", "perceptual", "local", "content"])
def test_joints_of_no_confidence_count_nowhere(loss, pair, watcher, content):
    torch.manual_seed(seed_of(0))
    local = LocalTemporalDiscriminator().eval()
    audio = 0.1 * torch.randn(B, T, spec.CHUNK_SAMPLES)

    def value(ours: Tensor, truth: Tensor, confidence: Tensor) -> Tensor:
        if loss == "l1":
            return paper_losses.l1(ours, truth, confidence)
        ours, truth = paper_losses.agreed(ours, truth, confidence)
        if loss == "features":
            return paper_losses.feature_matching(content.pose, ours, truth)
        if loss == "perceptual":
            return paper_losses.perceptual(
                watcher, ours, paper_losses.true_features(watcher, truth)
            )
        if loss == "local":
            return paper_losses.generator_loss(local(ours))
        return paper_losses.generator_loss(content(ours, audio))

    ours, truth, confidence = _masked(pair)
    found = value(ours, truth, confidence)
    (slope,) = torch.autograd.grad(found, ours)
    unseen = confidence == 0
    assert (slope[unseen] == 0).all()
    assert (slope[~unseen].abs().sum(-1) > 0).float().mean() > 0.99
    # Neither what we draw there nor what the data holds there has any influence.
    with torch.no_grad():
        truth[unseen] = math.nan
        ours[unseen] = 1e3
        assert value(ours, truth, confidence).item() == found.item()


def test_unseen_joints_are_drawn_between_their_neighbours_in_time():
    truth = torch.zeros(1, 6, spec.N_JOINTS, 2)
    truth[0, :, 4, 0] = torch.tensor([0.0, 1.0, math.nan, math.nan, 4.0, 9.0])
    confidence = torch.ones(1, 6, spec.N_JOINTS)
    confidence[0, 2:4, 4] = 0
    confidence[0, 5, 4] = 0
    confidence[0, :, 7] = 0
    whole = paper_losses.filled(truth, confidence)
    torch.testing.assert_close(whole[0, :, 4, 0], torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, 4.0]))
    torch.testing.assert_close(whole[0, 3, 7], torch.from_numpy(skeleton.STANDING[7]))


def test_a_joint_seen_once_stays_where_it_was_seen():
    """At either end or between: there is nothing to draw a line to."""
    for seen in (0, 2, 5):
        truth = torch.full((1, 6, spec.N_JOINTS, 2), math.nan)
        confidence = torch.zeros(1, 6, spec.N_JOINTS)
        truth[0, seen, 4], confidence[0, seen, 4] = 3.0, 0.2
        whole = paper_losses.filled(truth, confidence)
        assert (whole[0, :, 4] == 3).all(), seen
        standing = torch.from_numpy(skeleton.STANDING)
        torch.testing.assert_close(whole[0, :, 5], standing[5].expand(6, 2))


def test_without_confidence_nothing_is_touched(pair):
    ours, truth = paper_losses.agreed(*pair, None)
    assert ours is pair[0] and truth is pair[1]
