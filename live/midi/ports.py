"""What the show wants of a MIDI library: which devices there are, and a way in and out of each."""

from typing import Protocol


class MidiError(Exception):
    """What cannot be done with MIDI, in one sentence for the performer."""


class Input(Protocol):
    """One device that is listened to."""

    def poll(self) -> list[tuple[bytes, float]]:
        """Whole messages since the last time, each with the host time at which it came."""
        ...

    def close(self) -> None: ...


class Output(Protocol):
    """One device that is sent to."""

    def send(self, data: bytes) -> None:
        """One whole message. Raises MidiError."""
        ...

    def close(self) -> None: ...


class Ports(Protocol):
    """The devices of this computer. For one thread."""

    def inputs(self) -> dict[str, int]:
        """By name; the number is another one when the device went and came back."""
        ...

    def outputs(self) -> dict[str, int]: ...

    def open_input(self, name: str) -> Input:
        """Raises MidiError."""
        ...

    def open_output(self, name: str) -> Output:
        """Raises MidiError."""
        ...


def named(part: str, names: list[str]) -> list[str]:
    """Those whose name it is, else those with it in their names."""
    same = [name for name in names if name.casefold() == part.casefold()]
    return same or [name for name in names if part.casefold() in name.casefold()]
