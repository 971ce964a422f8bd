"""OSCQuery's LISTEN: values that change reach who listens, and nobody holds anything up."""

import contextlib
import json
import socket
import threading
import time

import pytest
from pythonosc.osc_message import OscMessage
from stage_program import free_port, stage_program, wishes_to
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect

from live.controls.table import CONTROLS
from live.osc import query as query_file
from live.osc.query import LONGEST_SAID, MOST_EARS, OscQuery
from live.osc.query_ear import Ear
from live.osc.query_tree import NAMES

VALUES = {
    "target": "alice", "targets": ("alice", "skeleton"), "blackout": False, "gain": -3.0,
    "bpm": 0, "frame": [7, 0.25], "dancer/0/joint/nose": [0.5, 0.25], "beat": (3, 128.0),
    "status": ("alice", 30.0, 21.0, 1.0),
}  # fmt: skip


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def asked(command, name):
    return json.dumps({"COMMAND": command, "DATA": f"/dancelive/{name}"})


def listening(*names):
    ear = Ear("/dancelive")
    for name in names:
        ear.hear(asked("LISTEN", name))
    return ear


def read(packet):
    """Name, type tags and values."""
    message = OscMessage(packet)
    types = packet[len(message.address) // 4 * 4 + 4 :].split(b"\0")[0].decode()
    return message.address.removeprefix("/dancelive/"), types[1:], message.params


# what one hears


@pytest.mark.parametrize(
    ("name", "types", "values"),
    [("target", "s", ["alice"]), ("targets", "s", ["alice skeleton"]), ("blackout", "F", [False]),
     ("gain", "f", [-3.0]), ("bpm", "f", [0.0]), ("frame", "if", [7, 0.25]),
     ("dancer/0/joint/nose", "ff", [0.5, 0.25]), ("beat", "if", [3, 128.0]),
     ("status", "sfff", ["alice", 30.0, 21.0, 1.0])],
)  # fmt: skip
def test_a_value_is_told_at_once_in_the_types_of_the_tree_and_again_when_it_is_another(
    name, types, values
):
    ear = listening(name)
    assert ear.names == [name]
    assert list(map(read, ear.news(VALUES))) == [(name, types, values)]
    assert list(ear.news(VALUES)) == [] and list(ear.news({})) == []
    ear.hear(asked("LISTEN", name))
    assert list(map(read, ear.news(VALUES))) == [(name, types, values)]


def test_only_what_changed_is_told_until_it_is_ignored():
    ear = listening("blackout", "gain", "target")
    assert len(list(ear.news(VALUES))) == 3
    now = VALUES | {"blackout": True, "bpm": 128.0}
    assert list(map(read, ear.news(now))) == [("blackout", "T", [True])]
    ear.hear(asked("IGNORE", "gain"))
    ear.hear(asked("IGNORE", "bpm"))
    now |= {"gain": 1.5, "target": "skeleton"}
    assert list(map(read, ear.news(now))) == [("target", "s", ["skeleton"])]
    assert ear.names == ["blackout", "target"]


def test_who_ignores_between_two_messages_gets_no_more():
    ear = listening("blackout", "gain")
    news = ear.news(VALUES)
    assert read(next(news))[0] == "blackout"
    ear.hear(asked("IGNORE", "gain"))
    assert list(news) == []


def test_lists_to_choose_from_are_looked_up_once():
    ear = listening("targets", "waiting")
    list(ear.news(VALUES | {"waiting": ()}))
    assert ear.names == ["waiting"]
    (news,) = ear.news({"waiting": ("target", "style")})
    assert read(news) == ("waiting", "s", ["target style"])


def test_the_whole_table_may_be_listened_to_and_nothing_beside_it():
    ear = listening(*NAMES, "nothing", "gain/more", "")
    untold = {one.name for control in CONTROLS if not control.is_told for one in control.each()}
    assert untold and set(ear.names) == NAMES - untold


@pytest.mark.parametrize(
    "said",
    ["", "{", "[]", "1", "null", '"LISTEN"', b"\xff\xfe", b"/dancelive/gain\0,f\0\0", "[" * 1000,
     '{"COMMAND": "LISTEN"}', '{"DATA": "/dancelive/gain"}', asked("listen", "gain"),
     '{"COMMAND": "LISTEN", "DATA": 1}', '{"COMMAND": "LISTEN", "DATA": "gain"}',
     '{"COMMAND": "LISTEN", "DATA": "/other/gain"}', '{"COMMAND": ["LISTEN"], "DATA": null}'],
)  # fmt: skip
def test_what_makes_no_sense_changes_nothing(said):
    ear = listening("bpm")
    ear.hear(said)
    assert ear.names == ["bpm"]


# over the network


class Serving:
    """OSCQuery on a port, and the values that it tells."""

    def __init__(self):
        self.now, self.ending = dict(VALUES), threading.Event()
        self.query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: dict(self.now))
        # What the system keeps is not what is looked at.
        self.query._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.thread = threading.Thread(target=self.query.run, args=(self.ending,), daemon=True)
        self.thread.start()

    def ear(self, **given):
        return connect(
            f"ws://127.0.0.1:{self.query.port}/", compression=None, open_timeout=20, **given
        )

    def end(self):
        self.ending.set()
        self.thread.join(20)
        assert not self.thread.is_alive() and not self.query._ears


@pytest.fixture
def serving():
    made = Serving()
    yield made
    made.end()


def test_each_change_arrives_until_it_is_ignored(serving):
    with serving.ear() as ear:
        ear.send(asked("LISTEN", "gain"))
        for gain in (-3.0, 4.0, 5.5):
            serving.now["gain"] = gain
            assert read(ear.recv(20)) == ("gain", "f", [gain])
        ear.send(asked("IGNORE", "gain"))
        ear.send(asked("LISTEN", "blackout"))
        assert read(ear.recv(20)) == ("blackout", "F", [False])
        serving.now |= {"gain": 1.0, "blackout": True}
        assert read(ear.recv(20)) == ("blackout", "T", [True])
    wait_for(lambda: not serving.query._ears)


def test_each_hears_what_it_asked_for(serving):
    with serving.ear() as one, serving.ear() as other:
        one.send(asked("LISTEN", "gain"))
        other.send(asked("LISTEN", "target"))
        assert read(one.recv(20))[0] == "gain" and read(other.recv(20))[0] == "target"
        serving.now |= {"gain": 1.0, "target": "bob"}
        assert read(one.recv(20))[2] == [1.0] and read(other.recv(20))[2] == ["bob"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "file://"])
def test_no_page_of_another_site_listens(serving, origin):
    with pytest.raises(InvalidStatus) as caught:
        serving.ear(origin=origin)
    assert caught.value.response.status_code == 403
    with serving.ear(origin=f"http://127.0.0.1:{serving.query.port}") as own:
        own.send(asked("LISTEN", "gain"))
        assert read(own.recv(20))[2] == [-3.0]


def test_so_many_listen_and_not_more(serving):
    with contextlib.ExitStack() as opened:
        for _ in range(MOST_EARS):
            opened.enter_context(serving.ear())
        wait_for(lambda: len(serving.query._ears) == MOST_EARS)
        with pytest.raises(InvalidStatus) as caught:
            serving.ear()
        assert caught.value.response.status_code == 503


def test_who_says_too_much_or_nonsense_disturbs_nobody(serving):
    with serving.ear() as good, serving.ear() as odd, serving.ear() as loud:
        for said in ("nonsense", b"/dancelive/blackout\0,T\0\0", asked("LISTEN", "nothing")):
            odd.send(said)
        loud.send("x" * (LONGEST_SAID + 1))
        with pytest.raises(ConnectionClosed):
            loud.recv(20)
        for ear in (odd, good):
            ear.send(asked("LISTEN", "gain"))
            assert read(ear.recv(20))[2] == [-3.0]


def slow(port):
    """Takes one message at a time, and only when it is asked to."""
    to = socket.socket()
    to.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    to.connect(("127.0.0.1", port))
    return connect("ws://127.0.0.1/", sock=to, compression=None, max_queue=1, max_size=None,
                   ping_interval=None, open_timeout=20)  # fmt: skip


def test_who_takes_slowly_holds_nobody_up_keeps_little_and_gets_the_newest(monkeypatch):
    """Each value is 20 kB: what is not taken would be 400."""
    monkeypatch.setattr(query_file, "PATIENCE_S", 100.0)
    serving = Serving()
    with slow(serving.query.port) as idle, serving.ear(max_size=None) as quick:
        most, got = 0, 0
        for ear in (idle, quick):
            ear.send(asked("LISTEN", "target"))
        assert read(quick.recv(20))[2] == ["alice"]
        for n in range(20):
            serving.now["target"] = f"{n} " + "x" * 20_000
            assert read(quick.recv(20))[2] == [serving.now["target"]]
            there = list(serving.query._connections)
            most = max(most, *(one.transport.get_write_buffer_size() for one in there))
        assert 20_000 < most < 100_000
        newest = ""
        while newest != serving.now["target"]:
            newest, got = read(idle.recv(20))[2][0], got + 1
        assert got < 20
    serving.end()


def test_who_gives_no_sign_of_life_is_let_go(monkeypatch):
    monkeypatch.setattr(query_file, "PATIENCE_S", 1.0)
    serving = Serving()
    with socket.create_connection(("127.0.0.1", serving.query.port), timeout=20) as dumb:
        dumb.sendall(
            b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        wait_for(lambda: serving.query._ears)
        wait_for(lambda: not serving.query._ears)
    serving.end()


def test_a_show_tells_who_listens_what_was_commanded():
    port = free_port()
    words = "--input demo --mute --target skeleton --dance free --osc-query"
    with stage_program(*words.split(), "--osc-in", str(port)) as program:
        program.dance_for(0.0)
        with connect(f"ws://127.0.0.1:{port}/", compression=None, open_timeout=20) as ear:
            ear.send(asked("LISTEN", "blackout"))
            assert read(ear.recv(20)) == ("blackout", "F", [False])
            wishes_to(port).send_message("/dancelive/blackout", 1)
            assert read(ear.recv(20)) == ("blackout", "T", [True])
            ear.send(asked("LISTEN", "dancer/0/joint/nose"))
            places = {tuple(read(ear.recv(20))[2]) for _ in range(5)}
            assert len(places) == 5 and all(0 < x < 1 and 0 < y < 1 for x, y in places)
            program.end()
            with pytest.raises(WebSocketException):
                while True:
                    ear.recv(20)
