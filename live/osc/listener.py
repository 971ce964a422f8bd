"""The performer's commands in over OSC (UDP), on a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import BuildError
from pythonosc.osc_server import BlockingOSCUDPServer

from live.core.messages import Command
from live.osc.address import OscError, Value, build_message, check_root, resolve
from live.osc.commands import command_for
from live.osc.packet import PacketError, messages_of, types_of

log = logging.getLogger(__name__)

LONGEST_PING = 100  # letters that are sent back


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
        self._also = [resolve(*receiver)[1] for receiver in also]
        self.n_commands = 0
        self.n_ignored = 0  # unknown, malformed or meaningless
        try:
            self._server = _Server((host, port), self._packet)
        except OverflowError as error:
            raise OscError(f"OSC input: {port} is no port, choose one from 1 to 65535.") from error
        except OSError as error:
            advice = (
                "ports below 1024 are the system's, choose another with --osc-in."
                if isinstance(error, PermissionError)
                else "end the other program that uses it, or choose another with --osc-in."
            )
            raise OscError(
                f"OSC input cannot use port {port} on {host} ({error.strerror}): {advice}"
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
        try:
            messages = messages_of(data)
        except PacketError:
            self.n_ignored += 1
            return
        for message in messages:
            try:
                commands = message and self._commands(message, asker, arrived_at)
            except (BuildError, TypeError, ValueError, OverflowError):
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
            return self._pong(values, types_of(message), asker)
        if values == ["?"]:
            known = self._read(name)
            if known is None:
                return None
            self._answer(name, *_told(known), asker)
            return []
        if len(values) > 1:
            return None
        return command_for(name, values[0] if values else None, self._read, arrived_at)

    def _pong(self, values: list[Any], types: str, asker: Any) -> list[Command] | None:
        """Answer with what came; nothing that is long, or more than one value."""
        if len(values) > 1 or (types == "s" and len(values[0]) > LONGEST_PING):
            return None
        self._answer("pong", *((types, values[0]) if values else ("i", 1)), asker)
        return []

    def _answer(self, name: str, tag: str, value: Any, asker: Any) -> None:
        datagram = build_message(f"{self._root}/{name}", tag, [value]).dgram
        for address in dict.fromkeys([asker, *self._also]):
            try:
                self._server.socket.sendto(datagram, address)
            except OSError:
                self.n_ignored += 1


def _told(value: Any) -> tuple[str, Value]:
    """The type tag and the value in OSC of what the show tells."""
    if isinstance(value, bool | int):
        return "i", int(value)
    if isinstance(value, float):
        return "f", value
    return "s", " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


class _Server(BlockingOSCUDPServer):
    """python-osc's server, each packet given whole to one function."""

    def __init__(self, address: tuple[str, int], packet: Callable[[bytes, Any], None]) -> None:
        super().__init__(address, Dispatcher())
        self._packet = packet

    def process_request(self, request: Any, client_address: Any) -> None:
        self._packet(request[0], client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """socketserver would print a traceback for every packet."""
        log.info("A packet from %s could not be read", client_address, exc_info=True)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return True  # malformed packets are counted, too
