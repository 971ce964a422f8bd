"""Poses, beats and the state of the show out over OSC (UDP). The caller's thread; never waits."""

import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from live.core.messages import Beat
from live.core.settings import Receiver, Settings
from live.core.wall_clock import WallClock
from live.osc.address import Value, open_socket, resolve
from live.osc.dialect import Encoder, StagePose
from live.osc.ni_mate import NiMate
from live.osc.osceleton import Osceleton
from live.osc.own import Own
from live.osc.poseosc import PoseOsc
from live.osc.template import NotFiniteError
from models.types import Array

DEFAULT_RECEIVERS = Settings().osc


class _Group(NamedTuple):
    """Receivers that get the same datagrams."""

    encoder: Encoder
    timetags: bool
    places: list[tuple[socket.socket, Any]]


class OscSender:
    """Sends the dancer to the VJ's software: one pose after the other, to every receiver.

    `picture_size` (W, H) px of the stage screen. `root`, `flip_y` and `pixels` are of our own
    dialect (`own.py`). What cannot be delivered is counted in `n_errors`.
    """

    def __init__(
        self,
        receivers: Sequence[Receiver] = DEFAULT_RECEIVERS,
        root: str = "/dancelive",
        flip_y: bool = False,
        pixels: bool = False,
        picture_size: tuple[int, int] = (512, 512),
    ) -> None:
        """Raises OscError for a receiver that has no address or a root that OSC does not allow."""
        self.picture_size = picture_size
        self.first_number, self.first_seconds = 0, 0.0  # a show that goes on counts on
        self.n_sent = 0
        self.n_errors = 0
        self._own = Own(root, flip_y, pixels, picture_size)
        self._time_of_day = WallClock()
        self._has_begun = False
        self._groups: dict[tuple[str, bool], _Group] = {}
        for receiver in receivers:
            family, address = resolve(receiver.host, receiver.port)
            key = receiver.dialect, receiver.timetags
            if key not in self._groups:
                self._groups[key] = _Group(self._encoder(receiver.dialect), receiver.timetags, [])
            self._groups[key].places.append((open_socket(family), address))

    def pose(
        self,
        frame_number: int,
        seconds: float,
        joints: Array,
        beat: Beat | None,
        seen_at: float | None = None,
    ) -> None:
        """Joints (18, 2), or (n, 18, 2), 0..1 of the picture as seen at media time `seconds`.

        `seen_at`: host time of the same, for time tags; None = now. What leaves is counted from
        `first_number` and `first_seconds` on. A pose with a number that is not finite is not sent,
        and counted.
        """
        if not self._has_begun:
            self._has_begun = True
            self._each(lambda encoder, _: encoder.begin())
        number, shown = self.first_number + frame_number, self.first_seconds + seconds
        first, *others = joints.reshape(-1, *joints.shape[-2:])
        pose = StagePose(number, shown, first, beat, seconds, others)
        self._each(lambda encoder, time_tag: encoder.pose(pose, time_tag), seen_at)

    def beat(self, count: int, bpm: float, seen_at: float | None = None) -> None:
        """The event on the beat."""
        self._each(lambda encoder, time_tag: encoder.beat(count, bpm, time_tag), seen_at)

    def bar(self, count: int, beats_per_bar: int, seen_at: float | None = None) -> None:
        """The event on the first beat of a bar, while the bar is known."""
        self._each(lambda encoder, time_tag: encoder.bar(count, beats_per_bar, time_tag), seen_at)

    def status(self, target: str, fps: float, latency_ms: float, sound: bool) -> None:
        """Once a second: what is danced, how fast, how late (0 unknown), whether sound comes."""
        self._each(lambda encoder, _: encoder.status(target, fps, latency_ms, sound))

    def song(self, name: str, number: int, seconds: float, length: float) -> None:
        """Once a second and when it changes: the song of a list, the place in it, its length, s."""
        self._each(lambda encoder, _: encoder.song(name, number, seconds, length))

    def info(self, width: int, height: int) -> None:
        """Once a second: protocol version, picture size, joint names in their order."""
        self._each(lambda encoder, _: encoder.info(width, height))

    def told(self) -> dict[str, Sequence[Value]]:
        """What left last in our own dialect, by name below the root; any thread."""
        return dict(self._own.told())

    def resize(self, picture_size: tuple[int, int]) -> None:
        """The stage screen has another size from now on, (W, H) px."""
        self.picture_size = picture_size
        self._own.resize(picture_size)
        for group in self._groups.values():
            group.encoder.resize(picture_size)

    def close(self) -> None:
        if self._has_begun:
            self._each(lambda encoder, _: encoder.end())
        for group in self._groups.values():
            for sender, _ in group.places:
                sender.close()

    def _encoder(self, dialect: str) -> Encoder:
        match dialect:
            case "osceleton":
                return Osceleton()
            case "poseosc":
                return PoseOsc(self.picture_size)
            case "ni-mate":
                return NiMate(self.picture_size)
            case _:
                return self._own

    def _each(
        self,
        encode: Callable[[Encoder, float | None], list[bytes]],
        seen_at: float | None = None,
    ) -> None:
        """Send what each dialect makes of it; all tell the same time."""
        now = time.perf_counter()
        due = self._time_of_day.at(now if seen_at is None else seen_at)
        for group in self._groups.values():
            try:
                datagrams = encode(group.encoder, due if group.timetags else None)
            except NotFiniteError:
                self.n_errors += 1
                continue
            for datagram in datagrams:
                self._send(datagram, group.places)

    def _send(self, datagram: bytes, places: list[tuple[socket.socket, Any]]) -> None:
        for sender, address in places:
            try:
                sender.sendto(datagram, address)
                self.n_sent += 1
            except OSError:
                self.n_errors += 1
