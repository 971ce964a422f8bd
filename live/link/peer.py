"""The show in a Link session: follows its tempo, beat and bar, or leads it. A thread of its own."""

import threading
import time
from collections.abc import Callable

from live.core.media_clock import MediaClock
from live.core.messages import Beat, OuterGrid
from live.core.settings import LINK
from live.link.session import LinkSession, Session

LOOK_S = 0.05
LEAD_S = 0.5  # between corrections of the session
LEAD_BPM, LEAD_PHASE_S = 0.05, 0.010  # what is less is left
SURE = 0.5  # confidence from which what is heard may lead


class Followed:
    """Whose grid counts: that of a session with others in it, until it is stopped. Pure."""

    def __init__(self) -> None:
        self._was_playing = False

    def grid(self, session: Session) -> OuterGrid | None:
        """The session's beats; None where it has none for the dance.

        A session that nobody ever started has its beat all the same: not every peer syncs starts.
        """
        self._was_playing = self._was_playing or session.is_playing
        if not session.n_peers or (self._was_playing and not session.is_playing):
            return None
        return session.grid


def correction(ours: OuterGrid, theirs: OuterGrid) -> bool | None:
    """Whether the phase is to be set with the tempo; None = nothing is to be set. Pure."""
    beats = (theirs.beat_at - ours.beat_at) / ours.period
    bar = ours.beats_per_bar
    if ours.place is None or theirs.place is None:
        off = beats - round(beats)
    else:
        off = beats + ours.place - theirs.place
        off -= bar * round(off / bar)
    if abs(off) * ours.period >= LEAD_PHASE_S:
        return True
    return False if abs(60 / ours.period - 60 / theirs.period) >= LEAD_BPM else None


class LinkPeer:
    """`run` on a thread."""

    def __init__(
        self,
        clock: MediaClock,
        newest_beat: Callable[[], Beat | None],
        quantum: Callable[[], int],
        tell: Callable[[str, OuterGrid | None], None],
        leads: bool,
        open_session: Callable[[], LinkSession] = LinkSession,
    ) -> None:
        """`tell` takes grids in media time. Raises LinkError where Link is missing."""
        self._clock, self._newest_beat, self._quantum, self._tell = (
            clock,
            newest_beat,
            quantum,
            tell,
        )
        self._leads, self._open = leads, open_session
        self._session: LinkSession | None = open_session()

    def run(self, ending: threading.Event) -> None:
        """Until `ending` is set. After it broke it can be run again."""
        session, self._session = self._session or self._open(), None
        followed, led_at = Followed(), 0.0
        try:
            while not ending.wait(LOOK_S):
                now = session.look(self._quantum())
                grid = followed.grid(now)
                self._tell(LINK, grid and grid.in_media_time(self._clock.media))
                if self._leads and time.perf_counter() - led_at >= LEAD_S:
                    led_at = time.perf_counter()
                    self._lead(session, now)
        finally:
            self._tell(LINK, None)
            session.close()

    def _lead(self, session: LinkSession, now: Session) -> None:
        ours = heard_grid(self._newest_beat(), self._clock)
        with_phase = None if ours is None else correction(ours, now.grid)
        if ours is not None and with_phase is not None:
            session.lead(ours, with_phase)


def heard_grid(beat: Beat | None, clock: MediaClock) -> OuterGrid | None:
    """Our beats in host time; None while none is sure, or they are the session's own."""
    if beat is None or beat.beat_phase is None or beat.bpm <= 0 or beat.source == LINK:
        return None
    if beat.confidence < SURE and not beat.by_hand:
        return None
    period = 60.0 / beat.bpm
    place = None
    if beat.bar_phase is not None:
        place = round(beat.bar_phase * beat.beats_per_bar - beat.beat_phase) % beat.beats_per_bar
    beat_at = clock.host(beat.time - beat.beat_phase * period)
    return OuterGrid(beat_at, period, place, beat.beats_per_bar, clock.host(beat.time))
