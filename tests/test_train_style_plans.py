"""Which plans belong to a style: those that its own dancers dance."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models import skeleton, spec
from models.skeleton import STANDING
from train.dancer.plans import plan_motions, plans_of_styles

N_HORIZONS, SECONDS = len(spec.HORIZONS), 8
STYLES = (spec.Style("walk", 4, 0.0), spec.Style("wave", 4, 0.0))


def _song(style: str, drift: np.ndarray) -> SimpleNamespace:
    """Every joint moves by `drift` a second, without end."""
    times = np.arange(50 * SECONDS) / 50
    poses = STANDING + times[:, None, None] * drift
    return SimpleNamespace(style=style, poses=poses.astype(np.float32))


def _plan(drift: np.ndarray) -> torch.Tensor:
    step = torch.from_numpy((drift * spec.CHUNK_SECONDS).astype(np.float32))
    return step.expand(N_HORIZONS, spec.N_JOINTS, 2).flatten()


def test_a_plan_is_as_rare_in_a_style_as_its_dancers_dance_it() -> None:
    across, up, down = (np.array(way) for way in ([0.4, 0.0], [0.0, -0.3], [0.0, 0.3]))
    plans = torch.stack([_plan(way) for way in (across, -across, up, down)])
    assert plan_motions(plans).shape == (4, N_HORIZONS * spec.N_JOINTS * 2)
    songs = [_song("walk", across), _song("wave", up), _song("wave", up), _song("wave", across)]
    rarer = plans_of_styles(songs, plans, STYLES)
    assert rarer.shape == (2, 4) and (rarer <= 0).all()
    # Its mirror image counts as well: who goes to the left may go to the right.
    assert np.allclose(
        skeleton.mirror(STANDING + across)[0] - skeleton.mirror(STANDING)[0], -across
    )
    walk, wave = rarer
    assert walk[:2] == pytest.approx(torch.zeros(2))
    assert wave[:2].mean().item() == pytest.approx(np.log(1 / 3), abs=0.1)
    assert wave[2] == 0.0 and walk[2] < -2.5, "nobody waves in a walk"
    assert walk[3] == wave[3] == 0.0, "what nobody dances is as rare in both"
