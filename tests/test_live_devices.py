"""Sound devices by their names: lists as PortAudio tells them on three systems, made here."""

import pytest

from live.sound import portaudio
from live.sound.device.process import Refused
from live.sound.portaudio import InputDevice, default_input, find_input, is_input, list_devices
from live.sound.pulseaudio import PulseSource
from live.sound.source import SourceError


def _made(monkeypatch, apis, devices, default=-1, pulse=None):
    """`apis` name -> its default input; `devices` (name, api number, inputs, rate)."""
    told = {
        "apis": [{"name": name, "default_input_device": first} for name, first in apis],
        "devices": [
            {"name": name, "hostapi": api, "max_input_channels": n, "default_samplerate": rate}
            for name, api, n, rate in devices
        ],
        "default": default,
    }
    monkeypatch.setattr(portaudio, "ask", {"devices": told}.__getitem__)
    monkeypatch.setattr(portaudio, "pulse_sources", lambda: pulse)


MAC = (
    [("Core Audio", 0)],
    [("MacBook Microphone", 0, 1, 48_000.0), ("MacBook Speakers", 0, 0, 48_000.0),
     ("BlackHole 2ch", 0, 2, 44_100.0), ("Scarlett 2i2 USB", 0, 2, 44_100.0)],
    0,
)  # fmt: skip
WINDOWS = (
    [("MME", 0), ("Windows WASAPI", 3)],
    [("Mic (USB)", 0, 2, 44_100.0), ("Line In", 0, 2, 44_100.0), ("Speakers", 1, 0, 48_000.0),
     ("Mic (USB)", 1, 2, 48_000.0), ("Stereo Mix", 1, 2, 48_000.0)],
    0,
)  # fmt: skip


def test_what_can_be_heard_is_listed_with_its_marks(monkeypatch):
    _made(monkeypatch, *MAC)
    assert list_devices() == [
        InputDevice(0, "MacBook Microphone", "Core Audio", 1, 48_000, True, False),
        InputDevice(2, "BlackHole 2ch", "Core Audio", 2, 44_100, False, True),
        InputDevice(3, "Scarlett 2i2 USB", "Core Audio", 2, 44_100, False, False),
    ]
    assert [str(device) for device in list_devices()] == [
        "MacBook Microphone  (Core Audio, 1 channel, 48000 Hz, default)",
        "BlackHole 2ch  (Core Audio, 2 channels, 44100 Hz, what the computer plays)",
        "Scarlett 2i2 USB  (Core Audio, 2 channels, 44100 Hz)",
    ]
    assert default_input().index == 0


def test_on_windows_the_quick_way_is_taken(monkeypatch):
    """Every device is there several times; the default is that of the quick way."""
    _made(monkeypatch, *WINDOWS)
    assert [device.is_default for device in list_devices()] == [False, False, True, False]
    assert default_input().api == "Windows WASAPI"
    assert find_input("mic (usb)").index == 3
    assert find_input("MIC").index == 3, (
        "a part of a name, in any letters; the loopback is not meant"
    )
    assert find_input("Line In").index == 1, "also where only the slow way has it"
    assert find_input("stereo mix").index == 4


def test_a_name_must_fit_one_device(monkeypatch):
    _made(monkeypatch, *MAC)
    assert find_input("scarlett").index == 3
    assert find_input("hole").index == 2, "nothing else fits"
    assert is_input("Scarlett") and not is_input("piano")
    with pytest.raises(SourceError, match=r"fits several inputs, .*MacBook.*Scarlett"):
        find_input("b")
    with pytest.raises(SourceError, match=r"no input called \"piano\"; inputs: .*BlackHole"):
        find_input("piano")
    _made(monkeypatch, [("ALSA", -1)], [("out", 0, 0, 48_000.0)])
    with pytest.raises(SourceError, match="There is no sound input"):
        default_input()


def test_where_none_is_the_default_the_first_is_taken(monkeypatch):
    _made(monkeypatch, MAC[0], MAC[1], -1)
    _made(monkeypatch, [("Core Audio", -1)], MAC[1], -1)
    assert default_input().index == 0
    _made(monkeypatch, MAC[0], MAC[1], 3)
    assert default_input().index == 3


def test_what_lies_behind_the_sound_server_is_named(monkeypatch):
    """Two alike are told apart by the server's own names."""
    behind = [
        PulseSource("usb_1", "USB Mic", 1, 48_000, False, False),
        PulseSource("usb_2", "USB Mic", 2, 44_100, False, True),
        PulseSource("hdmi.monitor", "Monitor of HDMI", 2, 44_100, True, False),
    ]
    alsa = [("ALSA", 1)], [("hw:0", 0, 2, 44_100.0), ("pulse", 0, 32, 44_100.0)], 1
    _made(monkeypatch, *alsa, behind)
    found = list_devices()
    assert [(d.name, d.index, d.is_default, d.is_loopback) for d in found] == [
        ("hw:0", 0, False, False), ("pulse", 1, False, False), ("usb_1", 1, False, False),
        ("usb_2", 1, True, False), ("Monitor of HDMI", 1, False, True),
    ]  # fmt: skip
    assert found[2] == InputDevice(1, "usb_1", "PulseAudio", 1, 48_000, False, False, "usb_1")
    assert [device.portaudio_name for device in found] == ["hw:0", *["pulse"] * 4]
    assert find_input("usb_2").pulse_source == "usb_2" == default_input().pulse_source
    assert find_input("hdmi").name == "Monitor of HDMI"
    _made(monkeypatch, *alsa, [behind[0]._replace(is_default=False)])
    assert [d.is_default for d in list_devices()] == [False, True, False]
    _made(monkeypatch, *alsa, None)
    assert len(list_devices()) == 2
    _made(monkeypatch, MAC[0], MAC[1], 0, behind)
    assert len(list_devices()) == 3, "without the server's own device nothing is behind it"


def test_a_list_that_does_not_come_is_said_with_what_to_do(monkeypatch):
    def hangs(job):
        raise Refused("the sound driver does not answer")

    monkeypatch.setattr(portaudio, "ask", hangs)
    with pytest.raises(SourceError, match=r"\(the sound driver does not answer\): start its sound"):
        default_input()
    assert not is_input("mic")
