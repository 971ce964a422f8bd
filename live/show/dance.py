"""The dance of a show as it grows: chunks in, plans to the tween, all counted. Live and offline."""

import time

from live.core.messages import AudioChunk, Beat, PosePlan
from live.core.stats import Stats
from live.dance.performer import Performer
from live.dance.tween import Tween


class Dance:
    """One thread hears; `tween` and `beat` may be read by any."""

    def __init__(self, performer: Performer, stats: Stats, delay: float = 0.0) -> None:
        """`delay` as in Tween."""
        self.performer = performer
        self.tween = Tween(delay=delay)
        self.beat: Beat | None = None  # the newest
        self._stats = stats
        self._next_chunk = 0

    def hear(self, chunk: AudioChunk) -> PosePlan:
        """One chunk of sound: its plan is in the tween, its beat the newest."""
        stats = self._stats
        stats.chunks += 1
        stats.lose(self._next_chunk, chunk.index + (chunk.n_lost > 0))
        self._next_chunk = chunk.index + 1
        began = time.perf_counter()
        beat, plan = self.performer.hear(chunk)
        stats.generator_ms.add((time.perf_counter() - began) * 1e3)
        self.tween.add(plan)
        self.beat = beat
        stats.poses += len(plan.times)
        return plan
