"""OSC: what leaves is read by an independent client, what comes in becomes commands."""

import math
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder
from seeds import rng_of

from live.controls.commands import command_for
from live.core.media_clock import MediaClock
from live.core.messages import (
    Beat,
    Blackout,
    ChangeLevel,
    ChooseStyle,
    Freeze,
    Fullscreen,
    Mirror,
    Nudge,
    Reset,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    SwitchTarget,
    Tap,
)
from live.core.settings import Receiver, Settings
from live.core.stats import Stats
from live.osc.address import (
    OscError,
    build_message,
    check_root,
    is_loopback,
    open_socket,
    resolve,
)
from live.osc.listener import OscListener
from live.osc.own import MAX_DATAGRAM, pose_messages
from live.osc.packet import PacketError, messages_of, types_of
from live.osc.schedule import OscSchedule
from live.osc.sender import DEFAULT_RECEIVERS, OscSender
from models.skeleton import JOINTS

JOINTS_01 = np.linspace(0.01, 0.99, 36).reshape(18, 2).astype(np.float32)
BEAT = Beat(2.0, 0.5, 0.25, 120.0, 0.25, 0.125, 0.75)


class Inbox:
    """A plain UDP receiver."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(2)
        self.address = self.socket.getsockname()

    def receive(self):
        return self.socket.recv(65536)


@pytest.fixture
def inbox():
    inbox = Inbox()
    yield inbox
    inbox.socket.close()


@pytest.fixture
def sender(inbox):
    sender = OscSender([Receiver(*inbox.address)])
    yield sender
    sender.close()


def read(datagram):
    """address -> values of a bundle, with its order kept."""
    return {message.address: message.params for message in OscBundle(datagram)}


def reference_bundle(root, numbers, bar_known):
    """The same bundle as python-osc builds it, argument by argument."""
    bundle = OscBundleBuilder(IMMEDIATELY)
    numbers = list(numbers)
    for address, types in pose_messages(root, bar_known):
        message = OscMessageBuilder(address)
        for tag in types:
            message.add_arg(numbers.pop(0), tag)
        bundle.add_content(message.build())
    assert not numbers
    return bundle.build().dgram


@pytest.mark.parametrize("bar_phase", [None, 0.125])
def test_the_pose_bundle_is_byte_for_byte_what_python_osc_builds(sender, inbox, bar_phase):
    beat = Beat(2.0, 0.5, 0.25, 120.0, 0.25, bar_phase, 0.75)
    sender.pose(7, 2.0, JOINTS_01, beat)
    flat = JOINTS_01.ravel().tolist()
    numbers = [7, 2.0, *flat, *flat, 0.5, 0.25, 120.0, 0.25, 0.75]
    numbers += [] if bar_phase is None else [bar_phase]
    datagram = inbox.receive()
    assert datagram == reference_bundle("/dancelive", numbers, bar_phase is not None)
    assert len(datagram) < MAX_DATAGRAM


def test_the_pose_bundle_holds_the_published_addresses_and_only_f_and_i(sender, inbox):
    sender.pose(3, 1.5, JOINTS_01, BEAT)
    datagram = inbox.receive()
    messages = read(datagram)
    for n, joint in enumerate(JOINTS):
        expected = JOINTS_01[n].tolist()
        assert messages[f"/dancelive/dancer/0/joint/{joint}"] == pytest.approx(expected)
    assert messages["/dancelive/dancer/0/pose"] == pytest.approx(JOINTS_01.ravel().tolist())
    assert messages["/dancelive/frame"] == pytest.approx([3, 1.5])
    assert isinstance(messages["/dancelive/frame"][0], int)
    assert struct.unpack(">Q", datagram[8:16]) == (1,)  # immediately
    tags = set(b"".join(re.findall(rb",([a-zA-Z\[\]]+)\0", datagram)).decode())
    assert tags == {"f", "i"}


def test_beat_and_bar_phase_are_those_of_the_moment_of_the_pose(sender, inbox):
    sender.pose(1, 2.25, JOINTS_01, BEAT)  # half a beat after the beat's own time at 120 BPM
    messages = read(inbox.receive())
    assert messages["/dancelive/beat/phase"] == pytest.approx([0.75])
    assert messages["/dancelive/bar/phase"] == pytest.approx([0.25])


def test_without_a_beat_the_bundle_is_complete_but_for_the_bar(sender, inbox):
    sender.pose(1, 0.0, JOINTS_01, None)
    messages = read(inbox.receive())
    for name in ("audio/level", "audio/onset", "beat/bpm", "beat/phase", "beat/confidence"):
        assert messages[f"/dancelive/{name}"] == [0.0]
    assert "/dancelive/bar/phase" not in messages


def test_switches_turn_the_picture_over_and_into_pixels(inbox):
    sender = OscSender([Receiver(*inbox.address)], "/show/", True, True, (640, 480))
    sender.pose(1, 0.0, np.full((18, 2), 0.25, np.float32), None)
    assert read(inbox.receive())["/show/dancer/0/joint/nose"] == pytest.approx([160, 360])
    sender.close()


def test_what_is_not_finite_is_never_sent(sender, inbox):
    joints = JOINTS_01.copy()
    joints[4, 1] = np.nan
    sender.pose(1, 0.0, joints, BEAT)
    sender.pose(2, 0.0, JOINTS_01, Beat(0.0, math.inf, 0.0, 0.0, None, None, 0.0))
    sender.beat(1, math.nan)
    assert sender.n_errors == 3
    sender.pose(3, 0.0, JOINTS_01, None)
    assert read(inbox.receive())["/dancelive/frame"][0] == 3


def test_the_status_is_sent_while_the_latency_is_unknown(sender, inbox):
    sender.status("alice", 30.0, math.nan, False)
    message = type(build_message("/x", "", []))(inbox.receive())
    assert message.address == "/dancelive/status"
    assert message.params == ["alice", 30.0, 0.0, 0.0]


def test_a_receiver_that_cannot_be_reached_is_counted_and_the_others_still_get_it(inbox):
    sender = OscSender([Receiver("240.0.0.1", 9), Receiver(*inbox.address)])  # reserved: no route
    sender.pose(1, 0.0, JOINTS_01, None)
    assert read(inbox.receive())["/dancelive/frame"][0] == 1
    for group in sender._groups.values():
        group.places[0][0].close()  # a socket that always fails
    sender.pose(2, 0.0, JOINTS_01, None)
    assert sender.n_errors >= 1
    assert read(inbox.receive())["/dancelive/frame"][0] == 2
    sender.close()


def test_a_bundle_costs_a_fraction_of_a_millisecond(sender):
    began = time.thread_time()
    for n in range(300):
        sender.pose(n, n / 30, JOINTS_01, BEAT)
    assert (time.thread_time() - began) / 300 < 0.0005  # python-osc's builder: 1.5 ms


def test_roots_and_receivers_that_cannot_be():
    for root in ("dancelive", "/a b", "/dance#live", "/a//b", "/", "/" + "x" * 60):
        with pytest.raises(OscError):
            OscSender(root=root)
    with pytest.raises(OscError, match="no address"):
        OscSender([Receiver("no-such-host.invalid", 9100)])


def test_an_independent_client_reads_everything(tmp_path):
    """liblo's oscdump; it refuses what is malformed."""
    if shutil.which("oscdump") is None:
        pytest.skip("oscdump is not installed (apt-get install liblo-tools)")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    seen = tmp_path / "seen.txt"
    with seen.open("w") as into:
        dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=into)
    try:
        time.sleep(0.5)
        sender = OscSender([Receiver("127.0.0.1", port)])
        for n in range(60):
            sender.pose(n, n / 30, JOINTS_01, BEAT)
            time.sleep(1 / 60)
        sender.bar(2, 4)
        sender.beat(5, 120.0)
        sender.status("alice", 30.0, 21.0, True)
        sender.info(512, 512)
        time.sleep(0.3)
        sender.close()
    finally:
        dump.terminate()
        dump.wait(5)
    lines = seen.read_text().splitlines()
    text = "\n".join(lines)
    assert sender.n_errors == 0
    assert "Invalid" not in text
    frames = [line for line in lines if "/dancelive/frame if " in line]
    assert len(frames) == 60
    for joint in JOINTS:
        assert sum(f"/dancelive/dancer/0/joint/{joint} ff " in line for line in lines) == 60
    assert sum(f"/dancelive/dancer/0/pose {'f' * 36} " in line for line in lines) == 60
    assert "/dancelive/bar/phase f " in text
    assert "/dancelive/bar ii 2 4" in text
    assert "/dancelive/beat if 5 120.0" in text
    assert '/dancelive/status sfff "alice" 30.0' in text
    assert f'/dancelive/info iiis 1 512 512 "{" ".join(JOINTS)}"' in text


VALUES = {
    "target": "alice",
    "targets": ("alice", "skeleton"),
    "styles": ("cha-cha", "rumba"),
    "blackout": False,
    "gain": -3.0,
    "mirror": False,
    "bpm": 128.0,
    "nudge": -20.0,
}


def asking(put):
    """What a show does with what is asked, without waiting for a beat."""

    def ask(name, value, arrived_at):
        commands = command_for(name, value, VALUES.get, arrived_at)
        for command in commands or ():
            put(command)
        return commands

    return ask


@pytest.fixture
def listener():
    commands = []
    listener = OscListener(0, "/dancelive", asking(commands.append), VALUES.get)
    listener.commands = commands
    ending = threading.Event()
    thread = threading.Thread(target=listener.run, args=(ending,), daemon=True)
    thread.start()
    yield listener
    ending.set()
    thread.join(2)


def send(listener, inbox, *datagrams):
    for datagram in datagrams:
        inbox.socket.sendto(datagram, ("127.0.0.1", listener.port))


def wait_until(is_true):
    end = time.monotonic() + 3
    while not is_true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_control_messages_become_commands(listener, inbox):
    sent = [
        ("target", "s", ["skeleton"], SwitchTarget("skeleton")),
        ("target", "i", [0], SwitchTarget("alice")),
        ("blackout", "i", [1], Blackout(True)),
        ("blackout", "f", [0.0], Blackout(False)),
        ("blackout", "T", [True], Blackout(True)),
        ("freeze", "F", [False], Freeze(False)),
        ("freeze", "", [], Freeze(None)),
        ("fullscreen", "i", [1], Fullscreen(True)),
        ("mirror", "f", [1.0], Mirror(True)),
        ("mirror", "", [], Mirror(None)),
        ("phase_lock", "i", [0], SetPhaseLock(False)),
        ("gain", "f", [6.0], SetGain(6.0)),
        ("gain", "f", [900.0], SetGain(40.0)),
        ("energy", "d", [-0.5], SetEnergy(-0.5)),
        ("style", "i", [3], ChooseStyle("3")),
        ("style", "f", [0.0], ChooseStyle("auto")),
        ("style", "s", ["rumba"], ChooseStyle("rumba")),
        ("bpm", "f", [128.0], SetBpm(128.0)),
        ("bpm", "i", [0], SetBpm(0.0)),
        ("nudge", "f", [-10.0], Nudge(-10.0)),
        ("nudge", "i", [9000], Nudge(500.0)),
        ("double", "", [], ChangeLevel(2.0)),
        ("half", "i", [1], ChangeLevel(0.5)),
        ("reset", "", [], Reset()),
        ("reset", "i", [1], Reset()),
    ]
    for name, types, values, _ in sent:
        send(listener, inbox, build_message(f"/dancelive/{name}", types, values).dgram)
    wait_until(lambda: len(listener.commands) >= len(sent))
    assert listener.commands == [command for *_, command in sent]
    assert listener.n_ignored == 0


def test_an_impulse_is_a_message_without_a_value(listener, inbox, capfd):
    send(listener, inbox, b"/dancelive/reset\0\0\0\0,I\0\0", b"/dancelive/mirror\0\0\0,I\0\0")
    send(listener, inbox, b"/dancelive/gain\0,I\0\0", b"/dancelive/ping\0,I\0\0")
    wait_until(lambda: listener.n_ignored == 1)
    assert listener.commands == [Reset(), Mirror(None)]
    assert type(build_message("/x", "", []))(inbox.receive()).params == [1]
    assert capfd.readouterr() == ("", "")


def test_an_independent_client_gives_commands(listener):
    if shutil.which("oscsend") is None:
        pytest.skip("oscsend is not installed (apt-get install liblo-tools)")
    for message in (["blackout", "T"], ["blackout", "i", "0"], ["gain", "f", "3"], ["freeze"],
                    ["target", "s", "skeleton"]):  # fmt: skip
        address = f"/dancelive/{message[0]}"
        subprocess.run(
            ["oscsend", "127.0.0.1", str(listener.port), address, *message[1:]], check=True
        )
    expected = [Blackout(True), Blackout(False), SetGain(3.0), Freeze(None)]
    expected.append(SwitchTarget("skeleton"))
    wait_until(lambda: listener.commands == expected)


def test_taps_keep_the_time_of_their_arrival(listener, inbox):
    """A button sends 1 and 0; any press counts, no letting go does."""
    if shutil.which("oscsend") is None:
        pytest.skip("oscsend is not installed (apt-get install liblo-tools)")
    between = [time.perf_counter()]
    for argument in (["i", "1"], ["i", "0"], [], ["f", "0.7"], ["F"], ["T"]):
        subprocess.run(
            ["oscsend", "127.0.0.1", str(listener.port), "/dancelive/tap", *argument], check=True
        )
        time.sleep(0.05)
        between.append(time.perf_counter())
    wait_until(lambda: len(listener.commands) == 4)
    assert listener.n_ignored == 0
    for tap, n in zip(listener.commands, (0, 2, 3, 5), strict=True):
        assert isinstance(tap, Tap)
        assert between[n] < tap.at < between[n + 1]


PATHS = ("/etc", "./me", "../me", "C:\\me", "me.zip", "a/b", "x" * 101)


def nested(depth):
    """A command in a bundle in a bundle ..."""
    datagram = build_message("/dancelive/blackout", "i", [1]).dgram
    for _ in range(depth):
        datagram = b"#bundle\0" + bytes(8) + struct.pack(">i", len(datagram)) + datagram
    return datagram


# Raw, as another program sends them: type tags, then the bytes of the values.
STRANGE = (
    (b",c\0\0", b"\0\0\0x"), (b",S\0\0", b"1\0\0\0"), (b",N\0\0", b""), (b",II\0", b""),
    (b",r\0\0", b"\1\2\3\4"), (b",m\0\0", b"\0\x90\x40\x40"), (b",b\0\0", b"\0\0\0\4abcd"),
    (b",t\0\0", bytes(8)), (b",[i]\0\0\0\0", b"\0\0\0\1"), (b",iZ\0", b"\0\0\0\1"),
    (b",i\0\0", b""), (b",d\0\0", b"\0\0\0\1"), (b",s\0\0", b""), (b"i\0\0\0", b"\0\0\0\1"),
    (b"," + b"Z" * 60_003, b""),
)  # fmt: skip


@pytest.mark.parametrize("name", ["blackout", "mirror", "reset", "tap", "ping", "target", "style"])
def test_values_of_strange_types_are_no_triggers(listener, inbox, name, capfd):
    """They are counted, say nothing, and are answered by nothing."""
    address = f"/dancelive/{name}".encode()
    address += bytes(4 - len(address) % 4)
    send(listener, inbox, *(address + tags + values for tags, values in STRANGE))
    send(listener, inbox, build_message("/dancelive/freeze", "i", [1]).dgram)
    wait_until(lambda: listener.commands)
    assert listener.commands == [Freeze(True)]
    assert listener.n_ignored == len(STRANGE)
    inbox.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        inbox.receive()
    assert capfd.readouterr() == ("", "")


def test_one_strange_message_in_a_bundle_spoils_no_other(listener, inbox):
    good = build_message("/dancelive/freeze", "i", [1]).dgram
    bad = b"/dancelive/mirror\0\0\0,c\0\0\0\0\0x"
    bundle = b"#bundle\0" + bytes(8)
    bundle += b"".join(struct.pack(">i", len(part)) + part for part in (bad, good, bad))
    send(listener, inbox, bundle)
    wait_until(lambda: listener.commands == [Freeze(True)] and listener.n_ignored == 2)


def test_no_datagram_is_answered_by_a_traceback_or_a_long_line(listener, inbox, capfd):
    """Mutated ones: bytes changed, cut, doubled."""
    rng = rng_of(1)
    whole = [
        build_message("/dancelive/ping", "s", ["hello"]).dgram,
        build_message("/dancelive/target", "s", ["skeleton"]).dgram,
        build_message("/dancelive/gain", "f", [1.0]).dgram,
        nested(3),
    ]
    for _ in range(300):
        data = bytearray(whole[rng.integers(len(whole))])
        for _ in range(rng.integers(1, 4)):
            data[rng.integers(len(data))] = rng.integers(256)
        send(listener, inbox, bytes(data[: rng.integers(1, len(data) + 1)]) * rng.integers(1, 3))
        time.sleep(0.001)  # so that none is lost
    send(listener, inbox, build_message("/dancelive/freeze", "i", [1]).dgram)
    wait_until(lambda: Freeze(True) in listener.commands)
    assert listener.n_ignored > 100
    assert capfd.readouterr() == ("", "")


def test_what_is_not_understood_is_counted_and_harms_nothing(listener, inbox):
    def message(name, types="", values=()):
        return build_message(name, types, values).dgram

    bad = [
        b"",
        b"\0" * 8,
        b"garbage",
        b"/dancelive/blackout",  # cut off
        b"/dancelive/gain\0,f\0\0\0",  # no value
        b"#bundle\0" + b"\xff" * 40,
        b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x10/x\0\0",
        bytes(range(256)) * 8,
        message("/other/blackout", "i", [1]),
        message("/dancelive/unknown", "i", [1]),
        message("/dancelive/blackout", "s", ["on"]),
        message("/dancelive/gain"),
        message("/dancelive/gain", "f", [math.nan]),
        message("/dancelive/gain", "ff", [1.0, 2.0]),
        message("/dancelive/style", "i", [5]),
        message("/dancelive/style", "s", ["polka"]),
        message("/dancelive/bpm"),
        message("/dancelive/bpm", "f", [1.0]),  # a fader from 0 to 1, not a tempo
        message("/dancelive/bpm", "f", [500.0]),
        message("/dancelive/bpm", "f", [math.inf]),
        message("/dancelive/nudge"),
        message("/dancelive/tap", "s", ["now"]),
        message("/dancelive/target", "i", [9]),
        message("/dancelive/target", "s", [""]),
        message("/dancelive/nothing", "s", ["?"]),
        *(message("/dancelive/target", "s", [path]) for path in PATHS),
        message("/dancelive/ping", "ii", [1, 2]),
        message("/dancelive/ping", "s", ["x" * 60_000]),
        # A bundle whose element has a size below zero, then one inside the other for ever.
        b"#bundle\0" + bytes(8) + struct.pack(">i", -4),
        nested(100),
    ]
    rng = rng_of(0)
    bad += [b"/dancelive/blackout\0" + rng.bytes(40) for _ in range(50)]
    send(listener, inbox, *bad)
    # A button that is let go is understood and means nothing.
    send(listener, inbox, message("/dancelive/reset", "i", [0]))
    send(listener, inbox, message("/dancelive/freeze", "i", [1]))
    wait_until(lambda: Freeze(True) in listener.commands)
    assert listener.commands[-1] == Freeze(True)
    assert all(isinstance(command, Blackout | Freeze) for command in listener.commands)
    assert listener.n_ignored + listener.n_commands == len(bad) + 1


def test_a_bundle_of_commands_for_the_future_is_obeyed_at_once(listener, inbox):
    bundle = OscBundleBuilder(time.time() + 3600)
    bundle.add_content(build_message("/dancelive/blackout", "i", [1]))
    bundle.add_content(build_message("/dancelive/freeze", "i", [0]))
    send(listener, inbox, bundle.build().dgram)
    wait_until(lambda: listener.commands == [Blackout(True), Freeze(False)])


@pytest.mark.parametrize(
    ("name", "types", "values", "answer"),
    [
        ("ping", "", [], ("/dancelive/pong", [1])),
        ("ping", "i", [42], ("/dancelive/pong", [42])),
        ("target", "s", ["?"], ("/dancelive/target", ["alice"])),
        ("blackout", "s", ["?"], ("/dancelive/blackout", [0])),
        ("gain", "s", ["?"], ("/dancelive/gain", [-3.0])),
        ("bpm", "s", ["?"], ("/dancelive/bpm", [128.0])),
        ("nudge", "s", ["?"], ("/dancelive/nudge", [-20.0])),
        ("targets", "s", ["?"], ("/dancelive/targets", ["alice skeleton"])),
        ("ping", "h", [2**40], ("/dancelive/pong", [2**40])),
        ("ping", "d", [1e300], ("/dancelive/pong", [1e300])),
        ("ping", "T", [True], ("/dancelive/pong", [True])),
    ],
)
def test_questions_are_answered(listener, inbox, name, types, values, answer):
    send(listener, inbox, build_message(f"/dancelive/{name}", types, values).dgram)
    datagram = inbox.receive()
    message = type(build_message("/x", "", []))(datagram)
    assert (message.address, message.params) == answer


def test_a_port_in_use_is_refused_in_one_sentence(listener):
    with pytest.raises(OscError, match=f"port {listener.port}"):
        OscListener(listener.port, "/dancelive", asking(print), VALUES.get)
    with pytest.raises(OscError, match="99999 is no port"):
        OscListener(99999, "/dancelive", asking(print), VALUES.get)


def test_a_port_that_breaks_is_opened_anew(inbox):
    commands, ending = [], threading.Event()
    listener = OscListener(0, "/dancelive", asking(commands.append), VALUES.get)
    port = listener.port
    listener._server.socket.close()  # as a network that is taken away may leave it
    with pytest.raises((OSError, ValueError)):
        listener.run(ending)
    thread = threading.Thread(target=listener.run, args=(ending,), daemon=True)
    thread.start()
    wait_until(lambda: listener._server is not None)
    send(listener, inbox, build_message("/dancelive/freeze", "i", [1]).dgram)
    wait_until(lambda: commands == [Freeze(True)])
    assert listener.port == port
    ending.set()
    thread.join(2)
    assert not thread.is_alive() and listener._server is None


def test_a_trigger_turns_what_is_on_off_and_back():
    for name, command in (("mirror", Mirror(None)), ("phase_lock", SetPhaseLock(None))):
        assert command_for(name, None, {name: True}.get, 0.0) == [command]


def test_only_this_computer_commands(listener):
    """Whoever wants it otherwise gives the host."""
    assert listener._server.server_address == ("127.0.0.1", listener.port)
    open_to_all = OscListener(0, "/dancelive", asking(print), VALUES.get, "0.0.0.0")
    assert open_to_all._server.server_address == ("0.0.0.0", open_to_all.port)
    open_to_all.close()


@pytest.mark.parametrize(
    ("host", "is_closed"),
    [("127.0.0.1", True), ("localhost", True), ("127.3.2.1", True), ("::1", True),
     ("0.0.0.0", False), ("::", False), ("192.168.0.7", False)],
)  # fmt: skip
def test_what_the_network_reaches(host, is_closed):
    assert is_loopback(host) == is_closed


def test_an_address_that_this_computer_has_not_is_refused_in_one_sentence():
    with pytest.raises(OscError, match="an address of this computer"):
        OscListener(0, "/dancelive", asking(print), VALUES.get, "192.0.2.1")  # kept for examples
    with pytest.raises(OscError, match=r"OSC input no-such-host\.invalid:0 has no address"):
        OscListener(0, "/dancelive", asking(print), VALUES.get, "no-such-host.invalid")


@pytest.mark.parametrize(
    ("name", "value", "commands"),
    [
        ("gain", -40.5, [SetGain(-40.0)]), ("gain", 39, [SetGain(39.0)]),
        ("gain", 41, [SetGain(40.0)]), ("energy", 5, [SetEnergy(1.0)]),
        ("energy", -5, [SetEnergy(-1.0)]), ("energy", 0.9, [SetEnergy(0.9)]),
        ("nudge", -501, [Nudge(-500.0)]), ("nudge", 501, [Nudge(500.0)]),
        ("nudge", 499, [Nudge(499.0)]), ("bpm", 40, [SetBpm(40.0)]), ("bpm", 240, [SetBpm(240.0)]),
        ("bpm", 39.9, None), ("bpm", 240.1, None), ("bpm", -0.5, None), ("bpm", 0, [SetBpm(0.0)]),
        ("target", 1, [SwitchTarget("skeleton")]), ("target", 0.9, [SwitchTarget("alice")]),
        ("target", 2, None), ("target", -1, None), ("target", True, None), ("target", None, None),
        ("target", "a", [SwitchTarget("a")]), ("target", "x" * 100, [SwitchTarget("x" * 100)]),
        ("style", 4, [ChooseStyle("4")]),
        ("style", 1, None), ("style", None, None), ("style", "auto", [ChooseStyle("auto")]),
        ("mirror", 0.5, [Mirror(True)]), ("mirror", -1, [Mirror(True)]), ("tap", 0, []),
        ("tap", 2, [Tap(7.5)]), ("tap", None, [Tap(7.5)]), ("reset", 0.0, []),
        ("reset", False, []), ("reset", "now", None), ("gain", True, [SetGain(1.0)]),
        ("double", 0, []), ("double", 1, [ChangeLevel(2.0)]), ("half", None, [ChangeLevel(0.5)]),
        ("anything", None, None), ("anything", 1, None),
    ],
)  # fmt: skip
def test_how_far_each_command_goes(name, value, commands):
    assert command_for(name, value, VALUES.get, 7.5) == commands


def test_bundles_in_bundles_are_read_to_the_eighth():
    assert len(messages_of(nested(8))) == 1
    assert messages_of(nested(8))[0].params == [1]
    with pytest.raises(PacketError):
        messages_of(nested(9))


@pytest.mark.parametrize("text", ["", "a", "abc", "abcd", "abcde", "Bühne", "x" * 12, "y" * 43])
@pytest.mark.parametrize("more", ["", "i", "dT"])
def test_a_text_that_is_cut_off_is_not_understood(text, more):
    """Whatever its length, up to the four bytes that it is filled up to."""
    values = {"i": 7, "d": 0.5, "T": True}
    given = [text, *(values[tag] for tag in more)]
    whole = build_message("/a", "s" + more, given)
    (read_back,) = messages_of(whole.dgram)
    assert read_back.params == given and types_of(read_back) == "s" + more
    if text or more:
        assert messages_of(whole.dgram[:-4]) == [None]


def test_what_is_a_root_and_what_a_socket_of_ours_may():
    assert check_root("/show/") == "/show"
    sender = open_socket(socket.AF_INET)
    assert sender.getblocking() is False
    assert sender.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) != 0
    assert sender.type == socket.SOCK_DGRAM
    sender.close()


def test_the_older_kind_of_address_is_taken_where_there_are_two(monkeypatch):
    """localhost is often ::1 first, where few OSC programs listen."""
    found = [
        (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", 9100, 0, 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 9100)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: list(found))
    assert resolve("localhost", 9100) == (socket.AF_INET, ("127.0.0.1", 9100))
    del found[1]
    assert resolve("localhost", 9100) == (socket.AF_INET6, ("::1", 9100, 0, 0))


def test_what_leaves_beside_the_poses(sender, inbox):
    sender.beat(3, 128.5)
    sender.beat(2**31 + 5, 60.0)
    sender.bar(2**31 + 2, 3)
    sender.status("alice", 29.5, 21.0, True)
    sender.info(640, 360)
    read_one = type(build_message("/x", "", []))
    told = [read_one(inbox.receive()) for _ in range(5)]
    assert [(message.address, message.params) for message in told] == [
        ("/dancelive/beat", [3, 128.5]), ("/dancelive/beat", [5, 60.0]),
        ("/dancelive/bar", [2, 3]), ("/dancelive/status", ["alice", 29.5, 21.0, 1.0]),
        ("/dancelive/info", [1, 640, 360, " ".join(JOINTS)]),
    ]  # fmt: skip
    assert (sender.n_sent, sender.n_errors) == (5, 0)


def test_a_show_that_goes_on_counts_on(sender, inbox):
    sender.first_number, sender.first_seconds = 900, 30.0
    sender.pose(7, 0.25, JOINTS_01, BEAT)
    messages = read(inbox.receive())
    assert messages["/dancelive/frame"] == [907, 30.25]
    # At 120 BPM a beat is half a second; the phases stay those of the sound.
    assert messages["/dancelive/beat/phase"] == pytest.approx([(0.25 + (0.25 - 2.0) * 2) % 1])
    sender.first_number = 2**31 - 1
    sender.pose(2, 0.0, JOINTS_01, None)
    assert read(inbox.receive())["/dancelive/frame"][0] == 1


def test_the_counts_of_a_show_that_crashed_are_gone_on_from(sender):
    schedule = OscSchedule(
        Settings(osc_rate=20.0), sender, MediaClock(0.0), Stats(), lambda _: JOINTS_01,
        lambda: None, lambda: None,
    )  # fmt: skip
    schedule.go_on_from(10.01)
    assert (sender.first_number, sender.first_seconds) == (201, pytest.approx(10.05))


def test_to_nobody_in_particular_it_goes_where_the_manual_says():
    assert DEFAULT_RECEIVERS == (("127.0.0.1", 9100, "dancelive", False),)
    sender = OscSender()
    (group,) = sender._groups.values()
    assert [address for _, address in group.places] == [("127.0.0.1", 9100)]
    sender.close()


def test_what_is_said_back_is_short(listener, inbox):
    """Nobody makes this program send much to somebody else."""
    for text, is_answered in (("x" * 100, True), ("x" * 101, False), ("", True)):
        before = listener.n_ignored
        send(listener, inbox, build_message("/dancelive/ping", "s", [text]).dgram)
        if is_answered:
            answer = type(build_message("/x", "", []))(inbox.receive())
            assert answer.params == [text]
        else:
            wait_until(lambda before=before: listener.n_ignored == before + 1)


def test_others_hear_the_answers_as_well(inbox):
    """The program that shows the values need not be the one that asks."""
    also = Inbox()
    listener = OscListener(
        0, "/dancelive", asking(print), VALUES.get, also=[also.address, inbox.address, also.address]
    )
    listener._packet(build_message("/dancelive/gain", "s", ["?"]).dgram, inbox.address)
    for one in (inbox, also):
        assert type(build_message("/x", "", []))(one.receive()).params == [-3.0]
        one.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            one.receive()
    assert (listener.n_ignored, listener.n_commands) == (0, 0)
    listener._packet(build_message("/dancelive/freeze", "i", [1]).dgram, inbox.address)
    assert listener.n_commands == 1
    listener.close()
    also.socket.close()


def test_an_asker_that_cannot_be_reached_is_counted_and_the_others_still_hear_it(inbox):
    listener = OscListener(0, "/dancelive", asking(print), VALUES.get, also=[inbox.address])
    listener._packet(build_message("/dancelive/gain", "s", ["?"]).dgram, ("127.0.0.1", 0))
    assert type(build_message("/x", "", []))(inbox.receive()).params == [-3.0]
    assert listener.n_ignored == 1
    listener.close()
