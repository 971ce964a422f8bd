"""Several processes train as one would on all of their segments; really started by torchrun."""

import json
import os
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
def test_the_same_command_trains_on_two_processes_and_goes_on(tmp_path):
    songs, out = tmp_path / "songs", tmp_path / "run"
    own_songs(songs, few=True)
    words = [str(songs), "--name", "two", "--out", str(out), "--preset", "tiny"]
    _start("-m", "train.dance", *words, "--iterations", "6")
    header = checkpoint.read_header(out / "checkpoint.safetensors")
    assert header["processes"] == 2 and header["step"] == 6
    assert header["rng"]["0"] != header["rng"]["1"], "each draws other segments"
    _start("-m", "train.dance", *words, "--iterations", "8")
    assert checkpoint.read_header(out / "checkpoint.safetensors")["step"] == 8
    sittings = json.loads((out / "run.json").read_text())
    assert [sitting["started_at_step"] for sitting in sittings] == [0, 6]
