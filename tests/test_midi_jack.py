"""MIDI as it comes: two processes, a JACK server between them. Nothing here is made up."""

import threading

import pytest
from jack_server import client, jack_server, needs_jack

from live.core import settings_file

pytest.importorskip("pylibremidi")


def until(process, text):
    """The lines up to that one."""
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came: {lines}")


def send(hand, *messages):
    hand.stdin.write(",".join(messages) + "\n")
    hand.stdin.flush()


def send_until(hand, process, text, *messages):
    """Again each second: a JACK that is held up loses what comes meanwhile."""
    came = threading.Event()

    def again():
        while not came.is_set():
            send(hand, *messages)
            came.wait(1.0)

    sending = threading.Thread(target=again)
    sending.start()
    try:
        return until(process, text)
    finally:
        came.set()
        sending.join()


@needs_jack
def test_a_knob_of_another_process_and_its_device_gone_and_back(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path))
    settings_file.keep("midi", "energy", {"cc": 21})
    with jack_server() as env:
        ear = client(env, "midi_ear.py", "KNOBS")
        hand = client(env, "midi_hand.py", "my knobs")
        try:
            until(hand, "ready")
            until(ear, "say MIDI: my knobs is listened to.")
            up = [f"b0 15 {value:02x}" for value in range(60, 128)]
            send_until(hand, ear, "ask energy 1.0", *up)
            lines = send_until(hand, ear, "ask scene", "90 24 40", "c3 02")
            assert lines[-1] == "ask scene 2"
            hand.stdin.close()
            assert hand.wait(timeout=20) == 0
            until(ear, "say MIDI: my knobs is gone; it is taken again when it is back.")
            hand = client(env, "midi_hand.py", "my knobs")
            until(ear, "say MIDI: my knobs is listened to.")
            send_until(hand, ear, "ask energy -1.0", "b0 15 60", "b0 15 00")
        finally:
            for process in (hand, ear):
                if not process.stdin.closed:
                    process.stdin.close()
                process.wait(timeout=20)
