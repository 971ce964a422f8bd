"""The page and its pictures over HTTP and WebSocket, on a thread of its own."""

import asyncio
import contextlib
import logging
import threading
import time
from http import HTTPStatus
from importlib.resources import files
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from live.core.recent import Recent
from live.core.web_page import html, script_page
from live.core.web_server import END_S, Bounds, new_loop, serving
from live.outputs.kind import Page, Told
from live.outputs.web.guests import is_local, is_welcome
from live.outputs.web.message import RAW, WEBP
from live.outputs.web.viewer import Viewer

PATIENCE_S = 5.0  # for a request, and for an answer to a ping
MOST_CONNECTIONS = 64  # of any kind; pages look on with one each
MOST_VIEWERS = 16
LONGEST_ANSWER = 64  # bytes of what a page says
START_S = 10.0
FRESH_S = 0.25  # as long the page of OSC is told again: to look up what holds now takes 30 ms

log = logging.getLogger(__name__)


class WebServer:
    """Listens from here on; `publish` and the rest are for any thread."""

    def __init__(
        self,
        host: str,
        port: int,
        token: str,
        codec: int | None,
        told: Told,
        osc_page: Page | None = None,
    ) -> None:
        """`codec` None = as it is to this computer, smaller to others. Raises OSError."""
        self._host, self._token, self._codec, self._told = host, token, codec, told
        self._osc_page = None if osc_page is None else Recent(osc_page, FRESH_S)
        self.port = port  # 0 = any that is free, known from here on
        self._viewers: dict[Viewer, asyncio.Event] = {}
        self._connections: set[ServerConnection] = set()
        self._loop = new_loop()
        self._begun = threading.Event()
        self._ending = asyncio.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="web server", daemon=True)
        self._thread.start()
        if not self._begun.wait(START_S):
            raise TimeoutError("the web server does not start")
        if self._error is not None:
            raise self._error

    @property
    def n_viewers(self) -> int:
        return len(self._viewers)

    def wanted(self) -> set[int]:
        """In which codecs a picture would be taken now. Raises what ended the server."""
        if self._error is not None or not self._thread.is_alive():
            raise self._error or RuntimeError("the web server has ended")
        viewers = list(self._viewers)
        self._told.n_dropped += sum(not viewer.is_ready for viewer in viewers)
        return {viewer.codec for viewer in viewers if viewer.is_ready}

    def publish(self, messages: dict[int, bytes], number: int, due_at: float) -> None:
        """The newest picture by codec, its number, and the host time at which it is due."""
        with contextlib.suppress(RuntimeError):  # it ends at this moment
            self._loop.call_soon_threadsafe(self._offer, messages, number, due_at)

    def close(self) -> None:
        """End all connections."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(END_S + 1.0)

    # the server's thread

    def _work(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # told to whoever publishes; another one is opened
            log.info("The web server broke", exc_info=error)
            self._error = error
        finally:
            self._begun.set()
            self._loop.close()

    async def _serve(self) -> None:
        bounds = Bounds(MOST_CONNECTIONS, PATIENCE_S, LONGEST_ANSWER)
        async with serving(
            self._look_on, self._answer, bounds, self._connections,
            host=self._host, port=self.port,
        ) as self.port:  # fmt: skip
            self._begun.set()
            await self._ending.wait()

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """A page, a refusal, or None for who may look on."""
        try:
            is_asked = "websocket" in request.headers.get("Upgrade", "").lower()
            welcome = is_welcome(request.path, request.headers, self._host, self._token)
            path = urlsplit(request.path).path
        except (MultipleValuesError, ValueError):
            return connection.respond(HTTPStatus.BAD_REQUEST, "")
        if not welcome:
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        if path == "/" and not is_asked:
            return _page(connection)
        if path == "/osc" and not is_asked and self._osc_page is not None:
            text = await asyncio.to_thread(self._osc_page)  # pictures do not wait for it
            return html(connection, text, "style-src 'unsafe-inline'")
        if path == "/pictures" and is_asked:
            full = len(self._viewers) >= MOST_VIEWERS
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "") if full else None
        return connection.respond(HTTPStatus.NOT_FOUND, "")

    async def _look_on(self, connection: ServerConnection) -> None:
        """One viewer, until they go."""
        viewer, news = Viewer(self._codec_for(connection)), asyncio.Event()
        self._viewers[viewer] = news
        sending = asyncio.create_task(_send_to(connection, viewer, news))
        try:
            async for said in connection:
                due_at = viewer.drawn(said)
                if due_at is not None:
                    self._told.seen_ms.add((time.perf_counter() - due_at) * 1e3)
                    news.set()
        except ConnectionClosed:
            pass
        finally:
            del self._viewers[viewer]
            sending.cancel()

    def _codec_for(self, connection: ServerConnection) -> int:
        if self._codec is not None:
            return self._codec
        try:
            return RAW if is_local(connection.remote_address[0]) else WEBP
        except (TypeError, ValueError):  # gone already
            return WEBP

    def _offer(self, messages: dict[int, bytes], number: int, due_at: float) -> None:
        for viewer, news in self._viewers.items():
            if viewer.codec in messages:
                viewer.offer(messages[viewer.codec], number, due_at)
                news.set()


async def _send_to(connection: ServerConnection, viewer: Viewer, news: asyncio.Event) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await news.wait()
            news.clear()
            while (message := viewer.take()) is not None:
                await connection.send(message)


def _page(connection: ServerConnection) -> Response:
    text = files("live.outputs.web").joinpath("page.html").read_text("utf-8")
    return script_page(connection, text)
