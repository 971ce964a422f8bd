"""Several dancers of one dance: which pose each of them has. Pure but for the motion it reads.

The others show what the first dances: at once, in the mirror, or later (a canon). What is shown
later was danced already and is read again, so a company never needs more of the network.
"""

from typing import NamedTuple

import numpy as np

from live.core.messages import Beat, Pose
from live.core.row import place_in_row
from live.core.settings import BPM_RANGE, CANON, CANON_BEATS, MIRRORED, MOST_DANCERS, UNISON
from live.dance.motion import Motion
from models.skeleton import mirror
from models.types import Array

PAST_S = (MOST_DANCERS - 1) * CANON_BEATS[1] * 60 / BPM_RANGE[0]  # so far back a canon reaches
UNHEARD_S = 1.0  # a beat, until one is heard
SAME_TEMPO = 0.02  # share: a tempo that is heard moves by less without a change of the music
GLIDE_S = 0.8  # from one canon to another, as from one dance into another


class Lag(NamedTuple):
    """By how much each dancer comes later than the one before; it goes from one to another."""

    before: float  # s
    after: float  # s
    begun: float  # media time

    def share(self, time: float) -> float:
        """How much of `after` holds at a media time, 0..1."""
        passed = min(1.0, max(0.0, (time - self.begun) / GLIDE_S))
        return passed * passed * (3 - 2 * passed)


class Company:
    """`follow` is for one thread, `poses` for any."""

    def __init__(self, motion: Motion, way: str = UNISON, canon: float = 2.0) -> None:
        """`way` is one of COMPANIES; `canon` beats from one dancer to the next."""
        self.way, self.canon = way, canon
        self._motion = motion
        self._period = UNHEARD_S
        self._lag: Lag | None = None

    def follow(self, beat: Beat | None, media_time: float) -> None:
        """The newest beat, and the time of the picture that is painted next.

        A canon keeps its time while the tempo only trembles, and glides to another one.
        """
        if beat is not None and beat.bpm > 0:
            period = 60 / beat.bpm
            if abs(period - self._period) > SAME_TEMPO * self._period:
                self._period = period
        wanted = self.canon * self._period if self.way == CANON else 0.0
        lag = self._lag
        if lag is None:
            self._lag = Lag(wanted, wanted, media_time)
        elif wanted != lag.after and not 0 <= media_time - lag.begun < GLIDE_S:
            self._lag = Lag(lag.after, wanted, media_time)

    def poses(self, time: float, n: int) -> tuple[Pose, Array]:
        """The first at a media time, and all `n` of them, float32 (n, 18, 2)."""
        first = self._motion.at(time)
        if n == 1:
            return first, first.joints[None]
        joints = [first.joints, *(self._later(first, dancer) for dancer in range(1, n))]
        if self.way == MIRRORED:
            joints = [
                mirror(one) if place_in_row(dancer) % 2 else one
                for dancer, one in enumerate(joints)
            ]
        return first, np.stack(joints)

    def _later(self, first: Pose, dancer: int) -> Array:
        """What the first had danced when it was this dancer's turn, (18, 2)."""
        lag = self._lag or Lag(0.0, 0.0, 0.0)
        share = lag.share(first.time)
        before, after = (
            self._motion.at(first.time - dancer * late).joints if late and counts else first.joints
            for late, counts in ((lag.before, share < 1), (lag.after, share > 0))
        )
        if share in (0, 1) or before is after:
            return after if share else before
        return before + np.float32(share) * (after - before)
