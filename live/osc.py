"""Poses and beats out, the performer's commands in, over OSC (UDP). Addresses: see OscSender.

The sender runs on the caller's thread and never waits; the listener has a thread of its own.
"""

import math
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket, ParseError
from pythonosc.osc_server import BlockingOSCUDPServer

from live.beat_clock import phases_at
from live.control import command_for
from live.messages import Beat, Command
from models.skeleton import JOINTS
from models.types import Array

PROTOCOL = 1
DEFAULT_RECEIVER = ("127.0.0.1", 9100)
MAX_DATAGRAM = 1472  # bytes of UDP payload in one Ethernet frame: nothing is fragmented

Value = int | float | bool | str


class OscError(Exception):
    """OSC that cannot work, in one sentence for the performer."""


def parse_receiver(text: str) -> tuple[str, int]:
    """HOST:PORT ([::1]:9100 for IPv6) -> (host, port).

    Raises OscError.
    """
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise OscError(f"OSC receiver {text!r} is not HOST:PORT; write for example 127.0.0.1:9100.")
    return host, int(port)


def build_message(address: str, types: str, values: Sequence[Value]) -> OscMessage:
    """One OSC message with exactly these type tags."""
    builder = OscMessageBuilder(address)
    for tag, value in zip(types, values, strict=True):
        builder.add_arg(value, tag)
    return builder.build()


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
        self.n_sent = 0
        self.n_errors = 0
        addresses = [_resolve(host, port) for host, port in receivers or (DEFAULT_RECEIVER,)]
        self._receivers = [(_open_socket(family), address) for family, address in addresses]

    def pose(self, frame_number: int, seconds: float, joints: Array, beat: Beat | None) -> None:
        """One bundle: joints (18, 2) 0..1 of the picture as seen at media time `seconds`.

        Beat and bar phase are carried on from the beat's own time to `seconds`. A pose with a
        number that is not finite is not sent, and counted.
        """
        width, height = self.picture_size if self.pixels else (1, 1)
        flat: list[float] = []
        for x, y in joints.tolist():
            flat += (x * width, ((1.0 - y) if self.flip_y else y) * height)
        numbers: list[float] = [frame_number & 0x7FFFFFFF, seconds, *flat, *flat]
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


class OscListener:
    """Takes the performer's commands on a UDP port, on a thread of its own.

    `put` receives the commands, `read` tells a value by name (None = unknown): "target", "targets"
    (their names, for choosing by number), "blackout", "freeze", "mirror", "fullscreen", "gain",
    "energy", "phase_lock", "style", "styles" (names), "bpm", "nudge". A lone "?" and `ping` are
    answered to the asker and to `also`.
    """

    def __init__(
        self,
        port: int,
        root: str,
        put: Callable[[Command], None],
        read: Callable[[str], Any],
        host: str = "127.0.0.1",
        also: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Raises OscError when the port cannot be had."""
        self._root = check_root(root)
        self._put, self._read = put, read
        self._also = [_resolve(*receiver)[1] for receiver in also]
        self.n_commands = 0
        self.n_ignored = 0  # unknown, malformed or meaningless
        try:
            self._server = _Server((host, port), self._packet)
        except (OSError, OverflowError) as error:
            raise OscError(
                f"OSC input cannot use port {port} on {host} ({error}): "
                "end the other program that uses it, or choose another with --osc-in."
            ) from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="osc-in", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)

    def _packet(self, data: bytes, asker: Any) -> None:
        """Never raises: whatever comes over the network, the show goes on."""
        arrived_at = time.perf_counter()
        if len(data) % 4:  # cut off: python-osc would make a zero of a missing number
            self.n_ignored += 1
            return
        try:
            messages = [timed.message for timed in OscPacket(data).messages]
        except (ParseError, ValueError, IndexError, struct.error, RecursionError):
            self.n_ignored += 1
            return
        for message in messages:  # a time tag in the future is not waited for
            try:
                commands = self._commands(message, asker, arrived_at)
            except (TypeError, ValueError, OverflowError):
                commands = None
            if commands is None:
                self.n_ignored += 1
                continue
            for command in commands:
                self.n_commands += 1
                self._put(command)

    def _commands(self, message: OscMessage, asker: Any, arrived_at: float) -> list[Command] | None:
        """What a message asks for; [] = understood, nothing to do; None = not understood."""
        if not message.address.startswith(f"{self._root}/"):
            return None
        name = message.address[len(self._root) + 1 :]
        values = list(message.params)
        if name == "ping":
            self._answer("pong", values[0] if values else 1, asker)
            return []
        if values == ["?"]:
            known = self._read(name)
            if known is None:
                return None
            self._answer(name, known, asker)
            return []
        if len(values) > 1:
            return None
        return command_for(name, values[0] if values else None, self._read, arrived_at)

    def _answer(self, name: str, value: Any, asker: Any) -> None:
        if isinstance(value, list | tuple):
            value = " ".join(map(str, value))
        if isinstance(value, bool):
            value = int(value)
        tag = {int: "i", float: "f", str: "s"}[type(value)]
        datagram = build_message(f"{self._root}/{name}", tag, [value]).dgram
        for address in dict.fromkeys([asker, *self._also]):
            try:
                self._server.socket.sendto(datagram, address)
            except OSError:
                self.n_ignored += 1


class _Server(BlockingOSCUDPServer):
    """python-osc's server, each packet given whole to one function."""

    def __init__(self, address: tuple[str, int], packet: Callable[[bytes, Any], None]) -> None:
        super().__init__(address, Dispatcher())
        self._packet = packet

    def process_request(self, request: Any, client_address: Any) -> None:
        self._packet(request[0], client_address)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return True  # malformed packets are counted, too


def check_root(root: str) -> str:
    """An address prefix such as /dancelive, without a slash at its end.

    Raises OscError.
    """
    trimmed = root.rstrip("/")
    if not trimmed.startswith("/") or not trimmed.isascii() or not trimmed.isprintable():
        raise OscError(f"OSC root {root!r} must begin with a slash, as /dancelive does.")
    if any(letter in " #*,?[]{}" for letter in trimmed) or "//" in trimmed:
        raise OscError(f"OSC root {root!r} has a letter that OSC addresses do not allow.")
    return trimmed


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise OscError(
            f"OSC receiver {host}:{port} has no address ({error}): check the host name."
        ) from error
    # localhost is often listed as ::1 first, where few OSC programs listen.
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return found[0][0], found[0][4]


def _open_socket(family: socket.AddressFamily) -> socket.socket:
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    return sender
