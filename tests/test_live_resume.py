"""What a show keeps for the time after a crash, and where it goes on: on a clock made here."""

import json
from types import SimpleNamespace

import pytest
from made_clock import made_clock

from live.core.settings import Settings
from live.show import resume
from live.show.resume import Keeper, Kept, Resume


@pytest.fixture
def clock(monkeypatch):
    return made_clock(monkeypatch, resume)


def kept(**changed) -> Kept:
    given = {"at": 900.0, "time": 100.0, "place": 60.0, "target": "bob", "controls": {}}
    return Kept(**given | changed)


def left(tmp_path, crashed_at, is_aloud, **changed) -> Resume:
    file = tmp_path / "state.json"
    Keeper(file, lambda: kept(**changed)).run(SimpleNamespace(wait=lambda _: True))
    return Resume(file, crashed_at, 1, is_aloud)


@pytest.mark.parametrize(
    ("after", "played"), [(0.0, 60.0), (0.3, 60.3), (0.99, 60.99), (5.0, 61.0)]
)
def test_what_was_played_goes_on_where_it_stood(clock, tmp_path, after, played):
    """The file is never older than a second: more than that nobody heard."""
    shown = left(tmp_path, 900.0 + after, True)
    clock.now = 907.0
    assert shown.place == pytest.approx(played)
    clock.now = 950.0
    assert shown.place == pytest.approx(played), "once asked it is settled"
    assert shown.time() == pytest.approx(150.0)


def test_a_microphone_has_heard_on(clock, tmp_path):
    shown = left(tmp_path, 900.5, False)
    clock.now = 907.0
    assert shown.place == pytest.approx(67.0)
    assert shown.time() == pytest.approx(107.0)


@pytest.mark.parametrize("is_aloud", [True, False])
def test_what_crashed_before_its_sound_began_goes_on_at_its_beginning(clock, tmp_path, is_aloud):
    shown = left(tmp_path, 900.1, is_aloud, place=-0.9)
    clock.now = 900.3
    assert shown.before is not None and shown.place == 0.0
    beyond = left(tmp_path, 900.1, is_aloud, place=-20.0)
    assert beyond.before is None and beyond.place == 0.0, "no show wrote that"


def test_what_was_chosen_comes_before_what_was_asked_for(clock, tmp_path):
    asked = Settings(target="alice", fullscreen="HDMI-1", overwrite=True, fps=25.0)
    full = left(tmp_path, 0.0, True, controls={"fullscreen": True}).settings(asked)
    assert full == Settings(target="bob", fullscreen="HDMI-1", overwrite=False, fps=25.0)
    assert left(tmp_path, 0.0, True).settings(asked).fullscreen is None
    window = left(tmp_path, 0.0, True, controls={"fullscreen": True}).settings(Settings())
    assert window.fullscreen == ""
    fresh = Resume(tmp_path / "none", 0.0, 0, True)
    assert fresh.settings(asked) is asked and fresh.place == 0.0


def test_it_is_written_at_once_when_something_is_chosen_else_each_second(clock, tmp_path):
    file, written = tmp_path / "state.json", []

    def look():
        chosen = {"mirror": clock.now > 1002.35}
        return kept(at=clock.now, time=clock.now - 1000, place=clock.now - 990, controls=chosen)

    def wait(seconds):
        fields = json.loads(file.read_text())
        if not written or written[-1] != fields:
            written.append(fields)
        clock.now += seconds
        return clock.now > 1005.0

    Keeper(file, look).run(SimpleNamespace(wait=wait))
    times = [fields["at"] - 1000.0 for fields in written]
    assert times == pytest.approx([0, 1, 2, 2.4, 3.4, 4.4], abs=0.11)
    assert times[3] == pytest.approx(2.4), "within a tenth of a second"
    assert [fields["controls"]["mirror"] for fields in written] == [False] * 3 + [True] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]


def test_a_list_goes_on_in_its_song(clock, tmp_path):
    shown = left(tmp_path, 900.2, True, song=3, file="set/c.wav", bars=[41, 7])
    assert (shown.song, shown.bars) == ((3, "set/c.wav"), (41, 7))
    assert shown.place == pytest.approx(60.2)
    assert (left(tmp_path, 0.0, True).song, left(tmp_path, 0.0, True).bars) == ((0, ""), (0, 0))
    fresh = Resume(tmp_path / "none", 0.0, 0, True)
    assert (fresh.song, fresh.bars) == ((0, ""), (0, 0))


def test_all_that_lasts_is_looked_at():
    one = kept()
    assert one.lasting == kept(at=1.0, time=2.0, place=3.0).lasting
    for other in (kept(target="alice"), kept(controls={"gain": 1.0}), kept(frozen=[[0.0, 0.0]]),
                  kept(song=2), kept(file="a"),
                  kept(recordings={"a": "b"})):  # fmt: skip
        assert other.lasting != one.lasting


def test_phones_come_back_with_the_pin_of_before(tmp_path):
    resume = left(tmp_path, 905.0, False, pin="123456")
    assert resume.settings(Settings()).remote_pin == "123456"
    assert resume.settings(Settings(remote_pin="654321")).remote_pin == "654321"
