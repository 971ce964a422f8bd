"""What moves with the beat on the stage: pictures laid anew, joints, the dance's energy."""

from dataclasses import replace

import numpy as np
import pytest
from made_pictures import painted, write_png
from test_live_show_parts import SHOWN, Stage

from live.core.cutout import Cutout
from live.core.messages import AudioChunk, Beat, PosePlan
from live.core.settings import Settings
from live.core.stats import Stats
from live.picture.background import open_background
from live.picture.placement import Placement
from live.picture.screen import open_screen
from live.show.controls import Controls
from live.show.dance import Dance
from live.show.moving import SEEN_S, move_with_the_beat
from models.skeleton import STANDING
from models.spec import HORIZONS

SIZE, STAGE = 128, (320, 180)
Y, X = np.mgrid[0:SIZE, 0:SIZE]
PLATE = np.stack([X, Y, (X + Y) // 2], -1).astype(np.uint8)  # a place that has an up and a left


def person():
    shape = (48, 32)
    colour = np.broadcast_to(np.array([220.0, 30, 30]), (*shape, 3))
    return painted(colour, np.ones(shape), np.zeros(shape), PLATE, 40, 50)


@pytest.fixture
def places(tmp_path):
    scenery = np.random.default_rng(0).integers(0, 255, (180, 320, 3), np.uint8)
    return {name: name for name in ("target", "black", "green")} | {
        "picture": str(write_png(tmp_path / "a.png", scenery))
    }


@pytest.mark.parametrize("name", ["black", "green", "picture"])
@pytest.mark.parametrize(("times", "shift"), [(1.1, (0.0, 0.0)), (0.8, (0.1, -0.05))])
def test_moved_is_what_a_fader_would_have_set(places, name, times, shift):
    """On what stands still behind the dancer; but for the rounding of another bicubic scaler."""
    before = Placement(SIZE, STAGE)
    moved = before.moved(times, shift)
    asked = Placement(SIZE, STAGE, scale=times, shift=shift)
    fader = open_background(places[name], asked, PLATE).show(person())
    beat = open_background(places[name], before, PLATE).moved(moved).show(person())
    off = np.abs(fader.astype(int) - beat)
    assert off.mean() < 0.3 and (off.max() < 48 if name != "picture" else off.max() == 0)
    assert (moved.times, moved.shift) == (times, shift)
    cutouts = [Cutout(person(), PLATE, place.lies).box() for place in (asked, moved)]
    assert (cutouts[0].rgba == cutouts[1].rgba).all()


@pytest.mark.parametrize(("times", "shift"), [
    (1.0, (0.0, 0.0)), (1.15, (0.0, 0.0)), (0.85, (0.05, 0.1)), (1.0, (-0.2, 0.0)),
    (0.3, (0.45, 0.4)), (2.0, (-0.5, 0.5)),
])  # fmt: skip
def test_their_own_place_moves_with_them(places, times, shift):
    """The picture is the same; what goes on around it is scaled, not drawn anew, and as smooth."""
    before = Placement(SIZE, STAGE)
    asked = Placement(SIZE, STAGE, scale=times, shift=shift)
    fader = open_background("target", asked, PLATE).show(person()).astype(int)
    beat = open_background("target", before, PLATE).moved(before.moved(times, shift))
    beat = beat.moved(before.moved(times, shift)).show(person()).astype(int)
    assert beat.shape == (180, 320, 3)
    feather = 16
    rows, columns = (slice(part.start + feather, max(part.start + feather, part.stop - feather))
                     for part in asked.area)  # fmt: skip
    assert np.abs(beat[rows, columns] - fader[rows, columns]).mean() < 1
    assert np.abs(beat - fader).mean() < 6, "around it nearly so"
    assert np.abs(np.diff(beat, axis=1)).max() < 230 and beat.min() >= 0


@pytest.mark.parametrize("background", ["target", "black"])
def test_several_dancers_move_together(background):
    """As a fader would have set them: each in their place of the row."""
    fields = {"target": "skeleton", "size": 64, "output": STAGE, "dancers": 3}
    settings = Settings(**fields, background=background)
    screen = open_screen(settings, "skeleton")
    asked = open_screen(replace(settings, scale=0.8, x=0.1), "skeleton")
    moved = screen.moved(0.8, (0.1, 0.0))
    assert moved.joints(STANDING) == pytest.approx(asked.joints(STANDING), abs=1e-6)
    image = moved.around(screen.paint(screen.place(STANDING))).image
    off = np.abs(image.astype(int) - asked.picture(STANDING)[0].image)
    assert image.shape == (180, 320, 3) and off.mean() < 1


def beat_at(time):
    beats = time * 2.0
    return Beat(time, 0.5, 0.0, 120.0, beats % 1, beats / 4 % 1, 1.0)


@pytest.fixture
def stage(monkeypatch):
    made = Stage(monkeypatch, replace(SHOWN, modulate=("x saw_up 0.25 bar",)))
    made.show._newest_beat = lambda: beat_at(made.time)
    yield made
    made.show.finish()


def _frames(stage, until, begin=0.0):
    for number in range(round(begin * 20), round(until * 20)):
        stage.time = number / 20
        frame, placed = stage.frame(stage.time)
    return frame, placed


def test_the_picture_and_the_skeleton_that_is_sent_move_together(stage):
    """20 pictures a second; no command is sent for any of them."""
    _, first = _frames(stage, 1.05)
    places = []
    for number in range(40, 80):
        frame, placed = _frames(stage, (number + 1) / 20, number / 20)
        places.append(placed[0, 0] - first[0, 0])
        assert stage.show._joints_at(frame.time)[0] == pytest.approx(placed, abs=1e-6)
    # 0.25 to the left on the bar line, and on to the right: half the screen in two seconds.
    px = 1 / 128
    dancing = 0.01 * 96 / 128 * 2  # what the made dance goes to the right meanwhile
    assert np.ptp(places) == pytest.approx(0.5 * 39 / 40, abs=2 * px + dancing)
    assert np.diff(places).max() < 0.0125 + 2 * px, "without a jump but on the line"
    assert stage.show.controls.read("x") == 0.0, "around what is set, which stays"


def test_it_falls_still_when_it_is_ended(stage):
    _frames(stage, 2.0)
    assert stage.show.controls.ask("modulate", "x") is not None
    _frames(stage, 3.0, 2.0)
    _, placed = _frames(stage, 3.05, 3.0)
    still = stage.show.current.screen.joints(stage.show.controls.look.pose_at(3.0).joints)[0]
    assert placed == pytest.approx(still, abs=1e-6)
    assert stage.show.current.at(stage.show.current.screen, 3.0) is stage.show.current.screen


def test_it_outlives_a_crash_and_the_show(stage):
    kept = stage.show.controls.kept()
    assert kept["modulate"] == ["x saw_up 0.25 bar"] and kept["x_shape"] == "saw_up"
    stage.show.controls.ask("modulate", "x off")
    stage.show.controls.ask("modulate", "scale sine 0.1 beat")
    stage.show.controls.restore(kept, [])
    assert stage.show.controls.modulations.texts() == ["x saw_up 0.25 bar"]


class Performer:
    """A dancer whose energy is looked at in each chunk."""

    def __init__(self):
        self.dancer = type("Dancer", (), {"energy": 0.25, "swing": 0.0})()
        self.felt = []

    def hear(self, chunk):
        self.felt.append(self.dancer.energy + self.dancer.swing)
        end = (chunk.index + 1) / 10
        joints = np.zeros((len(HORIZONS), 18, 2), np.float32)
        return beat_at(end), PosePlan(end, end + np.array(HORIZONS), joints, 0.0)

    def controls(self):
        return {}


def test_energy_moves_with_each_chunk_as_it_will_be_seen():
    settings = Settings(target="skeleton", size=64, output=(128, 96))
    performer = Performer()
    dance = Dance(performer, Stats())
    current = type("Current", (), {})()
    current.screen = open_screen(settings, "skeleton")
    current.crossfade = type("Fade", (), {"seconds": 0.0})()
    controls = Controls(dance.tween, current, None, performer, lambda _: None)
    move_with_the_beat(controls, current, dance, ("energy square 0.5 bar",))
    for index in range(60):
        dance.hear(AudioChunk(index, np.zeros(1600, np.float32), 0.0))
        controls.at((index + 1) / 10, dance.beat, 0.0)
    seen = np.arange(1, 61) / 10 + SEEN_S
    wanted = np.where(seen / 2 % 1 < 0.5, 0.75, -0.25)
    felt, is_sure = np.array(performer.felt), np.abs(seen % 1 - 0.5) < 0.45
    assert felt[20:][is_sure[20:]] == pytest.approx(wanted[20:][is_sure[20:]])
    assert performer.dancer.energy == 0.25
