"""What grows with what: dancers, OSC receivers, the stage screen, and an hour of running.

`python -m benchmarks.growth [--minutes 60] [--out FILE.json]`; the picture's size has its own,
`benchmarks.renderers`.
"""

import argparse
import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks import timing
from live.core.messages import AudioChunk
from live.core.settings import Receiver, Settings
from live.dance.performer import open_performer
from live.osc.sender import OscSender
from live.picture.screen import open_screen
from models import skeleton
from models.arguments import number
from models.band import songs
from models.spec import CHUNK_SAMPLES, SAMPLE_RATE

DANCERS = (1, 2, 4)
RECEIVERS = (1, 2, 4, 8, 16)
OUTPUTS = ((512, 512), (1280, 720), (1920, 1080), (3840, 2160))


def dancers(target: str, dance: str) -> dict[str, object]:
    """Ears and painters of several people in one process: a chunk each, a picture each."""
    sound = songs.four_on_the_floor(125, 32, SAMPLE_RATE).mono.astype(np.float32)
    chunks = sound[: len(sound) // CHUNK_SAMPLES * CHUNK_SAMPLES].reshape(-1, CHUNK_SAMPLES)
    found: dict[str, object] = {}
    for count in DANCERS:
        ears = [open_performer(Settings(dance=dance, seed=seed)) for seed in range(count)]
        screens = [open_screen(Settings(), target) for _ in range(count)]
        heard = iter(enumerate(chunks))

        def hear(ears=ears, heard=heard) -> None:
            number, samples = next(heard)
            for ear in ears:
                ear.hear(AudioChunk(number, samples, 0.0))

        def paint(screens=screens) -> None:
            for screen in screens:
                screen.picture(skeleton.STANDING)

        found[f"{count} dancers"] = {
            "chunk ms": timing.back_to_back(hear, 250),
            "picture ms": timing.back_to_back(paint, 100),
        }
    return found


def receivers() -> dict[str, object]:
    """One bundle of OSC to several receivers on this machine."""
    joints = np.full((18, 2), 0.5, np.float32)
    found: dict[str, object] = {}
    for count in RECEIVERS:
        ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        for ear in ears:
            ear.bind(("127.0.0.1", 0))
        sender = OscSender([Receiver(*ear.getsockname()) for ear in ears])
        found[f"{count} receivers ms"] = timing.back_to_back(
            lambda sender=sender: sender.pose(1, 0.0, joints, None), 500
        )
        sender.close()
        for ear in ears:
            ear.close()
    return found


def screens(target: str) -> dict[str, object]:
    """A painted picture laid on stage screens of growing size."""
    found: dict[str, object] = {}
    for output in OUTPUTS:
        screen = open_screen(Settings(output=output), target)
        picture = screen.painter.paint(screen.painter.place(skeleton.STANDING))
        found[f"{output[0]}x{output[1]} ms"] = timing.back_to_back(
            lambda screen=screen, picture=picture: screen.background.show(picture), 100
        )
    return found


def hour(dance: str, minutes: float) -> dict[str, object]:
    """A long evening in a process of its own, whose memory is its own."""
    command = (sys.executable, "-m", "benchmarks.long_show", f"--minutes={minutes}")
    told = subprocess.run((*command, f"--dance={dance}"), check=True, capture_output=True)
    return json.loads(told.stdout)


def measure(target: str, dance: str, minutes: float) -> dict[str, object]:
    """All of it."""
    return {
        "dancers": dancers(target, dance),
        "osc": receivers(),
        "screens": screens(target),
        "hour": hour(dance, minutes),
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="alice")
    p.add_argument("--dance", default="ballroom")
    p.add_argument("--minutes", type=number(0.1, 1e5), default=60.0)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    text = json.dumps(measure(args.target, args.dance, args.minutes), indent=1)
    print(text)
    if args.out:
        args.out.write_text(text + "\n")
