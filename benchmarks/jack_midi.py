"""Real MIDI between processes over a JACK server of one's own, where a machine has no other MIDI.

`python -m benchmarks.jack_midi show ...` is `dancelive ...` that looks for its devices there,
`python -m benchmarks.jack_midi clock 124` another machine's clock of so many BPM: started once
somebody listens, until its standard input ends. Both in the environment that `jack_server` gives.

The package pylibremidi brings an older libjack that no present server lets in: the system's own is
loaded before it.
"""

import ctypes.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from live.core.exact_sleep import sleep_until
from live.midi.clock_out import TICKS

CLOCK = "drum machine"
START, TICK, STOP = [0xFA], [0xF8], [0xFC]
HEARD_S = 5.0  # until who looks for devices has found the clock
_BEGIN_S = 20.0


@contextmanager
def jack_server() -> Iterator[dict[str, str]]:
    """A server without sound; gives the environment of its clients. Needs jackd2."""
    env = os.environ | {
        "JACK_DEFAULT_SERVER": f"dancelive-{os.getpid()}",
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }
    words = ["jackd", "-n", env["JACK_DEFAULT_SERVER"], "-r", "--no-mlock",
             "-d", "dummy", "-p", "512"]  # fmt: skip
    server = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _BEGIN_S
        look = ["jack_lsp"]
        while subprocess.run(look, env=env, capture_output=True, check=False).returncode:
            assert server.poll() is None and time.monotonic() < until, "jackd does not start"
            time.sleep(0.1)
        yield env | {"LD_PRELOAD": ctypes.util.find_library("jack") or ""}
    finally:
        server.terminate()
        server.wait(timeout=10)


@contextmanager
def clock(env: dict[str, str], bpm: float) -> Iterator[None]:
    """Another machine's clock."""
    words = [sys.executable, "-m", "benchmarks.jack_midi", "clock", str(bpm)]
    process = subprocess.Popen(words, env=env, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        process.communicate(timeout=20)


def _tick(bpm: float) -> None:
    import pylibremidi

    out = pylibremidi.MidiOut(pylibremidi.OutputConfiguration(), pylibremidi.API.JACK_MIDI)
    if out.open_virtual_port(CLOCK):
        sys.exit("no JACK")
    ending = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()
    due = time.perf_counter() + HEARD_S
    message = START
    while not sleep_until(due, ending):
        out.send_message(message)
        message, due = TICK, due + 60 / bpm / TICKS if message is TICK else due
    out.send_message(STOP)
    out.close_port()


def _show(argv: list[str]) -> int:
    from live import cli
    from live.midi import libremidi

    libremidi.Libremidi.__init__.__defaults__ = ("jack",)  # else the usual one of this system
    return cli.main(argv)


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    sys.exit(_show(rest) if what == "show" else _tick(float(rest[0])))
