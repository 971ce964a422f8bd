"""The stage renderer: joints in, the picture of one person on their fixed background out.

The pose is drawn inside the network at a quarter of the size, as distance fields around the limbs,
so that the exported graph needs nothing but the joints. Only a window that follows the person is
computed; face, hands and feet are painted once more, finer. Stateless: equal joints, equal
pictures.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.nets.picture.pose_fields import CELL, N_FEATURES, draw
from models.nets.picture.renderer_blocks import Body, Detail, Patch, conv
from models.nets.picture.renderer_patches import (
    KINDS,
    N_DRAWN,
    Place,
    draw_fine,
    parts_of,
    place_around,
    taper,
)
from models.spec import N_JOINTS, RendererSpec

N_CALIBRATION = 96  # typical poses kept with the weights: export quantises by them

_MASK_FLOOR = 0.01  # a mask below is none, so that the background stands still
_SHADOW_RAMP = 12  # px of a 256 picture over which the shadow ends at the window's edge


class Painted(NamedTuple):
    """What one pass gives; colours and shares 0..1."""

    rgb: Tensor  # (B, 3, H, W), composited
    mask: Tensor  # (B, 1, H, W), the person
    mask_logits: Tensor  # (B, 1, H, W)
    shadow: Tensor  # (B, 1, H, W), how much darker the background is


@lru_cache(maxsize=8)
def _enlarger(n: int, goal: int, device: torch.device) -> Tensor:
    """The matrix (goal, n) that enlarges a column of n values bilinearly."""
    eye = torch.eye(n, device=device)[None]
    return F.interpolate(eye, size=goal, mode="linear", align_corners=False)[0].T.contiguous()


class PoseRenderer(nn.Module):
    """Paints one person; `plate` is their empty background, `calibration` some of their poses."""

    plate: Tensor
    calibration: Tensor

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stem = conv(N_FEATURES, spec.width, kernel=1)
        self.body = Body(spec)
        finest = spec.detail or spec.width
        self.detail = Detail(spec.width, spec.detail) if spec.detail else None
        self.head = conv(finest, 4 * CELL * CELL, gain=0.2)
        self.shade = conv(spec.width_half, 1, gain=0.1)
        self.patches = nn.ModuleDict(
            {kind: Patch(finest, N_DRAWN[kind], spec.patch) for kind in KINDS if spec.patch}
        )
        self.changes = nn.ModuleDict(
            {kind: conv(spec.patch, CELL * CELL, gain=0.1) for kind in KINDS if spec.patch}
        )
        with torch.no_grad():  # start as the bare background
            bias: Tensor = self.head.bias  # pyright: ignore[reportAssignmentType]
            bias[: 3 * CELL * CELL] = 0.5
            bias[3 * CELL * CELL :] = -2.0
            self.shade.bias.fill_(-4.0)  # pyright: ignore[reportOptionalMemberAccess]
        self.register_buffer("plate", torch.zeros(3, spec.size, spec.size, dtype=torch.uint8))
        self.register_buffer("calibration", torch.zeros(N_CALIBRATION, N_JOINTS, 2))

    def corner(self, joints: Tensor) -> Tensor:
        """First column and row of the window, px, int64 (B, 2); joints (B, 18, 2) 0..1.

        In steps of the coarsest cells: in finer ones the same leg would be painted a little
        otherwise whenever an arm moves the window.
        """
        size, step = self.spec.size, self.spec.step
        middle = (joints.amin(1) + joints.amax(1)) * (0.5 * size)
        before = joints.new_tensor(self.spec.window_before)
        room = joints.new_tensor([(size - n) // step for n in self.spec.shown])
        first = ((middle - before) / step).round().clamp(min=0)
        return torch.minimum(first, room).long() * step

    def forward(self, joints: Tensor) -> tuple[Painted, Tensor]:
        """Joints (B, 18, 2) in 0..1 of the picture -> the window, and its corner (B, 2) px."""
        corner = self.corner(joints)
        joints_px = joints * float(self.spec.size) - corner[:, None]
        width, height = self.spec.shown
        # Columns of whole cells: gathering single values costs four times as much.
        cell = self.spec.cell
        plate = (self.plate.float() / 255).unflatten(2, (-1, cell))
        rows = corner[:, 1:] + torch.arange(height, device=joints.device)
        columns = corner[:, :1] // cell + torch.arange(width // cell, device=joints.device)
        if len(joints) == 1:
            plate = plate.index_select(1, rows[0]).index_select(2, columns[0])[None]
        else:
            plate = plate[:, rows[:, :, None], columns[:, None, :]].transpose(0, 1)
        return self.paint(joints_px, plate.flatten(3)), corner

    def paint(self, joints_px: Tensor, plate: Tensor) -> Painted:
        """A part of the picture: joints (B, 18, 2) in px of it, its background (B, 3, H, W).

        H and W are multiples of four cells.
        """
        spec = self.spec
        height, width = plate.shape[-2] // spec.cell, plate.shape[-1] // spec.cell
        features = draw(joints_px, height, width, spec.size, spec.cell)
        full, half = self.body(F.relu(self.stem(features)))
        finest = full if self.detail is None else self.detail(full)
        placed = self._patches(joints_px, finest)
        # Colours and mask in full precision, whatever autocast does to the body.
        with torch.autocast(full.device.type, enabled=False):
            painted = F.pixel_shuffle(self.head(finest.float()), CELL)
            for kind, place, found in placed:
                painted = self._changed(painted, kind, place, found.float())
            shadow = self._shadow(half.float(), plate.shape[-2], plate.shape[-1])
            colour, mask_logits = painted[:, :3], painted[:, 3:]
            mask = torch.sigmoid(mask_logits)
            mask = ((mask - _MASK_FLOOR) / (1 - 2 * _MASK_FLOOR)).clamp(0, 1)
            rgb = mask * colour + (1 - mask) * (plate * (1 - shadow))
        return Painted(rgb, mask, mask_logits, shadow)

    def _changed(self, painted: Tensor, kind: str, place: Place, found: Tensor) -> Tensor:
        """Colours and mask (B, 4, H, W) with what a patch's network found added in its place."""
        change = F.pixel_shuffle(self.changes[kind](found), CELL // 2)
        n = change.shape[-1]
        change = (change * taper(n, change.device)).flatten()
        at, values = place.numbers(painted.shape, n), painted.flatten()
        return values.index_put((at,), values[at] + change).view(painted.shape)

    def _shadow(self, half: Tensor, height: int, width: int) -> Tensor:
        """From the body at half its cells, (B, 1, height, width) px."""
        shade = torch.sigmoid(self.shade(half))
        # Bilinear enlargement as two matrix products: a tenth of the time on stage.
        rows = _enlarger(shade.shape[-2], height, shade.device)
        columns = _enlarger(shade.shape[-1], width, shade.device)
        return (rows @ shade @ columns.T) * self._ending(height, width, shade.device)

    def _ending(self, height: int, width: int, device: torch.device) -> Tensor:
        """Weights (height, width) that end the shadow where the window ends."""
        ramp = _SHADOW_RAMP * self.spec.size / 256

        def edge(n: int) -> Tensor:
            at = torch.arange(n, device=device) + 0.5
            return (torch.minimum(at, n - at) / ramp).clamp(0, 1)

        return edge(height)[:, None] * edge(width)[None, :]

    def _patches(self, joints_px: Tensor, finest: Tensor) -> list[tuple[str, Place, Tensor]]:
        """What the patches' networks see, and where each lies."""
        if not self.spec.patch:
            return []
        unit = self.spec.size / 256
        cell = CELL / unit  # px of a 256 picture
        found: list[tuple[str, Place, Tensor]] = []
        for kind, count in zip(KINDS, self.spec.patch_cells, strict=True):
            parts = [part for part in parts_of(joints_px / unit) if part.kind == kind]
            places = [place_around(part.centre / cell, count, *finest.shape[-2:]) for part in parts]
            # Both hands in one pass, both feet in another.
            drawn = draw_fine(parts, places, count, cell)
            seen = torch.cat([place.cut(finest, count, count) for place in places])
            per_place = self.patches[kind](seen, drawn).chunk(len(places))
            found += [(kind, *pair) for pair in zip(places, per_place, strict=True)]
        return found


def levels(part: Tensor) -> Tensor:
    """Colours or shares 0..1 -> uint8 of the same shape."""
    return (part.clamp(0, 1) * 255).round().to(torch.uint8)


class StageRenderer(nn.Module):
    """The graph that is exported: joints -> the window around the person, and where it belongs.

    image uint8 (B, H, W, 3), alpha and shadow uint8 (B, H, W): the person, and how much darker the
    background is; corner int64 (B, 2), its first column and row; plate uint8 (size, size, 3).
    """

    def __init__(self, renderer: PoseRenderer) -> None:
        super().__init__()
        self.renderer = renderer

    def forward(self, joints: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Joints (B, 18, 2), 0..1 of the picture."""
        painted, corner = self.renderer(joints)
        image = levels(painted.rgb).permute(0, 2, 3, 1)
        plate = self.renderer.plate.permute(1, 2, 0)
        return image, levels(painted.mask[:, 0]), levels(painted.shadow[:, 0]), corner, plate


def paint_whole(renderer: PoseRenderer, joints: Tensor) -> Tensor:
    """Whole pictures as they are shown, uint8 (B, size, size, 3); joints (B, 18, 2) 0..1."""
    with torch.no_grad():
        image, _, _, corner, plate = StageRenderer(renderer)(joints)
    whole = plate[None].repeat(len(joints), 1, 1, 1)
    height, width = image.shape[1:3]
    for picture, part, (x, y) in zip(whole, image, corner.tolist(), strict=True):
        picture[y : y + height, x : x + width] = part
    return whole
