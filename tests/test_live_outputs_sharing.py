"""--out spout and syphon against what keeps the contract of their libraries: neither runs here."""

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from made_sharing import MadeSpout, MadeSyphon

from live import cli
from live.core.settings import OutputSettings
from live.outputs import spout_sender, syphon_server
from live.outputs.chart import Chart
from live.outputs.fitting import Fitting
from live.outputs.flag import parse_output
from live.outputs.frame import OutputFrame
from live.outputs.kind import Opening, OutputError, Told
from live.outputs.kinds import kind_of
from live.outputs.outputs import Outputs
from live.outputs.relay import Relay

SIZE = (160, 90)


@pytest.fixture
def windows(monkeypatch):
    monkeypatch.setattr(spout_sender, "sys", SimpleNamespace(platform="win32"))
    return MadeSpout(monkeypatch)


@pytest.fixture
def mac(monkeypatch):
    monkeypatch.setattr(syphon_server, "sys", SimpleNamespace(platform="darwin"))
    syphon_server._directory.cache_clear()
    made = MadeSyphon(monkeypatch)
    yield made
    syphon_server._directory.cache_clear()


def frame(number=1, alpha=True):
    return OutputFrame(Chart(SIZE).frame(0.0, 0.0), Fitting(SIZE, SIZE), alpha, number)


def opened(flag):
    asked = parse_output(flag)
    return kind_of(asked.kind).open(Opening(asked, SIZE, 30.0, Told()))


@pytest.mark.parametrize("kind", ["spout", "syphon"])
def test_what_a_flag_asks_for(kind):
    assert parse_output(kind) == OutputSettings(kind, "dancelive")
    assert parse_output(f"{kind}:Stage: left,colours=straight").name == "Stage: left"
    with pytest.raises(OutputError, match="write straight or multiplied"):
        parse_output(f"{kind},colours=")


@pytest.mark.parametrize(
    ("kind", "file", "system"),
    [("spout", spout_sender, "win32"), ("syphon", syphon_server, "darwin")],
)
def test_on_another_system_it_is_refused_in_one_sentence(kind, file, system, capsys, monkeypatch):
    if sys.platform == system:
        pytest.skip(f"this is {system}")
    assert cli.main(["--try-out", kind]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"dancelive: --out {kind}:dancelive: ") and said.count("\n") == 1
    assert "take --out ndi or --out web here" in said
    monkeypatch.setattr(file, "sys", SimpleNamespace(platform=system))
    assert f"run `pip install 'dancelive[{kind}]'`" in kind_of(kind).missing()


@pytest.mark.parametrize("kind", ["spout", "syphon"])
def test_that_nobody_has_tried_it_is_known(kind):
    assert kind_of(kind).never_run


def test_spout_gets_each_picture_upright(windows):
    assert kind_of("spout").missing() == ""
    output = opened("spout:Stage")
    (sender,) = windows.senders
    for sent, expected in (
        (frame(1), frame().rgba),
        (frame(2, alpha=False), frame(alpha=False).rgba),
    ):
        assert output.send(sent)
        assert np.array_equal(sender.pictures[-1], expected)
    assert sender.listed == ["Stage"] and output.state == ""
    output.close()
    assert sender.listed == [] and len(windows.senders) == 1
    straight = opened("spout,colours=straight")
    straight.send(frame())
    assert np.array_equal(windows.senders[-1].pictures[-1], frame().straight_rgba)


def test_spout_goes_through_memory_without_opengl_and_fails_without_directx(windows):
    windows.has_opengl = False
    output = opened("spout")
    assert output.send(frame()) and output.state == "through memory"
    windows.has_directx = False
    with pytest.raises(OutputError, match="needs DirectX 11"):
        output.send(frame())


def test_syphon_gets_each_picture_upright_where_somebody_receives(mac):
    assert kind_of("syphon").missing() == ""
    output = opened("syphon:Stage")
    (server,) = mac.servers
    assert server.name == "Stage"
    assert not output.send(frame()) and output.state == "not received"
    server.has_clients = True
    assert output.send(frame(1)) and output.send(frame(2, alpha=False))
    assert output.state == "received"
    first, second = server.pictures
    assert np.array_equal(first, frame().rgba) and first is not second
    assert np.array_equal(second, frame(alpha=False).rgba)
    output.close()
    assert not server.is_there and len(mac.servers) == 1
    straight = opened("syphon,colours=straight")
    mac.servers[-1].has_clients = True
    straight.send(frame())
    assert np.array_equal(mac.servers[-1].pictures[-1], frame().straight_rgba)


def test_syphon_without_metal_is_told(mac):
    mac.has_metal = False
    with pytest.raises(RuntimeError, match="No Metal device"):
        opened("syphon")


def test_what_asks_for_syphon_servers_is_answered_without_a_window(mac):
    outputs = Outputs([parse_output("syphon"), parse_output("web:0")], SIZE, 30.0)
    outputs.tend()
    assert mac.n_looked == 0, "it is not open yet"
    ending = threading.Event()
    relay = outputs.relays[0]
    thread = threading.Thread(target=relay.run, args=(ending,))
    thread.start()
    try:
        until = time.monotonic() + 20.0
        while "not open" in relay.state() and time.monotonic() < until:
            time.sleep(0.01)
        outputs.tend()
        assert mac.n_looked == 1
    finally:
        ending.set()
        thread.join(10.0)


@pytest.mark.parametrize("kind", ["spout", "syphon"])
def test_one_sender_is_kept_open_on_one_thread(kind, request):
    computer = request.getfixturevalue({"spout": "windows", "syphon": "mac"}[kind])
    ending, chart = threading.Event(), Chart(SIZE)
    relay = Relay(parse_output(f"{kind},fps=100"), kind_of(kind), SIZE, 30.0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(relay.run, ending)
        until = time.monotonic() + 20.0
        while relay.n_sent < 20 and not running.done() and time.monotonic() < until:
            for server in getattr(computer, "servers", []):
                server.has_clients = True
            relay.put(chart.frame(time.perf_counter(), time.perf_counter()))
            time.sleep(0.005)
        ending.set()
        running.result(10.0)
    assert relay.n_sent >= 20
    made = computer.senders if kind == "spout" else computer.servers
    assert len(made) == 1 and len(made[0].pictures) == relay.n_sent


@pytest.mark.parametrize("kind", ["spout", "syphon"])
def test_it_is_tried_out_step_by_step(kind, request, capsys):
    computer = request.getfixturevalue({"spout": "windows", "syphon": "mac"}[kind])
    stop = threading.Event()

    def look_on():
        while not stop.wait(0.01):
            for server in getattr(computer, "servers", []):
                server.has_clients = True

    looking = threading.Thread(target=look_on)
    looking.start()
    assert cli.main(["--try-out", f"{kind},size=160x90", "--duration", "1"]) == 0
    stop.set()
    looking.join()
    said = capsys.readouterr().out
    assert "1. what it needs is there" in said and "3. look for 'dancelive'" in said
    assert "It ran to its end." in said
    assert kind == "spout" or computer.n_looked > 0
