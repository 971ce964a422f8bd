"""How the puppet of one person learns, until a number of steps or a time."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from models.nets import checkpoint
from models.nets.picture.puppet import KIND, Puppet
from models.puppet.parts import PARTS
from models.puppet.rig import Rig
from models.spec import PuppetSpec
from models.types import Array
from train.person.data import TargetData
from train.renderer.config import PuppetTraining
from train.renderer.model import header_of
from train.renderer.puppet.bank import ViewBank
from train.renderer.puppet.sampler import PuppetSampler
from train.renderer.puppet.shadow import learn_shadow
from train.renderer.puppet.step import losses_of, new_optimizer
from train.renderer.puppet.views import Material, cut
from train.renderer.train import note_losses
from train.run.loop import Run
from train.run.names import CHECKPOINT
from train.run.pace import Pace, TimeLimit, median_seconds
from train.run.progress import Progress
from train.run.run_log import RunLog

NOTE_EVERY = 10  # steps
PACE_EVERY = 50  # steps after which --minutes sets the number of steps anew
_WIDER = 0.25  # by how much less, in its logarithm, views mix once they lie on each other


def spec_of(data: TargetData, settings: PuppetTraining) -> tuple[PuppetSpec, Rig]:
    """The sizes of a person's puppet, from the poses that may be trained on."""
    rig = Rig.measured(data.joints[data.training])
    spec = dataclasses.replace(
        settings.spec,
        size=data.size,
        limbs=tuple(round(float(v), 6) for v in rig.limbs),
        face=tuple(round(float(v), 6) for v in rig.face.ravel()),
        views=view_counts(rig.view_sizes(data.size), settings),
        view_sizes=tuple(int(v) for v in rig.view_sizes(data.size).ravel()),
    )
    return spec, rig


def view_counts(sizes: Array, settings: PuppetTraining) -> tuple[int, ...]:
    """How many views each part gets; `sizes` int (P, 2) are theirs, px.

    Fewer of each where the person fills so much of the picture that all would take too much memory.
    """
    wished = np.array([part.views for part in PARTS]) * settings.views
    megabytes = 4 * (wished * sizes.prod(1)).sum() / 1e6
    counts = np.maximum(2, np.floor(wished * min(1.0, settings.views_mb / megabytes)))
    return tuple(int(count) for count in counts)


def train_puppet(
    data: TargetData,
    settings: PuppetTraining,
    out: Path,
    name: str,
    rights: dict[str, str] | None = None,
    seed: int = 0,
    minutes: float | None = None,
    start: Path | None = None,
) -> Run[Puppet]:
    """Train until `settings.iterations`, from the checkpoint in `out` if there is one.

    With `minutes` the goal follows the pace of the machine instead. `start` is the checkpoint of a
    puppet whose networks are taken: views are then cut through them. Raises CheckpointError.
    """
    torch.manual_seed(seed)
    spec, rig = spec_of(data, settings)
    settings = dataclasses.replace(settings, spec=spec)
    material = Material.of(data, rig, settings.rarity)
    puppet = Puppet(spec)
    puppet.plate.copy_(torch.from_numpy(data.plate))
    puppet.heads.measure(torch.from_numpy(material.pose.features))
    path = out / CHECKPOINT
    cuts = 1.0
    if not path.exists():
        warp = None
        if start is not None:
            begin_with(puppet, start)
            warp, cuts = learned_warp(puppet, material), 2.0
        cut(puppet, material, seed, warp)
        if data.shades is not None:
            joints, shades = data.joints[material.rows], data.shades[material.rows]
            learn_shadow(puppet.shadow, joints, shades, settings.shadow_steps, seed)
    bank, sampler = ViewBank(puppet), PuppetSampler(material, settings)
    run = Run(
        path, puppet, new_optimizer(puppet, bank, settings),
        header_of(data, settings, name, rights) | {"kind": KIND}, settings.iterations,
        settings.ema, seed, carried={"cuts": torch.tensor(cuts)}, not_averaged=list(puppet.views),
    )  # fmt: skip
    pace = Pace((1.0,), (_seconds(puppet, bank, sampler, settings),))
    limit = TimeLimit(minutes, pace, PACE_EVERY)
    limit.begin(run)
    tqdm.write(limit.forecast(run))
    progress = Progress(run, RunLog(out, settings, seed, run.step), every=NOTE_EVERY)
    for bar in run.steps():
        limit.adjust(run, bar)
        if run.carried["cuts"] < 2 and run.step >= settings.cut_again * run.total:
            cut_again(run, material, seed)
        progress.follow(bar, _step(run, bank, sampler, settings))
        note_losses(run)
    return run


def _step(
    run: Run[Puppet], bank: ViewBank, sampler: PuppetSampler, settings: PuppetTraining
) -> dict[str, torch.Tensor]:
    losses = losses_of(run.model, bank, sampler.draw(run.rng), settings)
    run.descend(losses["total"], settings.clip_norm)
    return losses


def _seconds(
    puppet: Puppet, bank: ViewBank, sampler: PuppetSampler, settings: PuppetTraining
) -> float:
    """How long a step takes here, but for the optimizer."""
    rng = np.random.default_rng(0)

    def step() -> None:
        losses_of(puppet, bank, sampler.draw(rng), settings)["total"].backward()

    seconds = median_seconds(step, warm_up=2, timed=5)
    puppet.zero_grad(set_to_none=True)
    bank.forget()
    return seconds


def begin_with(puppet: Puppet, start: Path) -> None:
    """Take the networks of a trained puppet, but for what they say of its views.

    Raises CheckpointError when they are of another size or kind.
    """
    tensors, _ = checkpoint.load(start)
    known = checkpoint.part_of(tensors, "ema")
    own = [name for name, _ in puppet.named_parameters() if name.startswith("heads")]
    sizes = puppet.state_dict()
    if any(name not in known or known[name].shape != sizes[name].shape for name in own):
        raise checkpoint.CheckpointError(f"{start} is of a network of another size or kind.")
    puppet.load_state_dict({name: known[name] for name in own}, strict=False)
    with torch.no_grad():
        _forget_views(puppet)


def _forget_views(puppet: Puppet) -> None:
    """What the networks say of the views is dropped; they mix a little less."""
    heads = puppet.heads
    for tensor in (heads.last, heads.straight, heads.last_bias):
        tensor[..., heads.n_grid :] = 0
    heads.reach.sub_(_WIDER)


@torch.no_grad()
def learned_warp(puppet: Puppet, material: Material) -> torch.Tensor:
    """What the networks say of every training frame: (N, P, GRIDS, rows, columns)."""
    told = [torch.from_numpy(given) for given in material.pose[1:]]
    pieces = zip(*(given.split(256) for given in told), strict=True)
    return torch.cat([puppet.heads(*piece)[0] for piece in pieces])


def cut_again(run: Run[Puppet], material: Material, seed: int) -> None:
    """Cut the views once more through what was learned; what was said of views is dropped."""
    warp = learned_warp(run.ema, material)
    with torch.no_grad():
        for puppet in (run.model, run.ema):
            _forget_views(puppet)
            puppet.alignments.zero_()
        cut(run.model, material, seed, warp)
        run.ema.heads.centres.copy_(run.model.heads.centres)
    for changed in (*run.model.views, run.model.alignments):
        run.optimizer.state.pop(changed, None)
    run.carried["cuts"] = torch.full((), 2.0)
