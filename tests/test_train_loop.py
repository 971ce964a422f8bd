"""A training that is killed, runs out of disk or finds a bad checkpoint loses nothing."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from seeds import seed_of

from models.nets import checkpoint
from train.run.loop import Run, constant_rate, cosine_rate

ROOT = Path(__file__).parents[1]
STEPS = 150  # far more than are taken until the last kill, however slow the machine
TRAINING = f"""
import sys, time
from pathlib import Path
import torch
from train.run import loop
loop.SAVE_EVERY_S = 0.0
torch.set_num_threads(1)
torch.manual_seed({seed_of(0)})
model = torch.nn.Linear(3, 2)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
run = loop.Run(Path(sys.argv[1]), model, optimizer, {{"kind": "try"}}, {STEPS}, 0.9, {seed_of(0)})
run.carried = run.carried or {{"sum": torch.zeros(2)}}
for _ in run.steps():
    drawn = torch.tensor(run.rng.normal(size=(4, 3)), dtype=torch.float32) + torch.rand(4, 3)
    answer = model(drawn)
    run.carried = {{"sum": run.carried["sum"] + answer.detach().sum(0)}}
    optimizer.zero_grad()
    answer.square().sum().backward()
    optimizer.step()
    run.follow({{"loss": answer.square().sum().item()}})
    time.sleep(float(sys.argv[2]))
"""


def _train(path: Path, pause: float = 0.0) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", TRAINING, str(path), str(pause)]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_a_training_killed_at_any_moment_ends_with_the_same_weights(tmp_path):
    whole, cut = tmp_path / "whole" / "c.safetensors", tmp_path / "cut" / "c.safetensors"
    assert _train(whole).wait(60) == 0
    reached = []
    for seconds in (0.05, 0.13, 0.31):
        process = _train(cut, pause=0.02)
        before = cut.stat().st_mtime_ns if cut.exists() else 0
        deadline = time.monotonic() + 60
        while not (cut.exists() and cut.stat().st_mtime_ns > before):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        reached.append(checkpoint.read_header(cut)["step"])
    assert 0 < reached[0] < reached[-1] < STEPS, reached
    assert _train(cut).wait(60) == 0
    (once, facts), (twice, others) = checkpoint.load(whole), checkpoint.load(cut)
    assert once.keys() == twice.keys()
    assert all(torch.equal(once[name], twice[name]) for name in once)
    assert facts["means"] == others["means"]


def _run(path: Path, width: int = 300) -> Run[torch.nn.Linear]:
    model = torch.nn.Linear(width, width)
    return Run(path, model, torch.optim.Adam(model.parameters()), {"kind": "try"}, 10)


def test_a_full_disk_is_said_and_the_checkpoint_before_it_is_intact(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    run = _run(path)
    run.save()
    good = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # no file may grow further
    try:
        run.step = 5
        with pytest.raises(checkpoint.CheckpointError, match="make room"):
            run.save()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == good
    assert [file.name for file in tmp_path.iterdir()] == [path.name], "nothing half-written is left"


@pytest.mark.parametrize(
    "spoil", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"\x00" * 64]
)
def test_a_torn_checkpoint_is_refused_in_one_sentence_and_kept(tmp_path, spoil):
    path = tmp_path / "checkpoint.safetensors"
    _run(path).save()
    torn = spoil(path.read_bytes())
    path.write_bytes(torn)
    with pytest.raises(checkpoint.CheckpointError, match="not a readable checkpoint"):
        _run(path)
    assert path.read_bytes() == torn


def test_a_checkpoint_of_another_network_is_not_gone_on_from(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    _run(path, 3).save()
    with pytest.raises(checkpoint.CheckpointError, match="another size"):
        _run(path, 4)


def test_rates():
    assert constant_rate(0, 10) == constant_rate(9, 10) == 1.0
    rates = [cosine_rate(step, 1000) for step in range(1000)]
    assert rates[0] == 0.01 and max(rates) == 1.0 and rates[-1] < 0.03


def test_a_training_that_goes_astray_says_so_and_keeps_what_was_good(tmp_path):
    model = torch.nn.Linear(2, 1)
    run = Run(tmp_path / "c.safetensors", model, torch.optim.SGD(model.parameters(), 1.0), {}, 9)
    with torch.no_grad():
        model.bias.fill_(float("nan"))
    with pytest.raises(checkpoint.CheckpointError, match=r"bias is no number .* none is kept"):
        run.save()
    assert not run.path.exists()
    with torch.no_grad():
        model.bias.zero_()
    run.save()
    good = run.path.read_bytes()
    with torch.no_grad():
        model.weight[0, 1] = float("inf")
    with pytest.raises(checkpoint.CheckpointError, match=r"weight is no number .* is kept"):
        run.save()
    assert run.path.read_bytes() == good
