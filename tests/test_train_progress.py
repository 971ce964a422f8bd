"""What trainings tell of themselves: means on the bar, rows of the log, a folder alike for all."""

import dataclasses
import gc
import json
import threading
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
cv2 = pytest.importorskip("cv2")

from models import skeleton
from train.person import drawn
from train.renderer import train
from train.renderer.config import PAPER_TARGET_PRESETS, TARGET_PRESETS
from train.renderer.paper.train import train_paper
from train.run.loop import Run
from train.run.progress import Progress
from train.run.run_log import RunLog


class Bar:
    """Keeps what it was last told."""

    def set_postfix(self, told: dict[str, str]) -> None:
        self.given = told


@dataclasses.dataclass
class Settings:
    rate: float = 0.1


def _run(folder: Path) -> Run[torch.nn.Linear]:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    return Run(folder / "checkpoint.safetensors", model, optimizer, {}, 30)


def _rows(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_means_are_followed_shown_and_noted(tmp_path):
    run = _run(tmp_path)
    progress = Progress(run, RunLog(tmp_path, Settings(), 0, 0), keep=0.5)
    bar = Bar()
    for step, value in enumerate((4.0, 2.0, 1.0)):
        run.step = step
        progress.follow(bar, {"loss": torch.tensor(value)})  # pyright: ignore
    assert run.means == {"loss": 2.0}  # (4 + 2) / 2 = 3, then (3 + 1) / 2
    assert bar.given == {"loss": "4"}, "shown every tenth step"
    progress.note(val_loss=7.0)
    assert _rows(tmp_path) == [{"iteration": 3, "loss": 2.0, "val_loss": 7.0}]


def test_losses_can_be_read_now_and_then(tmp_path):
    run = _run(tmp_path)
    progress = Progress(run, RunLog(tmp_path, Settings(), 0, 0), keep=0.0, every=4)
    for run.step in range(7):
        progress.follow(Bar(), {"loss": torch.tensor(float(run.step))})  # pyright: ignore
    assert run.means == {"loss": 4.0}


def test_a_training_that_is_over_leaves_no_thread(tmp_path):
    pytest.importorskip("tensorboard")
    before = set(threading.enumerate())
    log = RunLog(tmp_path, Settings(), 0, 0)
    log.note(1, loss=1.0)
    assert set(threading.enumerate()) > before
    del log
    gc.collect()
    assert set(threading.enumerate()) == before
    assert any((tmp_path / "tensorboard").iterdir())


def test_a_step_down_is_clipped(tmp_path):
    run = _run(tmp_path)
    before = run.model.weight.detach().clone()
    run.descend(1000 * run.model(torch.ones(1, 2)).sum(), clip_norm=0.1)
    moved = torch.cat([(run.model.weight.detach() - before).flatten()])
    assert 0 < moved.norm() <= 0.5 * 0.1


@pytest.mark.parametrize("form", ["stage", "paper"])
def test_a_person_s_training_keeps_its_log_and_a_preview_of_every_validation(tmp_path, form):
    data = drawn.synthetic(64, 48)
    if form == "stage":
        settings = dataclasses.replace(TARGET_PRESETS["tiny"], iterations=4, preview_every=2)
        danced = np.repeat(skeleton.STANDING[None], 3, 0)
        train.train(data, settings, tmp_path, "figure", danced=danced)
    else:
        paper = dataclasses.replace(PAPER_TARGET_PRESETS["paper-tiny"], iterations=4)
        train_paper(data, dataclasses.replace(paper, preview_every=2), tmp_path, "figure")
    (session,) = json.loads((tmp_path / "run.json").read_text())
    assert session["settings"]["iterations"] == 4 and session["started_at_step"] == 0
    rows = _rows(tmp_path)
    assert [row["iteration"] for row in rows] == [2, 4] and all(len(row) > 2 for row in rows)
    newest = cv2.imread(str(tmp_path / "preview.png"))
    kept = sorted((tmp_path / "samples").iterdir())
    assert [path.name for path in kept] == ["step_000002.jpg", "step_000004.jpg"]
    assert cv2.imread(str(kept[-1])).shape == newest.shape == (128, 8 * 64, 3)
