"""Poses, beats and the state of the show out over OSC (UDP). The caller's thread; never waits."""

import math
import struct
from collections.abc import Sequence

from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder

from live.core.messages import Beat
from live.dance.beat_events import phases_at
from live.osc.address import (
    PROTOCOL,
    OscError,
    Value,
    build_message,
    check_root,
    open_socket,
    resolve,
)
from models.skeleton import JOINTS
from models.types import Array

DEFAULT_RECEIVER = ("127.0.0.1", 9100)
MAX_DATAGRAM = 1472  # bytes of UDP payload in one Ethernet frame: nothing is fragmented


def pose_messages(root: str, bar_known: bool) -> list[tuple[str, str]]:
    """Addresses and type tags of one pose bundle, in order."""
    named = [(f"{root}/dancer/0/joint/{joint}", "ff") for joint in JOINTS]
    sound = ["audio/level", "audio/onset", "beat/bpm", "beat/phase", "beat/confidence"]
    sound += ["bar/phase"] if bar_known else []
    return [
        (f"{root}/frame", "if"),
        *named,
        (f"{root}/dancer/0/pose", "f" * 2 * len(JOINTS)),
        *((f"{root}/{name}", "f") for name in sound),
    ]


class _PoseTemplate:
    """A bundle that python-osc built once; only its numbers are written anew (0.01 ms, not 1.5)."""

    def __init__(self, root: str, bar_known: bool) -> None:
        bundle = OscBundleBuilder(IMMEDIATELY)
        offsets: list[int] = []
        offset = 16  # "#bundle" and the time tag
        for address, types in pose_messages(root, bar_known):
            message = build_message(address, types, [0] * len(types))
            bundle.add_content(message)
            offset += 4 + message.size  # the size of the element comes before it
            offsets += [offset - 4 * (len(types) - n) for n in range(len(types))]
        self.datagram = bytearray(bundle.build().dgram)
        # One struct over the whole bundle: numbers where they change, padding (kept) elsewhere.
        self._runs: list[tuple[int, struct.Struct, int]] = []  # offset, format, how many numbers
        start = 0
        while start < len(offsets):
            end = start + 1
            while end < len(offsets) and offsets[end] == offsets[end - 1] + 4:
                end += 1
            tags = "if" if start == 0 else "f" * (end - start)
            self._runs.append((offsets[start], struct.Struct(">" + tags), end - start))
            start = end

    def fill(self, numbers: Sequence[float]) -> bytes:
        """The datagram with these numbers, in the order of `pose_messages`."""
        done = 0
        for offset, packer, n in self._runs:
            packer.pack_into(self.datagram, offset, *numbers[done : done + n])
            done += n
        return bytes(self.datagram)


class OscSender:
    """Sends the dancer to the VJ's software: one bundle a pose, to every receiver.

    `picture_size` (W, H) px of the stage screen. Joints leave as 0..1 of it, origin top left
    (`flip_y`: bottom left; `pixels`: px). What cannot be delivered is counted in `n_errors`.
    """

    def __init__(
        self,
        receivers: Sequence[tuple[str, int]] = (),
        root: str = "/dancelive",
        flip_y: bool = False,
        pixels: bool = False,
        picture_size: tuple[int, int] = (512, 512),
    ) -> None:
        """Raises OscError for a receiver that has no address or a root that OSC does not allow."""
        self._root = check_root(root)
        self._templates = {known: _PoseTemplate(self._root, known) for known in (False, True)}
        size = len(self._templates[True].datagram)
        if size > MAX_DATAGRAM:
            raise OscError(f"OSC root {root!r} is too long ({size - MAX_DATAGRAM} bytes over).")
        self.flip_y, self.pixels, self.picture_size = flip_y, pixels, picture_size
        self.first_number, self.first_seconds = 0, 0.0  # a show that goes on counts on
        self.n_sent = 0
        self.n_errors = 0
        addresses = [resolve(host, port) for host, port in receivers or (DEFAULT_RECEIVER,)]
        self._receivers = [(open_socket(family), address) for family, address in addresses]

    def pose(self, frame_number: int, seconds: float, joints: Array, beat: Beat | None) -> None:
        """One bundle: joints (18, 2) 0..1 of the picture as seen at media time `seconds`.

        What leaves is counted from `first_number` and `first_seconds` on.
        Beat and bar phase are carried on from the beat's own time to `seconds`. A pose with a
        number that is not finite is not sent, and counted.
        """
        width, height = self.picture_size if self.pixels else (1, 1)
        flat: list[float] = []
        for x, y in joints.tolist():
            flat += (x * width, ((1.0 - y) if self.flip_y else y) * height)
        number = (self.first_number + frame_number) & 0x7FFFFFFF
        numbers: list[float] = [number, self.first_seconds + seconds, *flat, *flat]
        bar_known = False
        if beat is None:
            numbers += (0.0,) * 5
        else:
            phase, bar_phase = phases_at(beat, seconds)
            numbers += (beat.level, beat.onset, beat.bpm, phase or 0.0, beat.confidence)
            if bar_phase is not None:
                bar_known = True
                numbers.append(bar_phase)
        if not math.isfinite(sum(numbers)):
            self.n_errors += 1
            return
        self._send(self._templates[bar_known].fill(numbers))

    def beat(self, count: int, bpm: float) -> None:
        """The event on the beat."""
        self._message("beat", "if", (count & 0x7FFFFFFF, bpm))

    def bar(self, count: int, beats_per_bar: int) -> None:
        """The event on the first beat of a bar, while the bar is known."""
        self._message("bar", "ii", (count & 0x7FFFFFFF, beats_per_bar))

    def status(self, target: str, fps: float, latency_ms: float, sound: bool) -> None:
        """Once a second: what is danced, how fast, how late (0 unknown), whether sound comes."""
        known = [value if math.isfinite(value) else 0.0 for value in (fps, latency_ms)]
        self._message("status", "sfff", (target, *known, float(sound)))

    def info(self, width: int, height: int) -> None:
        """Once a second: protocol version, picture size, joint names in their order."""
        self._message("info", "iiis", (PROTOCOL, width, height, " ".join(JOINTS)))

    def close(self) -> None:
        for sender, _ in self._receivers:
            sender.close()

    def _message(self, name: str, types: str, values: Sequence[Value]) -> None:
        if not all(math.isfinite(value) for value in values if isinstance(value, float)):
            self.n_errors += 1
            return
        self._send(build_message(f"{self._root}/{name}", types, values).dgram)

    def _send(self, datagram: bytes) -> None:
        for sender, address in self._receivers:
            try:
                sender.sendto(datagram, address)
                self.n_sent += 1
            except OSError:
                self.n_errors += 1
