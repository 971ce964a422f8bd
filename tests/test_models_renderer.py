"""The stage renderer: what it draws inside, what it leaves alone, what it costs."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from models import skeleton  # noqa: E402
from models.nets.renderer import CELL, N_FEATURES, PoseRenderer, StageRenderer, draw  # noqa: E402
from models.spec import RendererSpec  # noqa: E402

TINY = RendererSpec(size=64, width=16, width_half=24, width_quarter=32)
FRAMING = skeleton.Framing(0.42, 0.5, 0.47)


def standing(count: int = 1, wobble: float = 0.03) -> "torch.Tensor":
    noise = np.random.default_rng(3).normal(0, wobble, (count, 18, 2))
    return torch.from_numpy(FRAMING.to_picture(skeleton.STANDING + noise))


@pytest.fixture
def renderer() -> PoseRenderer:
    torch.manual_seed(1)
    made = PoseRenderer(TINY).eval()
    made.plate.copy_(torch.randint(0, 256, made.plate.shape, dtype=torch.uint8))
    return made


def test_stage_graph_gives_bytes_with_the_person_inside(renderer: PoseRenderer) -> None:
    image, alpha = StageRenderer(renderer)(standing(2))
    assert image.shape == (2, 64, 64, 3) and image.dtype == torch.uint8
    assert alpha.shape == (2, 64, 64) and alpha.dtype == torch.uint8


def test_the_plate_is_untouched_where_nobody_stands(renderer: PoseRenderer) -> None:
    with torch.no_grad():
        renderer.head.bias[3 * CELL * CELL :] = -30.0
        renderer.shade.bias.fill_(-30.0)
        image, alpha = StageRenderer(renderer)(standing())
    assert alpha.max() == 0
    assert torch.equal(image[0], renderer.plate.permute(1, 2, 0))


def test_the_mask_hides_the_plate_and_the_shadow_darkens_it(renderer: PoseRenderer) -> None:
    with torch.no_grad():
        renderer.head.bias[3 * CELL * CELL :] = 30.0
        person = renderer(standing())
        renderer.plate.zero_()
        assert torch.equal(renderer(standing()).rgb, person.rgb)  # nothing shines through
        renderer.plate.fill_(200)
        renderer.head.bias[3 * CELL * CELL :] = -30.0
        renderer.shade.bias.fill_(30.0)
        assert renderer(standing()).rgb.abs().max() < 1e-4  # full shadow is black


def test_a_picture_depends_on_its_own_joints_only(renderer: PoseRenderer) -> None:
    poses = standing(3, wobble=0.1)
    together, _ = StageRenderer(renderer)(poses)
    for pose, picture in zip(poses, together, strict=True):
        alone, _ = StageRenderer(renderer)(pose[None])
        assert (alone[0].int() - picture.int()).abs().max() <= 1
    assert not torch.equal(together[0], together[1])


def test_the_drawing_moves_with_the_joints() -> None:
    joints = standing() * 256
    whole = draw(joints, 64, 64, 256)
    part = draw(joints - torch.tensor([8.0, 12.0]) * CELL, 40, 48, 256)
    assert whole.shape == (1, N_FEATURES, 64, 64)
    assert torch.allclose(part, whole[:, :, 12:52, 8:56], atol=1e-4)


def test_the_drawing_shows_steps_below_a_cell() -> None:
    joints = standing() * 256
    moved = draw(joints + 0.25, 64, 64, 256) - draw(joints, 64, 64, 256)
    assert moved.abs().max() > 0.02


def test_joints_on_one_spot_or_far_outside_stay_finite(renderer: PoseRenderer) -> None:
    for joints in (torch.full((1, 18, 2), 0.5), torch.full((1, 18, 2), -30.0), standing() * 50):
        joints = joints.clone().requires_grad_()
        painted = renderer(joints)
        painted.rgb.sum().backward()
        assert torch.isfinite(painted.rgb).all()
        assert joints.grad is not None and torch.isfinite(joints.grad).all()


def test_every_weight_learns(renderer: PoseRenderer) -> None:
    renderer(standing(2)).rgb.square().mean().backward()
    idle = [name for name, p in renderer.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []


def test_the_stage_size_keeps_to_its_budget() -> None:
    """At most 1.8 GMAC at 256, counted at the convolutions."""
    renderer, total = PoseRenderer(RendererSpec()).eval(), 0

    def count(conv: "torch.nn.Conv2d", _: object, out: "torch.Tensor") -> None:
        nonlocal total
        total += conv.weight[0].numel() * out[0].numel()

    for module in renderer.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(count)
    with torch.no_grad():
        renderer(standing())
    assert 1.0e9 < total <= 1.8e9
