"""Frames and sound -> an MP4 with the music, on a thread of its own.

It is written in fragments of a second, so that it plays after a crash, and made an ordinary
MP4 when the show ends. A full disk ends the recording with a message (`error`), never the show.
"""

import logging
import os
import queue
import threading
from pathlib import Path

from av.error import FFmpegError

from live.core.messages import AudioBlock
from live.recording.mp4_file import MAX_LAG, Mp4File, remux, trim
from live.recording.part_file import RecorderError, in_few_words, new_part
from models.types import Array

log = logging.getLogger(__name__)

QUEUE_BYTES = 48 * 2**20  # of waiting pictures
QUEUE_BLOCKS = 1_000  # 10 s of 10 ms blocks


class Mp4Recorder:
    """H.264 and AAC in sync on media time, at a constant rate (the last picture is repeated).

    `width` and `height` of the stage screen (an odd last row or column is scaled away);
    `audio_rate` 0 = without sound. Live, what cannot be taken in time is dropped and counted in
    `n_dropped`; `offline=True` waits instead. Media time `start` is the beginning of the file.
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
        start: float = 0.0,
        picture_delay: float = 0.0,
    ) -> None:
        """`picture_delay`: so many seconds after their sound come the pictures of a media time.

        Raises RecorderError when the file cannot be written; nothing is left behind then."""
        self.path = Path(path)
        self.n_dropped = 0
        self._error = ""
        self._offline = offline
        if self.path.suffix.lower() not in (".mp4", ".m4v", ".mov"):
            raise RecorderError(f"Cannot record to {self.path}: the name must end in .mp4.")
        if os.path.isdir(self.path):
            raise RecorderError(f"Cannot record to {self.path}: it is a folder.")
        self.part = new_part(self.path, ".mp4")
        try:
            self._file = Mp4File(
                self.part, width, height, fps, audio_rate, audio_channels, start, offline,
                MAX_LAG + abs(picture_delay),
            )  # fmt: skip
        except (OSError, FFmpegError, ValueError) as error:
            self.part.unlink(missing_ok=True)
            raise RecorderError(f"Cannot record to {self.path}: {in_few_words(error)}.") from error
        n_frames = max(4, min(60, QUEUE_BYTES // (width * height * 3)))
        # Slots bound the queue; pictures never take the place of sound.
        self._frame_slots = threading.BoundedSemaphore(n_frames)
        self._audio_slots = threading.BoundedSemaphore(QUEUE_BLOCKS)
        self._queue: queue.SimpleQueue[tuple[Array, float] | AudioBlock | None] = (
            queue.SimpleQueue()
        )
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def error(self) -> str:
        """Why the recording ended early, in one sentence; empty while all is well."""
        return self._error

    def add_frame(self, image: Array, time: float) -> None:
        """A picture uint8 (H, W, 3) RGB seen at media time `time`; never written after."""
        if self._closed or self._error:
            return
        if not self._frame_slots.acquire(blocking=self._offline):
            self.n_dropped += 1
            return
        self._queue.put((image, time))

    def add_audio(self, block: AudioBlock) -> None:
        """Sound as the device gave it; its first sample's number is its media time."""
        if self._closed or self._error:
            return
        if not self._audio_slots.acquire(blocking=self._offline):
            self.n_dropped += 1
            return
        self._queue.put(block)

    def close(self) -> None:
        """Finish the file: an ordinary MP4 at its own name. Then `error` tells how it went."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            slots = self._audio_slots if isinstance(item, AudioBlock) else self._frame_slots
            try:
                if not self._error:
                    if isinstance(item, AudioBlock):
                        self._file.add_audio(item)
                    else:
                        self._file.add_frame(*item)
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
            self.part.unlink(missing_ok=True)
            self._error = self._error or "Nothing was recorded: no picture was shown."
            return
        finished = self.part.with_name(self.part.name.replace(".part", ".finish"))
        try:
            if self._error:
                trim(self.part)
            remux(self.part, finished)
            os.replace(finished, self.path)
            self.part.unlink()
        except (OSError, FFmpegError, ValueError) as error:
            finished.unlink(missing_ok=True)
            reason = self._error or f"The recording could not be finished: {in_few_words(error)}."
            self._error = f"{reason} What was recorded is in {self.part.name} and plays."
