"""The cross-modal score: its distances, its clusters, its intervals, what a good dance gets."""

import dataclasses

import numpy as np
import pytest
import torch
from interrupting import ctrl_c_at
from seeds import rng_of, seed_of

from models import spec
from models.nets import checkpoint
from models.nets.measure.crnn import Crnn
from models.nets.measure.pose_metric import (
    EMBEDDING,
    WIDTHS,
    PoseMetric,
    discrepancy,
    load_pose_metric,
    mmd_nca,
)
from train.paper import cross_modal, metric_training, validity
from train.paper.config import METRIC_PRESETS
from train.paper.cross_modal import Scorer, Segments
from train.paper.folds import folds_of
from train.paper.genre_network import fold_path
from train.songs.song import DataError
from train.synthetic.choreography import make_songs

TINY = METRIC_PRESETS["tiny"]


def _pieces(counts=(6, 6, 6), seed=0):
    """Three kinds of music and to each its own way of dancing: another limb, another tempo."""
    rng = rng_of(seed)
    music, dance, song = [], [], []
    times = np.arange(spec.SEGMENT_CHUNKS) / 10
    for kind, count in enumerate(counts):
        for _ in range(count):
            poses = rng.normal(0, 0.01, (spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2))
            swing = np.sin(2 * np.pi * (0.4 + 0.5 * kind) * times + rng.uniform(0, 6))
            poses[:, 3 + 3 * kind, 0] += swing
            dance.append(poses)
            music.append(np.eye(3)[kind] * 3 + rng.normal(0, 0.1, 3))
            song.append(kind)
    names = [f"song {n}" for n in range(len(counts))]
    styles = ["one", "one", "other"][: len(counts)]
    return Segments(np.array(song), names, styles, np.array(music), np.array(dance, np.float32))


def test_discrepancy_of_known_sets():
    a, b = torch.zeros(1, 2), torch.tensor([[3.0, 4.0]])
    apart = sum(np.exp(-25 / (2 * width**2)) for width in WIDTHS)
    assert discrepancy(a, b).item() == pytest.approx(2 * len(WIDTHS) - 2 * apart, rel=1e-5)
    points = torch.randn(5, 3)
    assert discrepancy(points, points.flip(0)).item() == pytest.approx(0, abs=1e-5)


def test_the_loss_falls_when_the_same_class_is_nearer():
    near, far = torch.zeros(4, 2), torch.full((4, 2), 2.0)
    good = mmd_nca(near, near, [far, -far])
    bad = mmd_nca(near, far, [near, -far])
    assert good < bad
    one = mmd_nca(near, far, [far]).item()
    assert one == pytest.approx(0, abs=1e-5), "as near as one other class: the odds are even"


def test_points_have_length_one_and_gradients():
    network = PoseMetric()
    points = network(torch.randn(4, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2))
    assert points.shape == (4, EMBEDDING)
    assert torch.allclose(points.norm(dim=1), torch.ones(4), atol=1e-5)
    points[0, 0].backward()
    assert all(p.grad is not None for p in network.parameters())


def test_clusters_are_found_by_silhouette():
    known = _pieces()
    found, scores = cross_modal.clusters(known.music)
    assert list(scores) == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert max(scores, key=lambda k: scores[k]) == 3
    assert all(len(set(found[known.song == kind])) == 1 for kind in range(3))
    with pytest.raises(DataError, match="few"):
        cross_modal.clusters(known.music[:2])


def test_a_trained_score_knows_whose_dance_it_is(tmp_path):
    """After a short training a dance to the right music is nearer than one to the wrong.

    It is certain because other limbs swing in other tempos; seen: 0.01 of the wrong.
    """
    known, unseen = _pieces((12, 12, 12)), _pieces((4, 4, 4), seed=9)
    settings = dataclasses.replace(TINY, iterations=60, group=8, ema=0.8, learning_rate=2e-3)
    path = metric_training.train_metric(known, known.song, tmp_path, settings, seed_of())
    scorer = Scorer.of(known, load_pose_metric(path)[0])
    right = scorer.scores(unseen.music, unseen.dance)
    wrong = scorer.scores(unseen.music, np.roll(unseen.dance, 4, 0))
    assert right.mean() < 0.2 * wrong.mean()
    found = _ratio(scorer, unseen)
    assert found["high"] < 1 and found["p"] == 1 / 8, "the least that three songs can give"
    # The same segments given wrong dances are told apart from right ones.
    swapped = dataclasses.replace(unseen, dance=np.roll(unseen.dance, 4, 0))
    assert _ratio(scorer, swapped)["ratio"] > 1


def _ratio(scorer, segments, ours=validity.REAL):
    said = validity.summary({validity.TRAINED: validity.judge(scorer, segments)})
    return said[validity.TRAINED][f"{ours} / {validity.RAND_SEQ}"]


def _groups(settings, rng):
    known = _pieces()
    rows = [np.flatnonzero(known.song == kind) for kind in range(3)]
    return metric_training.draw_groups(known.dance, rows, rng, settings)


def test_strictly_what_is_no_dance_is_one_class_more(tmp_path, monkeypatch):
    """The others are as they were, and training pushes it away from them as from each other.

    How far it gets takes a long training: docs/paper.md.
    """
    known = _pieces()
    nothing = np.full(known.dance.shape[1:], 9.0)
    monkeypatch.setattr(
        metric_training, "no_dances", lambda _, count, rng: np.stack([nothing] * count)
    )
    settings = dataclasses.replace(TINY, joint_noise=0.0)
    strictly = dataclasses.replace(settings, strict=True)
    plain, strict = _groups(settings, rng_of(1)), _groups(strictly, rng_of(1))
    assert len(plain) == 4, "anchor, positive, and the two other kinds"
    assert np.array_equal(strict[:-1], plain)
    assert (strict[-1] == 9.0).all() and strict[-1].shape == plain[0].shape
    others = []

    def noted(anchor, positive, negatives):
        others.append(len(negatives))
        return mmd_nca(anchor, positive, negatives)

    monkeypatch.setattr(metric_training, "mmd_nca", noted)
    for one in (settings, strictly):
        metric_training.train_metric(known, known.song, tmp_path / str(one.strict), one, seed_of())
    assert others == [2] * TINY.iterations + [3] * TINY.iterations


def test_the_loss_falls_when_what_is_no_dance_is_farther():
    here, far = torch.zeros(4, 2), torch.full((4, 2), 2.0)
    kinds = [far, -far]
    losses = [
        mmd_nca(here, here, [*kinds, here + torch.tensor([0.0, away])]).item()
        for away in (0.0, 0.5, 1.0, 2.0, 4.0)
    ]
    assert losses == sorted(losses, reverse=True) and losses[0] - losses[-1] > 0.1
    plain = mmd_nca(here, here, kinds).item()
    weight = 2 * np.exp(-discrepancy(here, far).item())
    assert losses[0] == pytest.approx(plain + np.log1p(1 / weight), rel=1e-5)
    beside = (here + torch.tensor([0.0, 0.5])).requires_grad_()
    mmd_nca(here, here, [*kinds, beside]).backward()
    assert (beside.grad[:, 1] < 0).all(), "down the slope is away"


def test_no_dances_are_what_averages_leave():
    known = _pieces()
    made = metric_training.no_dances(known.dance, 8, rng_of(0))
    assert made.shape == (8, *known.dance.shape[1:])
    held, mean, trembling, shrunk = (made[kind::4] for kind in range(4))
    every = {pose.tobytes() for segment in known.dance for pose in segment}
    assert np.ptp(held, 1).max() == 0
    assert all(segment[0].astype(np.float32).tobytes() in every for segment in held)
    swing = known.dance.std(1).max((1, 2)).min()
    assert all(0 < segment.std(0).max() < 0.45 * swing for segment in shrunk)
    shaken = [np.diff(segment, 2, axis=0)[:, 1].std() for segment in (trembling[0], mean[0])]
    assert shaken[0] > 2 * shaken[1], "a joint that no dance moves"


def test_no_dances_are_as_far_from_dances_as_their_definition_says():
    """Many of them: eight dances in a mean, 0.03 to 0.15 of trembling, 0.05 to 0.4 of a motion."""
    rng = rng_of(2)
    apart = rng.normal(0, 1, (64, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2))
    made = metric_training.no_dances(apart, 240, rng)
    held, mean, trembling, shrunk = (made[kind::4] for kind in range(4))
    frames = apart.reshape(-1, spec.N_JOINTS, 2)
    places = [np.flatnonzero((frames == segment[0]).all((1, 2)))[0] % 50 for segment in held]
    assert len(set(places)) > 20, "held at any moment"
    # A mean of eight has an eighth of the variance (some are drawn twice: a little more).
    assert mean.var() == pytest.approx(1 / 8 * (1 + 7 / 64), rel=0.05)
    assert 0.35 < mean.std() < trembling.std()
    slopes = []
    for segment in shrunk:
        fits = [(whole, segment.std() / whole.std()) for whole in apart
                if np.allclose(whole.mean(0), segment.mean(0), atol=1e-9)]  # fmt: skip
        whole, _ = fits[0]
        moved, still = segment - segment.mean(0), whole - whole.mean(0)
        slopes.append(float((moved * still).sum() / (still * still).sum()))
    assert 0.05 <= min(slopes) < 0.1 and 0.33 < max(slopes) <= 0.4
    still = np.repeat(rng.normal(0, 1, (5, 1, spec.N_JOINTS, 2)), spec.SEGMENT_CHUNKS, 1)
    shaken = metric_training.no_dances(still, 400, rng)[2::4].std(1).mean((1, 2))
    assert 0.027 < shaken.min() < 0.045 and 0.135 < shaken.max() < 0.16


class Told(torch.nn.Module):
    """Compares dances by a known rule: each kind has its place, and so has what stands still."""

    def __init__(self, still):
        super().__init__()
        self.still = still

    def forward(self, poses):
        swing = poses[:, :, [3, 6, 9], 0].std(1)
        place = torch.where(swing.amax(1) < 0.1, self.still, swing.argmax(1))
        return torch.nn.functional.one_hot(place, 4).float()


def test_what_is_no_dance_is_told_from_a_dance_to_whatever_music():
    """A held pose among one of three kinds is as near as chance; apart from all, farther."""
    known, unseen = _pieces((12, 12, 12)), _pieces((4, 4, 4), seed=9)
    ratios = {}
    for name, still in (("among", 0), ("apart", 3)):
        scorer = Scorer.of(known, Told(still))
        assert _ratio(scorer, unseen)["ratio"] == 0
        ratios[name] = _ratio(scorer, unseen, validity.HELD)["ratio"]
    assert ratios["apart"] > 1
    assert ratios["among"] == pytest.approx(2 / 3 * ratios["apart"], abs=2e-4)


def test_the_very_dance_of_the_nearest_music_scores_nothing():
    known = _pieces()
    scorer = Scorer.of(known, PoseMetric().eval())
    scores = scorer.scores(known.music, known.dance)
    assert scores.max() < 1e-9 and len(scores) == len(known.song)


def test_a_resumed_training_goes_on_exactly(tmp_path):
    known = _pieces()
    whole = metric_training.train_metric(known, known.song, tmp_path / "whole", TINY)
    with ctrl_c_at(3, metric_training, "draw_groups"):
        metric_training.train_metric(known, known.song, tmp_path / "cut", TINY)
    cut = metric_training.train_metric(known, known.song, tmp_path / "cut", TINY)
    once, twice = checkpoint.load(whole)[0], checkpoint.load(cut)[0]
    assert all(torch.equal(tensor, twice[name]) for name, tensor in once.items())


def test_rand_seq_of_the_same_style_is_of_that_style():
    known = _pieces((6, 6, 6))
    styles = ["other", "one", "unheard of"] * 20
    dances, is_known = cross_modal.sequences_within(known, styles, rng_of(0))
    swings = dances[:, :, [3, 6, 9], 0].std(1).argmax(1)
    assert is_known.tolist() == [True, True, False] * 20
    assert set(swings[::3]) == {2} and set(swings[1::3]) == {0, 1}
    lonely = dataclasses.replace(known, song=np.array([0, *[2] * 17]), styles=["one", "", "other"])
    dances, is_known = cross_modal.sequences_within(lonely, ["one"], rng_of(0))
    assert is_known.all() and np.array_equal(dances[0], known.dance[0]), "one is enough"


def test_within_a_style_a_score_that_knows_styles_alone_knows_nothing():
    """It tells the third kind from the others, and so Rand Seq; not the first from the second."""

    class Styles(torch.nn.Module):
        def forward(self, poses):
            other = poses[:, :, [3, 6, 9], 0].std(1).argmax(1) == 2
            return torch.nn.functional.one_hot(other.long(), 2).float()

    known, unseen = _pieces((12, 12, 12)), _pieces((4, 4, 4), seed=9)
    judged = validity.judge(Scorer.of(known, Styles()), unseen)
    assert all(score > 0 for score in judged[validity.RAND_SEQ].values())
    assert set(judged[validity.WITHIN].values()) == {0.0}
    odd = dataclasses.replace(unseen, styles=["one", "one", "unheard of"])
    judged = validity.judge(Scorer.of(known, Styles()), odd)
    assert list(judged[validity.WITHIN]) == ["song 0", "song 1"], "no dance of that style is known"
    assert len(judged[validity.RAND_SEQ]) == 3


def _judged(real, chance):
    names = [f"song {n}" for n in range(len(real))]
    dancers = {
        validity.REAL: real, validity.RAND_SEQ: chance, validity.WITHIN: chance,
        validity.HELD: chance, validity.RAND_FRAME: chance,
    }  # fmt: skip
    return {dancer: dict(zip(names, scores, strict=True)) for dancer, scores in dancers.items()}


def test_the_trained_score_is_held_against_the_untrained():
    ones = [1.0] * 8
    said = validity.summary({
        validity.TRAINED: _judged([0.2] * 8, ones), "as good": _judged([0.4] * 8, [2.0] * 8),
        "no good": _judged(ones, ones),
    })  # fmt: skip
    key = f"{validity.REAL} / {validity.RAND_SEQ}"
    assert said["no good"][key]["ratio"] == 1.0 and said[validity.TRAINED][key]["ratio"] == 0.2
    better, equal = said["over"]["no good"][key], said["over"]["as good"][key]
    assert better["ratio"] == better["high"] == 0.2
    assert better["p"] == pytest.approx(1 / 256, rel=0.01)
    assert equal["ratio"] == 1.0 and equal["p"] == 1.0


@pytest.mark.parametrize("heard", ["their own", "other music"])
def test_every_song_is_judged_once_by_what_never_met_it(tmp_path, heard):
    """And all others are learned from; the first fold is the songs that no dance learns from."""
    made = make_songs(8, 5.2, seed=seed_of(3))
    songs = [
        dataclasses.replace(song, split="test" if n < 2 else "train", name=f"{n}")
        for n, song in enumerate(made)
    ]
    fold = folds_of({song.name: song.style for song in songs}, {"0", "1"})
    folds = sorted(set(fold.values())) if heard == "their own" else [0]
    for number in folds:
        learned = [song.name for song in songs if fold[song.name] != number]
        header = {"kind": "crnn", "classes": ["a", "b"], "learned": learned}
        if heard == "other music":
            header["learned"] = ["something else"]
        tensors = {f"ema.{name}": tensor for name, tensor in Crnn(2).state_dict().items()}
        checkpoint.save(fold_path(tmp_path, number), tensors, header)
    found = metric_training.folds_of_songs(songs, tmp_path)
    judged = [song.name for fold in found for song in fold.judged]
    assert sorted(judged) == sorted(song.name for song in songs)
    assert {song.name for song in found[0].judged} == {"0", "1"}
    for one in found:
        names = {song.name for song in one.judged}
        assert names == {name for name, number in fold.items() if number == one.number}
        assert {song.name for song in one.known} == set(fold) - names
        assert not names & set(checkpoint.read_header(one.describer)["learned"])


def test_a_song_that_every_network_heard_cannot_be_judged(tmp_path):
    songs = [dataclasses.replace(make_songs(1, 5.2)[0], name="known", split="test")]
    header = {"kind": "crnn", "classes": ["a", "b"], "learned": ["known"]}
    tensors = {f"ema.{name}": tensor for name, tensor in Crnn(2).state_dict().items()}
    checkpoint.save(fold_path(tmp_path, 0), tensors, header)
    with pytest.raises(DataError, match="has heard known"):
        metric_training.folds_of_songs(songs, tmp_path)


def test_pieces_hold_the_dance_of_their_own_seconds():
    song = dataclasses.replace(make_songs(1, 11.0, seed=seed_of(3))[0], split="test")
    found = cross_modal.gather([song], Crnn(2).eval())
    assert found.dance.shape[0] == 2 == len(found.music)
    # The second segment begins after 5 s, and its first row is 0.2 s later.
    assert np.allclose(found.dance[1, 0], song.real[260], atol=1e-5)


def test_random_rows_are_of_the_known_dances():
    known = _pieces()
    rng = rng_of(0)
    frames = cross_modal.random_frames(known, 3, rng)
    every = {pose.tobytes() for segment in known.dance for pose in segment}
    assert frames.shape == (3, *known.dance.shape[1:])
    assert all(pose.tobytes() in every for pose in frames.reshape(-1, spec.N_JOINTS, 2))
    wholes = {segment.tobytes() for segment in known.dance}
    assert all(p.tobytes() in wholes for p in cross_modal.random_sequences(known, 5, rng))
