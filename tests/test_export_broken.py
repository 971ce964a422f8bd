"""Whatever is wrong in an exported network, its parity refuses it: by weight and by layer.

The ear and a dance as they ship, which answer over their whole range; the others as they begin.
"""

from dataclasses import asdict

import numpy as np
import pytest
import torch
from broken_networks import (
    weights_of,
    with_bias,
    with_other_weights,
    with_scaled_weights,
    without_layers,
)
from made_dances import save_paper_dance
from seeds import rng_of, seed_of

from export import beat, dance, paper_target, parity, picture_parity
from export.parity import ParityError
from export.to_onnx import export_network
from models import bundle, spec
from models.nets import checkpoint
from models.nets.beat import BeatNetwork
from models.nets.dance.generator import DanceGenerator
from models.nets.dance.load_dance import load_dance
from models.nets.picture.paper_painter import FedBackPainter, PaperPainter
from models.nets.picture.renderer import PoseRenderer, StageRenderer
from models.skeleton import STANDING, Framing
from models.spec import TARGET
from train.renderer.config import PAPER_TARGET_PRESETS, TARGET_PRESETS


@pytest.fixture(autouse=True)
def _short_clips(monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 40)


@pytest.fixture(scope="module")
def ear():
    shipped = bundle.find("ear", "ear")
    network = BeatNetwork(shipped.sizes).eval()
    network.load_state_dict(weights_of(shipped.network("fp32")[0]))
    return network


@pytest.fixture(scope="module")
def dancer():
    shipped = bundle.find("dance", "free")
    network = DanceGenerator(shipped.sizes).eval()
    network.load_state_dict(weights_of(shipped.network("fp32")[0]))
    return network


@pytest.fixture(scope="module")
def renderer():
    torch.manual_seed(seed_of())
    made = PoseRenderer(TARGET_PRESETS["tiny"].spec).eval()
    made.plate.random_(0, 256)
    with torch.no_grad():  # the first weights of some layers are too small to be seen in a picture
        for weights in made.parameters():
            weights.add_(torch.randn_like(weights) * 0.03)
        made.shade.bias.fill_(0.0)
    return made


@pytest.fixture(scope="module")
def painter():
    torch.manual_seed(seed_of())
    return FedBackPainter(PaperPainter(PAPER_TARGET_PRESETS["paper-tiny"].spec))


def _poses(count: int) -> np.ndarray:
    poses = STANDING + rng_of(3).normal(0, 0.05, (count, *STANDING.shape))
    return Framing(0.42, 0.5, 0.47).to_picture(poses).astype(np.float32)


def _refused(check, broken) -> int:
    """How many were broken; each must be refused."""
    count = 0
    for name, network in broken:
        try:
            check(network)
        except ParityError:
            count += 1
        else:
            pytest.fail(f"{name} is wrong and nobody says so")
    return count


def _renderer_file(renderer):
    joints = torch.from_numpy(_poses(1))
    return export_network(StageRenderer(renderer), (joints,), [TARGET.joints], TARGET[1:])


def test_no_weight_of_an_ear_is_wrong_unseen(ear):
    network = beat.to_onnx(ear)
    beat.parity(ear, network)
    assert _refused(lambda b: beat.parity(ear, b), with_other_weights(network)) == 14
    assert _refused(lambda b: beat.parity(ear, b), with_scaled_weights(network)) == 14
    assert _refused(lambda b: beat.parity(ear, b), without_layers(network, {"Relu", "Add"})) == 6


def test_an_ear_that_hardly_ever_hears_anything_is_judged_as_well(ear):
    deaf = BeatNetwork(ear.sizes).eval()
    deaf.load_state_dict(ear.state_dict())
    with torch.no_grad():
        deaf.head.bias.sub_(16.0)  # its probabilities are never more than some 1e-6
    network = beat.to_onnx(deaf)
    beat.parity(deaf, network)
    louder = with_bias(network, "/network/head/Add_output_0", 0.5)
    with pytest.raises(ParityError, match=r"trained one: (beat|downbeat) is"):
        beat.parity(deaf, louder)


def test_both_outputs_of_the_ear_move_on_the_clips_of_parity(ear, monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 200)
    clips = parity.parity_clips(200)
    heard = []

    def keep(_, clip):
        frames = torch.from_numpy(beat.LogMelFrames(ear.sizes.mel).feed(clip.ravel()))[None]
        with torch.no_grad():
            heard.append(ear(frames)[0][0].numpy())
        return {"beat": (heard[-1][:, :1, None],) * 2}

    parity.compare_stepped("ear", keep)
    low, high = np.concatenate(heard).min(0), np.concatenate(heard).max(0)
    assert (low < 0.001).all()
    assert high[0] > 0.9 and high[1] > 0.6
    levels = [20 * np.log10(clip.std()) for clip in clips.values()]
    assert max(levels) - min(levels) > 15


def test_no_weight_of_a_dance_is_wrong_unseen(dancer, monkeypatch):
    network = dance.to_onnx(dancer)
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 20)
    dance.parity(dancer, network)
    assert _refused(lambda b: dance.parity(dancer, b), with_other_weights(network)) == 28
    assert _refused(lambda b: dance.parity(dancer, b), with_scaled_weights(network)) == 28
    assert (
        _refused(lambda b: dance.parity(dancer, b), without_layers(network, {"Relu", "CumSum"}))
        == 5
    )


def test_no_weight_of_the_papers_dance_is_wrong_unseen(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "CLIP_CHUNKS", 5)
    sizes = spec.PaperSpec(causal=True, horizons=spec.HORIZONS)
    network, _ = load_dance(save_paper_dance(tmp_path, sizes))
    file = dance.to_onnx(network)
    dance.parity(network, file)
    assert _refused(lambda b: dance.parity(network, b), with_other_weights(file)) > 30
    layers = without_layers(file, {"Relu", "Tanh"})
    assert _refused(lambda b: dance.parity(network, b), layers) == 13


def test_no_weight_of_a_renderer_is_wrong_unseen(renderer):
    network, poses = _renderer_file(renderer), _poses(2)

    def check(file):
        return picture_parity.compare_renderer(file, renderer, poses)

    check(network)
    assert _refused(check, with_other_weights(network)) > 60
    assert _refused(check, without_layers(network, {"Relu"})) > 20


def test_no_weight_of_the_papers_painter_is_wrong_unseen(painter):
    poses = _poses(2)
    network = paper_target.to_onnx(painter, poses[0])

    def check(file):
        return paper_target.parity(file, painter, poses)

    check(network)
    assert _refused(check, with_other_weights(network)) > 20
    layers = without_layers(network, {"Tanh", "InstanceNormalization"})
    assert _refused(check, layers) > 10


def test_a_wrong_mask_or_shadow_is_refused_though_the_picture_is_right(renderer):
    network, poses = _renderer_file(renderer), _poses(2)
    names = picture_parity.before_cut(network, ("alpha", "shadow"))[1]
    for name in names:
        with pytest.raises(ParityError, match=r"(alpha|shadow) is"):
            wrong = with_bias(network, name, 0.003)
            picture_parity.compare_renderer(wrong, renderer, poses)


def test_of_a_refused_ear_nothing_is_written(ear, tmp_path, monkeypatch):
    header = {
        "kind": "beat", "name": "mine", "spec": asdict(ear.sizes), "licence": "CC0-1.0",
        "provenance": "a test", "step": 3,
    }  # fmt: skip
    tensors = {f"ema.{name}": tensor for name, tensor in ear.state_dict().items()}
    path = tmp_path / "ear.safetensors"
    checkpoint.save(path, tensors, header)
    right = beat.to_onnx(ear)
    for broken in (next(with_other_weights(right))[1], next(with_scaled_weights(right))[1]):
        monkeypatch.setattr(beat, "to_onnx", lambda _, broken=broken: broken)
        with pytest.raises(ParityError, match="nothing was written"):
            beat.export_beat(path, tmp_path / "mine")
        assert list(tmp_path.iterdir()) == [path]
