"""Which precision a training takes: the faster one, kept when it is resumed, or as asked."""

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from models.nets import checkpoint
from train.run import compute
from train.run.arguments import bfloat16_of
from train.run.device import CPU

ROOT = Path(__file__).parent.parent
NEW = Path("no checkpoint")


def taking(plain_s: float, half_s: float):
    """A step that takes so long in float32 and in bfloat16."""
    return lambda: lambda half: time.sleep(half_s if half else plain_s)


@pytest.fixture
def multiplied(monkeypatch):
    monkeypatch.setattr(compute, "is_emulated", lambda: False)


@pytest.fixture
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("plain", "half", "bfloat16"), [(0.03, 0.003, True), (0.003, 0.03, False)])
def test_the_faster_is_taken_and_told(multiplied, plain, half, bfloat16):
    said = []
    assert compute.choose(None, NEW, CPU, taking(plain, half), said.append).bfloat16 == bfloat16
    (sentence,) = said
    assert sentence.startswith("In bfloat16" if bfloat16 else "In float32")
    assert "float32" in sentence and "bfloat16" in sentence and " s" in sentence


def test_what_is_asked_for_is_not_tried(multiplied):
    def never():
        pytest.fail("nothing need be tried")

    assert bfloat16_of("auto") is None
    assert compute.choose(bfloat16_of("bfloat16"), NEW, CPU, never).bfloat16
    assert not compute.choose(bfloat16_of("float32"), NEW, CPU, never).bfloat16


def test_a_resumed_training_keeps_its_own(multiplied, tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    for bfloat16 in (True, False):
        header = {"kind": "try", compute.PRECISION: compute.in_words(bfloat16)}
        checkpoint.save(path, {"a": torch.zeros(1)}, header)
        assert compute.choose(not bfloat16, path, CPU, taking(0, 0)).bfloat16 == bfloat16


@pytest.mark.parametrize(("seconds", "threads"), [(0.02, 4), (0.0, 1)])
def test_as_many_threads_as_are_worth_it(four_threads, seconds, threads):
    """A step that is shared among the threads takes all; one that gains nothing takes one."""
    said = []

    def prepare():
        return lambda _: time.sleep(0.002 + seconds / torch.get_num_threads())

    assert compute.choose(False, NEW, CPU, prepare, said.append) == compute.Compute(False, threads)
    assert torch.get_num_threads() == threads
    assert len(said) == (2 if threads == 4 else 1) and "on 1 thread, " in said[0]


def test_a_resumed_training_keeps_its_threads(four_threads, tmp_path):
    def never():
        pytest.fail("nothing need be tried")

    path = tmp_path / "checkpoint.safetensors"
    for kept, found in ((2, 2), (16, 4)):  # never more than it may have
        header = {"kind": "try", **compute.Compute(False, kept).header()}
        checkpoint.save(path, {"a": torch.zeros(1)}, header)
        torch.set_num_threads(4)
        assert compute.choose(None, path, CPU, never).threads == found == torch.get_num_threads()


def test_trying_leaves_the_chance_of_the_training_alone(multiplied):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    compute.choose(None, NEW, CPU, lambda: lambda half: torch.rand(7), lambda _: None)
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="holds a processor of x86 to AVX2"
)
def test_where_it_is_emulated_the_step_is_not_tried():
    """A processor that is held to AVX2 only emulates bfloat16: at least five times as long."""
    code = (
        "import torch; torch.set_num_threads(1); from train.run import compute as p; "
        "from pathlib import Path; said = []; "
        "found = p.choose(None, Path('none'), torch.device('cpu'), lambda: 1 / 0, said.append); "
        "print(found.bfloat16, *said)"
    )
    env = os.environ | {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2"}
    env["PYTHONPATH"] = str(ROOT)
    ended = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.stdout.startswith("False In float32: this processor only"), ended.stderr
