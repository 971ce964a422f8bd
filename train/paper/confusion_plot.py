"""A confusion matrix as a picture."""

from pathlib import Path

import numpy as np

from models.types import Array


def draw_confusion(counts: Array, classes: tuple[str, ...], title: str, path: Path) -> None:
    """Rows are what was shown, columns what the network took it for, in per cent of the row."""
    from matplotlib.figure import Figure

    share = 100 * counts / np.maximum(1, counts.sum(1, keepdims=True))
    size = 1.8 + 0.5 * len(classes)
    figure = Figure(figsize=(size + 1, size), dpi=110, layout="constrained")
    axis = figure.add_subplot()
    axis.imshow(share, cmap="Blues", vmin=0, vmax=100)
    axis.set_xticks(range(len(classes)), classes, rotation=60, ha="right")
    labels = [f"{name} ({n})" for name, n in zip(classes, counts.sum(1), strict=True)]
    axis.set_yticks(range(len(classes)), labels)
    for row, column in np.argwhere(share >= 0.5):
        value = share[row, column]
        colour = "white" if value > 55 else "black"
        axis.text(column, row, f"{value:.0f}", ha="center", va="center", color=colour)
    axis.set_xlabel("taken for")
    axis.set_ylabel("shown (segments)")
    axis.set_title(title, fontsize="medium", loc="right")
    figure.savefig(path)
