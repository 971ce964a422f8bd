"""Recordings that are begun and ended in the middle of a show: each film whole, none late."""

import json
import shutil
import subprocess
import threading
import time

import numpy as np
import pytest
from test_live_recorder import FPS, SIZE, block, decode, picture
from test_live_show_parts import SHOWN, Stage

from live.core.settings import Settings
from live.recording.film_recorder import FilmRecorder
from live.show import recorders as recorders_file
from live.show import take as take_file
from live.show.recorders import Recorders
from models.pose_file import read_pose_file

SOUND = type("Sound", (), {"rate": 48_000, "channels": 2})()
POSE = np.full((18, 2), 0.5, np.float32)


class Show:
    """Recorders that are fed with a second after the other; told what they say."""

    def __init__(self, settings=None, source=SOUND, **more):
        self.said, self.time = [], 0.0
        self.recorders = Recorders(
            settings or Settings(), (SIZE, SIZE), source, now=lambda: self.time,
            tell=self.said.append, **more,
        )  # fmt: skip

    def play(self, seconds=1.0):
        """A click in the sound and a white picture at each half second."""
        first = round(self.time * 100)
        for hundredth in range(first, first + round(seconds * 100)):
            self.recorders.add_audio(block(hundredth, hundredth % 100 == 50))
            for number in range(-(-hundredth * 3 // 10), -(-(hundredth + 1) * 3 // 10)):
                self.recorders.add_picture(picture(number, number % FPS == 15), None, number / FPS)
                self.recorders.add_pose(POSE, number / FPS)
        self.time += seconds

    def switch(self, on=None):
        self.recorders.switch(on)
        for hand in self.recorders._hands:
            hand.join()


def test_off_and_on_again_makes_a_film_of_each(tmp_path):
    """Both whole, each with the click on its white picture, under the next name."""
    show = Show(Settings(record=str(tmp_path / "a.mp4"), record_poses=str(tmp_path / "a.npz")))
    assert show.recorders.is_on and show.recorders.state == "REC a.mp4"
    show.play(1.0)
    show.switch()
    assert not show.recorders.is_on and show.recorders.state == "" and not show.recorders.places
    show.play(1.0)  # which nobody keeps
    show.switch()
    assert show.recorders.is_on and show.recorders.state == "REC a-2.mp4"
    show.play(2.0)
    show.recorders.close()
    assert show.recorders.error == "" and show.recorders.n_dropped == 0
    for name, seconds in (("a", 1.0), ("a-2", 2.0)):
        film = decode(tmp_path / f"{name}.mp4")
        assert film["video_s"] == pytest.approx(seconds, abs=1.5 / FPS)
        assert film["audio_s"] == pytest.approx(seconds, abs=0.05)
        assert film["white"] == pytest.approx(np.arange(seconds) + 0.5, abs=1 / FPS)
        assert film["click"] == pytest.approx(film["white"], abs=1 / FPS)
        assert np.allclose(film["steps"], 1 / FPS, atol=1e-3)
        assert len(read_pose_file(tmp_path / f"{name}.npz").points) == round(seconds * FPS)
    assert show.said == [
        "Recorded a.mp4.",
        f"Recording {tmp_path / 'a-2.mp4'} and {tmp_path / 'a-2.npz'}.",
        "Recorded a-2.mp4.",
    ]
    assert len(list(tmp_path.iterdir())) == 4, "nothing is left beside them"


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
def test_another_program_finds_them_whole(tmp_path):
    show = Show(Settings(record=str(tmp_path / "a.mp4")))
    show.play()
    show.switch(False)
    show.switch(True)
    show.play()
    show.recorders.close()
    for name in ("a.mp4", "a-2.mp4"):
        told = subprocess.run(
            ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(tmp_path / name)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        streams = json.loads(told.stdout)["streams"]
        assert told.stderr == "" and [one["codec_type"] for one in streams] == ["video", "audio"]
        assert [float(one["duration"]) for one in streams] == pytest.approx([1, 1], abs=0.06)


def test_without_a_place_it_is_a_film_here(tmp_path, monkeypatch):
    """Told in one line; what somebody has there stays, even where the next take would be."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dancelive.mp4").write_bytes(b"somebody's")
    show = Show(Settings(overwrite=True))
    assert not show.recorders.is_on
    for _ in range(2):
        show.switch(True)
        show.switch(True)  # which it is
        show.play(0.2)
        show.switch(False)
    show.recorders.close()
    assert show.said[0] == f"Recording {tmp_path / 'dancelive-2.mp4'}."
    assert sorted(found.name for found in tmp_path.iterdir()) == [
        "dancelive-2.mp4", "dancelive-3.mp4", "dancelive.mp4",
    ]  # fmt: skip
    assert (tmp_path / "dancelive.mp4").read_bytes() == b"somebody's"


def test_the_next_film_takes_no_name_that_is_still_being_written(tmp_path, monkeypatch):
    """A long film takes its time to be finished; the one after it begins meanwhile."""
    may_finish = threading.Event()
    close = FilmRecorder.close

    def slowly(recorder):
        assert may_finish.wait(20)
        close(recorder)

    monkeypatch.setattr(FilmRecorder, "close", slowly)
    show = Show(Settings(record=str(tmp_path / "a.mp4"), overwrite=True))
    show.play(0.2)
    show.recorders.switch(False)
    show.recorders.switch(True)
    while not show.recorders.has_film:
        time.sleep(0.01)
    assert set(show.recorders.places.values()) == {
        str(tmp_path / "a.mp4"), str(tmp_path / "a-2.mp4"),
    }  # fmt: skip
    show.play(0.2)
    may_finish.set()
    show.recorders.close()
    assert show.recorders.error == ""
    assert [len(decode(tmp_path / name)["steps"]) for name in ("a.mp4", "a-2.mp4")] == [5, 5]


def test_opening_and_closing_keep_no_picture_waiting(tmp_path, monkeypatch):
    """A disk that hangs: the thread that paints goes on; what is asked for last counts."""
    may_open = threading.Event()

    def slow(*given):
        assert may_open.wait(20)
        return FilmRecorder(*given)

    show = Show(Settings(record=str(tmp_path / "a.mp4")))
    show.play(0.2)
    show.recorders.switch(False)
    monkeypatch.setattr(take_file, "FilmRecorder", slow)
    for on in (True, False, True):
        show.recorders.switch(on)
        show.play(0.1)
    assert show.recorders.is_on and show.recorders.state == "REC opens"
    may_open.set()
    for hand in show.recorders._hands:
        hand.join()
    assert show.recorders.is_on and show.recorders.has_film
    show.play(0.2)
    show.recorders.close()
    assert show.recorders.error == ""
    films = [decode(path) for path in tmp_path.iterdir()]
    assert [film["pictures"] for film in films] == [6, 6], "the take that nobody wants is gone"


def test_a_disk_that_fails_is_told_and_the_next_film_is_whole(tmp_path, monkeypatch):
    show = Show(Settings(record=str(tmp_path / "a.mp4")))
    show.play(0.5)

    def full(*_):
        raise OSError(28, "No space left on device")

    film = show.recorders._now._film
    while not film._queue.empty():
        time.sleep(0.01)
    monkeypatch.setattr(film._file, "add_frame", full)
    show.play(0.5)
    while not film.error:
        time.sleep(0.01)
    assert not show.recorders.is_on and "no space left" in show.recorders.trouble
    show.switch()
    assert show.recorders.is_on and show.recorders.trouble == ""
    show.play(1.0)
    show.recorders.close()
    assert "no space left" in show.recorders.error, "it is said at the end as well"
    assert decode(tmp_path / "a-2.mp4")["pictures"] == FPS
    assert decode(tmp_path / "a.mp4")["pictures"] > 0, "what there was is a film"


def test_a_place_where_nothing_can_be_written_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(recorders_file, "BY_HAND", str(tmp_path / "none" / "a.mp4"))
    show = Show()
    show.switch(True)
    assert not show.recorders.is_on and len(show.said) == 1
    assert show.said[0].startswith("Cannot record to ") and show.said[0] in show.recorders.error
    show.recorders.close()


def test_two_shows_at_one_place_keep_the_films_of_both(tmp_path):
    """Neither is there yet when the other begins, and both end at once."""
    settings = Settings(record=str(tmp_path / "a.mp4"), record_poses=str(tmp_path / "a.npz"))
    shows = [Show(settings), Show(settings)]
    for seconds, show in enumerate(shows, start=1):
        show.play(seconds)
    for show in shows:
        show.recorders.close()
        assert show.recorders.error == ""
    for name, seconds in (("a", 1), ("a-2", 2)):
        assert decode(tmp_path / f"{name}.mp4")["video_s"] == pytest.approx(seconds, abs=1.5 / FPS)
        assert len(read_pose_file(tmp_path / f"{name}.npz").points) == seconds * FPS
    assert len(list(tmp_path.iterdir())) == 4
    one_more = Show(Settings(record=str(tmp_path / "a.mp4"), overwrite=True))
    one_more.play(3)
    one_more.recorders.close()
    assert decode(tmp_path / "a.mp4")["video_s"] == pytest.approx(3, abs=1.5 / FPS)


def test_a_film_of_nothing_is_no_failure(tmp_path):
    """Begun and ended at once, as by a key that was pressed twice."""
    show = Show(Settings(record=str(tmp_path / "a.mp4")))
    show.play(0.2)
    for _ in range(3):
        show.switch()
    show.switch()
    show.recorders.close()
    assert show.recorders.error == ""
    assert [found.name for found in tmp_path.iterdir()] == ["a.mp4"]


def test_offline_a_written_show_records_in_pieces(tmp_path):
    """Sound comes before the pictures there: the second film has that of its beginning."""
    show = Show(Settings(record=str(tmp_path / "a.mp4")), offline=True)
    show.play(1.0)
    show.recorders.switch(False)
    show.time = 0.3  # the picture of then
    show.recorders.switch(True)
    assert show.recorders.has_film, "at once"
    for number in range(9, 30):
        show.recorders.add_picture(picture(number, number == 15), None, number / FPS)
    show.recorders.close()
    film = decode(tmp_path / "a-2.mp4")
    assert film["white"] == pytest.approx([0.2], abs=1 / FPS)
    assert film["click"] == pytest.approx([0.2], abs=1 / FPS)


def test_the_show_is_recorded_by_name_and_after_a_crash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stage = Stage(monkeypatch, SHOWN)
    controls, recorders = stage.show.controls, stage.show._recorders
    stage.begin()
    assert controls.read("record") is False
    assert controls.ask("record", 1) is not None
    while not recorders.has_film:
        time.sleep(0.01)
    assert controls.read("record") is True and stage.show.meters().outputs == ("REC dancelive.mp4",)
    assert controls.kept()["recorded"] is True and "record" not in controls.kept()
    stage.show._publish(*stage.frame(0.1))
    controls.restore({"recorded": False}, [])
    assert controls.read("record") is False
    stage.show.finish()
    assert stage.show.error == "" and (tmp_path / "dancelive.mp4").exists()
