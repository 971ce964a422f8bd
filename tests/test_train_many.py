"""Several processes train as one would on all of their segments; really started by torchrun."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from models.nets import checkpoint
from train.synthetic.choreography import own_songs

ROOT = Path(__file__).parents[1]


def _start(*command: str, processes: int = 2) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    words = [sys.executable, *(together if processes > 1 else []), *command]
    ended = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-3000:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _node(rank: int, port: int, command: list[str]) -> "subprocess.Popen[str]":
    """One of two machines; both on this one."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = [
        sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1",
        "--node-rank", str(rank), "--master-addr", "127.0.0.1", "--master-port", str(port),
        *command,
    ]  # fmt: skip
    return subprocess.Popen(
        words, env=environment, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_two_processes_have_the_gradients_of_one_with_twice_the_pieces(tmp_path):
    scenario = str(ROOT / "tests" / "many_scenario.py")
    _start(scenario, str(tmp_path / "one"), processes=1)
    _start(scenario, str(tmp_path / "two"))
    one, two = (load_file(tmp_path / name) for name in ("one", "two"))
    assert one.keys() == two.keys()
    assert {name.split(".")[1] for name in one if name.startswith("paper")} == {
        "generator", "local", "whole",
    }  # fmt: skip
    largest = {"stage": 0.0, "paper": 0.0}
    for name, gradient in one.items():
        scale = max(1.0, float(np.abs(gradient).max()))
        apart = float(np.abs(gradient - two[name]).max()) / scale
        form = name.split(".")[0]
        largest[form] = max(largest[form], apart)
    assert max(largest.values()) < 1e-9, largest  # in double precision


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_same_command_goes_on_on_two_machines_with_disks_of_their_own(tmp_path):
    own_songs(tmp_path / "songs", few=True)
    runs = [tmp_path / "first", tmp_path / "second"]

    def train(steps: int) -> None:
        words = ["-m", "train.dance", str(tmp_path / "songs"), "--name", "two", "--preset", "tiny"]
        port = _free_port()
        nodes = [
            _node(rank, port, [*words, "--out", str(run), "--iterations", str(steps)])
            for rank, run in enumerate(runs)
        ]
        for node in nodes:
            _, said = node.communicate()
            assert node.returncode == 0, said[-3000:]

    train(6)
    path = runs[0] / "checkpoint.safetensors"
    header = checkpoint.read_header(path)
    assert header["processes"] == 2 and header["step"] == 6
    assert header["rng"]["0"] != header["rng"]["1"], "each draws other segments"
    assert not (runs[1] / "checkpoint.safetensors").exists(), "the first one writes"
    train(8)
    after = checkpoint.read_header(path)
    assert after["step"] == 8
    assert all(after["rng"][rank] != header["rng"][rank] for rank in "01")
    sittings = json.loads((runs[0] / "run.json").read_text())
    assert [sitting["started_at_step"] for sitting in sittings] == [0, 6]
