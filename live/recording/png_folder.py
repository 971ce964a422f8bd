"""A film as a folder: numbered pictures with straight alpha, and their sound as a WAV."""

import os
import re
import wave
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

from live.film.tracks import Take, spare_threads
from live.recording.part_file import RecorderError, new_part, put_folder
from models.types import Array

_END = b"IEND\xaeB`\x82"  # of a whole PNG


class _Sound(wave.Wave_write):
    """Python would print a traceback where one is let go that a full disk has kept from closing."""

    def __del__(self) -> None:
        pass


class PngTracks:
    """NAME_000000.png, NAME_000001.png, ... and NAME.wav; written by threads of its own."""

    def __init__(
        self,
        folder: Path,
        name: str,
        size: tuple[int, int],
        fps: float,
        audio_rate: int,
        audio_channels: int,
        n_threads: int,
    ) -> None:
        """Raises OSError."""
        import cv2  # said here if it is missing, not by the first picture

        self._encode = cv2.imencode
        # Level 1 with run lengths: most of a picture is empty.
        self._options = [
            cv2.IMWRITE_PNG_COMPRESSION, 1,
            cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE,
        ]  # fmt: skip
        self.rate = Fraction(fps).limit_denominator(1001)
        self.channels, self.audio_rate = 2 if audio_channels > 1 else 1, audio_rate
        self._folder, self._name = folder, name
        self._sound: wave.Wave_write | None = None
        if audio_rate:
            self._wav = (folder / f"{name}.wav").open("wb")
            self._sound = _Sound(self._wav)
            self._sound.setparams((self.channels, 2, audio_rate, 0, "NONE", ""))
            self._write_sound(b"")
        self._threads = ThreadPoolExecutor(n_threads, "png")
        self._most_on_their_way = 2 * n_threads
        self._on_their_way: deque[Future[None]] = deque()

    def picture(self, image: Array) -> Future[bytes]:
        return self._threads.submit(self._packed, image)

    def show(self, picture: Future[bytes], number: int) -> None:
        while len(self._on_their_way) >= self._most_on_their_way:
            self._on_their_way.popleft().result()
        path = self._folder / f"{self._name}_{number:06d}.png"
        self._on_their_way.append(self._threads.submit(_write, path, picture))

    def hear(self, samples: Array) -> None:
        self._write_sound((samples * 32767).round().astype("<i2").tobytes())

    def flush(self) -> None:
        while self._on_their_way:
            self._on_their_way.popleft().result()

    def close(self) -> None:
        self._threads.shutdown()
        if self._sound is not None:
            self._sound.close()
            self._wav.close()

    def _write_sound(self, pcm: bytes) -> None:
        """Corrects the length in the header as well: the WAV is whole at any time."""
        if self._sound is not None:
            self._sound.writeframes(pcm)
            self._wav.flush()

    def _packed(self, image: Array) -> bytes:
        channels = [2, 1, 0, 3][: image.shape[2]]  # BGR(A), as OpenCV takes it
        return self._encode(".png", image[..., channels], self._options)[1].tobytes()


def _write(path: Path, picture: Future[bytes]) -> None:
    """Later than what made it: the threads take what comes in its order."""
    try:
        path.write_bytes(picture.result())
    except OSError:
        path.unlink(missing_ok=True)  # a full disk leaves half of it
        raise


class PngFolder:
    """The kind of film: see FilmKind."""

    has_alpha = True

    def part(self, path: Path) -> Path:
        _check(path)
        return new_part(path, "", make=Path.mkdir)

    def tracks(self, part: Path, path: Path, take: Take) -> PngTracks:
        n_threads = os.cpu_count() or 1 if take.offline else spare_threads()
        return PngTracks(part, path.name, *take[:4], n_threads)

    def finish(self, part: Path, path: Path, is_whole: bool, replaces: bool = True) -> Path:
        if not is_whole:
            _drop_torn(part)
        if replaces and path.is_dir():
            _check(path)
            self.remove(path)
        return put_folder(part, path)

    def rescue(self, part: Path, path: Path) -> None:
        _drop_torn(part)
        if any(part.glob("*.png")):
            self.finish(part, path, True)
        else:
            self.remove(part)

    def holds(self, film: Path) -> bool:
        return any(film.glob("*.png"))

    def remove(self, part: Path) -> None:
        if not part.is_dir():
            return
        for file in part.iterdir():
            file.unlink()
        part.rmdir()


def _check(path: Path) -> None:
    """Only a recording may be replaced. Raises RecorderError."""
    if not os.path.lexists(path):
        return
    ours = re.compile(re.escape(path.name) + r"(_\d{6,}\.png|\.wav)")
    if not path.is_dir() or any(not ours.fullmatch(file.name) for file in path.iterdir()):
        raise RecorderError(
            f"Cannot record to {path}: there is something else in it; name another folder."
        )


def _drop_torn(folder: Path) -> None:
    """Keep the pictures up to the first that is missing or not whole."""
    pictures = sorted(folder.glob("*.png"))
    for number, picture in enumerate(pictures):
        # Torn are only the last few, which several threads wrote at once.
        is_last = number >= len(pictures) - 64
        is_next = int(picture.stem.rpartition("_")[2]) == number
        if not is_next or (is_last and not picture.read_bytes().endswith(_END)):
            for torn in pictures[number:]:
                torn.unlink()
            return
