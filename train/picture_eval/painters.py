"""Whatever paints a pose: a checkpoint, a bundle, or the nearest true frame."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from models.types import Array
from train.person.data import TargetData, TargetDataError

NEAREST = "nearest"
Painter = Callable[[Array], Array]  # joints (18, 2), 0..1, to a picture uint8 (H, W, 3)


@runtime_checkable
class Keyed(Protocol):
    """A painter that says what is person, against a film that knows it."""

    def __call__(self, joints: Array, /) -> Array: ...

    def coverage(self, joints: Array, /) -> Array:
        """uint8 (H, W) of joints (18, 2)."""
        ...


def painter_of(path: Path) -> tuple[Painter, int, str]:
    """A function from joints (18, 2) to a picture uint8 (H, W, 3), its size, and what it is.

    Raises CheckpointError or BundleError when the file cannot be used.
    """
    from models import bundle

    if path.suffix == ".safetensors":
        import torch

        from models.nets import checkpoint
        from models.nets.picture.paper_painter import KIND, load_paper_painter
        from models.nets.picture.puppet import KIND as PUPPET
        from models.nets.picture.puppet import load_puppet
        from models.nets.picture.puppet_picture import TorchPuppet
        from models.nets.picture.renderer import PoseRenderer, paint_whole
        from train.run.device import chosen_device

        kind = checkpoint.read_header(path).get("kind")
        if kind == PUPPET:
            puppet, _ = load_puppet(path)
            return TorchPuppet(puppet), puppet.spec.size, "torch, puppet"
        if kind == KIND:
            fed_back = load_paper_painter(path, chosen_device("auto"))
            return fed_back, fed_back.size, "torch, paper"
        tensors, header = checkpoint.load(path)
        if header.get("kind") != "target":
            raise checkpoint.CheckpointError(f"{path} is not a target.")
        sizes = checkpoint.sizes_of(path, header)
        weights = checkpoint.part_of(tensors, "ema.painter")
        renderer = checkpoint.with_weights(path, lambda: PoseRenderer(sizes), weights).eval()

        def paint_in_torch(joints: Array) -> Array:
            return paint_whole(renderer, torch.from_numpy(joints[None])).numpy()[0]

        return paint_in_torch, renderer.spec.size, "torch"
    from models.puppet.painter import PuppetPainter, open_on_processor

    found = bundle.load(path)
    painter = open_on_processor(found)
    if isinstance(painter, PuppetPainter):
        return painter, found.manifest.size, "puppet"
    return painter.whole, found.manifest.size, found.network("int8", "fp32", "fp16")[1]


def nearest_of(data: TargetData) -> Painter:
    """A painter that shows the training frame whose pose is nearest: what a renderer must beat."""
    known = data.joints[data.training]

    def show(joints: Array) -> Array:
        nearest = ((known - joints) ** 2).sum((1, 2)).argmin()
        return np.asarray(data.frames[data.training[nearest]])

    return show


def label_of(path: Path, kind: str) -> str:
    """'alice (int8)' of a bundle's folder, 'alice (torch)' of the checkpoint in a run's."""
    name = path.resolve().parent.name if path.suffix == ".safetensors" else path.stem
    return f"{name} ({kind})"


def add_others(
    painters: dict[str, Painter], names: Iterable[str], size: int, data: TargetData
) -> None:
    """The painters to compare with, by label, or by their path where the label is taken."""
    for name in names:
        if name == NEAREST:
            painters[name] = nearest_of(data)
            continue
        paint, its_size, kind = painter_of(Path(name))
        if its_size != size:
            raise TargetDataError(
                f"{name} paints {its_size} px a side, the other {size}: compare equal sizes."
            )
        label = label_of(Path(name), kind)
        painters[name if label in painters else label] = paint
