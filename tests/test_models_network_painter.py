"""A network that paints: its trial leaves no trace, and after a reset it begins anew."""

import numpy as np
import pytest

pytest.importorskip("onnx")

from models.runtime.engines import EngineError
from models.runtime.painter import NetworkPainter, OldRendererError
from models.spec import TARGET
from tests.made_painters import counting, plate_of

PLATE = plate_of(8)
NOBODY = np.full((18, 2), 0.5, np.float32)


def test_the_first_picture_of_a_show_is_the_first():
    painter = NetworkPainter(counting(8))
    assert [painter.paint(NOBODY).image.max() for _ in range(3)] == [0, 1, 2]
    painter.reset()
    picture = painter.paint(NOBODY)
    assert (picture.image.max(), picture.x, picture.y) == (0, 2, 3)
    assert np.array_equal(painter.plate, PLATE)
    expected = PLATE.copy()
    expected[3:7, 2:6] = 1
    assert np.array_equal(painter.whole(NOBODY), expected), "the window lies at its corner"


@pytest.mark.parametrize("without", [TARGET.plate, TARGET.corner])
def test_a_network_of_an_older_version_is_told(without):
    with pytest.raises(OldRendererError, match="exported by an older version"):
        NetworkPainter(counting(8, without))


def test_what_is_no_network_is_told():
    with pytest.raises(EngineError):
        NetworkPainter(b"no network")
