"""How the paper's painter of one person learns: global generator, local enhancer, then the face.

For a graphics card; in its tiny form also for a processor. Goes on where it was stopped.
"""

import copy
import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from models.files import write_whole
from models.nets import checkpoint
from models.nets.paper_painter import KIND, FedBackPainter
from models.nets.vgg import Vgg19, load_vgg
from models.types import Array
from train.renderer import paper_step as steps
from train.renderer.config import PAPER_TARGET_PRESETS, PaperTargetTraining
from train.renderer.paper_step import Pair, PaperLearners
from train.renderer.train import CHECKPOINT, NOTE_EVERY, header_of
from train.run.device import CPU
from train.run.loop import Run

if TYPE_CHECKING:
    from numpy.random import Generator

    from train.person.data import TargetData


PACE_EVERY = 50  # steps after which the goal is set anew, where minutes are given
LOCAL_ABOVE, LOCAL_BLOCKS = 512, 3  # px above which the local enhancer paints; its blocks
_WARM_UP, _TIMED = 3, 4  # steps of each stage that tell its pace
_SHOWN, _LEAD = 8, 5  # columns of the preview, and the frames painted before each


def chosen_settings(
    preset: str, size: int | None = None, iterations: int | None = None
) -> PaperTargetTraining:
    """A preset, perhaps at another size or length; more than 512 px have the local enhancer.

    Raises ValueError when the size cannot be halved as often as the networks do it.
    """
    settings = PAPER_TARGET_PRESETS[preset]
    spec = settings.spec
    if size is not None:
        blocks = LOCAL_BLOCKS if size > LOCAL_ABOVE else spec.local_blocks
        spec = dataclasses.replace(spec, size=size, local_blocks=blocks)
    step = 2 ** (spec.downs + (spec.local_blocks > 0))
    if spec.size < 64 or spec.size % step:
        raise ValueError(f"--size must be a multiple of {step}, at least 64.")
    settings = dataclasses.replace(settings, spec=spec)
    if iterations is not None:
        settings = dataclasses.replace(settings, iterations=iterations)
    return settings


class Pairs:
    """Draws two frames in a row of one excerpt, none of them held out.

    Never mirrored: the limbs are named left and right.
    """

    def __init__(self, data: "TargetData", device: torch.device) -> None:
        """Raises ValueError when no two frames follow each other."""
        self.data, self._device = data, device
        free = ~data.held_out
        together = free[:-1] & free[1:] & (data.clip[:-1] == data.clip[1:])
        self.first = np.flatnonzero(together)  # rows that have a next one
        if not len(self.first):
            raise ValueError("No two frames of the video follow each other in one excerpt.")

    def draw(self, rng: "Generator") -> Pair:
        """One pair; all chance comes from `rng`."""
        row = int(rng.choice(self.first))
        joints = torch.from_numpy(self.data.joints[row : row + 2].astype(np.float32))
        pictures = torch.from_numpy(np.array(self.data.frames[row : row + 2]))
        pictures = pictures.to(self._device).permute(0, 3, 1, 2).float()
        return Pair(joints.to(self._device), pictures / 127.5 - 1)


@dataclasses.dataclass(frozen=True)
class Paces:
    """Seconds that a step of each stage takes."""

    stages: list[steps.Stage]
    seconds: list[float]

    def until(self, share: float, total: int) -> float:
        """Seconds of a training of `total` steps up to a share of them."""
        done = [max(0.0, min(share, s.end) - s.begin) for s in self.stages]
        return total * float(np.dot(done, self.seconds))


def measure_paces(
    learners: PaperLearners, pairs: Pairs, settings: PaperTargetTraining, vgg: Vgg19 | None
) -> Paces:
    """A few steps of every stage with a copy of the networks."""
    tried = copy.deepcopy(learners)
    optimizer = new_optimizer(tried, settings)
    rng, found = np.random.default_rng(0), list[float]()
    for stage in steps.stages(settings):
        share, times = (stage.begin + stage.end) / 2, list[float]()
        for _ in range(_WARM_UP + _TIMED):
            began = time.perf_counter()
            named = steps.step(tried, optimizer, pairs.draw(rng), settings, vgg, share)
            for loss in named.values():
                loss.item()  # waits for the card
            times.append(time.perf_counter() - began)
        found.append(float(np.median(times[_WARM_UP:])))
    return Paces(steps.stages(settings), found)


def fit_to_time(run: Run, minutes: float, paces: Paces) -> None:
    """Set the goal to what this machine does in that time, without going back a stage."""
    share = run.step / run.total
    expected = paces.until(share, run.total)
    slower = run.seconds / expected if run.step and expected else 1.0
    total = round(minutes * 60 / (slower * paces.until(1.0, 1)))
    begin = max(s.begin for s in paces.stages if share >= s.begin)
    if begin:
        total = min(total, int(run.step / begin))
    run.total = max(run.step + 1, total)


def new_optimizer(learners: PaperLearners, settings: PaperTargetTraining) -> torch.optim.Adam:
    """As the authors have it. A network that is not in its stage has no gradient and stays."""
    rate = settings.learning_rate
    return torch.optim.Adam(learners.parameters(), lr=rate, betas=(0.5, 0.999))


def save_preview(path: Path, painter: FedBackPainter, data: "TargetData") -> None:
    """Truth above, ours below, for frames spread over the held-out excerpts (or all, if none)."""
    import cv2

    rows = np.flatnonzero(data.held_out)
    rows = rows if len(rows) else data.training
    columns: list[Array] = []
    for row in rows[np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).astype(int)]:
        before = range(max(0, row - _LEAD), row + 1)
        painter.reset()
        ours = [painter(data.joints[r]) for r in before if data.clip[r] == data.clip[row]]
        columns.append(np.concatenate([data.frames[row], ours[-1]]))
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_whole(path) as part:
        cv2.imwrite(str(part), np.concatenate(columns, 1)[..., ::-1])


def train_paper(
    data: "TargetData",
    settings: PaperTargetTraining,
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    device: torch.device | None = None,
    vgg: Path | None = None,
) -> Run[PaperLearners]:
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    `vgg` is a file of VGG-19 weights for the perceptual loss, which is left out without it. With
    `minutes` the goal follows the pace of the machine, and a resumed run is exact in everything
    but its length. Raises CheckpointError when a file cannot be used, ValueError without two
    frames in a row.
    """
    device = device or CPU
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
    else:
        torch.set_num_threads(1)
    rights = {"licence": "", "provenance": "", "consent": ""} | (rights or {})
    pairs = Pairs(data, device)
    seen = None if vgg is None else load_vgg(vgg).to(device)
    if seen is None:
        tqdm.write("Without VGG-19 weights (--vgg FILE) the perceptual loss is left out.")
    path = out / CHECKPOINT
    if minutes is not None and path.exists():  # where the stages lay when it was stopped
        total = checkpoint.read_header(path)["total"]
        settings = dataclasses.replace(settings, iterations=total)
    torch.manual_seed(seed)
    learners = PaperLearners(settings).to(device)
    run = Run(
        path,
        learners,
        new_optimizer(learners, settings),
        header_of(data, settings, name, rights) | {"kind": KIND, "perceptual": seen is not None},
        settings.iterations,
        settings.ema,
        seed,
        lambda step, total: steps.rate(settings, step / total),
    )
    paces = None
    if minutes is not None:
        paces = measure_paces(learners, pairs, settings, seen)
        fit_to_time(run, minutes, paces)
        tqdm.write(f"{run.total:,} steps in {minutes:.0f} minutes on this machine.")
    for bar in run.steps():
        if minutes is not None and paces is not None and run.step % PACE_EVERY == PACE_EVERY - 1:
            fit_to_time(run, minutes, paces)
            bar.total = run.total
        stage = steps.stage_at(settings, run.step / run.total)
        run.header["stage"] = stage.name
        named = steps.step(
            learners, run.optimizer, pairs.draw(run.rng), settings, seen, run.step / run.total
        )
        if run.step % NOTE_EVERY == 0:  # reading a card's numbers makes it wait
            means = run.follow({key: value.item() for key, value in named.items()}, 0.9)
            bar.set_postfix({key: f"{value:.3f}" for key, value in means.items()})
            run.header["losses"] = {key: round(value, 5) for key, value in means.items()}
        if (run.step + 1) % settings.preview_every == 0:
            save_preview(out / "preview.png", painter_in(run), data)
    return run


def painter_in(run: Run[PaperLearners]) -> FedBackPainter:
    """The painter as it is trained so far."""
    return FedBackPainter(run.ema.painter, run.header["stage"])
