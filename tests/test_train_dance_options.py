"""Options of `train.dance`: each is heard by its own form of dance and refused by the other."""

import json

import pytest
import torch

from models.nets import checkpoint
from train.dance import main
from train.run.names import CHECKPOINT


@pytest.mark.parametrize("preset", ["stage", "tiny"])
@pytest.mark.parametrize("option", [["--minus-log"], ["--corrupt"], ["--without", "whole"]])
def test_what_only_the_papers_form_has_is_refused_by_the_stage_form(preset, option, tmp_path):
    words = ["--name", "try", "--out", str(tmp_path / "run"), "--preset", preset, *option]
    with pytest.raises(SystemExit, match=f"{option[0]} is of the presets paper and paper-live"):
        main(words)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "option",
    [
        ["--plans", "20"],
        ["--beat-pull", "0"],
        ["--energy-pull", "2"],
        ["--energy-size", "1"],
        ["--style-pull", "1"],
    ],
)
def test_what_only_the_stage_form_has_is_refused_by_the_papers(option, tmp_path):
    words = ["--name", "try", "--out", str(tmp_path / "run"), "--preset", "paper", *option]
    with pytest.raises(SystemExit, match=f"{option[0]} is of the presets stage and tiny"):
        main(words)
    assert not (tmp_path / "run").exists()


def test_an_attention_of_a_critic_that_is_left_out_is_refused(tmp_path):
    words = ["--name", "try", "--out", str(tmp_path / "run"), "--preset", "paper-tiny"]
    with pytest.raises(SystemExit, match="leave out one of the two"):
        main([*words, "--minus-log", "--without", "whole"])


def test_the_attention_as_printed_is_trained_told_and_kept(tmp_path):
    threads, run = torch.get_num_threads(), tmp_path / "run"
    words = ["--name", "try", "--out", str(run), "--preset", "paper-tiny", "--without"]
    words += ["perceptual", "--iterations"]
    main([*words, "2", "--minus-log"])
    header = checkpoint.read_header(run / CHECKPOINT)
    assert (header["attention"], header["step"]) == ("-log softmax", 2)
    settings = json.loads((run / "run.json").read_text())[0]["settings"]
    assert settings["minus_log"] is True
    with pytest.raises(SystemExit, match=r"begun with the attention -log softmax, not softmax"):
        main([*words, "3"])
    assert checkpoint.read_header(run / CHECKPOINT)["step"] == 2
    main([*words, "3", "--minus-log"])
    assert checkpoint.read_header(run / CHECKPOINT)["step"] == 3
    other = tmp_path / "other"
    main([str(other) if word == str(run) else word for word in words] + ["3"])
    assert checkpoint.read_header(other / CHECKPOINT)["attention"] == "softmax"
    # The critics differ: the flag reaches the network that learns.
    one, two = (checkpoint.load(folder / CHECKPOINT)[0] for folder in (run, other))
    name = "model.whole.attention.inner.weight"
    assert not torch.equal(one[name], two[name])
    torch.set_num_threads(threads)
