"""Numbers that move with the beat, and what they move: the dancer's place, and how they dance."""

from collections.abc import Sequence

from live.controls.modulation import Modulations
from live.picture.screen import Screen
from live.show.controls import Controls
from live.show.current_screen import CurrentScreen
from live.show.dance import Dance
from models.spec import CHUNK_SECONDS, HORIZONS

# What is decided at the end of a chunk is seen so much later: when its plan counts most.
SEEN_S = HORIZONS[0] + CHUNK_SECONDS


def move_with_the_beat(
    controls: Controls, current: CurrentScreen, dance: Dance | None, asked: Sequence[str]
) -> None:
    """From now on; `asked` as --modulate. Energy moves with each chunk, the place each picture."""
    modulations = controls.modulations
    for text in asked:
        controls.ask("modulate", text)
    current.crossfade.moved = lambda screen, time: _moved(modulations, screen, time)
    if dance is not None:
        dance.energy_at = lambda set_, time: modulations.moved("energy", set_, time + SEEN_S)


def _moved(modulations: Modulations, screen: Screen, media_time: float) -> Screen:
    """The screen as it is at a media time; itself where nothing moves."""
    if modulations.is_still:
        return screen
    placement = screen.placement
    now = (placement.times, *placement.shift)
    scale, x, y = (
        modulations.moved(name, number, media_time)
        for name, number in zip(("scale", "x", "y"), now, strict=True)
    )
    return screen if (scale, x, y) == now else screen.moved(scale, (x, y))
