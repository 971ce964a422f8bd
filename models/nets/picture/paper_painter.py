"""The paper's painter of one person: drawn pose and the picture before -> picture, then the face.

The picture before is its only state: zeros at the start and after a cut. Pictures are -1..1.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.fields import in_brief
from models.nets import checkpoint
from models.nets.picture.pix2pix import GlobalGenerator, LocalEnhancer
from models.nets.picture.pose_picture import N_LIMBS, add_at, cut, draw_limbs, face_corner
from models.spec import PaperPainterSpec
from models.types import Array

KIND = "paper-target"  # in a checkpoint's header
WHOLE, LOCAL, FACE = "whole", "local", "face"  # stages of its training, in order


class PaperPainter(nn.Module):
    """All that paints: global generator, local enhancer if the sizes have one, face."""

    def __init__(self, spec: PaperPainterSpec) -> None:
        super().__init__()
        self.spec = spec
        n_in = N_LIMBS + 3
        self.whole = GlobalGenerator(n_in, spec.width, spec.downs, spec.blocks)
        self.enhancer = (
            LocalEnhancer(n_in, spec.width // 2, spec.local_blocks) if spec.local_blocks else None
        )
        self.face = (
            GlobalGenerator(n_in, spec.face_width, spec.face_downs, spec.face_blocks)
            if spec.face
            else None
        )

    def draw(self, joints: Tensor, size: int | None = None) -> Tensor:
        """Joints (B, 18, 2), 0..1 -> (B, 17, size, size); always drawn anew, never resized."""
        size = size or self.spec.size
        return draw_limbs(joints, size, self.spec.limb_px * size / 512)

    def paint_coarse(self, joints: Tensor, before: Tensor) -> Tensor:
        """The global generator alone: (B, 3, n, n), n its own size, as `before` has."""
        return self.whole(torch.cat([self.draw(joints, before.shape[-1]), before], 1))

    def paint(self, joints: Tensor, before: Tensor, is_coarse_fixed: bool = False) -> Tensor:
        """Joints (B, 18, 2) and the picture before -> (B, 3, size, size), the face not yet done.

        `is_coarse_fixed`: the global generator learns nothing from it.
        """
        if self.enhancer is None:
            return self.paint_coarse(joints, before)
        half = F.avg_pool2d(before, 2)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not is_coarse_fixed):
            coarse = self.whole.features(torch.cat([self.draw(joints, half.shape[-1]), half], 1))
        return self.enhancer(torch.cat([self.draw(joints), before], 1), coarse)

    def face_change(self, joints: Tensor, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the face network adds, (B, 3, side, side); its corners; the drawing it saw."""
        if self.face is None:
            raise ValueError("These sizes have no face network.")
        side = self.spec.face_side
        corners = face_corner(joints, self.spec.size, side)
        drawn = cut(self.draw(joints), corners, side)
        seen = torch.cat([drawn, cut(picture, corners, side)], 1)
        return self.face(seen), corners, drawn

    def with_face(self, joints: Tensor, picture: Tensor) -> Tensor:
        """The picture (B, 3, size, size) with its face corrected."""
        if self.face is None:
            return picture
        change, corners, _ = self.face_change(joints, picture)
        return add_at(picture, change, corners)


class FedBackPainter:
    """Paints joint after joint, each picture from the one before it."""

    def __init__(self, painter: PaperPainter, stage: str = FACE) -> None:
        """`stage`: how far it is trained; networks of later stages are not used."""
        self.painter = painter.eval()
        self.device = next(painter.parameters()).device
        self._is_coarse = stage == WHOLE
        self._has_face = stage == FACE
        self._before: Tensor | None = None

    @property
    def size(self) -> int:
        """Px a side."""
        return self.painter.spec.size

    def reset(self) -> None:
        """Forget the picture before: at the start of every scene."""
        self._before = None

    def start(self) -> Tensor:
        """The picture before the first, (1, 3, n, n): zeros, n its own size."""
        size = self.painter.spec.coarse_size if self._is_coarse else self.size
        return torch.zeros(1, 3, size, size, device=self.device)

    def colours(self, joints: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """Joints (1, 18, 2) and the picture before -> (1, 3, size, size), and the next.

        What is fed back has no corrected face: such pictures are what it was trained with.
        """
        paint = self.painter.paint_coarse if self._is_coarse else self.painter.paint
        after = shown = paint(joints, before)
        if shown.shape[-1] != self.size:
            shown = F.interpolate(shown, size=self.size, mode="bilinear")
        if self._has_face:
            shown = self.painter.with_face(joints, shown)
        return shown.float(), after

    def paint(self, joints: Tensor, before: Tensor) -> tuple[Tensor, Tensor]:
        """The same in grey levels, uint8 (1, size, size, 3), and the next picture before."""
        shown, after = self.colours(joints, before)
        levels = ((shown.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
        return levels.permute(0, 2, 3, 1), after

    def __call__(self, joints: Array) -> Array:
        """Joints float32 (18, 2), 0..1 -> picture uint8 (size, size, 3)."""
        placed = torch.from_numpy(np.asarray(joints, np.float32)[None]).to(self.device)
        before = self.start() if self._before is None else self._before
        is_card = self.device.type == "cuda"
        with torch.no_grad(), torch.autocast(self.device.type, torch.bfloat16, enabled=is_card):
            levels, self._before = self.paint(placed, before)
        return levels[0].cpu().numpy()


def load_paper_painter(path: Path, device: torch.device) -> FedBackPainter:
    """From a checkpoint of the paper form. Raises CheckpointError when it is something else."""
    tensors, header = checkpoint.load(path)
    if header.get("kind") != KIND:
        raise checkpoint.CheckpointError(
            f"{path} is not a person in the paper's form: it holds {in_brief(header.get('kind'))}."
        )
    checkpoint.require(path, header, "stage")
    sizes, weights = checkpoint.sizes_of(path, header), checkpoint.part_of(tensors, "ema.painter")
    painter = checkpoint.with_weights(path, lambda: PaperPainter(sizes), weights)
    return FedBackPainter(painter.to(device), header["stage"])
