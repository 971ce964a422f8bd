"""Training a dance: it learns, resumes exactly, and its plans and measures mean what they say."""

import dataclasses
import json

import pytest
import torch
from by_heart import one_batch
from interrupting import ctrl_c_at
from seeds import rng_of, seed_of

from models import spec
from models.nets import checkpoint
from models.nets.dance.load_dance import load_dance
from train.dancer import stage as dance
from train.dancer.config import DANCE_PRESETS
from train.dancer.plans import found_plans, nearest_plans, plan_motions, short_motions
from train.dancer.stage import CHECKPOINT, fed_back, train
from train.songs.segments import Segments
from train.songs.song import DataError
from train.synthetic.choreography import make_songs

TINY = dataclasses.replace(
    DANCE_PRESETS["tiny"],
    spec=spec.GeneratorSpec(n_plans=12, gru_width=24),
    iterations=24,
    batch=3,
    segment_chunks=16,
    plan_samples=300,
    validate_every=12,
)


@pytest.fixture(scope="module")
def songs():
    made = make_songs(4, 9.0, seed=seed_of(2))
    return [
        dataclasses.replace(s, split=p) for s, p in zip(made, ["train"] * 3 + ["val"], strict=True)
    ]


@pytest.fixture(scope="module")
def trained(songs, tmp_path_factory):
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("dance")
    return train(songs, "try", out, TINY, seed_of())


def test_training_lowers_every_loss(songs, tmp_path, monkeypatch):
    """One batch by heart, so that it is certain.

    200 steps leave 1/1000 of the choice and 0.2 to 0.5 of the rest, over eight seeds.
    """
    drawn = one_batch(monkeypatch, Segments)
    settings = dataclasses.replace(
        TINY, iterations=200, learning_rate=1e-2, validate_every=50, ema=0.9
    )
    untrained = dataclasses.replace(settings, iterations=0)
    losses = []
    for name, chosen in (("before", untrained), ("after", settings)):
        network, _ = load_dance(train(songs, "try", tmp_path / name, chosen, seed_of()))
        with torch.no_grad():
            losses.append(dance.compute_losses(network, drawn[3, 16], settings, None).losses)
    before, after = losses
    assert after["choice"] < 0.1 * before["choice"]
    assert after["pose"] < 0.85 * before["pose"] and after["step"] < 0.85 * before["step"]
    rows = [json.loads(line) for line in (tmp_path / "after/log.jsonl").read_text().splitlines()]
    assert [row["iteration"] for row in rows] == [50, 100, 150, 200]
    assert rows[-1]["val_total"] < 0.7 * before["total"]


def test_a_resumed_training_goes_on_exactly(songs, trained, tmp_path):
    """Ctrl-C in the middle, then started again: the same weights to the last bit."""
    with ctrl_c_at(11, dance, "compute_losses"):
        train(songs, "try", tmp_path, TINY, seed_of())
    assert 0 < checkpoint.load(tmp_path / CHECKPOINT)[1]["step"] < TINY.iterations
    train(songs, "try", tmp_path, TINY, seed_of())
    once, twice = (checkpoint.load(path)[0] for path in (trained, tmp_path / CHECKPOINT))
    assert once.keys() == twice.keys()
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name


def test_the_checkpoint_says_what_it_is(trained):
    _, header = checkpoint.load(trained)
    assert (header["kind"], header["name"], header["licence"]) == ("dance", "try", "CC0-1.0")
    assert header["horizons"] == list(spec.HORIZONS)
    assert spec.generator_spec(header["spec"]) == TINY.spec
    assert header["provenance"]


def test_without_songs_to_learn_from_it_says_so(songs, tmp_path):
    with pytest.raises(DataError, match="prepare more data"):
        train([song for song in songs if song.split == "val"], "none", tmp_path, TINY, seed_of())


def test_a_plan_is_the_motion_nearest_to_it(songs):
    segments = Segments(songs, TINY.spec.mel)
    steps = found_plans(segments, TINY)
    plans = plan_motions(steps)
    assert nearest_plans(plans, steps).tolist() == list(range(TINY.spec.n_plans))
    poses = torch.from_numpy(segments.batch(rng_of(3), 8, 16).poses)
    motions = short_motions(poses)
    assert motions.shape == (8, 17, 5 * 36)
    torch.testing.assert_close(motions[2, 4, 36:72].view(18, 2), poses[2, 6] - poses[2, 4])
    error = (motions - plans[nearest_plans(motions, steps)]).square().mean()
    assert error < 0.8 * (motions - motions.mean((0, 1))).square().mean()
    torch.testing.assert_close(plans[3, 36:72], steps[3, :72].view(2, 36).sum(0))


def test_the_fed_back_past_errs_as_a_dancer_does(songs):
    """Errors of random size that last about half a second; some segments are far off."""
    poses = torch.from_numpy(Segments(songs, TINY.spec.mel).batch(rng_of(0), 48, 30).poses)
    past = fed_back(poses, TINY, rng_of(1))
    sizes = (past - poses).norm(dim=-1).mean((1, 2))
    assert sizes.min() < 0.1 < 0.3 < sizes.max()
    error = (past - poses).mean(2)[..., 0]  # of the whole body, sideways
    error = error - error.mean(1, keepdim=True)

    def alike(lag: int) -> float:
        return float((error[:, lag:] * error[:, :-lag]).mean() / error.square().mean())

    assert alike(1) > 0.5 > alike(12)
