"""Zeroconf: the show is found by a browser of services, and gone when it ends."""

import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request

import pytest
from stage_program import free_port

from live.core.settings import Settings
from live.osc.address import OscError
from live.osc.announce import COMMANDS, QUERY, Announcement
from live.osc.discovery import open_discovery

SHOW = ("--headless", "--input", "demo", "--mute", "--target", "skeleton", "--dance", "free")


@pytest.mark.parametrize(
    ("is_described", "kinds"), [(False, {COMMANDS}), (True, {COMMANDS, QUERY})]
)
def test_the_show_is_found_and_gone_again(is_described, kinds):
    zeroconf = pytest.importorskip("zeroconf", reason="the extra discovery is not installed")
    port = free_port()
    registry = zeroconf.Zeroconf(interfaces=["127.0.0.1"])
    here, gone = {}, set()

    class Listener(zeroconf.ServiceListener):
        def add_service(self, zc, kind, name):
            info = zc.get_service_info(kind, name, 2000)
            if info is not None and info.port == port:  # others may announce here, too
                here[kind] = info

        def update_service(self, zc, kind, name):
            pass

        def remove_service(self, zc, kind, name):
            if kind in here and here[kind].name == name:
                gone.add(kind)

    zeroconf.ServiceBrowser(registry, [COMMANDS, QUERY], Listener())
    ending = threading.Event()
    announcement = Announcement("127.0.0.1", port, is_described)
    thread = threading.Thread(target=announcement.run, args=(ending,))
    thread.start()
    until = time.monotonic() + 10
    while set(here) != kinds and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.3)
    assert set(here) == kinds
    for info in here.values():
        assert info.parsed_addresses() == ["127.0.0.1"]
        assert info.name.startswith(f"dancelive on {socket.gethostname().split('.')[0]}"[:30])
    ending.set()
    thread.join(10)
    assert not thread.is_alive()
    until = time.monotonic() + 10
    while gone != kinds and time.monotonic() < until:
        time.sleep(0.05)
    registry.close()
    assert gone == kinds


def test_without_the_package_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    with pytest.raises(OscError, match=r"pip install 'dancelive\[discovery\]'"):
        open_discovery(Settings(osc_in=9101, announce=True), dict)


def test_a_show_is_asked_what_it_understands():
    """The port of OSC and that of HTTP have one number."""
    port = free_port()
    words = ("--no-osc", "--osc-in", str(port), "--osc-query", "--duration", "60")
    show = subprocess.Popen(
        [sys.executable, "-m", "live.cli", *SHOW, *words], stderr=subprocess.PIPE, text=True
    )
    try:
        place, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
        told = None
        while told is None and time.monotonic() < until:
            assert show.poll() is None, show.communicate()[1]
            try:
                told = json.load(urllib.request.urlopen(f"{place}/", timeout=5))
            except OSError:
                time.sleep(0.1)
        commands = told["CONTENTS"]["dancelive"]["CONTENTS"]
        assert commands["target"]["VALUE"] == ["skeleton"]
        assert "skeleton" in commands["target"]["RANGE"][0]["VALS"]
        assert commands["phase_lock"]["VALUE"] == [True] and commands["gain"]["VALUE"] == [0.0]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"/dancelive/gain\0,f\0\0\x40\x40\0\0", ("127.0.0.1", port))
        value, until = None, time.monotonic() + 5
        while value != [3.0] and time.monotonic() < until:
            time.sleep(0.1)
            asked = urllib.request.urlopen(f"{place}/dancelive/gain?VALUE", timeout=5)
            value = json.load(asked)["VALUE"]
        assert value == [3.0]
        show.terminate()
        assert show.wait(20) == 0
    finally:
        show.kill()
        show.communicate()
