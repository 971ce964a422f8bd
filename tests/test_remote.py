"""--remote behind its page: who comes in, what is told, and what packets may do to it."""

import contextlib
import io
import json
import socket
import threading

import numpy as np
import pytest
from made_remote import PIN, MadeStage, frame, serving, wait_for
from seeds import rng_of

from live.arguments.asked import settings_of
from live.arguments.parser import parser
from live.controls.commands import command_for
from live.controls.entries import Name
from live.controls.layout import GROUPS, REST
from live.controls.table import CONTROLS
from live.core.places import Own, places_of, text_of
from live.core.settings import MOST_DANCERS
from live.remote.address import RemoteError, qr_code, shows_codes, url
from live.remote.description import described, lists, settable
from live.remote.door import MINUTE_S, MOST_OF_ALL, MOST_TRIES, Door, new_pin
from live.remote.guest import BURST, MOST_SAID, NUMBER, Guest
from live.remote.news import HELD_S, News
from live.remote.preview import SIDE, jpeg
from live.remote.said import LONGEST, Look, Seen, Set, understood

pytest.importorskip("websockets", reason="no websockets here: pip install websockets")

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from live.remote import server as server_file

LOCAL = {"Host": "127.0.0.1:8770"}


@pytest.fixture(scope="module")
def stage():
    made = MadeStage()
    yield made
    made.close()


def ask(port, path="/", headers=None, host="127.0.0.1"):
    """Status code, headers and body of a plain request."""
    told = {"Host": f"{host}:{port}"} | (headers or {})
    lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in told.items()), "", ""]
    with socket.create_connection((host, port), timeout=60) as asking:
        asking.sendall("\r\n".join(lines).encode())
        answer = b""
        while part := asking.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in rest), body.decode()


def answers(remote):
    """It takes connections and has room for one more."""
    try:
        return ask(remote.port)[0] == 200
    except OSError:  # closed, or nobody there yet
        return False


def enter(port, secret=""):
    return ask(port, "/enter", {"Authorization": f"PIN {secret}"} if secret else {})


def come_in(remote, secret="", **given):
    key = enter(remote.port, secret)[2]
    return connect(
        f"ws://127.0.0.1:{remote.port}/show?key={key}", compression=None, open_timeout=60, **given
    )


def told(page, part, holds=lambda _: True):
    """The next news of this part for which that holds."""
    while True:
        said = page.recv(60)
        if isinstance(said, str) and part in (news := json.loads(said)) and holds(news[part]):
            return news[part]


# who comes in


@pytest.mark.parametrize(
    ("headers", "local", "network"),
    [
        ({"Host": "127.0.0.1:8770"}, True, True),
        ({"Host": "localhost:9999"}, True, True),
        ({"Host": "192.168.1.5:8770"}, False, True),
        ({"Host": "[fd00::2]:8770"}, False, True),
        ({"Host": "stage.local:8770"}, False, True),
        ({"Host": "evil.example:8770"}, False, False),
        ({"Host": "192.168.1.5.evil.example"}, False, False),
        ({"Host": "192.168.1.5@evil.example"}, False, False),
        ({"Host": ""}, False, False),
        ({}, False, False),
        ({"Host": "[::1"}, False, False),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:1"}, True, True),
        ({"Host": "127.0.0.1:1", "Origin": "http://127.0.0.1:2"}, False, False),
        ({"Host": "127.0.0.1:1", "Origin": "http://evil.example"}, False, False),
        ({"Host": "127.0.0.1:1", "Origin": "null"}, False, False),
    ],
)
def test_no_page_of_another_site_comes_in(headers, local, network):
    assert Door("").is_own_page(headers) == local
    assert Door(PIN).is_own_page(headers) == network


def test_a_pin_is_guessed_a_few_times_a_minute():
    now = [0.0]
    door = Door(PIN, lambda: now[0])
    for wrong in range(MOST_TRIES):
        assert door.enter("192.168.1.9", f"{wrong:06}") == 403
    for secret in ("000009", PIN):
        assert door.enter("192.168.1.9", secret) == 429, "also the right one, or it would be told"
    assert door.enter("192.168.1.8", PIN) == 200, "another device"
    assert door.enter("192.168.1.9", door.key) == 200, "who was in comes back"
    now[0] = MINUTE_S
    assert door.enter("192.168.1.9", PIN) == 200


def test_all_together_guess_no_more_than_so_often():
    now = [0.0]
    door = Door(PIN, lambda: now[0])
    for n in range(MOST_OF_ALL):
        assert door.enter(f"10.0.0.{n}", "000000") == 403
    assert door.enter("10.0.1.1", "000000") == 429 == door.enter("10.0.1.1", PIN)
    assert door.enter("10.0.1.1", door.key) == 200


def test_one_device_has_one_address_however_it_is_written():
    door = Door(PIN, lambda: 0.0)
    for n in range(MOST_TRIES):
        assert door.enter(f"fd00::{n + 1:x}", "000000") == 403
        assert door.enter(("::ffff:10.0.0.1", "10.0.0.1")[n % 2], "000000") == 403
    for address in ("fd00::ffff", "10.0.0.1", "::ffff:10.0.0.1"):
        assert door.enter(address, PIN) == 429
    assert door.enter("fd00:0:0:1::1", PIN) == 200


@pytest.mark.parametrize(
    "secret", ["", "12345", "1234567", "١٢٣٤٥٦", "12345a", " 123456", "\ud800"]
)
def test_what_is_no_pin_is_refused_and_not_counted(secret):
    door = Door(PIN, lambda: 0.0)
    for _ in range(2 * MOST_OF_ALL):
        assert door.enter("10.0.0.1", secret) == 403
    assert door.enter("10.0.0.1", PIN) == 200


def test_a_new_pin_has_six_digits_and_keys_differ():
    pins = {new_pin() for _ in range(200)}
    assert len(pins) > 190 and all(len(pin) == 6 and pin.isdigit() for pin in pins)
    assert Door("").key != Door("").key


# where it is


@pytest.mark.parametrize(
    ("words", "host", "port"),
    [
        ("--remote", "127.0.0.1", 8770), ("--remote 8771", "127.0.0.1", 8771),
        ("--remote 0.0.0.0", "0.0.0.0", 8770), ("--remote 192.168.1.5:99", "192.168.1.5", 99),
        ("--remote [::]:99", "::", 99), ("", "127.0.0.1", 0),
    ],
)  # fmt: skip
def test_it_is_opened_to_the_network_only_when_asked(words, host, port):
    settings = settings_of(parser().parse_args(words.split()))
    assert (settings.remote_host, settings.remote) == (host, port)


@pytest.mark.parametrize("words", ["--remote evil.example:1", "--remote x", "--remote 70000",
                                   "--remote-pin 12345", "--remote-pin abcdef"])  # fmt: skip
def test_what_is_no_place_or_pin_is_refused(words, capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(words.split())
    assert "--remote" in capsys.readouterr().err


def test_to_the_network_there_is_always_a_pin(stage):
    remote = stage.remote(host="0.0.0.0")
    remote.close()
    assert len(remote.pin) == 6 and remote.url.endswith(f":{remote.port}/#{remote.pin}")
    assert remote.pin in remote.state and "0.0.0.0" not in remote.url
    here = stage.remote()
    here.close()
    assert here.pin == "" and here.url == f"http://127.0.0.1:{here.port}/"


def test_a_port_in_use_is_one_sentence(stage):
    with (
        contextlib.closing(stage.remote()) as remote,
        pytest.raises(RemoteError, match=r"choose another port, as in --remote 127\.0\.0\.1:\d+\."),
    ):
        stage.remote(port=remote.port)


def test_the_qr_code_is_read_by_a_camera():
    import cv2

    address = url("192.168.1.5", 8770, PIN)
    assert address == "http://192.168.1.5:8770/#123456"
    lines = [
        line.removeprefix("\x1b[30;107m").removesuffix("\x1b[0m")
        for line in qr_code(address).split("\n")
    ]
    assert len({len(line) for line in lines}) == 1
    upper = [[letter not in "▀█" for letter in line] for line in lines]
    lower = [[letter not in "▄█" for letter in line] for line in lines]
    white = np.stack([upper, lower], axis=1).reshape(2 * len(lines), -1)
    picture = np.kron(white.astype(np.uint8) * 255, np.ones((8, 8), np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == address


class Terminal(io.StringIO):
    """With letters of its own."""

    def __init__(self, encoding, is_one=True):
        super().__init__()
        self._letters, self._is_one = encoding, is_one

    @property
    def encoding(self):
        return self._letters

    def isatty(self):
        return self._is_one


def test_a_qr_code_is_shown_where_it_can_be_read(monkeypatch):
    monkeypatch.delenv("WT_SESSION", raising=False)
    assert shows_codes(Terminal("utf-8"), "posix") and shows_codes(Terminal("cp437"), "posix")
    assert not shows_codes(Terminal("cp1252"), "posix")
    assert not shows_codes(Terminal("utf-8", is_one=False), "posix")
    assert not shows_codes(None, "posix"), "a program without a terminal (pythonw)"
    assert not shows_codes(Terminal("utf-8"), "nt"), "it would print signs between the modules"
    monkeypatch.setenv("WT_SESSION", "1")
    assert shows_codes(Terminal("utf-8"), "nt")


# what is told


def test_each_control_stands_once_and_a_group_names_none_that_is_not_there():
    names = [c["name"] for group in described() for c in group["controls"]]
    assert sorted(names) == sorted(control.name for control in settable())
    known = {control.name for control in CONTROLS}
    assert {one for group in GROUPS.values() for one in group} <= known
    assert described()[0]["name"] == "hand" and described()[1]["name"] == "scenes"
    assert all(group["name"] != REST for group in described()), "each has its place"
    assert set(lists()) == {
        "targets",
        "backgrounds",
        "dances",
        "companies",
        "styles",
        "outs",
        "scenes",
        "midi_bindings",
        "quanta",
        "beat_sources",
        "shapes",
        "rates",
        "fits",
    }
    json.dumps(described())


def test_what_was_set_counts_until_it_holds():
    news = News()
    assert news.changes({"gain": 0.0, "x": 1}, 0.0) == {"gain": 0.0, "x": 1}
    news.put("gain", 3.0, 0.0)
    assert news.changes({"gain": 0.0, "x": 1}, 0.01) == {"gain": 3.0}
    assert news.changes({"gain": 0.0, "x": 1}, 0.05) == {}, "the dance has not taken it yet"
    assert news.changes({"gain": 3.0 + 1e-9, "x": 1}, 0.1).keys() <= {"gain"}
    assert news.changes({"gain": 5.0, "x": 1}, 0.11) == {"gain": 5.0}, "set by another"
    news.put("gain", 1.0, 1.0)
    assert news.changes({"gain": 5.0}, 1.0) == {"gain": 1.0}
    assert news.changes({"gain": 5.0}, 1.0 + HELD_S) == {"gain": 5.0}, "it was not taken at all"


def test_who_is_slow_gets_the_newest_only():
    guest = Guest()
    for n in range(1000):
        guest.tell("values", {"x": n, f"of{n % 3}": n})
        guest.tell("meters", {"state": n})
    (message,) = guest.take()
    assert json.loads(message) == {
        "values": {"x": 999, "of0": 999, "of1": 997, "of2": 998}, "meters": {"state": 999}
    }  # fmt: skip
    assert guest.take() == [] and not guest.has_news.is_set()


def test_what_is_told_to_one_is_not_changed_by_what_is_told_to_another():
    shared = {"x": 1}
    one, other = Guest(), Guest()
    for guest in (one, other):
        guest.tell("values", shared)
    one.tell("values", {"x": 2})
    assert shared == {"x": 1} and json.loads(other.take()[0]) == {"values": {"x": 1}}


def test_pictures_come_as_they_are_drawn():
    guest = Guest()
    guest.show(1, b"a")
    assert guest.take() == [], "it does not look"
    guest.look(True)
    sent = []
    for number in range(2, 6):
        guest.show(number, b"a")
        sent += guest.take()
    assert sent == [NUMBER.pack(n) + b"a" for n in (2, 3)] and not guest.takes_picture
    guest.seen(9)
    assert not guest.takes_picture
    guest.seen(3)
    guest.show(6, b"b")
    assert guest.take() == [NUMBER.pack(6) + b"b"]


def test_who_talks_too_much_is_listened_to_later():
    guest, heard, now = Guest(), 0, 0.0
    while now < 10.0:
        heard += 1
        now += guest.pause(now)
    assert 10 * MOST_SAID <= heard <= 10 * MOST_SAID + BURST + 1
    quiet = Guest()
    assert all(quiet.pause(n / 120) == 0.0 for n in range(1200)), "two fingers on two faders"


def test_the_preview_is_small_and_keeps_its_shape():
    import cv2

    for size in ((1080, 1920), (1920, 1080), (90, 160)):
        image = np.zeros((*size, 3), np.uint8)
        image[:, : size[1] // 2] = (250, 20, 20)
        found = cv2.imdecode(np.frombuffer(jpeg(image), np.uint8), cv2.IMREAD_COLOR)
        assert max(found.shape[:2]) == min(SIDE, max(size))
        assert found.shape[0] / found.shape[1] == pytest.approx(size[0] / size[1], abs=0.01)
        assert found[5, 5, 2] > 230 > 40 > found[5, 5, 0], "red on the left"
        assert found[5, -5].max() < 20


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"set": "gain", "to": -3}', Set("gain", -3.0)), ('{"look": false}', Look(False)),
        ('{"set": "mirror", "to": true}', Set("mirror", True)),
        ('{"set": "tap", "to": null}', Set("tap", None)),
        ('{"set": "target", "to": "bob"}', Set("target", "bob")), ('{"seen": 7}', Seen(7)),
        ("", None), ("{", None), ("[]", None), ("7", None), ('{"set": 1, "to": 1}', None),
        ('{"set": "gain"}', None), ('{"set": "gain", "to": []}', None), ('{"seen": true}', None),
        ('{"set": "gain", "to": {"a": 1}}', None), ('{"look": 1}', None), ('{"seen": -1}', None),
        ('{"seen": NaN}', None), ('{"seen": 1e99}', None), (b'{"look": true}', None),
        ('{"set": "keep_scene", "to": "\\ud800"}', None), ("[" * 500, None),
        ('{"set": "target", "to": "' + "a" * 1000 + '"}', None),
    ],
)  # fmt: skip
def test_what_a_page_says(text, said):
    assert understood(text) == said


@pytest.mark.parametrize(
    "control", [one for one in CONTROLS if isinstance(one, Name)], ids=lambda c: c.name
)
@pytest.mark.parametrize("letter", ["a", "\N{SMILING FACE WITH SUNGLASSES}"])
def test_the_longest_text_that_a_control_takes_can_be_said(control, letter):
    said = json.dumps({"set": control.name, "to": letter * control.longest}, ensure_ascii=False)
    assert understood(said) == Set(control.name, letter * control.longest)
    assert len(said.encode()) <= LONGEST, "longer ones close the connection"


def test_places_of_all_dancers_can_be_said():
    text = text_of(dict.fromkeys(range(MOST_DANCERS), Own(-0.1234, -0.1234, 1.1234)))
    assert understood(json.dumps({"set": "places", "to": text})) == Set("places", text)
    assert places_of(text) and command_for("places", text, lambda _: None, 0.0)


def test_a_number_of_as_many_digits_as_they_like_is_none():
    said = understood('{"set": "gain", "to": ' + "9" * 400 + "}")
    assert said == Set("gain", float("inf"))


# the server


def test_nothing_is_told_to_who_has_no_key(stage):
    with serving(stage.remote(host="0.0.0.0", pin=PIN)) as remote:
        status, headers, body = ask(remote.port)
        policy = headers["Content-Security-Policy"]
        nonce = policy.split("script-src 'nonce-")[1].split("'")[0]
        assert status == 200 and body.count(f'nonce="{nonce}"') == 2 and PIN not in body
        assert policy.startswith("default-src 'none'") and "frame-ancestors 'none'" in policy
        assert "://" not in body, "nothing from outside"
        for path in ("/x", "/show", "/page.html", "/../x", "/osc", "/enter/"):
            assert ask(remote.port, path)[0] == 404, path
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            for path in ("/", "/enter", "/show"):
                assert ask(remote.port, path, headers)[0] == 403
        for key in ("", "x", PIN):
            with pytest.raises(InvalidStatus) as caught:
                connect(f"ws://127.0.0.1:{remote.port}/show?key={key}", open_timeout=60)
            assert caught.value.response.status_code == 403
        assert enter(remote.port)[0] == 403 and enter(remote.port, "000000")[0] == 403
        with come_in(remote, PIN) as page:
            assert told(page, "table") == json.loads(json.dumps(described()))
        for _ in range(MOST_TRIES - 1):
            assert enter(remote.port, "000000")[0] == 403
        status, headers, body = enter(remote.port, PIN)
        assert (status, body) == (429, "") and headers["Retry-After"] == "60"


def own_address():
    """Of this computer in a network; "" = it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return ""


def test_only_who_was_asked_to_listens_to_the_network(stage):
    address = own_address()
    if not address or address.startswith("127."):
        pytest.skip("this computer is in no network")
    with serving(stage.remote()) as remote, pytest.raises(ConnectionRefusedError):
        ask(remote.port, host=address)
    with serving(stage.remote(host="0.0.0.0", pin=PIN)) as remote:
        assert remote.url == f"http://{address}:{remote.port}/#{PIN}"
        assert ask(remote.port, host=address)[0] == 200


def test_a_change_is_told_to_all_and_what_cannot_be_is_taken_back(stage):
    with serving(stage.remote()) as remote, come_in(remote) as one, come_in(remote) as other:
        for page in (one, other):
            assert told(page, "values", lambda v: "energy" in v)["target"] == "skeleton"
        one.send('{"set": "energy", "to": 7}')
        for page in (one, other):
            told(page, "values", lambda v: v.get("energy") == 1.0)  # the end of the fader
        other.send('{"set": "target", "to": "/etc/passwd"}')
        assert told(other, "refused") == "target"
        assert told(one, "meters", lambda m: m["pages"] == 2)["state"] == "listening"
        one.send('{"set": "energy", "to": 0}')
        told(other, "values", lambda v: v.get("energy") == 0.0)


def test_pages_are_so_many_and_not_more(stage, monkeypatch):
    monkeypatch.setattr(server_file, "MOST_GUESTS", 2)
    with serving(stage.remote()) as remote, come_in(remote):
        with come_in(remote):
            wait_for(lambda: len(remote._guests) == 2)
            assert enter(remote.port)[0] == 503
            with pytest.raises(InvalidStatus):
                connect(
                    f"ws://127.0.0.1:{remote.port}/show?key={remote._door.key}", open_timeout=60
                )
        wait_for(lambda: len(remote._guests) == 1)
        assert enter(remote.port)[0] == 200


def test_who_reads_nothing_holds_up_nobody(stage):
    with serving(stage.remote()) as remote, come_in(remote) as good, contextlib.ExitStack() as slow:
        deaf = slow.enter_context(socket.create_connection(("127.0.0.1", remote.port)))
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(
            f"GET /show?key={remote._door.key} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        wait_for(lambda: len(remote._guests) == 2)
        for n in range(200):
            wanted = (n % 100) / 100
            good.send(json.dumps({"set": "x", "to": wanted / 2 - 0.2}))
        told(good, "values", lambda v: v.get("x") == pytest.approx(0.99 / 2 - 0.2))
        good.send('{"set": "x", "to": 0}')
        told(good, "values", lambda v: v.get("x") == 0.0)


def test_the_preview_is_told_to_who_looks(stage):
    import cv2

    with serving(stage.remote()) as remote, come_in(remote) as looker, come_in(remote) as other:
        looker.send('{"look": true}')
        wait_for(lambda: any(guest.looks for guest in remote._guests))
        remote.put(frame())
        while isinstance(said := looker.recv(60), str):
            pass
        assert NUMBER.unpack(said[:4]) == (1,)
        found = cv2.imdecode(np.frombuffer(said[4:], np.uint8), cv2.IMREAD_COLOR)
        assert np.abs(found.astype(int) - (40, 40, 200)).max() < 8
        looker.send('{"look": false}')
        wait_for(lambda: not any(guest.looks for guest in remote._guests))
        remote.put(frame())
        for _ in range(10):
            assert isinstance(other.recv(60), str)


def messages(rng):
    """Nearly right, and not at all."""
    right = [b'{"set": "gain", "to": -3.5}', b'{"set": "keep_scene", "to": "x"}', b'{"seen": 12}',
             b'{"set": "target", "to": "alice"}', b'{"look": true}']  # fmt: skip
    for n in range(150):
        wrong = bytearray(right[n % len(right)])
        for place in rng.integers(0, len(wrong), rng.integers(1, 6)):
            wrong[place] = rng.integers(256)
        text = bytes(wrong).decode("latin-1")
        yield text if n % 5 else bytes(wrong)
    for name in (*(control.name for control in CONTROLS), "strobe", "", "/gain", "__class__"):
        for value in ("1e400", "-1", "NaN", '"' + "x" * 90 + '"', '""', "true", "[1]", "9" * 300):
            if name not in ("keep_scene", "target", "dance"):  # these would load and keep
                yield f'{{"set": "{name}", "to": {value}}}'


def test_nonsense_does_no_harm(stage):
    with serving(stage.remote()) as remote, come_in(remote) as good:
        page = come_in(remote)
        for message in messages(rng_of(28)):
            page.send(message)
        page.send('{"set": "y", "to": 0.125}')
        told(good, "values", lambda v: v.get("y") == 0.125)
        with contextlib.suppress(ConnectionClosed):  # too long: it is closed
            page.send('{"set": "y", "to": "' + "x" * 5000 + '"}')
            while True:
                page.recv(60)
        good.send('{"set": "y", "to": 0}')
        told(good, "values", lambda v: v.get("y") == 0.0)


def test_bytes_that_are_no_request_do_no_harm(stage):
    rng = rng_of(29)
    with serving(stage.remote()) as remote:
        for n in range(40):
            with (
                socket.create_connection(("127.0.0.1", remote.port)) as one,
                contextlib.suppress(OSError),
            ):
                one.sendall(
                    b"GET /enter HTTP/1.1\r\n"[: rng.integers(22)]
                    + rng.bytes(int(rng.integers(300)))
                )
                if n % 2:
                    one.sendall(b"\r\n\r\n")
        wait_for(lambda: answers(remote))


def test_what_broke_is_served_again_on_the_same_port(stage, monkeypatch):
    remote = stage.remote()
    port, meters = remote.port, stage.meters
    ending, broken = threading.Event(), []

    def run():
        try:
            remote.run(ending)
        except Exception as error:  # noqa: BLE001 - as the show's worker does
            broken.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with come_in(remote) as page:
            stage.meters = None
            with pytest.raises(ConnectionClosed):
                while True:
                    page.recv(60)
        thread.join(60)
        assert isinstance(broken[0], AttributeError)
    finally:
        stage.meters = meters
        ending.set()
    with serving(remote):
        assert remote.port == port
        wait_for(lambda: answers(remote))
        with come_in(remote) as page:
            told(page, "meters")
