"""How long a step takes here, and how many steps fit into a time."""

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from train.run.loop import Run


@dataclasses.dataclass(frozen=True)
class Pace:
    """Seconds that a step takes, without and with the critic."""

    plain: float
    judged: float

    def seconds(self, total: int, critic_from: float) -> float:
        """What a whole training takes."""
        return total * (critic_from * self.plain + (1 - critic_from) * self.judged)


def fit_to_time(run: "Run", minutes: float, pace: Pace, critic_from: float) -> None:
    """Set the goal to what this machine does in that time, all sittings counted."""
    slower = pace.judged / pace.plain
    whole = critic_from + (1 - critic_from) * slower  # plain steps that an average one is worth
    wanted, used = minutes * 60, max(run.seconds, 1e-3)
    if run.step < critic_from * run.total:
        total = wanted * run.step / (used * whole)
    else:
        rest = used * whole - wanted * critic_from * (1 - slower)
        total = wanted * run.step * slower / max(rest, 1e-3)
    run.total = max(run.step + 1, round(total))
