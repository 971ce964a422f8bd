"""One step of sharpening: the stage dance's own losses, and what its judges add to them."""

import copy
import dataclasses

import pytest
import torch
import torch.nn.functional as F
from made_dances import save_dance
from seeds import rng_of, seed_of
from superposed import FLOATS, shares_of

from models import spec
from models.nets import checkpoint
from models.nets.dance.critics import windows
from models.nets.dance.load_dance import load_dance
from models.nets.measure.stgcn import ActionNetwork
from train.dancer import sharpen
from train.dancer.config import DANCE_PRESETS, DanceSharpening, DanceTraining
from train.dancer.sharpen import WithCritic, sharpened_step
from train.run.compute import Trial
from train.songs.segments import Segments
from train.synthetic.choreography import make_songs

SETTINGS = DanceSharpening(
    iterations=1, learning_rate=2e-4, critic_rate=3e-4, critic=0.3, perceptual=0.7, bfloat16=False,
    select_every=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def songs():
    torch.set_num_threads(1)
    return [
        dataclasses.replace(song, split="train") for song in make_songs(1, 12.0, seed=seed_of(8))
    ]


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "checkpoint.safetensors"
    return save_dance(path, seed=2, n_plans=12, width=24)


@pytest.fixture
def small_batches(monkeypatch):
    small = dataclasses.replace(DANCE_PRESETS["stage"], batch=2)
    monkeypatch.setitem(DANCE_PRESETS, "stage", small)


class Step:
    """One step, and all that went into it."""

    def __init__(self, start, songs, settings: DanceSharpening) -> None:
        network, _ = load_dance(start)
        training = DANCE_PRESETS["stage"]
        assert isinstance(training, DanceTraining)
        self.training = dataclasses.replace(training, spec=network.sizes)
        torch.manual_seed(seed_of(1))
        self.actions = ActionNetwork(3).eval().requires_grad_(False)
        self.pair = WithCritic(network)
        for part in self.pair.modules():
            if isinstance(part, torch.nn.Dropout | torch.nn.Dropout2d):
                part.p = 0.0
        self.before = copy.deepcopy(self.pair)
        self.before.train()
        self.segments = Segments(songs, network.sizes.mel, 0.2, network.sizes.styles)
        self.batch = self.segments.batch(rng_of(2), 4, spec.SEGMENT_CHUNKS)
        compute = sharpen.compute_losses

        def noted(network, batch, settings, rng, n_own):
            self.n_own = n_own
            result = compute(network, batch, settings, rng, n_own)
            result.drawn.retain_grad()
            weights = list(network.parameters())
            slopes = torch.autograd.grad(
                result.losses["total"], weights, retain_graph=True, allow_unused=True
            )
            self.alone = dict(zip(dict(network.named_parameters()), slopes, strict=True))
            self.drawn, self.wanted = result.drawn, result.wanted
            self.kept = result.losses
            return result

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sharpen, "compute_losses", noted)
            self.found = sharpened_step(
                self.pair, self.actions, self.batch, self.training, settings, Trial(seed_of(3))
            )


@pytest.fixture(scope="module")
def taken(start, songs) -> Step:
    return Step(start, songs, SETTINGS)


@pytest.fixture(scope="module")
def in_the_dance(taken) -> tuple[dict[str, float], float]:
    drawn = taken.drawn.detach().requires_grad_(True)
    verdicts = taken.before.critic.window(windows(drawn).flatten(0, 1))
    seen = zip(taken.actions.features(drawn), taken.actions.features(taken.wanted), strict=True)
    apart = [(a - b).abs().mean() for a, b in seen]
    taken.values = {
        "critic": F.softplus(-verdicts).mean(),
        "perceptual": 20 * apart[0] + 5 * apart[1] + sum(apart[2:]),
    }
    parts = {name: torch.autograd.grad(v, drawn)[0] for name, v in taken.values.items()}
    return shares_of(taken.drawn.grad, parts)


@pytest.mark.parametrize("judge", ["critic", "perceptual"])
def test_each_judge_pulls_the_dance_with_its_weight(judge, in_the_dance, taken):
    shares, left = in_the_dance
    assert shares[judge] == pytest.approx(getattr(SETTINGS, judge), rel=0.01) and left < 0.01
    told = taken.found["generator_loss" if judge == "critic" else judge]
    assert told.item() == pytest.approx(taken.values[judge].item(), rel=1e-3)


def test_the_dancers_own_losses_count_as_before(start, songs, taken):
    """With judges the slope is that of the stage's losses, and what the judges add."""
    alone = Step(start, songs, dataclasses.replace(SETTINGS, critic=0.0, perceptual=0.0))
    assert alone.drawn.grad is None and alone.n_own == taken.n_own == 2, "half of four"
    assert all(p.grad is None for p in alone.pair.critic.parameters())
    assert set(alone.found) == {"choice", "pose", "step"}
    for name, weight in alone.pair.generator.named_parameters():
        if weight.grad is None:
            assert alone.alone[name] is None
            continue
        torch.testing.assert_close(weight.grad, alone.alone[name])
        torch.testing.assert_close(weight.grad, taken.alone[name], rtol=1e-3, atol=1e-5)
    added = sum(
        (weight.grad - taken.alone[name]).norm()
        for name, weight in taken.pair.generator.named_parameters()
        if weight.grad is not None
    )
    assert added > 0


def test_the_critic_learns_true_plans_from_drawn_ones(taken):
    names, weights = zip(*taken.before.critic.named_parameters(), strict=True)
    values = {
        "true": F.softplus(-taken.before.critic(taken.wanted)).mean(),
        "drawn": F.softplus(taken.before.critic(taken.drawn.detach())).mean(),
    }
    parts = {
        name: torch.cat([slope.flatten() for slope in torch.autograd.grad(value, weights)])
        for name, value in values.items()
    }
    found = torch.cat([taken.pair.critic.get_parameter(name).grad.flatten() for name in names])
    shares, left = shares_of(found, parts)
    assert shares == pytest.approx({"true": 0.5, "drawn": 0.5}, abs=FLOATS) and left < FLOATS
    told = taken.found["discriminator_loss"].item()
    assert told == pytest.approx(sum(value.item() for value in values.values()) / 2, rel=1e-3)


def test_a_training_moves_dancer_and_critic_at_the_rates_of_its_settings(
    start, songs, taken, tmp_path, small_batches
):
    """The first step of Adam is as long as its rate; the dance begins from the start's weights."""
    path = sharpen.sharpen(start, songs, tmp_path, SETTINGS, taken.actions, seed_of(4))
    tensors = checkpoint.part_of(checkpoint.load(path)[0], "model")
    network = load_dance(start)[0]
    torch.manual_seed(seed_of(4))
    begun = dict(WithCritic(network).named_parameters())
    for part, rate in {"generator": 2e-4, "critic": 3e-4}.items():
        moved = max(
            (tensors[name] - weight).abs().max().item()
            for name, weight in begun.items()
            if name.startswith(part)
        )
        assert moved == pytest.approx(rate, rel=0.02), part


def test_nobody_learns_from_songs_of_other_splits(
    start, songs, tmp_path, small_batches, monkeypatch
):
    unseen = [dataclasses.replace(song, split="test", name="other") for song in songs]
    seen = []

    class Noted(Segments):
        def __init__(self, given, *rest) -> None:
            seen.extend(song.name for song in given)
            super().__init__(given, *rest)

    monkeypatch.setattr(sharpen, "Segments", Noted)
    settings = dataclasses.replace(SETTINGS, critic=0.0, perceptual=0.0)
    sharpen.sharpen(start, [*songs, *unseen], tmp_path, settings, None, seed_of(4))
    assert seen == [song.name for song in songs]
