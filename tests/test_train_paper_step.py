"""One step of the paper's training: which part moves, by which losses, at which rate.

The step is the program's own, with plain descent, so that what it moves is what it was taught. The
equations are written here once more from the paper, and their gradients are looked for in it.
"""

import copy
import dataclasses

import pytest
import torch
import torch.nn.functional as F
from seeds import rng_of, seed_of
from superposed import FLOATS, shares_of

from models.nets.dance.critics import windows
from models.nets.measure.stgcn import ActionNetwork
from train.dancer import paper, paper_losses
from train.dancer.config import DANCE_PRESETS, LossWeights, PaperTraining
from train.dancer.paper import Learners, TrueFeatures, train_step
from train.dancer.paper_data import PaperSegments
from train.run.compute import Trial
from train.synthetic.choreography import make_songs

TINY = DANCE_PRESETS["paper-tiny"]
assert isinstance(TINY, PaperTraining)
# Every number another one, so that none can stand for another.
SETTINGS = dataclasses.replace(
    TINY,
    batch=3,
    weights=LossWeights(l1=50.0, features=3.0, perceptual=0.7, gradient_penalty=5.0),
    generator_rate=0.01,
    local_rate=0.03,
    whole_rate=0.02,
    penalty_every=3,
    mismatched=True,
)
BEFORE = 1e4  # gradients that a step before has left
RATES = {"generator": 0.01, "local": 0.03, "whole": 0.02}
OF_DANCE = ("l1", "local", "whole", "features", "perceptual")
OF_WHOLE = {"real": 1 / 2, "false": 1 / 4, "other music": 1 / 4, "penalty": 5.0 * 3}


class Step:
    """One step of everybody, and all that went into it."""

    def __init__(self, settings: PaperTraining, number: int) -> None:
        torch.set_num_threads(1)
        songs = [
            dataclasses.replace(song, split="train")
            for song in make_songs(2, 12.0, seed=seed_of(5))
        ]
        torch.manual_seed(seed_of(1))
        self.actions = ActionNetwork(4).eval().requires_grad_(False)
        self.learners = Learners(settings)
        for part in self.learners.modules():
            if isinstance(part, torch.nn.Dropout | torch.nn.Dropout2d):
                part.p = 0.0  # else every look at a dance is another one
        # Untrained, it hardly minds what it sees and hears: no slope, no law.
        with torch.no_grad():
            self.learners.whole.verdict.weight *= 30
            self.learners.whole.music.head.weight *= 20
        self.before = copy.deepcopy(self.learners)
        self.before.train()
        segments = PaperSegments(songs, settings.spec.horizons, settings.snapped)
        self.batch = segments.batch(rng_of(2), settings.batch)
        self.audio = torch.from_numpy(self.batch.audio)
        self.truth = torch.from_numpy(self.batch.poses)
        self.run = Trial(seed_of(3))
        self.run.step = number
        self.between: list[torch.Tensor] = []
        self._take(settings)

    def _take(self, settings: PaperTraining) -> None:
        self.state = self.learners.generator.start(settings.batch)
        self.state = type(self.state)(*(part + 0.1 for part in self.state))
        kept = []

        def keep(_, given, answer):
            answer.poses.retain_grad()
            kept.append((given, answer))

        hook = self.learners.generator.register_forward_hook(keep)
        seen = TrueFeatures(self.actions, settings)
        self.learners.eval()  # as whoever looked on may have left them
        self.optimizer = torch.optim.SGD(self.learners.groups(settings))
        for weight in self.learners.parameters():
            weight.grad = torch.full_like(weight, BEFORE)
        self.named, self.after = train_step(
            self.learners, self.optimizer, seen, self.batch, settings, self.run, self.state
        )
        hook.remove()
        assert len(kept) == 1, "all learn from one dance"
        (self.heard, self.noise, _, self.begun), self.danced = kept[0]
        self.poses = self.danced.poses.detach()
        self.slope = self.danced.poses.grad

    def moved(self, part: str) -> dict[str, torch.Tensor]:
        """How far the step moved each parameter."""
        old = dict(getattr(self.before, part).named_parameters())
        new = getattr(self.learners, part).named_parameters()
        return {name: (weight - old[name]).detach() for name, weight in new}


@pytest.fixture(scope="module")
def due() -> Step:
    """A step in which the penalty is due."""
    with pytest.MonkeyPatch.context() as patch:
        shares, penalty = [], paper_losses.gradient_penalty

        def noted(critic, real, fake, audio, share):
            shares.append(share.clone())
            return penalty(critic, real, fake, audio, share)

        patch.setattr(paper_losses, "gradient_penalty", noted)
        step = Step(SETTINGS, number=6)
    step.between = shares
    return step


@pytest.fixture(scope="module")
def not_due() -> Step:
    """A step without the penalty and without music of others."""
    return Step(dataclasses.replace(SETTINGS, mismatched=False), number=7)


def _of_dance(step: Step) -> dict[str, torch.Tensor]:
    """Each loss of the dance as the paper has it, of poses (B, 50, H, J, 2) that want a gradient.

    Equations 6 to 9: L1 of labels in -1..1, "real" to either critic, what the critic's and the
    action network's layers see.
    """
    poses = step.poses.clone().requires_grad_(True)
    first, true = poses[:, :, 0], step.truth[:, :, 0]
    reach, critics = SETTINGS.spec.reach, step.before
    of_windows = critics.local.window(windows(first).flatten(0, 1))
    of_whole = critics.whole(first, step.audio)
    encoder = critics.whole.pose
    matched = zip(encoder.features(first), encoder.features(true), strict=True)
    seen = zip(step.actions.features(first), step.actions.features(true), strict=True)
    values = {
        "l1": 50.0 * ((poses - step.truth) / reach).abs().mean(),
        "local": F.binary_cross_entropy_with_logits(of_windows, torch.ones_like(of_windows)),
        "whole": F.binary_cross_entropy_with_logits(of_whole, torch.ones_like(of_whole)),
        "features": 3.0 * sum((a - b).abs().mean() for a, b in matched),
        "perceptual": 0.7 * sum(
            weight * (a - b).abs().mean()
            for weight, (a, b) in zip((20, 5, *[1] * 8), seen, strict=True)
        ),
    }  # fmt: skip
    step.values = {name: value.item() for name, value in values.items()}
    return {
        name: torch.autograd.grad(value, poses, retain_graph=True)[0]
        for name, value in values.items()
    }


@pytest.fixture(scope="module")
def in_the_dance(due) -> tuple[dict[str, float], float]:
    return shares_of(due.slope, _of_dance(due))


@pytest.mark.parametrize("loss", OF_DANCE)
def test_each_loss_pulls_the_dance_with_its_own_weight(loss, in_the_dance, due):
    assert in_the_dance[0][loss] == pytest.approx(1, abs=FLOATS)
    assert due.named[loss].item() == pytest.approx(due.values[loss], rel=1e-4)


def test_nothing_else_pulls_the_dance(in_the_dance, due):
    """Not what teaches the critics either."""
    assert in_the_dance[1] < FLOATS
    critics = {"local_critic", "whole_critic", "penalty"}
    assert set(due.named) == {*OF_DANCE, *critics}
    assert not any(loss.requires_grad for loss in due.named.values())


def test_what_pulls_the_dance_moves_the_whole_generator(due):
    """By the chain rule, down the slope: each parameter by its part in the dance."""
    twin = due.before.generator
    poses, _ = twin(due.audio, due.noise, None, due.begun)
    torch.testing.assert_close(poses.detach(), due.poses)
    for name, layer in twin.named_children():
        if not (weights := list(layer.parameters())):
            continue
        slopes = torch.autograd.grad(poses, weights, due.slope, retain_graph=True)
        found = getattr(due.learners.generator, name).parameters()
        wanted = torch.cat([slope.flatten() for slope in slopes])
        share, left = shares_of(torch.cat([p.grad.flatten() for p in found]), {"slope": wanted})
        assert share["slope"] == pytest.approx(1, abs=0.01) and left < 0.01, name


@pytest.mark.parametrize("part", RATES)
def test_each_part_moves_at_its_own_rate(part, due):
    """All of it: every parameter of each part has a gradient, and no part has that of another."""
    moved = due.moved(part)
    for name, weight in getattr(due.learners, part).named_parameters():
        assert weight.grad is not None and weight.requires_grad, name
    slopes = {n: w.grad for n, w in getattr(due.learners, part).named_parameters()}
    most = max(slopes, key=lambda name: slopes[name].abs().max())
    share, left = shares_of(moved[most], {"slope": slopes[most]})
    assert share["slope"] == pytest.approx(-RATES[part], rel=0.01)
    assert left < 0.01
    of_part = [g for g in due.optimizer.param_groups if g["lr"] == RATES[part]]
    assert [id(p) for p in of_part[0]["params"]] == [
        id(p) for p in getattr(due.learners, part).parameters()
    ]


def test_the_local_critic_learns_true_windows_from_danced_ones(due):
    """Half a loss each, and nothing of what the dancer wants of it."""
    critic = due.before.local
    names, weights = zip(*critic.named_parameters(), strict=True)
    true, false = (
        critic.window(windows(poses[:, :, 0]).flatten(0, 1)) for poses in (due.truth, due.poses)
    )
    values = {
        "true": F.binary_cross_entropy_with_logits(true, torch.ones_like(true)),
        "danced": F.binary_cross_entropy_with_logits(false, torch.zeros_like(false)),
    }
    assert due.named["local_critic"].item() == pytest.approx(
        sum(v.item() for v in values.values()) / 2, rel=1e-4
    )
    slopes = {
        name: torch.cat([s.flatten() for s in torch.autograd.grad(v, weights, retain_graph=True)])
        for name, v in values.items()
    }
    found = torch.cat([due.learners.local.get_parameter(name).grad.flatten() for name in names])
    shares, left = shares_of(found, slopes)
    assert shares == pytest.approx({"true": 0.5, "danced": 0.5}, abs=FLOATS) and left < FLOATS


def _penalty(critic, real, danced, music, share) -> torch.Tensor:
    """Equation 4: how far the slope by poses and music is from 1 between real and danced."""
    at = share.view(-1, 1, 1, 1)
    mixed = (at * real + (1 - at) * danced).requires_grad_(True)
    heard = music.clone().requires_grad_(True)
    probability = torch.sigmoid(critic(mixed, heard))
    slopes = torch.autograd.grad(probability.sum(), (mixed, heard), create_graph=True)
    length = sum(slope.flatten(1).square().sum(1) for slope in slopes).sqrt()
    assert (slopes[1].flatten(1).norm(dim=1) / length).min() > 1e-4, "the music counts as well"
    return (length - 1).square().mean()


def _of_whole(step: Step, share: torch.Tensor | None) -> dict[str, dict[str, torch.Tensor]]:
    """The slopes of what the global critic learns from, by part and parameter; equations 3 and 4.

    Real dance and its music is true; a danced one, and a real one to other music, are false. With
    `share` the penalty as well.
    """
    critic = step.before.whole
    names, weights = zip(*critic.named_parameters(), strict=True)
    real, danced, music = step.truth[:, :, 0], step.poses[:, :, 0], step.audio
    others = music[[-1, *range(len(music) - 1)]]
    verdicts = {
        "real": critic(real, music), "false": critic(danced, music),
        "other music": critic.score(real, critic.hear(music)[[-1, *range(len(music) - 1)]]),
    }  # fmt: skip
    assert not torch.equal(others, music)
    values = {
        name: F.binary_cross_entropy_with_logits(v, torch.full_like(v, float(name == "real")))
        for name, v in verdicts.items()
    }
    if share is not None:
        values["penalty"] = _penalty(critic, real, danced, music, share)
    step.values_of_whole = {name: value.item() for name, value in values.items()}
    found = {}
    for name, value in values.items():
        of_all = torch.autograd.grad(value, weights, retain_graph=True, allow_unused=True)
        found[name] = {
            n: torch.zeros_like(w) if slope is None else slope
            for n, w, slope in zip(names, weights, of_all, strict=True)
        }
    return found


@pytest.fixture(scope="module")
def of_whole(due) -> dict[str, dict[str, torch.Tensor]]:
    assert len(due.between) == 1 and due.between[0].shape == (3,)
    assert ((due.between[0] > 0) & (due.between[0] < 1)).all()
    assert len(set(due.between[0].tolist())) == 3, "drawn for each row"
    return _of_whole(due, due.between[0])


def _shares_in(
    step: Step, parts: dict[str, dict[str, torch.Tensor]], branch: str
) -> tuple[dict[str, float], float]:
    grads = {n: w.grad for n, w in step.learners.whole.named_parameters() if n.startswith(branch)}
    found = torch.cat([slope.flatten() for slope in grads.values()])
    columns = {
        name: torch.cat([slopes[n].flatten() for n in grads]) for name, slopes in parts.items()
    }
    return shares_of(found, columns)


@pytest.mark.parametrize("part", OF_WHOLE)
def test_the_global_critic_learns_each_of_its_losses(part, due, of_whole):
    shares, left = _shares_in(due, of_whole, "")
    assert shares[part] == pytest.approx(OF_WHOLE[part], rel=0.01) and left < 0.01


@pytest.mark.parametrize("branch", ["pose.", "music.", "attention.", "meet."])
def test_the_penalty_is_descended_by_every_branch_as_often_as_it_is_left_out(branch, due, of_whole):
    """Equation 4: the slope by poses and music; at every third step, three times."""
    shares, left = _shares_in(due, of_whole, branch)
    assert shares["penalty"] == pytest.approx(OF_WHOLE["penalty"], rel=0.02) and left < 0.02
    value = due.values_of_whole["penalty"]
    assert due.named["penalty"].item() == pytest.approx(15 * value, rel=1e-3)


def test_what_is_told_of_the_global_critic_is_what_it_learns(due, of_whole):
    told = sum(share * due.values_of_whole[n] for n, share in OF_WHOLE.items() if n != "penalty")
    assert due.named["whole_critic"].item() == pytest.approx(told, rel=1e-4)


def test_no_penalty_where_none_is_due_and_no_other_music_where_none_is_asked_for(not_due):
    assert "penalty" not in not_due.named
    shares, left = _shares_in(not_due, _of_whole(not_due, None), "")
    assert shares["other music"] == pytest.approx(0, abs=0.01)
    assert shares["real"] == pytest.approx(0.5, abs=0.01)
    assert shares["false"] == pytest.approx(0.5, abs=0.01) and left < 0.01


def test_the_dance_is_given_the_sound_the_chance_and_the_state(due):
    assert torch.equal(due.heard, due.audio)
    assert due.noise.shape == (3, 50, SETTINGS.spec.noise_width)
    assert due.noise.std().item() == pytest.approx(SETTINGS.spec.noise_scale, rel=0.1)
    assert due.noise.mean().item() == pytest.approx(0, abs=0.05)
    assert due.begun is due.state
    for given, made in zip(due.after, due.danced.state, strict=True):
        assert torch.equal(given, made) and not given.requires_grad


def test_a_step_forgets_the_gradients_of_the_one_before(not_due):
    """All of them were set to a number that no slope of this step comes near."""
    for name, weight in not_due.learners.named_parameters():
        assert weight.grad.abs().max() < BEFORE / 10, name


def test_a_training_moves_each_part_at_the_rate_of_its_settings(tmp_path):
    """The first step of Adam is as long as its rate, whatever the slope."""
    from models.nets import checkpoint

    songs = [dataclasses.replace(s, split="train") for s in make_songs(1, 12.0, seed=seed_of(5))]
    settings = dataclasses.replace(
        SETTINGS, iterations=1, batch=2, carried=0.0, select_every=0,
        weights=dataclasses.replace(SETTINGS.weights, perceptual=0.0),
        generator_rate=3e-4, local_rate=2e-4, whole_rate=5e-4,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper, "SETTLE_BATCHES", 1)
        path = paper.train(songs, "try", tmp_path, settings, None, seed_of(4))
    torch.manual_seed(seed_of(4))
    begun = dict(Learners(settings).named_parameters())
    tensors = checkpoint.part_of(checkpoint.load(path)[0], "model")
    for part, rate in {"generator": 3e-4, "local": 2e-4, "whole": 5e-4}.items():
        moved = max(
            (tensors[name] - weight).abs().max().item()
            for name, weight in begun.items()
            if name.startswith(part)
        )
        assert moved == pytest.approx(rate, rel=0.02), part
