"""Where the sound comes from: a device, a file, the built-in band or silence, picked by a text."""

from collections.abc import Callable, Iterator
from itertools import chain, count
from pathlib import Path

import numpy as np

from live.sound.file_reader import SoundFileReader
from live.sound.microphone import Microphone
from live.sound.player import Player
from live.sound.portaudio import is_input
from live.sound.source import Source
from models.band.songs import Jukebox
from models.sound_file import SOUNDS, VIDEOS
from models.spec import SAMPLE_RATE
from models.types import Array

DEFAULT_INPUT = "mic"
DEMO = "demo"
DEMO_RATE = 48_000


class AudioFileSource(Player):
    """A sound file at its own rate; raises SourceError for one that cannot be played.

    `place` says, when the sound begins, from which second on it is played.
    """

    def __init__(
        self,
        path: Path,
        aloud: bool = True,
        duration: float = 0.0,
        place: Callable[[], float] = lambda: 0.0,
    ) -> None:
        first = SoundFileReader(path)
        readers = chain([first], (SoundFileReader(path) for _ in count()))
        super().__init__(
            name=path.name,
            rate=first.rate,
            channels=first.channels,
            pieces=lambda: next(readers).pieces(place()),
            aloud=aloud,
            duration=duration,
        )
        self.duration = min((d for d in (first.duration, duration) if d > 0), default=0.0)


class DemoSource(Player):
    """The built-in band: an endless stream of songs, the same for the same seed."""

    def __init__(self, aloud: bool = True, duration: float = 0.0, seed: int = 0) -> None:
        super().__init__(
            name="demo music",
            rate=DEMO_RATE,
            channels=2,
            pieces=lambda: _songs(seed),
            aloud=aloud,
            duration=duration,
        )


def _songs(seed: int) -> Iterator[Array]:
    jukebox = Jukebox(seed, DEMO_RATE)
    while True:
        yield jukebox.read(DEMO_RATE // 10)


class SilentSource(Player):
    """Silence at its pace: the clock of a show that is danced from a pose file."""

    def __init__(self, duration: float = 0.0) -> None:
        super().__init__("silence", SAMPLE_RATE, 1, _silence, aloud=False, duration=duration)


def _silence() -> Iterator[Array]:
    while True:
        yield np.zeros((SAMPLE_RATE // 10, 1), np.float32)


def open_source(
    input: str,
    aloud: bool = True,
    duration: float = 0.0,
    seed: int = 0,
    place: Callable[[], float] = lambda: 0.0,
) -> Source:
    """The source that `input` names: "mic", "demo", an existing file, else a device by its name.

    `duration` in seconds ends what the program plays (0 = at its own end); a microphone goes on.
    A file begins at `place()` s.
    Raises SourceError with what is wrong and what to do.
    """
    if input == DEFAULT_INPUT:
        return Microphone()
    if input == DEMO:
        return DemoSource(aloud, duration, seed)
    path = Path(input).expanduser()
    if path.exists() or (_is_named_like_a_file(input) and not is_input(input)):
        return AudioFileSource(path, aloud, duration, place)
    return Microphone(input)


def _is_named_like_a_file(input: str) -> bool:
    return Path(input).suffix.lower() in SOUNDS | VIDEOS or any(mark in input for mark in "/\\")
