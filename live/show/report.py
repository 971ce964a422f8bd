"""What is said of a show: its warnings, the performer's meters, the report at the end."""

import logging
import time
from collections import Counter, deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from live.core.back_off import in_words
from live.core.delay import Delay
from live.core.messages import Beat, Frame, Meters, Song
from live.core.settings import Settings
from live.core.stats import Stats, resident_mb
from live.dance.beat_events import phases_at
from live.dance.performer import Performer
from live.show.controls import Controls
from live.show.current_screen import CurrentScreen
from live.show.recorders import Recorders
from live.sound.source import Source

log = logging.getLogger(__name__)

FPS_FRAMES = 31  # the rate on the performer's bar is that of the last second
WARNING_SHOWN_S = 20.0
MAX_WARNINGS = 50  # kept for the report
_NEWS = "news"  # nothing broke
_PACE = "pace"  # of these the newest counts, and whatever else there is comes first


class Notice(NamedTuple):
    """A sentence for the performer."""

    at: float  # host time
    text: str
    part: str = ""  # that broke: its newest notice is the one that counts
    pause: float = 0.0  # until it is started again, s


class Reporter:
    """Told of warnings and frames from any thread; gives meters and the report."""

    def __init__(self, settings: Settings, source: Source, stats: Stats, started_at: float) -> None:
        """`started_at` host time at which the program began."""
        self._settings, self._source, self._stats = settings, source, stats
        self._started_at = started_at
        self._notices: list[Notice] = []
        self.restarts: Counter[str] = Counter()  # of parts that broke
        self._published: deque[float] = deque([0.0], maxlen=FPS_FRAMES)  # host times

    def warn(self, text: str) -> None:
        """Something the performer should read; the show goes on."""
        self._notice(Notice(time.perf_counter(), text))

    def tell(self, text: str) -> None:
        """Something that went well and was asked for."""
        self._notice(Notice(time.perf_counter(), text, _NEWS))

    def paced(self, text: str) -> None:
        """How much the machine can do now; it is read where there is nothing else to read."""
        self._notice(Notice(time.perf_counter(), text, _PACE))

    def broke(self, part: str, reason: str, pause: float) -> None:
        """A part of the show failed and is started again after `pause` s."""
        self.restarts[part] += 1
        text = f"The {part} failed ({reason}), {in_words(pause)}"
        self._notice(Notice(time.perf_counter(), text, part, pause))

    @property
    def warnings(self) -> list[str]:
        """All that are kept, the oldest first."""
        return [notice.text for notice in self._notices if notice.part != _NEWS]

    def _notice(self, notice: Notice) -> None:
        log.warning("%s", notice.text)
        self._notices = [*self._notices[-MAX_WARNINGS:], notice]

    def _current(self) -> list[Notice]:
        """To be read now, the newest first: a sentence a part, as long as the part rests."""
        now, notices = time.perf_counter(), self._notices
        newest = {notice.part: notice for notice in notices}
        current = [
            notice
            for notice in reversed(notices)
            if now - notice.at < max(WARNING_SHOWN_S, notice.pause)
            and (not notice.part or newest[notice.part] is notice)
        ]
        return sorted(current, key=lambda one: one.part == _PACE)

    def published(self) -> None:
        """A frame was handed out just now."""
        now = time.perf_counter()
        self._stats.frames += 1
        self._published.append(now)
        if self._stats.first_frame_s is None:
            self._stats.first_frame_s = round(now - self._started_at, 3)

    def shown(self, frame: Frame, at: float) -> None:
        """The frame became visible at host time `at`."""
        error = at - frame.due_at
        self._stats.frame_error_ms.add(error * 1e3)
        self._stats.frames_late += error > 0.5 / self._settings.fps

    def meters(
        self,
        media_time: float,
        beat: Beat | None,
        performer: Performer | None,
        current: CurrentScreen,
        controls: Controls,
        recorders: Recorders,
        outputs: tuple[str, ...] = (),
    ) -> Meters:
        """What the performer reads at media time `media_time`, with the newest beat."""
        stats, painter = self._stats, current.screen.painter
        beat_phase, bar_phase = phases_at(beat, media_time)
        notices = self._current()
        warnings = [notice.text for notice in notices if notice.part != _NEWS]
        warnings += [text for text in (recorders.trouble, recorders.warning) if text]
        published = list(self._published)
        songs = self._source.songs
        song = songs.at(media_time) if songs else None
        playing = f" · {in_words_of(song, media_time)}" if song else ""
        return Meters(
            state=self._source.status + playing,
            song=song,
            target=painter.name,
            engine=painter.engine,
            is_reduced=not current.is_best,
            n_others=current.screen.n - 1,
            dance=performer.dancer.name if performer else "pose file",
            style=performer.dancer.shown_style if performer else "",
            beat=beat,
            beat_phase=beat_phase,
            bar_phase=bar_phase,
            fps=(len(published) - 1) / max(1e-3, published[-1] - published[0]),
            lead_ms=stats.lead_ms.recent(),
            frame_error_ms=stats.frame_error_ms.recent(),
            latency_ms=stats.capture_to_pose_ms.recent(),
            chunks_lost=stats.chunks_lost,
            frames_late=stats.frames_late,
            sound=self._source.sound,
            warnings=tuple(warnings),
            news=next((notice.text for notice in notices if notice.part == _NEWS), ""),
            blackout=controls.look.is_black,
            frozen=controls.look.is_frozen,
            mirror=controls.look.is_mirrored,
            recorded=controls.is_recorded(),
            fade=current.crossfade.seconds,
            quantise=controls.quantum,
            waiting=controls.waiting,
            nudge_ms=performer.follower.nudged * 1e3 if performer else 0.0,
            taps=controls.n_taps,
            outputs=outputs,
            device=self._source.microphone,
        )

    def final(
        self,
        duration_s: float,
        performer: Performer | None,
        current: CurrentScreen,
        recorders: Recorders,
        blocks_dropped: int,
        osc_errors: int,
        delay: Delay,
        delay_set_s: float | None = None,
        n_crashes: int = 0,
        outputs: Mapping[str, object] = MappingProxyType({}),
        ages_ms: Mapping[str, object] = MappingProxyType({}),
    ) -> dict[str, object]:
        """The whole report of a show of so many seconds of media time.

        `delay_set_s`: when the delay was set last, media time; None = before the show.
        """
        return self._stats.report(
            fps=round(self._stats.frames / max(duration_s, 1e-3), 2),
            duration_s=round(duration_s, 2),
            audio_restarts=self._source.restarts,
            audio_overflows=self._source.overflows + blocks_dropped,
            osc_errors=osc_errors,
            record_drops=recorders.n_dropped,
            part_restarts=dict(self.restarts),
            crashes=n_crashes,
            outputs=dict(outputs),
            age_ms={**self._window_age_ms(), **ages_ms},
            quality_steps=current.changes,
            warnings=self.warnings,
            delay_set_s=None if delay_set_s is None else round(delay_set_s, 1),
            **facts(self._settings, current, delay, performer),
        )

    def _window_age_ms(self) -> dict[str, object]:
        """As `Relay.age_ms` tells it of outputs; of no window nothing."""
        told = self._stats.frame_error_ms.summary()
        if told is None or self._settings.headless:
            return {}
        return {"window": {"until": "shown", "p50": told["p50"], "p95": told["p95"]}}


def in_words_of(song: Song, media_time: float) -> str:
    """What is played and what comes, for the performer: "3 of 12: a.flac 1:05 of 4:10, then b"."""
    place = _clock(song.seconds(media_time))
    length = f" of {_clock(song.length)}" if song.length else ""
    then = f", then {song.next}" if song.next else ""
    return f"{song.number} of {song.of}: {song.name} {place}{length}{then}"


def _clock(seconds: float) -> str:
    minutes, left = divmod(int(seconds), 60)
    return f"{minutes}:{left:02}"


def facts(
    settings: Settings, current: CurrentScreen, delay: Delay, performer: Performer | None
) -> dict[str, object]:
    """What a report says of the parts of a show as they are at its end, live or offline."""
    screen = current.screen
    return {
        "input": settings.input,
        "target": screen.painter.name,
        "dancers": screen.n,
        "background": current.wanted.background,
        "engine": screen.painter.engine,
        "precision": screen.painter.precision,
        "dance": performer.dancer.name if performer else "",
        "seed": settings.seed,
        "delay_ms": round(delay.goal * 1e3, 1),
        "output": list(screen.placement.output),
        "rss_mb": resident_mb(),
    }
