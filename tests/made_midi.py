"""MIDI devices made for tests: what a library would give, without one. No message leaves here."""

from live.midi.ports import MidiError


class MadeInput:
    def __init__(self):
        self.came, self.is_closed = [], False

    def poll(self):
        came, self.came = self.came, []
        return came

    def close(self):
        self.is_closed = True


class MadeOutput:
    def __init__(self, name, now):
        self.name, self.sent, self.is_broken, self._now = name, [], False, now

    def send(self, data):
        if self.is_broken:
            raise MidiError(f"{self.name} takes no messages.")
        self.sent.append((bytes(data), self._now()))

    def close(self):
        pass


class MadePorts:
    """Devices by name; `plug` and `unplug` them, `refuse` them, and give them messages."""

    def __init__(self, *names, now=lambda: 0.0):
        self._numbers = dict.fromkeys(names, 0)
        self.refused, self.open, self.out = set(), {}, {}
        self._now = now

    def inputs(self):
        return dict(self._numbers)

    outputs = inputs

    def plug(self, name):
        self._numbers[name] = self._numbers.get(name, 0) + 1

    def unplug(self, name):
        del self._numbers[name]

    def open_input(self, name):
        if name in self.refused:
            raise MidiError(f"{name} cannot be opened: another program may hold it.")
        self.open[name] = MadeInput()
        return self.open[name]

    def open_output(self, name):
        self.out[name] = MadeOutput(name, self._now)
        return self.out[name]
