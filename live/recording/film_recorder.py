"""Frames and sound -> a film with the music, on a thread of its own.

It is written so that what there is plays after a crash, and put in its place when the show ends.
A full disk ends the recording with a message (`error`), never the show.
"""

import logging
import queue
import threading
import time as host_time
from collections.abc import Callable
from pathlib import Path

from av.error import FFmpegError

from live.core.messages import AudioBlock
from live.film.film_file import MAX_LAG, FilmFile
from live.film.tracks import Take
from live.recording.kinds import FilmKind, kind_of
from live.recording.part_file import RecorderError, in_few_words
from models.types import Array

log = logging.getLogger(__name__)

QUEUE_BYTES = 48 * 2**20  # of waiting pictures
QUEUE_BLOCKS = 1_000  # 10 s of 10 ms blocks
TOLD_S = 20.0  # so long it is said that pictures are missing

Picture = Array | Callable[[], Array]


class FilmRecorder:
    """Pictures and sound in sync on media time, at a constant rate (the last picture is repeated).

    `width` and `height` of the stage screen (an odd last row or column is scaled away but in MOV
    and PNG); `audio_rate` 0 = without sound. Live, what cannot be taken in time is dropped and
    counted in `n_dropped`; `offline=True` waits instead. Media time `start` is its beginning.
    """

    def __init__(
        self,
        path: Path,
        width: int,
        height: int,
        fps: float,
        audio_rate: int = 0,
        audio_channels: int = 2,
        offline: bool = False,
        start: float | Callable[[], float] = 0.0,
        picture_delay: float = 0.0,
        kind: FilmKind | None = None,
        replaces: bool = True,
    ) -> None:
        """`picture_delay`: so many seconds after their sound come the pictures of a media time.

        `start` may be asked for once the film is open; `kind` None = by the name. Unless it
        `replaces` what has its name once it is whole, it takes the next that is free then. Raises
        RecorderError when the film cannot be written; nothing is left behind then.
        """
        self.path = Path(path)
        self.n_dropped = 0
        self._dropped_at = -TOLD_S  # host time
        self._error = ""
        self._offline, self._replaces = offline, replaces
        self._kind = kind = kind or kind_of(str(path))
        self.part = kind.part(self.path)
        try:
            take = Take((width, height), fps, audio_rate, audio_channels, offline)
            tracks = kind.tracks(self.part, self.path, take)
        except (OSError, FFmpegError, ValueError) as error:
            kind.remove(self.part)
            raise RecorderError(f"Cannot record to {self.path}: {in_few_words(error)}.") from error
        begin = start() if callable(start) else start
        self._file = FilmFile(tracks, begin, offline, MAX_LAG + abs(picture_delay))
        n_frames = max(4, min(60, QUEUE_BYTES // (width * height * 3)))
        # Slots bound the queue; pictures never take the place of sound.
        self._frame_slots = threading.BoundedSemaphore(n_frames)
        self._audio_slots = threading.BoundedSemaphore(QUEUE_BLOCKS)
        self._queue: queue.SimpleQueue[tuple[Picture, float] | AudioBlock | None] = (
            queue.SimpleQueue()
        )
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def has_alpha(self) -> bool:
        """It wants the dancer alone, uint8 (H, W, 4) with straight alpha."""
        return self._kind.has_alpha

    @property
    def error(self) -> str:
        """Why the recording ended early, in one sentence; empty while all is well."""
        return self._error

    @property
    def warning(self) -> str:
        """That it lost something of late, in one sentence."""
        if not self.n_dropped or host_time.perf_counter() - self._dropped_at > TOLD_S:
            return ""
        return (
            f"The recording is slower than the show and has left out {self.n_dropped} pictures: "
            "a smaller --output or --fps helps."
        )

    @property
    def is_empty(self) -> bool:
        """No picture has come."""
        return self._file.is_empty

    def allow(self, picture_delay: float) -> None:
        """From now on pictures may come so many seconds after their sound."""
        self._file.max_lag = MAX_LAG + abs(picture_delay)

    def add_frame(self, image: Picture, time: float) -> None:
        """A picture uint8 (H, W, 3) RGB seen at media time `time`; never written after.

        Or what makes it, which is called by the recorder's thread.
        """
        if self._closed or self._error:
            return
        if not self._frame_slots.acquire(blocking=self._offline):
            self._drop()
            return
        self._queue.put((image, time))

    def add_audio(self, block: AudioBlock) -> None:
        """Sound as the device gave it; its first sample's number is its media time."""
        if self._closed or self._error:
            return
        if not self._audio_slots.acquire(blocking=self._offline):
            self._drop()
            return
        self._queue.put(block)

    def close(self) -> None:
        """Finish the film at its own name. Then `error` tells how it went."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _drop(self) -> None:
        self.n_dropped += 1
        self._dropped_at = host_time.perf_counter()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            slots = self._audio_slots if isinstance(item, AudioBlock) else self._frame_slots
            try:
                if not self._error:
                    if isinstance(item, AudioBlock):
                        self._file.add_audio(item)
                    else:
                        image, time = item
                        self._file.add_frame(image() if callable(image) else image, time)
            except Exception as error:  # whatever the encoder throws: what there is gets finished
                log.info("The encoder broke", exc_info=error)
                self._fail(error)
            finally:
                slots.release()
        self._finish()

    def _fail(self, error: Exception) -> None:
        self._error = f"The recording stopped: {in_few_words(error)}; the show goes on."
        log.warning("%s", self._error)

    def _finish(self) -> None:
        try:
            self._file.close(whole=not self._error)
        except (OSError, FFmpegError, ValueError) as error:
            if not self._error:
                self._fail(error)
        if self._file.is_empty:
            self._kind.remove(self.part)
            self._error = self._error or "Nothing was recorded: no picture was shown."
            return
        left = self.part
        try:
            left = self.path = self._kind.finish(
                self.part, self.path, not self._error, self._replaces
            )
        except (OSError, FFmpegError, ValueError, RecorderError) as error:
            self._error = (
                self._error or f"The recording could not be finished: {in_few_words(error)}."
            )
        if not self._error:
            return
        if not self._kind.holds(left):  # the disk was full from the beginning, or it is gone
            self._kind.remove(left)
            self._error += " Nothing of it is left."
        elif left == self.part:
            self._error += f" What was recorded is in {self.part.name} and plays."
