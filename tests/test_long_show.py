"""An evening in miniature: songs, applause, speech and silence, faster than real time."""

import pytest
from seeds import seed_of

from benchmarks.long_show import measure


@pytest.mark.slow
@pytest.mark.parametrize("dance", ["ballroom", "free"])
def test_alive_bounded_and_awake_at_once(dance):
    found = measure(5.0, dance, seed=seed_of(3))
    rows = found["each ten minutes"]
    assert isinstance(rows, list) and rows
    for row in rows:
        assert 0.2 < row["speed"] < 1.5
        assert row["frozen"] < 0.05
        assert 0.002 < row["speed in silence"] < 0.05
    wakes = found["moves after s, p50 / most"]
    assert isinstance(wakes, list) and wakes[1] <= 0.5
    extent, longest = found["furthest joint, body units"], found["longest bone, of its length"]
    assert isinstance(extent, float) and extent < 2.0
    assert isinstance(longest, float) and longest < 1.1
