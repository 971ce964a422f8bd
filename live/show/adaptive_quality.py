"""How much picture this machine gives: fewer under overload, more again when it is calm. Pure.

Poses and OSC are not its matter: they keep their time whatever is painted.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

WATCHED_S = 4.0  # over which lost frames are counted, and before which no second step is made
LOST_SHARE = 0.15  # of the frames: more is overload
CALM_SHARE = 0.02  # less is calm
CALM_S = 20.0  # of calm before a step up is tried; twice as long after each that failed
MOST_CALM_S = 320.0
HICCUP_S = 0.5  # lost before one frame count as so much at most: a computer that slept is not busy
BUSY_SHARE = 0.8  # of a slot: what a step up may need by the times of the last frames
TURNS = 2  # with several dancers those beside the first are painted in each second picture
RATES = (1.0, 2 / 3, 1 / 2, 1 / 3)  # of the frame rate that was asked for


@dataclass(frozen=True)
class Level:
    """One step of quality."""

    size: int  # px of the painted picture
    fps: float
    turns: int = 1  # those beside the first are painted in each so many-th picture


def levels(sizes: Sequence[int], fps: float, is_company: bool = False) -> list[Level]:
    """From the best to the least: first smaller pictures, then fewer of the smallest.

    Before all that those beside the first are painted less often, where there are some.
    """
    ordered = sorted(set(sizes), reverse=True)
    turns = TURNS if is_company else 1
    return [
        *([Level(ordered[0], fps)] if is_company else []),
        *(Level(size, fps, turns) for size in ordered[:-1]),
        *(Level(ordered[-1], fps * share, turns) for share in RATES),
    ]


class Quality:
    """Told of every frame that was painted and of those that were lost before it."""

    def __init__(self, steps: Sequence[Level]) -> None:
        """`steps` from the best on, at least one."""
        self._steps = list(steps)
        self._at = 0
        self._calm_s = CALM_S
        self._usual: dict[int, float] = {}  # s a frame takes, by size
        self._raised_at: float | None = None
        self._begin(0.0)

    @property
    def level(self) -> Level:
        """What is to be painted now."""
        return self._steps[self._at]

    @property
    def is_best(self) -> bool:
        """Whether it is all that was asked for."""
        return self._at == 0

    def frame(self, now: float, took: float, lost: int) -> bool:
        """A frame was painted in `took` s after `lost` that could not be; True on another level."""
        if not self._frames:
            self._since = self._calm_since = now
        self._frames.append((now, min(lost, round(HICCUP_S * self.level.fps))))
        while self._frames[0][0] < now - WATCHED_S:  # the newest stays
            self._frames.popleft()
        size = self.level.size
        before = self._usual.get(size, took)
        self._usual[size] = before + 0.1 * (min(took, 2 * before) - before)
        if now - self._since < WATCHED_S:
            return False
        lost = sum(n for _, n in self._frames)
        share = lost / (lost + len(self._frames))
        if share > CALM_SHARE:
            self._calm_since = now
        if share > LOST_SHARE and self._at + 1 < len(self._steps):
            return self._lower(now)
        if not self.is_best and now - self._calm_since > self._calm_s and self._has_room():
            return self._raise(now)
        return False

    def _lower(self, now: float) -> bool:
        failed = self._raised_at is not None and now - self._raised_at < CALM_S
        self._calm_s = min(2 * self._calm_s, MOST_CALM_S) if failed else self._calm_s
        size = self.level.size
        self._at += 1
        while self._at + 1 < len(self._steps) and not self._could_fit(size):
            self._at += 1  # a slow machine is not taken through all of them, four seconds each
        self._begin(now)
        return True

    def _could_fit(self, size: int) -> bool:
        """Whether this level can at best be painted in time, by what pictures of `size` px took.

        At best they take as much less as they have fewer pixels.
        """
        at_best = self._usual.get(size, 0.0) * (self.level.size / size) ** 2
        return at_best * self.level.fps <= 1

    def _raise(self, now: float) -> bool:
        if self._raised_at is not None and now - self._raised_at > 2 * self._calm_s:
            self._calm_s = CALM_S  # the last step up has held
        self._at -= 1
        self._raised_at = now
        self._begin(now)
        return True

    def _has_room(self) -> bool:
        """Whether the next better level fits by what frames of its size took, if that is known."""
        better = self._steps[self._at - 1]
        # A larger picture was last painted under overload: its time then says nothing of now.
        took = self._usual[self.level.size] if better.size == self.level.size else 0.0
        return took * better.fps < BUSY_SHARE

    def _begin(self, now: float) -> None:
        self._frames: deque[tuple[float, int]] = deque()
        self._since = self._calm_since = now
