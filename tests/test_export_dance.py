"""The export law of the dance: the bundle's file, stepped, is the trained network."""

import numpy as np
import pytest
import torch
from made_dances import save_dance

from export import dance as export
from export.parity import ParityError
from models import bundle, skeleton, spec
from models.nets import checkpoint
from models.nets.generator import DanceGenerator
from models.runtime import NetworkStepper


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("run") / "checkpoint.safetensors"
    return save_dance(path, seed=1, n_plans=20, width=32)


@pytest.fixture(scope="module")
def made(trained, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "CLIP_CHUNKS", 60)
        return export.export_dance(trained, tmp_path_factory.mktemp("bundles") / "try")


def test_the_stepped_file_is_the_trained_network(made):
    assert set(made.manifest.parity) == {"poses_bursts", "poses_music"}
    assert max(made.manifest.parity.values()) <= export.TOLERANCE


def test_the_bundle_says_all_that_the_stage_needs(made):
    manifest = bundle.load(made.path).manifest
    assert (manifest.kind, manifest.name, manifest.licence) == ("dance", "try", "CC0-1.0")
    assert manifest.horizons == list(spec.HORIZONS)
    assert manifest.spec["n_plans"] == 20
    assert manifest.states["hidden"] == [2, 1, 32]
    network, precision = made.network("fp32")
    stepper = NetworkStepper(network, initial={"pose": skeleton.STANDING, "plan": np.array([20])})
    assert precision == "fp32"
    assert stepper.input_shapes["audio"] == [1, 1, 1600]
    assert stepper.input_shapes["noise"] == [1, 1, 20]
    poses = stepper.step(
        audio=np.zeros((1, 1, 1600), np.float32),
        noise=np.zeros((1, 1, 20), np.float32),
        controls=np.zeros((1, 1, 10), np.float32),
    )["poses"]
    assert poses.shape == (1, 1, 5, 18, 2)
    assert np.isfinite(poses).all()


def test_a_file_that_dances_differently_is_refused_and_nothing_is_written(
    trained, tmp_path, monkeypatch
):
    true_to_onnx = export.to_onnx

    def wrong(network: DanceGenerator) -> bytes:
        network.draw[2].bias.data.add_(0.002)
        file = true_to_onnx(network)
        network.draw[2].bias.data.sub_(0.002)
        return file

    monkeypatch.setattr(export, "to_onnx", wrong)
    with pytest.raises(ParityError, match="not written"):
        export.export_dance(trained, tmp_path / "try")
    assert not list(tmp_path.iterdir())


def test_only_a_dance_is_exported_as_one(tmp_path):
    path = tmp_path / "other.safetensors"
    checkpoint.save(path, {"ema.w": torch.zeros(1)}, {"kind": "target", "name": "x"})
    with pytest.raises(checkpoint.CheckpointError, match="not a dance"):
        export.export_dance(path, tmp_path / "x")
