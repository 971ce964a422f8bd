"""A JACK server of the test's own, without sound, over which real MIDI goes between processes.

The package pylibremidi brings an older libjack that no present server lets in: the system's own is
loaded before it.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

needs_jack = pytest.mark.skipif(
    shutil.which("jackd") is None or ctypes.util.find_library("jack") is None,
    reason="no JACK: apt-get install jackd2",
)
_START_S = 20.0


@contextmanager
def jack_server():
    """Gives the environment of its clients."""
    env = os.environ | {
        "JACK_DEFAULT_SERVER": f"dancelive-{os.getpid()}",
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
    }
    words = ["jackd", "-n", env["JACK_DEFAULT_SERVER"], "-r", "--no-mlock",
             "-d", "dummy", "-p", "512"]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(words, env=env, **quiet)
    try:
        until = time.monotonic() + _START_S
        while subprocess.run(["jack_lsp"], env=env, **quiet).returncode:
            assert server.poll() is None and time.monotonic() < until, "jackd does not start"
            time.sleep(0.1)
        yield env | {"LD_PRELOAD": ctypes.util.find_library("jack")}
    finally:
        server.terminate()
        server.wait(timeout=10)


def client(env, program, *words):
    """A process of tests/`program` on that server, spoken to by lines."""
    return subprocess.Popen(
        [sys.executable, f"tests/{program}", *words],
        env=env | {"PYTHONPATH": os.getcwd()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
