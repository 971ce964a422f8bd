"""The dance of a show as it grows: chunks in, plans to the tween, all counted. Live and offline."""

import time
from collections.abc import Callable

from live.core.media_clock import MediaClock
from live.core.messages import AudioChunk, Beat, PosePlan
from live.core.stats import Stats
from live.dance.company import PAST_S
from live.dance.performer import Performer
from live.dance.tween import Tween
from live.show.cues import Cues
from live.sound.source import Songs
from models.spec import CHUNK_SECONDS

_NO_CLOCK = MediaClock(0.0)  # only what the hand does has a host time


class Dance:
    """One thread hears; `tween` and `beat` may be read by any."""

    def __init__(
        self,
        performer: Performer,
        stats: Stats,
        delay: float = 0.0,
        songs: Songs | None = None,
        cues: Cues | None = None,
    ) -> None:
        """`delay` as in Tween; `songs` are heard, `cues` are told of each chunk and obeyed."""
        self.performer = performer
        self.cues = cues or Cues(songs)
        self._songs, self._n_songs = songs, 1
        self.tween = Tween(delay=delay, past=PAST_S)
        self.beat: Beat | None = None  # the newest
        # What moves the energy that is set, at a media time.
        self.energy_at: Callable[[float, float], float] = lambda energy, _: energy
        self._stats = stats
        self._next_chunk = 0

    def read_at(self, delay: float, most: float) -> None:
        """As of a tween: of the first and of those who choose by themselves."""
        self.tween.read_at(delay, most)
        self.performer.ensemble.read_at(delay, most)

    def hear(self, chunk: AudioChunk) -> PosePlan:
        """One chunk of sound: its plan is in the tween, its beat the newest."""
        stats = self._stats
        stats.chunks += 1
        stats.lose(self._next_chunk, chunk.index + (chunk.n_lost > 0))
        self._next_chunk = chunk.index + 1
        began = time.perf_counter()
        self._turn_to(chunk.index * CHUNK_SECONDS)
        dancer = self.performer.dancer
        end = (chunk.index + 1) * CHUNK_SECONDS
        dancer.swing = self.energy_at(dancer.energy, end) - dancer.energy
        beat, plan = self.performer.hear(chunk)
        stats.generator_ms.add((time.perf_counter() - began) * 1e3)
        self.tween.add(plan)
        self.beat = beat
        self.cues.hear(beat)
        stats.poses += len(plan.times)
        return plan

    def _turn_to(self, begin: float) -> None:
        """What changes with the chunk that begins there: the song, and what the cues set."""
        self.cues.look(begin + CHUNK_SECONDS)
        song = self._songs.at(begin) if self._songs else None
        if song and begin >= song.turn and song.count > self._n_songs:
            self._n_songs = song.count
            self.performer.begin_song()
        for command in self.cues.of_dance(begin + CHUNK_SECONDS):
            self.performer.obey(command, _NO_CLOCK)
