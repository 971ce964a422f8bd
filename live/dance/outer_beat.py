"""The beats of other machines, of which one may be chosen, and counted otherwise. Pure."""

from dataclasses import replace

from live.core.messages import OuterGrid
from live.core.settings import BPM_RANGE

STALE_S = 1.0  # a grid that was not told anew for so long is let go


class OuterBeat:
    """`tell` is for any thread, the rest for the one that dances."""

    def __init__(self) -> None:
        self._chosen = ""
        self._grids: dict[str, OuterGrid | None] = {}
        self._beats = 1.0  # that are counted for one of theirs
        self._line = 0.0  # media time of some bar line, or beat, of those that are counted

    @property
    def chosen(self) -> str:
        """Whose grid counts; "" = nobody's."""
        return self._chosen

    def choose(self, source: str) -> None:
        """This one counts, as it tells its beats."""
        self._chosen, self._beats = source, 1.0

    def tell(self, source: str, grid: OuterGrid | None) -> None:
        """The newest grid of a source, in media time; None = it has none."""
        self._grids[source] = grid

    @property
    def newest(self) -> OuterGrid | None:
        """What the chosen one told last, as it is counted."""
        grid = self._grids.get(self._chosen)
        return None if grid is None else self._counted(grid)

    def at(self, time: float) -> OuterGrid | None:
        """The grid that counts at media time `time`; None = the music decides."""
        grid = self.newest
        return None if grid is None or time - grid.told_at > STALE_S else grid

    def change_level(self, beats: float) -> bool:
        """Count 2 or 0.5 beats for one of now; False where that is no tempo, or none is told."""
        grid = self.newest
        if grid is None or not BPM_RANGE[0] <= 60 * beats / grid.period <= BPM_RANGE[1]:
            return False
        self._beats *= beats
        self._line = grid.beat_at - (grid.place or 0) * grid.period
        return True

    def _counted(self, grid: OuterGrid) -> OuterGrid:
        """Theirs with other beats: as many in a bar as before, so bars are shorter or longer."""
        if self._beats == 1:
            return grid
        period = grid.period / self._beats
        if self._beats > 1:
            place = None if grid.place is None else round(grid.place * self._beats)
            return replace(
                grid, period=period, place=place and place % grid.beats_per_bar,
            )  # fmt: skip
        # Of several of their beats, or bars, one counts: the same ones on and on.
        is_in_bars = grid.place is not None
        length = grid.period * (grid.beats_per_bar if is_in_bars else 1)
        line = grid.beat_at - (grid.place or 0) * grid.period
        line -= round((line - self._line) / length) % round(1 / self._beats) * length
        self._line = line
        return replace(grid, beat_at=line, period=period, place=0 if is_in_bars else None)
