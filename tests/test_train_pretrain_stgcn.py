"""Training of the action network: exact resume and the report; how well it learns is measured."""

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
