"""Other machines beside the show: MIDI devices, MIDI clocks, a Link session."""

import threading
from collections.abc import Callable

from live.core.media_clock import MediaClock
from live.core.messages import Beat, OuterGrid
from live.core.settings import LEAD, METRES, MIDI_CLOCK, Settings
from live.dance.performer import Performer
from live.show.controls import Controls

_USUAL_BEATS = 4  # in a bar, where none are asked for


def open_machines(
    settings: Settings,
    clock: MediaClock,
    controls: Controls,
    performer: Performer | None,
    newest_beat: Callable[[], Beat | None],
    say: Callable[[str], None],
    news: Callable[[str], None],
) -> dict[str, Callable[[threading.Event], None]]:
    """What runs beside the show until it ends, by its name; empty when nothing is asked for.

    `say` takes sentences of what goes wrong, `news` of what went well.
    Raises MidiError or LinkError.
    """
    found: dict[str, Callable[[threading.Event], None]] = {}

    def tell(source: str, grid: OuterGrid | None) -> None:
        if performer is not None:
            performer.follower.follow(source, grid)

    def beats_per_bar() -> int:
        style = performer.dancer.style if performer is not None else ""
        return METRES.get(style) or _USUAL_BEATS

    if settings.midi:
        from live.midi.libremidi import Libremidi
        from live.midi.midi import MidiIn

        midi = MidiIn(
            settings.midi,
            Libremidi,
            controls.ask,
            controls.read,
            say,
            lambda grid: tell(MIDI_CLOCK, grid and grid.in_media_time(clock.media)),
            beats_per_bar,
            news,
        )
        controls.to_midi, controls.learned = midi.command, lambda: midi.learning
        controls.bindings = lambda: midi.bindings
        found["MIDI"] = midi.run
    if settings.midi_clock:
        from live.midi.clock_out import ClockOut
        from live.midi.libremidi import Libremidi

        found["MIDI clock"] = ClockOut(settings.midi_clock, Libremidi, clock, newest_beat, say).run
    if settings.link:
        from live.link.peer import LinkPeer

        leads = settings.link == LEAD
        found["Link"] = LinkPeer(clock, newest_beat, beats_per_bar, tell, leads).run
    return found
