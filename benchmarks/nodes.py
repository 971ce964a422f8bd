"""A training on two machines of which one is lost: `python -m benchmarks.nodes [--out FILE.json]`.

The machines are network namespaces with a cable between them and a folder each (Linux, as root).
`torchrun` trains a small dance on both; the second machine is killed in the middle, the first ends
by itself, and the same command goes on to the end. Told: how long the first took to notice, and at
which steps the training began again.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from models.arguments import whole
from models.nets import checkpoint
from train.run.processor import processor
from train.synthetic.choreography import own_songs

NAMES = ("dance0", "dance1")
ADDRESSES = ("10.77.0.1", "10.77.0.2")
PORT = "29500"
_NOTICE_S = 120.0  # at most, until the one that is left ends
_WAIT_S = 600.0
_SOME_STEPS_S = 5.0


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextlib.contextmanager
def two_machines() -> Iterator[None]:
    """Two namespaces, joined by a cable, while the context lasts."""
    for name in NAMES:
        subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
        _ip("netns", "add", name)
    try:
        _ip("link", "add", NAMES[0], "netns", NAMES[0], "type", "veth", "peer", "name", NAMES[1],
            "netns", NAMES[1])  # fmt: skip
        for name, address in zip(NAMES, ADDRESSES, strict=True):
            _ip("-n", name, "address", "add", f"{address}/24", "dev", name)
            for device in (name, "lo"):
                _ip("-n", name, "link", "set", device, "up")
        yield
    finally:
        for name in NAMES:
            _ip("netns", "del", name)


def node(rank: int, songs: Path, run: Path, steps: int) -> "subprocess.Popen[bytes]":
    """`torchrun` on one of the machines, in a process group of its own."""
    environment = os.environ | {
        "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": NAMES[rank], "TP_SOCKET_IFNAME": NAMES[rank],
    }  # fmt: skip
    words = [
        "ip", "netns", "exec", NAMES[rank], sys.executable, "-m", "torch.distributed.run",
        "--nnodes", "2", "--nproc-per-node", "1", "--node-rank", str(rank),
        "--master-addr", ADDRESSES[0], "--master-port", PORT,
        "-m", "train.dance", str(songs), "--name", "nodes", "--preset", "tiny", "--out", str(run),
        "--iterations", str(steps),
    ]  # fmt: skip
    log = (run.parent / f"node{rank}.log").open("ab")
    with log:
        return subprocess.Popen(
            words, env=environment, stdout=log, stderr=log, start_new_session=True
        )


def measure(folder: Path, steps: int) -> dict[str, object]:
    """Half of the steps, a machine lost in the middle of the others, then all of them."""
    songs, runs = folder / "songs", [folder / "run0", folder / "run1"]
    own_songs(songs, few=True)

    def begin(until: int) -> list["subprocess.Popen[bytes]"]:
        return [node(rank, songs, run, until) for rank, run in enumerate(runs)]

    def finish(nodes: list["subprocess.Popen[bytes]"]) -> list[int]:
        return [one.wait(_WAIT_S) for one in nodes]

    def sittings() -> list[dict[str, int]]:
        return json.loads((runs[0] / "run.json").read_text())

    path = runs[0] / "checkpoint.safetensors"
    codes = finish(begin(steps // 2))
    kept = checkpoint.read_header(path)["step"]
    nodes = begin(1_000_000)
    while len(sittings()) < 2:
        time.sleep(0.2)
    time.sleep(_SOME_STEPS_S)
    for process in subprocess.check_output(["ip", "netns", "pids", NAMES[1]], text=True).split():
        os.kill(int(process), signal.SIGKILL)
    lost_at = time.monotonic()
    try:
        left = nodes[0].wait(_NOTICE_S)
    except subprocess.TimeoutExpired:
        left = None
        os.killpg(nodes[0].pid, signal.SIGINT)
        nodes[0].wait()
    noticed = time.monotonic() - lost_at
    nodes[1].wait()
    again = finish(begin(steps))
    return {
        "processor": processor(),
        "first half, exit codes": codes,
        "kept at step": kept,
        "the machine that is left ended with": left,
        "after s": round(noticed, 1),
        "the whole, exit codes": again,
        "began at steps": [one["started_at_step"] for one in sittings()],
        "ended at step": checkpoint.read_header(path)["step"],
    }


def main() -> None:
    p = argparse.ArgumentParser(prog="python -m benchmarks.nodes", description=__doc__)
    p.add_argument("--steps", type=whole(2), default=40)
    p.add_argument("--out", type=Path)
    args = p.parse_args()
    with tempfile.TemporaryDirectory() as folder, two_machines():
        found = measure(Path(folder), args.steps)
        text = json.dumps(found, indent=1)
        print(text)
        if found["ended at step"] != args.steps:
            print(*(path.read_text()[-3000:] for path in Path(folder).glob("*.log")))
    if args.out:
        args.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
