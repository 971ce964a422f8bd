"""MIDI in: the thread that listens to devices, sets controls and tells whose clock comes."""

import threading
import time
from collections.abc import Callable, Sequence

from live.controls.entries import Read
from live.core.exact_sleep import sleep_until
from live.core.mailbox import Bounded
from live.core.messages import Command, MidiForget, MidiLearn, OuterGrid
from live.midi.bindings import read_bindings
from live.midi.clock_in import ClockIn
from live.midi.desk import Ask, Desk
from live.midi.devices import Devices
from live.midi.ports import Ports
from live.midi.touch import Pulse, SongPosition, Touch, heard

POLL_S = 0.004  # between looks at what came; the messages say themselves when they did
FLUSH_S = 0.016  # a fader sets its control no more often
TELL_S = 0.05  # between the grids of a clock
MOST_COMMANDS = 20


class MidiIn:
    """`command`, `learning` and `bindings` are for any thread."""

    def __init__(
        self,
        wanted: Sequence[str],
        open_ports: Callable[[], Ports],
        ask: Ask,
        read: Read,
        say: Callable[[str], None],
        tell: Callable[[OuterGrid | None], None] = lambda _: None,
        beats_per_bar: Callable[[], int] = lambda: 4,
        news: Callable[[str], None] | None = None,
    ) -> None:
        """`wanted`: parts of names of devices, "" = all. Raises MidiError where there is no MIDI.

        `ask` sets a control by name, value and host time, `read` tells one, `say` takes sentences
        and `news` (None = `say`) those of what went well, `tell` the beats of a clock in host
        time, None when it has stopped.
        """
        self._wanted, self._open_ports, self._say, self._news = wanted, open_ports, say, news
        self._tell, self._beats_per_bar = tell, beats_per_bar
        self._clock, self._clock_of, self._told_at = ClockIn(), "", 0.0
        self._desk = Desk(read_bindings(), ask, read, say, news)
        self._commands: Bounded[Command] = Bounded(MOST_COMMANDS)
        self._ports: Ports | None = open_ports()

    @property
    def learning(self) -> str:
        """What the next touch is bound to; "" = nothing."""
        return self._desk.learning

    @property
    def bindings(self) -> tuple[str, ...]:
        """What sets what, a line each."""
        return self._desk.bindings

    def command(self, command: Command) -> None:
        """Learn or forget."""
        self._commands.put(command)

    def run(self, ending: threading.Event) -> None:
        """Until `ending` is set. After it broke it can be run again."""
        ports, self._ports = self._ports or self._open_ports(), None
        devices = Devices(ports, self._wanted, self._say, self._news)
        flushed_at = 0.0
        try:
            while not sleep_until(time.perf_counter() + POLL_S, ending):
                now = time.perf_counter()
                devices.look(now)
                self._obey()
                for name, data, at in devices.poll():
                    told = heard(data)
                    if isinstance(told, Touch):
                        self._desk.touch(told, at)
                    elif told is not None:
                        self._hear_clock(name, told, at)
                self._tell_clock(now)
                if now - flushed_at >= FLUSH_S:
                    flushed_at = now
                    self._desk.flush()
        finally:
            self._clock.forget()
            self._tell(None)
            devices.close()

    def _hear_clock(self, name: str, told: Pulse | SongPosition, at: float) -> None:
        """Of several clocks the first counts until it stops."""
        if name != self._clock_of:
            if self._clock_of and not self._clock.is_silent(at):
                return
            self._clock.forget()
            self._clock_of = name
        self._clock.feed(told, at)

    def _tell_clock(self, now: float) -> None:
        if self._clock_of and now - self._told_at >= TELL_S:
            self._told_at = now
            self._tell(self._clock.grid(now, self._beats_per_bar()))

    def _obey(self) -> None:
        while (command := self._commands.take(timeout=0.0)) is not None:
            match command:
                case MidiLearn(name):
                    self._desk.learn(name)
                case MidiForget(name):
                    self._desk.forget(name)
                case _:
                    pass
