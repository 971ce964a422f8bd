"""Several dancers in a show: the hand on them, films, OSC, dissolves and the budget."""

import socket

import av
import numpy as np
import pytest
import soundfile
from loading import until_loaded
from made_painters import quick_person
from seeds import rng_of
from test_live_osc import read

from live.controls.commands import command_for
from live.core.media_clock import MediaClock
from live.core.messages import ChooseOthers, Freeze, Mirror, Pose, SetDancers
from live.core.row import names_of
from live.core.settings import CANON, Receiver, Settings
from live.osc.own import MAX_DATAGRAM
from live.osc.sender import OscSender
from live.show.adaptive_quality import Level, levels
from live.show.controls import Controls
from live.show.current_screen import CurrentScreen
from live.show.offline import OfflineShow
from live.sound.open import AudioFileSource
from models.pose_file import read_pose_file
from models.skeleton import JOINTS, STANDING, mirror

RATE, FPS, STAGE = 16_000, 10.0, (256, 96)
SKELETON = {"target": "skeleton", "output": STAGE}


class Swaying:
    def at(self, time):
        return Pose(time, STANDING + np.float32([0.2 * np.sin(2 * time), 0.0]), 0.0)


class Stage:
    def __init__(self, **asked):
        settings = Settings(fps=30.0, **(SKELETON | asked))
        self.told, self.paces = [], []
        self.current = CurrentScreen(settings, self.told.append, self.paces.append)
        self.controls = Controls(
            Swaying(), self.current, MediaClock(0.0), None, lambda _: None
        )  # fmt: skip
        self.controls.begin(settings)
        self.controls.at(0.0, None, 0.0)

    def set(self, name, value):
        for command in command_for(name, value, self.controls.read, 0.0):
            self.controls.send(command)

    def picture(self, time):
        poses = self.controls.look.poses_at(time, self.current.n_dancers)[1]
        return self.current.picture(poses, time)[0]


@pytest.fixture
def stage(request):
    made = Stage(**request.param)
    yield made
    made.current.close()


def several(**more):
    return pytest.mark.parametrize("stage", [{"dancers": 3} | more], indirect=True)


def columns(image):
    """How many groups of columns there is something in."""
    is_seen = (image.max((0, 2)) > 60).astype(int)
    return int((np.diff(is_seen, prepend=0) > 0).sum())


@several(company=CANON)
def test_all_are_held_and_all_are_mirrored(stage):
    controls = stage.controls
    danced = controls.look.poses_at(30.0, 3)[1]
    assert len({one.tobytes() for one in danced}) == 3
    controls.send(Mirror(True))
    assert np.array_equal(controls.look.poses_at(30.0, 3)[1], mirror(danced))
    controls.send(Mirror(False))
    controls.send(Freeze(True), time_shown=30.0)
    assert np.array_equal(controls.look.poses_at(77.0, 3)[1], danced)
    five = controls.look.poses_at(78.0, 5)[1]
    assert np.array_equal(five[:3], danced) and np.array_equal(five[4], danced[2])
    other = Controls(Swaying(), stage.current, MediaClock(0.0), None, lambda _: None)
    other.restore({}, controls.look.frozen)
    assert np.array_equal(other.look.poses_at(99.0, 3)[1], danced), "also after a crash"


@pytest.mark.parametrize("stage", [{"background": "black"}], indirect=True)
def test_dancers_come_and_go_while_it_plays(stage):
    assert columns(stage.picture(1.0).image) == 1 and stage.current.n_dancers == 1
    for asked, n in ((3, 3), ("+1", 4), (99, 8), (1, 1)):
        stage.set("dancers", asked)
        until_loaded()
        shown = stage.picture(1.0)
        assert stage.controls.read("dancers") == stage.current.n_dancers == n
        assert n > 4 or columns(shown.image) == n
    assert not stage.told


@pytest.mark.parametrize("stage", [{"background": "black", "fade": 1.0}], indirect=True)
def test_they_dissolve(stage):
    stage.controls.send(Freeze(True), time_shown=1.0)
    alone = stage.picture(1.0).image.astype(int)
    stage.set("dancers", 3)
    until_loaded()
    assert np.abs(stage.picture(1.0).image - alone).max() <= 2, "it begins with what was seen"
    half = stage.picture(1.5).image.astype(int)
    three = stage.picture(2.5).image.astype(int)
    assert np.abs(half - (three + alone) / 2).max() <= 2
    stage.set("dancers", 1)
    until_loaded()
    stage.picture(3.0)
    assert stage.current.n_dancers == 3, "who leaves has their poses"
    stage.picture(4.5)
    assert stage.current.n_dancers == 1


@several()
def test_they_wait_for_the_line_like_a_person(stage):
    before = stage.current.screen
    held = stage.controls._held("dancers", SetDancers(5))
    until_loaded()
    assert stage.current.screen is before
    stage.controls.send(held)
    assert stage.current.screen.n == 5


# the budget


def test_those_beside_the_first_are_the_first_to_be_painted_less_often():
    assert levels([512, 768], 30.0) == [Level(768, 30.0), *levels([512], 30.0)]
    assert levels([512, 768], 30.0, is_company=True) == [
        Level(768, 30.0), Level(768, 30.0, 2), Level(512, 30.0, 2), Level(512, 20.0, 2),
        Level(512, 15.0, 2), Level(512, 10.0, 2),
    ]  # fmt: skip


@several()
def test_who_is_lowered_is_told(stage):
    now = 1000.0
    for _ in range(90):
        now += 2 / 30
        stage.current.watch(now, now - 990.0, 0.01, 1)
    px = stage.current.screen.painter.size
    assert stage.told == [f"machine busy: aims at 30 pictures/s of {px} px, for the others at 15"]
    ((_, *level),) = stage.current.changes
    assert level == [px, 30.0, 2] and not stage.current.is_best
    stage.set("dancers", 1)
    until_loaded()
    assert stage.current.is_best, "one alone is tried at their best"


# films and OSC


def _rendered(folder, **more):
    sound = rng_of(0).normal(0, 0.1, (RATE, 2))
    soundfile.write(folder / "song.wav", sound, RATE, subtype="FLOAT")
    settings = Settings(dance="free", fps=FPS, **(SKELETON | {"dancers": 3} | more))
    report = OfflineShow(
        settings, AudioFileSource(folder / "song.wav", aloud=False), None
    ).run()  # fmt: skip
    assert report["dancers"] == 3 and not report["error"]


def test_a_film_of_the_stage_shows_all_and_the_pose_file_the_first(tmp_path):
    film, poses = tmp_path / "a.mp4", tmp_path / "a.npz"
    _rendered(tmp_path, record=str(film), record_poses=str(poses))
    with av.open(str(film)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 10 and all(columns(picture) == 3 for picture in pictures)
    assert read_pose_file(poses).points[:, 0, 0] == pytest.approx(STAGE[0] / 2, rel=0.1)


def test_a_film_of_the_dancers_alone_has_all_of_them(tmp_path):
    _rendered(tmp_path, record=f"{tmp_path}/alone/")
    files = sorted((tmp_path / "alone").glob("*.png"))
    assert len(files) == 10
    with av.open(str(files[4])) as container:
        rgba = next(container.decode(video=0)).to_ndarray(format="rgba")
    assert columns(rgba[..., 3:]) == 3 and not rgba[:, :4].any()


def test_each_has_a_bundle_of_their_own_below_their_number():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inbox:
        inbox.bind(("127.0.0.1", 0))
        inbox.settimeout(2)
        sender = OscSender([Receiver(*inbox.getsockname())])
        joints = np.arange(3 * 18 * 2, dtype=np.float32).reshape(3, 18, 2) / 128
        sender.pose(7, 0.25, joints[0], None)
        alone = inbox.recv(65536)
        sender.pose(7, 0.25, joints, None)
        bundles = [inbox.recv(65536) for _ in joints]
        sender.close()
    assert bundles[0] == alone, "that of the first is as without the others"
    for dancer, bundle in enumerate(bundles[1:], 1):
        assert len(bundle) < MAX_DATAGRAM
        messages = read(bundle)
        root = f"/dancelive/dancer/{dancer}"
        assert messages[f"{root}/frame"] == [7]
        assert messages[f"{root}/pose"] == pytest.approx(joints[dancer].ravel().tolist())
        for n, joint in enumerate(JOINTS):
            assert messages[f"{root}/joint/{joint}"] == pytest.approx(joints[dancer, n].tolist())
    told = sender.told()
    assert list(told["dancer/2/frame"]) == [7]
    assert "dancer/3/frame" not in told


# different persons


def test_others_are_named_in_turn_and_never_by_a_path():
    read = {"targets": ("alice", "bob", "skeleton"), "others": "bob"}.get
    for value, names in (
        ("bob", "bob"), ("bob, same ,skeleton", "bob,same,skeleton"), ("next", "skeleton"),
        ("previous", "alice"), (0, "same"), ("same", "same"),
    ):  # fmt: skip
        assert command_for("others", value, read, 0.0) == [ChooseOthers(names)]
    for value in ("../x", "bob,/tmp/x.zip", "", "bob,,alice", ",".join(["bob"] * 8), 9, None):
        assert command_for("others", value, read, 0.0) is None
    assert names_of("same") == names_of("same,same") == ()
    assert names_of("bob,same") == ("bob", "same")


@pytest.fixture
def me(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    for name in ("me", "you"):
        quick_person(tmp_path, name, 128)


@pytest.mark.usefixtures("me")
@several(others="me", background="black")
def test_each_other_is_who_was_asked_for_and_a_person_is_loaded_once(stage):
    current = stage.current
    first, *others = [member.painter for member in current.screen.members]
    assert first.name == "skeleton" and [one.name for one in others] == ["me", "me"]
    assert others[0] is others[1]
    assert np.isfinite(stage.picture(1.0).image).all()
    stage.set("others", "same,me")
    until_loaded()
    assert [m.painter.name for m in current.screen.members] == ["skeleton", "skeleton", "me"]
    assert current.screen.members[0].painter is current.screen.members[1].painter
    joints = current.screen.joints(STANDING)
    assert joints.shape == (3, 18, 2) and joints.min() > 0 and joints.max() < 1
    stage.set("others", "nobody")
    until_loaded()
    assert stage.controls.read("others") == "same,me", "who cannot be loaded changes nothing"
    assert "nobody" in stage.told[-1]
    stage.set("others", "same")
    until_loaded()
    assert {m.painter.name for m in current.screen.members} == {"skeleton"}


@pytest.mark.usefixtures("me")
@pytest.mark.parametrize("stage", [{"others": "me"}], indirect=True)
def test_whoever_is_not_seen_is_not_loaded(stage):
    assert stage.current.screen.others == ()
    stage.set("dancers", 2)
    until_loaded()
    assert [m.painter.name for m in stage.current.screen.members] == ["skeleton", "me"]


@pytest.mark.usefixtures("me")
@pytest.mark.parametrize(
    "stage", [{"target": "me", "others": "skeleton,you", "dancers": 3}], indirect=True
)
def test_who_is_there_is_not_loaded_again(stage):
    me, _, you = (member.painter for member in stage.current.screen.members)
    for name, value in (("x", 0.1), ("dancers", 4), ("others", "you"), ("background", "black")):
        stage.set(name, value)
        until_loaded()
        members = [member.painter for member in stage.current.screen.members]
        assert members[0] is me and any(one is you for one in members), name
    stage.set("target", "skeleton")
    until_loaded()
    assert any(one.painter is you for one in stage.current.screen.members)
    assert not stage.told
