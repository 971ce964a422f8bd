"""The page of --out web: who gets it, what a viewer is sent, and what the network may do to it."""

import contextlib
import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from seeds import rng_of
from stage_program import stage_program

from live.core.cutout import Box
from live.core.settings import OutputSettings
from live.outputs.flag import check_outputs, parse_output
from live.outputs.kind import Opening, OutputError, Told
from live.outputs.kinds import kind_of
from live.outputs.web.guests import is_local, is_welcome
from live.outputs.web.viewer import MOST_IN_FLIGHT, Viewer

pytest.importorskip("websockets", reason="no websockets here: pip install websockets")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from live.outputs.web import server as server_file
from live.outputs.web.message import HEAD, RAW, WEBP, message_of
from live.outputs.web.server import WebServer

TOKEN = "moon/light?&+"


def picture(number=1, shape=(6, 4), seed=0):
    """What an output is given, as far as it is looked at."""
    box = Box(5, 3, rng_of(seed).integers(0, 256, (*shape, 4), np.uint8))
    return SimpleNamespace(
        number=number, size=(64, 36), straight_box=box, due_at=time.perf_counter()
    )


@contextlib.contextmanager
def serving(token="", codec=None, host="127.0.0.1", osc_page=None):
    server = WebServer(host, 0, token, codec, Told(), osc_page)
    try:
        yield server
    finally:
        server.close()


def publish(server, number, shape=(6, 4)):
    one = picture(number, shape)
    messages = {codec: message_of(one, codec) for codec in server.wanted()}
    server.publish(messages, number, one.due_at)


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def ask(port, path="/", headers=None, method="GET"):
    """The status line, the headers and the body of a plain request."""
    told = {"Host": f"127.0.0.1:{port}"} | (headers or {})
    lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in told.items() if v), "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
        asking.sendall("\r\n".join(lines).encode())
        answer = b""
        while part := asking.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return status, dict(line.split(": ", 1) for line in rest), body.decode()


def is_there(port):
    with contextlib.suppress(ConnectionRefusedError):
        return " 200 " in ask(port)[0]
    return False


def look_on(port, **given):
    return connect(f"ws://127.0.0.1:{port}/pictures", compression=None, open_timeout=10, **given)


# one picture on its way


@pytest.mark.parametrize("codec", [RAW, WEBP])
def test_a_message_is_the_picture_to_the_level(codec):
    import cv2

    one = picture(2**32 + 9, (30, 17))
    one.straight_box.rgba[..., 3] = np.maximum(one.straight_box.rgba[..., 3], 1)
    message = message_of(one, codec)
    assert HEAD.size == 18
    assert HEAD.unpack(message[:18]) == (9, codec, 64, 36, 5, 3, 17, 30)
    if codec == RAW:
        found = np.frombuffer(message[18:], np.uint8).reshape(30, 17, 4)
    else:
        bgra = cv2.imdecode(np.frombuffer(message[18:], np.uint8), cv2.IMREAD_UNCHANGED)
        found = cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA)
    assert np.array_equal(found, one.straight_box.rgba)


@pytest.mark.parametrize("codec", [RAW, WEBP])
def test_a_picture_of_nobody_is_a_head_alone(codec):
    assert len(message_of(picture(shape=(0, 0)), codec)) == HEAD.size


def test_a_viewer_gets_the_newest_once_it_has_drawn():
    viewer = Viewer(RAW)
    assert viewer.take() is None
    for number in range(1, 6):
        viewer.offer(b"%d" % number, number, float(number))
        if number <= MOST_IN_FLIGHT:
            assert viewer.take() == b"%d" % number
        assert viewer.take() is None
    assert not viewer.is_ready and viewer.newest == b"5"
    assert viewer.drawn("1") == 1.0 and viewer.is_ready
    assert viewer.take() == b"5" and viewer.take() is None
    assert viewer.drawn("5") == 5.0, "what came before it is drawn as well"
    viewer.offer(b"6", 6, 6.0)
    viewer.offer(b"7", 7, 7.0)
    assert viewer.take() == b"7"


@pytest.mark.parametrize("said", ["", "2", "-1", "1.0", "x", b"1", "1" * 11, "١", " 1", "1\n"])
def test_what_a_viewer_says_without_sense_changes_nothing(said):
    viewer = Viewer(RAW)
    viewer.offer(b"1", 1, 1.0)
    viewer.take()
    assert viewer.drawn(said) is None
    assert viewer.drawn("1") == 1.0 and viewer.drawn("1") is None


# who gets it


@pytest.mark.parametrize(
    ("headers", "welcome"),
    [
        ({"Host": "127.0.0.1:8765"}, True),
        ({"Host": "localhost:9999"}, True),  # an SSH tunnel
        ({"Host": "[::1]:8765"}, True),
        ({"Host": "LOCALHOST"}, True),
        ({"Host": "evil.example:8765"}, False),
        ({"Host": "127.0.0.1.evil.example"}, False),
        ({"Host": ""}, False),
        ({"Host": "[::1"}, False),
        ({"Host": "127.0.0.1@evil.example"}, False),
        ({}, False),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:1"}, True),
        ({"Host": "127.0.0.1:1", "Origin": "HTTP://127.0.0.1:1"}, True),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:2"}, False),
        ({"Host": "127.0.0.1:1", "Origin": "https://evil.example"}, False),
        ({"Host": "127.0.0.1:1", "Origin": "null"}, False),
        ({"Host": "127.0.0.1:1", "Origin": "file://"}, False),
        ({"Host": "127.0.0.1:1", "Origin": ""}, False),
        ({"Host": "", "Origin": ""}, False),
        ({"Host": "127.0.0.1:1", "Origin": "http://[::1"}, False),
    ],
)
def test_on_this_computer_no_page_of_another_site_looks_on(headers, welcome):
    assert is_welcome("/", headers, "127.0.0.1", "") == welcome


@pytest.mark.parametrize(
    ("path", "welcome"),
    [
        ("/?token=moon%2Flight%3F%26%2B", True),
        ("/pictures?a=1&token=moon%2Flight%3F%26%2B", True),
        ("/?token=moon", False),
        ("/?token=", False),
        ("/", False),
        ("/?token=%FF", False),
        ("/#token=moon%2Flight%3F%26%2B", False),
    ],
)
def test_from_the_network_who_knows_the_token_looks_on(path, welcome):
    headers = {"Host": "stage.lan:8765"}
    assert is_welcome(path, headers, "0.0.0.0", TOKEN) == welcome
    assert not is_welcome(path, headers | {"Origin": "http://evil.example"}, "0.0.0.0", TOKEN)


def test_which_addresses_are_of_this_computer_alone():
    assert all(map(is_local, ("127.0.0.1", "127.1.2.3", "::1")))
    assert not any(map(is_local, ("0.0.0.0", "192.168.1.5", "::", "fe80::1")))


def test_what_is_opened_to_the_network_needs_a_token():
    with pytest.raises(OutputError, match=r"host=0\.0\.0\.0 opens it to the network"):
        check_outputs([parse_output("web:0,host=0.0.0.0")])
    check_outputs([parse_output("web:0,host=0.0.0.0,token=moonlight")])


def test_a_port_in_use_is_said_before_the_show():
    with serving() as server, pytest.raises(OutputError, match="choose another port"):
        check_outputs([OutputSettings("web", str(server.port))])


def test_where_the_page_is():
    where = kind_of("web").where
    assert where(parse_output("web")) == "http://127.0.0.1:8765/"
    assert where(parse_output("web:1,host=::1")) == "http://[::1]:1/"
    asked = parse_output(f"web:1,host=192.168.1.5,token={TOKEN}")
    assert where(asked) == "http://192.168.1.5:1/?token=moon%2Flight%3F%26%2B"
    assert socket.gethostname() in where(parse_output(f"web:1,host=::,token={TOKEN}"))


# the server


def test_the_page_may_load_nothing_from_elsewhere():
    with serving() as server:
        status, headers, body = ask(server.port)
        assert status == "HTTP/1.1 200 OK" and headers["Content-Type"].startswith("text/html")
        policy = headers["Content-Security-Policy"]
        nonce = policy.split("script-src 'nonce-")[1].split("'")[0]
        assert policy.startswith("default-src 'none'") and body.count(f'nonce="{nonce}"') == 2
        assert headers["Cache-Control"] == "no-store" and "Server" not in headers
        assert f'nonce="{nonce}"' not in ask(server.port)[2]


def test_nothing_else_is_there_and_strangers_get_nothing():
    with serving() as server:
        for path in ("/x", "/pictures", "/page.html", "/../x", "//", "/%2e"):
            assert " 404 " in ask(server.port, path)[0], path
        for headers in ({"Host": "evil.example"}, {"Host": ""}, {"Origin": "http://evil.example"}):
            assert " 403 " in ask(server.port, headers=headers)[0]
            assert " 403 " in ask(server.port, "/pictures", headers | {"Upgrade": "websocket"})[0]
        with pytest.raises(InvalidStatus) as caught:
            look_on(server.port, origin="http://evil.example")
        assert caught.value.response.status_code == 403
        assert server.n_viewers == 0


def test_with_a_token_page_and_pictures_need_it():
    with serving(TOKEN) as server:
        assert " 403 " in ask(server.port)[0]
        assert " 200 " in ask(server.port, "/?token=moon%2Flight%3F%26%2B")[0]
        with pytest.raises(InvalidStatus):
            look_on(server.port)
        address = f"ws://127.0.0.1:{server.port}/pictures?token=moon%2Flight%3F%26%2B"
        with connect(address):
            wait_for(lambda: server.n_viewers == 1)


def test_the_addresses_of_osc_are_a_page_under_the_same_rules():
    with serving(TOKEN, osc_page=lambda: "<p>gain é</p>") as server:
        for path in ("/osc", "/osc?token=moon"):
            assert " 403 " in ask(server.port, path)[0]
        path = "/osc?token=moon%2Flight%3F%26%2B"
        status, headers, body = ask(server.port, path)
        assert status == "HTTP/1.1 200 OK" and body == "<p>gain é</p>"
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'") and "script" not in policy
        assert " 403 " in ask(server.port, path, {"Origin": "http://evil.example"})[0]
        assert " 404 " in ask(server.port, path, {"Upgrade": "websocket"})[0]
    with serving() as server:
        assert " 404 " in ask(server.port, "/osc")[0], "there is no show to tell of"


def test_pictures_do_not_wait_for_the_page_of_osc():
    looking, going_on = threading.Event(), threading.Event()

    def look():
        looking.set()
        assert going_on.wait(20)
        return "there"

    with serving(osc_page=look) as server, ThreadPoolExecutor(1) as pool:
        told = pool.submit(ask, server.port, "/osc")
        assert looking.wait(20)
        with look_on(server.port) as viewer:
            wait_for(lambda: server.n_viewers == 1)
            publish(server, 1)
            assert HEAD.unpack(viewer.recv(20)[:18])[0] == 1
        going_on.set()
        assert told.result(20)[2] == "there"


def test_a_viewer_who_draws_nothing_gets_no_more_and_the_newest_later():
    with serving() as server, look_on(server.port) as viewer:
        wait_for(lambda: server.n_viewers == 1)
        assert server.wanted() == {RAW}
        for number in (1, 2):
            publish(server, number)
            assert HEAD.unpack(viewer.recv(20)[:18])[0] == number
        wait_for(lambda: not server.wanted())
        dropped = server._told.n_dropped
        assert dropped > 0
        for number in range(3, 9):  # as from an output that does not ask
            server.publish({RAW: message_of(picture(number), RAW)}, number, time.perf_counter())
        with pytest.raises(TimeoutError):
            viewer.recv(0.2)
        viewer.send("2")
        assert HEAD.unpack(viewer.recv(20)[:18])[0] == 8
        wait_for(lambda: server._told.seen_ms.n == 1)
        assert 0 < server._told.seen_ms.summary()["max"] < 10_000
    assert dropped == server._told.n_dropped


def test_each_viewer_keeps_its_own_pace_and_codec(monkeypatch):
    monkeypatch.setattr(server_file, "is_local", lambda _: False)
    with serving() as server, look_on(server.port) as slow:
        wait_for(lambda: server.n_viewers == 1)
        monkeypatch.undo()
        with look_on(server.port) as quick:
            wait_for(lambda: server.n_viewers == 2)
            assert server.wanted() == {RAW, WEBP}
            got = []
            for number in range(1, 21):
                wait_for(lambda: RAW in server.wanted())  # the answer may be on its way
                publish(server, number)
                got.append(HEAD.unpack(quick.recv(20)[:18])[:2])
                quick.send(str(number))
            assert got == [(number, RAW) for number in range(1, 21)]
            heads = [HEAD.unpack(slow.recv(20)[:18])[:2] for _ in range(MOST_IN_FLIGHT)]
            assert heads == [(1, WEBP), (2, WEBP)]
        wait_for(lambda: server.n_viewers == 1)


def test_an_output_makes_no_picture_for_nobody():
    kind = kind_of("web")
    output = kind.open(Opening(parse_output("web:0,codec=webp"), (64, 36), 30.0, Told()))
    try:
        assert output.state == "0 viewers" and not output.send(picture())
        with look_on(output.port) as viewer:
            wait_for(lambda: output.state == "1 viewer")
            assert output.send(picture(3))
            assert HEAD.unpack(viewer.recv(20)[:18])[:2] == (3, WEBP)
        wait_for(lambda: output.state == "0 viewers")
    finally:
        output.close()


def test_a_server_that_ended_is_told_to_who_sends_to_it():
    server = WebServer("127.0.0.1", 0, "", None, Told())
    port = server.port
    with look_on(port) as viewer:
        server.close()
        with pytest.raises(ConnectionClosed):
            viewer.recv(20)
    server.publish({}, 1, 0.0)
    with pytest.raises(RuntimeError, match="has ended"):
        server.wanted()
    again = WebServer("127.0.0.1", port, "", None, Told())  # the port is free at once
    again.close()
    with serving() as first, pytest.raises(OSError):
        WebServer("127.0.0.1", first.port, "", None, Told())


def test_there_are_so_many_viewers_and_not_more(monkeypatch):
    monkeypatch.setattr(server_file, "MOST_VIEWERS", 2)
    with serving() as server, look_on(server.port), look_on(server.port):
        wait_for(lambda: server.n_viewers == 2)
        with pytest.raises(InvalidStatus) as caught:
            look_on(server.port)
        assert caught.value.response.status_code == 503


def test_who_asks_slowly_disturbs_nobody_and_is_closed(monkeypatch):
    """Slow-loris: connections that never finish their request."""
    monkeypatch.setattr(server_file, "PATIENCE_S", 3.0)  # the good one answers its pings in time
    monkeypatch.setattr(server_file, "MOST_CONNECTIONS", 20)
    with serving() as server, look_on(server.port) as viewer, contextlib.ExitStack() as slow:
        wait_for(lambda: server.n_viewers == 1)
        for _ in range(60):
            one = slow.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            with contextlib.suppress(OSError):  # one too many
                one.sendall(b"GET / HTTP/1.1\r\nHost: 127.0")
        wait_for(lambda: len(server._connections) <= 20)
        for number in range(1, 4):
            wait_for(server.wanted)
            publish(server, number)
            assert HEAD.unpack(viewer.recv(20)[:18])[0] == number
            viewer.send(str(number))
        wait_for(lambda: len(server._connections) == 1)
        assert " 200 " in ask(server.port)[0]


def test_ending_does_not_wait_for_who_asks_slowly(monkeypatch):
    monkeypatch.setattr(server_file, "PATIENCE_S", 100.0)
    server = WebServer("127.0.0.1", 0, "", None, Told())
    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET / HT")
        wait_for(lambda: len(server._connections) == 1)
        began = time.monotonic()
        server.close()
        assert time.monotonic() - began < 20.0 and not server._thread.is_alive()


def requests(rng):
    """Bytes that a browser would not send; some of them nearly right."""
    right = b"GET /pictures HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n" + (
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    yield from (
        b"",
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500,
        b"POST / HTTP/1.1\r\n\r\n",
    )
    yield b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n"
    yield right.replace(b"Host:", b"Host: a\r\nHost:")
    yield right.replace(b"/pictures", b"//[/pictures")
    for _ in range(40):
        wrong = bytearray(right)
        for place in rng.integers(0, len(wrong), rng.integers(1, 12)):
            wrong[place] = rng.integers(256)
        yield bytes(wrong)
    for _ in range(40):
        yield right + rng.bytes(int(rng.integers(1, 300)))
    for _ in range(20):
        yield rng.bytes(int(rng.integers(1, 2000)))


def test_whatever_is_asked_it_serves_on_in_silence(capfd, caplog):
    caplog.set_level(logging.DEBUG)
    with serving() as server, look_on(server.port) as viewer:
        wait_for(lambda: server.n_viewers == 1)
        for wrong in requests(rng_of(7)):
            asking = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            with asking, contextlib.suppress(OSError):
                asking.sendall(wrong)
                asking.shutdown(socket.SHUT_WR)
                while asking.recv(65536):
                    pass
        wait_for(lambda: len(server._connections) == 1)
        assert server.n_viewers == 1
        publish(server, 1)
        assert HEAD.unpack(viewer.recv(20)[:18])[0] == 1
        assert " 200 " in ask(server.port)[0]
    assert "Traceback" not in capfd.readouterr().err and "Traceback" not in caplog.text


def test_who_says_too_much_is_closed():
    with serving() as server:
        for said in ("1" * 1000, b"x" * 1000):
            with look_on(server.port) as viewer:
                viewer.send(said)
                with pytest.raises(ConnectionClosed):
                    viewer.recv(20)
        wait_for(lambda: server.n_viewers == 0)


def test_a_show_is_seen_through_its_page(tmp_path):
    with serving() as server:
        port = server.port  # free behind this
    report = tmp_path / "stats.json"
    words = f"--input demo --mute --target skeleton --dance free --stats {report}"
    out = f"web:{port},size=320x180,codec=raw"
    with stage_program(*words.split(), "--out", out) as program:
        program.dance_for(0.0)
        wait_for(lambda: is_there(port))
        told = ask(port, "/osc")[2]
        assert "<code>/dancelive/target</code>" in told
        assert '<td class="now">&quot;skeleton&quot;</td>' in told
        with look_on(port) as viewer:
            for _ in range(5):
                message = viewer.recv(20)
                number, codec, *size, _, _, width, height = HEAD.unpack(message[:18])
                assert (codec, size) == (RAW, [320, 180])
                rgba = np.frombuffer(message[18:], np.uint8).reshape(height, width, 4)
                assert height > 60 and 0.05 < (rgba[..., 3] > 200).mean() < 0.9
                viewer.send(str(number))
            program.end()
    told = json.loads(report.read_text())["outputs"][f"web:{port}"]
    assert told["sent"] >= 5 and told["seen_ms"]["p50"] > told["left_ms"]["p1"]
