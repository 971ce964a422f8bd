"""Who is on the stage screen, exchanged while the show goes on: what is told, and what stays."""

import pytest
from loading import until_loaded
from made_painters import quick_person

from live.core.settings import Settings
from live.show.current_screen import CurrentScreen
from live.show.wishes import Wish, Wishes


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
    current._loader.wish = lambda wishes: wished.append(wishes) or True
    for size in (32, 64):
        current._resize(size)
    assert [wish.painter[:2] for _, wish in wished] == [("skeleton", 32), ("skeleton", 0)]
    current._wishes = Wishes(Wish("bob"), Wish("bob"))
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


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_is_set_at_once_comes_while_something_else_is_held(stage):
    current = stage.current
    current.change(hold=True, background="black")
    until_loaded()
    current.change(x=0.25)
    until_loaded()
    assert (current._shown.background, current._shown.x) == ("target", 0.25)
    assert current.wanted == current._shown._replace(background="black")
    current.release("background")
    assert (current._shown.background, current._shown.x) == ("black", 0.25)


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
@pytest.mark.parametrize("is_loaded", [True, False])
def test_what_was_held_and_is_set_at_once_instead_holds_nothing(stage, is_loaded):
    current = stage.current
    current.change(hold=True, background="black")
    if is_loaded:
        until_loaded()
    current.change(background="green")
    until_loaded()
    assert current._shown.background == "green" and current._ready is None
    current.change(scale=0.5)
    until_loaded()
    assert (current._shown.background, current._shown.scale) == ("green", 0.5)


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_is_held_comes_each_with_its_own_line(stage):
    current = stage.current
    current.change(hold=True, background="black")
    current.change(hold=True, fit="cover")
    until_loaded()
    current.release("fit")
    until_loaded()
    assert (current._shown.background, current._shown.fit) == ("target", "cover")
    current.release("background")
    assert (current._shown.background, current._shown.fit) == ("black", "cover")


FAULTS = {
    "target": ({"target": "nobody"}, "There is no target 'nobody'"),
    "others": ({"others": "nobody"}, "There is no target 'nobody'"),
    "background": ({"background": "none.png"}, "There is no picture none.png"),
}
REST = {
    "dancers": 2,
    "scale": 0.5,
    "others": "skeleton",
    "background": "black",
    "target": "skeleton",
}


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("hold", [False, True])
def test_a_fault_takes_nothing_else_of_a_wish_with_it(stage, fault, hold):
    """A scene sets all at once, and one person of it may be gone."""
    (wrong, said), current = FAULTS[fault], stage.current
    rest = {name: value for name, value in REST.items() if name not in wrong}
    current.change(hold=hold, **wrong)
    current.change(hold=hold, **rest)
    until_loaded()
    current.release()
    shown = current._shown
    assert {name: getattr(shown, name) for name in rest} == rest
    assert current.wanted == shown and shown.target == "skeleton"
    assert len(stage.told) == 1 and stage.told[0].startswith(said)


@pytest.mark.parametrize("stage", [SKELETON], indirect=True)
def test_what_failed_a_moment_ago_is_not_said_to_be_wanted(stage):
    for _ in range(2):
        stage.current.change(target="nobody")
        until_loaded()
        assert stage.current.wanted.target == "skeleton"
    assert len(stage.told) == 1
