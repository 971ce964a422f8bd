"""The compiled pass over a puppet's parts and the plain one say the same, gradients as well."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("numba")

from models.nets.picture.puppet import Puppet
from models.nets.picture.puppet_layers import Mixed, align, laid, lay, person_of
from models.puppet.parts import N_PARTS, NAMES
from models.puppet.placing import Window
from models.puppet.rig import Rig
from models.skeleton import STANDING, Framing
from models.spec import PuppetSpec
from tests.seeds import rng_of, seed_of
from train.renderer.config import PUPPET_PRESETS
from train.renderer.puppet.bank import ViewBank
from train.renderer.puppet.fused import lay_fused
from train.renderer.puppet.step import new_optimizer

SIZE = 96
TINY = PUPPET_PRESETS["puppet-tiny"]


@pytest.fixture
def made():
    """A puppet of noise, what is said of one pose, and where its parts lie in a window."""
    rng = rng_of(3)
    joints = Framing(0.42, 0.5, 0.47).to_picture(
        STANDING + rng.normal(0, 0.05, (40, 18, 2)).astype(np.float32)
    )
    rig = Rig.measured(joints)
    window = Window(20, 10, 80, 90)
    parts = laid(rig.pose(joints[:1]).frames, 0, SIZE, window)
    torch.manual_seed(seed_of(3))
    sizes = tuple(int(n) for n in rig.view_sizes(SIZE).ravel())
    puppet = Puppet(
        PuppetSpec(size=SIZE, width=8, grid=(5, 4), fine=(6, 5), views=(3,) * 16, view_sizes=sizes)
    )
    with torch.no_grad():
        for view in puppet.views:
            view.copy_(torch.rand_like(view) * torch.tensor([1, 1, 1, 0.5]))
        puppet.alignments.normal_(0, 0.3)
    said = {
        "warp": torch.randn(len(parts.parts), 4, 6, 5) * 0.2,
        "shares": torch.rand(len(parts.parts), 2),
    }
    said["warp"][:, 2:] = torch.exp(said["warp"][:, 2:])
    numbers = np.argsort(rng.random((len(parts.parts), 3)), 1)[:, :2]
    which = np.array(puppet.first_views)[parts.parts][:, None] + numbers
    return puppet, which, said, parts, window


def plain(puppet, which, shares, warp, parts, window):
    shifts = puppet.shifts_of(torch.from_numpy(which))
    views = [
        Mixed([puppet.views[n] for n in both], shift, share)
        for both, shift, share in zip(which, shifts, shares, strict=True)
    ]
    return lay(views, warp, parts, window)


def fused(puppet, which, shares, warp, parts, window):
    shifts = puppet.shifts_of(torch.from_numpy(which))
    return lay_fused(ViewBank(puppet), which, shares, shifts, warp, parts, window)


def test_both_lay_the_same_picture(made):
    puppet, which, said, parts, window = made
    assert len(parts.parts) == N_PARTS
    with torch.no_grad():
        ours, theirs = (
            way(puppet, which, **said, parts=parts, window=window) for way in (plain, fused)
        )
    for a, b in zip(person_of(ours), person_of(theirs), strict=True):
        assert torch.allclose(a, b, atol=2e-4)


def test_both_have_the_same_gradient(made):
    puppet, which, said, parts, window = made
    torch.manual_seed(seed_of(4))
    wanted = torch.rand(*window.shape, 3), torch.rand(window.shape)

    def gradients(laid_by):
        puppet.zero_grad()
        given = {name: tensor.clone().requires_grad_() for name, tensor in said.items()}
        colours, alpha = person_of(laid_by(given))
        ((colours - wanted[0]) ** 2 + (alpha - wanted[1])[..., None] ** 2).sum().backward()
        return [puppet.alignments.grad, *(leaf.grad for leaf in given.values())]

    ours = gradients(lambda given: plain(puppet, which, **given, parts=parts, window=window))
    ours += [view.grad for view in puppet.views]
    bank = ViewBank(puppet)
    shifts = puppet.shifts_of(torch.from_numpy(which))
    theirs = gradients(
        lambda given: lay_fused(bank, which, given["shares"], shifts, given["warp"], parts, window)
    )
    used = bank.used()
    assert used == sorted(set(which.ravel().tolist()))
    theirs += [bank.gradient(n) if n in used else None for n in range(len(puppet.views))]
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert float((a - b).abs().max() / a.abs().max().clamp(min=1e-3)) < 0.01
    bank.forget()
    assert not bank.gradients.any()


def test_a_step_of_the_bank_is_one_of_adam(made):
    """But within what 8 bits hold, with bare edges."""
    puppet, which, *_ = made
    bank = ViewBank(puppet)
    optimizer = new_optimizer(puppet, bank, replace(TINY, kept={}))
    number = int(which[0, 0])
    view = puppet.views[number]
    alone = view.detach().clone().requires_grad_()
    rate = next(
        group["lr"] for group in optimizer.param_groups for p in group["params"] if p is view
    )
    adam = torch.optim.Adam([alone], lr=rate, betas=(0.9, 0.98))
    untouched = puppet.views[(number + 1) % len(puppet.views)].detach().clone()
    torch.manual_seed(seed_of(5))
    for _ in range(3):
        gradient = torch.randn_like(view)
        bank.use([number])
        bank.gradient(number).copy_(gradient)
        alone.grad = gradient
        optimizer.step()
        adam.step()
        with torch.no_grad():
            alone[..., :3].clamp_(0, 1)
            alone[..., 3].clamp_(-1, 1)
            for edge in (alone[0], alone[-1], alone[:, 0], alone[:, -1]):
                edge[..., 3] = -1
        assert torch.allclose(view, alone, atol=1e-5)
    assert not bank.gradients.any() and not bank.used()
    assert torch.equal(puppet.views[(number + 1) % len(puppet.views)], untouched)


def test_hands_keep_their_colours_while_coverage_learns(made):
    puppet = made[0]
    bank = ViewBank(puppet)
    optimizer = new_optimizer(puppet, bank, replace(TINY, kept={"hand": 0.0}))
    moved = {}
    for name in ("l_hand", "torso"):
        number = puppet.first_views[NAMES.index(name)]
        before = puppet.views[number].detach().clone()
        bank.use([number])
        bank.gradient(number).fill_(0.5)
        optimizer.step()
        moved[name] = (puppet.views[number].detach() - before).abs()[1:-1, 1:-1]
    assert float(moved["l_hand"][..., :3].max()) == 0 and float(moved["l_hand"][..., 3].max()) > 0
    assert float(moved["torso"][..., :3].max()) > 0


def test_a_window_without_a_part_is_bare(made):
    puppet, which, said, parts, window = made
    nothing = parts._replace(
        parts=parts.parts[:0], geometry=parts.geometry[:0], boxes=parts.boxes[:0]
    )
    shares, shifts = said["shares"][:0], torch.zeros(0, 2, 2, 6, 5)
    sums = lay_fused(ViewBank(puppet), which[:0], shares, shifts, said["warp"][:0], nothing, window)
    assert sums.shape == (*window.shape, 5)
    assert float(sums[..., :4].abs().max()) == 0 and float(sums[..., 4].min()) == 1


def test_an_aligned_view_shows_what_its_shifts_say():
    """Moved by a whole number of pixels inside, and by nothing at its edge."""
    torch.manual_seed(seed_of(6))
    view = torch.rand(41, 21, 4)
    shift = torch.zeros(2, 5, 3)
    shift[0, 1:-1, 1:-1] = 2 * 2 / 20  # two pixels at the middle column
    moved = align(view, shift)
    assert torch.allclose(moved[20, 10], view[20, 12], atol=1e-4)
    assert torch.allclose(moved[:, 0], view[:, 0], atol=1e-4)
    assert torch.allclose(align(view, torch.zeros(2, 5, 3)), view, atol=1e-4)
