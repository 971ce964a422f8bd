"""OSCQuery: what other programs are told, and that nobody who asks can hold up the show."""

import http.client
import json
import socket
import threading
import time
from contextlib import ExitStack, suppress

import numpy as np
import pytest
from seeds import rng_of

from live.controls.commands import BY_NAME
from live.core.settings import Settings
from live.osc import query as query_file
from live.osc.address import OscError
from live.osc.discovery import open_discovery
from live.osc.query import MOST_CONNECTIONS, OscQuery
from live.osc.query_tree import found, tree
from live.osc.table import OUT

VALUES = {
    "target": "alice", "targets": ("alice", "skeleton"), "styles": ("house", "salsa"),
    "style": "auto", "blackout": False, "phase_lock": True, "gain": -3.0, "bpm": 0.0,
    "frame": (7, np.float32(0.25)), "dancer/0/joint/nose": (0.5, 0.25), "beat": (3, 128.0),
    "dance": "club", "tap": 1,
}  # fmt: skip


def _all(node):
    yield node
    for inside in node.get("CONTENTS", {}).values():
        yield from _all(inside)


def test_the_tree_holds_every_address_of_the_table():
    top = tree("/a/show", VALUES)
    paths = {node["FULL_PATH"] for node in _all(top) if "TYPE" in node}
    names = [*(name for sent in OUT for name in sent.names()), *BY_NAME]
    assert paths == {f"/a/show/{name}" for name in names}
    for node in _all(top):
        assert found(top, node["FULL_PATH"]) is node
        assert node["FULL_PATH"].startswith("/")
        has_value = "VALUE" in node
        assert node["ACCESS"] in (0, 1, 2, 3) and (node["ACCESS"] & 1 or not has_value)
        for name in ("VALUE", "RANGE"):
            assert len(node.get(name, node.get("TYPE", ""))) == len(node.get("TYPE", ""))
    assert json.loads(json.dumps(top, default=float)) == top


def test_what_a_node_tells():
    top = tree("/dancelive", VALUES)

    def of(name):
        node = dict(found(top, f"/dancelive/{name}"))
        assert node.pop("DESCRIPTION") and node.pop("FULL_PATH") == f"/dancelive/{name}"
        return node

    assert of("gain") == {
        "TYPE": "f",
        "ACCESS": 3,
        "VALUE": [-3.0],
        "RANGE": [{"MIN": -40.0, "MAX": 40.0}],
    }
    assert of("bpm")["RANGE"] == [{"MIN": 0.0, "MAX": 240.0}]
    assert of("blackout") == {"TYPE": "T", "ACCESS": 3, "VALUE": [False]}
    assert of("target") == {
        "TYPE": "s",
        "ACCESS": 3,
        "VALUE": ["alice"],
        "RANGE": [{"VALS": ["alice", "skeleton"]}],
    }
    assert of("style")["RANGE"] == [{"VALS": ["auto", "3", "4", "house", "salsa"]}]
    assert of("tap") == {"TYPE": "I", "ACCESS": 2}
    assert of("ping") == {"TYPE": "i", "ACCESS": 2}
    told = {name: found(top, f"/dancelive/{name}")["DESCRIPTION"] for name in ("gain", "ping")}
    assert told["gain"].endswith("(-40..40 dB)") and not told["ping"].endswith(")")
    assert of("targets") == {"TYPE": "s", "ACCESS": 1, "VALUE": ["alice skeleton"]}
    assert of("energy") == {"TYPE": "f", "ACCESS": 3, "RANGE": [{"MIN": -1.0, "MAX": 1.0}]}
    assert of("frame") == {
        "TYPE": "if",
        "ACCESS": 1,
        "VALUE": [7, 0.25],
        "RANGE": [{"MIN": 0}, {"MIN": 0}],
    }
    assert of("dancer/0/joint/nose")["VALUE"] == [0.5, 0.25]
    beat = of("beat")  # an event, and what lies below it
    assert (beat["TYPE"], beat["ACCESS"]) == ("if", 0) and "VALUE" not in beat
    assert of("bar/phase") == {"TYPE": "f", "ACCESS": 0, "RANGE": [{"MIN": 0, "MAX": 1}]}
    assert set(beat["CONTENTS"]) == {"bpm", "phase", "confidence"}
    assert found(top, "/dancelive/nothing") is None and found(top, "/") is top
    assert found(top, "/dancelive/gain/more") is None


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def query():
    query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: VALUES)
    ending = threading.Event()
    thread = threading.Thread(target=query.run, args=(ending,), daemon=True)
    thread.start()
    yield query
    ending.set()
    thread.join(10)
    assert not thread.is_alive()


def _get(query, target, method="GET", host="127.0.0.1"):
    client = http.client.HTTPConnection("127.0.0.1", query.port, timeout=10)
    client.request(method, target, headers={"Host": host})
    answer = client.getresponse()
    body = answer.read()
    client.close()
    return answer.status, json.loads(body) if body and answer.status == 200 else None


@pytest.mark.parametrize(
    ("target", "status", "told"),
    [
        ("/dancelive/gain?VALUE", 200, {"VALUE": [-3.0]}),
        ("/dancelive/gain?TYPE", 200, {"TYPE": "f"}),
        ("/dancelive/tap?VALUE", 204, None), ("/dancelive/gain?CONTENTS", 204, None),
        ("/dancelive/gain?COLOUR", 400, None), ("/dancelive/gain?VALUE&TYPE", 400, None),
        ("/nothing", 404, None), ("/dancelive/gain/x", 404, None),
    ],
)  # fmt: skip
def test_questions_over_http(query, target, status, told):
    assert _get(query, target) == (status, told)


def test_all_of_it_and_where_commands_are_taken(query):
    assert _get(query, "/") == (200, tree("/dancelive", VALUES))
    status, info = _get(query, "/?HOST_INFO")
    assert status == 200 and info["OSC_IP"] == "127.0.0.1" and info["OSC_TRANSPORT"] == "UDP"
    assert info["WS_IP"] == "127.0.0.1" and info["WS_PORT"] == info["OSC_PORT"] == query.port
    assert info["EXTENSIONS"]["RANGE"] is True and info["EXTENSIONS"]["LISTEN"] is True


def test_answers_say_what_they_are_and_close(query):
    for target, kind in (("/dancelive/gain", "application/json"), ("/dancelive/tap?VALUE", None)):
        client = http.client.HTTPConnection("127.0.0.1", query.port, timeout=10)
        client.request("GET", target)
        answer = client.getresponse()
        assert answer.getheader("Content-Type") == kind
        assert answer.getheader("Connection") == "close"
        if kind:
            assert int(answer.getheader("Content-Length")) == len(answer.read()) > 0
        client.close()


def test_the_port_is_given_back():
    query = OscQuery("127.0.0.1", 0, "/dancelive", dict)
    query.close()
    OscQuery("127.0.0.1", query.port, "/dancelive", dict).close()


def test_a_place_that_is_none_is_a_bad_question(query):
    assert query.answer("http://[/x") == (400, None)


def test_where_all_networks_are_listened_to_no_address_is_told():
    """Whoever asks knows the one at which they asked."""
    query = OscQuery("0.0.0.0", 0, "/dancelive", lambda names: VALUES)
    assert not {"OSC_IP", "WS_IP"} & set(query.answer("/?HOST_INFO")[1])
    query.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_nothing_but_questions_is_understood(query, method):
    assert _get(query, "/dancelive/gain", method)[0] == 501


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1:9101", 200), ("localhost:9101", 200), ("[::1]:9101", 200), ("stage.local", 200),
     ("192.168.0.7", 200), ("example.org", 403), ("local", 403), ("x.localhost.org:9101", 403),
     ("", 403), ("[", 403), ("127.0.0.1.example.org", 403)],
)  # fmt: skip
def test_the_page_of_a_web_site_that_points_here_reads_nothing(query, host, status):
    assert _get(query, "/dancelive/gain", host=host)[0] == status


def test_only_this_computer_may_ask_unless_it_is_opened(query):
    assert query._socket.getsockname() == ("127.0.0.1", query.port)


def test_whatever_comes_it_answers_on(query, capfd):
    """Noise, and questions that are cut, changed or doubled."""
    rng = rng_of(3)
    good = b"GET /dancelive/gain?VALUE HTTP/1.1\r\nHost: x\r\n\r\n"
    for n in range(40):
        data = bytearray(good) if n % 2 else bytearray(rng.bytes(int(rng.integers(1, 300))))
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        with socket.create_connection(("127.0.0.1", query.port), timeout=5) as client:
            client.sendall(bytes(data) + (b"\r\n\r\n" if n % 3 else b""))
            client.shutdown(socket.SHUT_WR)
            try:
                while client.recv(4096):
                    pass
            except ConnectionResetError:  # what was not read when it was closed
                pass
    assert _get(query, "/dancelive/gain?VALUE") == (200, {"VALUE": [-3.0]})
    assert capfd.readouterr() == ("", "")


def test_a_question_without_end_is_not_listened_to(query):
    with socket.create_connection(("127.0.0.1", query.port), timeout=5) as client:
        try:
            client.sendall(b"GET /" + b"x" * 200_000)
            assert client.recv(100).startswith(b"HTTP/1.1 414 ")
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert _get(query, "/dancelive/gain?VALUE")[0] == 200


def test_the_slow_hold_up_nobody_and_are_closed(monkeypatch):
    """Half as many as are let in at a time, each sending a letter now and then."""
    monkeypatch.setattr(query_file, "PATIENCE_S", 2.0)
    query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: VALUES)
    ending = threading.Event()
    thread = threading.Thread(target=query.run, args=(ending,), daemon=True)
    thread.start()
    with ExitStack() as opened:
        slow = [
            opened.enter_context(socket.create_connection(("127.0.0.1", query.port), timeout=5))
            for _ in range(MOST_CONNECTIONS // 2)
        ]
        wait_for(lambda: len(query._connections) == len(slow))
        assert _get(query, "/dancelive/gain?VALUE") == (200, {"VALUE": [-3.0]})
        while query._connections:
            for one in slow:
                with suppress(OSError):
                    one.send(b"G")
            time.sleep(0.05)
    ending.set()
    thread.join(20)


def test_a_flood_of_questions_is_let_in_slowly():
    """Values are looked for a few times a second, and threads do not pile up."""
    asked = []
    query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: asked.append(1) or VALUES)
    ending = threading.Event()
    thread = threading.Thread(target=query.run, args=(ending,), daemon=True)
    thread.start()
    answers, until = [], time.monotonic() + 1.0

    def ask():
        while time.monotonic() < until:
            answers.append(_get(query, "/")[0])

    asking = [threading.Thread(target=ask) for _ in range(6)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    ending.set()
    thread.join(10)
    assert set(answers) == {200}
    assert len(answers) <= 60 and 1 <= len(asked) <= 7


def test_a_port_that_breaks_is_opened_anew():
    query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: VALUES)
    port = query.port
    query._place = ("127.0.0.1", port)
    query._socket.close()
    ending = threading.Event()
    with pytest.raises((OSError, ValueError)):
        query.run(ending)
    thread = threading.Thread(target=query.run, args=(ending,), daemon=True)
    thread.start()
    wait_for(lambda: query._socket is not None)
    assert _get(query, "/dancelive/gain?VALUE")[0] == 200
    ending.set()
    thread.join(10)
    assert query._socket is None


def test_a_port_in_use_is_refused_in_one_sentence(query):
    with pytest.raises(OscError, match=f"TCP port {query.port} on 127.0.0.1"):
        OscQuery("127.0.0.1", query.port, "/dancelive", dict)


def test_what_is_found_needs_a_place_for_commands():
    assert open_discovery(Settings(), dict) == {}
    for settings in (Settings(osc_query=True), Settings(announce=True)):
        with pytest.raises(OscError, match=r"--osc-in PORT"):
            open_discovery(settings, dict)
