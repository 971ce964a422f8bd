"""From a message to the picture: `python -m benchmarks.hand [--target alice] [--presses 60]`.

A show in this process, its demo unheard, without a window. Black, and then the mirror, is asked for
and taken back over OSC; each time: ms from sending the packet until the first picture that shows it
is handed out (it is then due). Black is laid over what is painted already, the mirror has to be
painted. Then a fader: so many messages a second on the place of the dancer, and what the show did
meanwhile: poses and pictures a second, pictures late, the processor's time beside that at rest, ms
from the last message until the picture stands where it says.
"""

import argparse
import json
import os
import socket
import time
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from live.core.settings import Settings
from live.osc.address import build_message
from live.show.show import Show
from live.sound.open import open_source
from models.arguments import number, whole
from train.run.processor import processor

REST_S, FADER_S, PATIENCE_S = 6.0, 10.0, 10.0


class Image(NamedTuple):
    """What was handed out."""

    at: float  # host time
    is_black: bool
    is_mirrored: bool
    x: float  # of the dancer, px

    def shows(self, switch: str) -> bool:
        return self.is_black if switch == "blackout" else self.is_mirrored


class Stage:
    """A running show, and a hand that sends it packets."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        settings = replace(settings, osc_in=self._port)
        self.show = Show(settings, open_source("demo", aloud=False), time.perf_counter())
        self.images: list[Image] = []
        hand_out = self.show.frames.put

        def seen(frame):
            at = time.perf_counter()
            hand_out(frame)
            x = float(self.show.current.screen.placement.origin[0])
            danced = self.show.controls.company.poses(frame.time, 1)[1][0]
            is_mirrored = not np.allclose(frame.pose.joints, danced, atol=1e-3)
            self.images.append(Image(at, not frame.image[::8, ::8].any(), is_mirrored, x))

        self.show.frames.put = seen
        self._hand = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def tell(self, name: str, value: float) -> float:
        """Host time at which the packet left."""
        tag = "i" if isinstance(value, int) else "f"
        at = time.perf_counter()
        packet = build_message(f"/dancelive/{name}", tag, [value]).dgram
        self._hand.sendto(packet, ("127.0.0.1", self._port))
        return at

    def until(self, at: float, is_so) -> float:
        """ms from host time `at` to the first picture after it that is so."""
        end = time.perf_counter() + PATIENCE_S
        while time.perf_counter() < end:
            for image in self.images[-20:]:
                if image.at > at and is_so(image):
                    return (image.at - at) * 1e3
            time.sleep(0.002)
        raise TimeoutError("no picture shows it")


def presses(stage: Stage, name: str, count: int) -> list[float]:
    """ms of each on a switch; at random times between two pictures."""
    rng, took = np.random.default_rng(0), []
    for n in range(count):
        on = n % 2 == 0
        at = stage.tell(name, int(on))
        took.append(stage.until(at, lambda image, on=on: image.shows(name) == on))
        time.sleep(0.1 + rng.random() / 30)
    return took


def busy(stage: Stage, seconds: float, rate: float) -> dict[str, float]:
    """What the show does while a fader sends so many messages a second; 0 = none."""
    stats = stage.show.stats
    before = (stats.poses, stats.frames, stats.frames_late, time.process_time())
    began = at = time.perf_counter()
    x = 0.0
    while (now := time.perf_counter()) < began + seconds:
        if rate:
            x = 0.2 * np.sin((now - began) * 2)
            at = stage.tell("x", float(x))
            time.sleep(max(0.0, 1 / rate - (time.perf_counter() - now)))
        else:
            time.sleep(0.05)
    took = time.perf_counter() - began
    after = (stats.poses, stats.frames, stats.frames_late, time.process_time())
    poses, frames, late, cpu = (b - a for a, b in zip(before, after, strict=True))
    found = {
        "poses planned/s": round(poses / took, 1),
        "pictures/s": round(frames / took, 2),
        "late": late,
        "cores": round(cpu / took, 2),
    }
    if rate:
        width = stage.show.current.screen.placement.output[0]
        middle = (width - stage.show.current.screen.placement.side) // 2
        wanted = middle + round(x * width)
        found["last value seen after ms"] = round(
            stage.until(at, lambda image: abs(image.x - wanted) <= 1), 1
        )
    return found


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--target", default="alice")
    p.add_argument("--background", default="target")
    p.add_argument("--presses", type=whole(2, 10_000), default=60)
    p.add_argument("--rate", type=number(1, 1000), default=60.0)
    args = p.parse_args()
    settings = Settings(
        input="demo", mute=True, headless=True, target=args.target, background=args.background,
        output=(1280, 720), osc=(), adapt=False,
    )  # fmt: skip
    stage = Stage(settings)
    stage.show.start()
    try:
        while len(stage.images) < 30:
            time.sleep(0.05)
        took = {name: presses(stage, name, args.presses) for name in ("blackout", "mirror")}
        rest = busy(stage, REST_S, 0)
        fader = busy(stage, FADER_S, args.rate)
    finally:
        stage.show.finish()
    told = {
        "processor": processor(),
        "load average": round(os.getloadavg()[0], 1),
        "message to picture ms": {
            name: {f"p{n}": round(float(np.percentile(ms, n)), 1) for n in (50, 95)}
            for name, ms in took.items()
        },
        "at rest": rest,
        f"a fader at {args.rate:g}/s": fader,
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
