"""Going on with a stage dance under critics: what each of them moves, and what comes out."""

import dataclasses

import pytest
import torch
from made_dances import save_dance
from seeds import seed_of

from models.nets import checkpoint
from models.nets.dance.load_dance import load_dance
from models.nets.measure.stgcn import ActionNetwork
from train.dancer.config import DanceSharpening
from train.dancer.sharpen import sharpen
from train.synthetic.choreography import make_songs

SHORT = DanceSharpening(iterations=2, select_every=2, bfloat16=False)


@pytest.fixture(scope="module")
def songs():
    torch.set_num_threads(1)
    return [
        dataclasses.replace(song, split="train") for song in make_songs(2, 12.0, seed=seed_of(8))
    ]


@pytest.fixture(scope="module")
def actions():
    return ActionNetwork(3).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    path = tmp_path_factory.mktemp("start") / "checkpoint.safetensors"
    return save_dance(path, seed=2, n_plans=12, width=24)


def test_judges_pull_it_elsewhere_than_training_alone_and_it_stays_a_dance(
    start, songs, actions, tmp_path
):
    arms = {
        "alone": dataclasses.replace(SHORT, perceptual=0.0, critic=0.0),
        "perceptual": dataclasses.replace(SHORT, critic=0.0, perceptual=1.0),
        "critic": dataclasses.replace(SHORT, perceptual=0.0, critic=1.0),
    }
    ended = {}
    for name, settings in arms.items():
        path = sharpen(start, songs, tmp_path / name, settings, actions, seed_of())
        network, header = load_dance(path)
        assert (header["kind"], header["name"]) == ("dance", "try")
        ended[name] = network.draw[2].weight
    before = load_dance(start)[0].draw[2].weight
    for name, weight in ended.items():
        assert not torch.equal(weight, before), name
    assert not torch.equal(ended["alone"], ended["perceptual"])
    assert not torch.equal(ended["alone"], ended["critic"])
    rows = {name: (tmp_path / name / "log.jsonl").read_text() for name in arms}
    assert "perceptual" in rows["perceptual"] and "discriminator_loss" not in rows["perceptual"]
    assert "discriminator_loss" in rows["critic"] and "perceptual" not in rows["critic"]


def test_the_papers_own_dance_cannot_be_gone_on_with(songs, tmp_path):
    from models.nets.dance.paper_generator import PaperGenerator

    network = PaperGenerator()
    tensors = {f"ema.{name}": tensor for name, tensor in network.state_dict().items()}
    header = {"kind": "dance", "step": 1, "spec": dataclasses.asdict(network.sizes)}
    path = tmp_path / "paper.safetensors"
    checkpoint.save(path, tensors, header)
    with pytest.raises(checkpoint.CheckpointError, match="no stage dance"):
        sharpen(path, songs, tmp_path, SHORT, None)
