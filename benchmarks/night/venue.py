"""The whole place: sound server, screen, music, and a show that hears, shows, sends and films."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.night.disc_jockey import DiscJockey
from benchmarks.night.display import Display, display
from benchmarks.night.virtual_mic import VirtualMic, virtual_mic_server
from benchmarks.night.watched import Watched
from models.types import Array

DEVICE = "stage_mic"
TARGETS = ("alice", "bob", "skeleton")
SCREEN = "512x512"  # a larger one would only be a larger film
PAUSE = 1e-3  # loudness, RMS; quieter is between two songs
DANCING = 20  # bundles a second, of 30, that are a show which goes on
ENDINGS = {"SIGTERM": 0, "SIGINT": 0, "twice SIGINT": 0, "SIGHUP": 0, "the display": 1}


@dataclass
class Scene:
    """What the show should look like by what it was told."""

    target: str = TARGETS[0]
    is_black: bool = False  # blackout or freeze was asked for


@dataclass
class Venue:
    """`folder` holds what the show records and says."""

    folder: Path
    mic: VirtualMic
    screen: Display
    music: DiscJockey
    show: Watched
    scene: Scene = field(default_factory=Scene)
    has_mic: bool = True

    @property
    def film(self) -> Path:
        return self.folder / "show.mp4"

    @property
    def poses(self) -> Path:
        return self.folder / "show.npz"

    @property
    def stats(self) -> Path:
        return self.folder / "stats.json"

    def choose(self, target: str) -> None:
        """A person by name."""
        self.scene.target = target
        self.show.tell("target", target)

    def goes_on(self, now: float) -> bool:
        """Whether the last second was a show: poses at their pace, on a time that runs."""
        frames = self.show.heard.between(now - 1.0, now)
        if len(frames) < DANCING:
            return False
        media = frames[-1][2] - frames[0][2]
        return abs(media - (frames[-1][0] - frames[0][0])) < 0.25

    def hears(self, now: float) -> bool:
        """Whether it says that it hears music that plays."""
        statuses = self.show.heard.statuses
        return bool(statuses) and statuses[-1][0] > now - 1.5 and statuses[-1][2]

    def is_well(self, now: float) -> bool:
        """`goes_on`, with the person and the sound that there should be."""
        statuses = self.show.heard.statuses
        is_right = bool(statuses) and statuses[-1][1] == self.scene.target
        can_hear = self.has_mic and self.plays(now)
        return self.goes_on(now) and is_right and (self.hears(now) or not can_hear)

    def plays(self, now: float) -> bool:
        """Whether there was music throughout the last moments, which a status may speak of."""
        return all(self.music.loudness(now - ago) > PAUSE for ago in (0.0, 1.0, 2.0, 3.0))

    def photo(self) -> Array:
        """What is on the screen, a small grey picture float32 (90, 160)."""
        photo = self.screen.photo()[::8, ::8].astype(np.float32)
        return photo.mean(-1)

    def end(self, how: str) -> int | None:
        """Ask for the end in one of ENDINGS; the exit code, None when it does not come."""
        match how:
            case "twice SIGINT":
                self.show.send(signal.SIGINT)
                time.sleep(0.2)
                self.show.send(signal.SIGINT)
            case "the display":
                self.screen.server.kill()
            case _:
                self.show.send(getattr(signal, how))
        return self.show.wait(60)


@contextmanager
def venue(music: Array, folder: Path, *words: str) -> Iterator[Venue]:
    """A show that dances already. Raises DisplayError, or RuntimeError when it does not begin."""
    with ExitStack() as stack:
        mic = stack.enter_context(virtual_mic_server())
        mic.start(DEVICE)
        screen = stack.enter_context(display())
        jockey = DiscJockey(music, DEVICE, lambda: mic.env)
        stack.callback(jockey.close)
        env = {key: value for key, value in mic.env.items() if key != "PULSE_LATENCY_MSEC"}
        recorded = ["--record", str(folder / "show.mp4"), "--record-poses",
                    str(folder / "show.npz"), "--stats", str(folder / "stats.json")]  # fmt: skip
        show = Watched(
            ["--input", DEVICE, "--target", TARGETS[0], "--output", SCREEN, *recorded, *words],
            env | screen.env, folder / "said.txt",
        )  # fmt: skip
        stack.callback(show.close)
        if not show.wait_for_frames():
            raise RuntimeError(f"the show did not begin: {show.said}")
        yield Venue(folder, mic, screen, jockey, show)
