"""A puppet: views of a person's parts cut out of their video, and what moves them.

For each of the 16 parts a perceptron is told the pose as the part sees it (models/puppet/rig.py)
and gives a small grid that bends, lays (nearer, farther) and shades the part, and how well each
view suits. The pixels are the video's own; nothing here paints.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.fields import in_brief
from models.nets import checkpoint
from models.puppet.coverage import LOGITS
from models.puppet.parts import ALIKE, DECIDES, N_PARTS, PARTS
from models.puppet.rig import N_CHOICE, N_FEATURES
from models.skeleton import L_HIP, R_HIP
from models.spec import N_JOINTS, PuppetSpec

KIND = "puppet"  # of its checkpoints
GRIDS = 4  # shift across, shift along, nearness, light
# How far a grid can go: of half a part's rectangle, the logarithm of nearness, of its brightness.
_BEND, _DEPTH, _LIGHT = 0.25, 9.0, 0.35
_DEPTH_GIVEN = 3.0  # of nearness' logarithm for a depth of 1 in models/puppet/parts.py
_STRAIGHT = 0.3  # of what goes past the hidden layers
_OUTLIER = 3.5  # deviations beyond which a feature says no more
_SPREAD = -1.6  # log of how far apart in the pose two views begin to mix
_LEAST_SPREAD = 0.03  # of a feature: less is rounding
# Of the map of a shadow: picture widths, how joints are told, what it is before it has learned,
# and picture widths over which it ends.
_SHADOW_WIDE, _SHADOW_TOLD, _NO_SHADOW, _SHADOW_ENDS = 1.5, 4.0, -6.0, 0.05
_NEVER = -1e4  # said of a view that a part does not have


class Moves(NamedTuple):
    """What the networks say of B poses."""

    warp: Tensor  # (B, P, GRIDS, rows, columns)
    chances: Tensor  # (B, P, V), sum 1; V is the most that a part has
    shadow: Tensor  # (B, cells, cells), 0..1


class PuppetHeads(nn.Module):
    """One perceptron a part, all of them in one batched product."""

    mean: Tensor
    spread: Tensor
    depth: Tensor
    bends: Tensor
    finer_rows: Tensor
    finer_columns: Tensor
    missing: Tensor

    def __init__(self, spec: PuppetSpec) -> None:
        super().__init__()
        self.spec = spec
        rows, columns = spec.grid
        self.n_grid, self.n_views = GRIDS * rows * columns, max(spec.views)
        n_out = self.n_grid + self.n_views
        self.register_buffer("mean", torch.zeros(N_PARTS, 1, N_FEATURES))
        self.register_buffer("spread", torch.ones(N_PARTS, 1, N_FEATURES))
        self.centres = nn.Parameter(torch.zeros(N_PARTS, self.n_views, N_CHOICE))
        self.reach = nn.Parameter(torch.full((N_PARTS, 1), _SPREAD))
        self.first = _matrices(N_FEATURES, spec.width)
        self.second = _matrices(spec.width, spec.width)
        self.last = nn.Parameter(torch.zeros(N_PARTS, spec.width, n_out))
        self.straight = nn.Parameter(torch.zeros(N_PARTS, N_FEATURES, n_out))
        self.first_bias = nn.Parameter(torch.zeros(N_PARTS, 1, spec.width))
        self.second_bias = nn.Parameter(torch.zeros(N_PARTS, 1, spec.width))
        self.last_bias = nn.Parameter(torch.zeros(N_PARTS, 1, n_out))
        depth = torch.tensor([part.depth for part in PARTS]) * (_DEPTH_GIVEN / _DEPTH)
        self.register_buffer("depth", depth.view(1, N_PARTS, 1, 1, 1))
        self.register_buffer("bends", _inner(*spec.fine))
        self.register_buffer("finer_rows", _finer(rows, spec.fine[0]))
        self.register_buffer("finer_columns", _finer(columns, spec.fine[1]).T.contiguous())
        missing = torch.arange(self.n_views) >= torch.tensor(spec.views)[:, None]
        self.register_buffer("missing", _NEVER * missing.float())

    def measure(self, features: Tensor) -> None:
        """Take mean and spread from the features (N, P, F) of the training poses."""
        self.mean.copy_(features.mean(0)[:, None])
        self.spread.copy_(features.std(0).clamp(min=_LEAST_SPREAD)[:, None])

    def forward(self, features: Tensor, choice: Tensor) -> tuple[Tensor, Tensor]:
        """(B, P, F) and (B, P, C) -> warp (B, P, GRIDS, rows, columns), chances (B, P, V)."""
        told = ((features.transpose(0, 1) - self.mean) / self.spread).clamp(-_OUTLIER, _OUTLIER)
        hidden = F.silu(torch.bmm(told, self.first) + self.first_bias)
        hidden = F.silu(torch.bmm(hidden, self.second) + self.second_bias)
        said = torch.bmm(hidden, self.last) + _STRAIGHT * torch.bmm(told, self.straight)
        said = (said + self.last_bias).transpose(0, 1)  # (B, P, grids and views)
        grids, of_views = said.split([self.n_grid, self.n_views], -1)
        fine = self.finer_rows @ grids.reshape(-1, N_PARTS, GRIDS, *self.spec.grid)
        bend, depth, light = (fine @ self.finer_columns).split([2, 1, 1], 2)
        bend = self.bends * torch.tanh(bend)
        near = torch.exp(_DEPTH * torch.tanh(0.5 * depth + self.depth))
        light = 1 + _LIGHT * torch.tanh(light)
        # Squared distances by products: fewer and smaller operators than differences.
        own = (choice * choice).sum(-1, keepdim=True)
        both = choice.transpose(0, 1) @ self.centres.transpose(1, 2)  # (P, B, V)
        theirs = (self.centres * self.centres).sum(-1)
        far = own - 2 * both.transpose(0, 1) + theirs
        suits = of_views - far * (torch.exp(-2 * self.reach) / 2) + self.missing
        return torch.cat([bend, near, light], 2), suits.softmax(-1)


class GroundShadow(nn.Module):
    """How much darker the place is: a map that goes with the person, from side to side.

    The joints tell it as they stand around the hips across, and where they are down.
    """

    around: Tensor
    hips: Tensor
    columns: Tensor
    places: Tensor
    ends: Tensor
    deepest: Tensor

    def __init__(self, spec: PuppetSpec) -> None:
        super().__init__()
        cells = self.cells = spec.shadow_cells
        n_columns = round(_SHADOW_WIDE * cells)
        hips = torch.zeros(2 * N_JOINTS, 1)
        hips[[2 * R_HIP, 2 * L_HIP]] = 0.5
        across = torch.zeros(1, 2 * N_JOINTS)
        across[:, ::2] = 1
        self.register_buffer("hips", hips)
        self.register_buffer("around", _SHADOW_TOLD * (torch.eye(2 * N_JOINTS) - hips @ across))
        beside = (torch.arange(n_columns) + 0.5 - n_columns / 2) / cells
        self.register_buffer("columns", beside.view(1, n_columns, 1))
        self.register_buffer("places", ((torch.arange(cells) + 0.5) / cells).view(1, 1, cells))
        # Beyond the picture nobody knows where it goes on: it ends softly there.
        far = (0.5 - (self.places.view(cells) - 0.5).abs()) / _SHADOW_ENDS
        self.register_buffer("ends", far.clamp(max=1) * far.clamp(max=1).view(cells, 1))
        # No pose throws a darker one than was ever seen.
        self.register_buffer("deepest", torch.ones(1))
        self.layers = nn.Sequential(
            nn.Linear(2 * N_JOINTS, spec.shadow_width), nn.SiLU(),
            nn.Linear(spec.shadow_width, spec.shadow_width), nn.SiLU(),
            nn.Linear(spec.shadow_width, spec.shadow_maps),
        )  # fmt: skip
        self.maps = nn.Linear(spec.shadow_maps, cells * n_columns)
        nn.init.constant_(self.maps.bias, _NO_SHADOW)
        self.requires_grad_(False)  # it learns apart from all else

    def forward(self, joints: Tensor) -> Tensor:
        """(B, J, 2), 0..1 of the picture -> (B, cells, cells), 0..1."""
        told = joints.reshape(-1, 2 * N_JOINTS)
        dark = self.deepest * torch.sigmoid(self.maps(self.layers(told @ self.around)))
        far = self.places - (told @ self.hips)[..., None] - self.columns
        laid = torch.relu(1 - self.cells * far.abs())  # (B, columns, cells), linear between two
        return (dark.reshape(-1, self.cells, self.columns.shape[1]) @ laid) * self.ends


class Puppet(nn.Module):
    """The views of one person's parts and the networks that move them.

    A view is (rows, columns, 4): colours 0..1 and the logit of its coverage over LOGITS. They are
    parameters of their own: a step changes few of them.
    """

    LOGITS = LOGITS
    plate: Tensor  # uint8 (size, size, 3)

    def __init__(self, spec: PuppetSpec) -> None:
        super().__init__()
        self.spec = spec
        self.heads = PuppetHeads(spec)
        self.shadow = GroundShadow(spec)
        sizes = [spec.view_sizes[2 * p : 2 * p + 2] for p in range(N_PARTS)]
        self.views = nn.ParameterList(
            nn.Parameter(torch.zeros(*size, 4))
            for size, count in zip(sizes, spec.views, strict=True)
            for _ in range(count)
        )
        # Where in `views` each part's begin.
        self.first_views: tuple[int, ...] = (0, *accumulate(spec.views))[:-1]
        # A small grid of each view, which lays it on the others of its part before they are mixed.
        self.alignments = nn.Parameter(torch.zeros(len(self.views), 2, *spec.grid))
        self.register_buffer("plate", torch.zeros(spec.size, spec.size, 3, dtype=torch.uint8))

    def shifts(self, part: int, numbers: Sequence[int]) -> Tensor:
        """How views are laid on the others of their part: (n, 2, rows, columns)."""
        return self.shifts_of(torch.tensor([self.first_views[part] + n for n in numbers]))

    def shifts_of(self, which: Tensor) -> Tensor:
        """As `shifts`, of views by their place in `views` (...,): (..., 2, rows, columns)."""
        heads = self.heads
        fine = heads.finer_rows @ self.alignments[which] @ heads.finer_columns
        return heads.bends * torch.tanh(fine)

    def view(self, part: int, number: int) -> nn.Parameter:
        """(rows, columns, 4)."""
        return self.views[self.first_views[part] + number]

    def forward(self, joints: Tensor, features: Tensor, choice: Tensor) -> Moves:
        """(B, J, 2), (B, P, F) and (B, P, C) of models/puppet/rig.py."""
        warp, chances = self.heads(features, choice)
        return Moves(warp, chances, self.shadow(joints))


def load_puppet(path: Path) -> tuple[Puppet, dict[str, Any]]:
    """A checkpoint's puppet with averaged networks, and its header.

    Raises CheckpointError when it is none.
    """
    tensors, header = checkpoint.load(path)
    if header.get("kind") != KIND:
        raise checkpoint.CheckpointError(
            f"{path} is not a puppet: it holds {in_brief(header.get('kind'))}."
        )
    sizes = checkpoint.sizes_of(path, header)
    weights = checkpoint.part_of(tensors, "ema")
    return checkpoint.with_weights(path, lambda: Puppet(sizes), weights).eval(), header


def chosen(chances: Tensor, parts: Tensor) -> tuple[Tensor, Tensor]:
    """The two views of `parts` (n,) that suit best by their chances (n, V).

    Shares (n, 2), sum 1, and numbers.

    The third one's chance is taken off both, so that nothing jumps where two change their order.
    """
    # Stable: where one is so sure that all others have no chance at all, the second is still one
    # that the part has. Those it lacks come last.
    best, numbers = chances.sort(dim=-1, descending=True, stable=True)
    shares = best[..., :2] - best[..., 2:3] if best.shape[-1] > 2 else best
    shares = shares + ALIKE  # where three suit alike nothing is left of the first two
    shares = shares / shares.sum(-1, keepdim=True)
    shares = shares ** torch.from_numpy(DECIDES)[parts, None]
    return shares / shares.sum(-1, keepdim=True), numbers[..., :2]


def _matrices(n_in: int, n_out: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(N_PARTS, n_in, n_out) / n_in**0.5)


def _inner(rows: int, columns: int) -> Tensor:
    """(rows, columns): how far each place of a grid may bend.

    Not at the edge: so what is beyond it stays beyond it, where a view has nothing to show.
    """
    bends = torch.zeros(rows, columns)
    bends[1:-1, 1:-1] = _BEND
    return bends


def _finer(given: int, used: int) -> Tensor:
    """(used, given): a line of numbers brought to more by bicubic interpolation."""
    eye = torch.eye(given)[None, None]
    return F.interpolate(eye, size=(used, given), mode="bicubic", align_corners=True)[0, 0]
