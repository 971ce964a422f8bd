"""A receiver of OSC on a port and a thread of its own."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from pythonosc.osc_packet import OscPacket, ParseError

LOOK_S = 0.2  # between two looks whether it is closed


class OscEar:
    """`hear(host time of the arrival, address, arguments)` is called on its thread."""

    def __init__(self, hear: Callable[[float, str, list[Any]], None]) -> None:
        self.broken = 0  # packets that are no OSC
        self._hear = hear
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(LOOK_S)
        self.port = int(self._socket.getsockname()[1])
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(2)
        self._socket.close()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                datagram = self._socket.recv(65536)
            except TimeoutError:
                continue
            at = time.perf_counter()
            try:
                messages = OscPacket(datagram).messages
            except ParseError:
                self.broken += 1
                continue
            for timed in messages:
                self._hear(at, timed.message.address, list(timed.message.params))
