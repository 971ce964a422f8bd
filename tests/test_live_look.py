"""What the hand makes of the picture: black at once, also of what is painted already."""

import numpy as np
import pytest

from live.core.messages import Pose
from live.dance.company import Company
from live.picture.screen import Shown
from live.show.look import Look
from models.skeleton import STANDING


class Still:
    def at(self, time):
        return Pose(time, STANDING, 0.0)


@pytest.fixture
def look():
    made = Look(Company(Still()))
    made.at(0.0, 0.0)
    return made


SHOWN = Shown(np.full((4, 4, 3), 200, np.uint8), None)


def test_what_is_painted_already_is_black_and_back_at_once(look):
    assert look.turned() is None, "nothing was seen yet"
    assert look.seen(SHOWN) is SHOWN and look.turned() is None
    look.is_black = True
    assert not look.turned().image.any() and look.turned() is None
    assert not look.seen(SHOWN).image.any()
    look.is_black = False
    assert look.turned() is SHOWN and look.turned() is None


def test_a_fade_begins_with_the_next_picture(look):
    look.at(0.1, 1.0)
    assert look.seen(SHOWN) is SHOWN
    look.is_black = True
    assert look.turned() is None
    look.at(0.35, 1.0)
    assert 0 < look.seen(SHOWN).image[0, 0, 0] < 200
