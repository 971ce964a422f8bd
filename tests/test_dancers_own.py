"""Dancers who choose by themselves: what they share, how they come and go, and when they cannot."""

import threading

import numpy as np
import pytest
from loading import until_loaded
from test_dancers import beat
from test_dancers_show import SKELETON, Swaying, _rendered
from test_live_dance_change import _chunk, _fastest

from live.controls.commands import command_for
from live.core.media_clock import MediaClock
from live.core.messages import ChooseCompany, SetDancers
from live.core.settings import CANON, MIRRORED, OWN, UNISON, Settings
from live.core.stats import Stats
from live.dance.company import GLIDE_S, Company
from live.dance.ensemble import LEAVES_S, READY_S
from live.dance.performer import open_dancer, open_performer
from live.show.controls import Controls
from live.show.current_dance import CurrentDance, PatientDance
from live.show.current_screen import CurrentScreen
from live.show.dance import Dance
from models.bundle import find
from models.pose_file import read_pose_file
from models.spec import CHUNK_SECONDS

FREE = Settings(dance="free")


class Danced:
    """A dance and its company, heard and read chunk by chunk at 30 pictures a second."""

    def __init__(self, way=OWN, n=3, settings=FREE):
        self.n, self.settings = n, settings
        self.performer = open_performer(settings)
        self.dance = Dance(self.performer, Stats())
        self.company = Company(self.dance.tween, way, ensemble=self.performer.ensemble)
        self.number = 0

    def cast(self, n, dance=None, seed=0):
        """So many beside the first."""
        asked = Settings(dance=dance or self.settings.dance, seed=seed)
        return [open_dancer(asked, asked.dance, number + 1) for number in range(n)]

    def goes_on(self, chunks):
        """Poses of all, (frames, n, 18, 2)."""
        seen = []
        for _ in range(chunks):
            self.dance.hear(_chunk(self.number))
            self.number += 1
            for frame in range(3):
                now = self.number * CHUNK_SECONDS + frame / 30
                self.company.follow(beat(120.0), now)
                seen.append(self.company.poses(now, self.n)[1])
        return np.array(seen)


@pytest.fixture(scope="module")
def twice():
    """Twelve seconds of the same music, seed and dancers."""
    found = []
    for _ in range(2):
        danced = Danced()
        danced.performer.ensemble.next_cast = danced.cast(2)
        found.append(danced.goes_on(120))
    return found


def test_each_dances_something_else_and_the_same_seed_the_same(twice):
    one, again = twice
    assert np.array_equal(one, again)
    late = one[90:]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        apart = np.abs(late[:, a] - late[:, b]).max((1, 2))
        assert np.median(apart) > 0.1, "body units"


def test_the_first_dances_as_without_them(twice):
    assert np.array_equal(twice[0][:, 0], Danced(UNISON).goes_on(120)[:, 0])


def test_they_begin_together_and_nobody_jumps(twice):
    one = twice[0]
    n_before = int((READY_S + CHUNK_SECONDS) * 30) - 3
    assert np.array_equal(one[:n_before, 1], one[:n_before, 0])
    usual = _fastest(one[:, 0]).max()
    for dancer in (1, 2):
        assert _fastest(one[:, dancer]).max() < 1.4 * usual


def test_what_the_hand_sets_is_that_of_all():
    danced = Danced(settings=Settings(dance="ballroom", style="rumba", energy=0.5))
    danced.performer.ensemble.next_cast = danced.cast(2)
    danced.goes_on(2)
    first = danced.performer.dancer
    first.choose_style("waltz")
    first.energy, first.is_phase_locked = -0.5, False
    danced.dance.energy_at = lambda energy, _: energy + 0.25
    danced.goes_on(1)
    for one in danced.performer.ensemble.soloists:
        dancer = one.dancer
        assert (dancer.style, dancer.energy, dancer.swing) == ("waltz", -0.5, 0.25)
        assert not dancer.is_phase_locked and dancer.lively == first.lively


@pytest.mark.parametrize("before", [UNISON, MIRRORED, CANON])
def test_they_come_and_go_in_a_glide(before):
    danced = Danced(before)
    usual = _fastest(danced.goes_on(60)[:, 0]).max()
    danced.performer.ensemble.next_cast = danced.cast(2)
    danced.company.way = OWN
    came = danced.goes_on(40)
    danced.company.way = before
    danced.performer.ensemble.next_cast = ()
    went = danced.goes_on(40)
    seen = np.concatenate([came, went])
    for dancer in (1, 2):
        assert _fastest(seen[:, dancer]).max() < 2.2 * usual, "with the way of the glide itself"
    others = came[-1, 1:] - came[-1, :1]
    assert np.abs(others).max((1, 2)).min() > 0.03
    assert danced.performer.ensemble.soloists == (), "nobody is stepped who is not seen"
    settled = went[int((GLIDE_S + 0.1) * 30) :]
    if before == UNISON:
        assert np.array_equal(settled[:, 1], settled[:, 0])


def test_who_is_no_longer_there_is_glided_away_from():
    danced = Danced()
    danced.performer.ensemble.next_cast = danced.cast(2)
    danced.goes_on(60)
    first, second = danced.performer.ensemble.soloists
    danced.performer.ensemble.next_cast = [first.dancer]
    gone = danced.goes_on(int(LEAVES_S / CHUNK_SECONDS) + 3)
    assert danced.performer.ensemble.soloists == (first,) and second.left_at is not None
    assert np.array_equal(gone[-1, 2], gone[-1, 0])
    assert not np.array_equal(gone[-1, 1], gone[-1, 0])
    assert _fastest(gone[:, 2]).max() < 2.2 * _fastest(gone[:, 0]).max()


def test_who_comes_back_while_leaving_stays():
    danced = Danced()
    danced.performer.ensemble.next_cast = danced.cast(1)
    danced.goes_on(20)
    (one,) = danced.performer.ensemble.soloists
    danced.performer.ensemble.next_cast = ()
    danced.goes_on(5)
    danced.performer.ensemble.next_cast = danced.cast(1)
    danced.goes_on(int(LEAVES_S / CHUNK_SECONDS) + 5)
    assert danced.performer.ensemble.soloists == (one,) and one.left_at is None


def test_another_dance_is_that_of_all():
    danced = Danced()
    danced.performer.ensemble.next_cast = danced.cast(2)
    before = danced.goes_on(60)
    danced.performer.next_dancer = open_dancer(Settings(), "ballroom")
    danced.performer.ensemble.next_cast = danced.cast(2, "ballroom")
    after = danced.goes_on(60)
    assert {one.dancer.name for one in danced.performer.ensemble.soloists} == {"ballroom"}
    usual = max(_fastest(before[:, 0]).max(), _fastest(after[:, 0]).max())
    for dancer in (1, 2):
        assert _fastest(np.concatenate([before, after])[:, dancer]).max() < 1.5 * usual


def test_after_a_reset_they_dance_the_same_again():
    danced = Danced()
    danced.performer.ensemble.next_cast = danced.cast(1)
    danced.goes_on(3)
    (one,) = danced.performer.ensemble.soloists
    first = one.tween._plans[0].joints
    danced.performer.reset()
    danced.performer.hear(_chunk(0))
    assert np.array_equal(one.tween._plans[0].joints, first) and len(one.tween._plans) == 1


# in a show


class Stage:
    def __init__(self, dances=PatientDance, **asked):
        settings = Settings(**(SKELETON | {"dance": "free", "dancers": 3} | asked))
        self.told, self.performer = [], open_performer(settings)
        self.current = CurrentScreen(settings, self.told.append, lambda _: None)
        self.dances = dances(settings, self.performer, self.told.append)
        self.controls = Controls(
            Swaying(), self.current, MediaClock(0.0), self.performer, lambda _: None,
            dances=self.dances,
        )  # fmt: skip
        self.controls.begin(settings)
        self.number = 0

    def goes_on(self, chunks=1):
        for _ in range(chunks):
            self.controls.at(self.number * CHUNK_SECONDS, None, 0.0)
            self.performer.hear(_chunk(self.number))
            self.number += 1

    @property
    def n(self):
        """Who are to stay."""
        return sum(one.left_at is None for one in self.performer.ensemble.soloists)

    def close(self):
        self.current.close()
        self.dances.close()


@pytest.fixture
def stage(request):
    made = Stage(**request.param)
    yield made
    made.close()


def played(**asked):
    return pytest.mark.parametrize("stage", [asked], indirect=True)


@played(company=OWN)
def test_they_are_there_with_the_first_chunk_and_as_many_as_are_seen(stage):
    stage.goes_on()
    assert stage.n == 2
    stage.controls.send(SetDancers(5))
    until_loaded()
    stage.goes_on(2)
    assert stage.n == 4
    stage.controls.send(SetDancers(2))
    until_loaded()
    stage.current.picture(np.zeros((5, 18, 2), np.float32), 0.0)
    stage.goes_on(2)
    assert stage.n == 1
    stage.controls.send(ChooseCompany(CANON))
    stage.goes_on(2)
    assert stage.n == 0 and not stage.told


@played(dances=CurrentDance)
def test_they_are_loaded_beside_the_show_also_while_they_wait_for_their_line(stage):
    stage.goes_on()
    assert stage.performer.ensemble.soloists == ()
    held = stage.controls._held("company", ChooseCompany(OWN))
    stage.goes_on()
    assert any(one.name == "load dance" for one in threading.enumerate())
    until_loaded()
    stage.goes_on()
    assert stage.n == 2 and stage.controls.company.way == UNISON
    stage.controls.send(held)
    assert stage.controls.read("company") == OWN
    stage.dances.change("ballroom")
    until_loaded()
    stage.goes_on()
    names = [one.dancer.name for one in stage.performer.ensemble.soloists]
    assert [stage.performer.dancer.name, *names] == ["ballroom"] * 3
    stage.dances.change("nothing")
    until_loaded()
    stage.goes_on()
    assert stage.n == 2 and len(stage.told) == 1


@played(dances=CurrentDance, company=OWN)
def test_a_show_that_begins_with_them_can_let_them_go(stage):
    stage.goes_on()
    stage.controls.send(ChooseCompany(UNISON))
    stage.goes_on()
    until_loaded()
    stage.goes_on(int(LEAVES_S / CHUNK_SECONDS) + 3)
    assert stage.performer.ensemble.soloists == ()


@pytest.mark.parametrize("kind", [CurrentDance, PatientDance])
def test_a_dance_that_is_a_folder_is_kept_as_it_was_asked_for(kind):
    """By the name in its manifest no show that goes on would find it."""
    folder = str(find("dance", "free").path)
    stage = Stage(kind, dance=folder, dancers=1)
    assert stage.controls.kept()["dance"] == folder and stage.controls.read("dance") == "free"
    stage.dances.change("ballroom")
    until_loaded()
    assert stage.controls.kept()["dance"] == "ballroom"
    stage.close()


def test_where_there_is_no_choice_it_is_told_and_all_dance_in_unison():
    told = []
    settings = Settings(**SKELETON, dancers=2, company=OWN)
    current = CurrentScreen(settings, told.append, lambda _: None)
    controls = Controls(Swaying(), current, MediaClock(0.0), None, lambda _: None)
    controls.warn = told.append
    controls.begin(settings)
    assert controls.company.way == UNISON and len(told) == 1 and "unison" in told[0]
    for command in command_for("company", OWN, controls.read, 0.0):
        controls.send(command)
    assert controls.read("company") == UNISON and len(told) == 2
    controls.at(0.0, None, 0.0)
    poses = controls.look.poses_at(1.0, 2)[1]
    assert np.array_equal(poses[0], poses[1])
    current.close()


def test_a_film_is_the_same_with_the_same_seed(tmp_path):
    films = []
    for name, more in (("a", {}), ("b", {}), ("c", {"seed": 1}), ("d", {"company": UNISON})):
        folder = tmp_path / name
        folder.mkdir()
        poses = folder / "poses.npz"
        asked = {"company": OWN, "record": f"{folder}/alone/", "record_poses": str(poses)} | more
        _rendered(folder, **asked)
        pictures = [one.read_bytes() for one in sorted((folder / "alone").glob("*.png"))]
        films.append((pictures, read_pose_file(poses).points))
    (a, first), (b, _), (c, other), (d, unison) = films
    assert a == b and a != c and a != d
    assert np.array_equal(first, unison) and not np.array_equal(first, other)
