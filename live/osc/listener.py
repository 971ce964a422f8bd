"""The performer's commands in over OSC (UDP)."""

import errno
import logging
import socket
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
from live.osc.packet import PacketError, messages_of, types_of

log = logging.getLogger(__name__)

LONGEST_PING = 100  # letters that are sent back
LOOK_S = 0.1  # between looks whether the show ends
_ADVICE = {
    errno.EACCES: "ports below 1024 are the system's, choose another with --osc-in.",
    errno.EADDRNOTAVAIL: "give an address of this computer, or 0.0.0.0 for all of them.",
}


class OscListener:
    """Takes the performer's commands on a UDP port, which is open from here on.

    `ask` sets a control by name, value and the host time at which it was asked; it gives what will
    be done, None for what is not understood. `read` tells a value by name (None = unknown). A lone
    "?" and `ping` are answered to the asker and to `also`.
    """

    def __init__(
        self,
        port: int,
        root: str,
        ask: Callable[[str, Any, float], Sequence[Command] | None],
        read: Callable[[str], Any],
        host: str = "127.0.0.1",
        also: Sequence[tuple[str, int]] = (),
    ) -> None:
        """Raises OscError when the port cannot be had."""
        self._root, self._host = check_root(root), host
        self._ask, self._read = ask, read
        self._also = [resolve(*receiver)[1] for receiver in also]
        self.n_commands = 0
        self.n_ignored = 0  # unknown, malformed or meaningless
        self._server: _Server | None = self._open(port)
        self.port = int(self._server.server_address[1])

    def run(self, ending: threading.Event) -> None:
        """Obey until `ending` is set. After it broke it can be run again: the port opens anew.

        Raises OscError when that cannot be had any more.
        """
        self._server = server = self._server or self._open(self.port)
        try:
            while not ending.is_set():
                server.handle_request()
        finally:
            self.close()

    def close(self) -> None:
        """Give the port back."""
        if self._server is not None:
            self._server.server_close()
            self._server = None

    def _open(self, port: int) -> "_Server":
        if not 0 <= port < 65536:
            raise OscError(f"OSC input: {port} is no port, choose one from 1 to 65535.")
        family, address = resolve(self._host, port, "OSC input")
        try:
            return _Server(address, family, self._packet)
        except OSError as error:
            advice = _ADVICE.get(
                error.errno or 0,
                "end the other program that uses it, or choose another with --osc-in.",
            )
            raise OscError(
                f"OSC input cannot use port {port} on {self._host} ({error.strerror}): {advice}"
            ) from error

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
            self.n_commands += len(commands)

    def _commands(
        self, message: OscMessage, asker: Any, arrived_at: float
    ) -> Sequence[Command] | None:
        """What a message asked for; [] = understood, nothing to do; None = not understood."""
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
        value = tuple(values) if len(values) > 1 else values[0] if values else None
        return self._ask(name, value, arrived_at)

    def _pong(self, values: list[Any], types: str, asker: Any) -> list[Command] | None:
        """Answer with what came; nothing that is long, or more than one value."""
        if len(values) > 1 or (types == "s" and len(values[0]) > LONGEST_PING):
            return None
        self._answer("pong", *((types, values[0]) if values else ("i", 1)), asker)
        return []

    def _answer(self, name: str, tag: str, value: Any, asker: Any) -> None:
        datagram = build_message(f"{self._root}/{name}", tag, [value]).dgram
        if self._server is None:
            return
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

    def __init__(
        self,
        address: Any,
        family: socket.AddressFamily,
        packet: Callable[[bytes, Any], None],
    ) -> None:
        super().__init__(address, Dispatcher(), family=family)
        self.timeout = LOOK_S  # of `handle_request`
        self._packet = packet

    def process_request(self, request: Any, client_address: Any) -> None:
        self._packet(request[0], client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """socketserver would print a traceback for every packet."""
        log.info("A packet from %s could not be read", client_address, exc_info=True)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return True  # malformed packets are counted, too
