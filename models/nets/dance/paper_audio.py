"""The paper's ears: 0.1 s chunks of raw sound, each heard alone, then a GRU over the chunks.

Used by its generator and, as a copy of its own, by the critic that compares dance and music.
"""

import torch
from torch import Tensor, nn

from models import spec
from models.nets.mel import LogMel

WIDTH = 256
LAYERS = 2
FRAMES = 7  # of 32 ms every 10 ms that lie within a chunk
# Channels out, kernel, stride, padding: 1600 samples become 100, 50, 25, 5 and 1.
CONVOLUTIONS = ((16, 80, 16, 32), (32, 4, 2, 1), (64, 4, 2, 1), (128, 10, 5, 3), (WIDTH, 5, 1, 0))


class ChunkEncoder(nn.Module):
    """Each chunk by itself -> 256 numbers in -1..1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        n_in = 1
        for n_out, kernel, stride, padding in CONVOLUTIONS[:-1]:
            layers += [nn.Conv1d(n_in, n_out, kernel, stride, padding), nn.BatchNorm1d(n_out)]
            layers.append(nn.ReLU())
            n_in = n_out
        n_out, kernel, stride, padding = CONVOLUTIONS[-1]
        layers += [nn.Conv1d(n_in, n_out, kernel, stride, padding), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, audio: Tensor) -> Tensor:
        """Audio (B, T, S), -1..1 -> (B, T, 256)."""
        return self.layers(audio.reshape(-1, 1, spec.CHUNK_SAMPLES)).view(*audio.shape[:2], -1)


class MelChunkEncoder(nn.Module):
    """Each chunk by itself as log-mel frames -> 256 numbers in -1..1. Not in the paper."""

    def __init__(self) -> None:
        super().__init__()
        self.mel = LogMel(spec.MelSpec(pool=1))
        inner = 2 * WIDTH
        self.layers = nn.Sequential(
            nn.Linear(FRAMES * self.mel.mel.n_bands, inner), nn.BatchNorm1d(inner), nn.ReLU(),
            nn.Linear(inner, WIDTH), nn.Tanh(),
        )  # fmt: skip

    def forward(self, audio: Tensor) -> Tensor:
        """Audio (B, T, S), -1..1 -> (B, T, 256)."""
        chunks = audio.reshape(-1, 1, spec.CHUNK_SAMPLES)
        frames, _ = self.mel(chunks, audio.new_zeros(len(chunks), 0))
        return self.layers(frames.flatten(1)).view(*audio.shape[:2], -1)


class MusicEncoder(nn.Module):
    """Chunks in their context: a GRU both ways, or one way with its state carried (`causal`)."""

    def __init__(self, causal: bool = False, log_mel: bool = False) -> None:
        super().__init__()
        self.is_causal = causal
        self.chunks = MelChunkEncoder() if log_mel else ChunkEncoder()
        self.gru = nn.GRU(WIDTH, WIDTH, LAYERS, batch_first=True, bidirectional=not causal)
        self.head = nn.Linear(WIDTH if causal else 2 * WIDTH, WIDTH)

    def forward(self, audio: Tensor, hidden: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Audio (B, T, S), -1..1 -> what is heard (B, T, 256) and the next state.

        The state is (layers, B, 256) where causal, else None. Raises ValueError when a state is
        given to a network that hears both ways.
        """
        if hidden is not None and not self.is_causal:
            raise ValueError("A network that hears both ways needs the whole segment: no state.")
        features, after = self.gru(self.chunks(audio), hidden)
        return self.head(features), after if self.is_causal else None


class Attention(nn.Module):
    """One summary of all steps, each with the weight that a small network gives it."""

    def __init__(self, width: int = WIDTH, inner: int = 40, minus_log: bool = False) -> None:
        super().__init__()
        # As printed in the paper: weights -log softmax, which favour the least relevant steps.
        self.is_minus_log = minus_log
        self.dropout = nn.Dropout(0.5)
        self.inner = nn.Linear(width, inner, bias=False)
        self.score = nn.Linear(inner, 1, bias=False)

    def weights(self, steps: Tensor) -> Tensor:
        """Steps (B, T, D) -> weights (B, T)."""
        scores = self.score(torch.tanh(self.inner(self.dropout(steps)))).squeeze(-1)
        return -scores.log_softmax(1) if self.is_minus_log else scores.softmax(1)

    def forward(self, steps: Tensor) -> Tensor:
        """Steps (B, T, D) -> their weighted sum (B, D)."""
        return (self.weights(steps)[..., None] * steps).sum(1)
