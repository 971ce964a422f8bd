"""Sharpening: the critic learns, pulls as hard as it should, and leaves a checkpoint."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from export.target import load_renderer  # noqa: E402
from models.nets import checkpoint  # noqa: E402
from models.nets.critics import JudgedPainter  # noqa: E402
from train import sharpen_target, target, target_data  # noqa: E402
from train.config import TARGET_PRESETS, TargetSharpening  # noqa: E402

SETTINGS = dataclasses.replace(TARGET_PRESETS["tiny"], iterations=4)
FEW = TargetSharpening(iterations=4, critic_alone=2)


@pytest.fixture(scope="module")
def data() -> target_data.TargetData:
    return target_data.synthetic(64, 48)


def gradients(step: int, sharpening: TargetSharpening, data: target_data.TargetData):
    """Of the painter's last convolution and of the critic, after one step's losses."""
    pair = JudgedPainter(target.new_model(data, SETTINGS, 0))
    samples = target.Sampler(data, SETTINGS).draw(np.random.default_rng(0))
    named = sharpen_target.sharpen_step(pair, samples, SETTINGS, sharpening, step)
    named["total"].backward()
    critic = torch.cat([p.grad.flatten() for p in pair.critic.parameters()])
    return pair.painter.head.weight.grad.clone(), critic, named


def test_the_critic_first_learns_alone_then_pulls(data: target_data.TargetData) -> None:
    torch.manual_seed(0)
    alone, critic_alone, named = gradients(0, FEW, data)
    torch.manual_seed(0)
    strong = dataclasses.replace(FEW, critic_pull=2.0)
    pulled, critic_pulled, _ = gradients(4, strong, data)  # step 4 weighs the same channel as 0
    assert critic_alone.norm() > 0
    # What the painter wants of the critic never reaches the critic itself.
    assert torch.allclose(critic_alone, critic_pulled, rtol=1e-3, atol=1e-6)
    wish = pulled - alone
    assert float(wish.norm() / alone.norm()) == pytest.approx(2.0, rel=0.01)
    assert {"l1", "critic", "pleased", "apart", "total"} <= named.keys()


def test_a_sharpened_person_can_be_exported_and_resumed(
    data: target_data.TargetData, tmp_path: Path
) -> None:
    rights = {"licence": "CC0"}
    target.train(data, SETTINGS, tmp_path / "soft", "figure", rights)
    start = tmp_path / "soft" / target.CHECKPOINT
    run = sharpen_target.sharpen(data, start, FEW, tmp_path / "sharp")
    renderer, header = load_renderer(tmp_path / "sharp" / target.CHECKPOINT)
    assert (header["name"], header["licence"], header["sharpened"]) == ("figure", "CC0", 4)
    for name, tensor in renderer.state_dict().items():
        assert torch.equal(tensor, run.ema.state_dict()[f"painter.{name}"]), name
    soft, _ = load_renderer(start)
    assert not torch.equal(soft.head.weight, renderer.head.weight)
    assert torch.equal(soft.plate, renderer.plate)
    more = dataclasses.replace(FEW, iterations=6)
    assert sharpen_target.sharpen(data, start, more, tmp_path / "sharp").step == 6
    checkpoint.save(tmp_path / "dance.safetensors", {}, {"kind": "dance"})
    with pytest.raises(checkpoint.CheckpointError, match="not a target"):
        sharpen_target.sharpen(data, tmp_path / "dance.safetensors", FEW, tmp_path / "none")
