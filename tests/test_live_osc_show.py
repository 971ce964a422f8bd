"""A whole show heard by several programs, each in its own dialect, and opened to the network."""

import json
import socket
import subprocess
import sys
import time

import numpy as np
from pythonosc.osc_bundle import OscBundle
from pythonosc.parsing.ntp import ntp_to_system_time
from stage_program import free_port, stage_program, wishes_to

SHOW = ("--input", "demo", "--mute", "--target", "skeleton", "--dance", "free")


class Ear:
    """A receiver that keeps what comes until it is asked."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.place = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def all(self):
        found = []
        while True:
            try:
                found.append(self.socket.recv(65536))
            except BlockingIOError:
                self.socket.close()
                return found


def test_everybody_hears_the_show_as_they_speak():
    ears = [Ear() for _ in range(4)]
    places = [ears[0].place + "/osceleton", ears[1].place + "/poseosc",
              ears[2].place + "/ni-mate", ears[3].place + ",timetags"]  # fmt: skip
    words = [word for place in places for word in ("--osc", place)]
    port = free_port()
    with stage_program(*SHOW, "--osc-in", f"0.0.0.0:{port}", *words) as program:
        program.dance_for(1.0)
        wishes_to(port).send_message("/dancelive/blackout", ["?"])
        time.sleep(0.3)
        assert [said for _, said in program.of("blackout")] == [[0]]
        program.process.terminate()
        said = program.process.communicate(timeout=20)[1]
        now = time.time()
    (told,) = [line for line in said.splitlines() if "listens to the network" in line]
    assert told == (
        f"dancelive: OSC listens to the network, on 0.0.0.0:{port}: whoever reaches it commands the"
        " show"
    )
    skeleton, poses, joints, tagged = (ear.all() for ear in ears)
    assert skeleton[0].startswith(b"/new_user\0") and skeleton[-1].startswith(b"/lost_user\0")
    assert len([data for data in skeleton if data.startswith(b"#bundle")]) >= 5
    assert len(poses) >= 5 and all(data.startswith(b"/poses/arr\0") for data in poses)
    assert sum(data.startswith(b"/NI_mate_sync\0") for data in joints) * 16 == len(joints)
    frames = [data for data in tagged if b"/dancelive/frame\0" in data]
    times = [ntp_to_system_time(data[8:16]) for data in frames]
    shown = [next(iter(OscBundle(data))).params[1] for data in frames]
    assert now - 10 < times[0] < times[-1] < now + 1
    # Media time is followed by the clock, and stands still where the machine is too busy.
    steps = np.diff(times) - np.diff(shown)
    assert abs(np.median(steps)) < 0.02


def test_where_only_this_computer_commands_nothing_is_said():
    with stage_program(*SHOW, "--osc-in", str(free_port())) as program:
        program.dance_for(0.1)
        program.process.terminate()
        assert "network" not in program.process.communicate(timeout=20)[1]


def test_no_osc_sends_nothing(tmp_path):
    stats = tmp_path / "stats.json"
    words = ("--headless", "--no-osc", "--duration", "1", "--stats", str(stats))
    subprocess.run([sys.executable, "-m", "live.cli", *SHOW, *words], check=True, timeout=60)
    told = json.loads(stats.read_text())
    assert told["frames"] > 0 and told["osc_messages"] == 0 and told["osc_errors"] == 0
