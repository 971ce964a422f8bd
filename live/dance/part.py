"""What one dancer after another dances: one of them, or two while the next takes over. Pure."""

from dataclasses import dataclass

from live.core.messages import AudioChunk, Beat, PosePlan
from live.dance.dancer import Dancer
from live.dance.handover import Handover
from models.types import Array


@dataclass
class Part:
    """`plan` is for the dance thread alone."""

    dancer: Dancer
    next_dancer: Dancer | None = None  # who takes over from the next chunk on; set by any thread
    _handover: Handover | None = None
    _body: tuple[Array, Array] | None = None  # the nearest poses of the last two plans

    def plan(self, chunk: AudioChunk, beat: Beat | None) -> PosePlan:
        """What is danced to one chunk of levelled sound; `beat` None = it is silent."""
        plan = self._plan(chunk, beat)
        before = plan.joints[0] if self._body is None else self._body[1]
        self._body = before, plan.joints[0]
        return plan

    def _plan(self, chunk: AudioChunk, beat: Beat | None) -> PosePlan:
        """That of the dancer, or of two while one takes over from the other."""
        taking_over, self.next_dancer = self.next_dancer, None
        if taking_over is not None:
            self._handover = Handover(self.dancer, taking_over, self._body)
            self.dancer = taking_over
        if self._handover is None:
            return self.dancer.step(chunk, beat)
        plan, is_done = self._handover.step(chunk, beat)
        if is_done:
            self._handover = None
        return plan

    def begin_again(self) -> None:
        """As at the beginning: the dancer stands, and the seed counts from its first number."""
        self._handover = self._body = None
        self.dancer.reset()
