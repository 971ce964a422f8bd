"""Training of the paper's dance: exact resume, carried states, each part by itself."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from by_heart import one_batch
from interrupting import ctrl_c_at
from seeds import rng_of, seed_of

from models import spec
from models.nets import checkpoint
from models.nets.dance.load_dance import load_dance
from models.nets.measure.stgcn import ActionNetwork
from train.dancer import paper
from train.dancer.config import (
    DANCE_PRESETS,
    PARTS,
    LossWeights,
    PaperTraining,
    without_parts,
)
from train.dancer.paper import Learners, TrueFeatures, critic_losses, dance_losses, train
from train.dancer.paper_data import PaperSegments, Streams
from train.run import compute
from train.run.loop import Run
from train.songs.song import POSE_HZ, DataError
from train.synthetic.choreography import make_songs

TINY = DANCE_PRESETS["paper-tiny"]
assert isinstance(TINY, PaperTraining)


@pytest.fixture(scope="module")
def songs():
    made = make_songs(3, 12.0, seed=seed_of(5))
    return [dataclasses.replace(song, split="train") for song in made]


@pytest.fixture(scope="module")
def actions():
    torch.set_num_threads(1)
    torch.manual_seed(seed_of(0))
    return ActionNetwork(4).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def segments(songs):
    return PaperSegments(songs, TINY.spec.horizons, snapped=True)


def _once(learners, segments, actions, settings, seed=0, seen=None):
    rng = rng_of(seed)
    batch = segments.batch(rng, 2)
    noise = torch.tensor(rng.normal(0, 0.33, (2, 50, 10)), dtype=torch.float32)
    seen = seen or TrueFeatures(actions, settings)
    return batch, *dance_losses(learners, seen, batch, settings, noise, None)


def test_a_resumed_training_goes_on_exactly(songs, actions, tmp_path, monkeypatch):
    """Streams, their states, the chance and all three networks, to the last bit."""
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 2)
    whole, cut = _whole_and_cut(songs, tmp_path, dataclasses.replace(TINY, iterations=4), actions)
    network, header = load_dance(whole)
    assert header["kind"] == "dance" and network.sizes == TINY.spec
    logs = [(path.parent / "log.jsonl").read_text() for path in (whole, cut)]
    assert logs[0] == logs[1], "no row is lost, none is written twice"


def _whole_and_cut(songs, folder, settings, actions):
    """The checkpoints of a training and of one that was stopped in the third step; both alike."""
    whole = train(songs, "try", folder / "whole", settings, actions)
    with ctrl_c_at(3, paper, "train_step"):
        train(songs, "try", folder / "cut", settings, actions)
    cut = folder / "cut" / whole.name
    assert checkpoint.load(cut)[1]["step"] == 3
    train(songs, "try", folder / "cut", settings, actions)
    once, twice = checkpoint.load(whole)[0], checkpoint.load(cut)[0]
    assert once.keys() == twice.keys()
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name
    return whole, cut


def test_without_judges_it_goes_on_exactly_too_with_its_songs(songs, tmp_path, monkeypatch):
    """Half of the batch goes on through its songs; of the attention there is no word."""
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 2)
    parts = without_parts(TINY, ["local", "whole", "perceptual"])
    whole, _ = _whole_and_cut(songs, tmp_path, dataclasses.replace(parts, iterations=4), None)
    tensors, header = checkpoint.load(whole)
    assert len(tensors["carried.0.at"]) == 1 and paper.ATTENTION not in header
    rows = [json.loads(row) for row in (whole.parent / "log.jsonl").read_text().splitlines()]
    assert [row["iteration"] for row in rows] == [2, 4] and rows[0]["l1"] > 0


def test_norms_are_counted_over_pieces_that_are_learned(segments, monkeypatch):
    """All anew, with the sound and the chance of a training."""
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 2)
    settings = without_parts(TINY, ["local", "whole"])
    learners, given = Learners(settings), []
    learners.generator.register_forward_pre_hook(lambda _, parts: given.append(parts))
    norms = [m for m in learners.generator.modules() if isinstance(m, torch.nn.BatchNorm1d)]
    assert norms
    for norm in norms:
        norm.running_mean.fill_(1e6)
    paper.recalibrate_generator(learners, segments, settings)
    for norm in norms:
        assert norm.num_batches_tracked == 2 and norm.running_mean.abs().max() < 1e4
    assert not learners.generator.training
    for audio, noise in given:
        assert audio.shape == (2, 50, 1600) and audio.abs().amax((1, 2)).min() > 1e-3
        assert noise.std().item() == pytest.approx(settings.spec.noise_scale, rel=0.1)


@pytest.mark.parametrize("minus_log", [False, True])
def test_a_training_goes_on_with_the_attention_that_it_began_with(minus_log, tmp_path):
    def begin(is_minus):
        network = torch.nn.Linear(1, 1)
        optimizer = torch.optim.SGD(network.parameters(), 0.1)
        run = Run(tmp_path / "run.safetensors", network, optimizer, {"kind": "dance"}, 9)
        paper._keep_attention(run, dataclasses.replace(TINY, minus_log=is_minus))
        return run

    run = begin(minus_log)
    assert run.header[paper.ATTENTION] == ("-log softmax" if minus_log else "softmax")
    run.step = 1
    run.save()
    assert begin(minus_log).step == 1
    with pytest.raises(checkpoint.CheckpointError, match="begun with the attention"):
        begin(not minus_log)
    older = {"kind": "dance", paper.ATTENTION: "softmax"}
    run.header = {name: value for name, value in older.items() if name != paper.ATTENTION}
    run.save()  # of a time when there was no choice
    assert begin(False).header == older
    with pytest.raises(checkpoint.CheckpointError, match="not -log softmax"):
        begin(True)


def test_rows_that_go_on_carry_their_state_and_new_songs_begin_without(segments):
    settings = dataclasses.replace(TINY, batch=4)
    learners = Learners(settings)
    after = learners.generator.start(4)
    after = type(after)(*(part + 1.0 for part in after))
    streams = Streams(np.array([1, 2]), np.array([False, True]))
    carried = paper.packed(streams, learners, settings, after)
    assert carried["hidden"][:, 0].min() == 1 and carried["hidden"][:, 1].max() == 0
    found, state = paper.unpacked(carried, learners, settings)
    assert found.at.tolist() == [1, 2] and not found.is_start.any()
    assert state.hidden.shape[1] == state.chance.shape[1] == 4
    assert state.hidden[:, 0].min() == 1 and state.hidden[:, 1:].abs().max() == 0


def test_pieces_follow_one_another_through_a_song(segments):
    rng = rng_of(0)
    streams = Streams(np.array([0]), np.array([True]))
    streams = segments.go_on(streams, rng)
    assert streams.at.tolist() == [1] and not streams.is_start[0]
    first, second = (segments.truth(n)[0] for n in (0, 1))
    # The segment after begins where the one before ends: a step like any other.
    seam = np.abs(second[0, 0] - first[-1, 0]).max()
    assert seam <= 1.5 * np.abs(np.diff(np.concatenate([first, second])[:, 0], axis=0)).max()
    ended = segments.go_on(Streams(np.array([1]), np.array([False])), rng)
    assert ended.is_start[0] and segments.segments[ended.at[0]].first_chunk == 0


def test_sound_and_poses_of_a_piece_belong_together(songs, segments):
    segment = segments.segments[-1]
    song = songs[segment.song]
    poses, sure = segments.truth(segment.number)
    end = (segment.first_chunk + 8) * spec.CHUNK_SECONDS
    np.testing.assert_allclose(
        poses[7, 1], song.poses[round((end + spec.HORIZONS[1]) * POSE_HZ)], atol=1e-5
    )
    assert sure.min() == 1
    heard = segments.sound(segment.number, rng_of(1)).ravel()
    here = song.audio[segment.first_chunk * 1600 :][: len(heard)]
    assert np.corrcoef(heard, here)[0, 1] > 0.6


def test_a_piece_has_one_dance_however_often_it_is_drawn(segments):
    batch = segments.batch(rng_of(2), 4 * len(segments.segments))
    assert len(set(batch.numbers)) < len(batch.numbers)
    for number, poses in zip(batch.numbers, batch.poses, strict=True):
        np.testing.assert_array_equal(poses, segments.truth(number)[0])


def test_kept_features_are_those_that_would_be_computed(segments, actions):
    kept = TrueFeatures(actions, TINY)
    anew = TrueFeatures(actions, dataclasses.replace(TINY, cached=False))
    numbers = [0, 1, 0]
    poses = torch.from_numpy(np.stack([segments.truth(number)[0][:, 0] for number in numbers]))
    kept.of(poses[1:2], numbers[1:2])  # one is there already
    for have, want in zip(kept.of(poses, numbers), anew.of(poses, numbers), strict=True):
        torch.testing.assert_close(have, want, atol=1e-5, rtol=1e-4)


def test_every_part_can_be_left_out(songs, segments, actions):
    all_on = _once(Learners(TINY), segments, actions, TINY)[1]
    assert set(all_on) == {"l1", "local", "whole", "features", "perceptual"}
    gone = {"l1": "l1", "local": "local", "features": "features", "whole": "whole"}
    for part, loss in gone.items():
        settings = without_parts(TINY, [part])
        found = _once(Learners(settings), segments, actions, settings)[1]
        assert loss not in found
    without = without_parts(TINY, list(PARTS[:2]))
    learners = Learners(without)
    assert learners.local is None and learners.whole is None
    batch, _, danced, _ = _once(learners, segments, actions, without)
    assert critic_losses(learners, batch, danced, without, torch.rand(2)) == {}
    no_penalty = without_parts(TINY, ["gradient_penalty"])
    batch, _, danced, _ = _once(Learners(no_penalty), segments, actions, no_penalty)
    found = critic_losses(Learners(no_penalty), batch, danced, no_penalty, torch.rand(2))
    assert set(found) == {"local_critic", "whole_critic"}
    off = dataclasses.replace(TINY, weights=LossWeights(perceptual=0.0), iterations=1)
    with pytest.raises(DataError, match="action network"):
        train(songs, "no", songs_folder_never_written(), TINY, None)
    assert without_parts(TINY, ["perceptual"]).weights == off.weights


def songs_folder_never_written():
    from pathlib import Path

    return Path("/nonexistent/never")


def test_the_critics_are_not_moved_by_the_dancer_nor_the_dancer_by_them(segments, actions):
    learners = Learners(TINY)
    batch, found, danced, _ = _once(learners, segments, actions, TINY)
    critics = (learners.local, learners.whole)
    for critic in critics:
        critic.requires_grad_(False)
    batch, found, danced, _ = _once(learners, segments, actions, TINY)
    torch.stack(list(found.values())).sum().backward()
    assert all(p.grad is None for critic in critics for p in critic.parameters())
    assert all(p.grad is not None for p in learners.generator.parameters())
    learners.zero_grad(set_to_none=True)
    for critic in critics:
        critic.requires_grad_(True)
    judged = critic_losses(learners, batch, danced, TINY, torch.rand(2))
    torch.stack(list(judged.values())).sum().backward()
    assert all(p.grad is None for p in learners.generator.parameters())
    assert any(p.grad.abs().max() > 0 for p in learners.whole.music.parameters())


def test_an_unknown_joint_changes_no_loss(songs, actions):
    """What the truth holds where its confidence is 0 may even be NaN."""
    sure = {song.name: np.ones((len(song.poses), 18), np.float32) for song in songs}
    for known in sure.values():
        known[:, 4] = 0
    broken = [dataclasses.replace(song, poses=song.poses.copy()) for song in songs]
    for song in broken:
        song.poses[:, 4] = np.nan
    losses = []
    for taught in (songs, broken):
        torch.manual_seed(seed_of(1))
        learners = Learners(TINY).eval()
        segments = PaperSegments(taught, TINY.spec.horizons, True, sure)
        batch, found, danced, _ = _once(learners, segments, actions, TINY)
        torch.manual_seed(seed_of(2))
        found |= critic_losses(learners, batch, danced, TINY, torch.full((2,), 0.5))
        losses.append({name: loss.item() for name, loss in found.items()})
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert all(np.isfinite(list(losses[1].values())))


def test_the_best_is_looked_for_every_so_often_and_at_the_end(songs, tmp_path, monkeypatch):
    """With the norms of the averaged weights counted anew, and not at all where nobody asks.

    Nothing says in which precision: both are tried before.
    """
    monkeypatch.setattr(compute, "is_emulated", lambda: False)
    monkeypatch.setattr(compute, "TRIES", 1)
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 2)
    monkeypatch.setattr(paper.Validator, "of", staticmethod(lambda _: "someone who looks on"))
    looked = []

    def select(validator, run, network, log, bar):
        assert validator == "someone who looks on" and network is run.ema.generator
        looked.append((run.step + 1, int(network.blocks[0].layers[1].num_batches_tracked)))

    monkeypatch.setattr(paper, "select", select)
    parts = without_parts(TINY, ["local", "whole", "perceptual"])
    settings = dataclasses.replace(parts, iterations=5, select_every=2, carried=0.0, bfloat16=None)
    path = train(songs, "try", tmp_path / "some", settings, None)
    assert looked == [(2, 2), (4, 2), (5, 2)]
    assert checkpoint.load(path)[1]["step"] == 5
    looked.clear()
    never = dataclasses.replace(settings, iterations=1, select_every=0)
    train(songs, "try", tmp_path / "none", never, None)
    assert not looked


@pytest.mark.slow
def test_it_learns(songs, actions, tmp_path, monkeypatch):
    """Nearer to the true dance than at the start, with every part on.

    One batch by heart, so that it is certain: 16 steps leave a fifth of the distance.
    """
    one_batch(monkeypatch, PaperSegments)
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 1)
    step, found = paper.train_step, []

    def noted(*given):
        answer = step(*given)
        found.append({name: loss.item() for name, loss in answer[0].items()})
        return answer

    monkeypatch.setattr(paper, "train_step", noted)
    settings = dataclasses.replace(TINY, iterations=16, generator_rate=1e-3, carried=0.0)
    train(songs, "try", tmp_path, settings, actions, seed_of())
    assert set(found[0]) == {
        "l1", "local", "whole", "features", "perceptual", "local_critic", "whole_critic", "penalty",
    }  # fmt: skip
    assert all(np.isfinite(list(losses.values())).all() for losses in found)
    assert found[-1]["l1"] < 0.6 * found[0]["l1"]
