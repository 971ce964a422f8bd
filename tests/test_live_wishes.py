"""Wishes that come in over OSC to a running show: the last one is shown, and the show goes on."""

import os
import time
from pathlib import Path

import pytest
from stage_program import free_port, stage_program, wishes_to

TARGETS = ("bob", "alice", "skeleton")


def memory_mb(pid):
    """Resident memory of another process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def shown(program):
    """The target as the newest status has it."""
    return program.of("status")[-1][1][0]


def wait_for(name, program, seconds=20.0):
    until = time.perf_counter() + seconds
    while shown(program) != name:
        assert time.perf_counter() < until, program.of("status")[-1]
        time.sleep(0.1)


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="the memory of another process is read in /proc"
)
def test_a_knob_on_the_target_and_an_end_while_one_is_loaded():
    port = free_port()
    words = ["--input", "demo", "--mute", "--dance", "free", "--target", "alice", "--no-adapt"]
    words += ["--output", "256x256"]  # where nobody is painted any larger
    with stage_program(*words, "--osc-in", str(port)) as program:
        knob = wishes_to(port)
        program.dance_for(1.0)
        pid = program.process.pid
        knob.send_message("/dancelive/target", "bob")
        wait_for("bob", program)
        time.sleep(1.0)
        before, began = memory_mb(pid), time.perf_counter()
        for n in range(60):
            knob.send_message("/dancelive/target", TARGETS[n % 3])
            time.sleep(1 / 30)
        for _ in range(20):
            knob.send_message("/dancelive/target", "alice-hd")  # her former name
            time.sleep(1 / 30)
        most = memory_mb(pid)
        took = time.perf_counter() - began
        poses = len(program.of("frame", began))
        wait_for("alice", program)
        time.sleep(1.0)
        assert poses / took > 20  # 30 where nothing else runs
        assert most < before + 80
        assert memory_mb(pid) < before + 40
        assert program.process.poll() is None
        knob.send_message("/dancelive/target", "nobody")
        knob.send_message("/dancelive/target", "bob")
        time.sleep(0.25)  # the loader waits for a tenth of a second, then it loads for half of one
        program.end()
