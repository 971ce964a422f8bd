"""Several dancers of one dance: which pose each of them has. Pure but for the motion it reads.

The others show what the first dances: at once, in the mirror, or later (a canon). What is shown
later was danced already and is read again, so these never need more of the network. Or each dances
what they choose themselves (`ensemble.py`).
"""

from typing import NamedTuple

import numpy as np

from live.core.messages import Beat, Pose
from live.core.row import place_in_row
from live.core.settings import BPM_RANGE, CANON, CANON_BEATS, MIRRORED, MOST_DANCERS, OWN, UNISON
from live.dance.ensemble import Ensemble, Soloist
from live.dance.motion import Motion
from models.skeleton import mirror
from models.types import Array

PAST_S = (MOST_DANCERS - 1) * CANON_BEATS[1] * 60 / BPM_RANGE[0]  # so far back a canon reaches
UNHEARD_S = 1.0  # a beat, until one is heard
SAME_TEMPO = 0.02  # share: a tempo that is heard moves by less without a change of the music
GLIDE_S = 0.8  # from one way to another, as from one dance into another


class Glide(NamedTuple):
    """From one number to another, once each time: the next one begins when this one is there."""

    before: float
    after: float
    begun: float  # media time

    def share(self, time: float) -> float:
        """How much of `after` holds at a media time, 0..1."""
        passed = min(1.0, max(0.0, (time - self.begun) / GLIDE_S))
        return passed * passed * (3 - 2 * passed)

    def at(self, time: float) -> float:
        """The number at a media time."""
        return self.before + self.share(time) * (self.after - self.before)

    def to(self, wanted: float, media_time: float) -> "Glide":
        """On to another number from a media time on."""
        is_on_its_way = self.before != self.after and 0 <= media_time - self.begun < GLIDE_S
        if wanted == self.after or is_on_its_way:
            return self
        return Glide(self.after, wanted, media_time)


class Solo(NamedTuple):
    """How much of what one chooses themselves is seen of them, 0..1."""

    soloist: Soloist | None
    share: Glide


class Company:
    """`follow` is for one thread, `poses` for any."""

    def __init__(
        self,
        motion: Motion,
        way: str = UNISON,
        canon: float = 2.0,
        ensemble: Ensemble | None = None,
    ) -> None:
        """`way` is one of COMPANIES; `canon` beats from one dancer to the next.

        `ensemble` are those who choose by themselves, once they are there; without them OWN is
        unison.
        """
        self.way, self.canon = way, canon
        self._motion, self._ensemble = motion, ensemble
        self._period = UNHEARD_S
        self._lag: Glide | None = None  # s by which each comes later than the one before
        self._mirrored: Glide | None = None  # how much of the mirror image is seen, 0..1
        self._solos: tuple[Solo, ...] = ()

    def follow(self, beat: Beat | None, media_time: float) -> None:
        """The newest beat, and the time of the picture that is painted next.

        A canon keeps its time while the tempo only trembles, and glides to another one.
        """
        if beat is not None and beat.bpm > 0:
            period = 60 / beat.bpm
            if abs(period - self._period) > SAME_TEMPO * self._period:
                self._period = period
        lag = self.canon * self._period if self.way == CANON else 0.0
        mirrored = float(self.way == MIRRORED)
        self._lag = (self._lag or Glide(lag, lag, media_time)).to(lag, media_time)
        self._mirrored = (self._mirrored or Glide(mirrored, mirrored, media_time)).to(
            mirrored, media_time
        )
        there = self._ensemble.soloists if self._ensemble else ()
        n = max(len(there), len(self._solos))
        self._solos = tuple(
            self._followed(
                self._solos[number] if number < len(self._solos) else None,
                there[number] if number < len(there) else None,
                media_time,
            )
            for number in range(n)
        )

    def _followed(self, solo: Solo | None, there: Soloist | None, media_time: float) -> Solo:
        """Who is no longer there is seen until the others are glided to."""
        soloist, share = solo or Solo(there, Glide(0.0, 0.0, media_time))
        if share.at(media_time) == 0:
            soloist = there
        is_seen = soloist is not None and soloist is there and soloist.is_there(media_time)
        return Solo(soloist, share.to(float(self.way == OWN and is_seen), media_time))

    def poses(self, time: float, n: int) -> tuple[Pose, Array]:
        """The first at a media time, and all `n` of them, float32 (n, 18, 2)."""
        first = self._motion.at(time)
        if n == 1:
            return first, first.joints[None]
        others = [self._other(first, dancer) for dancer in range(1, n)]
        return first, np.stack([first.joints, *others])

    def _other(self, first: Pose, dancer: int) -> Array:
        """What one beside the first dances, (18, 2)."""
        solos = self._solos
        soloist, glide = solos[dancer - 1] if dancer <= len(solos) else Solo(None, _NONE)
        share = glide.at(first.time)
        if soloist is not None and share == 1:
            return soloist.tween.at(first.time).joints
        joints = self._later(first, dancer)
        if self._mirrored is not None and place_in_row(dancer) % 2:
            in_mirror = self._mirrored.at(first.time)
            joints = _mixed(joints, mirror(joints), in_mirror) if in_mirror else joints
        if soloist is None or share == 0:
            return joints
        return _mixed(joints, soloist.tween.at(first.time).joints, share)

    def _later(self, first: Pose, dancer: int) -> Array:
        """What the first had danced when it was this dancer's turn, (18, 2)."""
        lag = self._lag or _NONE
        share = lag.share(first.time)
        before, after = (
            self._motion.at(first.time - dancer * late).joints if late and counts else first.joints
            for late, counts in ((lag.before, share < 1), (lag.after, share > 0))
        )
        return after if before is after else _mixed(before, after, share)


_NONE = Glide(0.0, 0.0, 0.0)


def _mixed(one: Array, other: Array, share: float) -> Array:
    """From the one pose to the other; each as it is where nothing of the other counts."""
    if share in (0, 1):
        return other if share else one
    return one + np.float32(share) * (other - one)
