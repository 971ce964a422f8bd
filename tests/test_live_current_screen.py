"""Who is on the stage screen, exchanged while the show goes on: what is told, and what stays."""

import threading
import time

import pytest

from live.core.settings import Settings
from live.show.current_screen import CurrentScreen


class Stage:
    def __init__(self, **settings):
        self.told, self.paces = [], []
        self.current = CurrentScreen(
            Settings(fps=30.0, **settings), self.told.append, self.paces.append
        )
        self.now = 1000.0

    def frames(self, seconds, lost=0):
        """`lost` frames before each that was painted."""
        end = self.now + seconds
        while self.now < end:
            self.now += (1 + lost) / self.paces[-1]
            self.current.watch(self.now, self.now - 990.0, 0.01, lost)

    def rest(self):
        """Until nothing is being loaded."""
        until = time.perf_counter() + 30
        while any(thread.name == "load" for thread in threading.enumerate()):
            assert time.perf_counter() < until
            time.sleep(0.01)


@pytest.fixture
def stage(request):
    made = Stage(**request.param)
    yield made
    made.current.close()


SKELETON = {"target": "skeleton", "size": 64, "output": (128, 96)}


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_overload_means_fewer_pictures_and_calm_all_again(stage):
    assert (stage.paces, stage.told, stage.current.is_best) == ([30.0], [], True)
    stage.frames(5, lost=1)
    assert stage.paces == [30.0, 20.0] and not stage.current.is_best
    assert stage.told == ["machine busy: 20 pictures/s at 64 px"]
    ((media_time, size, fps),) = stage.current.changes
    assert (size, fps) == (64, 20.0) and media_time == round(media_time, 1)
    assert 13.5 < media_time < 15
    stage.frames(30)
    assert stage.paces[-1] == 30.0 and stage.current.is_best
    assert stage.told[-1] == "30 pictures/s at 64 px"
    assert len(stage.current.changes) == 2


@pytest.mark.parametrize("stage", [SKELETON | {"adapt": False}], indirect=True)
def test_who_wants_the_full_picture_gets_it(stage):
    stage.frames(60, lost=3)
    assert (stage.paces, stage.told, stage.current.changes) == ([30.0], [], [])


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_a_target_that_is_not_there_is_told_and_the_one_of_now_stays(stage):
    before = stage.current.screen
    stage.current.switch("skeleton")
    stage.rest()
    assert stage.current.screen is before and not stage.told
    stage.current.switch("nobody")
    stage.rest()
    assert stage.current.screen is before
    assert len(stage.told) == 1 and stage.told[0].startswith("There is no target 'nobody'; ")


@pytest.mark.parametrize("stage", [{"target": "alice-512", "output": (256, 256)}], indirect=True)
def test_the_same_person_gets_smaller_and_another_begins_at_their_best(stage):
    current = stage.current
    assert current.screen.smaller == (256,)
    stage.frames(5, lost=1)
    assert stage.told == ["machine busy: 30 pictures/s at 256 px"] and not current.is_best
    stage.rest()
    assert (current.screen.painter.size, current.screen.target) == (256, "alice-512")
    assert current.screen.placement.output == (256, 256)
    assert not current.is_best, "it is still less than was asked for"
    stage.current.switch("skeleton")
    stage.rest()
    assert current.screen.painter.name == "skeleton" and current.is_best
    assert current.screen.placement.output == (256, 256)
    assert stage.paces[-1] == 30.0


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_nobody_foresaw_is_told_as_well(stage):
    stage.current._stay(stage.current._loader.wanted, RuntimeError("oh"))
    assert stage.told == ["skeleton cannot be shown (oh): skeleton stays."]


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_is_wished_for_at_each_size(stage):
    """At its best a target is asked for as at first: then it is not another wish."""
    wished, current = [], stage.current
    current._loader.wish = wished.append
    for size in (32, 64):
        current._resize(size)
    assert wished == [("skeleton", 32), ("skeleton", 0)]
    current._loader._wanted = type(wished[0])("bob")
    current._resize(32)
    assert len(wished) == 2, "somebody else will come on stage"
