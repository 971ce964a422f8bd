"""One page that is open: what it is to be told next, and how much it may say. Event loop."""

import asyncio
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

MOST_IN_FLIGHT = 2  # pictures that were sent and not drawn
MOST_SAID = 240  # messages a second that are listened to; more wait in its own connection
BURST = 60  # at once
NUMBER = struct.Struct("<I")  # before each picture


class Guest:
    """What is new takes the place of what was not sent: who is slow gets less, and the newest."""

    def __init__(self) -> None:
        self.looks = False  # whether the preview is seen
        self.has_news = asyncio.Event()
        self._parts: dict[str, Any] = {}
        self._picture: bytes | None = None
        self._sent: list[int] = []  # numbers of pictures that are on their way
        self._heard_up_to = -math.inf  # host time

    def tell(self, part: str, told: Any) -> None:
        """Values by name go into those that wait; anything else replaces what waits."""
        before = self._parts.get(part)
        if isinstance(told, Mapping) and isinstance(before, dict):
            before.update(told)
        else:
            self._parts[part] = dict(told) if isinstance(told, Mapping) else told
        self.has_news.set()

    @property
    def takes_picture(self) -> bool:
        return self.looks and len(self._sent) < MOST_IN_FLIGHT

    def show(self, number: int, jpeg: bytes) -> None:
        """Newest picture."""
        if self.takes_picture:
            self._sent.append(number)
            self._picture = NUMBER.pack(number) + jpeg
            self.has_news.set()

    def seen(self, number: int) -> None:
        """This picture was drawn, and those before it."""
        if number in self._sent:
            del self._sent[: self._sent.index(number) + 1]

    def look(self, on: bool) -> None:
        self.looks = on
        self._sent.clear()

    def take(self) -> list[str | bytes]:
        """What is to be sent now."""
        messages: list[str | bytes] = []
        if self._parts:
            messages.append(json.dumps(self._parts, default=float))  # numpy's, too
            self._parts = {}
        if self._picture is not None:
            messages.append(self._picture)
            self._picture = None
        self.has_news.clear()
        return messages

    def pause(self, now: float) -> float:
        """It said something at host time `now`: s until it is listened to again."""
        slot = 1 / MOST_SAID
        self._heard_up_to = max(self._heard_up_to, now - BURST * slot) + slot
        return max(0.0, self._heard_up_to - now)
