"""The devices that are listened to, as they come and go."""

from collections.abc import Callable, Sequence

from live.midi.ports import Input, MidiError, Ports, named

_OWN_ECHO = "Midi Through"  # of ALSA: what is sent to it comes back
LOOK_S = 1.0  # between looks which devices there are


class Devices:
    """For one thread: `look` now and then, `poll` often."""

    def __init__(
        self,
        ports: Ports,
        wanted: Sequence[str],
        say: Callable[[str], None],
        news: Callable[[str], None] | None = None,
    ) -> None:
        """`wanted`: names or parts of them; "" = all. `say` takes sentences.

        `news` takes those of what went well; None = `say` does.
        """
        self._ports, self._wanted, self._say, self._news = ports, tuple(wanted), say, news or say
        self._open: dict[str, tuple[int, Input]] = {}
        self._failed: dict[str, int] = {}  # told already
        self._missed: set[str] = set()  # wanted, and told that they are not there
        self._looked_at = -LOOK_S

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are open."""
        return tuple(self._open)

    def look(self, now: float) -> None:
        """Open what came, close what went; at most once in LOOK_S. `now` host time."""
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        there = self._ports.inputs()
        for name, (number, device) in list(self._open.items()):
            if there.get(name) != number:
                del self._open[name]
                device.close()
                self._say(f"MIDI: {name} is gone; it is taken again when it is back.")
        for name in self._to_open(list(there)):
            if name not in self._open:
                self._take(name, there[name])
        self._failed = {name: n for name, n in self._failed.items() if there.get(name) == n}

    def _to_open(self, there: list[str]) -> list[str]:
        found: list[str] = []
        for part in self._wanted:
            if not part:
                found += [name for name in there if _OWN_ECHO not in name]
                continue
            mine = named(part, there)
            found += mine
            if mine:
                self._missed.discard(part)
            elif part not in self._missed:
                self._missed.add(part)
                known = ", ".join(there) or "none"
                self._say(f"MIDI: no {part!r} is there; it is taken when it comes. Now: {known}.")
        return list(dict.fromkeys(found))

    def _take(self, name: str, number: int) -> None:
        try:
            self._open[name] = number, self._ports.open_input(name)
        except MidiError as error:
            if self._failed.get(name) != number:
                self._say(f"MIDI: {error}")
            self._failed[name] = number
            return
        self._news(f"MIDI: {name} is listened to.")

    def poll(self) -> list[tuple[str, bytes, float]]:
        """What came since the last time: device, one whole message, host time; in its order."""
        found = [
            (name, data, at)
            for name, (_, device) in self._open.items()
            for data, at in device.poll()
        ]
        return sorted(found, key=lambda one: one[2])

    def close(self) -> None:
        for _, device in self._open.values():
            device.close()
        self._open.clear()
