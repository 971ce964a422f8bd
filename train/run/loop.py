"""What all trainings share: averaged weights, progress with ETA, checkpoints, exact resume."""

import copy
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from tqdm import tqdm

from models.command import STOPPING
from models.nets import checkpoint
from train.run import distributed

SAVE_EVERY_S = 300.0
Model = TypeVar("Model", bound=torch.nn.Module)


Rate = Callable[[int, int], float]  # step, total -> share of the full learning rate


def constant_rate(step: int, total: int) -> float:
    """The full learning rate from the first step to the last, as the paper's authors have it."""
    return 1.0


def cosine_rate(
    step: int, total: int, warm_up: int = 100, flat: float = 0.1, last: float = 0.02
) -> float:
    """Share of the full learning rate: warm-up, a flat start, then a cosine down to `last`."""
    if step < warm_up:
        return (step + 1) / warm_up
    done = min(1.0, max(0.0, step / max(total, 1) - flat) / (1 - flat))
    return last + (1 - last) * 0.5 * (1 + float(np.cos(np.pi * done)))


class _StopOnInterrupt:
    """Turns the first Ctrl-C (or kill, or closed terminal) into a wish; on the main thread only."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "_StopOnInterrupt":
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                if signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _ask(self, *_: object) -> None:
        self.asked = True
        self.__exit__()  # the next one stops at once


class Run(Generic[Model]):
    """One training of one network on one thread: model, optimizer, averages and random state.

    `rng` (numpy) and torch's own generator are the only sources of chance; both are in the
    checkpoint, so that a resumed run continues exactly as if it had never stopped.
    """

    def __init__(
        self,
        path: Path,
        model: Model,
        optimizer: torch.optim.Optimizer,
        header: dict[str, Any],
        total: int,
        ema: float = 0.998,
        seed: int = 0,
        rate: Rate = cosine_rate,
        carried: dict[str, torch.Tensor] | None = None,
        recalibrate_batch_norm: Callable[[Model], None] | None = None,
        not_averaged: Sequence[torch.nn.Parameter] = (),
    ) -> None:
        """`carried` is kept in the checkpoint as well: what goes on from batch to batch.

        `not_averaged` are parameters that the averaged model shares with the trained one: large
        ones of which a step changes few.

        `recalibrate_batch_norm` makes the averaged model ready to perform, before it is saved.
        Raises CheckpointError when there is a checkpoint that cannot be resumed from.
        """
        self.path, self.model, self.optimizer, self.header = path, model, optimizer, header
        self.total, self.ema_decay, self.step = total, ema, 0
        shared = {id(parameter): parameter for parameter in not_averaged}
        self.ema: Model = copy.deepcopy(model, dict(shared)).eval()
        for mean in self.ema.parameters():
            mean.requires_grad_(id(mean) in shared)
        # Of several processes each draws other segments; the weights are those of the first seed.
        self.rng = np.random.default_rng([seed, distributed.rank()] if distributed.rank() else seed)
        self.seconds = 0.0  # spent training, over all sessions
        torch.manual_seed(seed + 1_000_003 * distributed.rank())
        self.carried = carried or {}
        self.means: dict[str, float] = {}  # running means of what `follow` was given
        self._rate, self._recalibrate_batch_norm = rate, recalibrate_batch_norm
        self._rates = [group["lr"] for group in optimizer.param_groups]
        self.before: dict[str, Any] = {}  # what the checkpoint says that it goes on from
        found = distributed.of_first(lambda: checkpoint.load(path) if path.exists() else None)
        if found is not None:
            self._resume(*found)
        distributed.broadcast(model)
        distributed.broadcast(self.ema)

    def _resume(self, tensors: dict[str, torch.Tensor], header: dict[str, Any]) -> None:
        self.before = header
        try:
            self.model.load_state_dict(checkpoint.part_of(tensors, "model"))
            self.ema.load_state_dict(checkpoint.part_of(tensors, "ema"))
        except RuntimeError as error:
            raise checkpoint.CheckpointError(
                f"{self.path} is of a network of another size or kind: "
                "name another folder with --out, or delete it to begin anew."
            ) from error
        with checkpoint.understood(self.path):
            self._go_on(tensors, header)

    def _go_on(self, tensors: dict[str, torch.Tensor], header: dict[str, Any]) -> None:
        """Everything but the weights, as it stood."""
        state = self.optimizer.state_dict()
        slots: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in checkpoint.part_of(tensors, "optimizer").items():
            index, key = name.split(".", 1)
            slots.setdefault(int(index), {})[key] = tensor
        parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        for index, slot in slots.items():
            if any(t.dim() and t.shape != parameters[index].shape for t in slot.values()):
                raise ValueError(f"optimizer.{index} has another size")
        self.optimizer.load_state_dict({"state": slots, "param_groups": state["param_groups"]})
        own = str(distributed.rank())
        if own in header["rng"]:  # else more processes than before: theirs begins anew
            self.carried = checkpoint.part_of(tensors, f"carried.{own}")
            torch.set_rng_state(tensors[f"rng.{own}"])
            if f"rng_cuda.{own}" in tensors and torch.cuda.is_available():
                torch.cuda.set_rng_state(tensors[f"rng_cuda.{own}"])
            self.rng.bit_generator.state = header["rng"][own]
        self.step, self.seconds = header["step"], header["seconds"]
        self.means = {key: float(mean) for key, mean in header.get("means", {}).items()}

    def save(self) -> None:
        """Write the checkpoint; of several processes all must call this, the first one writes.

        Raises CheckpointError where it cannot be written or holds what is no number.
        """
        card = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
        chances = (self.rng.bit_generator.state, torch.get_rng_state(), card, self.carried)
        everybody = distributed.gather(chances)
        if not distributed.is_first():
            return
        self._refuse_what_is_no_number()
        self.recalibrate_batch_norm()
        tensors = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        tensors |= {f"ema.{k}": v for k, v in self.ema.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{k}": torch.as_tensor(v) for k, v in slots.items()}
        for rank, (_, of_torch, of_card, carried) in enumerate(everybody):
            tensors[f"rng.{rank}"] = of_torch
            if of_card is not None:
                tensors[f"rng_cuda.{rank}"] = of_card
            tensors |= {f"carried.{rank}.{k}": v for k, v in carried.items()}
        facts = {
            "step": self.step,
            "total": self.total,
            "seconds": round(self.seconds, 1),
            "rng": {str(rank): of_numpy for rank, (of_numpy, *_) in enumerate(everybody)},
            "means": self.means,
            "processes": len(everybody),
        }
        checkpoint.save(self.path, tensors, self.header | facts)

    def _refuse_what_is_no_number(self) -> None:
        for name, weights in self.model.named_parameters():
            if not torch.isfinite(weights).all():
                before = (
                    "the checkpoint before it is kept" if self.path.exists() else "none is kept"
                )
                raise checkpoint.CheckpointError(
                    f"The training has gone astray ({name} is no number after step {self.step}), "
                    f"{before}: give the same command again, or another --seed."
                )

    def recalibrate_batch_norm(self) -> None:
        """Make the averaged model ready to perform; the next step takes it on as if it were not."""
        if self._recalibrate_batch_norm is not None:
            self._recalibrate_batch_norm(self.ema)

    def descend(self, loss: torch.Tensor, clip_norm: float) -> None:
        """One step down the loss; gradients are the mean over all processes."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.share_gradients()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), clip_norm)
        self.optimizer.step()

    def share_gradients(self) -> None:
        """Between backward and the optimizer's step: the mean over all processes."""
        distributed.average_gradients(self.model.parameters())

    def follow(self, figures: dict[str, float], keep: float = 0.98) -> dict[str, float]:
        """Running means of the losses, for people; one that comes now and then has its own."""
        for key, value in figures.items():
            self.means[key] = self.means.get(key, value) * keep + (1 - keep) * value
        return self.means

    def steps(self) -> Iterator[tqdm]:
        """Yield the progress bar once a step; saves every five minutes, at the end, on Ctrl-C."""
        began, saved = time.monotonic() - self.seconds, time.monotonic()
        bar = tqdm(
            total=self.total, initial=self.step, dynamic_ncols=True, mininterval=2.0,
            disable=not distributed.is_first(),
        )  # fmt: skip
        # Ctrl-C waits for the end of the step: a checkpoint in the middle of one could not go on
        # exactly. A second Ctrl-C ends at once, with the last checkpoint.
        stop = _StopOnInterrupt()
        with bar, stop:
            while self.step < self.total:
                rate = self._rate(self.step, self.total)
                for group, full in zip(self.optimizer.param_groups, self._rates, strict=True):
                    group["lr"] = full * rate
                yield bar
                self._average()
                self.step += 1
                self.seconds = time.monotonic() - began
                bar.update()
                is_over = distributed.any_of(stop.asked)
                if is_over or distributed.any_of(time.monotonic() - saved > SAVE_EVERY_S):
                    self.save()
                    saved = time.monotonic()
                if is_over:
                    raise KeyboardInterrupt
        self.save()

    def _average(self) -> None:
        decay = min(self.ema_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for mean, new in zip(self.ema.parameters(), self.model.parameters(), strict=True):
                if mean is not new:
                    mean.lerp_(new, 1 - decay)
            for mean, new in zip(self.ema.buffers(), self.model.buffers(), strict=True):
                mean.copy_(new)
