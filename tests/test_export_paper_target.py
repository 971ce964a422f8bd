"""A person in the paper's form becomes a bundle that a show can paint with."""

import dataclasses
import json

import numpy as np
import pytest
from seeds import seed_of

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("cv2")

from export import __main__ as command
from export import paper_target as export
from export import parity, picture_parity
from export.parity import ParityError
from live.core.settings import Settings
from live.picture.screen import open_screen
from models import bundle
from models.nets.picture.paper_painter import load_paper_painter
from models.runtime.painter import NetworkPainter
from models.skeleton import STANDING
from train.person import drawn
from train.renderer.config import PAPER_TARGET_PRESETS
from train.renderer.paper.train import train_paper

TINY = dataclasses.replace(PAPER_TARGET_PRESETS["paper-tiny"], iterations=6)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.set_num_threads(1)
    data = drawn.synthetic(64, 24, seed_of())
    spec = dataclasses.replace(TINY.spec, local_blocks=1)
    settings = dataclasses.replace(TINY, spec=spec)
    return train_paper(
        data, settings, tmp_path_factory.mktemp("run"), "figure", seed=seed_of()
    ).path


@pytest.fixture(scope="module")
def shipped(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bundles") / "figure"
    arguments = [str(trained), "--out", str(folder), "--precision", "fp32", "fp16"]
    assert command.main(arguments) == 0
    return bundle.load(folder)


def test_the_bundle_says_what_it_is(shipped):
    manifest = shipped.manifest
    assert (manifest.kind, manifest.name, manifest.size) == ("target", "figure", 64)
    assert json.loads((shipped.path / bundle.MANIFEST).read_text())["network"] == "paper"
    assert manifest.states == {"before": [1, 3, 64, 64]}
    assert manifest.parity["picture"] <= parity.PICTURE_TOLERANCE
    assert manifest.parity["fed_back"] <= parity.PICTURE_TOLERANCE
    assert manifest.parity["grey_levels_in_24"] <= 2
    assert 0 <= manifest.parity["fp16_ssim_loss"] <= picture_parity.MAX_SSIM_LOSS


def test_pictures_are_fed_back_as_in_training(trained, shipped):
    truth = load_paper_painter(trained, torch.device("cpu"))
    ours = NetworkPainter(shipped.network("fp32")[0])
    poses = export.moving(shipped.manifest.body)[:6]
    for pose in poses:
        picture = ours.paint(pose)
        apart = np.abs(picture.image.astype(int) - truth(pose))
        assert apart.max() <= 1
        assert picture.alpha.min() == 255 and picture.shadow.max() == 0
    again = NetworkPainter(shipped.network("fp32")[0]).paint(poses[-1]).image
    assert np.abs(again.astype(int) - picture.image).max() > 1, "the picture before has its part"


def test_a_show_paints_with_it_in_its_own_place_only(shipped):
    settings = Settings(output=(128, 72))
    screen = open_screen(settings, str(shipped.path))
    image, placed = screen.picture(STANDING)
    assert image.image.shape == (72, 128, 3) and placed.shape == (18, 2)
    with pytest.raises(bundle.BundleError, match="has no mask"):
        open_screen(dataclasses.replace(settings, background="green"), str(shipped.path))


def test_a_precision_that_it_does_not_have_is_refused(trained, tmp_path, capsys):
    assert command.main([str(trained), "--out", str(tmp_path / "x"), "--precision", "int8"]) == 1
    assert "fp32 or fp16 alone" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_another_network_is_refused(trained, shipped):
    painter = load_paper_painter(trained, torch.device("cpu"))
    with torch.no_grad():
        next(painter.painter.parameters()).mul_(1.5)
    with pytest.raises(ParityError, match="other weights"):
        export.parity(shipped.network("fp32")[0], painter, export.moving(shipped.manifest.body)[:2])
