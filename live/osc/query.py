"""OSCQuery: other programs ask over HTTP which OSC addresses there are, and what holds now.

Over a WebSocket on the same port they listen to values that change. Nobody who asks or listens can
hold up the show: so many at a time, each for a short while, so many a second.
"""

import asyncio
import contextlib
import errno
import json
import socket
import threading
from collections.abc import Callable, Collection
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers, MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from live.core.recent import Recent
from live.core.web_names import is_own_name
from live.core.web_server import Bounds, listening_on, run_loop, serving
from live.osc.address import OscError, resolve
from live.osc.query_ear import Ear
from live.osc.query_tree import ATTRIBUTES, NAMES, Values, found, host_info, tree

MOST_CONNECTIONS = 32  # at a time, of any kind
MOST_EARS = 8  # of them, that listen
LONGEST_SAID = 1024  # bytes of what a listener says
PATIENCE_S = 5.0  # for a question and its answer, and for a listener's sign of life
PACE_S = 0.02  # between two questions that are answered
FRESH_S = 0.25  # as long values are told again: to look for targets on the disk takes 30 ms
NEWS_S = 1 / 30  # between looks at what a listener listens to
LOOK_S = 0.1  # between looks whether the show ends

Look = Callable[[Collection[str]], Values]  # what holds now, by name below the root; any thread


class OscQuery:
    """Answers on the TCP port of the same number as that of OSC, which is open from here on."""

    def __init__(self, host: str, port: int, root: str, look: Look) -> None:
        """Raises OscError when the port cannot be had."""
        self._place, self._root, self._look = (host, port), root, look
        self._values = Recent(lambda: look(NAMES), FRESH_S)
        self._socket: socket.socket | None = self._open()
        self.port = int(self._socket.getsockname()[1])
        self._connections: set[ServerConnection] = set()
        self._ears: set[Ear] = set()

    def run(self, ending: threading.Event) -> None:
        """Answer until `ending` is set. After it broke it can be run again: the port opens anew.

        Raises OscError when that cannot be had any more.
        """
        self._socket = self._socket or self._open()
        try:
            run_loop(self._serve(ending, self._socket))
        finally:
            self.close()

    def close(self) -> None:
        """Give the port back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def answer(self, target: str) -> tuple[HTTPStatus, Any]:
        """What is said to the target of a GET, such as /dancelive/gain?VALUE: status and JSON."""
        try:
            asked = urlsplit(target)
        except ValueError:
            return HTTPStatus.BAD_REQUEST, None
        if asked.query == "HOST_INFO":
            host, port = self._place
            address = resolve(host, port, "OSC input")[1][0]
            is_everywhere = ip_address(address).is_unspecified
            return HTTPStatus.OK, host_info(None if is_everywhere else address, self.port)
        attribute = asked.query
        if attribute and attribute not in ATTRIBUTES:
            return HTTPStatus.BAD_REQUEST, None
        node = found(tree(self._root, self._values()), asked.path)
        if node is None:
            return HTTPStatus.NOT_FOUND, None
        if not attribute:
            return HTTPStatus.OK, node
        if attribute not in node:
            return HTTPStatus.NO_CONTENT, None
        return HTTPStatus.OK, {attribute: node[attribute]}

    def _open(self) -> socket.socket:
        host, port = self._place
        family, address = resolve(host, port, "OSC input")
        try:
            return listening_on(family, address)
        except OSError as error:
            why = error.strerror if error.errno != errno.EADDRINUSE else "another program has it"
            raise OscError(
                f"OSCQuery cannot use TCP port {port} on {host} ({why}): choose another with"
                " --osc-in, or leave --osc-query out."
            ) from error

    # its own thread

    async def _serve(self, ending: threading.Event, listening: socket.socket) -> None:
        bounds, self._turn = Bounds(MOST_CONNECTIONS, PATIENCE_S, LONGEST_SAID), asyncio.Lock()
        async with serving(self._hear, self._answer, bounds, self._connections, sock=listening):
            while not ending.is_set():
                await asyncio.sleep(LOOK_S)

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """What is asked for, or None for who may listen."""
        async with self._turn:
            await asyncio.sleep(PACE_S)
        try:
            is_welcome = _is_welcome(request.headers)
            is_ear = "websocket" in request.headers.get("Upgrade", "").lower()
        except (MultipleValuesError, ValueError):
            return _response(HTTPStatus.BAD_REQUEST)
        if not is_welcome:
            return _response(HTTPStatus.FORBIDDEN)
        if is_ear:
            is_full = len(self._ears) >= MOST_EARS
            return _response(HTTPStatus.SERVICE_UNAVAILABLE) if is_full else None
        if request.method != "GET":
            return _response(HTTPStatus.NOT_IMPLEMENTED)
        return _response(*self.answer(request.path))

    async def _hear(self, connection: ServerConnection) -> None:
        """One that listens, until they go."""
        ear = Ear(self._root)
        self._ears.add(ear)
        telling = asyncio.create_task(self._tell(connection, ear))
        try:
            async for said in connection:
                ear.hear(said)
        except ConnectionClosed:
            pass
        finally:
            self._ears.discard(ear)
            telling.cancel()

    async def _tell(self, connection: ServerConnection, ear: Ear) -> None:
        """Values that changed; who takes them slowly gets the newest when they can."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                if names := ear.names:
                    for message in ear.news(self._look(names)):
                        await connection.send(message)
                await asyncio.sleep(NEWS_S)


def _response(status: HTTPStatus, told: Any = None) -> Response:
    """In JSON; `told` None = nothing."""
    body = b"" if told is None else json.dumps(told, default=float).encode()  # numpy's, too
    headers = Headers({"Cache-Control": "no-store", "Connection": "close"})
    if status != HTTPStatus.NO_CONTENT:
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(body))
    return Response(status, status.phrase, headers, body)


def _is_welcome(headers: Headers) -> bool:
    """Whether a program of this stage asks: neither a web site nor its page (see `is_own_name`).

    Raises MultipleValuesError.
    """
    host, origin = headers.get("Host", "localhost"), headers.get("Origin")
    return is_own_name(host) and (origin is None or origin.partition("://")[2] == host)
