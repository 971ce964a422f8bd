"""Where a puppet's parts lie, what is told of a pose, and what the network costs."""

import numpy as np
import pytest

from models.puppet.parts import HEAD, N_PARTS, NAMES, PARTS
from models.puppet.placing import chosen
from models.puppet.rig import Rig
from models.skeleton import L_WRIST, NOSE, R_ELBOW, R_WRIST, STANDING, Framing
from tests.seeds import rng_of

FRAMING = Framing(0.34, 0.5, 0.55)


def dancing(count: int) -> np.ndarray:
    sway = rng_of(5).normal(0, 0.06, (count, *STANDING.shape))
    return FRAMING.to_picture((STANDING + sway).astype(np.float32))


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig.measured(dancing(200))


def test_every_part_has_what_it_grows_together_with() -> None:
    assert len(set(NAMES)) == len(PARTS) == 16
    for part in PARTS:
        assert set(part.near) <= set(NAMES) - {part.name}
        for near in part.near:
            both = near in ("torso", "pelvis") or part.name in PARTS[NAMES.index(near)].near
            assert both  # the trunk need not name each limb


def test_a_person_elsewhere_or_farther_away_is_the_same_pose(rig: Rig) -> None:
    """But for where and how large they are: the last three features."""
    joints = dancing(8)
    here, there = rig.pose(joints), rig.pose((joints - 0.5) * 0.7 + 0.45)
    assert np.allclose(here.features[..., :-3], there.features[..., :-3], atol=2e-4)
    assert np.allclose(here.choice, there.choice, atol=2e-3)
    assert np.allclose(there.frames.scale, 0.7 * here.frames.scale, rtol=1e-4)
    assert np.allclose(there.frames.origin, (here.frames.origin - 0.5) * 0.7 + 0.45, atol=1e-5)


def test_a_turned_person_has_turned_parts(rig: Rig) -> None:
    joints = dancing(8)
    angle = rng_of(6).uniform(-0.6, 0.6)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = ((joints - 0.5) @ turn + 0.5).astype(np.float32)
    axes = rig.pose(joints).frames.axis @ turn
    upright = [name.endswith("foot") for name in NAMES]
    found = rig.pose(turned).frames.axis
    assert np.allclose(found[:, ~np.array(upright)], axes[:, ~np.array(upright)], atol=1e-4)
    assert np.allclose(found[:, upright], (0, 1))


def test_a_head_that_looks_ahead_is_upright(rig: Rig) -> None:
    joints = FRAMING.to_picture(STANDING[None])
    assert np.allclose(rig.pose(joints).frames.axis[0, HEAD], (0, 1), atol=0.05)


def test_a_part_is_told_nothing_of_joints_that_it_does_not_see(rig: Rig) -> None:
    joints = dancing(4)
    moved = joints.copy()
    moved[:, NOSE] += 0.01  # no limb ends there, so the body scale stays
    shin = NAMES.index("l_shin")
    n_seen = 2 * joints.shape[1]
    before, after = rig.pose(joints).features, rig.pose(moved).features
    assert np.array_equal(before[:, shin, :n_seen], after[:, shin, :n_seen])
    assert not np.array_equal(before[:, NAMES.index("r_hand")], after[:, NAMES.index("r_hand")])


def test_a_forearm_that_points_at_the_camera_is_not_drawn_to_nothing(rig: Rig) -> None:
    joints = dancing(1)
    joints[:, R_WRIST] = joints[:, R_ELBOW]
    frames = rig.pose(joints).frames
    part = NAMES.index("r_forearm")
    assert frames.length[0, part] > 0.3 * rig.part_lengths[part] * frames.scale[0]
    assert np.isfinite(frames.axis).all()


def test_where_two_views_change_their_order_nothing_jumps() -> None:
    rng = rng_of(7)
    for _ in range(20):
        first, second, third = np.sort(rng.uniform(0.1, 1, 3))[::-1]
        low, high = (second + third) / 2 - 1e-6, (second + third) / 2 + 1e-6
        pictures = []
        for others in ((low, high), (high, low)):
            shares, numbers = chosen(np.tile([first, *others], (N_PARTS, 1)))
            picture = np.zeros((N_PARTS, 3))
            np.put_along_axis(picture, numbers, shares, 1)
            pictures.append(picture)
        assert np.abs(pictures[0] - pictures[1]).max() < 1e-4


def test_the_arms_lie_before_the_trunk_before_anything_is_learned() -> None:
    depth = {part.name: part.depth for part in PARTS}
    assert depth["pelvis"] < depth["torso"] < depth["l_upper_arm"] < depth["l_forearm"]
    assert depth["l_forearm"] < depth["l_hand"]
    assert depth["l_thigh"] == depth["l_shin"] < depth["l_foot"] < depth["l_upper_arm"]
    assert depth["pelvis"] < depth["neck"] < depth["torso"] < depth["l_thigh"] < depth["head"]
    assert PARTS[NAMES.index("l_hand")].origin == L_WRIST


torch = pytest.importorskip("torch")


def test_what_a_puppet_costs() -> None:
    """At most 0.15 GMAC and 80 operators beside convolutions and products."""
    onnx = pytest.importorskip("onnx")
    from torch.utils.flop_counter import FlopCounterMode

    from export.puppet import StagePuppet, example
    from export.to_onnx import export_network
    from models.nets.picture.puppet import Puppet
    from models.spec import PUPPET, PuppetSpec

    stage = StagePuppet(
        Puppet(PuppetSpec(size=64, views=tuple(part.views for part in PARTS), view_sizes=(4,) * 32))
    ).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        stage(*example())
    assert counter.get_total_flops() / 2 <= 0.15e9
    network = export_network(stage, example(), PUPPET[:3], PUPPET[3:])
    free = {"Constant", "Cast", "Reshape", "Identity", "Conv", "MatMul", "Gemm"}
    graph = onnx.load_from_string(network).graph
    assert sum(node.op_type not in free for node in graph.node) <= 80


def test_training_and_stage_choose_the_same_views_however_sure_the_network_is() -> None:
    """A part may have few views: those that it lacks are never taken, though all others are 0."""
    from models.nets.picture import puppet

    rng, parts = rng_of(11), torch.arange(N_PARTS)
    drawn = rng.dirichlet(np.ones(64), N_PARTS).astype(np.float32)
    sure = np.zeros((N_PARTS, 64), np.float32)
    sure[parts, rng.integers(0, 2, N_PARTS)] = 1
    alike = np.full((N_PARTS, 4), 0.25, np.float32)  # the same view three times
    for chances in (drawn, sure, alike, drawn[:, :2], drawn[:, :1]):
        shares, numbers = chosen(chances)
        learned, which = puppet.chosen(torch.from_numpy(chances), parts)
        assert np.array_equal(numbers, which.numpy())
        assert np.abs(shares - learned.numpy()).max() < 1e-5
        assert np.isfinite(shares).all() and np.abs(shares.sum(1) - 1).max() < 1e-5
        given = torch.from_numpy(chances).requires_grad_()
        puppet.chosen(given, parts)[0][:, 0].sum().backward()
        assert given.grad is not None and torch.isfinite(given.grad).all()
    assert chosen(sure)[1].max() == 1, "parts of two views have no third"
