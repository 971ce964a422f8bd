"""What a show does between its parts, on a clock made here and without its threads."""

import math
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_clock import made_clock

from live.core import delay, exact_sleep, media_time
from live.core.messages import AudioBlock, Blackout, Pose, SetDelay
from live.core.settings import Settings
from live.recording.part_file import RecorderError
from live.show import frame_clock, report
from live.show import show as show_file
from live.show.resume import Kept
from live.show.show import Show
from models.skeleton import STANDING

SHOWN = Settings(target="skeleton", headless=True, fps=20.0, size=64, output=(128, 96))


class Sound:
    """A source that is started and stopped, and sounds as a test wants."""

    name, rate, channels, status, sound = "clicks", 16_000, 1, "listening", True
    restarts, overflows, duration, songs = 2, 3, 0.0, None
    microphone = loudspeaker = ""

    def __init__(self):
        self.finished, self.order, self.put = threading.Event(), [], None

    def start(self, put):
        self.order.append("sounds")
        self.put = put

    def stop(self):
        self.order.append("silent")


class Dancing:
    """A pose file that stands, a little further right each second."""

    def __init__(self, duration=math.inf):
        self.duration = duration

    def at(self, time):
        return Pose(time, STANDING + np.float32([0.01 * time, 0.0]), time)


class Stage:
    def __init__(self, patch, settings=SHOWN, poses=None, resume=None):
        self.clock = made_clock(patch, show_file, report, media_time, frame_clock, exact_sleep)
        self.works = []
        patch.setattr(show_file, "start_worker", self._work)
        self.source = Sound()
        self.show = Show(settings, self.source, 990.0, poses or Dancing(), resume)

    def _work(self, part, body, ending, broke, fail=None):
        self.works.append((part, body, ending, broke, fail))
        return SimpleNamespace(join=lambda timeout: self.source.order.append((part, timeout)))

    def begin(self):
        self.show.start()
        self.show._clock.observe(0.0, self.clock.now)

    def frame(self, time=0.0):
        return self.show._paint(time, self.clock.now)


@pytest.fixture
def stage(monkeypatch):
    made = Stage(monkeypatch)
    yield made
    made.show.finish()


def test_all_parts_are_started_and_stopped_in_this_order(monkeypatch):
    stage = Stage(monkeypatch, replace(SHOWN, osc_in=0))
    show = stage.show
    show.start()
    assert [work[0] for work in stage.works] == ["painter", "OSC output", "end"]
    assert {work[2] for work in stage.works} == {show.ending}
    assert stage.source.order == ["sounds"] and stage.source.put == show._observe
    closed = []
    for part in ("current", "_sender", "_recorders"):
        real = getattr(show, part).close
        monkeypatch.setattr(
            getattr(show, part), "close", lambda part=part, real=real: closed.append(part) or real()
        )
    told = show.finish()
    assert show.ending.is_set() and closed == ["current", "_sender", "_recorders"]
    joined = [(part, 2.0) for part in ("painter", "OSC output", "end")]
    assert stage.source.order == ["sounds", "silent", *joined]
    assert (told["audio_restarts"], told["audio_overflows"], told["crashes"]) == (2, 3, 0)
    assert show.error == "" and not show.is_broken


def test_without_a_dance_the_source_is_a_clock(stage):
    stage.begin()
    stage.source.put(AudioBlock(np.zeros((160, 1), np.float32), 16_000, 16_000, 1000.0, True))
    assert stage.show._clock.media(1000.0) == pytest.approx(1.01)
    assert stage.show._newest_beat() is None and stage.show.dance is None
    stage.source.put(AudioBlock(np.zeros((160, 1), np.float32), 16_000, 48_000, 1000.0))
    assert stage.show._clock.media(1000.0) == pytest.approx(1.01), "a jump, not that it stood"


def test_the_clock_begins_when_the_show_does(monkeypatch):
    stage = Stage(monkeypatch)
    stage.clock.now += 7.0
    stage.show.start()
    assert stage.show._clock.media(1007.0) == 0.0
    stage.show.finish()


def test_a_frame_is_the_pose_of_its_media_time(stage):
    frame, placed = stage.frame(3.0)
    assert (frame.time, frame.due_at, frame.painted_at) == (3.0, 1000.0, 1000.0)
    np.testing.assert_allclose(frame.pose.joints, STANDING + np.float32([0.03, 0.0]))
    assert frame.image.shape == (96, 128, 3) and frame.image.any() and frame.cutout is None
    np.testing.assert_allclose(placed, stage.show._joints_at(3.0)[0], atol=1e-6)
    assert np.abs(placed - stage.show._joints_at(4.0)[0]).max() > 1e-4
    stage.show.controls.send(Blackout(True))
    black, still = stage.frame(3.0)
    assert not black.image.any() and np.array_equal(placed, still)


def test_what_is_published_is_counted_kept_and_seen(stage):
    kept = []
    stage.show._recorders = SimpleNamespace(
        add_picture=lambda *given: kept.append(given), add_pose=lambda *given: kept.append(given),
        close=lambda: None, error="", n_dropped=0, places={},
    )  # fmt: skip
    frame, placed = stage.frame(2.0)
    stage.clock.now += 0.004
    stage.show._publish(frame, placed)
    assert stage.show.stats.frames == 1 and stage.show.stats.first_frame_s == 10.004
    assert stage.show.frames.take() is frame
    assert stage.show.stats.frame_error_ms.recent() == pytest.approx(4.0)
    assert kept[0][0] is frame.image and kept[0][1] is frame.cutout and kept[1][0] is placed
    assert [given[-1] for given in kept] == [2.0, 2.0]


@pytest.mark.parametrize(("is_headless", "n_late"), [(True, 0), (False, 2)])
def test_frames_that_the_window_never_took_were_late(monkeypatch, is_headless, n_late):
    stage = Stage(monkeypatch, replace(SHOWN, headless=is_headless))
    for number in range(3):
        stage.show._publish(*stage.frame(number / 20))
    errors = stage.show.stats.frame_error_ms.n
    assert errors == (3 if is_headless else 0), "a window tells it by itself"
    assert stage.show.finish()["frames_late"] == n_late


def test_what_the_film_says_and_what_broke_ends_the_show(monkeypatch):
    stage = Stage(monkeypatch)
    stage.show._recorders = SimpleNamespace(close=lambda: None, error="No film.", n_dropped=0)
    stage.show.finish()
    assert stage.show.error == "No film." and not stage.show.is_broken
    stage = Stage(monkeypatch)
    stage.show._recorders = SimpleNamespace(close=lambda: None, error="No film.", n_dropped=0)
    stage.show._fail("It broke.")
    assert stage.show.ending.is_set() and stage.show.is_broken
    stage.show.finish()
    assert stage.show.error == "It broke."


def test_a_part_that_breaks_is_told_by_its_name(stage):
    stage.show.start()
    for part, _, _, broke, fail in stage.works:
        broke("oh", 0)
        assert stage.show.meters().warnings[0].startswith(f"The {part} failed (oh)")
        assert fail is None


def test_only_the_loss_of_the_dance_ends_the_show(monkeypatch):
    clock = made_clock(monkeypatch, show_file)
    works = {}
    monkeypatch.setattr(
        show_file, "start_worker",
        lambda part, body, ending, broke, fail=None: works.__setitem__(part, fail)
        or SimpleNamespace(join=lambda timeout: None),
    )  # fmt: skip
    source = Sound()
    show = Show(replace(SHOWN, dance="free"), source, clock.now)
    show.start()
    assert list(works) == ["dance", "painter", "OSC output", "end"]
    assert works.pop("dance") == show._fail and set(works.values()) == {None}
    assert source.put == show._dance_loop.hear
    assert show._newest_beat() is show.dance.beat
    show.finish()


# when it ends


@pytest.mark.parametrize(
    ("asked", "file", "end"), [(0.0, math.inf, None), (5.0, math.inf, 5.0), (0.0, 3.0, 3.0),
                               (5.0, 3.0, 3.0), (2.0, 3.0, 2.0)],
)  # fmt: skip
def test_it_ends_with_its_duration_or_the_pose_file(monkeypatch, asked, file, end):
    stage = Stage(monkeypatch, replace(SHOWN, duration=asked), Dancing(file))
    if end is None:
        assert not stage.show._is_over(1e9)
    else:
        assert not stage.show._is_over(end - 1e-6) and stage.show._is_over(end)
    stage.show.finish()


def test_after_the_last_sample_the_picture_goes_on_for_a_quarter_of_a_second(stage):
    stage.begin()
    stage.clock.now += 8.0
    assert not stage.show._is_over(8.0)
    stage.source.finished.set()
    assert not stage.show._is_over(8.1), "what is painted ahead counts"
    stage.clock.now += 5.0
    assert not stage.show._is_over(8.349) and stage.show._is_over(8.351)


def test_what_is_shown_late_is_shown_to_its_end(stage):
    stage.begin()
    stage.clock.now += 8.0
    stage.source.finished.set()
    assert not stage.show._is_over(6.0)
    assert not stage.show._is_over(8.249) and stage.show._is_over(8.251)


def test_the_delay_that_was_set_last_is_reported_with_its_moment(stage, monkeypatch):
    monkeypatch.setattr(delay, "time", stage.clock)
    stage.begin()
    for seconds, ms in ((2.0, 40.0), (1.5, -25.0)):
        stage.clock.now += seconds
        stage.show.controls.send(SetDelay(ms))
    stage.clock.now += 4.0
    told = stage.show.finish()
    assert (told["delay_ms"], told["delay_set_s"]) == (-25.0, 3.5)


@pytest.mark.parametrize("n_blocks", [0, 1])
def test_a_dance_that_is_behind_is_not_over(stage, n_blocks):
    stage.begin()
    stage.show._dance_loop = SimpleNamespace(blocks=[0] * n_blocks)
    stage.source.finished.set()
    stage.show._is_over(1.0)
    stage.show._dance_loop = None
    assert math.isinf(stage.show._end_time) == bool(n_blocks)


@pytest.mark.parametrize(("delay_ms", "later"), [(0.0, 0.25), (-100.0, 0.25), (400.0, 0.65)])
def test_without_a_painter_it_ends_a_little_later(monkeypatch, delay_ms, later):
    stage = Stage(monkeypatch, replace(SHOWN, duration=3.0, delay_ms=delay_ms))
    stage.begin()
    waits = []

    class Ending:
        is_set = False

        def wait(self, seconds):
            waits.append(seconds)
            stage.clock.now += seconds
            return self.is_set or len(waits) > 1000

        def set(self):
            self.is_set = True
            stage.ended_at = stage.clock.now

    stage.show._end_in_time(Ending())
    assert set(waits) == {0.05}
    assert later < stage.ended_at - 1003.0 < later + 0.051
    stage.show.finish()


def test_a_source_that_ends_is_seen_without_a_painter(stage):
    stage.begin()
    stage.source.finished.set()
    waits = iter([False, True])
    ending = SimpleNamespace(wait=lambda seconds: next(waits), set=lambda: None)
    stage.show._end_in_time(ending)
    assert stage.show._end_time == pytest.approx(0.25)


def test_in_a_terminal_it_waits_for_its_end(stage, monkeypatch):
    waits = []
    monkeypatch.setattr(
        stage.show, "ending",
        SimpleNamespace(wait=lambda s: waits.append(s) or len(waits) == 3, set=lambda: None),
    )  # fmt: skip
    stage.show.run()
    assert waits == [0.2] * 3


# with a window


def test_the_window_takes_frames_and_commands_until_the_show_ends(monkeypatch):
    pytest.importorskip("PySide6.QtWidgets", reason="Qt does not start here", exc_type=ImportError)
    from live.window import qt_loop, windows

    stage = Stage(monkeypatch, replace(SHOWN, headless=False))
    show, told = stage.show, []
    imported = []
    lazily = SimpleNamespace(
        import_module=lambda name: imported.append((name, *stage.source.order))
    )
    monkeypatch.setattr(show_file, "importlib", lazily)
    monkeypatch.setattr(qt_loop, "begin", lambda lost: told.append(lost) or "app")
    show.start(lost := lambda: None)
    assert told == [lost] and show._application == "app"
    assert imported == [("live.window.windows",)], "before anything sounds"

    class Window:
        is_full = True

        def __init__(self, *given, warn):
            self.given, self.posted, self.is_finished = given, [], False
            assert warn == show.reporter.warn

        def post(self, command):
            self.posted.append(command)

        def finish(self):
            self.is_finished = True

    def run_window(window):
        settings, take_frame, read_meters, ask, on_shown, rows, picture = window.given
        assert picture("nobody of that name") is None
        assert {row.name for row in rows} >= {"target", "blackout", "energy", "tap"}
        assert settings is show.settings and on_shown == show.reporter.shown
        assert take_frame() is None and not window.is_finished
        frame, placed = stage.frame()
        show._publish(frame, placed)
        assert take_frame() is frame
        ask("mirror", True)
        assert read_meters().mirror
        show.controls.to_window("full screen")
        assert window.posted == ["full screen"] and show.controls.is_fullscreen() is True
        show.ending.set()
        assert take_frame() is None and window.is_finished
        told.append("ran")

    monkeypatch.setattr(windows, "Windows", Window)
    monkeypatch.setattr(qt_loop, "run_window", run_window)
    show.run()
    assert told[1:] == ["ran"]
    show.finish()


# after a crash


def crashed(tmp_path, **changed):
    before = Kept(at=900.0, time=40.0, place=30.0, target="skeleton", controls={"mirror": True},
                  frozen=changed.pop("frozen", []))  # fmt: skip
    given = {
        "file": tmp_path / "state.json",
        "before": before,
        "n_crashes": 4,
        "place": 31.0,
        "bars": (9, 2),
    }
    return SimpleNamespace(**given | changed, time=lambda: 45.0)


def test_a_show_that_crashed_goes_on_from_where_it_would_be(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, replace(SHOWN, duration=60.0), resume=crashed(tmp_path))
    stage.show.start()
    assert [work[0] for work in stage.works][-1] == "state file"
    assert stage.show.controls.look.is_mirrored and not stage.show.controls.look.is_frozen
    assert not stage.show._is_over(14.9) and stage.show._is_over(15.0)
    stage.clock.now += 2.0
    stage.show._clock.observe(2.0, stage.clock.now)
    kept = stage.show._kept()
    assert (kept.at, kept.time, kept.place) == (1002.0, 47.0, 33.0)
    assert (kept.target, kept.frozen, kept.recordings) == ("skeleton", [], {})
    assert kept.controls["mirror"] is True
    assert stage.show._sender.first_seconds == pytest.approx(45.0)
    assert stage.show.finish()["crashes"] == 4


def test_before_it_sounds_it_is_kept_as_at_its_beginning(monkeypatch, tmp_path):
    stage = Stage(monkeypatch, resume=crashed(tmp_path))
    stage.show._go_on(stage.show._resume)
    stage.show._clock.observe(0.0, stage.clock.now + 5.0)
    kept = stage.show._kept()
    assert (kept.time, kept.place) == (45.0, 31.0)
    assert math.isinf(stage.show._end_time)
    stage.show.finish()


def test_a_pose_that_was_held_is_held_again(monkeypatch, tmp_path):
    held = (STANDING + 0.1).tolist()
    stage = Stage(monkeypatch, resume=crashed(tmp_path, frozen=held))
    assert stage.show.controls.look.is_frozen
    np.testing.assert_allclose(stage.show.controls.look.pose_at(9.0).joints, np.float32(held))
    fresh = Stage(monkeypatch, resume=crashed(tmp_path, before=None, frozen=held))
    assert not fresh.show.controls.look.is_mirrored and not fresh.show.controls.look.is_frozen
    assert fresh.show._kept().place == pytest.approx(31.0)
    for each in (stage, fresh):
        each.show.finish()


def test_nothing_is_left_of_a_show_that_is_refused(monkeypatch, tmp_path):
    closed = []
    real = show_file.Recorders.close
    monkeypatch.setattr(show_file.Recorders, "close", lambda it: closed.append(1) or real(it))

    def refuse(*given, **more):
        raise RecorderError("no")

    monkeypatch.setattr(show_file, "OscSchedule", refuse)
    with pytest.raises(RecorderError):
        Stage(monkeypatch, replace(SHOWN, record_poses=str(tmp_path / "a.npz")))
    assert closed == [1] and list(tmp_path.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setattr(show_file.Recorders, "close", lambda it: closed.append(1) or real(it))
    stage = Stage(monkeypatch)
    assert closed == [1], "one that is not refused keeps them open"
    stage.show.finish()
