"""A puppet from training to stage: learned, exported, and painted as torch lays it."""

import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")
pytest.importorskip("sklearn")

from export.parity import ParityError
from export.puppet import StagePuppet, example, stored
from export.to_onnx import export_network
from live.picture.painter import Painter
from models import bundle
from models.bundle import BundleError
from models.nets import checkpoint
from models.nets.picture.puppet import load_puppet
from models.nets.picture.puppet_picture import TorchPuppet
from models.puppet.painter import PuppetPainter
from models.puppet.view_files import read_views
from models.runtime.engines import EngineError
from models.skeleton import STANDING
from models.spec import PUPPET
from tests.broken_networks import with_other_weights
from tests.made_painters import counting
from tests.made_puppets import SIZE, bundled, learned
from tests.seeds import rng_of


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return learned(tmp_path_factory.mktemp("puppet"))


@pytest.fixture(scope="module")
def made(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> bundle.Bundle:
    return bundled(trained, tmp_path_factory.mktemp("bundles"))


def poses(count: int) -> np.ndarray:
    sway = rng_of(2).normal(0, 0.06, (count, *STANDING.shape))
    return (STANDING + sway).astype(np.float32)


def test_the_stage_paints_what_torch_lays(trained: Path, made: bundle.Bundle) -> None:
    """To two grey levels and the rounding of a JPEG, which is nearly lossless."""
    torch_puppet = TorchPuppet(load_puppet(trained)[0])
    painter = PuppetPainter(made)
    for pose in poses(6):
        joints = made.manifest.body.place(pose)
        truth = torch_puppet(joints)
        off = np.abs(painter.whole(joints).astype(int) - truth.astype(int))
        assert off.mean() < 1 and np.percentile(off, 99.9) <= 12
        covered = painter.coverage(joints).astype(int) - torch_puppet.coverage(joints)
        assert np.abs(covered).mean() < 0.5 and np.percentile(np.abs(covered), 99.9) <= 4


def test_what_is_debris_is_no_part_of_a_bundle(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So few steps leave none that is seen: here all of it is debris."""
    monkeypatch.setattr("export.puppet.without_debris", np.zeros_like)
    assert not any(views[..., 3].any() for views in read_views(bundled(trained, tmp_path)))


def test_weights_are_kept_in_half_and_what_that_costs_is_told(
    trained: Path, made: bundle.Bundle
) -> None:
    puppet, header = load_puppet(trained)
    network = made.network("fp32")[0]
    assert len(network) < 2.2 * sum(p.numel() for p in StagePuppet(puppet).parameters())
    assert set(made.manifest.parity) == set(PUPPET[3:])
    assert 0 < max(made.manifest.parity.values()) < 5e-2
    full = export_network(StagePuppet(puppet), example(), PUPPET[:3], PUPPET[3:])
    for name, wrong in with_other_weights(full):
        with pytest.raises(ParityError, match=re.escape(name)):
            stored(wrong, puppet, header["body"])


def test_a_puppet_is_painted_at_any_size(made: bundle.Bundle) -> None:
    pictures = [Painter(made, size=size) for size in (SIZE, 2 * SIZE, SIZE // 2)]
    joints = pictures[0].place(poses(1)[0])
    shares = []
    for painter in pictures:
        picture = painter.paint(joints)
        assert painter.plate.shape == (painter.size, painter.size, 3)
        assert picture.whole(painter.plate).shape == painter.plate.shape
        shares.append(picture.alpha.sum() / 255 / painter.size**2)
    assert min(shares) > 0.02
    assert max(shares) < 1.1 * min(shares)


def test_equal_joints_give_equal_pictures(made: bundle.Bundle) -> None:
    painter = PuppetPainter(made)
    first, other = (made.manifest.body.place(pose) for pose in poses(2))
    before = painter.whole(first)
    painter.whole(other)
    assert np.array_equal(painter.whole(first), before)


@pytest.mark.parametrize("where", [-3.0, 0.0, 0.97, 4.0])
def test_a_person_beside_the_picture_is_painted_as_far_as_they_are_in_it(
    made: bundle.Bundle, where: float
) -> None:
    painter = PuppetPainter(made)
    joints = made.manifest.body.place(poses(1)[0])
    joints[:, 0] += where - 0.5
    picture = painter.paint(joints)
    assert picture.whole(painter.plate).shape == painter.plate.shape


def test_joints_in_one_place_are_painted(made: bundle.Bundle) -> None:
    painter = PuppetPainter(made)
    assert painter.whole(np.full((18, 2), 0.5, np.float32)).shape == painter.plate.shape


def test_a_view_that_is_no_picture_is_refused(made: bundle.Bundle, tmp_path: Path) -> None:
    files = {file: made.read(file) for file in made.manifest.sha256}
    files["head.jpg"] = files["plate.jpg"]
    facts = vars(made.manifest).copy()
    for own in ("sha256", "format_version"):
        facts.pop(own)
    broken = bundle.write(tmp_path / "broken", facts, files)
    with pytest.raises(BundleError, match=r"head\.jpg is no picture"):
        PuppetPainter(broken)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limbs", [0.2]),
        ("view_sizes", [8] * 31),
        ("views", [1] * 16),
        ("views", [2] * 15),
        ("face", []),
    ],
)
def test_measures_of_nobody_are_refused(
    made: bundle.Bundle, tmp_path: Path, field: str, value: object
) -> None:
    facts = vars(made.manifest).copy()
    facts["spec"] = facts["spec"] | {field: value}
    for own in ("sha256", "format_version"):
        facts.pop(own)
    files = {file: made.read(file) for file in made.manifest.sha256}
    broken = bundle.write(tmp_path / "broken", facts, files)
    with pytest.raises(BundleError, match="measures are not those of a person"):
        PuppetPainter(broken)


def test_a_network_that_moves_no_puppet_is_refused(made: bundle.Bundle, tmp_path: Path) -> None:
    facts = vars(made.manifest).copy()
    for own in ("sha256", "format_version"):
        facts.pop(own)
    files = {file: made.read(file) for file in made.manifest.sha256}
    files["puppet.onnx"] = counting(SIZE)
    broken = bundle.write(tmp_path / "broken", facts, files)
    with pytest.raises(EngineError, match="cannot run this network"):
        PuppetPainter(broken)


def test_the_averaged_puppet_shares_the_views(trained: Path) -> None:
    tensors, header = checkpoint.load(trained)
    assert header["kind"] == "puppet"
    assert torch.equal(tensors["model.views.0"], tensors["ema.views.0"])
    assert not torch.equal(tensors["model.heads.last"], tensors["ema.heads.last"])
