"""A process that is another program in a Link session; obeys lines, answers each with JSON."""

import json
import sys

from live.link.session import LinkSession

session = LinkSession()
link = session._link
for line in sys.stdin:
    word, *values = line.split()
    at, micros = session._now()
    state = link.captureSessionState()
    if word == "tempo":
        state.setTempo(float(values[0]), micros)
    if word == "play":
        state.setIsPlaying(values[0] == "1", micros)
    if word in ("tempo", "play"):
        link.commitSessionState(state)
    quantum = int(values[0]) if word == "look" else 4
    told = {"at": at, "phase": state.phaseAtTime(micros, quantum), "bpm": state.tempo(),
            "peers": link.numPeers()}  # fmt: skip
    print(json.dumps(told), flush=True)
