"""Trainings that see one batch over and over: what is learned by heart is learned for certain."""

from typing import Any

import pytest


def one_batch(patch: pytest.MonkeyPatch, segments: type) -> dict[tuple[Any, ...], Any]:
    """`segments` draws only once for each wish (size, length); what it drew comes back by wish."""
    draw, drawn = vars(segments)["batch"], {}

    def batch(self: Any, rng: Any, *wish: Any) -> Any:
        if wish not in drawn:
            drawn[wish] = draw(self, rng, *wish)
        return drawn[wish]

    patch.setattr(segments, "batch", batch)
    return drawn
