"""One step of the paper's training: fast against plain float32.

Fast: bfloat16 where the processor multiplies it, kept features, a penalty now and then.

`python -m benchmarks.training`. One thread, interleaved; both run the project's own loop on made
songs with an untrained action network, which costs what a trained one does.
"""

import json
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import torch

from models.nets.measure.stgcn import ActionNetwork
from train.dancer.config import DANCE_PRESETS, PaperTraining
from train.dancer.paper import Learners, TrueFeatures, train_step
from train.dancer.paper_data import PaperSegments
from train.run import compute
from train.songs.song import Song
from train.synthetic.choreography import make_songs

ROUNDS = 5


class _Loop:
    """One kind of training, a round of steps at a time: as many as the penalty waits for."""

    def __init__(self, songs: list[Song], settings: PaperTraining) -> None:
        torch.manual_seed(0)
        self._settings = settings
        self._pieces = PaperSegments(songs, settings.spec.horizons, settings.snapped)
        self._learners = Learners(settings)
        self._optimizer = torch.optim.Adam(self._learners.groups(settings))
        actions = ActionNetwork(12).eval().requires_grad_(False)
        self._seen = TrueFeatures(actions, settings)
        self._run = SimpleNamespace(
            step=0, rng=np.random.default_rng(0), share_gradients=lambda: None
        )

    def round(self, steps: int) -> float:
        """Seconds a step."""
        began = time.perf_counter()
        for _ in range(steps):
            batch = self._pieces.batch(self._run.rng, self._settings.batch)
            train_step(
                self._learners, self._optimizer, self._seen, batch, self._settings,
                self._run, None,  # pyright: ignore[reportArgumentType] - its step and its chance
            )  # fmt: skip
            self._run.step += 1
        return (time.perf_counter() - began) / steps


def measure() -> dict[str, object]:
    """Medians over rounds; the ratio pair by pair."""
    settings = DANCE_PRESETS["paper-live"]
    assert isinstance(settings, PaperTraining)
    torch.set_num_threads(1)
    songs = [replace(song, split="train") for song in make_songs(2, 34.0)]
    settings = replace(settings, bfloat16=not compute.is_emulated())
    plain = replace(settings, bfloat16=False, cached=False, penalty_every=1)
    one, other = _Loop(songs, settings), _Loop(songs, plain)
    steps = settings.penalty_every
    for loop in (one, other):  # fills what is kept, warms up
        loop.round(2 * steps)
    pairs = [(one.round(steps), other.round(steps)) for _ in range(ROUNDS)]
    fast, slow = np.median(np.array(pairs), 0)
    return {
        "paper step, fast s": round(float(fast), 3),
        "paper step, plain s": round(float(slow), 3),
        "plain / fast": round(float(np.median([b / a for a, b in pairs])), 2),
        "batch": settings.batch,
        "rounds": ROUNDS,
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
