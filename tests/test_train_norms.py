"""Norms of averaged weights count what these weights give, not what others gave."""

import dataclasses

import pytest
import torch
from seeds import seed_of
from torch import nn

from models.nets import checkpoint
from models.nets.dance.load_dance import load_dance
from train.dancer import paper
from train.dancer.config import DANCE_PRESETS, LossWeights, PaperTraining
from train.dancer.paper import train
from train.run.batch_norm import recalibrate_batch_norm
from train.synthetic.choreography import make_songs


def test_norms_have_mean_and_variance_of_what_was_seen():
    torch.manual_seed(seed_of(0))
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)).train()
    batches = [torch.randn(64, 3) + place for place in range(5)]
    recalibrate_batch_norm(network, lambda: [network(batch) for batch in batches])
    norm = network[1]
    assert not network.training and not norm.training and norm.momentum == 0.1
    given = [network[0](batch) for batch in batches]
    torch.testing.assert_close(norm.running_mean, torch.stack([g.mean(0) for g in given]).mean(0))
    torch.testing.assert_close(norm.running_var, torch.stack([g.var(0) for g in given]).mean(0))


def test_a_network_without_norms_need_see_nothing():
    recalibrate_batch_norm(nn.Linear(2, 2), lambda: pytest.fail("for nothing"))


@pytest.fixture(scope="module")
def songs():
    return [
        dataclasses.replace(song, split="train") for song in make_songs(2, 12.0, seed=seed_of(5))
    ]


def test_a_saved_dance_fits_its_norms(songs, tmp_path, monkeypatch):
    """Its norms are those of the averaged weights over segments, not those of the last weights."""
    preset = DANCE_PRESETS["paper-tiny"]
    assert isinstance(preset, PaperTraining)
    settings = dataclasses.replace(
        preset, iterations=3, ema=0.9, carried=0.0, select_every=0,
        weights=LossWeights(perceptual=0.0), generator_rate=3e-3,
    )  # fmt: skip
    fed = []

    def noted(network, feed):
        """As it is, and what the network sees is kept."""
        fed.clear()
        hook = network.register_forward_pre_hook(lambda _, given: fed.append(given))
        recalibrate_batch_norm(network, feed)
        hook.remove()

    monkeypatch.setattr(paper, "recalibrate_batch_norm", noted)
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 4)
    path = train(songs, "try", tmp_path, settings, None, seed_of())
    saved, anew = load_dance(path)[0], load_dance(path)[0]
    assert len(fed) == 4
    recalibrate_batch_norm(anew, lambda: [anew(*given) for given in fed])
    expected = dict(anew.named_buffers())
    for name, buffer in saved.named_buffers():
        torch.testing.assert_close(buffer, expected[name])
    kept = checkpoint.part_of(checkpoint.load(path)[0], "model")
    last = checkpoint.part_of(kept, "generator")
    counted = [name for name in expected if name.endswith(("running_mean", "running_var"))]
    assert counted
    for name in counted:
        assert (last[name] - expected[name]).abs().max() > 0.1 * expected[name].abs().max(), name
