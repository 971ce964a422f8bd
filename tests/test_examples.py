"""The examples use only OSC that there is, with its types; what can be run here is run."""

import ast
import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from browsers import needs_browser, opened_browser
from made_touchdesigner import WHEN_USED, ScriptChop, ScriptTop, TextDats
from seeds import rng_of, seed_of
from stage_program import free_port
from websockets.sync.client import connect

from live.controls.commands import command_for
from live.controls.table import CONTROLS
from live.core.messages import Beat
from live.core.settings import Receiver
from live.osc.rows import types_text
from live.osc.sender import OscSender
from live.osc.table import OUT
from models.skeleton import JOINTS, LIMBS

EXAMPLES = Path(__file__).parents[1] / "examples"
TD = EXAMPLES / "touchdesigner" / "dancelive_td.py"
MAX = EXAMPLES / "max" / "dancelive.maxpat"
PROCESSING = EXAMPLES / "processing" / "dancelive" / "dancelive.pde"
SKETCH = EXAMPLES / "p5" / "sketch.js"
BRIDGE = EXAMPLES / "p5" / "bridge.py"
SENT = {f"/dancelive/{name}": sent.types for sent in OUT for name in sent.names()}
COMMANDS = {f"/dancelive/{control.name}" for control in CONTROLS}
POSE = rng_of(4).uniform(0.1, 0.9, (18, 2)).astype(np.float32)
READ = {"targets": ("alice", "skeleton"), "styles": ("house",)}.get


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(EXAMPLES.rglob("*")) if file.is_file()],
    ids=lambda file: file.name,
)
def test_every_address_of_an_example_is_one_of_ours(file):
    named = set(
        re.findall(r"(?<!\w)/dancelive(?:/[a-z0-9_]+)+/?", file.read_text(encoding="utf-8"))
    )
    for address in named:
        if address.endswith("/"):
            assert any(known.startswith(address) for known in SENT), address
        else:
            assert address in SENT or address in COMMANDS, address


def _touchdesigner():
    """The names that the script gives, without running what needs TouchDesigner."""
    tree = ast.parse(TD.read_text(encoding="utf-8"))
    given = [node for node in tree.body if isinstance(node, ast.Assign)]
    names: dict = {}
    exec(compile(ast.Module(given, []), str(TD), "exec"), names)
    return names


def test_touchdesigner_knows_the_types_and_the_joints():
    """TouchDesigner cannot run here; its tables are dictionaries."""
    names = _touchdesigner()
    assert names["JOINTS"] == list(JOINTS) and (names["PORT"], names["COMMANDS_PORT"]) == (
        9100, 9101)  # fmt: skip
    tables: dict = {"joints": {}, "values": {}}
    inside: dict = {"op": tables.__getitem__}
    exec(names["CALLBACKS"], inside)
    assert all(SENT[address] == types for address, types in inside["VALUES"].items())
    said = re.findall(r"'(/dancelive/[\w/]+)'\S*  # ([ifs]+)$", names["CALLBACKS"], re.MULTILINE)
    assert len(said) == 2
    for address, types in said:
        assert SENT[address + "nose" if address.endswith("/") else address] == types
    messages = [(f"/dancelive/dancer/0/joint/{joint}", [0.25, 0.75]) for joint in JOINTS]
    messages += [
        ("/dancelive/beat", [7, 128.0]),
        ("/dancelive/info", [1, 1920, 1080, "nose"]),
        ("/dancelive/beat/phase", [0.5]),
        ("/dancelive/dancer/0/pose", [0.0] * 36),
    ]
    for address, args in messages:
        inside["onReceiveOSC"](None, 0, "", b"", 0.0, address, args, None)
    assert tables["joints"] == {(j, axis): 0.25 for j in JOINTS for axis in "xy"}
    assert tables["values"] == {
        ("beat", 1): 7, ("beat_phase", 1): 0.5, ("aspect", 1): pytest.approx(16 / 9)}  # fmt: skip


def _until(asks, patience_s: float = 30.0) -> None:
    until = time.monotonic() + patience_s
    while not asks():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_touchdesigner_shows_the_dancer_and_has_the_joints(tmp_path, monkeypatch):
    """A whole show; TouchDesigner is a stand-in."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    dats, top, chop = TextDats(), ScriptTop(), ScriptChop()
    show = dats.read(TD.with_name("dancelive_show.py"), "dancelive_show")
    tops = dats.read(TD.with_name("script_top.py"), "top_callbacks")
    chops = dats.read(TD.with_name("script_chop.py"), "chop_callbacks")
    show.SITE, show.PYTHON, show.INPUT, show.SIZE = str(tmp_path), sys.executable, "demo", (160, 90)
    assert tops.onGetCookLevel(top) is chops.onGetCookLevel(chop) is WHEN_USED
    tops.onCook(top)
    chops.onCook(chop)
    assert top.picture is None and chop.channels == {}, "nothing was started yet"

    def cooked() -> bool:
        tops.onCook(top)
        return top.picture is not None and show.newest().time > 0.5

    show.start(mute=True, seed=seed_of(2))
    first = show.show
    try:
        _until(cooked)
        first.close()  # both cook the same picture from now on
        tops.onCook(top)
        chops.onCook(chop)
        seen = show.newest()
    finally:
        show.stop()
    assert np.array_equal(top.picture, seen.rgba)
    assert list(JOINTS) == chops.JOINTS
    assert len(chop.channels) == 2 * len(JOINTS) + 4
    assert chop.channels["time"] == [seen.time] and chop.channels["level"] == [seen.beat.level]
    x, y = chop.channels["neck_x"][0], chop.channels["neck_y"][0]
    assert top.picture[int((1 - y) * 90), int(x * 160), 3] > 128, "there is the neck, y up"
    assert show.newest() is None


def test_the_max_patch_is_wired_and_unpacks_what_is_sent():
    patcher = json.loads(MAX.read_text(encoding="utf-8"))["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    assert len(boxes) == len(patcher["boxes"])
    wires = [entry["patchline"] for entry in patcher["lines"]]
    for wire in wires:
        (source, outlet), (into, inlet) = wire["source"], wire["destination"]
        assert outlet < boxes[source]["numoutlets"] and inlet < boxes[into]["numinlets"]
    addresses = boxes["route"]["text"].split()[1:]
    assert boxes["route"]["numoutlets"] == len(addresses) + 1
    takes = {"unpack 0. 0.": "ff", "unpack 0 0.": "if", "unpack 0 0": "ii"}
    for n, address in enumerate(addresses):
        (into,) = [boxes[w["destination"][0]] for w in wires if w["source"] == ["route", n]]
        kind = {"flonum": "f", "multislider": "f" * into.get("size", 0)}.get(into["maxclass"])
        assert SENT[address] == (kind or takes[into["text"]])
    sent = [box["text"] for box in boxes.values() if box["maxclass"] == "message"]
    assert len(sent) == 10
    for text in sent:
        address, *value = text.split()
        said = [float(v) if re.fullmatch(r"[\d.]+", v) else v for v in value] or [None]
        assert command_for(address.removeprefix("/dancelive/"), said[0], READ, 0.0)
    assert "9100" in boxes["in"]["text"] and "9101" in boxes["out"]["text"]


def _limbs(text):
    return [tuple(map(int, pair)) for pair in re.findall(r"[{\[](\d+), (\d+)[}\]]", text)]


def test_processing_and_p5_draw_our_limbs_of_what_is_sent():
    pde, sketch = PROCESSING.read_text(encoding="utf-8"), SKETCH.read_text(encoding="utf-8")
    assert _limbs(pde) == _limbs(sketch) == list(LIMBS)
    checked = re.findall(r'checkAddrPattern\("(.+?)"\) && message.checkTypetag\("(\w+)"\)', pde)
    assert len(checked) == 2 and all(SENT[address] == types for address, types in checked)
    assert types_text(SENT["/dancelive/dancer/0/pose"]) == "36 `f`"
    heard = re.findall(r'^on\("(.+?)", "(\w+)"', sketch, re.MULTILINE)
    assert len(heard) == 3
    for address, types in heard:
        assert SENT[address] == types.replace("36f", "f" * 36)
    wanted = set(re.findall(r'"(/dancelive/.+?)"', BRIDGE.read_text(encoding="utf-8")))
    assert wanted == {address for address, _ in heard}


@pytest.fixture
def bridge():
    """The bridge as its own program, and a sender that it hears."""
    osc_port = free_port()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        web_port = probe.getsockname()[1]
    words = [sys.executable, str(BRIDGE), str(osc_port), str(web_port)]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert str(web_port) in program.stdout.readline()
    sender = OscSender([Receiver("127.0.0.1", osc_port)])
    yield sender, web_port
    sender.close()
    program.kill()
    program.communicate()


def test_the_bridge_carries_messages_into_the_browser(bridge):
    sender, port = bridge
    with connect(f"ws://127.0.0.1:{port}") as page:
        time.sleep(0.2)
        sender.pose(1, 0.5, POSE, Beat(0.5, 0.5, 0.0, 120.0, 0.5, None, 0.9))
        sender.beat(3, 120.0)
        said = [json.loads(page.recv(timeout=5)) for _ in range(3)]
    assert said[0][0] == "/dancelive/dancer/0/pose"
    assert said[0][1:] == pytest.approx(POSE.ravel().tolist())
    assert said[1:] == [["/dancelive/audio/level", 0.5], ["/dancelive/beat", 3, 120.0]]


@needs_browser
def test_the_p5_sketch_draws_the_dancer(bridge):
    p5 = os.environ.get("DANCELIVE_P5", "")
    if not Path(p5).is_file():
        pytest.skip("no p5.min.js named by DANCELIVE_P5 (npm install p5@2)")
    sender, port = bridge
    with opened_browser() as browser:
        page = browser.new_page(viewport={"width": 640, "height": 360})
        errors = []
        page.on("pageerror", lambda error: errors.append(error))
        page.route("https://cdn.jsdelivr.net/**", lambda route: route.fulfill(path=p5))
        page.goto(f"{(EXAMPLES / 'p5' / 'index.html').as_uri()}?port={port}")
        until = time.monotonic() + 20
        while time.monotonic() < until and not page.evaluate("dancer.poses >= 5"):
            sender.pose(1, 0.5, POSE, None)
            sender.beat(3, 120.0)
            page.wait_for_timeout(50)
        page.wait_for_timeout(500)  # the flash is over
        assert page.evaluate("dancer.poses") >= 5 and page.evaluate("dancer.beats") == 3
        for one, other in LIMBS:
            x, y = (POSE[one] + POSE[other]) / 2 * (640, 360)
            assert page.evaluate(f"get({round(x)}, {round(y)})[0]") > 200
    assert not errors
