"""Everything in order into one folder: which steps the data allows, what is skipped, and a run."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from export.__main__ import main as export
from live.cli import main as dancelive
from models import bundle
from models.nets import checkpoint
from train import all as everything
from train.all import completed
from train.run.stage_record import StageRecord
from train.run.stages import STAGES, Plan, Step, chosen


def _modules(found: list[Step]) -> list[str]:
    return [step.command[0].removeprefix("train.") for step in found]


def _words(found: list[Step], module: str) -> list[list[str]]:
    return [step.command[1:] for step in found if step.command[0] == f"train.{module}"]


def _data(tmp_path: Path, *names: str) -> Path:
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.mp4").touch()
    return tmp_path


def _pose_file(folder: Path, songs: int = 10) -> None:
    """Two excerpts of each song."""
    names = [f"('SONG_{n}', {at}, {at + 250})" for n in range(songs) for at in (0, 600)]
    np.savez(folder / "keypoints.npz", clip_name=np.array(names))


def test_without_data_the_synthetic_stages_run():
    found = Plan(None, Path("r"), "tiny", None).steps()
    assert _modules(found) == [
        "choreography", "pretrain_stgcn", "beat", "dance", "dance", "target", "evaluate",
        "evaluate_target",
    ]  # fmt: skip
    assert "--synthetic" in _words(found, "target")[0]
    assert not any("--data" in words for words in _words(found, "beat"))
    assert [step.stage for step in found] == sorted(
        (step.stage for step in found), key=STAGES.index
    )


def test_with_data_it_is_prepared_first_and_test_excerpts_are_held_out(tmp_path):
    data = _data(tmp_path, "dance_with_melody", "alice", "bandai_namco_motion")
    _pose_file(data / "alice")
    found = completed(Plan(data, Path("r"), "stage", None), None).steps()
    assert _modules(found) == [
        "prepare", "choreography", "pretrain_stgcn", "beat", "dance", "dance", "target",
        "evaluate", "evaluate", "evaluate_target",
    ]  # fmt: skip
    (learn,) = _words(found, "pretrain_stgcn")
    assert {"--bandai", "--dance", "--songs"} <= set(learn)
    for module in ("target", "evaluate_target"):
        (words,) = _words(found, module)
        *held, after = words[words.index("--hold-out") + 1 :][:3]
        assert held == ["SONG_4", "SONG_8"] and after.startswith("--")
    # Each dance is judged on the songs of the kind that it learnt from.
    for words, name in zip(_words(found, "evaluate"), ("ballroom", "free"), strict=True):
        assert words[:4] == ["--dance", f"r/dance/{name}", "--data", f"r/prepared/{name}"]


@pytest.mark.parametrize("preset", ["paper", "paper-live"])
def test_the_paper_forms_learn_with_the_action_network(tmp_path, preset):
    data = _data(tmp_path, "dance_with_melody")
    found = Plan(data, Path("r"), preset, "none").steps()
    (words,) = _words(found, "dance")
    assert words[words.index("--preset") + 1] == preset
    assert words[words.index("--actions") + 1] == "r/stgcn/actions/checkpoint.safetensors"
    assert "target" not in _modules(found)


def test_a_person_is_named_or_is_a_video(tmp_path):
    data = _data(tmp_path, "alice", "bob")
    found = Plan(data, Path("r"), "tiny", "bob").steps()
    assert str(data / "bob" / "bob.mp4") in _words(found, "target")[0]
    video = data / "alice" / "alice.mp4"
    found = Plan(None, Path("r"), "tiny", str(video)).steps()
    assert str(video) in _words(found, "target")[0]


def test_what_lies_beside_a_video_counts_where_nothing_is_said(tmp_path):
    folder = _data(tmp_path, "alice") / "alice"
    plan = Plan(tmp_path, Path("r"), "tiny")
    assert completed(plan, None) == plan, "an empty file and no README tell nothing"
    _pose_file(folder, 4)
    assert completed(plan, None).hold_out == ()  # too few to spare one
    _pose_file(folder, 5)
    (folder / "README.md").write_text("A figure.\nNo video of a\nreal person was used.")
    told = completed(plan, None)
    assert told.hold_out == ("SONG_4",) and told.consent == "Not needed: a made-up person."
    assert completed(plan, []).hold_out == ()
    asked = completed(replace(plan, consent="Ann agreed"), ["SONG_1"])
    assert asked.hold_out == ("SONG_1",) and asked.consent == "Ann agreed"
    assert completed(replace(plan, target="none"), None).consent == ""


def test_some_stages_alone_or_from_one_on():
    found = Plan(None, Path("r"), "tiny", None).steps()
    assert {step.stage for step in chosen(found, ["ear", "target"], None)} == {"ear", "target"}
    assert {step.stage for step in chosen(found, None, "target")} == {"target", "evaluate"}


def test_only_what_was_trained_to_the_end_is_skipped(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    step = Step("dance", [], path)
    assert not step.is_done
    checkpoint.save(path, {"a": torch.zeros(1)}, {"step": 3, "total": 5})
    assert not step.is_done
    checkpoint.save(path, {"a": torch.zeros(1)}, {"step": 5, "total": 5})
    assert step.is_done
    path.write_bytes(b"torn")
    assert not step.is_done


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--target", "nobody"], "no video 'nobody'"),
        (["--data", ".", "--target", "nobody"], r"no video 'nobody' below \."),
    ],
)
def test_data_or_a_person_that_is_not_there_is_refused_at_once(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=said):
        everything.main(["--preset", "tiny", *words])
    assert not list(tmp_path.iterdir())


def test_data_that_is_not_there_is_refused_before_anything_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        everything.main(["--preset", "tiny", "--data", "nowhere"])
    assert ended.value.code == 2 and "nowhere" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_made_as_a_try_is_not_called_like_what_ships(tmp_path):
    shipped = {path.name for path in bundle.SHIPPED.iterdir()}
    data = _data(tmp_path, "dance_with_melody", *shipped)
    for found in (Plan(None, Path("r"), "tiny", None), Plan(data, Path("r"), "tiny", "alice")):
        names = [step.command[step.command.index("--name") + 1] for step in found.steps()
                 if "--name" in step.command]  # fmt: skip
        assert len(names) == 4 and not shipped & set(names)
        assert {Path(step.made).parent.name for step in found.steps()} >= set(names)
    stage = Plan(data, Path("r"), "stage", "alice").steps()
    assert "ear" in _words(stage, "beat")[0]


def test_each_preset_has_its_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(everything, "_run", lambda steps, record: asked.append(steps) or 1)
    for words in (["--preset", "tiny"], [], ["--out", "here"]):
        assert everything.main(words) == 1
    outs = [steps[0].made.parts[:-3] for steps in asked]
    assert outs == [("runs", "tiny"), ("runs",), ("here",)]


def _ran(steps, record, monkeypatch, makes=True):
    """Which of the steps were run; each of them makes its file."""
    ran = []

    def run(command, check):
        step = next(step for step in steps if step.command == command[2:])
        ran.append(step.stage)
        if makes:
            step.made.parent.mkdir(parents=True, exist_ok=True)
            step.made.write_text("made")
        return subprocess.CompletedProcess(command, 0 if makes else 1)

    monkeypatch.setattr(everything.subprocess, "run", run)
    everything._run(steps, record)
    return ran


def test_a_stage_done_otherwise_is_refused_and_a_report_made_anew(tmp_path, monkeypatch):
    def steps(preset, out=tmp_path):
        prepared, report = out / "prepared" / "report.json", out / "evaluation" / "report.json"
        return [
            Step("prepare", ["train.prepare", "DATA", "--preset", preset], prepared),
            Step("evaluate", ["train.evaluate", "--dance", preset], report),
        ]

    first = steps("tiny")
    assert StageRecord(tmp_path).refusal(first) == ""
    assert _ran(first, StageRecord(tmp_path), monkeypatch) == ["prepare", "evaluate"]
    assert _ran(first, StageRecord(tmp_path), monkeypatch) == []
    said = StageRecord(tmp_path).refusal(steps("stage"))
    assert str(tmp_path / "prepared") in said and "then: tiny; now: stage" in said
    (new_report,) = steps("stage")[1:]
    assert StageRecord(tmp_path).refusal([new_report]) == ""
    assert _ran([new_report], StageRecord(tmp_path), monkeypatch) == ["evaluate"]
    assert _ran([new_report], StageRecord(tmp_path), monkeypatch) == []
    # The same said from another folder is the same.
    monkeypatch.chdir(tmp_path.parent)
    near = steps("tiny", Path(tmp_path.name))
    assert StageRecord(Path(tmp_path.name)).refusal(near) == ""
    # Consent changes nothing in what was learned.
    agreed = replace(first[0], command=[*first[0].command, "--consent", "Ann agreed"])
    assert StageRecord(tmp_path).refusal([agreed]) == ""


def test_of_a_stage_that_left_nothing_nothing_is_kept(tmp_path, monkeypatch):
    step = Step("target", ["train.target", "a.mp4"], tmp_path / "target" / "me" / "x.safetensors")
    assert _ran([step], StageRecord(tmp_path), monkeypatch, makes=False) == ["target"]
    other = replace(step, command=["train.target", "b.mp4"])
    assert StageRecord(tmp_path).refusal([other]) == ""
    step.made.parent.mkdir(parents=True)
    assert _ran([step], StageRecord(tmp_path), monkeypatch, makes=False) == ["target"]
    assert "then: a.mp4; now: b.mp4" in StageRecord(tmp_path).refusal([other])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_from_nothing_to_a_show(tmp_path, capfd, monkeypatch):
    """Every stage small, then what was made is exported and performs."""
    assert everything.main(["--preset", "tiny", "--out", str(tmp_path)]) == 0
    printed = capfd.readouterr().out
    for name in (
        "stgcn/actions",
        "beat/ear-tiny",
        "dance/free-tiny",
        "dance/free-tiny-paper",
        "target/drawn-tiny",
    ):
        assert str(tmp_path / name / "checkpoint.safetensors") in printed
    judged = json.loads((tmp_path / "evaluation/free/report.json").read_text())
    assert {"free-tiny (trained)", "free-tiny-paper (trained)", "real dancer"} <= set(
        judged["dances"]
    )
    # Again: nothing is trained twice.
    assert everything.main(["--preset", "tiny", "--out", str(tmp_path)]) == 0
    assert capfd.readouterr().out.count("done before") == 8
    for run in ("dance/free-tiny", "dance/free-tiny-paper", "target/drawn-tiny"):
        assert export([str(tmp_path / run), "--out", str(tmp_path / "bundles" / run)]) == 0
        assert f"python -m export {tmp_path / run}" in printed
    for dance in ("free-tiny", "free-tiny-paper"):
        stats = tmp_path / f"{dance}.json"
        show = ["--input", "demo", "--dance", str(tmp_path / "bundles/dance" / dance)]
        show += ["--target", str(tmp_path / "bundles/target/drawn-tiny"), "--headless"]
        assert dancelive([*show, "--duration", "2", "--stats", str(stats)]) == 0
        told = json.loads(stats.read_text())
        assert told["dance"] == dance and told["poses"] > 0 and told["frames"] > 0
