"""A trained ear becomes a bundle that steps like torch; a bundle of another kind is refused."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from seeds import seed_of

from export import parity
from export.__main__ import main
from models import bundle
from models.nets import checkpoint
from models.nets.beat import BeatNetwork
from models.runtime.stepper import NetworkStepper
from models.spec import BEAT
from train.beats.config import BEAT_PRESETS


@pytest.fixture
def trained(tmp_path):
    torch.manual_seed(seed_of(0))
    sizes = BEAT_PRESETS["tiny"].spec
    network = BeatNetwork(sizes)
    path = tmp_path / "ear.safetensors"
    tensors = {f"ema.{name}": tensor for name, tensor in network.state_dict().items()}
    header = {
        "kind": "beat", "name": "mine", "spec": asdict(sizes), "licence": "CC0-1.0",
        "provenance": "a test", "step": 3,
    }  # fmt: skip
    checkpoint.save(path, tensors, header)
    return path


def test_the_bundle_steps_like_torch(trained, tmp_path):
    folder = tmp_path / "mine"
    assert main([str(trained), "--out", str(folder)]) == 0
    found = bundle.find("ear", str(folder))
    assert found.manifest.kind == "ear"
    assert json.loads((folder / bundle.MANIFEST).read_text())["network"] == "beat"
    assert set(found.manifest.parity) == {"beat", "downbeat"}
    assert max(found.manifest.parity.values()) <= parity.TOLERANCE
    stepper = NetworkStepper(found.network("fp32")[0])
    mel = BEAT_PRESETS["tiny"].spec.mel
    frames = np.zeros((1, mel.n_frames, mel.n_bands), np.float32)
    answer = stepper.step(**{BEAT.frames: frames})[BEAT.activation]
    assert answer.shape == (1, 10, 2)
    assert (answer >= 0).all() and (answer <= 1).all()


def test_an_ear_is_no_dance(trained, tmp_path):
    folder = tmp_path / "mine"
    main([str(trained), "--out", str(folder)])
    with pytest.raises(bundle.BundleError, match="is a ear, not a dance"):
        bundle.find("dance", str(folder))


@pytest.mark.parametrize(("name", "is_hiding"), [("ear", True), ("mine", False)])
def test_a_bundle_that_hides_one_that_ships_is_told(
    trained, tmp_path, monkeypatch, capsys, name, is_hiding
):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path / "own"))
    tensors, header = checkpoint.load(trained)
    checkpoint.save(trained, tensors, {**header, "name": name})
    assert main([str(trained)]) == 0
    assert bundle.find("ear", name).path == tmp_path / "own" / name
    assert ("instead of the ear that ships" in capsys.readouterr().out) == is_hiding
