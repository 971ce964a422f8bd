"""Dancers beside the first who choose by themselves: same dance, same music, other chances.

What is heard, and what the hand sets of the first, is that of all. Pure; stepped by the dance
thread. Each has a tween of their own, which any thread may read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from live.core.messages import AudioChunk, Beat
from live.dance.dancer import Dancer
from live.dance.part import Part
from live.dance.tween import Tween
from models.spec import CHUNK_SECONDS, HORIZONS
from models.types import Array

LEAVES_S = 2.0  # so long one who leaves dances on: the picture glides to the others meanwhile
# So long after the first chunk plans count for all of what is read.
READY_S = HORIZONS[0] + 3 * CHUNK_SECONDS


@dataclass
class Soloist(Part):
    """One of them."""

    tween: Tween = field(default_factory=Tween)
    ready_from: float | None = None  # media time from which the tween tells only of their dance
    left_at: float | None = None  # of the chunk with which they were asked to leave

    def is_there(self, media_time: float) -> bool:
        """Whether they are to be seen at a media time; any thread."""
        ready = self.ready_from
        return self.left_at is None and ready is not None and media_time >= ready


class Ensemble:
    """`step` and `begin_again` are for the dance thread, the rest for any."""

    def __init__(self) -> None:
        # In the order of the row, the first is not among them. A new tuple each time.
        self.soloists: tuple[Soloist, ...] = ()
        # Who dances from the next chunk on; who is the same goes on. None = as now.
        self.next_cast: Sequence[Dancer] | None = None
        self._delays = 0.0, 0.0

    def read_at(self, delay: float, most: float) -> None:
        """As of a tween, of all."""
        self._delays = delay, most
        for one in self.soloists:
            one.tween.read_at(delay, most)

    def step(
        self,
        chunk: AudioChunk,
        beat: Beat | None,
        first: Part,
        body: tuple[Array, Array] | None,
        is_part: bool,
    ) -> None:
        """One chunk, as the first has heard it; `body` as theirs was before it, None = standing.

        `is_part`: a new part of the music begins.
        """
        cast, self.next_cast = self.next_cast, None
        if cast is not None:
            self._take(cast, first.dancer, body, chunk.index * CHUNK_SECONDS)
        for one in self.soloists:
            one.dancer.heed(first.dancer)
            if is_part:
                one.dancer.begin_part()
            plan = one.plan(chunk, beat)
            one.tween.add(plan)
            if one.ready_from is None:
                one.ready_from = plan.time + READY_S
            if one.left_at is not None and plan.time - one.left_at > LEAVES_S:
                self.soloists = tuple(other for other in self.soloists if other is not one)

    def begin_part(self) -> None:
        """A new part of the music begins: it is danced to with something else."""
        for one in self.soloists:
            one.dancer.begin_part()

    def begin_again(self) -> None:
        """As at the beginning: all stand, and their seeds count from their first numbers."""
        for one in self.soloists:
            one.begin_again()
            one.tween.clear()
            one.ready_from = None

    def _take(
        self,
        cast: Sequence[Dancer],
        first: Dancer,
        body: tuple[Array, Array] | None,
        time: float,
    ) -> None:
        """Who comes begins in the body of the first; who takes a place over, in the one before."""
        there = list(self.soloists)
        for number, dancer in enumerate(cast):
            if number == len(there):
                there.append(self._begun(dancer, first, body))
            elif there[number].dancer is not dancer:
                there[number].next_dancer = dancer
            there[number].left_at = None
        for one in there[len(cast) :]:
            one.left_at = time if one.left_at is None else one.left_at
        self.soloists = tuple(there)

    def _begun(self, dancer: Dancer, first: Dancer, body: tuple[Array, Array] | None) -> Soloist:
        dancer.go_on_from(first, body)
        one = Soloist(dancer)
        one.tween.read_at(*self._delays)
        return one
