"""The day on a card: its whole course in little, stages that fail or go on, parts to carry away."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import card_day
from benchmarks.card import columns, machine, shards, sitting
from benchmarks.card.plan import Material, Stage, stages
from benchmarks.card.sitting import BEGUN, DONE, FAILED, SKIPPED
from models.files import write_whole

BEFORE = "import pathlib, sys, time; made = pathlib.Path(sys.argv[1]);"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path.cwd()}")
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path / "bundles"))


def module(folder: Path, code: str) -> tuple[str, ...]:
    """Words after `python -m` that run this code."""
    (folder / "small_stage.py").write_text(BEFORE + code)
    return "small_stage", str(folder / "made")


@pytest.mark.timeout(900)
def test_the_whole_course_in_little_on_the_processor(tmp_path):
    folder = tmp_path / "card"
    assert card_day.main(["--tiny", "--out", str(folder), "--minutes", "14"]) == 0
    states = json.loads((folder / "day.json").read_text())["stages"]
    assert list(states) == [one.name for one in stages(folder, Material(), True)]
    without = {name for name, state in states.items() if state == SKIPPED}
    assert without <= {"crowded", "puppet"}
    assert all(states[name] == DONE for name in states.keys() - without)
    rows = json.loads((folder / "measured" / "card-64.json").read_text())["rows"]
    told = {row["precision"]: row for row in rows if row.get("engine") == "cpu"}
    assert told["fp32"]["grey levels off, most"] == 0
    assert 0 < told["int8"]["grey levels off, mean"] < 3
    page = (folder / "columns.md").read_text()
    assert "| 64 | int8 | cpu |" in page and "| table-2 | done |" in page
    before = {path: path.read_bytes() for path in (folder / "stages").glob("*.json")}
    assert card_day.main(["--tiny", "--out", str(folder)]) == 0
    assert before == {path: path.read_bytes() for path in before}, "what is done is left alone"


def test_a_training_that_is_stopped_goes_on_and_counts_its_time(tmp_path, monkeypatch):
    monkeypatch.setattr(sitting, "_SAVES_S", 30.0)
    code = (
        "\nif made.exists(): sys.exit(0)\n"
        "try: time.sleep(60)\nexcept KeyboardInterrupt: made.touch(); sys.exit(130)"
    )
    stage = Stage("slow", module(tmp_path, code), goes_on=True)
    first = sitting.sit(tmp_path, stage, 38.0)
    assert (first.state, first.sittings) == (BEGUN, 1)
    second = sitting.sit(tmp_path, stage, 60.0)
    assert (second.state, second.sittings) == (DONE, 2)
    assert second.seconds >= first.seconds, "the first sitting counts as well"
    assert sitting.read(tmp_path, stage) == second
    other = Stage("slow", (*stage.words, "another"))
    assert sitting.read(tmp_path, other) is None, "another command was not tried yet"


@pytest.mark.parametrize(
    ("code", "why"), [("sys.exit(3)", "exit code 3"), ("time.sleep(60)", "it took too long")]
)
def test_what_fails_says_why_and_what_needs_it_is_left_out(tmp_path, code, why):
    first = Stage("first", module(tmp_path, code), least_s=1)
    second = Stage("second", ("small_stage",), least_s=0, after="first")
    told = card_day.day([first, second], tmp_path, 0.2)
    assert [one.state for one in told] == [FAILED, SKIPPED]
    assert why in told[0].why and told[1].why == "first failed"


def test_what_has_no_time_left_waits_for_the_next_call(tmp_path):
    stage = Stage("x", ("nothing_such",), least_s=60)
    assert card_day.day([stage], tmp_path, 0.5) == []
    assert not (tmp_path / "x.json").exists()


def test_a_need_that_is_not_there_skips_a_stage_with_its_reason(tmp_path, monkeypatch):
    monkeypatch.setitem(machine._LACKS, "card", lambda: "no card")
    told = sitting.sit(tmp_path, Stage("x", ("nothing_such",), ("card",)), 5)
    assert (told.state, told.why, told.sittings) == (SKIPPED, "no card", 0)


def test_parts_hold_all_files_and_the_figures_before_the_checkpoints(tmp_path, monkeypatch):
    made, parts, home = (tmp_path / name for name in ("made", "parts", "home"))
    (made / "a").mkdir(parents=True)
    noise = np.random.default_rng(0).bytes(200_000)
    (made / "a" / "x.safetensors").write_bytes(noise)
    (made / "a" / "large.safetensors").write_bytes(noise * 2)
    with write_whole(made / "figures.json") as part:
        part.write_text("{}")
    monkeypatch.setattr(shards, "PART_MB", 0.05)
    assert shards.pack(made, parts, most_mb=0.25) == ["a/large.safetensors"]
    assert len(list(parts.iterdir())) > 3
    assert all(part.stat().st_size <= 50_000 for part in parts.iterdir())
    assert shards.unpack(parts, home) == 2
    assert (home / "a" / "x.safetensors").read_bytes() == noise
    with pytest.raises(FileNotFoundError, match="no parts"):
        shards.unpack(home, home)


def test_the_table_tells_only_what_was_measured(tmp_path):
    (tmp_path / "measured").mkdir()
    assert columns.tables(tmp_path) == "\n"
    failed = {"asked": "cuda", "precision": "fp16", "failed": "no driver"}
    told = {"target": "card-256", "size": 256, "processor": "P", "card": ["C", "1", 2, 3]}
    text = json.dumps(told | {"rows": [failed]})
    (tmp_path / "measured" / "card-256.json").write_text(text)
    assert "C, P; p50" in columns.tables(tmp_path)
    assert "| 256 | fp16 | cuda | no driver |" in columns.tables(tmp_path)


def test_a_stage_that_is_not_there_is_named_with_those_that_are(tmp_path, capsys):
    assert card_day.main(["--out", str(tmp_path), "--only", "cards"]) == 2
    assert "no stage cards: person-256" in capsys.readouterr().err


def test_the_full_course_names_commands_that_take_their_words(tmp_path):
    """Each stage's arguments are known to its command; nothing is run."""
    from importlib import import_module

    material = Material(*(tmp_path / name for name in ("songs", "club", "me.mp4", "vgg.pth")))
    parsers = {"train.target": "_arguments", "train.ablation": "parser"}
    for path in (material.songs, material.club):
        assert path is not None
        path.mkdir()
    for stage in stages(tmp_path / "out", material, False):
        name, *words = stage.words
        if name in parsers:
            getattr(import_module(name), parsers[name])().parse_args(words)
