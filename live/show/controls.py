"""The performer's hand on a running show: commands from the window or OSC, and what is set now.

What concerns the picture is done here, at once; the rest goes on to the dance thread or the window.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from live.core.media_clock import MediaClock
from live.core.messages import (
    Blackout,
    ChooseStyle,
    Command,
    Freeze,
    Fullscreen,
    Mirror,
    Nudge,
    Pose,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    SwitchTarget,
    Tap,
)
from live.dance.motion import Motion
from live.dance.performer import Performer
from live.picture.background import Shown
from live.show.current_screen import CurrentScreen
from models import bundle
from models.skeleton import mirror
from models.types import Array

Send = Callable[[Command], None]

# What a show that goes on after a crash is told again, by its name in `Controls.read`. Those that
# are not commands of one value (target, fullscreen, the pose that is held) are restored elsewhere.
_KEPT: dict[str, Callable[[Any], Command]] = {
    "blackout": Blackout,
    "mirror": Mirror,
    "gain": SetGain,
    "energy": SetEnergy,
    "phase_lock": SetPhaseLock,
    "style": ChooseStyle,
    "bpm": SetBpm,
    "nudge": Nudge,
}


class Controls:
    """`send` and `read` are for any thread; `pose_at` and `seen` are what the picture asks."""

    def __init__(
        self,
        motion: Motion,
        current: CurrentScreen,
        clock: MediaClock,
        performer: Performer | None,
        to_dance: Send,
    ) -> None:
        """`to_dance` takes what is not for the picture; `performer` is None for a pose file."""
        self.is_black = self.is_mirrored = False
        self.n_taps = 0
        self.to_window: Send = lambda _: None  # set once there is a window
        self.is_fullscreen: Callable[[], bool] = lambda: False  # so is this
        self._frozen: Array | None = None  # (18, 2), the pose that is held
        self._motion, self._current, self._clock = motion, current, clock
        self._performer, self._to_dance = performer, to_dance

    @property
    def is_frozen(self) -> bool:
        return self._frozen is not None

    def send(self, command: Command) -> None:
        """Do what the performer asks, or hand it on."""
        match command:
            case Blackout(on):
                self.is_black = (not self.is_black) if on is None else on
            case Freeze(on):
                self._freeze((not self.is_frozen) if on is None else on)
            case Mirror(on):
                self.is_mirrored = (not self.is_mirrored) if on is None else on
            case Fullscreen():
                self.to_window(command)
            case SwitchTarget(name):
                self._current.switch(name)
            case Tap():
                self.n_taps += 1
                self._to_dance(command)
            case _:
                self._to_dance(command)

    def _freeze(self, on: bool) -> None:
        if not on:
            self._frozen = None
        elif self._frozen is None:
            self._frozen = self.pose_at(self._clock.media(time.perf_counter())).joints

    def read(self, name: str) -> object:
        """The present value of a control by its name in OSC, for "?"; None = unknown."""
        if name == "targets":
            return (*(b.manifest.name for b in bundle.available("target")), "skeleton")
        return self._values().get(name)

    def _values(self) -> dict[str, object]:
        values: dict[str, object] = {
            "target": self._current.screen.painter.name,
            "blackout": self.is_black,
            "freeze": self.is_frozen,
            "mirror": self.is_mirrored,
            "fullscreen": self.is_fullscreen(),
        }
        return values | ({} if self._performer is None else self._performer.controls())

    def kept(self) -> dict[str, object]:
        """What the performer has set, for `restore`."""
        return {
            name: value
            for name, value in self._values().items()
            if name in _KEPT or name == "fullscreen"
        }

    @property
    def frozen(self) -> list[list[float]]:
        """The pose that is held, (18, 2); empty when none is."""
        return [] if self._frozen is None else self._frozen.tolist()

    def restore(self, kept: Mapping[str, Any], frozen: Sequence[Sequence[float]]) -> None:
        """Set again what `kept` and `frozen` told; before the show starts."""
        for name, command in _KEPT.items():
            if name not in kept:
                continue
            told = command(kept[name])
            if self._performer is None or not self._performer.obey(told, self._clock):
                self.send(told)
        if frozen:
            self._frozen = np.array(frozen, np.float32)

    def pose_at(self, media_time: float) -> Pose:
        """The body as it is shown: danced, held or mirrored."""
        pose = self._motion.at(media_time)
        frozen = self._frozen
        if frozen is not None:
            return replace(pose, joints=frozen)
        return replace(pose, joints=mirror(pose.joints)) if self.is_mirrored else pose

    def seen(self, shown: Shown) -> Shown:
        """The picture, or black."""
        if not self.is_black:
            return shown
        alpha = None if shown.alpha is None else np.zeros_like(shown.alpha)
        return Shown(np.zeros_like(shown.image), alpha)
