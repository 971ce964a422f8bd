"""Several dancers: which pose each has, where each stands, who is before whom, what is painted."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from made_pictures import alone

from live.core.cutout import Cutout
from live.core.messages import Beat, Pose
from live.core.row import place_in_row
from live.core.settings import CANON, MIRRORED, MOST_DANCERS, UNISON, Settings
from live.dance.company import GLIDE_S, PAST_S, UNHEARD_S, Company
from live.dance.tween import Tween
from live.picture.placement import Placement
from live.picture.row import WIDE, farthest_first, row_of
from live.picture.screen import open_screen
from models.skeleton import STANDING, mirror

FEET = 0.9
WIDE_STAGE, SQUARE = (320, 180), (180, 180)


class Danced:
    """A dance in which each moment has its own pose; counts how often it is asked."""

    def __init__(self):
        self.asked = []

    def at(self, time):
        self.asked.append(time)
        return Pose(time, STANDING + np.float32([0.1 * np.sin(time), 0.01 * time]), 0.0)


def beat(bpm, time=0.0):
    return Beat(time, 0.5, 0.0, bpm, 0.0, None, 0.9)


def company(way, canon=2.0, bpm=120.0):
    made = Company(Danced(), way, canon)
    made.follow(beat(bpm), 0.0)
    return made


# which pose each has


def test_one_dancer_is_the_dance_itself_and_asked_for_once():
    alone_ = company(CANON)
    first, joints = alone_.poses(20.0, 1)
    assert alone_._motion.asked == [20.0]
    assert joints.shape == (1, 18, 2) and np.shares_memory(joints, first.joints)


def test_in_unison_all_have_the_pose_of_the_first():
    together = company(UNISON)
    first, joints = together.poses(20.0, 5)
    assert together._motion.asked == [20.0]
    assert all(np.array_equal(one, first.joints) for one in joints)


def test_in_the_mirror_every_second_one_of_the_row_is_mirrored():
    first, joints = company(MIRRORED).poses(20.0, MOST_DANCERS)
    row = sorted(range(MOST_DANCERS), key=place_in_row)
    is_mirrored = [np.array_equal(joints[n], mirror(first.joints)) for n in row]
    assert is_mirrored == [True, False, True, False, True, False, True, False]
    assert np.array_equal(joints[0], first.joints)


@pytest.mark.parametrize("bpm", [60.0, 120.0, 174.0])
@pytest.mark.parametrize("canon", [0.5, 1.0, 8.0])
def test_in_a_canon_each_has_the_pose_of_so_many_beats_ago(bpm, canon):
    _, joints = company(CANON, canon, bpm).poses(100.0, 4)
    for dancer, one in enumerate(joints):
        then = Danced().at(100.0 - dancer * canon * 60 / bpm)
        np.testing.assert_allclose(one, then.joints, atol=1e-6)


def test_until_a_beat_is_heard_it_is_a_second():
    quiet = Company(Danced(), CANON, 2.0)
    quiet.follow(None, 0.0)
    _, joints = quiet.poses(50.0, 2)
    assert np.array_equal(joints[1], Danced().at(50.0 - 2 * UNHEARD_S).joints)


def test_a_canon_keeps_its_time_where_the_tempo_only_trembles():
    """And where the music falls silent."""
    steady = company(CANON, 1.0, 120.0)
    for number, bpm in enumerate((121.0, 119.0, 0.0, 120.9)):
        steady.follow(beat(bpm), 1.0 + number)
    assert np.array_equal(steady.poses(50.0, 2)[1][1], Danced().at(49.5).joints)


def test_another_tempo_and_another_way_are_glided_into():
    changing = company(CANON, 1.0, 120.0)
    for change, lags in (
        (lambda: changing.follow(beat(90.0), 10.0), (1 / 2, 2 / 3)),
        (lambda: setattr(changing, "way", UNISON), (2 / 3, 0.0)),
        (lambda: setattr(changing, "way", CANON), (0.0, 2 / 3)),
    ):
        change()
        changing.follow(beat(90.0), 10.0)
        times = 10.0 + np.linspace(0, GLIDE_S, 9)
        seen = np.stack([changing.poses(t, 2)[1][1] for t in times])
        ends = [Danced().at(times[n] - lag).joints for n, lag in zip((0, -1), lags, strict=True)]
        np.testing.assert_allclose(seen[[0, -1]], ends, atol=1e-6)
        steps = np.abs(np.diff(seen, axis=0)).max((1, 2))
        assert steps.max() < 0.05, "nobody jumps"
        changing.follow(beat(90.0), 10.0 + GLIDE_S)
        changing._lag = changing._lag._replace(begun=0.0)


def test_the_dance_is_remembered_as_far_back_as_a_canon_reaches():
    """What is read later is what was shown: a canon asks nothing of the network."""
    from test_live_tween import _plan

    tween, shown = Tween(past=PAST_S), {}
    for n in range(int(PAST_S / 0.1) + 30):
        tween.add(_plan(n))
        if n == 38:
            shown = {t: tween.at(t).joints for t in (3.5, 3.55, 3.6)}
    for time, joints in shown.items():
        np.testing.assert_allclose(tween.at(time).joints, joints, atol=2e-5)
    assert len(tween._plans) < PAST_S / 0.1 + 20, "and no further"


# where each stands


@pytest.mark.parametrize("n", range(2, MOST_DANCERS + 1))
@pytest.mark.parametrize("stage", [WIDE_STAGE, SQUARE, (180, 320)])
@pytest.mark.parametrize("fit", ["contain", "cover"])
def test_the_row_fits_on_the_stage(stage, n, fit):
    first = Placement(100, stage, fit)
    places = row_of(first, n, FEET)
    row = [places[dancer] for dancer in sorted(range(n), key=place_in_row)]
    middles = np.array([place.origin[0] + place.side / 2 for place in row])
    apart = np.diff(middles)
    assert (apart > 0).all() and np.ptp(apart) <= 2.5, "as far from one to the next, by a pixel"
    assert middles[0] >= row[0].side * WIDE / 2 - 2
    assert middles[-1] <= stage[0] - row[-1].side * WIDE / 2 + 2
    assert middles.mean() == pytest.approx(first.origin[0] + first.side / 2, abs=1.5)
    low = np.array([place.origin[1] + FEET * place.side for place in row])
    assert low.max() == pytest.approx(first.origin[1] + FEET * first.side, abs=2)
    nearest = int(np.argmax(low))
    assert abs(nearest - (n - 1) / 2) <= 0.5, "the middle is nearest"
    assert farthest_first(places, [FEET] * n)[-1] == 0, "and the first is before all"


def test_who_comes_in_moves_nobody_along_the_row():
    for n in range(1, MOST_DANCERS):
        before = sorted(range(n), key=place_in_row)
        after = sorted(range(n + 1), key=place_in_row)
        assert [dancer for dancer in after if dancer < n] == before and n in (after[0], after[-1])


# what is painted


class Counting:
    """The painter of a screen, which counts."""

    def __init__(self, painter):
        self._painter, self.n_painted = painter, 0

    def paint(self, placed):
        self.n_painted += 1
        return self._painter.paint(placed)

    def __getattr__(self, name):
        return getattr(self._painter, name)


def opened(**asked):
    settings = Settings(**({"target": "skeleton", "size": 90, "output": WIDE_STAGE} | asked))
    return open_screen(settings, settings.target)


def counted(screen):
    counting = Counting(screen.painter)
    screen.company._members = [replace(one, painter=counting) for one in screen.members]
    return counting


def poses_of(n, seed=0):
    moved = np.random.default_rng(seed).normal(0, 0.02, (n, 18, 2))
    return (STANDING + moved).astype(np.float32)


def test_who_dances_the_same_is_painted_once():
    screen = opened(dancers=5)
    painter = counted(screen)
    screen.picture(np.repeat(STANDING[None], 5, 0))
    assert painter.n_painted == 1
    screen.picture(np.stack([STANDING, mirror(STANDING + np.float32([0.1, 0]))] * 2 + [STANDING]))
    assert painter.n_painted == 3
    screen.picture(poses_of(5))
    assert painter.n_painted == 8


def test_in_turns_the_first_is_painted_always_and_nobody_is_forgotten():
    screen = opened(dancers=4)
    painter, seen = counted(screen), []
    for number in range(6):
        placed = screen.place(poses_of(4, number))
        seen.append(screen.paint(placed, turns=3))
    assert painter.n_painted == 6 * 2, "the first, and one of three others"
    for before, after in pairwise(seen):
        assert after[0] is not before[0]
        assert sum(one is not other for one, other in zip(before, after, strict=True)) == 2
    assert all(seen[-1][n] is not seen[2][n] for n in range(4))


def test_each_is_seen_in_their_place_and_the_joints_lie_on_them():
    screen = opened(dancers=3, background="black")
    shown, first = screen.picture(STANDING)
    joints = screen.joints(STANDING)
    assert joints.shape == (3, 18, 2) and np.array_equal(joints[0], first)
    for dancer in joints:
        for x, y in dancer[[0, 1, 9, 12]] * WIDE_STAGE:
            assert shown.image[int(y), int(x)].max() > 60
    assert not shown.image[:, 0].any() and not shown.image[:, -1].any()


def test_the_nearer_one_hides_the_farther_one():
    """Two in one place: what is seen is the one that is painted last."""
    screen = opened(dancers=2, background="black", output=SQUARE)
    order = screen.company._order
    assert order == [1, 0]
    pictures = screen.paint(screen.place(poses_of(2)))
    screen.company.places = (screen.company.places[0],) * 2
    both = screen.around(pictures).image
    screen.company._order = [0]
    nearer = screen.around(pictures).image
    hides = alone(Cutout(pictures[0], screen.painter.plate, screen.company.places[0].lies))
    solid = hides[..., 3] == 255
    assert solid.sum() > 100 and np.array_equal(both[solid], nearer[solid])


@pytest.mark.parametrize("background", ["target", "black", "green"])
def test_the_cutout_on_black_is_the_picture_on_black(background):
    screen = opened(dancers=3, background=background)
    shown, _ = screen.picture(poses_of(3))
    on_black, _ = opened(dancers=3, background="black").picture(poses_of(3))
    cut = alone(shown.cutout)
    assert np.abs(cut[..., :3].astype(int) - on_black.image).max() <= 2
    assert not alone(shown.cutout.nobody()).any()
    half = alone(shown.cutout.faded(0.5)).astype(float)
    assert np.abs(half - cut / 2).max() <= 1


@pytest.mark.parametrize("n", [1, 3])
def test_who_is_beyond_the_screen_is_not_painted_there(n):
    """A row that is moved: nothing raises, and those that are left are seen."""
    for x, scale in ((0.5, 2.0), (-0.5, 0.25), (0.5, 1.0)):
        shown, _ = opened(dancers=n, x=x, y=0.5, scale=scale).picture(poses_of(n))
        assert shown.image.shape == (180, 320, 3)


def test_fewer_poses_than_dancers_are_enough():
    """Where a screen comes in the middle of a frame."""
    screen = opened(dancers=4)
    assert np.array_equal(screen.joints(STANDING), screen.joints(np.stack([STANDING] * 4)))


def test_one_dancer_needs_nothing_of_it():
    screen = opened()
    screen.picture(STANDING)
    assert "company" not in vars(screen) and not screen.is_cut_out


def test_who_has_no_mask_dances_alone(monkeypatch):
    from live.picture import screen as module
    from models.bundle import BundleError

    painter = SimpleNamespace(has_mask=False, name="Flat", size=90)
    monkeypatch.setattr(module, "SkeletonPainter", lambda *_: painter)
    with pytest.raises(BundleError, match=r"Flat has no mask .* leave --dancers out"):
        opened(dancers=2)
