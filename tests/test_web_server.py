"""The server under pages, questions and listeners: so many connections at a time, and an end."""

import asyncio
import contextlib
import time

import pytest

from live.core.web_server import END_S, Bounds, new_loop, run_loop, serving


async def _nothing(connection):
    raise AssertionError("nobody opens a WebSocket here")


async def _answer(connection, request):
    return connection.respond(200, request.path)


async def _asked(port):
    """A connection over which a question was begun."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /x HTTP/1.1\r\nHost: x\r\n")
    return reader, writer


async def _is_closed(reader):
    with contextlib.suppress(ConnectionError):
        return not await asyncio.wait_for(reader.read(1), 20)
    return True


def test_one_too_many_is_closed_unheard_and_those_before_are_answered():
    async def run():
        connections = set()
        bounds = Bounds(connections=3, patience_s=100.0, longest=10)
        async with serving(
            _nothing, _answer, bounds, connections, host="127.0.0.1", port=0
        ) as port:
            first = [await _asked(port) for _ in range(3)]
            while len(connections) < 3:
                await asyncio.sleep(0.001)
            for _ in range(4):
                reader, writer = await _asked(port)
                assert await _is_closed(reader)
                writer.close()
            for reader, writer in first:
                writer.write(b"\r\n")
                assert (await asyncio.wait_for(reader.read(), 20)).endswith(b"/x")
                writer.close()

    asyncio.run(run())


def test_it_ends_without_those_who_have_not_asked_and_gives_the_port_back():
    async def run():
        connections = set()
        bounds = Bounds(connections=3, patience_s=100.0, longest=10)
        place = {"host": "127.0.0.1", "port": 0}
        async with serving(_nothing, _answer, bounds, connections, **place) as place["port"]:
            reader, writer = await _asked(place["port"])
            while not connections:
                await asyncio.sleep(0.001)
            began = time.monotonic()
        assert time.monotonic() - began < END_S + 10 and not connections
        assert await _is_closed(reader)
        writer.close()
        async with serving(_nothing, _answer, bounds, connections, **place) as port:
            assert port == place["port"]

    asyncio.run(run())


def test_the_loop_is_no_proactor_on_any_system():
    """On Windows that one closes the port when somebody leaves while they are let in."""
    loop = new_loop()
    try:
        assert isinstance(loop, asyncio.SelectorEventLoop)
    finally:
        loop.close()


def test_a_loop_of_its_own_gives_back_what_breaks():
    async def breaks():
        assert isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)
        raise OSError("the port is gone")

    with pytest.raises(OSError, match="the port is gone"):
        run_loop(breaks())
