"""All the ways out of a show, as far as they are asked for with --out."""

from collections.abc import Sequence

from live.core.messages import AudioBlock, Frame
from live.core.settings import OutputSettings
from live.outputs.kind import Page
from live.outputs.kinds import kind_of
from live.outputs.relay import Relay


class Outputs:
    """Gives every frame to each of them; `relays` are to be run, each on a thread of its own."""

    def __init__(
        self,
        asked: Sequence[OutputSettings],
        stage: tuple[int, int],
        fps: float,
        picture_delay: float = 0.0,
        osc_page: Page | None = None,
    ) -> None:
        """`stage` (W, H) px of the show's pictures, `picture_delay` s after their sound.

        Opens nothing yet.
        """
        self.relays = [
            Relay(one, kind_of(one.kind), stage, fps, picture_delay, osc_page) for one in asked
        ]

    def put(self, frame: Frame) -> None:
        """A picture was painted, and may be due only later. Never waits."""
        for relay in self.relays:
            relay.put(frame)

    def allow(self, picture_delay: float) -> None:
        """From now on pictures come so many seconds after their sound; any thread."""
        for relay in self.relays:
            relay.picture_delay = picture_delay

    def tend(self) -> None:
        """On the main thread, some times a second, where there is no window."""
        for relay in self.relays:
            relay.tend()

    def hear(self, block: AudioBlock) -> None:
        """The show heard something. Never waits."""
        for relay in self.relays:
            relay.hear(block)

    def switch(self, name: str, on: bool) -> bool:
        """Show or hide the dancer on those of this name or kind; False if there is none."""
        found = [relay for relay in self.relays if name in (relay.label, relay.asked.kind)]
        for relay in found:
            relay.is_on = on
        return bool(found)

    def names(self, on: bool | None = None) -> tuple[str, ...]:
        """Of all, or of those that are on or off; any thread."""
        return tuple(relay.label for relay in self.relays if on is None or relay.is_on == on)

    def states(self) -> tuple[str, ...]:
        """What each does, in a few words; any thread."""
        return tuple(relay.state() for relay in self.relays)

    def report(self) -> dict[str, object]:
        """By name, what each has counted."""
        return {relay.label: relay.report() for relay in self.relays}

    def ages_ms(self) -> dict[str, object]:
        """By name, see Relay.age_ms."""
        return {relay.label: age for relay in self.relays if (age := relay.age_ms())}
