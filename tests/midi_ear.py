"""A process that listens to MIDI over JACK as the show does, and prints what it would set."""

import sys
import threading

from live.midi.libremidi import Libremidi
from live.midi.midi import MidiIn

VALUES = {"energy": 0.0}


def tell(*words):
    print(*words, flush=True)


def ask(name, value, at):
    VALUES[name] = value
    tell("ask", name, value)


midi = MidiIn(
    sys.argv[1:], lambda: Libremidi("jack"), ask, VALUES.get, lambda text: tell("say", text)
)
ending = threading.Event()
thread = threading.Thread(target=midi.run, args=(ending,))
thread.start()
sys.stdin.read()
ending.set()
thread.join()
