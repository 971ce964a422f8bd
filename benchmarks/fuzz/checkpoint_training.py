"""The small training whose checkpoint is resumed."""

from pathlib import Path

import torch

from models.nets.beat import BeatNetwork
from models.spec import BeatSpec
from train.run.loop import Run

SIZES = BeatSpec(width=8, gru_layers=1)


def begun(path: Path) -> Run[BeatNetwork]:
    """Anew, or as the file at `path` says. Raises CheckpointError."""
    network = BeatNetwork(SIZES)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    return Run(
        path,
        network,
        optimizer,
        {"kind": "beat", "name": "me"},
        9,
        carried={"hidden": torch.zeros(3)},
    )
