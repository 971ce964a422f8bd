"""What NDI's coding does to the edge of a dancer, by what stands around them.

`python -m benchmarks.ndi_edge [--rows 360]`: a soft-edged disc, two thirds as high as the picture,
is sent, received and laid on black and on white. Levels of 255 by which it is off within 8 px of
its edge; and ms that filling the surroundings and sending take.
"""

import argparse
import json
import os
import time
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from benchmarks.ndi_receiver import NdiReceiver, Received, receiving
from benchmarks.timing import back_to_back
from live.core.cutout import Box
from live.core.settings import OutputSettings
from live.outputs.alpha import straight
from live.outputs.frame import OutputFrame
from live.outputs.kind import Opening, Told
from live.outputs.ndi.fill import filled
from live.outputs.ndi.output import NdiOutput
from models.arguments import whole
from models.types import Array
from train.run.processor import processor

COLOUR = (220, 60, 60)
NAME = f"edge {os.getpid()}"
NEAR_PX = 8
TRIES = 20


def disc(rows: int) -> tuple[Array, Array]:
    """Its alpha, 0..1, and how far each pixel is from its edge, px; (H, W) each."""
    size = (rows, rows * 16 // 9)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    far = np.hypot(y - size[0] / 2 - 0.7, x - size[1] / 2 - 0.3) - rows / 3
    return np.clip(0.5 - far, 0, 1), np.abs(far)


def received(output: NdiOutput, receiver: NdiReceiver, picture: Array, number: int) -> Array:
    """The picture as it arrives, uint8 (H, W, 4)."""
    frame = cast(
        OutputFrame,
        SimpleNamespace(number=number, time=float(number), has_alpha=False, rgba=picture),
    )
    for _ in range(TRIES):
        output.send(frame)
        got: Received | None = receiver.take(0.2)
        if got is not None and got.time >= number:
            return got.pixels
    raise TimeoutError("it does not arrive")


def off(pixels: Array, is_multiplied: bool, alpha: Array, near: Array) -> dict[str, float]:
    """The worse of both grounds."""
    share = pixels[..., 3:] / 255.0
    colours = pixels[..., :3] * (1.0 if is_multiplied else share)
    errors = [
        np.abs(colours + ground * (1 - share)
               - (alpha[..., None] * COLOUR + ground * (1 - alpha[..., None])))[near].max(-1)
        for ground in (0, 255)
    ]  # fmt: skip
    each = np.maximum(*errors)
    return {
        "most": round(float(each.max()), 1),
        "p95": round(float(np.percentile(each, 95)), 1),
        "mean": round(float(each.mean()), 2),
    }


def measured(rows: int) -> dict[str, Any]:
    alpha, far = disc(rows)
    near, size = far < NEAR_PX, (alpha.shape[1], alpha.shape[0])
    multiplied = np.dstack([alpha[..., None] * COLOUR, alpha * 255]).round().astype(np.uint8)
    boxes = Box(0, 0, multiplied), Box(0, 0, straight(multiplied))
    pictures = {
        "black around it": boxes[1].rgba,
        "filled": filled(*boxes, size),
        "multiplied by alpha": multiplied,
    }
    found: dict[str, Any] = {}
    output = NdiOutput(Opening(OutputSettings("ndi", NAME), size, 30.0, Told()))
    try:
        with receiving(NAME) as receiver:
            for number, (name, picture) in enumerate(pictures.items(), start=1):
                got = received(output, receiver, picture, number)
                found[name] = off(got, picture is multiplied, alpha, near)
                time.sleep(0.3)
                while receiver.take(0.2) is not None:
                    pass  # what was sent more than once
            again = cast(OutputFrame, SimpleNamespace(number=len(pictures), time=0.0))
            found["send, ms"] = back_to_back(lambda: output.send(again), 50)
    finally:
        output.close()
    return found | {"filling, ms": back_to_back(lambda: filled(*boxes, size), 50)}


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--rows", type=whole(64, 2160), default=360)
    rows = p.parse_args().rows
    print(json.dumps({
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "rows": rows,
    } | measured(rows), indent=1))  # fmt: skip
