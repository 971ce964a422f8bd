"""The beat network: log-mel and its rise in, for every 10 ms how surely a beat or a bar begins.

Small and causal; a one-way GRU carries the rhythm. Its answer comes `BEAT_DELAY_S` after the beat,
when the beat has been heard; `models.beat.tracker` looks ahead from there.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models import spec
from models.nets import checkpoint
from models.spec import BeatState


class BeatNetwork(nn.Module):
    """Log-mel -> two ReLU layers -> GRU -> logits of beat and downbeat."""

    def __init__(self, sizes: spec.BeatSpec) -> None:
        super().__init__()
        self.sizes = sizes
        self.listen = nn.Sequential(
            nn.Linear(2 * sizes.mel.n_bands, sizes.width), nn.ReLU(),
            nn.Linear(sizes.width, sizes.width), nn.ReLU(),
        )  # fmt: skip
        self.rhythm = nn.GRU(sizes.width, sizes.width, sizes.gru_layers, batch_first=True)
        self.head = nn.Linear(2 * sizes.width, 2)

    def start(self, batch: int = 1) -> BeatState:
        """The state before any sound."""
        return BeatState(torch.zeros(self.sizes.gru_layers, batch, self.sizes.width))

    def forward(self, frames: Tensor, state: BeatState | None = None) -> tuple[Tensor, BeatState]:
        """Frames (B, n + BEAT_REACH, bands) -> probabilities (B, n, 2), next state.

        The first BEAT_REACH frames are the last ones of the segment before.
        """
        logits, after = self.hear(frames, self.start(len(frames)) if state is None else state)
        return torch.sigmoid(logits), after

    def hear(self, frames: Tensor, state: BeatState) -> tuple[Tensor, BeatState]:
        """The same with logits instead of probabilities."""
        now = frames[:, spec.BEAT_REACH :]
        rise = torch.relu(now - frames[:, : -spec.BEAT_REACH])
        features = self.listen(torch.cat([now, rise], -1))
        rhythm, hidden = self.rhythm(features, state.hidden)
        return self.head(torch.cat([features, rhythm], -1)), BeatState(hidden)


def load_ear(path: Path) -> tuple[BeatNetwork, dict[str, Any]]:
    """The averaged network of a checkpoint and the checkpoint's header.

    Raises CheckpointError.
    """
    tensors, header = checkpoint.load(path)
    if header.get("kind") != "beat":
        raise checkpoint.CheckpointError(f"{path} is not a trained beat network.")
    sizes = checkpoint.sizes_of(path, header)
    weights = checkpoint.part_of(tensors, "ema")
    return checkpoint.with_weights(path, lambda: BeatNetwork(sizes), weights).eval(), header
