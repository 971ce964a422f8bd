"""Blocks of sound and the performer's commands -> the dance. The dance thread."""

import threading
import time
from collections.abc import Callable

from live.core.mailbox import Bounded
from live.core.media_clock import MediaClock
from live.core.messages import AudioBlock, Command
from live.core.stats import Stats
from live.show.dance import Dance
from live.sound.chunker import Chunker

MAX_BLOCKS = 300  # 3 s of 10 ms blocks between device and dance thread
MAX_COMMANDS = 100


class DanceLoop:
    """`hear` is for the thread of the source, `commands` for any; the one that runs takes both."""

    def __init__(
        self,
        dance: Dance,
        clock: MediaClock,
        stats: Stats,
        keep: Callable[[AudioBlock], None],
        warn: Callable[[str], None],
    ) -> None:
        """`keep` gets every block before it is danced to."""
        self.blocks: Bounded[AudioBlock] = Bounded(MAX_BLOCKS)
        self.commands: Bounded[Command] = Bounded(MAX_COMMANDS)
        self._dance, self._clock, self._stats = dance, clock, stats
        self._keep, self._warn = keep, warn

    def hear(self, block: AudioBlock) -> None:
        """Returns at once. The clock knows of the block even while a chunk is danced to."""
        self._clock.observe(block.end, block.captured_at, block.stood)
        self.blocks.put(block)

    def run(self, ending: threading.Event) -> None:
        """Until `ending` is set."""
        chunker = Chunker()
        while not ending.is_set():
            block = self.blocks.take(timeout=0.2)
            self._obey()
            if block is None:
                continue
            self._keep(block)
            for chunk in chunker.feed(block):
                self._dance.hear(chunk)
                latency = time.perf_counter() - chunk.captured_at
                self._stats.capture_to_pose_ms.add(latency * 1e3)

    def _obey(self) -> None:
        while (command := self.commands.take(timeout=0.0)) is not None:
            if not self._dance.performer.obey(command, self._clock):
                self._warn(f"not understood: {command}")
