"""The compiled pass over a puppet's parts and the plain one say the same, gradients as well."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from models.nets.picture.puppet import GRIDS
from models.nets.picture.puppet_layers import Window, align, laid, lay, person_of
from models.puppet.parts import N_PARTS
from models.puppet.rig import Rig
from models.skeleton import STANDING, Framing
from tests.seeds import rng_of, seed_of
from train.renderer.puppet.fused import align_fused, lay_fused

SIZE = 96


@pytest.fixture
def made():
    rng = rng_of(3)
    joints = Framing(0.42, 0.5, 0.47).to_picture(
        STANDING + rng.normal(0, 0.05, (40, 18, 2)).astype(np.float32)
    )
    rig = Rig.measured(joints)
    window = Window(20, 10, 80, 90)
    parts = laid(rig.pose(joints[:1]).frames, 0, SIZE, window)
    torch.manual_seed(seed_of(3))
    sizes = rig.view_sizes(SIZE)[parts.parts]
    views = [torch.rand(*size, 4) * torch.tensor([1, 1, 1, 0.5]) for size in sizes]
    warp = torch.randn(len(parts.parts), GRIDS, 6, 4) * 0.2
    warp[:, 2:] = torch.exp(warp[:, 2:])
    return views, warp, parts, window


def test_both_lay_the_same_picture(made):
    plain, fused = lay(*made), lay_fused(*made)
    assert len(made[2].parts) == N_PARTS
    for a, b in zip(person_of(plain), person_of(fused), strict=True):
        assert torch.allclose(a, b, atol=2e-4)


def test_both_have_the_same_gradient(made):
    views, warp, parts, window = made
    torch.manual_seed(seed_of(4))
    wanted = torch.rand(*window.shape, 3), torch.rand(window.shape)
    found = []
    for way in (lay, lay_fused):
        leaves = [view.clone().requires_grad_() for view in views]
        grid = warp.clone().requires_grad_()
        colours, alpha = person_of(way(leaves, grid, parts, window))
        ((colours - wanted[0]) ** 2 + (alpha - wanted[1])[..., None] ** 2).sum().backward()
        found.append([grid.grad, *(leaf.grad for leaf in leaves)])
    for plain, fused in zip(*found, strict=True):
        scale = plain.abs().max().clamp(min=1e-3)
        assert float((plain - fused).abs().max() / scale) < 0.01


def test_a_window_without_a_part_is_bare(made):
    _, warp, parts, window = made
    nothing = parts._replace(
        parts=parts.parts[:0], geometry=parts.geometry[:0], boxes=parts.boxes[:0]
    )
    sums = lay_fused([], warp[:0], nothing, window)
    assert sums.shape == (*window.shape, 5)
    assert float(sums[..., :4].abs().max()) == 0 and float(sums[..., 4].min()) == 1


def test_both_align_a_view_alike():
    torch.manual_seed(seed_of(6))
    given = torch.rand(40, 24, 4), 0.1 * torch.randn(2, 7, 5)
    wanted, found = torch.rand(40, 24, 4), []
    for way in (align, align_fused):
        leaves = [each.clone().requires_grad_() for each in given]
        aligned = way(*leaves)
        ((aligned - wanted) ** 2).sum().backward()
        found.append([aligned.detach(), *(leaf.grad for leaf in leaves)])
    for plain, fused in zip(*found, strict=True):
        assert torch.allclose(plain, fused, atol=1e-3 * float(plain.abs().max()))
