"""MIDI between processes of the tests, over a JACK server that has no sound."""

import ctypes.util
import os
import shutil
import subprocess
import sys

import pytest

from benchmarks.jack_midi import jack_server

__all__ = ["client", "jack_server", "needs_jack"]
needs_jack = pytest.mark.skipif(
    shutil.which("jackd") is None or ctypes.util.find_library("jack") is None,
    reason="no JACK: apt-get install jackd2",
)


def client(env, program, *words):
    """A process of tests/`program` on that server, spoken to by lines."""
    return subprocess.Popen(
        [sys.executable, f"tests/{program}", *words],
        env=env | {"PYTHONPATH": os.getcwd()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
