"""Training of the action network: exact resume and the report; how well it learns is measured."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from interrupting import ctrl_c_at
from PIL import Image
from seeds import rng_of

from models import skeleton
from models.nets import checkpoint
from train.paper import action_clips, action_network
from train.paper.action_clips import CLIP_HZ, Clip
from train.paper.config import ACTION_PRESETS
from train.songs.song import DataError

TINY = ACTION_PRESETS["tiny"]
CLASSES = ("nod", "wave-left", "wave-right")


def _clip(label: str, split: str, seed: int) -> Clip:
    """Someone standing of whom one part moves."""
    rng = rng_of(seed)
    times = np.arange(5 * CLIP_HZ) / CLIP_HZ
    swing = 0.25 * np.sin(2 * np.pi * (rng.uniform(0.8, 1.2) * times + rng.random()))
    body = np.zeros((len(times), 18, 3), np.float32)
    body[..., :2] = skeleton.STANDING
    joints = {"nod": [0, 14, 15, 16, 17], "wave-left": [6, 7], "wave-right": [3, 4]}[label]
    body[:, joints, 1] += swing[:, None]
    return Clip(label, split, body, np.zeros((len(times), 2), np.float32))


@pytest.fixture(scope="module")
def clips() -> list[Clip]:
    splits = ("train", "train", "val", "test")
    return [
        _clip(label, split, 10 * i + j)
        for i, label in enumerate(CLASSES)
        for j, split in enumerate(splits)
    ]


@pytest.fixture(scope="module")
def trained(clips, tmp_path_factory):
    return action_network.train(
        clips, CLASSES, {"licence": "CC0-1.0"}, tmp_path_factory.mktemp("actions"), TINY
    )


def test_a_resumed_training_goes_on_exactly(clips, trained, tmp_path):
    with ctrl_c_at(3, action_clips.Actions, "batch"):
        action_network.train(clips, CLASSES, {"licence": "CC0-1.0"}, tmp_path, TINY)
    path = tmp_path / trained.name
    assert 0 < checkpoint.load(path)[1]["step"] < TINY.iterations
    action_network.train(clips, CLASSES, {"licence": "CC0-1.0"}, tmp_path, TINY)
    once, twice = checkpoint.load(trained)[0], checkpoint.load(path)[0]
    assert once.keys() == twice.keys()
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name


def test_the_report_counts_every_test_piece_once(clips, trained, tmp_path):
    found = action_network.report(trained, clips, tmp_path, sides=2)
    assert found == json.loads((tmp_path / "report.json").read_text())
    assert found["segments"] == dict.fromkeys(CLASSES, 2)
    counts = np.array(found["confusion"])
    assert found["macro_recall"] == pytest.approx((np.diag(counts) / 2).mean(), abs=1e-3)
    assert min(Image.open(tmp_path / "confusion.png").size) > 200
    with pytest.raises(DataError, match="split test"):
        action_network.report(trained, [c for c in clips if c.split == "train"], tmp_path)


def test_macro_recall_leaves_out_classes_that_were_never_shown():
    share = action_network.recalls(np.array([[3, 1, 0], [0, 2, 0], [0, 0, 0]]))
    assert share[:2].tolist() == [0.75, 1.0] and np.isnan(share[2])


class Guess(torch.nn.Module):
    """Says class after class, whatever it sees: the first coordinate is the class."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        self.n_classes, self.batches = n_classes, []
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, poses):
        self.batches.append((len(poses), self.training))
        numbers = poses[:, 0, 0, 0].long()
        return torch.nn.functional.one_hot(numbers, self.n_classes).float(), []


def test_confusion_counts_every_segment_once_as_the_network_performs():
    said = np.arange(150) % 3
    poses = np.zeros((150, 50, 18, 2), np.float32)
    poses[:, 0, 0, 0] = said
    truth = np.where(np.arange(150) < 120, said, (said + 1) % 3)
    network = Guess(3).train()
    counts = action_network.confusion(network, poses, truth, 3)
    assert counts.tolist() == [[40, 0, 10], [10, 40, 0], [0, 10, 40]]
    assert sum(count for count, _ in network.batches) == 150
    assert not any(is_training for _, is_training in network.batches)
    assert len(network.batches) == 3, "64 at a time"


def test_progress_is_judged_by_clips_of_the_split_val(clips, tmp_path, monkeypatch):
    judged = []

    def noted(network, poses, numbers, n_classes, bfloat16=False):
        judged.append((poses, numbers))
        return np.diag([1, 3, 0])

    monkeypatch.setattr(action_network, "confusion", noted)
    settings = dataclasses.replace(TINY, iterations=7, batch=2, validate_every=3)
    action_network.train(clips, CLASSES, {}, tmp_path / "val", settings)
    wanted = action_clips.whole_segments([c for c in clips if c.split == "val"], CLASSES, sides=1)
    assert len(judged) == 2
    for poses, numbers in judged:
        assert np.array_equal(poses, wanted[0]) and np.array_equal(numbers, wanted[1])
    rows = [json.loads(row) for row in (tmp_path / "val" / "log.jsonl").read_text().splitlines()]
    told = {row["iteration"]: row["val_macro_recall"] for row in rows if "val_macro_recall" in row}
    assert told == {3: 1.0, 6: 1.0}
    judged.clear()
    taught = [clip for clip in clips if clip.split != "val"]
    shorter = dataclasses.replace(settings, iterations=3)
    action_network.train(taught, CLASSES, {}, tmp_path / "none", shorter)
    assert not judged


def test_the_report_looks_from_four_sides_and_tells_what_was_never_shown(clips, trained, tmp_path):
    some = [clip for clip in clips if clip.split == "test" and clip.label != "nod"]
    found = action_network.report(trained, some, tmp_path)
    assert found["sides"] == 4
    assert found["segments"] == {"nod": 0, "wave-left": 4, "wave-right": 4}
    assert found["recall"]["nod"] is None
    shares = [found["recall"][name] for name in CLASSES[1:]]
    assert found["macro_recall"] == pytest.approx(np.mean(shares), abs=1e-4)
    assert found["steps"] == TINY.iterations


def test_sources_are_gathered_with_their_licences(tmp_path, monkeypatch):
    kinds = {"bandai": "bandai_clips", "dance": "dance_clips", "songs": "song_clips"}
    for source, reader in kinds.items():
        monkeypatch.setattr(action_clips, reader, lambda *given, s=source: [(s, *given)])
    monkeypatch.setattr(action_network.lets_dance, "clips", lambda folder: [("letsdance", folder)])
    folders = {name: tmp_path / name for name in ("bandai", "dance", "songs", "lets_dance")}
    found, facts = action_network.ActionSources(**folders, least=7).gather()
    assert found == [
        ("bandai", folders["bandai"], 7), ("dance", folders["dance"]), ("songs", folders["songs"]),
        ("letsdance", folders["lets_dance"]),
    ]  # fmt: skip
    assert facts["provenance"].count(";") == 2
    for owner in ("Bandai", "Dance with Melody", "Let's Dance"):
        assert owner in facts["provenance"]
    assert facts["licence"] == "training material, not shipped"
    only, facts = action_network.ActionSources(songs=folders["songs"]).gather()
    assert only == [("songs", folders["songs"])] and facts["provenance"] == ""
    with pytest.raises(DataError, match="at least one source"):
        action_network.ActionSources().gather()


def test_classes_are_those_of_the_clips_to_learn_from(clips, tmp_path, monkeypatch):
    odd = _clip("nod", "test", 99)
    odd = Clip("unheard-of", "test", odd.body, odd.path)
    monkeypatch.setattr(
        action_network.ActionSources, "gather", lambda self: ([*clips, odd], {"licence": "CC0-1.0"})
    )
    settings = dataclasses.replace(TINY, iterations=1)
    path, found = action_network.learn_actions(action_network.ActionSources(), tmp_path, settings)
    header = checkpoint.load(path)[1]
    assert header["classes"] == sorted(CLASSES) == list(found["segments"])
    assert header["licence"] == "CC0-1.0" and header["kind"] == "actions"
