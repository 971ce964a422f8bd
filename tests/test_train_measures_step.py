"""One step of the networks that measure: genres, actions, and what compares dances.

What a step was taught stands in the checkpoint: Adam keeps a tenth of the first gradient, and its
first step is as long as its rate.
"""

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from seeds import rng_of, seed_of
from superposed import shares_of

from models import skeleton, spec
from models.nets import checkpoint
from models.nets.measure import pose_metric
from models.nets.measure.crnn import N_SAMPLES, Crnn
from models.nets.measure.pose_metric import PoseMetric
from models.nets.measure.stgcn import ActionNetwork
from train.paper import action_clips, action_network, genre_network, genres, metric_training
from train.paper.action_clips import CLIP_HZ, Clip
from train.paper.config import ACTION_PRESETS, GENRE_PRESETS, METRIC_PRESETS
from train.paper.cross_modal import Segments
from train.paper.genres import Track
from train.run import compute

NO_CLIP = 1e6  # longer than any gradient


class Taught:
    """The first step of a training, as its checkpoint tells it."""

    def __init__(self, path, network: torch.nn.Module) -> None:
        tensors, self.header = checkpoint.load(path)
        self.weights = checkpoint.part_of(tensors, "model")
        self.begun = {name: weight.detach() for name, weight in network.named_parameters()}
        slots = checkpoint.part_of(tensors, "optimizer")
        self.slopes = {
            name: 10 * slots[f"{number}.exp_avg"] for number, name in enumerate(self.begun)
        }

    def moved(self) -> float:
        return max(
            (self.weights[name] - weight).abs().max().item() for name, weight in self.begun.items()
        )

    def share_of(self, loss: torch.Tensor, network: torch.nn.Module) -> float:
        """Of the slope of a loss in what was taught; nothing else is in it."""
        names, weights = zip(*network.named_parameters(), strict=True)
        slopes = torch.autograd.grad(loss, weights)
        shares, left = shares_of(
            torch.cat([self.slopes[name].flatten() for name in names]),
            {"loss": torch.cat([slope.flatten() for slope in slopes])},
        )
        assert left < 0.01
        return shares["loss"]


def _noted(patch, owner, name):
    """What a function of the program gives, call by call."""
    true, answers = getattr(owner, name), []

    def noted(*given):
        answers.append(true(*given))
        return answers[-1]

    patch.setattr(owner, name, noted)
    return answers


def _begun(make, seed):
    """The network that a training with this seed begins with, and its chance in the first step."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    network = make().train()
    torch.manual_seed(seed)  # a run begins with its own
    return network


@pytest.fixture(autouse=True)
def tried(monkeypatch):
    """Trainings that name no precision try both before their first step; float32 is taken."""
    monkeypatch.setattr(compute, "is_emulated", lambda: False)
    monkeypatch.setattr(compute, "TRIES", 1)
    monkeypatch.setattr(compute, "WORTH", 0.0)


@pytest.mark.parametrize("limit", [NO_CLIP, 1e-3])
def test_genres_descend_the_cross_entropy_in_which_every_class_counts_alike(
    limit, tmp_path, monkeypatch
):
    rng, seed = rng_of(0), seed_of(3)
    tracks = [
        Track(str(n), "ab"[n > 0], 0, rng.normal(0, 3000, N_SAMPLES + 9).astype(np.int16))
        for n in range(3)
    ]
    settings = dataclasses.replace(
        GENRE_PRESETS["tiny"], iterations=1, batch=3, learning_rate=2e-3, clip_norm=limit,
        bfloat16=None,
    )  # fmt: skip
    drawn = _noted(monkeypatch, genres.Genres, "batch")
    path = genre_network.train(tracks, ("a", "b"), tmp_path, settings, seed)
    network = _begun(lambda: Crnn(2), seed)
    taught = Taught(path, network)
    sound, goal = (torch.from_numpy(part) for part in drawn[-1])
    by_class = torch.tensor([2.0, 1.0])  # twice as much of b was drawn from
    logits = network(sound)
    loss = (by_class[goal] * F.cross_entropy(logits, goal, reduction="none")).sum()
    loss = loss / by_class[goal].sum()
    share = taught.share_of(loss, network)
    right = (logits.argmax(1) == goal).float().mean().item()
    told = taught.header["means"]
    assert told == pytest.approx({"loss": loss.item(), "right": right}, rel=1e-3)
    assert taught.moved() == pytest.approx(2e-3, rel=0.02)
    if limit == NO_CLIP:
        assert share == pytest.approx(1, rel=0.01)
    else:
        length = torch.cat([slope.flatten() for slope in taught.slopes.values()]).norm().item()
        assert length == pytest.approx(limit, rel=0.01), "cut to its longest"
    assert taught.header["learned"] == ["0", "1", "2"] and taught.header["classes"] == ["a", "b"]


def _clip(label: str, split: str, seed: int) -> Clip:
    rng = rng_of(seed)
    times = np.arange(6 * CLIP_HZ) / CLIP_HZ
    body = np.zeros((len(times), spec.N_JOINTS, 3), np.float32)
    body[..., :2] = skeleton.STANDING
    body[:, 4, 1] += 0.2 * np.sin(2 * np.pi * rng.uniform(0.5, 2) * times)
    return Clip(label, split, body, np.zeros((len(times), 2), np.float32))


def test_actions_descend_the_cross_entropy_with_softened_labels(tmp_path, monkeypatch):
    seed = seed_of(3)
    clips = [_clip(label, "train", n) for n, label in enumerate("abab")]
    settings = dataclasses.replace(
        ACTION_PRESETS["tiny"], iterations=1, batch=3, learning_rate=1e-3, clip_norm=NO_CLIP,
        smoothing=0.2, dropout=0.3, bfloat16=None,
    )  # fmt: skip
    drawn = _noted(monkeypatch, action_clips.Actions, "batch")
    path = action_network.train(clips, ("a", "b"), {}, tmp_path, settings, seed)
    network = _begun(lambda: ActionNetwork(2, 0.3), seed)
    taught = Taught(path, network)
    poses, goal = (torch.from_numpy(part) for part in drawn[-1])
    likely = network(poses)[0].log_softmax(1)
    wanted = 0.8 * F.one_hot(goal, 2) + 0.1  # two classes share the fifth
    loss, right = -(wanted * likely).sum(1).mean(), (likely.argmax(1) == goal).float().mean()
    assert taught.share_of(loss, network) == pytest.approx(1, rel=0.01)
    told = taught.header["means"]
    assert told == pytest.approx({"loss": loss.item(), "right": right.item()}, rel=1e-3)
    assert taught.moved() == pytest.approx(1e-3, rel=0.02)


@pytest.fixture(scope="module")
def known() -> Segments:
    rng = rng_of(0)
    dance = rng.normal(0, 0.3, (9, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)).astype(np.float32)
    names = [str(n) for n in range(9)]
    return Segments(np.arange(9), names, ["one"] * 9, rng.normal(0, 1, (9, 32)), dance)


def test_what_compares_dances_descends_its_equation(known, tmp_path, monkeypatch):
    """Coskun, equation 5: the own class beside each other one, by the discrepancy of sets."""
    seed = seed_of(3)
    settings = dataclasses.replace(
        METRIC_PRESETS["tiny"], iterations=1, group=4, learning_rate=4e-4, clip_norm=NO_CLIP
    )
    drawn = _noted(monkeypatch, metric_training, "draw_groups")
    cluster = np.arange(9) % 3
    path = metric_training.train_metric(known, cluster, tmp_path, settings, seed)
    network = _begun(PoseMetric, seed)
    taught = Taught(path, network)
    groups = torch.from_numpy(drawn[0])
    assert groups.shape == (4, 4, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)
    apart = np.square(drawn[0][:, :, None] - known.dance).mean((3, 4, 5))
    apart_mirrored = np.square(drawn[0][:, :, None] - skeleton.mirror(known.dance)).mean((3, 4, 5))
    kinds = cluster[np.minimum(apart, apart_mirrored).argmin(2)]
    assert (kinds == kinds[:, :1]).all() and kinds[0, 0] == kinds[1, 0], "a set is of one class"
    assert sorted(kinds[1:, 0]) == [0, 1, 2]
    anchor, own, *others = network(groups.flatten(0, 1)).unflatten(0, (4, 4))

    def apart(a, b):
        widths = torch.tensor([1.0, 2, 4, 8, 16])[:, None, None]

        def likeness(one, other):
            squared = (one[:, None] - other[None]).square().sum(-1)
            return torch.exp(-squared / (2 * widths**2)).sum(0).mean()

        return likeness(a, a) - 2 * likeness(a, b) + likeness(b, b)

    odds = torch.exp(-apart(anchor, own)) / sum(torch.exp(-apart(anchor, o)) for o in others)
    assert taught.share_of(-odds.log(), network) == pytest.approx(1, rel=0.02)
    assert taught.moved() == pytest.approx(4e-4, rel=0.02)
    assert taught.header["songs"] == known.names


def test_an_untrained_network_is_that_of_its_seed():
    """And drawing it leaves the chance of all else as it was."""
    before = torch.get_rng_state()
    first, again, other = (
        metric_training.untrained(PoseMetric, seed_of(n)).state_dict() for n in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_a_set_to_compare_is_of_one_class_half_of_it_mirrored(known):
    """Two of the first class, then one of each other; what is added is small."""
    settings = dataclasses.replace(METRIC_PRESETS["tiny"], group=200, joint_noise=0.02)
    cluster = np.arange(9) % 3
    rows = [np.flatnonzero(cluster == k) for k in range(3)]
    mirrored = skeleton.mirror(known.dance)
    first = set()
    for number in range(6):
        drawn = metric_training.draw_groups(known.dance, rows, rng_of(number), settings)
        assert drawn.dtype == np.float32
        kinds = []
        for group in drawn:
            sides = (known.dance, mirrored)
            off = np.stack(
                [np.square(group[:, None] - side[None]).mean((2, 3, 4)) for side in sides]
            )
            assert np.sqrt(off.min((0, 2))).mean() == pytest.approx(0.02, rel=0.02)
            kinds.append(set(cluster[off.min(0).argmin(1)].tolist()))
            is_mirrored = off.min(2).argmin(0)
            assert 0.3 < is_mirrored.mean() < 0.7
        assert all(len(kind) == 1 for kind in kinds)
        assert kinds[0] == kinds[1] and set.union(*kinds[1:]) == {0, 1, 2}
        first |= kinds[0]
    assert len(first) > 1, "each class is asked for"


def test_the_kernel_is_a_sum_of_five_gaussians_and_a_point_is_next_to_itself():
    a = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    far = torch.tensor([[1e4, 0.0]])
    assert pose_metric.kernel(far, far).item() == pytest.approx(5)
    assert pose_metric.kernel(a, far).item() == pytest.approx(0)
    one = sum(np.exp(-1 / (2 * width**2)) for width in (1, 2, 4, 8, 16))
    assert pose_metric.kernel(a, a).item() == pytest.approx((5 + one) / 2, rel=1e-5)
