"""The list of stages: everything that can run with the data at hand, in order, into one folder."""

from pathlib import Path

from train.all import stages


def _modules(commands: list[list[str]]) -> list[str]:
    return [command[0] for command in commands]


def test_without_data_the_synthetic_stages_run():
    commands = stages(None, Path("r"), "tiny")
    assert _modules(commands) == ["train.beat", "train.dance", "train.target", *["export"] * 3]
    assert "--synthetic" in commands[2]
    assert not any("--data" in command for command in commands)


def test_with_data_it_is_prepared_first_and_test_excerpts_are_held_out(tmp_path):
    for name in ("dance_with_melody", "alice"):
        (tmp_path / name).mkdir()
    commands = stages(tmp_path, Path("r"), "stage")
    assert _modules(commands) == [
        "train.prepare", "train.dance", "train.beat", "train.dance", "train.target",
        *["export"] * 4,
    ]  # fmt: skip
    target = commands[4]
    assert target[target.index("--hold-out") + 1 :][:3] == ["DANCE_C_8", "DANCE_R_8", "DANCE_W_21"]
    # What is trained is what is exported.
    assert [Path(c[1]).name for c in commands[5:]] == ["ballroom", "ear", "free", "alice"]


def test_missing_parts_of_the_data_are_left_out(tmp_path):
    (tmp_path / "alice").mkdir()
    commands = stages(tmp_path, Path("r"), "stage")
    assert _modules(commands) == ["train.beat", "train.dance", "train.target", *["export"] * 3]
