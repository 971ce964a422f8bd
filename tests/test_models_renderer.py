"""The stage renderer: what it draws inside, what it leaves alone, what it costs."""

import dataclasses

import pytest
from seeds import rng_of, seed_of

torch = pytest.importorskip("torch")


from models import skeleton
from models.nets.picture.pose_fields import CELL, N_FEATURES, draw
from models.nets.picture.renderer import PoseRenderer, StageRenderer, paint_whole
from models.spec import RendererSpec

TINY = RendererSpec(
    size=64, width=16, width_half=24, width_quarter=32, patch=8, patch_cells=(4, 4, 4)
)
WINDOW = dataclasses.replace(TINY, window=(48, 48), window_before=(24, 24))
FRAMING = skeleton.Framing(0.42, 0.5, 0.47)


def standing(count: int = 1, wobble: float = 0.03) -> "torch.Tensor":
    noise = rng_of(3).normal(0, wobble, (count, 18, 2))
    return torch.from_numpy(FRAMING.to_picture(skeleton.STANDING + noise))


@pytest.fixture
def renderer() -> PoseRenderer:
    torch.manual_seed(seed_of(1))
    made = PoseRenderer(TINY).eval()
    made.plate.copy_(torch.randint(0, 256, made.plate.shape, dtype=torch.uint8))
    return made


def test_stage_graph_gives_bytes_with_the_person_inside(renderer: PoseRenderer) -> None:
    image, alpha, shadow, corner, plate = StageRenderer(renderer)(standing(2))
    assert image.shape == (2, 64, 64, 3) and image.dtype == torch.uint8
    assert alpha.shape == shadow.shape == (2, 64, 64) and alpha.dtype == torch.uint8
    assert corner.tolist() == [[0, 0], [0, 0]]
    assert torch.equal(plate, renderer.plate.permute(1, 2, 0))


def windowed(renderer: PoseRenderer) -> PoseRenderer:
    """The same network, but only a window of 48 x 48 px is computed."""
    made = PoseRenderer(WINDOW).eval()
    made.load_state_dict(renderer.state_dict())
    return made


def test_the_window_follows_the_person_and_stays_in_the_picture(renderer: PoseRenderer) -> None:
    small = windowed(renderer)
    poses = torch.cat([standing() * 0.5 + torch.tensor([x, 0.25]) for x in (-0.9, 0.2, 0.4, 1.4)])
    corner = small.corner(poses)
    assert corner[:, 0].tolist() == [0, 0, 16, 16]  # whole coarse cells, never outside
    assert (corner >= 0).all() and (corner + 48 <= 64).all()


def test_a_window_shows_what_the_whole_picture_shows(renderer: PoseRenderer) -> None:
    """Away from the window's edge, where the shadow ends and convolutions see zeros."""
    poses = standing(2) * 0.3 + 0.35
    whole, part = paint_whole(renderer, poses), paint_whole(windowed(renderer), poses)
    middle = part[:, 28:36, 28:36].int() - whole[:, 28:36, 28:36].int()
    assert middle.abs().max() <= 2
    corner = windowed(renderer).corner(poses)[0]
    outside = torch.ones(64, 64, dtype=torch.bool)
    outside[corner[1] : corner[1] + 48, corner[0] : corner[0] + 48] = False
    assert torch.equal(part[0][outside], renderer.plate.permute(1, 2, 0)[outside])


def hide(renderer: PoseRenderer, mask: float, shade: float) -> None:
    """Everywhere the same mask and shadow, whatever the pose is."""
    with torch.no_grad():
        for conv in (renderer.head, *renderer.changes.values()):
            conv.weight.zero_()
        renderer.head.bias[3 * CELL * CELL :] = mask
        renderer.shade.weight.zero_()
        renderer.shade.bias.fill_(shade)


def test_the_plate_is_untouched_where_nobody_stands(renderer: PoseRenderer) -> None:
    hide(renderer, -30.0, -30.0)
    image, alpha, shadow, _, plate = StageRenderer(renderer)(standing())
    assert alpha.max() == shadow.max() == 0
    assert torch.equal(image[0], plate)


def test_the_mask_hides_the_plate_and_the_shadow_darkens_it(renderer: PoseRenderer) -> None:
    with torch.no_grad():
        hide(renderer, 30.0, 30.0)
        person = renderer(standing())[0]
        renderer.plate.zero_()
        assert torch.equal(renderer(standing())[0].rgb, person.rgb)  # nothing shines through
        renderer.plate.fill_(200)
        hide(renderer, -30.0, 30.0)
        dark = renderer(standing())[0].rgb[..., 8:-8, 8:-8]
        assert dark.abs().max() < 1e-4  # full shadow is black


def test_patches_change_their_own_place_only(renderer: PoseRenderer) -> None:
    poses = standing()
    before = renderer(poses)[0].mask_logits
    with torch.no_grad():
        renderer.changes["head"].bias.fill_(1.0)
    changed = (renderer(poses)[0].mask_logits - before).abs()[0, 0] > 1e-6
    rows, columns = torch.nonzero(changed.any(1)).flatten(), torch.nonzero(changed.any(0)).flatten()
    assert len(rows) <= 16 and len(columns) <= 16  # four cells a side
    nose = poses[0, 0] * 64
    assert columns[0] <= nose[0] <= columns[-1] and rows[0] <= nose[1] <= rows[-1]


def test_a_picture_depends_on_its_own_joints_only(renderer: PoseRenderer) -> None:
    poses = standing(3, wobble=0.1)
    together = paint_whole(renderer, poses)
    for pose, picture in zip(poses, together, strict=True):
        alone = paint_whole(renderer, pose[None])[0]
        assert (alone.int() - picture.int()).abs().max() <= 1
    assert not torch.equal(together[0], together[1])


def test_a_finer_level_paints_twice_the_size() -> None:
    spec = dataclasses.replace(TINY, size=128, detail=8)
    made = PoseRenderer(spec).eval()
    assert spec.cell == 8
    assert made(standing())[0].rgb.shape == (1, 3, 128, 128)


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
        painted, _ = renderer(joints)
        painted.rgb.sum().backward()
        assert torch.isfinite(painted.rgb).all()
        assert joints.grad is not None and torch.isfinite(joints.grad).all()


def test_every_weight_learns(renderer: PoseRenderer) -> None:
    renderer(standing(2))[0].rgb.square().mean().backward()
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
