"""The page for phones and tablets, what it is told and what it may set; a thread of its own.

All pages are told the same. Nobody who looks on, asks slowly or talks nonsense holds up the show.
"""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from live.controls.commands import BY_NAME
from live.controls.entries import Number, NumberOrZero, Switch, number_of
from live.core.messages import Frame, Meters
from live.core.web_page import script_page
from live.core.web_server import Bounds, run_loop, serving
from live.remote.address import is_local, opened, url
from live.remote.description import described, lists, settable
from live.remote.door import MINUTE_S, Door, new_pin
from live.remote.guest import Guest
from live.remote.news import News
from live.remote.preview import jpeg
from live.remote.said import LONGEST, Look, Said, Seen, Set, understood

MOST_CONNECTIONS = 32  # at a time, of any kind
MOST_GUESTS = 8  # of them, pages
PATIENCE_S = 5.0  # for a request, and for an answer to a ping
NEWS_S = 0.05  # between looks at what holds; what a page sets is told to the others at once
METERS_S = 0.2
PICTURE_S = 0.2
LISTS_S = 2.0  # between looks at which names there are: that takes 30 ms
LOOK_S = 0.1  # between looks whether the show ends
STATE = "remote"  # how it begins what it says of itself
_OF_BEAT = ("level", "bpm", "beats_per_bar", "by_hand")

Ask = Callable[[str, Any, float | None], Any]  # None = not understood


@dataclass(frozen=True)
class Stage:
    """What of the show the page is told and may do; for any thread."""

    ask: Ask
    read: Callable[[str], Any]
    meters: Callable[[], Meters]


class Remote:
    """Listens from here on; `put` and what is told of it are for any thread."""

    def __init__(self, host: str, port: int, pin: str, stage: Stage) -> None:
        """`pin` "" = a new one, or none where only this computer reaches it.

        Raises RemoteError when the port cannot be had.
        """
        self._host, self._port, self._stage = host, port, stage
        self._socket: socket.socket | None = opened(host, port)
        self.port = self._port = int(self._socket.getsockname()[1])
        self._door = Door(pin or ("" if is_local(host) else new_pin()))
        self._connections: set[ServerConnection] = set()
        self._guests: set[Guest] = set()
        self._news, self._lists = News(), News()
        self._frame: Frame | None = None
        self._told = [control.name for control in settable() if control.is_told] + ["waiting"]

    @property
    def pin(self) -> str:
        return self._door.pin

    @property
    def url(self) -> str:
        """As a phone opens it, with the PIN."""
        return url(self._host, self.port, self.pin)

    @property
    def state(self) -> str:
        """For the performer, in a few words."""
        n, asked = len(self._guests), f" PIN {self.pin}" if self.pin else ""
        return f"{STATE}{asked} {n} page{'s' * (n != 1)}"

    def put(self, frame: Frame) -> None:
        """The newest picture; kept only while somebody looks. Returns at once."""
        if any(guest.looks for guest in list(self._guests)):
            self._frame = frame

    def run(self, ending: threading.Event) -> None:
        """Serve until `ending` is set. After it broke it can be run again: the port opens anew.

        Raises RemoteError when that cannot be had any more.
        """
        self._socket = self._socket or opened(self._host, self.port)
        try:
            run_loop(self._serve(ending, self._socket))
        finally:
            self.close()

    def close(self) -> None:
        """Give the port back."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # its own thread

    async def _serve(self, ending: threading.Event, listening: socket.socket) -> None:
        bounds, self._stir = Bounds(MOST_CONNECTIONS, PATIENCE_S, LONGEST), asyncio.Event()
        self._guests.clear()
        work: list[Coroutine[Any, Any, None]] = [
            self._follow(), self._measure(), self._list(), self._picture(), _until(ending)
        ]  # fmt: skip
        async with serving(self._hear, self._answer, bounds, self._connections, sock=listening):
            tasks = [asyncio.create_task(one) for one in work]
            done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
        for task in done:
            task.result()  # raises what broke

    async def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The page, a key, a refusal, or None for who has the key."""
        try:
            is_asked = "websocket" in request.headers.get("Upgrade", "").lower()
            is_own = self._door.is_own_page(request.headers)
            secret = request.headers.get("Authorization", "").removeprefix("PIN ")
            parts = urlsplit(request.path)
        except (MultipleValuesError, ValueError):
            return connection.respond(HTTPStatus.BAD_REQUEST, "")
        if not is_own:
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        if parts.path == "/" and not is_asked:
            text = files("live.remote").joinpath("page.html").read_text("utf-8")
            return script_page(connection, text, "frame-ancestors 'none'")
        if parts.path == "/enter" and not is_asked:
            return self._enter(connection, secret)
        if parts.path == "/show" and is_asked:
            if not self._door.knows(parse_qs(parts.query).get("key", [""])[0]):
                return connection.respond(HTTPStatus.FORBIDDEN, "")
            full = len(self._guests) >= MOST_GUESTS
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "") if full else None
        return connection.respond(HTTPStatus.NOT_FOUND, "")

    def _enter(self, connection: ServerConnection, secret: str) -> Response:
        """The key for who knows the PIN."""
        try:
            address = str(connection.remote_address[0])
        except (TypeError, IndexError):  # gone already
            return connection.respond(HTTPStatus.FORBIDDEN, "")
        status = self._door.enter(address, secret)
        if status == HTTPStatus.OK and len(self._guests) >= MOST_GUESTS:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        response = connection.respond(status, self._door.key if status == HTTPStatus.OK else "")
        response.headers["Cache-Control"] = "no-store"
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            response.headers["Retry-After"] = str(round(MINUTE_S))
        return response

    async def _hear(self, connection: ServerConnection) -> None:
        """One page, until it goes."""
        guest = Guest()
        guest.tell("table", described())
        guest.tell("lists", self._lists.told)
        guest.tell("values", self._news.told)
        self._guests.add(guest)
        self._stir.set()
        sending = asyncio.create_task(_send_to(connection, guest))
        try:
            async for text in connection:
                said, now = understood(text), time.perf_counter()
                if said is not None:
                    await self._do(said, guest, now)
                if pause := guest.pause(now):
                    await asyncio.sleep(pause)
        except ConnectionClosed:
            pass
        finally:
            self._guests.discard(guest)
            sending.cancel()

    async def _do(self, said: Said, guest: Guest, now: float) -> None:
        match said:
            case Look(on):
                guest.look(on)
            case Seen(number):
                guest.seen(number)
            case Set(name, value):
                # A choice may look at the disk; the other pages do not wait for it.
                done = await asyncio.to_thread(self._stage.ask, name, value, now)
                if done is None:
                    guest.tell("refused", name)
                elif name not in (self._stage.read("waiting") or ()):
                    self._put(name, value, time.perf_counter())
                self._stir.set()

    def _put(self, name: str, value: Any, now: float) -> None:
        """What will hold in a moment is told at once."""
        control, number = BY_NAME[name], number_of(value)
        if number is None:
            return
        if isinstance(control, Switch):
            self._news.put(name, number != 0, now)
        elif isinstance(control, NumberOrZero):
            self._news.put(name, number, now)
        elif isinstance(control, Number) and not control.adds:
            self._news.put(name, min(control.high, max(control.low, number)), now)

    def _tell(self, part: str, told: Any) -> None:
        for guest in self._guests:
            guest.tell(part, told)

    async def _follow(self) -> None:
        """What holds of the controls, at once after a page has set something."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stir.wait(), NEWS_S)
            self._stir.clear()
            if not self._guests:
                continue
            values = {name: self._stage.read(name) for name in self._told}
            if new := self._news.changes(values, time.perf_counter()):
                self._tell("values", new)

    async def _list(self) -> None:
        """The names that may be chosen."""
        names = lists()
        while True:
            if self._guests:
                found = await asyncio.to_thread(
                    lambda: {name: list(self._stage.read(name) or ()) for name in names}
                )
                if new := self._lists.changes(found, 0.0):
                    self._tell("lists", new)
            await asyncio.sleep(LISTS_S if self._guests else NEWS_S)

    async def _measure(self) -> None:
        """State, beat and the newest warning; also a sign of life."""
        while True:
            if self._guests:
                self._tell("meters", _short(self._stage.meters()) | {"pages": len(self._guests)})
            await asyncio.sleep(METERS_S)

    async def _picture(self) -> None:
        """The stage, for those who look and have drawn what they got."""
        number = 0
        while True:
            await asyncio.sleep(PICTURE_S)
            takers = [guest for guest in self._guests if guest.takes_picture]
            frame, self._frame = self._frame, None
            if frame is None or not takers:
                continue
            number += 1
            picture = await asyncio.to_thread(jpeg, frame.image)
            for guest in takers:
                guest.show(number, picture)


def _short(meters: Meters) -> dict[str, Any]:
    """What of it has room on a phone."""
    beat = meters.beat
    return {
        "state": meters.state,
        "warning": meters.warnings[0] if meters.warnings else "",
        "news": meters.news,
        "who": " · ".join(word for word in (meters.target, meters.dance, meters.style) if word),
        "fps": meters.fps,
        "phase": meters.beat_phase,
        "bar": meters.bar_phase,
        "outputs": [told for told in meters.outputs if not told.startswith(STATE)],
    } | ({} if beat is None else {name: getattr(beat, name) for name in _OF_BEAT})


async def _send_to(connection: ServerConnection, guest: Guest) -> None:
    with contextlib.suppress(ConnectionClosed):
        while True:
            await guest.has_news.wait()
            for message in guest.take():
                await connection.send(message)


async def _until(ending: threading.Event) -> None:
    while not ending.is_set():
        await asyncio.sleep(LOOK_S)
