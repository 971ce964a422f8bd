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

from models.nets.pose_fields import (
    _FINE_NARROW,
    _FINE_WIDE,
    CELL,
    N_FEATURES,
    _ears,
    _foot,
    _hand,
    draw,
    fields,
    middles,
)
from models.skeleton import (
    L_ANKLE,
    L_EAR,
    L_ELBOW,
    L_EYE,
    L_KNEE,
    L_WRIST,
    NECK,
    NOSE,
    R_ANKLE,
    R_EAR,
    R_ELBOW,
    R_EYE,
    R_KNEE,
    R_WRIST,
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


def _conv(n_in: int, n_out: int, kernel: int = 3, stride: int = 1, gain: float = 1.0) -> nn.Conv2d:
    conv = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2)
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
    with torch.no_grad():
        conv.weight.mul_(gain)
    nn.init.zeros_(conv.bias)  # pyright: ignore[reportArgumentType]
    return conv


class Residual(nn.Module):
    """Two convolutions beside the identity; starts almost as the identity, so it needs no norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _conv(width, width)
        self.second = _conv(width, width, gain=0.1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class Body(nn.Module):
    """The part that is quantised: three levels down and up again, with skips."""

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        full, half, quarter = spec.width, spec.width_half, spec.width_quarter
        self.enter = _conv(full, full)
        self.down_half = _conv(full, half, stride=2)
        self.half_in = nn.Sequential(Residual(half), Residual(half))
        self.down_quarter = _conv(half, quarter, stride=2)
        self.quarter = nn.Sequential(Residual(quarter), Residual(quarter))
        self.up_half = _conv(quarter, half * 4, kernel=1, gain=0.5)
        self.half_out = Residual(half)
        self.up_full = _conv(half, full * 4, kernel=1, gain=0.5)
        self.full_out = nn.Sequential(*(Residual(full) for _ in range(spec.blocks)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, width, h, w) -> the same again, and (B, width_half, h / 2, w / 2) for the shadow."""
        full = F.relu(self.enter(x))
        half = self.half_in(F.relu(self.down_half(full)))
        quarter = self.quarter(F.relu(self.down_quarter(half)))
        half = self.half_out(F.relu(half + F.pixel_shuffle(self.up_half(quarter), 2)))
        full = self.full_out(F.relu(full + F.pixel_shuffle(self.up_full(half), 2)))
        return full, half


class Detail(nn.Module):
    """One level finer than the body: cells of half the size."""

    def __init__(self, n_in: int, width: int) -> None:
        super().__init__()
        self.up = _conv(n_in, width * 4, kernel=1, gain=0.5)
        self.blocks = nn.Sequential(Residual(width), Residual(width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, n_in, h, w) -> (B, width, 2 h, 2 w)."""
        return self.blocks(F.relu(F.pixel_shuffle(self.up(x), 2)))


class Place(NamedTuple):
    """Where a patch lies: its first row and column in cells of the finest level, each (B,)."""

    top: Tensor
    left: Tensor

    def cut(self, picture: Tensor, height: int, width: int) -> Tensor:
        """(B, C, H, W) -> (B, C, height, width), in cells."""
        rows = self.top[:, None] + torch.arange(height, device=picture.device)
        columns = self.left[:, None] + torch.arange(width, device=picture.device)
        if len(picture) == 1:  # on stage: two cheap gathers instead of an index of every value
            return picture.index_select(2, rows[0]).index_select(3, columns[0])
        batch = torch.arange(len(picture), device=picture.device)[:, None, None]
        return picture.movedim(1, 3)[batch, rows[:, :, None], columns[:, None]].movedim(3, 1)

    def numbers(self, shape: torch.Size, n: int) -> Tensor:
        """Where the n x n pixels of the patch are in a flattened picture of that shape: int64."""
        batch, channels, height, width = shape
        device = self.top.device
        inside = torch.arange(n, device=device)
        inside = inside[:, None] * width + inside[None, :]
        layers = torch.arange(batch * channels, device=device).view(batch, channels, 1, 1)
        first = (self.top * width + self.left) * CELL
        return (layers * (height * width) + inside + first.view(-1, 1, 1, 1)).flatten()


def _place(centre: Tensor, count: int, height: int, width: int) -> Place:
    """The patch of `count` cells around `centre` (B, 2), in cells, kept inside height x width."""
    corner = (centre.detach() - count / 2).round()
    left = corner[:, 0].clamp(0, width - count).long()
    return Place(corner[:, 1].clamp(0, height - count).long(), left)


@lru_cache(maxsize=16)
def _taper(n: int, device: torch.device) -> Tensor:
    """Weights (n, n) that fade over the outer eighth: a patch must not show its edge."""
    at = (torch.arange(n, device=device) + 0.5) / n
    edge = (torch.minimum(at, 1 - at) * 8).clamp(0, 1)
    return edge[:, None] * edge[None, :]


class Patch(nn.Module):
    """Paints a small part again at half the cell size; what it gives is added."""

    def __init__(self, n_in: int, n_drawn: int, width: int) -> None:
        super().__init__()
        self.enter = _conv(n_in, width * 4, kernel=1, gain=0.5)
        self.drawn = _conv(n_drawn, width, kernel=1, gain=0.5)
        self.blocks = nn.Sequential(Residual(width), Residual(width))

    def forward(self, x: Tensor, drawn: Tensor) -> Tensor:
        """(B, n_in, n, n) and the fine drawing (B, n_drawn, 2 n, 2 n) -> (B, width, 2 n, 2 n)."""
        return self.blocks(F.relu(F.pixel_shuffle(self.enter(x), 2) + self.drawn(drawn)))


@lru_cache(maxsize=8)
def _enlarger(n: int, goal: int, device: torch.device) -> Tensor:
    """The matrix (goal, n) that enlarges a column of n values bilinearly."""
    eye = torch.eye(n, device=device)[None]
    return F.interpolate(eye, size=goal, mode="linear", align_corners=False)[0].T.contiguous()


class _Part(NamedTuple):
    """One patch of a picture: which network paints it, where, and what is drawn for it."""

    kind: str
    centre: Tensor  # (B, 2), px of a 256 picture
    start: Tensor  # (B, N, 2), segments
    end: Tensor
    side: Tensor  # (B,), -1 right, 1 left, 0 neither


KINDS = ("head", "hand", "foot")
_N_DRAWN = {"head": 4 * 5 + 1, "hand": 4 * 2 + 1, "foot": 4 * 2 + 1}  # channels of the drawing


def _parts(joints: Tensor) -> list[_Part]:
    """Head, hands and feet; joints (B, 18, 2) in px of a 256 picture."""
    ears = _ears(joints)
    one = torch.ones_like(joints[:, 0, 0])
    faces = ((NOSE, R_EYE), (NOSE, L_EYE), (R_EYE, R_EAR), (L_EYE, L_EAR))
    parts = [
        _Part(
            "head",
            joints[:, NECK] + 1.2 * (ears - joints[:, NECK]),
            torch.stack([joints[:, NECK], *(joints[:, a] for a, _ in faces)], 1),
            torch.stack([ears, *(joints[:, b] for _, b in faces)], 1),
            0 * one,
        )
    ]
    arms = ((R_ELBOW, R_WRIST), (L_ELBOW, L_WRIST))
    for (elbow, wrist), side in zip(arms, (-1.0, 1.0), strict=True):
        hand = _hand(joints, elbow, wrist)
        start = torch.stack([joints[:, elbow], joints[:, wrist]], 1)
        parts.append(
            _Part("hand", hand, start, torch.stack([joints[:, wrist], hand], 1), side * one)
        )
    legs = ((R_KNEE, R_ANKLE), (L_KNEE, L_ANKLE))
    for (knee, ankle), side in zip(legs, (-1.0, 1.0), strict=True):
        heel, toe = _foot(joints, knee, ankle)
        start = torch.stack([joints[:, knee], heel], 1)
        end = torch.stack([joints[:, ankle], toe], 1)
        parts.append(_Part("foot", joints[:, ankle], start, end, side * one))
    return parts


class PoseRenderer(nn.Module):
    """Paints one person; `plate` is their empty background, `calibration` some of their poses."""

    plate: Tensor
    calibration: Tensor

    def __init__(self, spec: RendererSpec) -> None:
        super().__init__()
        self.spec = spec
        self.stem = _conv(N_FEATURES, spec.width, kernel=1)
        self.body = Body(spec)
        finest = spec.detail or spec.width
        self.detail = Detail(spec.width, spec.detail) if spec.detail else None
        self.head = _conv(finest, 4 * CELL * CELL, gain=0.2)
        self.shade = _conv(spec.width_half, 1, gain=0.1)
        self.patches = nn.ModuleDict(
            {kind: Patch(finest, _N_DRAWN[kind], spec.patch) for kind in KINDS if spec.patch}
        )
        self.changes = nn.ModuleDict(
            {kind: _conv(spec.patch, CELL * CELL, gain=0.1) for kind in KINDS if spec.patch}
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
                change = F.pixel_shuffle(self.changes[kind](found.float()), CELL // 2)
                n = change.shape[-1]
                change = (change * _taper(n, change.device)).flatten()
                at, values = place.numbers(painted.shape, n), painted.flatten()
                painted = values.index_put((at,), values[at] + change).view(painted.shape)
            shade = torch.sigmoid(self.shade(half.float()))
            # Bilinear enlargement as two matrix products: a tenth of the time on stage.
            rows = _enlarger(shade.shape[-2], plate.shape[-2], shade.device)
            columns = _enlarger(shade.shape[-1], plate.shape[-1], shade.device)
            ending = self._ending(plate.shape[-2], plate.shape[-1], shade.device)
            shadow = (rows @ shade @ columns.T) * ending
            colour, mask_logits = painted[:, :3], painted[:, 3:]
            mask = torch.sigmoid(mask_logits)
            mask = ((mask - _MASK_FLOOR) / (1 - 2 * _MASK_FLOOR)).clamp(0, 1)
            rgb = mask * colour + (1 - mask) * (plate * (1 - shadow))
        return Painted(rgb, mask, mask_logits, shadow)

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
            parts = [part for part in _parts(joints_px / unit) if part.kind == kind]
            places = [_place(part.centre / cell, count, *finest.shape[-2:]) for part in parts]
            # Both hands in one pass, both feet in another.
            left = torch.cat([place.left for place in places])
            top = torch.cat([place.top for place in places])
            start = torch.cat([part.start for part in parts])
            at_x = middles(left * 2, 2 * count, cell / 2)[:, None, None, :]
            at_y = middles(top * 2, 2 * count, cell / 2)[:, None, :, None]
            end = torch.cat([part.end for part in parts])
            lie = fields(start, end, at_x, at_y, _FINE_NARROW, _FINE_WIDE)
            wide = lie.wide
            sides = torch.cat([part.side for part in parts])[:, None, None, None]
            drawn = [
                lie.narrow,
                wide,
                wide * lie.position.clamp(-0.7, 1.7),
                wide * lie.side.clamp(-2.0, 2.0),
                sides.expand(-1, 1, 2 * count, 2 * count),
            ]
            seen = torch.cat([place.cut(finest, count, count) for place in places])
            painted = self.patches[kind](seen, torch.cat(drawn, 1))
            per_place = painted.chunk(len(places))
            found += [(kind, *pair) for pair in zip(places, per_place, strict=True)]
        return found


class StageRenderer(nn.Module):
    """The graph that is exported: joints -> the window around the person, and where it belongs.

    image uint8 (B, H, W, 3), alpha and shadow uint8 (B, H, W): the person, and how much darker the
    background is; corner int64 (B, 2), its first column and row; plate uint8 (size, size, 3).
    """

    def __init__(self, renderer: PoseRenderer) -> None:
        super().__init__()
        self.renderer = renderer

    def forward(self, joints: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        painted, corner = self.renderer(joints)

        def levels(part: Tensor) -> Tensor:
            return (part.clamp(0, 1) * 255).round().to(torch.uint8)

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
