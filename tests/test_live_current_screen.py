"""Who is on the stage screen, exchanged while the show goes on: what is told, and what stays."""

import pytest
from loading import until_loaded
from made_painters import quick_person

from live.core.settings import Settings
from live.show.current_screen import CurrentScreen, Wish


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
    assert stage.told == ["machine busy: aims at 20 pictures/s of 64 px"]
    ((media_time, size, fps),) = stage.current.changes
    assert (size, fps) == (64, 20.0) and media_time == round(media_time, 1)
    assert 13.5 < media_time < 15
    stage.frames(30)
    assert stage.paces[-1] == 30.0 and stage.current.is_best
    assert stage.told[-1] == "aims at 30 pictures/s of 64 px"
    assert len(stage.current.changes) == 2


@pytest.mark.parametrize("stage", [SKELETON | {"adapt": False}], indirect=True)
def test_who_wants_the_full_picture_gets_it(stage):
    stage.frames(60, lost=3)
    assert (stage.paces, stage.told, stage.current.changes) == ([30.0], [], [])


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_a_target_that_is_not_there_is_told_and_the_one_of_now_stays(stage):
    before = stage.current.screen
    stage.current.change(target="skeleton")
    until_loaded()
    assert stage.current.screen is before and not stage.told
    stage.current.change(target="nobody")
    until_loaded()
    assert stage.current.screen is before
    assert len(stage.told) == 1 and stage.told[0].startswith("There is no target 'nobody'; ")


@pytest.fixture
def two_sizes(tmp_path, monkeypatch):
    """Somebody at two sizes, as image networks."""
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    for name, size in (("me", 256), ("me-512", 512)):
        quick_person(tmp_path, name, size)


@pytest.mark.usefixtures("two_sizes")
@pytest.mark.parametrize("stage", [{"target": "me-512", "output": (256, 256)}], indirect=True)
def test_the_same_person_gets_smaller_and_another_begins_at_their_best(stage):
    current = stage.current
    assert current.screen.smaller == (256,)
    stage.frames(5, lost=1)
    assert stage.told == ["machine busy: aims at 30 pictures/s of 256 px"] and not current.is_best
    until_loaded()
    assert (current.screen.painter.size, current.screen.target) == (256, "me-512")
    assert current.screen.placement.output == (256, 256)
    assert not current.is_best, "it is still less than was asked for"
    stage.current.change(target="skeleton")
    until_loaded()
    assert current.screen.painter.name == "skeleton" and current.is_best
    assert current.screen.placement.output == (256, 256)
    assert stage.paces[-1] == 30.0


@pytest.mark.parametrize(
    "stage", [{"target": "alice-hd", "output": (700, 600), "engine": "cpu"}], indirect=True
)
def test_a_puppet_is_painted_for_the_stage_then_smaller_and_so_again(stage):
    current = stage.current
    assert (current.screen.painter.size, current.screen.smaller) == (600, (512,))
    stage.frames(5, lost=1)
    assert stage.told == ["machine busy: aims at 30 pictures/s of 512 px"]
    until_loaded()
    assert (current.screen.painter.size, current.screen.target) == (512, "alice-hd")
    stage.frames(30)
    until_loaded()
    assert stage.told[1:] == ["aims at 30 pictures/s of 600 px"] and current.is_best
    assert (current.screen.painter.size, current.screen.painter.name) == (600, "alice")
    assert current.screen.placement.output == (700, 600)


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
    assert [wish.painter[:2] for wish in wished] == [("skeleton", 32), ("skeleton", 0)]
    current._loader._wanted = type(wished[0])("bob")
    current._resize(32)
    assert len(wished) == 2, "somebody else will come on stage"


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_is_held_is_loaded_and_comes_with_its_line(stage):
    current = stage.current
    before = current.screen
    current.change(hold=True, background="black")
    until_loaded()
    assert current.screen is before and current.wanted.background == "black"
    current.release()
    assert current.screen is not before and current._shown.background == "black"
    current.change(hold=True, background="green")
    current.release()
    until_loaded()
    assert current._shown.background == "green", "the line came before it was loaded"


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_of_what_is_held_the_newest_comes(stage):
    current = stage.current
    for background in ("black", "green"):
        current.change(hold=True, background=background)
        until_loaded()
    current.change(hold=True, scale=0.5)
    until_loaded()
    current.release()
    assert (current._shown.background, current._shown.scale) == ("green", 0.5)
    assert current.screen.placement.side == 48


@pytest.mark.usefixtures("two_sizes")
@pytest.mark.parametrize("stage", [{"target": "me", "output": (256, 256)}], indirect=True)
def test_another_place_or_background_keeps_who_is_loaded(stage):
    painter = stage.current.screen.painter
    for fields in ({"background": "black"}, {"scale": 0.5}, {"x": 0.25}, {"shadow": False},
                   {"fit": "cover"}):  # fmt: skip
        stage.current.change(**fields)
        until_loaded()
        assert stage.current.screen.painter is painter, fields
    assert stage.current._shown == Wish("me", 0, "black", False, 0.5, 0.25, fit="cover")
    assert stage.current.screen.placement.fit == "cover"
    assert not stage.told


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_a_picture_that_cannot_be_read_is_told_and_the_one_of_now_stays(stage, tmp_path):
    before = stage.current.screen
    stage.current.change(background=str(tmp_path / "no.png"))
    until_loaded()
    assert stage.current.screen is before and len(stage.told) == 1
    assert stage.current.wanted.background == "target"
