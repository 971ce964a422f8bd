"""HTTP and WebSocket on one port, for whom nobody who asks can hold up the show.

Runs on the caller's event loop. Connections are bounded; what is slow or makes no sense is closed.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

END_S = 1.5  # for taking leave of who is connected

_silent = logging.getLogger(f"{__name__}.websockets")
_silent.disabled = True  # it would print a traceback for every request that makes no sense


@dataclass(frozen=True)
class Bounds:
    """What those who connect may cost."""

    connections: int  # at a time, of any kind; one too many is closed unheard
    patience_s: float  # for a request, and for an answer to a ping
    longest: int  # bytes of what is said over a WebSocket


def listening_on(family: int, address: tuple[Any, ...]) -> socket.socket:
    """A TCP port that is open from here on. Raises OSError."""
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere it takes the port of another program
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening


def new_loop() -> asyncio.AbstractEventLoop:
    """The same kind on every system. That of Windows closes the listening port for good when
    somebody leaves while they are let in (python/cpython#93821).
    """
    return asyncio.SelectorEventLoop()


def run_loop(serve: Coroutine[Any, Any, None]) -> None:
    """Until it returns, on a loop of its own. Raises what it raises."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve)


@contextlib.asynccontextmanager
async def serving(
    hear: Callable[[ServerConnection], Awaitable[None]],
    answer: Callable[[ServerConnection, Request], Awaitable[Response | None]],
    bounds: Bounds,
    connections: set[ServerConnection],
    **where: Any,
) -> AsyncIterator[int]:
    """Listen while the context lasts; gives the port.

    `answer` is asked first; where it gives None, a WebSocket is opened and `hear` has it until it
    returns. `connections` holds those of now. `where`: host and port, or sock. Raises OSError.
    """
    server = await serve(
        hear, create_connection=_bounded(connections, bounds.connections), process_request=answer,
        compression=None, open_timeout=bounds.patience_s, ping_interval=bounds.patience_s,
        ping_timeout=bounds.patience_s, close_timeout=1.0, max_size=bounds.longest, max_queue=4,
        server_header=None, logger=_silent, **where,
    )  # fmt: skip
    try:
        yield next(iter(server.sockets)).getsockname()[1]
    finally:
        server.close()
        await _at_most(server.wait_closed(), END_S / 2)
        for connection in list(connections):  # those that have not even asked
            connection.transport.abort()
        await _at_most(server.wait_closed(), END_S / 2)


def _bounded(connections: set[ServerConnection], most: int) -> type[ServerConnection]:
    """Connections that are in this set while they last."""

    class Bounded(ServerConnection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            connections.add(self)
            if len(connections) > most:
                self.transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            connections.discard(self)
            super().connection_lost(exc)

    return Bounded


async def _at_most(waited_for: Coroutine[Any, Any, None], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(waited_for, seconds)
