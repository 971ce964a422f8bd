"""What goes wrong at night. Each is done to a venue and over when its function returns."""

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.night.venue import DEVICE, TARGETS, Venue

Draw = np.random.Generator
RECOVERED_S = 3.0
STARTED_S = 6.0  # for a whole show: 3 s until it dances, and its window
_BUSY = "import time\nend = time.time() + {}\nwhile time.time() < end: pass"
_KEYS = ("f", "f", "i", "i", "m", "m", "s", "t", "Left", "Right", "0", "r")


@dataclass(frozen=True)
class Fault:
    """`do` lasts as long as the fault; `within_s` after it the show must be itself again."""

    name: str
    do: Callable[[Venue, Draw], None]
    within_s: float = RECOVERED_S


def _stall(seconds: float) -> Callable[[Venue, Draw], None]:
    return lambda venue, rng: venue.show.stall(seconds * rng.uniform(0.7, 1.0))


def _server_dies(venue: Venue, rng: Draw) -> None:
    venue.has_mic = False
    with contextlib.suppress(subprocess.CalledProcessError):
        venue.mic.do("kill")
    time.sleep(rng.uniform(0.5, 4.0))
    venue.mic.start(DEVICE)
    venue.has_mic = True


def _unplugged(venue: Venue, rng: Draw) -> None:
    """The one device goes, the server stays; then it is there again."""
    venue.has_mic = False
    venue.mic.do("unplug", DEVICE)
    time.sleep(rng.uniform(0.5, 4.0))
    venue.mic.pactl(
        "load-module", "module-null-sink", f"sink_name={DEVICE}", "rate=16000", "channels=1",
        "format=s16le", f"sink_properties=device.description={DEVICE}",
    )  # fmt: skip
    venue.has_mic = True


def _muted(venue: Venue, rng: Draw) -> None:
    venue.mic.do("mute", DEVICE)
    time.sleep(rng.uniform(1.0, 5.0))
    venue.mic.do("unmute", DEVICE)


def _too_loud(venue: Venue, rng: Draw) -> None:
    venue.music.gain = float(rng.choice([0.02, 8.0, 40.0]))
    venue.music.noise = float(rng.choice([0.0, 0.3]))
    time.sleep(rng.uniform(1.0, 4.0))
    venue.music.gain, venue.music.noise = 1.0, 0.0


def _knob(venue: Venue, rng: Draw) -> None:
    """A knob turned over the people, 30 messages a second."""
    for _ in range(int(rng.integers(20, 90))):
        venue.choose(str(rng.choice(TARGETS)))
        time.sleep(1 / 30)
    time.sleep(1.0)  # until the last is loaded


def _another(venue: Venue, rng: Draw) -> None:
    venue.choose(str(rng.choice(TARGETS)))
    time.sleep(1.0)


def _wrong_commands(venue: Venue, rng: Draw) -> None:
    show = venue.show
    for wrong in ("nobody", "../../etc", "", "\N{SNOWMAN}" * 60, float("nan"), -1e30):
        show.tell("target", wrong)
        show.tell(str(rng.choice(["style", "bpm", "gain", "nudge", "energy"])), wrong)
    show.tell("target", venue.scene.target)
    show.tell("reset")


def _garbage(venue: Venue, rng: Draw) -> None:
    """Packets that are no OSC, or nearly."""
    for _ in range(200):
        packet = bytearray(b"/dancelive/gain\0,f\0\0\0\0\0\0")
        for _ in range(int(rng.integers(1, 6))):
            packet[int(rng.integers(len(packet)))] = int(rng.integers(256))
        cut = int(rng.integers(1, len(packet) + 1))
        venue.show.throw(bytes(packet[:cut]) if rng.random() < 0.7 else rng.bytes(cut * 8))
        time.sleep(0.002)
    for name in ("gain", "energy", "bpm", "blackout", "freeze", "mirror", "reset"):
        venue.show.tell(name, 0)  # whatever the garbage has moved
    venue.show.tell("style", 0)
    venue.show.tell("target", venue.scene.target)


def _knobs(venue: Venue, rng: Draw) -> None:
    show = venue.show
    for _ in range(30):
        show.tell("energy", float(rng.uniform(-1, 1)))
        show.tell("gain", float(rng.uniform(-10, 10)))
        show.tell("nudge", float(rng.uniform(-20, 20)))
        show.tell(str(rng.choice(["tap", "reset"])))
        show.tell("bpm", float(rng.choice([0, 40, 125, 240])))
        show.tell("style", int(rng.choice([0, 3, 4])))
        time.sleep(0.03)
    for name in ("energy", "gain", "bpm", "style"):
        show.tell(name, 0)


def _blackout(venue: Venue, rng: Draw) -> None:
    venue.scene.is_black = True
    venue.show.tell(str(rng.choice(["blackout", "freeze"])), 1)
    time.sleep(rng.uniform(0.5, 2.0))
    venue.show.tell("blackout", 0)
    venue.show.tell("freeze", 0)
    time.sleep(0.3)
    venue.scene.is_black = False


def _keys(venue: Venue, rng: Draw) -> None:
    venue.screen.hand("search", "--sync", "--onlyvisible", "--name", "dancelive", "windowfocus")
    for key in rng.permutation(_KEYS):
        venue.screen.hand("key", str(key))
        time.sleep(rng.uniform(0.01, 0.1))
    venue.screen.hand("key", "Escape")


def _resized(venue: Venue, rng: Draw) -> None:
    for _ in range(8):
        width, height = (str(int(rng.integers(100, 1200))), str(int(rng.integers(100, 700))))
        venue.screen.hand("search", "--onlyvisible", "--name", "dancelive", "windowsize", width,
                          height)  # fmt: skip
        time.sleep(0.1)
    venue.screen.hand("search", "--onlyvisible", "--name", "dancelive", "windowsize", "1000", "620")


def _busy(venue: Venue, rng: Draw) -> None:
    """Other programs take the processor."""
    seconds = rng.uniform(1.0, 4.0)
    others = [subprocess.Popen([sys.executable, "-c", _BUSY.format(seconds)]) for _ in range(3)]
    for other in others:
        other.wait()


def _hangs_up_twice(venue: Venue, rng: Draw) -> None:
    """Stopped and let go on in quick turns."""
    for _ in range(int(rng.integers(2, 6))):
        venue.show.stall(rng.uniform(0.05, 0.4))
        time.sleep(rng.uniform(0.05, 0.4))


def _crashes(venue: Venue, rng: Draw) -> None:
    """The show itself; --guard starts it again."""
    venue.show.strike(int(rng.choice([signal.SIGSEGV, signal.SIGKILL, signal.SIGABRT])))


CRASH = Fault("the show crashes", _crashes, STARTED_S)
FAULTS = (
    Fault("another person", _another),
    Fault("a knob on the person", _knob),
    Fault("all knobs", _knobs),
    Fault("wrong commands", _wrong_commands),
    Fault("garbage at the port", _garbage),
    Fault("microphone muted", _muted),
    Fault("much too loud, or noise", _too_loud),
    Fault("microphone unplugged", _unplugged),
    Fault("sound server killed", _server_dies),
    Fault("stopped for a moment", _stall(1.0)),
    Fault("stopped for long", _stall(8.0)),
    Fault("stopped again and again", _hangs_up_twice),
    Fault("blackout or freeze", _blackout),
    Fault("keys", _keys),
    Fault("window resized", _resized),
    Fault("processor busy", _busy),
)
