"""The beat network: log-mel and its rise in, for every 10 ms how surely a beat or a bar begins.

Small and causal; a one-way GRU carries the rhythm. Its answer comes `BEAT_DELAY_S` after the beat,
when the beat has been heard; `models.beat_tracker` looks ahead from there.
"""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from models import spec
from models.nets import checkpoint
from models.nets.mel import LogMel
from models.spec import BeatState


class BeatNetwork(nn.Module):
    """Log-mel -> two ReLU layers -> GRU -> logits of beat and downbeat."""

    def __init__(self, sizes: spec.BeatSpec) -> None:
        super().__init__()
        self.sizes = sizes
        self.mel = LogMel(sizes.mel)
        self.listen = nn.Sequential(
            nn.Linear(2 * sizes.mel.n_bands, sizes.width), nn.ReLU(),
            nn.Linear(sizes.width, sizes.width), nn.ReLU(),
        )  # fmt: skip
        self.rhythm = nn.GRU(sizes.width, sizes.width, sizes.gru_layers, batch_first=True)
        self.head = nn.Linear(2 * sizes.width, 2)

    def start(self, batch: int = 1) -> BeatState:
        """The state before any sound."""
        sizes = self.sizes
        return BeatState(
            torch.zeros(batch, sizes.mel.tail_samples),
            torch.zeros(sizes.gru_layers, batch, sizes.width),
        )

    def forward(self, audio: Tensor, state: BeatState | None = None) -> tuple[Tensor, BeatState]:
        """Chunks (B, T, S), -1..1 -> probabilities (B, 10 T, 2): beat, downbeat; next state."""
        state = self.start(len(audio)) if state is None else state
        frames, tail = self.mel(audio, state.audio_tail)
        logits, hidden = self.hear(frames, state.hidden)
        return torch.sigmoid(logits), BeatState(tail, hidden)

    def hear(self, frames: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (B, n + BEAT_REACH, bands) every 10 ms -> logits (B, n, 2), next hidden."""
        reach = spec.BEAT_REACH
        now = frames[:, reach:]
        rise = torch.relu(now - frames[:, :-reach])
        heard = self.listen(torch.cat([now, rise], -1))
        rhythm, hidden = self.rhythm(heard, hidden)
        return self.head(torch.cat([heard, rhythm], -1)), hidden


def load_ear(path: Path) -> tuple[BeatNetwork, dict[str, Any]]:
    """The averaged network of a checkpoint and the checkpoint's header.

    Raises CheckpointError.
    """
    tensors, header = checkpoint.load(path)
    if header.get("kind") != "beat":
        raise checkpoint.CheckpointError(f"{path} is not a trained beat network.")
    sizes = spec.BeatSpec(**{**header["spec"], "mel": spec.MelSpec(**header["spec"]["mel"])})
    network = BeatNetwork(sizes).eval()
    network.load_state_dict(checkpoint.part_of(tensors, "ema"))
    return network, header
