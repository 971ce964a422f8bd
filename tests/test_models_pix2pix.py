"""The paper's networks of pictures: sizes, gradients, the drawn pose, the fed-back picture."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from seeds import seed_of

torch = pytest.importorskip("torch")


from models import skeleton
from models.nets import checkpoint
from models.nets.picture import pix2pix, pose_picture, vgg
from models.nets.picture.paper_painter import FedBackPainter, PaperPainter
from models.spec import PaperPainterSpec

TINY = PaperPainterSpec(
    size=64, width=4, downs=2, blocks=1, face_width=4, face_downs=1, face_blocks=1
)
LOCAL = dataclasses.replace(TINY, local_blocks=1)
JOINTS = skeleton.PLAIN_BODY.place(skeleton.STANDING)


def _poses(count: int = 1):
    torch.manual_seed(seed_of(0))
    return torch.from_numpy(np.repeat(JOINTS[None], count, 0)) + torch.randn(count, 18, 2) * 0.02


def _count(network) -> int:
    return sum(weights.numel() for weights in network.parameters())


def test_the_global_generator_has_the_paper_s_size():
    with torch.device("meta"):
        network = pix2pix.GlobalGenerator(18)
        assert round(_count(network) / 1e6, 2) == 182.49
        assert network.features(torch.zeros(1, 18, 64, 64)).shape == (1, 64, 64, 64)
        full = PaperPainter(PaperPainterSpec(local_blocks=3))
        assert full.spec.face_side == 128 and full.spec.coarse_size == 256
        assert full.enhancer is not None and full.enhancer.down[1].out_channels == 32


def test_judges_give_every_layer_of_every_scale():
    found = pix2pix.MultiscaleDiscriminator(5, width=8, layers=3, scales=3)(
        torch.zeros(2, 5, 64, 64)
    )
    assert [len(layers) for layers in found] == [5, 5, 5]
    assert [layers[0].shape for layers in found] == [(2, 8, n, n) for n in (33, 17, 9)]
    assert all(layers[-1].shape[1] == 1 and layers[-2].shape[1] == 64 for layers in found)


@pytest.mark.parametrize("spec", [TINY, LOCAL])
def test_every_weight_learns(spec):
    """But the shifts before a norm, which takes them away again."""
    torch.manual_seed(seed_of(1))
    painter = PaperPainter(spec)
    picture = painter.paint(_poses(2), torch.randn(2, 3, 64, 64))
    assert picture.shape == (2, 3, 64, 64) and picture.abs().max() <= 1
    wish = painter.with_face(_poses(2), picture).square().mean()
    judge = pix2pix.MultiscaleDiscriminator(3, width=8, layers=2)
    (wish + sum(layers[-1].square().mean() for layers in judge(picture))).backward()
    for network in (painter, judge):
        for name, weights in network.named_parameters():
            is_spare = spec is LOCAL and name.startswith("whole.colours")
            if weights.ndim > 1 and not is_spare:
                assert weights.grad is not None and weights.grad.abs().sum() > 0, name


def test_the_enhancer_alone_leaves_the_global_generator():
    painter = PaperPainter(LOCAL)
    painter.paint(_poses(), torch.zeros(1, 3, 64, 64), is_coarse_fixed=True).mean().backward()
    assert all(weights.grad is None for weights in painter.whole.parameters())
    assert painter.paint_coarse(_poses(), torch.zeros(1, 3, 32, 32)).shape == (1, 3, 32, 32)


def test_limbs_are_drawn_where_they_are_and_hide_nothing():
    joints = torch.full((1, 18, 2), 0.25)
    joints[0, 4] = torch.tensor([0.75, 0.25])  # right forearm: across
    joints[0, 6] = torch.tensor([0.5, 0.0])  # left forearm: down, crossing it
    joints[0, 7] = torch.tensor([0.5, 0.75])
    drawn = pose_picture.draw_limbs(joints, 64, 2.0)
    right, left = (skeleton.LIMBS.index(limb) for limb in ((3, 4), (6, 7)))
    assert drawn.shape == (1, 17, 64, 64)
    assert drawn[0, right, 16, 32] == 1 and drawn[0, left, 16, 32] == 1
    across = drawn[0, right, :, 32]
    assert across.sum() == pytest.approx(4.0, abs=0.01)  # twice the half width
    assert across[13] == 0 and across[14] == 1
    # A quarter of a pixel further moves the edge by as much: nothing snaps to pixels.
    further = pose_picture.draw_limbs(joints + 0.25 / 64, 64, 2.0)[0, right, :, 32]
    at = torch.arange(64) + 0.5
    assert further[14] == 0.75 and further[18] == 0.25
    assert (further * at).sum() / further.sum() == pytest.approx(16.25, abs=0.01)
    # Twice the size is the same picture, drawn finer.
    finer = torch.nn.functional.avg_pool2d(pose_picture.draw_limbs(joints, 128, 4.0), 2)
    assert (finer - drawn).abs().mean() < 0.002


def test_a_limb_towards_the_audience_is_a_dot():
    drawn = pose_picture.draw_limbs(torch.full((1, 18, 2), 0.5), 32, 3.0)
    assert drawn.amax((0, 2, 3)).min() == 1 and torch.isfinite(drawn).all()


def test_the_face_is_inside_its_square_and_the_square_in_the_picture():
    joints = torch.from_numpy(JOINTS[None]).repeat(3, 1, 1)
    joints[1] += 2.0
    joints[2] -= 2.0
    corners = pose_picture.face_corner(joints, 64, 16)
    inside = joints[0, [0, 14, 15, 16, 17]] * 64 - corners[0]
    assert (inside > 0).all() and (inside < 16).all()
    assert corners[1].tolist() == [48, 48] and corners[2].tolist() == [0, 0]


def test_the_face_network_adds_to_its_square_alone():
    painter = PaperPainter(TINY)
    poses, picture = _poses(2), torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        change, corners, drawn = painter.face_change(poses, picture)
        better = painter.with_face(poses, picture)
    side = TINY.face_side
    assert change.shape == (2, 3, side, side) and drawn.shape == (2, 17, side, side)
    difference = better - picture
    assert torch.allclose(pose_picture.cut(difference, corners, side), change, atol=1e-6)
    for row, part in zip(difference, change, strict=True):
        assert row.abs().sum() == pytest.approx(float(part.abs().sum()), rel=1e-4)
    without = PaperPainter(dataclasses.replace(TINY, face=0))
    assert without.with_face(poses, picture) is picture


@pytest.mark.parametrize("spec", [TINY, LOCAL])
@pytest.mark.parametrize("stage", ["whole", "face"])
def test_the_picture_before_counts_until_it_is_reset(spec, stage):
    torch.manual_seed(seed_of(0))
    paint = FedBackPainter(PaperPainter(spec), stage)
    first, second = paint(JOINTS), paint(JOINTS)
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    assert (first != second).any()
    paint.reset()
    assert np.array_equal(paint(JOINTS), first)


def test_vgg_is_read_from_both_kinds_of_file_and_nothing_else(tmp_path: Path):
    from safetensors.torch import save_file

    tensors = vgg.Vgg19().state_dict()
    assert len(tensors) == 26  # 13 convolutions
    more = tensors | {"classifier.0.weight": torch.zeros(2, 2)}
    torch.save(more, tmp_path / "vgg.pth")
    save_file(more, tmp_path / "vgg.safetensors")
    picture = torch.rand(1, 3, 32, 32)
    first, second = (
        vgg.load_vgg(tmp_path / f"vgg.{kind}")(picture) for kind in ("pth", "safetensors")
    )
    assert [tap.shape[1:] for tap in first] == [
        (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2)
    ]  # fmt: skip
    assert all(torch.equal(a, b) and a.min() >= 0 for a, b in zip(first, second, strict=True))
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    for name in ("text.pth", "other.pth", "missing.pth", "missing.safetensors"):
        with pytest.raises(checkpoint.CheckpointError, match=r"VGG-19"):
            vgg.load_vgg(tmp_path / name)
