"""The paper's dancer: raw sound chunk by chunk, a GRU, and a residual head that draws the pose.

Both ways (`causal=False`) it is the offline reference of every table; one way, with its state
carried, it runs on stage. What its authors left out of the text is taken from their program.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models import spec
from models.nets.dance.paper_audio import WIDTH, MusicEncoder
from models.nets.dance.pose_limits import BoneLimit, on_floor
from models.spec import PaperSpec, PaperState

HEAD = 1024
BLOCKS = 3


class GeneratorOutput(NamedTuple):
    """What `forward` gives: poses (B, T, H, J, 2) and the next state (None both ways)."""

    poses: Tensor
    state: PaperState | None


class ResidualBlock(nn.Module):
    """Two layers and a shortcut that is added last."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(HEAD, HEAD), nn.BatchNorm1d(HEAD), nn.ReLU(),
            nn.Linear(HEAD, HEAD), nn.BatchNorm1d(HEAD), nn.ReLU(),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """(N, 1024) -> (N, 1024)."""
        return x + self.layers(x)


class PaperGenerator(nn.Module):
    """Sound and noise -> poses; all coherence in time comes from the GRU (8,982,664 parameters)."""

    def __init__(self, sizes: PaperSpec | None = None) -> None:
        super().__init__()
        self.sizes = sizes = sizes or PaperSpec()
        self.music = MusicEncoder(sizes.causal, sizes.log_mel)
        self.chance = nn.GRU(sizes.noise_width, sizes.noise_width, batch_first=True)
        self.enter = nn.Linear(WIDTH + sizes.noise_width, HEAD)
        self.blocks = nn.Sequential(*(ResidualBlock() for _ in range(BLOCKS)))
        self.head = nn.Sequential(
            nn.Dropout(sizes.dropout),
            nn.Linear(HEAD, len(sizes.horizons) * spec.N_JOINTS * 2),
            nn.Tanh(),
        )
        self.limit = BoneLimit()

    def start(self, batch: int = 1) -> PaperState:
        """The state before any music."""
        weight = self.enter.weight
        layers = self.music.gru.num_layers
        return PaperState(
            hidden=weight.new_zeros(layers, batch, WIDTH),
            chance=weight.new_zeros(1, batch, self.sizes.noise_width),
        )

    def forward(
        self,
        audio: Tensor,
        noise: Tensor,
        controls: Tensor | None = None,
        state: PaperState | None = None,
    ) -> GeneratorOutput:
        """Sound (B, T, S), noise (B, T, N) -> poses (B, T, H, J, 2) and the next state.

        Controls are not listened to: this dancer is given nothing but the sound. Raises ValueError
        when a state is given to a network that hears both ways.
        """
        hidden = chance = None
        if state is not None:
            hidden, chance = state.hidden, state.chance
        steps, hidden = self.music(audio, hidden)
        luck, chance = self.chance(noise, chance)
        body = torch.cat([steps, torch.tanh(luck)], -1)
        # Head and norms see every chunk by itself, (B T, 1024).
        drawn = self.head(self.blocks(self.enter(body.flatten(0, 1))))
        poses = drawn.float().view(*audio.shape[:2], -1, spec.N_JOINTS, 2) * self.sizes.reach
        if self.sizes.limited and not self.training:
            poses = on_floor(self.limit(poses), spec.HOP)
        return GeneratorOutput(poses, PaperState(hidden, chance) if self.sizes.causal else None)
