"""Nothing of a song that is judged enters what is learned, and nothing else it is judged by.

The dances of the judged songs are disturbed: all stays as it was, to the last bit. Those of the
learned songs are disturbed: it does not, so that the first says something.
"""

import dataclasses

import numpy as np
import pytest
import torch
from seeds import rng_of, seed_of

from models import skeleton, spec
from models.nets import checkpoint
from models.nets.measure.crnn import N_SAMPLES, Crnn
from models.nets.measure.pose_metric import PoseMetric
from train.dancer import paper
from train.dancer.config import DANCE_PRESETS, LossWeights, PaperTraining
from train.paper import (
    action_network,
    conditions,
    cross_modal,
    genre_network,
    metric_training,
    statistics,
    validity,
)
from train.paper.action_clips import CLIP_HZ, Clip
from train.paper.config import ACTION_PRESETS, GENRE_PRESETS, METRIC_PRESETS
from train.paper.genres import Music, Track
from train.paper.tables import rows
from train.synthetic.choreography import make_songs

LEARNED, JUDGED = ("train",), ("val", "test")


@pytest.fixture(scope="module")
def songs():
    torch.set_num_threads(1)
    made = make_songs(4, 11.0, seed=seed_of(5))
    splits = ("train", "train", "val", "test")
    return [dataclasses.replace(s, split=split) for s, split in zip(made, splits, strict=True)]


def _disturbed(songs, splits):
    """The dances of these splits a little elsewhere."""
    rng = rng_of(7)
    return [
        dataclasses.replace(
            song, **{
                name: getattr(song, name) + rng.normal(0, 0.1, song.poses.shape).astype(np.float32)
                for name in ("poses", "real")
            },
        )
        if song.split in splits else song
        for song in songs
    ]  # fmt: skip


def _made(count: int) -> cross_modal.Segments:
    rng = rng_of(count)
    dance = rng.normal(0, 1, (count, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2))
    song = np.arange(count) % 2
    music = rng.normal(0, 1, (count, 32))
    return cross_modal.Segments(song, ["a", "b"], ["one", "one"], music, dance)


def _weights(path) -> dict[str, torch.Tensor]:
    return checkpoint.part_of(checkpoint.load(path)[0], "ema")


def _same(one, other) -> bool:
    return all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.fixture(scope="module")
def crnn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("crnn")
    torch.manual_seed(seed_of(1))
    tensors = {f"ema.{name}": tensor for name, tensor in Crnn(2).state_dict().items()}
    header = {"kind": "crnn", "classes": ["a", "b"], "learned": []}
    checkpoint.save(genre_network.fold_path(folder, 0), tensors, header)
    return folder


@pytest.fixture(scope="module")
def learned_scores(songs, crnn, tmp_path_factory):
    """The score learned three times: from the songs, and with either splits disturbed."""
    settings = dataclasses.replace(METRIC_PRESETS["tiny"], iterations=2, group=2, strict=True)
    found = {}
    rng = rng_of(3)
    judged = [
        dataclasses.replace(song, audio=rng.normal(0, 0.1, len(song.audio)).astype(np.float32))
        if song.split in JUDGED
        else song
        for song in _disturbed(songs, JUDGED)
    ]
    given = {"": songs, "judged": judged, "learned": _disturbed(songs, LEARNED)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "RESAMPLES", 50)
        patch.setattr(metric_training, "UNTRAINED_DRAWS", 1)
        patch.setattr(cross_modal, "DRAWS", 1)
        for name, some in given.items():
            out = tmp_path_factory.mktemp(f"score{name}")
            report = metric_training.learn_score(some, crnn, out, settings, seed_of(2))
            found[name] = report, _weights(_first(out)), out, some
    return found


def _first(out):
    """The checkpoint of the fold whose songs no dance learns from."""
    return out / "fold-0" / "checkpoint.safetensors"


def test_the_network_that_compares_dances_knows_no_judged_dance(learned_scores):
    weights = {name: found[1] for name, found in learned_scores.items()}
    assert _same(weights[""], weights["judged"])
    assert not _same(weights[""], weights["learned"])
    names = {name: checkpoint.load(_first(found[2]))[1]["songs"]
             for name, found in learned_scores.items()}  # fmt: skip
    assert names[""] == [song.name for song in learned_scores[""][3][:2]]


def test_kinds_of_music_are_those_of_the_learned_songs(learned_scores):
    """The judged songs play something else, and the clusters are the same."""
    reports = {name: found[0]["folds"][0] for name, found in learned_scores.items()}
    assert reports[""]["segments learned from"] == 4 == sum(reports[""]["clusters"])
    for key in ("segments learned from", "clusters", "silhouettes"):
        assert reports["judged"][key] == reports[""][key]


def test_the_dictionary_of_the_score_holds_learned_songs_alone(songs, crnn, tmp_path):
    network = Crnn(2).eval()
    tensors = {f"ema.{name}": tensor for name, tensor in PoseMetric().state_dict().items()}
    checkpoint.save(tmp_path / "checkpoint.safetensors", tensors, {"kind": "pose_metric"})
    plain, judged, learned = (
        cross_modal.load_scorer(some, network, tmp_path)
        for some in (songs, _disturbed(songs, JUDGED), _disturbed(songs, LEARNED))
    )
    assert plain.known.names == [song.name for song in songs[:2]]
    assert np.array_equal(plain.known.dance, judged.known.dance)
    assert np.array_equal(plain.points, judged.points)
    assert not np.array_equal(plain.points, learned.points)


def test_a_paper_dance_is_learned_from_the_split_train_alone(songs, tmp_path, monkeypatch):
    monkeypatch.setattr(paper, "SETTLE_BATCHES", 1)
    tiny = DANCE_PRESETS["paper-tiny"]
    assert isinstance(tiny, PaperTraining)
    settings = dataclasses.replace(
        tiny, iterations=1, local=False, whole=False, select_every=0, carried=0.5,
        weights=LossWeights(features=0.0, perceptual=0.0, gradient_penalty=0.0),
    )  # fmt: skip
    found = [
        _weights(paper.train(some, "try", tmp_path / str(n), settings, None, seed_of(1)))
        for n, some in enumerate((songs, _disturbed(songs, JUDGED), _disturbed(songs, LEARNED)))
    ]
    assert _same(found[0], found[1])
    assert not _same(found[0], found[2])


def test_songs_that_are_danced_to_are_unseen_or_said_to_be_learned(songs):
    assert [song.name for song in conditions.learned_sample(songs)] == [songs[0].name]
    assert all(song.split == "train" for song in conditions.learned_sample(songs))


def test_the_describer_of_music_has_not_heard_judged_songs(tmp_path):
    rng = rng_of(0)
    tracks = [
        Track(f"{genre}{n}", genre, -min(n, 1), rng.normal(0, 3000, N_SAMPLES).astype(np.int16))
        for genre in "ab" for n in range(3)
    ]  # fmt: skip
    judged = {track.name for track in tracks if track.fold == 0}
    settings = dataclasses.replace(GENRE_PRESETS["tiny"], iterations=1, batch=2)

    def learned(some, name):
        genre_network.learn_genres(Music(some, []), tmp_path / name, settings)
        path = genre_network.fold_path(tmp_path / name, 0)
        assert not judged & set(checkpoint.load(path)[1]["learned"])
        return _weights(path)

    def louder(names):
        return [
            dataclasses.replace(t, sound=t.sound // 2) if t.name in names else t for t in tracks
        ]

    first = learned(tracks, "plain")
    assert _same(first, learned(louder(judged), "judged"))
    assert not _same(first, learned(louder({t.name for t in tracks} - judged), "known"))


def test_actions_are_learned_from_the_split_train_alone(tmp_path):
    def clip(label, split, height):
        body = np.zeros((6 * CLIP_HZ, spec.N_JOINTS, 3), np.float32)
        body[..., :2] = skeleton.STANDING * (1, height)
        return Clip(label, split, body, np.zeros((6 * CLIP_HZ, 2), np.float32))

    settings = dataclasses.replace(ACTION_PRESETS["tiny"], iterations=1, batch=2)

    def learned(name, **heights):
        clips = [clip(label, split, heights.get(split, 1.0))
                 for label in "ab" for split in ("train", "val", "test")]  # fmt: skip
        path = action_network.train(clips, ("a", "b"), {}, tmp_path / name, settings, seed_of(1))
        return _weights(path)

    first = learned("plain")
    assert _same(first, learned("judged", val=2.0, test=2.0))
    assert not _same(first, learned("learned", train=2.0))


def test_baselines_of_the_score_are_of_learned_dances():
    """The held mean pose, Rand Frame and Rand Seq: dances that were drawn know no judged one."""
    asked, real = [], []

    class Noted(cross_modal.Scorer):
        def scores(self, music, dance):
            if dance is not real[-1]:  # which is judged as well
                asked.append(np.array(dance))
            return super().scores(music, dance)

    metric = PoseMetric().eval()
    judged, known = _made(4), _made(6)

    def baselines(judged, known):
        asked.clear()
        real.append(judged.dance)
        scorer = Noted(known, cross_modal.embed(metric, known.dance), metric)
        validity.judge(scorer, judged)
        return np.concatenate(asked)

    first = baselines(judged, known)
    other = dataclasses.replace(judged, dance=judged.dance + 9)
    assert np.array_equal(first, baselines(other, known))
    learned = dataclasses.replace(known, dance=known.dance + 9)
    assert not np.array_equal(first, baselines(judged, learned))


def test_baselines_of_the_table_are_of_learned_dances():
    """All but the real dancer: the mean pose that is held, Rand Frame and Rand Seq."""
    judged, known = _made(4), _made(6)
    takes = {row.title: row.takes for row in rows.baselines(judged, known)}
    other = dataclasses.replace(judged, dance=judged.dance + 9)
    for row in rows.baselines(other, known):
        assert np.array_equal(row.takes, takes[row.title]) == (row.title != rows.REAL), row.title
    learned = dataclasses.replace(known, dance=known.dance + 9)
    for row in rows.baselines(judged, learned):
        assert np.array_equal(row.takes, takes[row.title]) == (row.title == rows.REAL), row.title
    assert np.allclose(takes[rows.HELD], known.dance.mean((0, 1)), atol=1e-6)
