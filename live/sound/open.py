"""Where the sound comes from: a device, files, the built-in band or silence, picked by a text."""

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path

import numpy as np

from live.sound.coming_song import LIST_CHANNELS, LIST_RATE
from live.sound.file_reader import SoundFileReader
from live.sound.microphone import Microphone
from live.sound.player import Player
from live.sound.playlist import find_songs, is_list
from live.sound.portaudio import is_input
from live.sound.song_list import USUAL, Order, SongList
from live.sound.source import Source
from models.band.songs import Jukebox
from models.sound_file import SOUNDS, VIDEOS
from models.spec import SAMPLE_RATE
from models.types import Array

DEFAULT_INPUT = "mic"
DEMO = "demo"
DEMO_RATE = 48_000
log = logging.getLogger(__name__)


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


class SongListSource(Player):
    """Songs one after another; raises SourceError where none can be played.

    `first` is the song that it begins with, by its place from 0, and `place` as of a file.
    """

    def __init__(
        self,
        songs: Sequence[Path],
        order: Order = USUAL,
        aloud: bool = True,
        duration: float = 0.0,
        place: Callable[[], float] = lambda: 0.0,
        first: int = 0,
    ) -> None:
        self.songs = SongList(songs, order, first, place)
        super().__init__(
            name=f"{len(songs)} songs" if len(songs) > 1 else songs[0].name,
            rate=LIST_RATE,
            channels=LIST_CHANNELS,
            pieces=self.songs.pieces,
            aloud=aloud,
            duration=duration,
        )


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
    then: Sequence[str] = (),
    order: Order = USUAL,
    song: tuple[int, str] = (1, ""),
    as_list: bool = False,
) -> Source:
    """The source that `input` names: "mic", "demo", an existing file, else a device by its name.

    Songs: of a folder or an M3U, and those that `then` names as well, in the `order` asked for; the
    first is `song`, by its place from 1 and its file where that is known. With `as_list` one file
    alone is a list as well: something asks which song is heard.
    `duration` in seconds ends what the program plays (0 = at its own end); a microphone goes on.
    A file, or the first song, begins at `place()` s.
    Raises SourceError with what is wrong and what to do.
    """
    path = Path(input).expanduser()
    if then or is_list(path) or ((order.loop or as_list) and path.is_file()):
        songs = find_songs((input, *then), log.warning)
        return SongListSource(songs, order, aloud, duration, place, _first(songs, *song))
    if input == DEFAULT_INPUT:
        return Microphone()
    if input == DEMO:
        return DemoSource(aloud, duration, seed)
    if path.exists() or (_is_named_like_a_file(input) and not is_input(input)):
        return AudioFileSource(path, aloud, duration, place)
    return Microphone(input)


def _first(songs: Sequence[Path], number: int, file: str) -> int:
    """Where a song stands, also when the list has changed meanwhile."""
    files = [str(path) for path in songs]
    index = min(max(0, number - 1), len(songs) - 1)
    return files.index(file) if file in files and files[index] != file else index


def _is_named_like_a_file(input: str) -> bool:
    return Path(input).suffix.lower() in SOUNDS | VIDEOS or any(mark in input for mark in "/\\")
