"""The recordings of a show: that of --record from its beginning, and those begun by hand.

One after another, each under a name of its own. They are opened and closed beside the show.
"""

import functools
import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

from live.core.cutout import Cutout
from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.recording.part_file import RecorderError, free_name
from live.show.take import Take
from live.sound.source import Source
from models.types import Array

log = logging.getLogger(__name__)

BY_HAND = "dancelive.mp4"  # in the folder of now, where no --record says another place
_RECENT_S = 2.0  # of sound, before a picture


class Recorders:
    """Takes everything, keeps what is to be recorded now. `switch` is for any thread."""

    def __init__(
        self,
        settings: Settings,
        output: tuple[int, int],
        source: Source | None,
        offline: bool = False,
        now: Callable[[], float] = lambda: 0.0,
        tell: Callable[[str], None] = log.warning,
    ) -> None:
        """`output` (W, H) px of the stage screen; `source` None = a film without sound.

        `now` is the media time, `tell` takes sentences. Raises RecorderError.
        """
        self._settings, self._output, self._source = settings, output, source
        self._offline, self._media_time, self._tell = offline, now, tell
        self._delay = settings.delay_ms / 1e3  # s, of the pictures after their sound
        self._lock = threading.RLock()  # offline its own thread opens and closes
        self._naming = threading.Lock()
        self._named: set[Path] = set()  # no take of this show is written over by another
        self._takes: list[Take] = []
        self._now: Take | None = None
        self._is_wanted = bool(settings.record or settings.record_poses)
        self._n_wishes = 0
        self._failed: list[str] = []  # why takes could not begin
        self._hands: list[threading.Thread] = []  # that open and close
        self._recent: deque[AudioBlock] = deque()  # offline, where sound comes before pictures
        if self._is_wanted:
            self._now = self._open(settings.overwrite, lambda: 0.0)
        self._first = self._now  # that of --record

    # what the performer does

    @property
    def is_on(self) -> bool:
        """Whether it is recorded, or will be once the files are open."""
        return self._is_wanted and not (self._now is not None and self._now.is_broken)

    def switch(self, on: bool | None = None) -> None:
        """Begin a new recording or end the one of now; None = the other of the two.

        Returns at once, but offline.
        """
        with self._lock:
            wanted = not self.is_on if on is None else on
            if wanted == self.is_on:
                return
            self._is_wanted = wanted
            self._n_wishes += 1
            ended, self._now = self._now, None
            if ended is not None:
                self._beside(functools.partial(self._end, ended))
            if wanted:
                self._beside(functools.partial(self._begin, self._n_wishes))

    def allow(self, delay: float) -> None:
        """From now on pictures may come so much later than their sound, s."""
        self._delay = delay
        if (take := self._now) is not None:
            take.allow(delay)

    def resize(self, output: tuple[int, int]) -> None:
        """The next recording is of a stage screen of this size, (W, H) px."""
        self._output = output

    def _beside(self, do: Callable[[], None]) -> None:
        """On a thread of its own: a disk may take its time. Offline nothing is late."""
        if self._offline:
            do()
            return
        hand = threading.Thread(target=do, name="recordings", daemon=True)
        self._hands = [*(one for one in self._hands if one.is_alive()), hand]
        hand.start()

    def _begin(self, wish: int) -> None:
        try:
            take = self._open(False, self._media_time)
        except RecorderError as error:
            with self._lock:
                self._failed.append(str(error))
                if wish == self._n_wishes:
                    self._is_wanted = False
            self._tell(str(error))
            return
        with self._lock:
            is_wished = wish == self._n_wishes
            if is_wished:
                self._now = take
        if is_wished:
            for block in self._recent:
                take.add_audio(block)
            self._tell(f"Recording {' and '.join(take.places.values())}.")
        else:
            self._end(take)

    def _end(self, take: Take) -> None:
        was_broken = take.is_broken
        take.close()
        if take.is_empty and not was_broken:
            with self._lock:  # begun and ended at once, which is no failure
                self._takes.remove(take)
        elif take.error:
            self._tell(take.error)
        else:
            self._tell(f"Recorded {take.name}.")

    def _open(self, overwrite: bool, start: Callable[[], float]) -> Take:
        asked = self._settings
        film = asked.record or ("" if asked.record_poses else BY_HAND)
        name = functools.partial(self._name, overwrite)
        take = Take(
            film, asked.record_poses, name, asked, self._output, self._source, start, self._delay,
            self._offline, overwrite,
        )  # fmt: skip
        with self._lock:
            self._takes.append(take)
        return take

    def _name(self, overwrite: bool, asked: str) -> Path:
        """Where it is recorded: never over another recording, unless that is wished. Says so."""
        path = Path(asked)
        with self._naming:
            place = path if overwrite else free_name(path, self._named)
            is_next = path in self._named
            self._named |= {path, place}
        if place != path and not is_next:
            log.warning("%s is there already: this recording is %s", path, place.name)
        return place

    # what is recorded

    @property
    def has_film(self) -> bool:
        """Whether pictures are wanted now."""
        return (take := self._now) is not None and take.has_film

    @property
    def state(self) -> str:
        """For the bar; "" = nothing is recorded."""
        take = self._now
        if take is None or not self.is_on:
            return "REC opens" if self.is_on else ""
        return f"REC {take.name}"

    @property
    def error(self) -> str:
        """Why recordings are not whole, in a sentence each; empty while all is well."""
        with self._lock:
            told = [*self._failed, *(take.error for take in self._takes)]
        return " ".join(sentence for sentence in told if sentence)

    @property
    def trouble(self) -> str:
        """The same of the recording of now."""
        return take.error if (take := self._now) is not None else ""

    @property
    def warning(self) -> str:
        """What the film lost of late, in a sentence; empty while it keeps up."""
        return take.warning if (take := self._now) is not None else ""

    @property
    def n_dropped(self) -> int:
        """Pictures and blocks of sound that the films could not take in time."""
        with self._lock:
            return sum(take.n_dropped for take in self._takes)

    @property
    def places(self) -> dict[str, str]:
        """What is growing: the name that it gets when it is whole. Both absolute."""
        with self._lock:
            growing = [take for take in self._takes if not take.is_over]
        return {part: path for take in growing for part, path in take.places.items()}

    def add_audio(self, block: AudioBlock) -> None:
        if self._offline:
            self._recent.append(block)
            while self._recent[0].end < block.end - _RECENT_S:
                self._recent.popleft()
        if (take := self._now) is not None:
            take.add_audio(block)

    def add_picture(self, image: Array, cutout: Cutout | None, media_time: float) -> None:
        """uint8 (H, W, 3) RGB, and the dancer alone, worked out where the film wants that."""
        if (take := self._now) is not None:
            take.add_picture(image, cutout, media_time)

    def add_pose(self, placed: Array, media_time: float) -> None:
        """Joints (18, 2), 0..1 of the stage screen."""
        if (take := self._now) is not None:
            take.add_pose(placed, media_time)

    def close(self) -> None:
        """Finish all files; then `error` tells how they went."""
        with self._lock:
            self._is_wanted = False
            self._n_wishes += 1
            take, self._now = self._now, None
            hands = self._hands
        if take is not None and take is self._first:  # an empty one is a failure
            take.close()
        elif take is not None:
            self._end(take)
        for hand in hands:
            hand.join()
