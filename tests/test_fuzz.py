"""Inputs of others: the harness notices every fault of a reader, and every kind runs."""

import sys

import pytest
from seeds import seed_of

from benchmarks.fuzz import mutate
from benchmarks.fuzz.__main__ import fuzz, main
from benchmarks.fuzz.harness import DEATH, HANG, MEMORY, Harness, Limits
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.kinds import KINDS
from benchmarks.fuzz.mutate import generator
from benchmarks.fuzz.worker import RESULT, SENTENCE, TRACEBACK

FAKES = "fake_readers:readers"
LIMITS = Limits(seconds=3.0, memory_mb=400.0)
BY_WORD = {
    "result": RESULT, "sentence": SENTENCE, "two lines": TRACEBACK, "traceback": TRACEBACK,
    "thread": TRACEBACK, "hang": HANG, "memory": MEMORY, "slowly memory": MEMORY, "death": DEATH,
    "end": DEATH,
}  # fmt: skip


@pytest.fixture(scope="module")
def harness():
    harness = Harness(FAKES, LIMITS)
    yield harness
    harness.close()


@pytest.mark.parametrize("word", BY_WORD)
def test_every_fault_of_a_reader_is_noticed_and_the_next_input_is_read(harness, tmp_path, word):
    if BY_WORD[word] == MEMORY and sys.platform != "linux":
        pytest.skip("memory is told by Linux alone")
    path = tmp_path / "input"
    path.write_text(word)
    verdict = harness.try_input(path)
    assert verdict.outcome == BY_WORD[word], verdict
    assert verdict.is_failure == (word not in ("result", "sentence"))
    path.write_text("sentence")
    assert harness.try_input(path).words == "This is no number."


def test_a_worker_is_used_for_many_inputs_and_replaced_after_a_death(tmp_path):
    path = tmp_path / "input"
    harness = Harness(FAKES, LIMITS)
    try:
        for word, workers in (("result", 1), ("traceback", 1), ("end", 1), ("result", 2)):
            path.write_text(word)
            verdict = harness.try_input(path)
            assert harness.n_workers == workers, word
            assert word != "end" or verdict.brief == "exit code 7"
    finally:
        harness.close()


def _make(rng, valid, folder):
    path = folder / "input.txt"
    path.write_text(valid[int(rng.integers(len(valid)))])
    return path


def test_what_fails_is_kept_said_and_ends_the_command_with_1(tmp_path, monkeypatch, capsys):
    words = ("result", "sentence", "traceback")
    kind = Kind("fakes", lambda _: words, _make, FAKES)
    monkeypatch.setitem(KINDS, "fakes", kind)
    seed = seed_of()
    asked = ["--seed", str(seed), "--count", "12", "--keep", str(tmp_path)]
    code = main(["fakes", *asked])
    told = capsys.readouterr().out
    inputs = sorted((tmp_path / "fakes").glob(f"{seed}-*.txt"))
    assert code == bool(inputs)
    assert told.count("KeyError: 'spec'") == len(inputs)
    assert all(path.read_text() == "traceback" for path in inputs)
    assert all("_read" in path.with_suffix(".verdict").read_text() for path in inputs)
    assert told.splitlines()[-1].startswith("fakes: ")
    good = Kind("good", lambda _: words[:2], _make, FAKES)
    tally = fuzz(good, seed, 0, 6, tmp_path)
    assert not tally.failed and sum(tally.outcomes.values()) == 6


def _content(path):
    if path.is_file():
        return path.name, path.read_bytes()
    return [(p.name, p.read_bytes()) for p in sorted(path.iterdir())]


def test_what_is_drawn_for_one_input_changes_none_that_comes_later():
    """Odd lists are put in and then changed themselves: they are copies."""
    before = repr(mutate.ODD)
    for number in range(600):
        mutate.json_text(mutate.odd_json(mutate.generator(0, "x", number), {"a": [{"b": [1, 2]}]}))
    assert repr(mutate.ODD) == before


@pytest.mark.parametrize("name", KINDS)
def test_the_same_seed_gives_the_same_inputs(name, tmp_path):
    kind, found = KINDS[name], []
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        valid = kind.begin(tmp_path / turn)
        for number in (3, 4):
            place = tmp_path / turn / str(number)
            place.mkdir()
            found.append(_content(kind.make(generator(seed_of(), name, number), valid, place)))
    assert found[:2] == found[2:]
    assert found[0] != found[1]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_read_or_refused_in_a_sentence(name, tmp_path):
    tally = fuzz(KINDS[name], seed_of(), 0, 15, tmp_path)
    assert not tally.failed, [(tmp_path / name / f"{n}").name for n in tally.failed]
    assert set(tally.outcomes) <= {RESULT, SENTENCE} and sum(tally.outcomes.values()) == 15
