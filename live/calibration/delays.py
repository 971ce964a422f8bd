"""What `--calibrate` found, kept for each device: how much earlier or later the picture must be.

A loop from loudspeaker to microphone knows the delay of both together; an eye and an ear know that
of the screen against the loudspeaker. A show for its own loudspeaker needs the second, a show
for a microphone the second less the first.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.files import write_whole
from models.json_file import parse_json

log = logging.getLogger(__name__)
LONGEST_S = 1.0  # a longer delay is a broken file


@dataclass(frozen=True)
class Delays:
    """All in seconds, by the devices' names."""

    # Of a microphone: the loudspeaker it was measured with, and both delays together.
    loops: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    # Of a loudspeaker: the picture later (+) or earlier (-), by eye and ear.
    pictures: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything was ever measured."""
        return bool(self.loops or self.pictures)

    def with_loop(self, microphone: str, loudspeaker: str, delay: float) -> "Delays":
        return replace(self, loops={**self.loops, microphone: (loudspeaker, delay)})

    def with_picture(self, loudspeaker: str, delay: float) -> "Delays":
        return replace(self, pictures={**self.pictures, loudspeaker: delay})

    def of(self, microphone: str, loudspeaker: str) -> float | None:
        """Of the picture to what is heard by the one or played by the other ("" = neither)."""
        if microphone:
            return self.to_microphone(microphone)
        return self.to_loudspeaker(loudspeaker)

    def to_loudspeaker(self, name: str) -> float | None:
        """Of the picture to sound that the program plays; None = never measured."""
        return self.pictures.get(name)

    def to_microphone(self, name: str) -> float | None:
        """Of the picture to sound that this microphone hears; None = never measured."""
        if name not in self.loops:
            return None
        loudspeaker, delay = self.loops[name]
        return self.pictures.get(loudspeaker, 0.0) - delay


def in_words(delay: float) -> str:
    """A delay of the picture as a performer says it."""
    return f"{abs(delay) * 1e3:.0f} ms {'later' if delay > 0 else 'earlier'}"


def delays_file() -> Path:
    """Where they are kept (DANCELIVE_DELAYS overrides)."""
    from platformdirs import user_config_path

    chosen = os.environ.get("DANCELIVE_DELAYS")
    return Path(chosen) if chosen else user_config_path("dancelive", False) / "delays.json"


def read_delays(path: Path | None = None) -> Delays:
    """What is kept; nothing when there is no file, or (with a warning) a damaged one."""
    path = path or delays_file()
    try:
        return _parsed(parse_json(path.read_text("utf-8"), path))
    except FileNotFoundError:
        return Delays()
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning("The delays in %s are not used (%s): --calibrate again.", path, error)
        return Delays()


def write_delays(delays: Delays, path: Path | None = None) -> Path:
    """Keep them, all or nothing; raises OSError."""
    path = path or delays_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {
        "microphones": {
            name: {"loudspeaker": loudspeaker, "loop_ms": round(delay * 1e3, 2)}
            for name, (loudspeaker, delay) in delays.loops.items()
        },
        "loudspeakers": {
            name: {"picture_ms": round(delay * 1e3, 2)} for name, delay in delays.pictures.items()
        },
    }
    with write_whole(path) as part:
        part.write_text(json.dumps(fields, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _parsed(fields: dict[str, Any]) -> Delays:
    loops = {
        str(name): (str(entry["loudspeaker"]), _seconds(entry["loop_ms"]))
        for name, entry in fields["microphones"].items()
    }
    pictures = {
        str(name): _seconds(entry["picture_ms"]) for name, entry in fields["loudspeakers"].items()
    }
    return Delays(loops, pictures)


def _seconds(ms: float) -> float:
    if not abs(ms) <= LONGEST_S * 1e3:
        raise ValueError(f"{ms} ms is no delay")
    return ms / 1e3
