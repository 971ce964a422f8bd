"""A process that is a MIDI device over JACK: named by its argument, it sends lines of hex bytes."""

import sys

import pylibremidi

out = pylibremidi.MidiOut(pylibremidi.OutputConfiguration(), pylibremidi.API.JACK_MIDI)
if out.open_virtual_port(sys.argv[1]):
    sys.exit("no JACK")
print("ready", flush=True)
for line in sys.stdin:
    for message in line.split(","):
        out.send_message(list(bytes.fromhex(message)))
out.close_port()
