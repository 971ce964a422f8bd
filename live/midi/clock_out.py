"""The beat as it is heard -> MIDI clock for other machines: 24 ticks a quarter note. A thread.

It starts on a bar and glides with the grid; where the beats are others, it stops and starts anew.
"""

import math
import threading
import time
from collections.abc import Callable

from live.core.media_clock import MediaClock
from live.core.media_time import MediaTime
from live.core.messages import Beat
from live.midi.ports import MidiError, Output, Ports, named
from live.midi.touch import Pulse

TICKS = 24
STALE_S = 2.0  # a grid that nobody confirmed for so long is no longer believed
LOST_TICKS = 12  # so far off the grid, or late, the clock starts anew
LEAST, MOST = 0.5, 2.0  # of a tick: how far apart two are while it glides
LOOK_S = 0.02  # between looks at the newest beat while waiting
AGAIN_S = 1.0  # between looks for a device that is not there


class Ticks:
    """Which pulse comes next, and when. Pure; media times."""

    def __init__(self) -> None:
        self._n: int | None = None  # of the last tick since the start; None = stopped
        self._at = -math.inf

    @property
    def is_running(self) -> bool:
        return self._n is not None

    def expect(self, beat: Beat | None, now: float) -> tuple[float, Pulse] | None:
        """The next pulse from media time `now` on; `START` comes with the first tick."""
        is_known = beat is not None and beat.beat_phase is not None and beat.bpm > 0
        if beat is None or not is_known or now - beat.time > STALE_S:
            return (now, Pulse.STOP) if self.is_running else None
        tick = 60 / beat.bpm / TICKS
        if beat.bar_phase is None:
            line, around = beat.time - (beat.beat_phase or 0.0) * TICKS * tick, TICKS
        else:
            around = TICKS * beat.beats_per_bar
            line = beat.time - beat.bar_phase * around * tick
        if self._n is None:
            first = max(now, self._at + LEAST * tick)
            return line + math.ceil((first - line) / (around * tick)) * around * tick, Pulse.START
        usual = self._at + tick
        due = line + (self._n + 1) % around * tick
        due += round((usual - due) / (around * tick)) * around * tick
        if abs(due - usual) > LOST_TICKS * tick or now - usual > LOST_TICKS * tick:
            return now, Pulse.STOP
        return min(max(due, self._at + LEAST * tick), self._at + MOST * tick), Pulse.TICK

    def sent(self, at: float, pulse: Pulse) -> None:
        """It was sent."""
        match pulse:
            case Pulse.START:
                self._n, self._at = 0, at
            case Pulse.TICK if self._n is not None:
                self._n, self._at = self._n + 1, at
            case _:
                self._n = None


class ClockOut:
    """`run` on a thread."""

    def __init__(
        self,
        device: str,
        open_ports: Callable[[], Ports],
        clock: MediaClock,
        newest_beat: Callable[[], Beat | None],
        say: Callable[[str], None],
    ) -> None:
        """`device`: a name or a part of it. Raises MidiError where there is no MIDI."""
        self._device, self._open_ports, self._say = device, open_ports, say
        self._clock, self._time, self._newest_beat = clock, MediaTime(clock), newest_beat
        self._ports: Ports | None = open_ports()

    def run(self, ending: threading.Event) -> None:
        """Until `ending` is set. After it broke it can be run again."""
        ports, self._ports = self._ports or self._open_ports(), None
        is_missed = False
        while not ending.is_set():
            output = self._find(ports)
            if output is None:
                if not is_missed:
                    there = ", ".join(ports.outputs()) or "none"
                    self._say(
                        f"MIDI clock: no {self._device!r} is there; it is sent when it comes."
                        f" Now: {there}."
                    )
                is_missed = True
                ending.wait(AGAIN_S)
                continue
            is_missed = False
            self._send(output, ports, ending)

    def _find(self, ports: Ports) -> tuple[str, Output] | None:
        for name in named(self._device, list(ports.outputs())):
            try:
                return name, ports.open_output(name)
            except MidiError:
                continue
        return None

    def _send(self, to: tuple[str, Output], ports: Ports, ending: threading.Event) -> None:
        """Until the end, or until the device is gone."""
        name, output = to
        number, looked_at, ticks = ports.outputs().get(name), time.perf_counter(), Ticks()
        try:
            while not ending.is_set():
                if time.perf_counter() - looked_at > AGAIN_S:
                    looked_at = time.perf_counter()
                    if ports.outputs().get(name) != number:
                        raise MidiError(f"{name} is gone")
                due = ticks.expect(self._newest_beat(), self._time.now())
                left = LOOK_S if due is None else self._clock.host(due[0]) - time.perf_counter()
                if due is None or left > LOOK_S:
                    time.sleep(LOOK_S)
                    continue
                time.sleep(max(0.0, left))
                self._pulse(output, due[1])
                ticks.sent(*due)
            if ticks.is_running:
                self._pulse(output, Pulse.STOP)
        except MidiError as error:
            self._say(f"MIDI clock: {str(error).rstrip('.')}; it is sent again when it is back.")
            ending.wait(AGAIN_S)
        finally:
            output.close()

    def _pulse(self, output: Output, pulse: Pulse) -> None:
        output.send(bytes([pulse.value]))
        if pulse is Pulse.START:
            output.send(bytes([Pulse.TICK.value]))
