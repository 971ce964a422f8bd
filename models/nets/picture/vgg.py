"""The part of VGG-19 (Simonyan and Zisserman 2015) that compares pictures; weights from a file."""

from pathlib import Path

import torch
from torch import Tensor, nn

from models.nets.checkpoint import CheckpointError

_WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512)  # 0 = pool
_TAPS = (1, 6, 11, 20, 29)  # relu1_1 .. relu5_1, by torchvision's numbers
# Of the pictures it was trained with, by channel, 0..1.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Vgg19(nn.Module):
    """Up to relu5_1; its layers have the numbers they have in torchvision. Not trained further."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for width in _WIDTHS:
            if width:
                layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU()]
                before = width
            else:
                layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD).view(1, 3, 1, 1), persistent=False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Pictures (B, 3, H, W), -1..1 -> relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""
        x = ((pictures + 1) / 2 - self.mean) / self.spread
        found: list[Tensor] = []
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _TAPS:
                found.append(x)
        return found


def load_vgg(path: Path) -> Vgg19:
    """From a file of torchvision's `vgg19` weights, .pth or .safetensors.

    Raises CheckpointError when it is something else.
    """
    import pickle

    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            tensors = load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
        network = Vgg19()
        wanted = network.state_dict().keys()
        network.load_state_dict({name: tensors[name] for name in wanted})
    except (
        OSError, SafetensorError, pickle.UnpicklingError, EOFError, KeyError, TypeError,
        ValueError, RuntimeError,
    ) as error:  # fmt: skip
        raise CheckpointError(f"{path} does not hold the weights of VGG-19 ({error}).") from error
    return network.eval().requires_grad_(False)
