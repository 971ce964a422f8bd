"""Norms of averaged weights count what these weights give, not what others gave."""

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from models.nets import checkpoint
from models.nets.load_dance import load_dance
from train.dancer.config import DANCE_PRESETS, LossWeights, PaperTraining
from train.dancer.paper import drawn_noise, train
from train.dancer.paper_data import PaperPieces
from train.run.batch_norm import recalibrate_batch_norm
from train.synthetic.choreography import make_songs


def test_norms_have_mean_and_variance_of_what_was_seen():
    torch.manual_seed(0)
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
    return [dataclasses.replace(song, split="train") for song in make_songs(2, 12.0, seed=5)]


def test_a_saved_dance_fits_its_norms(songs, tmp_path):
    """Each norm gives mean 0 and variance 1 over pieces, which those of the last weights do not."""
    preset = DANCE_PRESETS["paper-tiny"]
    assert isinstance(preset, PaperTraining)
    settings = dataclasses.replace(
        preset, iterations=8, ema=0.9, carried=0.0, select_every=0,
        weights=LossWeights(perceptual=0.0), generator_rate=3e-3,
    )  # fmt: skip
    path = train(songs, "try", tmp_path, settings, None)
    averaged = load_dance(path)[0]
    stale = load_dance(path)[0]
    kept = checkpoint.part_of(checkpoint.load(path)[0], "model")
    last = checkpoint.part_of(kept, "generator")
    stale.load_state_dict(stale.state_dict() | {k: v for k, v in last.items() if "running" in k})
    pieces = PaperPieces(songs, settings.spec.horizons, settings.snapped)
    rng = np.random.default_rng(0)
    audio = pieces.batch(rng, 8).audio
    noise = drawn_noise(rng, audio.shape[:2], settings)

    def off(network: nn.Module) -> float:
        """How far the last norm of the head is from mean 0 and variance 1."""
        norm, found = network.blocks[-1].layers[4], []
        hook = norm.register_forward_hook(lambda _, __, given: found.append(given))
        with torch.no_grad():
            network(torch.from_numpy(audio), torch.from_numpy(noise))
        hook.remove()
        means, variances = found[0].mean(0), found[0].var(0)
        return float(means.abs().mean() + (variances - 1).abs().mean())

    assert off(averaged) < 0.2
    assert off(stale) > 2 * off(averaged)
