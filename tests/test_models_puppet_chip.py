"""A puppet drawn by a graphics chip: the collage's picture, and what becomes of a lost chip.

A processor that behaves as a chip will do (llvmpipe: `apt-get install mesa-vulkan-drivers`).
"""

import gc
import os
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest

from models.puppet.chip import process
from models.puppet.chip.compositor import OnChip
from models.puppet.chip.device import Chip, find_chip
from models.puppet.chip.memory import Plan
from models.puppet.chip.process import look
from models.puppet.compositor import OnProcessor
from models.runtime.engines import EngineError
from models.runtime.painter import Picture
from tests.made_views import CELLS, GRID, Made, made, moves
from tests.on_chips import needs_chip
from tests.seeds import rng_of

SMALL = 96


def levels_off(one: Picture, other: Picture) -> np.ndarray:
    """The largest difference of each pixel, of colours, coverage and shadow."""
    assert (one.x, one.y) == (other.x, other.y)
    colours, *grey = (np.abs(a.astype(int) - b) for a, b in zip(one[:3], other[:3], strict=True))
    return np.maximum(colours.max(-1), np.maximum(*grey))


@needs_chip
@pytest.mark.parametrize("size", [97, 512, 768, 1024, 1080, 1440])
def test_a_chip_draws_what_the_processor_draws(size: int) -> None:
    """To two grey levels, but for a pixel in ten thousand: there a sum lies between two levels."""
    rng = rng_of(size)
    person = made(size, rng)
    chip = OnChip(person.views, person.plate, moves(rng))
    processor = OnProcessor(person.views, person.plate)
    for _ in range(2):
        given = person.frames(rng), moves(rng)
        drawn = chip.compose(*given)
        assert drawn.image.shape == (*drawn.alpha.shape, 3)
        assert drawn.alpha.max() == 255 and drawn.shadow.any()
        off = levels_off(processor.compose(*given), drawn)
        assert (off > 2).mean() <= 1e-4 and off.max() <= 8


@pytest.fixture(scope="module")
def person() -> Made:
    return made(SMALL, rng_of(1))


@pytest.fixture(scope="module")
def chip(person: Made) -> OnChip:
    return OnChip(person.views, person.plate, moves(rng_of(2)))


@pytest.fixture
def doomed(person: Made) -> OnChip:
    """Of one test alone."""
    return OnChip(person.views, person.plate, moves(rng_of(2)))


@needs_chip
@pytest.mark.parametrize("shift", [-2.0, -0.5, 0.55, 3.0])
def test_whoever_is_beside_the_picture_is_drawn_as_far_as_they_are_in_it(
    person: Made, chip: OnChip, shift: float
) -> None:
    rng = rng_of(3)
    given = person.frames(rng, shift), moves(rng, darkest=0.0)
    off = levels_off(OnProcessor(person.views, person.plate).compose(*given), chip.compose(*given))
    assert (off > 2).mean() <= 1e-3


@needs_chip
def test_one_view_is_enough(person: Made) -> None:
    rng = rng_of(4)
    views = [part[:1] for part in person.views]
    told = moves(rng)._replace(chances=np.ones((len(views), 1), np.float32))
    given = person.frames(rng), told
    drawn = OnChip(views, person.plate, told).compose(*given)
    off = levels_off(OnProcessor(views, person.plate).compose(*given), drawn)
    assert (off > 2).mean() <= 1e-3


@needs_chip
def test_a_picture_outlasts_the_next_one(person: Made, chip: OnChip) -> None:
    rng = rng_of(5)
    first, other = ((person.frames(rng), moves(rng)) for _ in range(2))
    drawn = chip.compose(*first)
    kept = drawn.image.copy()
    chip.compose(*other)
    assert np.array_equal(drawn.image, kept)
    assert np.array_equal(chip.compose(*first).image, kept)


@needs_chip
def test_a_chip_that_is_lost_is_told_at_once(person: Made, doomed: OnChip) -> None:
    """Its process ends with it: so does wgpu's when a driver says that its device is lost."""
    given = person.frames(rng_of(6)), moves(rng_of(6))
    doomed.compose(*given)
    doomed._process.process.kill()
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(EngineError, match=r"^The graphics chip was lost\.$"):
            doomed.compose(*given)
        assert time.monotonic() - began < 1


@needs_chip
def test_what_a_driver_says_is_handed_on(doomed: OnChip) -> None:
    pose = doomed._plan.told(doomed._process.memory)[0]
    pose["extent"] = 10_000
    with pytest.raises(EngineError, match="Validation Error"):
        doomed._process.draw(20.0)


@needs_chip
def test_a_device_that_is_destroyed_draws_no_more() -> None:
    plan = Plan(SMALL, 1, GRID, CELLS)
    chip = Chip(find_chip().adapter, plan, bytes(4), bytes(4 * SMALL**2))
    memory = SimpleNamespace(buf=bytearray(plan.n_told + plan.n_drawn))
    told, drawn = plan.told(memory), plan.drawn(memory)
    told[0]["extent"], told[0]["size"], told[0]["cells"] = SMALL, SMALL, CELLS
    chip.draw(told, drawn)
    chip._device.destroy()
    with pytest.raises(Exception, match="lost"):
        chip.draw(told, drawn)


@needs_chip
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped here")
def test_a_chip_that_hangs_is_not_waited_for(person: Made) -> None:
    given = person.frames(rng_of(7)), moves(rng_of(7))
    chip = OnChip(person.views, person.plate, given[1], patience=0.3)
    chip._patience = 20.0
    chip.compose(*given)
    worker = chip._process.process
    os.kill(worker.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(EngineError, match="does not answer"):
        chip.compose(*given)
    assert time.monotonic() - began < 1
    del chip
    gc.collect()
    assert worker.wait(10) == -signal.SIGKILL, "whoever is let go is ended"


@needs_chip
def test_memory_is_given_back(person: Made) -> None:
    chip = OnChip(person.views, person.plate, moves(rng_of(8)))
    memory, worker = chip._process.memory.name, chip._process.process
    chip.compose(person.frames(rng_of(8)), moves(rng_of(8)))
    del chip
    gc.collect()
    worker.wait(10)
    with pytest.raises(FileNotFoundError):
        process.SharedMemory(memory)


def test_a_picture_too_large_to_be_shared_is_left_to_the_processor() -> None:
    with pytest.raises(EngineError, match="4000 px is too large for the graphics chip"):
        process.DrawingProcess(Plan(4000, 1, GRID, CELLS), [])


def test_without_wgpu_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "find_spec", lambda name: None)
    process._found.cache_clear()
    try:
        with pytest.raises(EngineError, match=r"^wgpu is not installed: run `pip install"):
            look()
    finally:
        process._found.cache_clear()
