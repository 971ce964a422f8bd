"""Which devices are listened to as they come and go. The devices are made (`made_midi`)."""

import threading

from made_midi import MadePorts

from live.core.messages import MidiForget, MidiLearn
from live.midi.devices import Devices
from live.midi.midi import MidiIn
from live.midi.ports import named


def test_a_name_or_a_part_of_it():
    names = ["nanoKONTROL2", "nano", "Launchpad Mini"]
    assert named("NANO", names) == ["nano"] and named("pad", names) == ["Launchpad Mini"]
    assert named("nanok", names) == ["nanoKONTROL2"] and named("x", names) == []


def test_all_but_the_echo():
    ports, said = MadePorts("Midi Through Port-0", "knobs"), []
    devices = Devices(ports, ("",), said.append)
    devices.look(0.0)
    assert devices.names == ("knobs",) and said == ["MIDI: knobs is listened to."]
    devices = Devices(ports, ("through",), said.append)
    devices.look(0.0)
    assert devices.names == ("Midi Through Port-0",)


def test_gone_and_back():
    ports, said = MadePorts(), []
    devices = Devices(ports, ("knobs",), said.append)
    for now in (0.0, 1.0, 2.0):
        devices.look(now)
    assert said == ["MIDI: no 'knobs' is there; it is taken when it comes. Now: none."]
    ports.plug("knobs")
    devices.look(2.5)
    assert devices.names == (), "not so soon"
    devices.look(3.0)
    first = ports.open["knobs"]
    ports.plug("knobs")  # out and in again between two looks
    devices.look(4.0)
    assert first.is_closed and ports.open["knobs"] is not first
    ports.unplug("knobs")
    devices.look(5.0)
    assert devices.names == () and ports.open["knobs"].is_closed
    assert said[1:] == [
        "MIDI: knobs is listened to.",
        "MIDI: knobs is gone; it is taken again when it is back.",
        "MIDI: knobs is listened to.",
        "MIDI: knobs is gone; it is taken again when it is back.",
        "MIDI: no 'knobs' is there; it is taken when it comes. Now: none.",
    ]


def test_what_another_program_holds_is_told_once_and_tried_on():
    ports, said = MadePorts("knobs"), []
    ports.refused.add("knobs")
    devices = Devices(ports, ("",), said.append)
    devices.look(0.0)
    devices.look(1.0)
    assert said == ["MIDI: knobs cannot be opened: another program may hold it."]
    ports.refused.clear()
    devices.look(2.0)
    assert devices.names == ("knobs",)


def test_messages_of_several_in_their_order():
    ports = MadePorts("a", "b")
    devices = Devices(ports, ("",), lambda _: None)
    devices.look(0.0)
    ports.open["a"].came = [(b"1", 1.0), (b"3", 3.0)]
    ports.open["b"].came = [(b"2", 2.0)]
    assert devices.poll() == [("a", b"1", 1.0), ("b", b"2", 2.0), ("a", b"3", 3.0)]
    devices.close()
    assert all(device.is_closed for device in ports.open.values())


def test_the_thread_learns_obeys_and_survives_every_byte(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    ports, ending, done = MadePorts("knobs"), threading.Event(), threading.Event()
    asked, said = [], []

    def say(text):
        said.append(text)
        knobs = ports.open.get("knobs")
        if "touch a knob" in text:
            knobs.came = [(bytes([a, b]), 1.0) for a in range(256) for b in (0, 64, 255)]
            knobs.came += [(bytes([0xB0, 21, 64]), 1.0), (bytes([0xB0, 21, 65]), 1.1)]
        if "nothing sets" in text:
            done.set()

    def ask(name, value, at):
        asked.append((name, value))
        if name == "energy":
            midi.command(MidiForget("energy"))

    midi = MidiIn(("",), lambda: ports, ask, {"energy": 0.0}.get, say)
    midi.command(MidiLearn("energy"))
    thread = threading.Thread(target=midi.run, args=(ending,), daemon=True)
    thread.start()
    is_done = done.wait(20)
    ending.set()
    thread.join(20)
    assert is_done, (said, asked[-5:])
    assert not thread.is_alive() and ports.open["knobs"].is_closed
    assert {name for name, _ in asked} == {"energy", "scene"}, "programs are scenes"
