"""Dancers in places of their own: what is understood, where they stand, who is before whom."""

import json
import time
from dataclasses import asdict

import av
import numpy as np
import pytest
from loading import until_loaded
from made_painters import quick_person
from test_dancers import FEET, SQUARE, WIDE_STAGE, beat, opened
from test_dancers_show import SKELETON, STAGE, Stage, _rendered, columns

from live.controls.commands import command_for
from live.controls.scenes import KEPT
from live.core.messages import PlaceDancer, SetPlaces
from live.core.places import Own, PlacesError, own_of, places_of, text_of, with_place
from live.core.settings import MOST_DANCERS, Settings
from live.picture.placement import Placement
from live.picture.row import farthest_first, row_of, standing
from live.show.resume import Kept, Resume
from models.skeleton import ANKLES, STANDING


@pytest.fixture
def stage(request):
    made = Stage(**request.param)
    yield made
    made.current.close()


def several(**more):
    return pytest.mark.parametrize("stage", [{"dancers": 3} | more], indirect=True)


# what is understood


@pytest.mark.parametrize(
    ("text", "places", "again"),
    [
        ("", {}, ""),
        ("1:0.3,-0.1,0.8 2:-0.4", {1: Own(0.3, -0.1, 0.8), 2: Own(-0.4)}, "1:0.3,-0.1,0.8 2:-0.4"),
        (" 7:,,2   0:,-.5 ", {7: Own(None, None, 2.0), 0: Own(None, -0.5)}, "0:,-0.5 7:,,2"),
        ("3:", {3: Own()}, ""),
        ("1:-0.0", {1: Own(0.0)}, "1:0"),
    ],
)
def test_places_are_read_and_written(text, places, again):
    assert places_of(text) == places and text_of(places) == again
    assert text_of(places_of(again)) == again


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("8:0.1", r"^There is no dancer 8: they are 0 to 7\.$"),
        ("1:0.1 1:0.2", r"^Dancer 1 has two places: say one\.$"),
        ("2:0.6", r"^x of dancer 2 is '0.6': say a number from -0.5 to 0.5\.$"),
        ("2:0,0,0.2", r"^size of dancer 2 is '0.2': say a number from 0.25 to 2\.$"),
        ("2:0,nan", r"^y of dancer 2 is 'nan'"), ("2:a", r"^x of dancer 2 is 'a'"),
        ("2:1,2,3,4", r"^The place of dancer 2 is x, y and size, not 4 numbers\.$"),
        ("left", r"^'left' is no place: say NUMBER:X,Y,SIZE"), ("1: 0.3", r"^'0.3' is no place"),
        ("-1:0.3", r"^'-1:0.3' is no place"),
    ],
)  # fmt: skip
def test_what_is_no_place_is_one_sentence(text, told):
    with pytest.raises(PlacesError, match=told):
        places_of(text)


def test_one_dancer_is_placed_among_the_others():
    set_ = "1:0.3,-0.1,0.8 2:-0.4"
    assert with_place(set_, 2, Own(None, 0.1)) == "1:0.3,-0.1,0.8 2:-0.4,0.1"
    assert with_place(set_, 1, None) == "2:-0.4" and with_place("", 5, own_of("0.5")) == "5:0.5"


def test_over_osc_each_has_an_address_by_their_number():
    def asked(value, dancer=1):
        return command_for(f"dancer/{dancer}/place", value, {}.get, 0.0)

    for value, own in (
        ((0.3, -0.1, 0.8), Own(0.3, -0.1, 0.8)), ((0.25, 0), Own(0.25, 0.0)), (0.25, Own(0.25)),
        (",-0.1", Own(None, -0.1)), ((7.0, -7.0, 0.0), Own(0.5, -0.5, 0.25)),
        (None, None), ("", None),
    ):  # fmt: skip
        assert asked(value, 7) == [PlaceDancer(7, own)]
    for value in ((1, 2, 3, 4), (0.1, "0.2"), float("nan"), (float("inf"),), True, "x", "0.7", []):
        assert asked(value) is None
    assert asked((0.1,), MOST_DANCERS) is None and asked((0.1,), "<n>") is None
    assert command_for("places", "1:0.3", {}.get, 0.0) == [SetPlaces("1:0.3")]
    assert "places" in KEPT


# where they stand


@pytest.mark.parametrize("screen", [WIDE_STAGE, SQUARE, (180, 320)])
@pytest.mark.parametrize("fit", ["contain", "cover"])
def test_a_place_is_that_of_the_middle_and_of_the_floor(screen, fit):
    """Whatever the size; what is left out is as in the row."""
    alone = Placement(100, screen, fit)
    in_row = row_of(alone, 3, FEET)[1]

    def stood(own):
        place = standing(in_row, own, alone, FEET)
        return np.array(
            [place.origin[0] + place.side / 2, place.origin[1] + FEET * place.side, place.side]
        )

    row, there = stood(Own()), stood(Own(0.3, -0.1, 0.5))
    middle, floor = alone.origin[0] + alone.side / 2, alone.origin[1] + FEET * alone.side
    wanted = [middle + 0.3 * screen[0], floor - 0.1 * screen[1], alone.side / 2]
    assert there == pytest.approx(wanted, abs=1.5)
    assert row == pytest.approx(
        [in_row.origin[0] + in_row.side / 2, in_row.origin[1] + FEET * in_row.side, in_row.side],
        abs=1.5,
    )
    for n, own in enumerate((Own(x=0.3), Own(y=-0.1), Own(size=0.5))):
        one = stood(own)
        assert one[n] == pytest.approx(there[n], abs=1.5)
        assert np.delete(one, n) == pytest.approx(np.delete(row, n), abs=1.5)


def test_who_stands_lower_is_before_who_stands_higher():
    def order(places):
        at = opened(dancers=3, places=places).company
        return farthest_first(at.places, [FEET] * 3), at._order

    assert order("")[1][-1] == 0, "in the row the first is before all"
    assert order("0:,-0.2 2:,0.1")[1] == [0, 1, 2]
    by_feet, painted = order("1:0.2,0.3")
    assert by_feet == painted and painted[-1] == 1


def test_nobody_else_is_moved_and_the_joints_lie_on_them():
    row = opened(dancers=3, background="black").joints(STANDING)
    screen = opened(dancers=3, background="black", places="1:0.35,-0.05,0.6")
    shown, _ = screen.picture(STANDING)
    joints = screen.joints(STANDING)
    assert np.array_equal(joints[[0, 2]], row[[0, 2]])
    there = opened(background="black").joints(STANDING)[0]
    moved = (joints[1] - there)[list(ANKLES)].mean(0)
    assert moved == pytest.approx((0.35, -0.05), abs=0.02)
    for dancer in joints:
        for x, y in dancer[[1, 9, 12]] * WIDE_STAGE:
            assert shown.image[int(y), int(x)].max() > 60


def test_a_place_goes_where_all_go_and_grows_as_they_do():
    usual = opened(dancers=2, places="1:0.2,-0.1").joints(STANDING)
    moved = opened(dancers=2, places="1:0.2,-0.1", x=-0.1, y=0.05).joints(STANDING)
    np.testing.assert_allclose(moved - usual, np.broadcast_to([-0.1, 0.05], moved.shape), atol=0.01)
    screen = opened(dancers=2, places="1:0.2,-0.1")
    passing = screen.moved(1.0, (-0.1, 0.05))
    np.testing.assert_allclose(passing.joints(STANDING), moved, atol=0.01)


def test_one_alone_stands_where_x_and_y_say():
    assert np.array_equal(
        opened(places="0:0.3,0.1,0.5").joints(STANDING), opened().joints(STANDING)
    )


def test_a_skeleton_that_is_placed_large_is_drawn_large():
    row, large = (opened(size=0, dancers=8, places=places) for places in ("", "3:0.1,0,1"))
    assert large.painter.size == pytest.approx(180, abs=1) and row.painter.size < 140


# in a show


@pytest.mark.parametrize("stage", [{"background": "black"}], indirect=True)
def test_they_are_placed_while_it_plays_and_what_is_wrong_changes_nothing(stage):
    stage.controls.warn = stage.told.append
    stage.set("dancers", 3)
    stage.set("places", "1:0.4,0,0.5  2:-.4,,0.5")
    stage.set("dancer/2/place", (-0.35, 0.0))
    until_loaded()
    assert stage.controls.read("places") == "1:0.4,0,0.5 2:-0.35,0,0.5"
    assert columns(stage.picture(1.0).image) == 3
    at = [place.origin for place in stage.current.screen.company.places]
    for wrong in ("9:0", "here", "1:0.1,0.2,9"):
        stage.set("places", wrong)
    assert len(stage.told) == 3 and stage.told[0].startswith("There is no dancer 9")
    assert [place.origin for place in stage.current.screen.company.places] == at
    stage.set("dancer/2/place", None)
    until_loaded()
    assert stage.controls.read("places") == "1:0.4,0,0.5"
    stage.set("places", "")
    until_loaded()
    assert stage.current.screen.own == {}


@several(target="skeleton", places="1:0.4")
def test_places_wait_for_their_line_and_a_hand_on_one_of_them_does_not(stage):
    controls = stage.controls
    controls.at(0.1, beat(120.0, 0.1), 0.01)
    controls.ask("quantise", "beat")
    assert controls.ask("places", "2:-0.4")
    until_loaded()
    assert controls.waiting == ("places",) and stage.current.screen.own == {1: Own(0.4)}
    assert controls.ask("dancer/1/place", (0.3, 0.0))
    until_loaded()
    assert controls.waiting == ("places",) and stage.current.screen.own == {1: Own(0.3, 0.0)}
    for media_time in (0.2, 0.3, 0.4, 0.5, 0.6):
        controls.at(media_time, beat(120.0, media_time), 0.01)
    until_loaded()
    assert controls.waiting == () and stage.current.screen.own == {1: Own(0.3, 0.0), 2: Own(-0.4)}
    assert controls.ask("dancer/1/place", (0.2, 0.1))
    until_loaded()
    assert stage.current.screen.own == {1: Own(0.2, 0.1), 2: Own(-0.4)}


@several(target="skeleton", places="1:0.4")
def test_a_place_is_kept_over_a_crash(stage, tmp_path):
    stage.set("dancer/2/place", (-0.4, 0.1))
    until_loaded()
    kept = Kept(time.monotonic(), 1.0, 1.0, "skeleton", stage.controls.kept())
    (tmp_path / "kept").write_text(json.dumps(asdict(kept)))
    resume = Resume(tmp_path / "kept", time.monotonic(), 1, False)
    again = resume.settings(Settings(**SKELETON))
    assert (again.dancers, again.places) == (3, "1:0.4 2:-0.4,0.1")


@pytest.mark.usefixtures("me")
@several(target="me", others="you", fade=5.0)
def test_a_place_loads_nobody_and_dissolves_nothing(stage):
    painters = stage.current.screen.painters
    stage.picture(1.0)
    stage.set("dancer/1/place", (0.3, 0.1))
    assert stage.current._settle(stage.current._wishes) < 0.1
    until_loaded()
    assert all(
        one is other for one, other in zip(stage.current.screen.painters, painters, strict=True)
    )
    stage.picture(1.1)
    assert stage.current.crossfade.n_leaving == 0
    assert stage.current.screen.own == {1: Own(0.3, 0.1)}


@pytest.fixture
def me(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    for name in ("me", "you"):
        quick_person(tmp_path, name, 128)


def test_a_film_has_them_in_their_places(tmp_path):
    _rendered(tmp_path, record=f"{tmp_path}/alone/", places="1:0.4,0,0.5 2:-0.4,0,0.5")
    with av.open(str(sorted((tmp_path / "alone").glob("*.png"))[4])) as container:
        rgba = next(container.decode(video=0)).to_ndarray(format="rgba")
    seen = np.flatnonzero(rgba[..., 3].max(0))
    assert columns(rgba[..., 3:]) == 3 and np.ptp(seen) > 0.7 * STAGE[0]
