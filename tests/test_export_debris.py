"""Specks of a puppet's views: what hangs on nothing goes, the part and its large pieces stay."""

import numpy as np
import pytest

from export.debris import without_debris


def _view(*pieces, level=255):
    """Pieces (top, left, height, width) of a part, 60 x 60 px."""
    view = np.full((60, 60, 4), 90, np.uint8)
    view[..., 3] = 0
    for top, left, height, width in pieces:
        view[top : top + height, left : left + width, 3] = level
    return view


PART = (5, 5, 20, 20)


@pytest.mark.parametrize("level", [255, 120])
def test_a_speck_goes_with_its_soft_edge_and_the_part_stays(level):
    view = _view(PART, level=level)
    speck = view.copy()
    speck[40:44, 40:44, 3] = level
    speck[38:46, 38:46, 3] = np.maximum(speck[38:46, 38:46, 3], 30)
    both = np.stack([view, speck])
    before = both.copy()
    clean = without_debris(both)
    assert np.array_equal(clean, np.stack([view, view]))
    assert np.array_equal(both, before), "what was given is as it was"


def test_what_touches_the_part_and_what_is_large_stays():
    for more in ((25, 25, 3, 3), (40, 40, 9, 9)):  # by a corner; a fifth of the part
        view = _view(PART, more)[None]
        assert np.array_equal(without_debris(view), view)


def test_what_is_hardly_seen_stays():
    view = _view(PART)
    view[40:44, 40:44, 3] = 80
    assert np.array_equal(without_debris(view[None]), view[None])


def test_nothing_at_all_stays_nothing():
    bare = _view()[None]
    assert np.array_equal(without_debris(bare), bare)
