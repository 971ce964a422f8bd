"""OSC as other programs speak: what leaves, read by an independent client and by python-osc."""

import shutil
import socket
import subprocess
import time

import numpy as np
import pytest
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_message import OscMessage
from pythonosc.parsing.ntp import ntp_to_system_time
from seeds import rng_of

from live.core.messages import Beat
from live.core.settings import Receiver
from live.osc.address import OscError
from live.osc.foreign_joints import NI_MATE_JOINTS, OSCELETON_JOINTS, POSENET_JOINTS
from live.osc.own import MAX_DATAGRAM
from live.osc.receivers import parse_receiver
from live.osc.sender import OscSender
from live.osc.table import DIALECTS, OUT
from live.osc.template import Layout, NotFiniteError, Template
from models.skeleton import JOINTS

BEAT = Beat(2.0, 0.5, 0.25, 120.0, 0.25, 0.125, 0.75)
POSE = rng_of().uniform(0, 1, (18, 2)).astype(np.float32)
SIZE = (1920, 1080)


def _at(name):
    return POSE[JOINTS.index(name)].astype(float)


class Inbox:
    """A plain UDP receiver that speaks a dialect."""

    def __init__(self, dialect="dancelive", timetags=False):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(2)
        self.receiver = Receiver(*self.socket.getsockname(), dialect, timetags)

    def all(self):
        """What has come; loopback keeps the order."""
        found = [self.socket.recv(65536)]
        self.socket.setblocking(False)
        try:
            while True:
                found.append(self.socket.recv(65536))
        except BlockingIOError:
            self.socket.settimeout(2)
            return found


@pytest.fixture
def inbox():
    made = []

    def make(*words, **named):
        made.append(Inbox(*words, **named))
        return made[-1]

    yield make
    for one in made:
        one.socket.close()


def _sent(inboxes, poses=1):
    sender = OscSender([one.receiver for one in inboxes], picture_size=SIZE)
    for n in range(poses):
        sender.pose(n + 7, (n + 7) / 30, POSE, BEAT)
    sender.beat(3, 120.0)
    sender.status("alice", 30.0, 21.0, True)
    sender.info(*SIZE)
    sender.close()
    assert sender.n_errors == 0


def test_osceleton_gets_joints_of_a_kinect(inbox):
    one = inbox("osceleton")
    _sent([one], poses=2)
    new_user, new_skel, first, second, lost = one.all()
    events = [OscMessage(data) for data in (new_user, new_skel, lost)]
    assert [(m.address, m.params) for m in events] == [
        ("/new_user", [1]), ("/new_skel", [1]), ("/lost_user", [1])]  # fmt: skip
    assert first == second and first[8:16] == bytes(7) + b"\1" and len(first) < MAX_DATAGRAM
    messages = list(OscBundle(first))
    assert {message.address for message in messages} == {"/joint"}
    assert [message.params[0] for message in messages] == list(OSCELETON_JOINTS)
    joints = {message.params[0]: message.params[1:] for message in messages}
    for user, _, _, z in joints.values():
        assert (user, z) == (1, 0.0) and isinstance(user, int) and isinstance(z, float)
    same = {name: name.replace("foot", "ankle") for name in joints}
    for theirs in same.keys() - {"head", "torso", "l_hand", "r_hand"}:
        assert joints[theirs][1:3] == pytest.approx(_at(same[theirs]))
    assert joints["head"][1:3] == pytest.approx((_at("r_ear") + _at("l_ear")) / 2)
    middle = (_at("neck") + (_at("r_hip") + _at("l_hip")) / 2) / 2
    assert joints["torso"][1:3] == pytest.approx(middle)
    for side in "lr":
        hand, wrist = np.array(joints[f"{side}_hand"][1:3]), _at(f"{side}_wrist")
        assert (hand - wrist) == pytest.approx(0.35 * (wrist - _at(f"{side}_elbow")), abs=1e-6)


def test_poseosc_gets_one_message_of_pixels(inbox):
    one = inbox("poseosc")
    _sent([one])
    (datagram,) = one.all()
    message = OscMessage(datagram)
    assert message.address == "/poses/arr"
    width, height, n_poses, score, *keypoints = message.params
    assert (width, height, n_poses, score) == (*SIZE, 1, 1.0)
    assert len(keypoints) == 17 * 3
    rows = np.array(keypoints).reshape(17, 3)
    assert (rows[:, 2] == 1).all()
    for n, name in enumerate(POSENET_JOINTS):
        side = {"l": "l_", "r": "r_"}.get(name[0], "") if name != "nose" else ""
        ours = side + name.removeprefix("left").removeprefix("right").lower()
        assert rows[n, :2] == pytest.approx(_at(ours) * SIZE, rel=1e-5)


def test_osceleton_gets_a_user_for_each_dancer_as_they_come_and_go(inbox):
    one = inbox("osceleton")
    sender = OscSender([one.receiver])
    sender.pose(0, 0.0, POSE, BEAT)
    sender.pose(1, 0.1, np.stack([POSE, POSE / 2, POSE / 4]), BEAT)
    sender.resize((1280, 720))
    sender.pose(2, 0.2, np.stack([POSE, POSE / 2]), BEAT)
    sender.close()
    told = []
    for datagram in one.all():
        if datagram.startswith(b"#"):
            first = next(iter(OscBundle(datagram)))
            told.append((first.params[1], pytest.approx(first.params[2])))
        else:
            message = OscMessage(datagram)
            told.append((message.address, *message.params))
    x = (POSE[JOINTS.index("r_ear"), 0] + POSE[JOINTS.index("l_ear"), 0]) / 2
    assert told == [
        ("/new_user", 1), ("/new_skel", 1), (1, x),
        ("/new_user", 2), ("/new_skel", 2), ("/new_user", 3), ("/new_skel", 3),
        (1, x), (2, x / 2), (3, x / 4),
        ("/lost_user", 3), (1, x), (2, x / 2),
        ("/lost_user", 1), ("/lost_user", 2),
    ]  # fmt: skip


def test_poseosc_gets_all_dancers_in_one_message(inbox):
    one = inbox("poseosc")
    sender = OscSender([one.receiver], picture_size=SIZE)
    sender.pose(0, 0.0, np.stack([POSE, POSE / 2]), BEAT)
    sender.resize((100, 50))
    sender.pose(1, 0.1, POSE, BEAT)
    sender.close()
    both, alone = (OscMessage(datagram).params for datagram in one.all())
    assert both[:3] == [*SIZE, 2] and len(both) == 3 + 2 * 52
    first, second = np.array(both[3:]).reshape(2, 52)
    assert first[0] == second[0] == 1.0
    np.testing.assert_allclose(
        second[1:].reshape(17, 3)[:, :2], first[1:].reshape(17, 3)[:, :2] / 2
    )
    assert alone[:3] == [100, 50, 1]
    nose = alone[4:6]
    assert nose == pytest.approx(list(_at("nose") * (100, 50)), rel=1e-5)


def test_ni_mate_gets_packets_of_metres(inbox):
    one = inbox("ni-mate")
    _sent([one])
    *joints, sync = [OscMessage(data) for data in one.all()]
    assert [message.address for message in joints] == list(NI_MATE_JOINTS)
    assert (sync.address, sync.params) == ("/NI_mate_sync", [7])
    found = {message.address: message.params for message in joints}
    x, y = _at("l_elbow")
    assert found["Left_Elbow"] == pytest.approx(
        [(x - 0.5) * 2 * 1920 / 1080, (0.5 - y) * 2, -2.0], rel=1e-5
    )
    assert found["Right_Foot"][1] == pytest.approx((0.5 - _at("r_ankle")[1]) * 2, rel=1e-5)


def test_all_dialects_leave_beside_ours_and_of_the_types_in_the_table(inbox):
    inboxes = [inbox(name) for name in DIALECTS] + [inbox(), inbox()]
    _sent(inboxes)
    *others, first, second = (one.all() for one in inboxes)
    assert first == second and len(first) == 4
    for dialect, datagrams in zip(DIALECTS.values(), others, strict=True):
        known = {sent.name: sent.types for sent in dialect.messages}
        for datagram in datagrams:
            parts = OscBundle(datagram) if datagram.startswith(b"#") else [OscMessage(datagram)]
            for message in parts:
                types = known[message.address if message.address in known else "<Joint>"]
                kinds = {"i": int, "f": float, "s": str}
                assert [type(value) for value in message.params] == [kinds[t] for t in types]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_independent_client_reads_each_dialect(dialect, tmp_path):
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
        sender = OscSender([Receiver("127.0.0.1", port, dialect)], picture_size=SIZE)
        for n in range(10):
            sender.pose(n, n / 30, POSE, None)
            time.sleep(1 / 60)
        sender.close()
        time.sleep(0.3)
    finally:
        dump.terminate()
        dump.wait(5)
    text = seen.read_text()
    assert "Invalid" not in text
    for sent in DIALECTS[dialect].messages:
        name = sent.name.replace("<Joint>", "Left_Hand")
        times = 15 if name == "/joint" else 1
        times *= 1 if name.startswith(("/new", "/lost")) else 10
        assert text.count(f" {name} {sent.types} ") == times


@pytest.mark.parametrize("text", ["", "abc", "abcd", "Bühne"])
def test_open_numbers_are_found_around_a_text(text):
    layouts = [Layout("/a", "isf", (None, text, None)), Layout("/bcd", "sfi", (text, None, 7))]
    template = Template(layouts)
    first, second = OscBundle(template.fill([3, 0.5, -0.25]))
    assert first.params == [3, text, 0.5] and second.params == [text, -0.25, 7]
    with pytest.raises(NotFiniteError):
        template.fill([3, np.inf, 0.0])
    alone = Template(layouts[:1], is_bundle=False)
    assert OscMessage(alone.fill([4, 1.0])).params == [4, text, 1.0]


def test_a_pose_that_is_not_finite_leaves_in_no_dialect(inbox):
    joints = POSE.copy()
    joints[JOINTS.index("l_wrist"), 0] = np.nan
    inboxes = [inbox(name) for name in ("osceleton", "poseosc", "ni-mate")]
    sender = OscSender([one.receiver for one in inboxes])
    sender.pose(1, 0.0, joints, None)
    assert sender.n_errors == 3
    sender.close()


def test_time_tags_say_when_it_is_to_be_seen(inbox):
    tagged, plain, skeleton = inbox(timetags=True), inbox(), inbox("osceleton", timetags=True)
    sender = OscSender([one.receiver for one in (tagged, plain, skeleton)])
    due = time.perf_counter() + 0.25
    expected = time.time() + 0.25
    sender.pose(1, 0.0, POSE, BEAT, due)
    sender.bar(2, 4, due)
    sender.beat(5, 120.0, due)
    sender.info(*SIZE)
    sender.close()
    pose, bar, beat, info = tagged.all()
    _, _, joints, _ = skeleton.all()
    for datagram in (pose, bar, beat, joints):
        assert ntp_to_system_time(datagram[8:16]) == pytest.approx(expected, abs=0.02)
    assert pose[8:16] == bar[8:16] or abs(
        ntp_to_system_time(pose[8:16]) - ntp_to_system_time(bar[8:16])
    ) < 0.02  # fmt: skip
    assert [message.params for message in OscBundle(beat)] == [[5, 120.0]]
    assert OscMessage(info).address == "/dancelive/info"
    plain_pose, *events = plain.all()
    assert plain_pose[8:16] == bytes(7) + b"\1"
    assert plain_pose[16:] == pose[16:]
    assert [OscMessage(event).address for event in events] == [
        "/dancelive/bar", "/dancelive/beat", "/dancelive/info"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "receiver"),
    [
        ("192.168.0.7:7000", ("192.168.0.7", 7000, "dancelive", False)),
        ("[::1]:9100", ("::1", 9100, "dancelive", False)),
        ("a.local:1/osceleton", ("a.local", 1, "osceleton", False)),
        ("[::1]:9527/poseosc", ("::1", 9527, "poseosc", False)),
        ("127.0.0.1:7000/ni-mate", ("127.0.0.1", 7000, "ni-mate", False)),
        ("127.0.0.1:9100,timetags", ("127.0.0.1", 9100, "dancelive", True)),
        ("127.0.0.1:7110/osceleton,timetags", ("127.0.0.1", 7110, "osceleton", True)),
    ],
)
def test_receivers(text, receiver):
    assert parse_receiver(text) == receiver


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, "HOST:PORT") for text in ("", "9100", "host:", "host:x", "host:0", "host:70000",
                                           ":9100", "/poseosc", ",timetags", "host:x/poseosc")),
        ("a:1/max", "'max'; there are osceleton, poseosc, ni-mate"),
        ("a:1,late", "'late'; timetags"), ("a:1,", "''; timetags"),
        ("a:1/poseosc,timetags", "no bundles"), ("a:1/ni-mate,timetags", "no bundles"),
    ],
)  # fmt: skip
def test_a_bad_receiver_is_refused_in_one_sentence(text, said):
    with pytest.raises(OscError, match=said):
        parse_receiver(text)


def test_what_left_last_is_told(inbox):
    one = inbox()
    sender = OscSender([one.receiver])
    assert sender.told() == {}
    sender.pose(4, 1.5, POSE, BEAT)
    sender.beat(9, 120.0)
    told = sender.told()
    assert told["frame"] == [4, 1.5] and told["beat"] == (9, 120.0)
    assert told["dancer/0/joint/nose"] == pytest.approx(_at("nose"))
    assert told["dancer/0/pose"] == pytest.approx(POSE.ravel())
    assert set(told) <= {name for sent in OUT for name in sent.names()}
    sender.close()
