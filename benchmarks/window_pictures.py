"""`python -m benchmarks.window_pictures`: the pictures of control window and stage in the docs.

A show on two screens of a virtual display, photographed (Linux with Xvfb, xdotool and xrandr).
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import cv2

from benchmarks.night.display import display

LAPTOP, WALL = (1180, 760), (1280, 720)
SECONDS = 20.0  # of the show, before it is photographed
PATIENCE_S = 120.0
OUT = Path("docs/pictures")
SHOW = ("--input", "demo", "--mute", "--out", "web:8799", "--fullscreen", "HDMI-1")
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 88]


def main() -> None:
    size = LAPTOP[0] + WALL[0], max(LAPTOP[1], WALL[1])
    with display(size) as screen:
        env = os.environ | screen.env
        for name, (width, height), x, output in (
            ("laptop", LAPTOP, 0, "screen"), ("HDMI-1", WALL, LAPTOP[0], "none")
        ):  # fmt: skip
            place = f"{width}/300x{height}/200+{x}+0"
            subprocess.run(["xrandr", "--setmonitor", name, place, output], env=env, check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
        screen.hand("mousemove", str(size[0] - 1), str(size[1] - 1))
        show = subprocess.Popen([sys.executable, "-m", "live.cli", *SHOW], env=env)
        try:
            end = time.monotonic() + PATIENCE_S
            while screen.photo()[:, LAPTOP[0] :].max() < 30:
                if show.poll() is not None or time.monotonic() > end:
                    raise SystemExit("The show did not begin.")
                time.sleep(0.2)
            time.sleep(SECONDS)
            photo = screen.photo()[..., ::-1]
        finally:
            show.terminate()
            show.wait()
    wall = photo[: WALL[1], LAPTOP[0] :]
    for name, part in (("control", photo[: LAPTOP[1], : LAPTOP[0]]), ("stage", wall)):
        file = OUT / f"{name}.jpg"
        cv2.imwrite(str(file), part, QUALITY)
        print(file)


if __name__ == "__main__":
    main()
