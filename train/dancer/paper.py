"""How the paper's dance learns: beside the true one, against two critics, seen by a third network.

A step is one of generator and critics at once: each is taken as it was before the step, which is
what the released program does in turn with the same dance.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.nets import checkpoint
from models.nets.dance.critics import GlobalContentDiscriminator, LocalTemporalDiscriminator
from models.nets.dance.paper_generator import PaperGenerator
from models.nets.measure.stgcn import ActionNetwork
from models.spec import PaperState
from train.dance_eval.selection import Validator, header_of, select
from train.dancer import paper_losses as losses
from train.dancer.config import PaperTraining
from train.dancer.paper_data import PaperSegments, SegmentBatch, Streams
from train.run import compute
from train.run.batch_norm import recalibrate_batch_norm
from train.run.compute import Compute, Trial
from train.run.device import CPU, device_of, tensors
from train.run.loop import Run, constant_rate
from train.run.names import CHECKPOINT
from train.run.progress import Progress
from train.run.run_log import RunLog
from train.songs.song import DataError, Song, taught

ATTENTION = "attention"  # of the global critic, in a checkpoint's header
NOTE_EVERY = 10  # steps
SETTLE_BATCHES = 40  # that the norms of the averaged weights are counted over


class Learners(nn.Module):
    """The generator and the critics it learns with, as one module for one run."""

    def __init__(self, settings: PaperTraining) -> None:
        super().__init__()
        self.generator = PaperGenerator(settings.spec)
        self.local = LocalTemporalDiscriminator() if settings.local else None
        self.whole = GlobalContentDiscriminator(settings.minus_log) if settings.whole else None

    def groups(self, settings: PaperTraining) -> list[dict[str, Any]]:
        """Parameters and their learning rates."""
        rates = (
            (self.generator, settings.generator_rate),
            (self.local, settings.local_rate),
            (self.whole, settings.whole_rate),
        )
        return [{"params": list(net.parameters()), "lr": rate} for net, rate in rates if net]


class TrueFeatures:
    """What the action network sees in true segments; kept by segment, since it never changes."""

    def __init__(self, network: ActionNetwork, settings: PaperTraining) -> None:
        self.network, self._is_kept = network, settings.cached
        self._bfloat16 = bool(settings.bfloat16)
        self._kept: dict[int, list[Tensor]] = {}

    def of(self, poses: Tensor, numbers: list[int]) -> list[Tensor]:
        """Poses (B, 50, J, 2) of these segments -> ten features."""
        missing = [row for row, number in enumerate(numbers) if number not in self._kept]
        if not self._is_kept:
            return self._see(poses)
        if missing:
            seen = self._see(poses[missing])
            for at, row in enumerate(missing):
                self._kept[numbers[row]] = [tap[at] for tap in seen]
        return [torch.stack(taps) for taps in zip(*(self._kept[n] for n in numbers), strict=True)]

    def _see(self, poses: Tensor) -> list[Tensor]:
        with torch.autocast(poses.device.type, torch.bfloat16, enabled=self._bfloat16):
            return losses.true_features(self.network, poses)


def dance_losses(
    learners: Learners,
    seen: TrueFeatures | None,
    batch: SegmentBatch,
    settings: PaperTraining,
    noise: Tensor,
    state: PaperState | None,
) -> tuple[dict[str, Tensor], Tensor, PaperState | None]:
    """What the generator learns from: each loss, the dance it danced, and the state after it."""
    audio, truth, sure = tensors(device_of(learners), batch.audio, batch.poses, batch.confidence)
    weights, reach = settings.weights, settings.spec.reach
    with torch.autocast(audio.device.type, torch.bfloat16, enabled=bool(settings.bfloat16)):
        poses, after = learners.generator(audio, noise, None, state)
        ours, real = losses.agreed(poses[:, :, 0], truth[:, :, 0], sure[:, :, 0])
        found: dict[str, Tensor] = {}
        if weights.l1:
            found["l1"] = weights.l1 * losses.l1(poses / reach, truth / reach, sure)
        if learners.local is not None:
            found["local"] = losses.generator_loss(learners.local(ours))
        if learners.whole is not None:
            with torch.no_grad():
                features = learners.whole.hear(audio)
            found["whole"] = losses.generator_loss(learners.whole.score(ours, features))
            if weights.features:
                encoder = learners.whole.pose
                found["features"] = weights.features * losses.feature_matching(encoder, ours, real)
        if seen is not None:
            wanted = seen.of(real, batch.numbers)
            found["perceptual"] = weights.perceptual * losses.perceptual(seen.network, ours, wanted)
    return found, ours.detach(), after


def critic_losses(
    learners: Learners,
    batch: SegmentBatch,
    danced: Tensor,
    settings: PaperTraining,
    share: Tensor | None,
) -> dict[str, Tensor]:
    """What the critics learn from; with `share` (B,) the gradient penalty as well."""
    audio, truth, sure = tensors(
        danced.device, batch.audio, batch.poses[:, :, 0], batch.confidence[:, :, 0]
    )
    real = losses.filled(truth, sure)
    found: dict[str, Tensor] = {}
    with torch.autocast(danced.device.type, torch.bfloat16, enabled=bool(settings.bfloat16)):
        if learners.local is not None:
            both = learners.local(torch.cat([real, danced]))
            found["local_critic"] = losses.discriminator_loss(*both.chunk(2))
        if learners.whole is None:
            return found
        features = learners.whole.hear(audio)
        scored, music = [real, danced], [features, features]
        if settings.mismatched:
            scored, music = [*scored, real], [*music, features.roll(1, 0)]
        scores = learners.whole.score(torch.cat(scored), torch.cat(music))
        found["whole_critic"] = losses.discriminator_loss(*scores.chunk(len(scored)))
    if share is not None and settings.weights.gradient_penalty:
        penalty = losses.gradient_penalty(learners.whole, real, danced, audio, share)
        found["penalty"] = settings.weights.gradient_penalty * settings.penalty_every * penalty
    return found


def recalibrate_generator(
    learners: Learners, segments: PaperSegments, settings: PaperTraining
) -> None:
    """The norms of the generator's averaged weights, counted over segments it learns from.

    At a rate that never falls, averaged weights lie far from those whose norms were counted.
    """
    rng, generator = np.random.default_rng(0), learners.generator

    def see_batches() -> None:
        for _ in range(SETTLE_BATCHES):
            audio = segments.batch(rng, settings.batch, None).audio
            noise = drawn_noise(rng, audio.shape[:2], settings)
            generator(*tensors(device_of(generator), audio, noise))

    recalibrate_batch_norm(generator, see_batches)


def drawn_noise(
    rng: np.random.Generator, shape: tuple[int, ...], settings: PaperTraining
) -> NDArray[np.float32]:
    """What the dance is given for chance, (*shape, N)."""
    sizes = settings.spec
    return rng.normal(0, sizes.noise_scale, (*shape, sizes.noise_width)).astype(np.float32)


def train_step(
    learners: Learners,
    optimizer: torch.optim.Optimizer,
    seen: TrueFeatures | None,
    batch: SegmentBatch,
    settings: PaperTraining,
    run: Run | Trial,
    state: PaperState | None,
) -> tuple[dict[str, Tensor], PaperState | None]:
    """One step of everybody; the losses by name, and the state after the segments, detached."""
    learners.train()
    device, shape = device_of(learners), batch.poses.shape[:2]
    (noise,) = tensors(device, drawn_noise(run.rng, shape, settings))
    critics = [net for net in (learners.local, learners.whole) if net is not None]
    optimizer.zero_grad(set_to_none=True)
    for critic in critics:
        critic.requires_grad_(False)
    of_dance, danced, after = dance_losses(learners, seen, batch, settings, noise, state)
    torch.stack(list(of_dance.values())).sum().backward()
    for critic in critics:
        critic.requires_grad_(True)
    is_due = run.step % settings.penalty_every == 0
    share = tensors(device, run.rng.random(shape[0]).astype(np.float32))[0] if is_due else None
    of_critics = critic_losses(learners, batch, danced, settings, share)
    if of_critics:
        torch.stack(list(of_critics.values())).sum().backward()
    run.share_gradients()
    optimizer.step()
    named = {name: loss.detach() for name, loss in {**of_dance, **of_critics}.items()}
    return named, None if after is None else PaperState(*(part.detach() for part in after))


def train(
    songs: list[Song],
    name: str,
    out: Path,
    settings: PaperTraining,
    actions: ActionNetwork | None,
    seed: int = 0,
    confidences: dict[str, Any] | None = None,
    device: torch.device = CPU,
) -> Path:
    """Train until done (or resume where it was left); returns the checkpoint.

    `actions` sees dances for the perceptual loss. Raises DataError without songs or without the
    network that the loss needs, CheckpointError when it cannot resume.
    """
    learned = taught(songs)
    if not learned:
        raise DataError("There is no song of the split train: prepare more data.")
    segments = PaperSegments(learned, settings.spec.horizons, settings.snapped, confidences)
    validator = Validator.of(songs) if settings.select_every else None
    torch.manual_seed(seed)
    torch.backends.cudnn.benchmark = device.type == "cuda"
    learners = Learners(settings).to(device)
    chosen = _for_this_machine(settings, learners, actions, segments, out / CHECKPOINT)
    settings = replace(settings, bfloat16=chosen.bfloat16)
    seen = _true_features(actions, settings, device)
    optimizer = torch.optim.Adam(learners.groups(settings))
    run = Run(
        out / CHECKPOINT, learners, optimizer,
        header_of(name, settings.spec, learned) | chosen.header(), settings.iterations,
        settings.ema, seed, constant_rate,
        recalibrate_batch_norm=lambda averaged: recalibrate_generator(averaged, segments, settings),
    )  # fmt: skip
    _keep_attention(run, settings)
    n_streams = round(settings.carried * settings.batch) if settings.spec.causal else 0
    if n_streams and not run.carried:
        run.carried = packed(segments.start_streams(run.rng, n_streams), learners, settings)
    progress = Progress(run, RunLog(out, settings, seed, run.step), keep=0.8, every=NOTE_EVERY)
    for bar in run.steps():
        streams, state = unpacked(run.carried, learners, settings) if n_streams else (None, None)
        batch = segments.batch(run.rng, settings.batch, streams)
        named, after = train_step(learners, optimizer, seen, batch, settings, run, state)
        if streams is not None:
            run.carried = packed(segments.go_on(streams, run.rng), learners, settings, after)
        progress.follow(bar, named)
        done = run.step + 1
        if done % settings.validate_every == 0:
            progress.note()
        if validator and (done % settings.select_every == 0 or done == settings.iterations):
            run.recalibrate_batch_norm()
            select(validator, run, run.ema.generator, progress.log, bar)
    return run.path


def _keep_attention(run: Run[Learners], settings: PaperTraining) -> None:
    """The attention of the global critic, in the header; raises CheckpointError when it changes."""
    if not settings.whole:
        return
    wanted = "-log softmax" if settings.minus_log else "softmax"
    if run.step:
        begun = run.before.get(ATTENTION, "softmax")
        if begun != wanted:
            raise checkpoint.CheckpointError(
                f"{run.path} was begun with the attention {begun}, not {wanted}: go on with the "
                "same --minus-log or name another folder with --out."
            )
    run.header[ATTENTION] = wanted


def _for_this_machine(
    settings: PaperTraining,
    learners: Learners,
    actions: ActionNetwork | None,
    segments: PaperSegments,
    path: Path,
) -> Compute:
    """How the training at `path` is computed."""
    device = device_of(learners)

    def prepare() -> compute.Attempt:
        batch = segments.batch(np.random.default_rng(0), settings.batch, None)
        tried = compute.twin(learners)
        optimizer = torch.optim.Adam(tried.groups(settings))
        each = {half: replace(settings, bfloat16=half) for half in (False, True)}
        seen = {half: _true_features(actions, one, device) for half, one in each.items()}

        def attempt(half: bool) -> None:
            train_step(tried, optimizer, seen[half], batch, each[half], Trial(), None)

        return attempt

    return compute.choose(settings.bfloat16, path, device, prepare)


def _true_features(
    actions: ActionNetwork | None, settings: PaperTraining, device: torch.device
) -> TrueFeatures | None:
    """None where the perceptual loss is off; raises DataError where its network is missing."""
    if not settings.weights.perceptual:
        return None
    if actions is None:
        raise DataError(
            "The perceptual loss needs an action network: train one with "
            "`python -m train.pretrain_stgcn`, or leave the loss out with --without perceptual."
        )
    return TrueFeatures(actions.to(device), settings)


def packed(
    streams: Streams, learners: Learners, settings: PaperTraining, after: PaperState | None = None
) -> dict[str, Tensor]:
    """Streams and the state of their rows as tensors for the checkpoint; a new song starts anew."""
    count = len(streams.at)
    state = learners.generator.start(count)
    if after is not None:
        new = torch.from_numpy(streams.is_start).view(1, -1, 1).to(after.hidden.device)
        state = PaperState(
            *(torch.where(new, s, a[:, :count].float()) for s, a in zip(state, after, strict=True))
        )
    return {
        "at": torch.from_numpy(streams.at),
        "hidden": state.hidden.cpu(),
        "chance": state.chance.cpu(),
    }


def unpacked(
    carried: dict[str, Tensor], learners: Learners, settings: PaperTraining
) -> tuple[Streams, PaperState]:
    """The streams and the state of a whole batch: theirs first, the other rows from the start."""
    at = carried["at"].numpy()
    others = learners.generator.start(settings.batch - len(at))
    device = device_of(learners)
    hidden = torch.cat([carried["hidden"].to(device), others.hidden], 1)
    chance = torch.cat([carried["chance"].to(device), others.chance], 1)
    return Streams(at, np.zeros(len(at), bool)), PaperState(hidden, chance)
