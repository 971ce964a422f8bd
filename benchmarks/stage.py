"""The stage screen alone: the painted window put in front of each background, ms a picture.

`python -m benchmarks.stage [--target NAME] [--out FILE.json]`
"""

import argparse
import json
import tempfile
from pathlib import Path

import av
import numpy as np

from benchmarks import timing
from live.core.settings import Settings
from live.picture.screen import open_screen
from models.skeleton import STANDING

OUTPUTS = ((512, 512), (1920, 1080))


def _scenery(folder: str) -> Path:
    """A picture file of noise."""
    path = Path(folder) / "scenery.png"
    noise = np.random.default_rng(0).integers(0, 256, (1080, 1920, 3)).astype(np.uint8)
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 1920, 1080, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
    return path


def measure(target: str) -> dict[str, object]:
    """All of it."""
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("target", "black", "green", str(_scenery(folder))):
            for output in OUTPUTS:
                screen = open_screen(Settings(output=output, background=name), target)
                picture = screen.painter.paint(screen.painter.place(STANDING))
                behind = name if Path(name).suffix == "" else "file"
                found[f"{behind} {output[0]}x{output[1]} ms"] = timing.back_to_back(
                    lambda screen=screen, picture=picture: screen.background.show(picture), 200
                )
    return found


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice")
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.target), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
