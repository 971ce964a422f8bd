"""Every way out at once, beside the window and a film: what the show keeps to.

`xvfb-run -a python -m benchmarks.every_output [--minutes 20] [--target skeleton]`: two pages that
look on (two web sockets that answer each picture; they do not draw), an NDI receiver, an RTMP
receiver (ffmpeg), OSC to four ports, the window, a recording. For ten seconds in the middle the
RTMP receiver stands still (SIGSTOP): that must harm nobody. Poses as OSC brings them, of each
second; pictures, drops and ages as the show itself counts them; memory, threads and handles.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.ndi_receiver import receiving
from benchmarks.night.vitals import Vitals, vitals
from live.outputs.web.message import HEAD
from models.arguments import number
from train.run.processor import processor

NAME = f"every {os.getpid()}"
RECEIVERS = 4  # of OSC
VIEWERS = 2
SETTLE_S = 10.0
STUCK_S = 10.0


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def look_on(port: int, ending: threading.Event, seen: Counter[str], name: str) -> None:
    """One page: takes each picture and says that it was drawn."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    while not ending.wait(0.5):
        with (
            contextlib.suppress(OSError, WebSocketException, TimeoutError),
            connect(f"ws://127.0.0.1:{port}/pictures", compression=None, max_size=None) as page,
        ):
            while not ending.is_set():
                message = page.recv(5.0)
                assert isinstance(message, bytes)
                page.send(str(HEAD.unpack_from(message)[0]))
                seen[name] += 1


def receive_ndi(ending: threading.Event, seen: Counter[str]) -> None:
    with contextlib.suppress(TimeoutError), receiving(NAME, 60.0) as receiver:
        while not ending.is_set():
            seen["ndi"] += receiver.take(1.0) is not None


def hear_poses(ear: socket.socket, ending: threading.Event, poses: Counter[int]) -> None:
    """Bundles, by the second in which they came."""
    ear.settimeout(0.5)
    while not ending.is_set():
        with contextlib.suppress(TimeoutError):
            if ear.recv(65536).startswith(b"#bundle"):
                poses[int(time.monotonic())] += 1


@contextlib.contextmanager
def threads_of(jobs: list[Callable[[threading.Event], None]]) -> Iterator[None]:
    ending = threading.Event()
    threads = [threading.Thread(target=job, args=(ending,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join(10.0)


def measured(target: str, seconds: float, folder: Path) -> dict[str, object]:
    web, rtmp = free_port(), free_port()
    ears = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(RECEIVERS)]
    for ear in ears:
        ear.bind(("127.0.0.1", 0))
    osc = [part for ear in ears for part in ("--osc", f"127.0.0.1:{ear.getsockname()[1]}")]
    address = f"rtmp://127.0.0.1:{rtmp}/live/every"
    receiver = subprocess.Popen(
        ["ffmpeg", "-loglevel", "error", "-y", "-listen", "1", "-i", address, "-c", "copy",
         str(folder / "streamed.flv")],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    show = subprocess.Popen([
        sys.executable, "-m", "live.cli", "--input", "demo", "--mute", "--target", target,
        "--engine", "cpu", "--output", "1280x720", "--duration", str(SETTLE_S + seconds),
        "--stats", str(folder / "stats.json"), "--record", str(folder / "show.mp4"), *osc,
        "--out", f"web:{web}", "--out", f"ndi:{NAME}", "--out", address,
    ])  # fmt: skip
    seen: Counter[str] = Counter()
    poses: list[Counter[int]] = [Counter() for _ in ears]
    jobs: list[Callable[[threading.Event], None]] = [
        lambda ending, n=n: look_on(web, ending, seen, f"page {n}") for n in range(VIEWERS)
    ]
    jobs.append(lambda ending: receive_ndi(ending, seen))
    jobs += [
        lambda ending, ear=ear, heard=heard: hear_poses(ear, ending, heard)
        for ear, heard in zip(ears, poses, strict=True)
    ]
    kept: list[Vitals] = []
    with threads_of(jobs):
        while not poses[0] and show.poll() is None:
            time.sleep(0.1)
        time.sleep(SETTLE_S)
        begin = time.monotonic()
        while show.poll() is None:
            time.sleep(1.0)
            passed = time.monotonic() - begin
            if seconds / 2 < passed < seconds / 2 + STUCK_S:
                receiver.send_signal(signal.SIGSTOP)
            elif passed >= seconds / 2 + STUCK_S:
                receiver.send_signal(signal.SIGCONT)
            if (now := vitals(show.pid)) is not None:
                kept.append(now)
    receiver.send_signal(signal.SIGCONT)
    receiver.terminate()
    receiver.wait()
    told = json.loads((folder / "stats.json").read_text())
    inside = range(int(begin) + 1, int(begin + seconds) - 1)
    whole = [heard[second] for heard in poses for second in inside]
    first, last = kept[len(kept) // 4], kept[-2]
    return {
        "seconds": round(seconds),
        "poses in the poorest second of the poorest receiver": min(whole),
        "poses a second": round(sum(whole) / len(whole), 2),
        "pictures of the show, late": (told["frames"], told["frames_late"]),
        "pictures that the film left out": told["record_drops"],
        "exit code": show.returncode,
        "received": dict(seen),
        "outputs": told["outputs"],
        "painting, ahead of time, window, ms": [
            told[name] for name in ("renderer_ms", "lead_ms", "frame_error_ms")
        ],
        "MB, threads, handles after a quarter": (first.memory_mb, first.threads, first.handles),
        "at the end": (last.memory_mb, last.threads, last.handles),
    }


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--target", default="skeleton")
    p.add_argument("--minutes", type=number(0.5, 600), default=20.0)
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measured(args.target, args.minutes * 60, Path(place))
    print(json.dumps({
        "processor": processor(), "load average": round(os.getloadavg()[0], 1),
        "target": args.target,
    } | found, indent=1))  # fmt: skip
