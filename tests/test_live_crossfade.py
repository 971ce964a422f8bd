"""One screen dissolves into the next: how much of each is seen when, and what is let go."""

from types import SimpleNamespace

import numpy as np
import pytest

from live.picture.screen import Shown
from live.show import crossfade as module
from live.show.crossfade import Crossfade

UNTIL = 5.0  # host time
JOINTS = np.zeros((18, 2), np.float32)


class Flat:
    """A screen of one grey."""

    n = 1

    @property
    def members(self):
        return [self]

    def __init__(self, level, painter=None):
        self.level, self.n_painted = level, 0
        self.painter = painter or SimpleNamespace()

    def around(self, picture):
        return Shown(np.full((4, 6, 3), self.level, np.uint8), None)

    def picture(self, joints):
        self.n_painted += 1
        return self.around(None), joints


class Fading:
    def __init__(self, seconds):
        self.gone, self.until = [], np.inf
        self.fade = Crossfade(self.gone.append)
        self.fade.seconds = seconds

    def seen(self, screen, time):
        image = self.fade.over(screen, [None], JOINTS, time, self.until).image
        assert (image == image[0, 0, 0]).all()
        return int(image[0, 0, 0])


def test_the_new_one_comes_as_the_old_one_goes():
    stage, old, new = Fading(1.0), Flat(200), Flat(100)
    assert stage.seen(old, 5.0) == 200
    stage.fade.leave(old)
    seen = [stage.seen(new, 5.1 + share) for share in (0.0, 0.25, 0.5, 0.75, 0.99)]
    assert seen == pytest.approx([200, 175, 150, 125, 101], abs=1)
    assert stage.gone == [] and old.n_painted == 5
    assert stage.seen(new, 6.1) == 100 and stage.gone == [old]
    assert stage.seen(new, 6.2) == 100 and old.n_painted == 5


def test_without_a_fade_it_is_there_with_the_next_frame():
    stage, old, new = Fading(0.0), Flat(200), Flat(100)
    stage.seen(old, 1.0)
    stage.fade.leave(old)
    assert stage.seen(new, 1.1) == 100 and stage.gone == [old] and not old.n_painted


def test_until_the_new_one_is_there_the_old_one_is_seen():
    stage, old, new = Fading(0.0), Flat(200), Flat(100)
    stage.fade.leave(old)
    assert stage.seen(old, 1.0) == 200 and stage.gone == []
    assert stage.seen(new, 1.1) == 100 and stage.gone == [old]


@pytest.mark.parametrize("now", [UNTIL - 1e-3, UNTIL + 1e-3])
def test_who_is_painted_too_late_stands_still(monkeypatch, now):
    """By the time that both took: the one that comes may have needed most of it."""
    monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now))
    stage, old, new = Fading(1.0), Flat(200), Flat(100)
    stage.until = UNTIL
    stage.seen(old, 1.0)
    stage.fade.leave(old)
    assert stage.seen(new, 1.1) == 200 and old.n_painted == 1
    assert stage.seen(new, 1.6) == 150 and old.n_painted == (2 if now < UNTIL else 1)


def test_in_the_middle_of_a_fade_the_mixture_leaves_and_nothing_jumps():
    stage, first, second, third = Fading(1.0), Flat(200), Flat(100), Flat(0)
    stage.seen(first, 1.0)
    stage.fade.leave(first)
    stage.seen(second, 1.1)
    assert stage.seen(second, 1.6) == 150
    stage.fade.leave(second)
    assert stage.gone == [first]
    assert stage.seen(third, 1.7) == 150
    assert stage.seen(third, 2.2) == 75
    assert stage.seen(third, 2.7) == 0 and stage.gone == [first, second]


def test_another_background_needs_no_second_painting():
    painter = SimpleNamespace()
    stage, old, new = Fading(1.0), Flat(200, painter), Flat(100, painter)
    stage.seen(old, 1.0)
    stage.fade.leave(old)
    stage.seen(new, 1.1)
    assert stage.seen(new, 1.6) == 150 and not old.n_painted


def test_where_media_time_goes_back_the_fade_is_over():
    stage, old, new = Fading(1.0), Flat(200), Flat(100)
    stage.seen(old, 9.0)
    stage.fade.leave(old)
    stage.seen(new, 9.1)
    assert stage.seen(new, 3.0) == 100 and stage.gone == [old]


def test_the_end_of_a_show_lets_go_of_who_was_leaving():
    stage, old = Fading(1.0), Flat(200)
    stage.fade.leave(old)
    stage.fade.close()
    stage.fade.close()
    assert stage.gone == [old]
