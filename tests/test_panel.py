"""The panel: every control of the table has a row, which sends and reads that control."""

from itertools import pairwise
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from made_clock import made_clock
from painted import APPLICATION
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QShowEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from live.controls.entries import Choice, Name, Number, Switch, Trigger
from live.controls.layout import HAND
from live.controls.table import CONTROLS
from live.picture import thumbnails
from live.show import thumbnails as beside
from live.show.panel_rows import panel_rows
from live.window import row_widgets, take_away_row
from live.window.panel import Panel
from live.window.row_widgets import ChoiceRow, NumberRow, PictureRow, StepRow
from live.window.take_away_row import TakeAwayRow

KINDS = {"switch": Switch, "trigger": Trigger, "number": Number, "step": Number, "choice": Choice,
         "name": Name}  # fmt: skip


class Made:
    """A panel of all controls, what it sends, and what is set."""

    def __init__(self, patch):
        self.clock = made_clock(patch, row_widgets)
        self.sent, self.pictures = [], {}
        self.values = {"targets": ("alice", "bob"), "target": "alice", "style": "auto", "bpm": 0.0,
                       "styles": ("house",), "energy": 0.0, "nudge": 0.0,
                       "mirror": False}  # fmt: skip
        self.rows = panel_rows(lambda *asked: self.sent.append(asked), self.values.get)
        self.panel = Panel(self.rows, self.pictures.get)

    def __getitem__(self, name):
        return self.panel.rows[name]


@pytest.fixture
def made(monkeypatch):
    return Made(monkeypatch)


def test_every_control_that_can_be_set_has_a_row_of_its_kind(made):
    by_name = {row.name: row for row in made.rows}
    for control in CONTROLS:
        if isinstance(control, tuple(KINDS.values())):
            row = by_name.pop(control.name)
            assert isinstance(control, KINDS[row.kind]) and row.help == control.meaning
        if isinstance(control, Number):
            assert (row.low, row.high, row.unit) == (control.low, control.high, control.unit)
    assert not by_name, "and nothing else has one"


def test_all_of_a_group_stands_behind_one_tab(made):
    groups = list(dict.fromkeys(row.group for row in made.rows))
    assert [HAND, *made.panel.tabs] == groups and made.panel.tabs["dancer"].isChecked()
    for place, (name, tab) in enumerate(made.panel.tabs.items()):
        tab.click()
        page = made.panel._pages.currentWidget()
        assert made.panel._pages.currentIndex() == place
        shown = {row.row.name for row in page.findChildren(row_widgets.RowWidget)}
        assert shown == {row.name for row in made.rows if row.group == name}
        assert [one.isChecked() for one in made.panel.tabs.values()].count(True) == 1


def test_each_kind_sends_its_command(made):
    made["mirror"].button.click()
    made["tap"].button.pressed.emit()
    made["energy"].slider.setValue(750)
    made["bpm"].number.setValue(120.0)
    made["nudge"].more.click()
    made["nudge"].less.click()
    made["style"].box.textActivated.emit("house")
    made["target"].list.itemClicked.emit(made["target"].list.item(1))
    made["keep_scene"].field.setText(" drop ")
    made["keep_scene"].field.returnPressed.emit()
    assert made.sent == [
        ("mirror", True), ("tap", None), ("energy", 0.5), ("bpm", 120.0), ("nudge", 10.0),
        ("nudge", -10.0), ("style", "house"), ("target", "bob"), ("keep_scene", "drop"),
    ]  # fmt: skip
    assert made["keep_scene"].field.text() == ""


def test_what_is_set_elsewhere_is_shown_once_no_hand_is_on_it(made):
    made.values |= {"mirror": True, "energy": -0.5, "bpm": 90.0, "nudge": -20.0, "target": "bob",
                    "style": "house"}  # fmt: skip
    made.panel.follow()
    assert made["mirror"].button.isChecked() and made["energy"].slider.value() == 250
    assert made["bpm"].number.value() == 90 and made["nudge"].sum.text() == "-20 ms"
    assert made["target"].list.currentItem().text() == "bob"
    assert made["style"].box.currentText() == "house"
    assert not made.sent, "and none of it is sent back"
    made["energy"].slider.setValue(900)
    made.panel.follow()
    assert made["energy"].slider.value() == 900
    made.clock.now += row_widgets.HELD_S
    made.panel.follow()
    assert made["energy"].slider.value() == 250


def test_of_many_values_sixty_a_second_are_sent_and_always_the_last(monkeypatch):
    clock = made_clock(monkeypatch, row_widgets)
    sent, due = [], []
    paced = row_widgets.Paced(lambda value: sent.append((clock.now, value)))
    paced._timer = SimpleNamespace(
        isActive=lambda: bool(due),
        start=lambda ms: due.append(clock.now + ms / 1e3),
        stop=due.clear,
    )
    for value in range(1000):
        clock.now += 0.001
        paced.offer(value)
        if due and clock.now >= due[0]:
            paced._flush()
    if due:
        clock.now = due[0]
        paced._flush()
    times = [at for at, _ in sent]
    assert min(after - before for before, after in pairwise(times)) >= row_widgets.SEND_S - 1e-9
    assert 50 <= len(sent) <= 61 and sent[0][1] == 0 and sent[-1][1] == 999


def test_0_of_a_tempo_is_no_place_on_the_slider(made):
    made.values["bpm"] = 90.0
    made.panel.follow()
    place = made["bpm"].slider.value()
    made["bpm"].findChildren(row_widgets.QPushButton)[0].click()
    assert made.sent == [("bpm", 0.0)]
    assert made["bpm"].number.text() == "followed" and made["bpm"].slider.value() == place
    made["bpm"].number.setValue(39.0)  # below the lowest
    assert made.sent[-1] == ("bpm", 0.0)


def test_what_is_heard_stands_where_the_tempo_is_left_to_the_music(made):
    number = made["bpm"].number
    for heard, text in ((124.0, "followed, 124.0"), (0.0, "followed"), (99.96, "followed, 100.0")):
        made.panel.follow({"bpm": heard})
        assert number.text() == text
        assert number.fontMetrics().horizontalAdvance(text) < number.maximumWidth() - 16
    made.values["bpm"] = 124.4
    made.panel.follow()
    assert number.text() == "124.4 BPM"
    made.values["bpm"] = 90.0
    made.panel.follow({"bpm": 90.0})
    assert number.text() == "90.0 BPM" and not made.sent


def test_a_choice_that_only_happens_goes_back_to_none(made):
    row = made["out_on"]
    assert isinstance(row, ChoiceRow) and not row.box.isEnabled(), "there is no way out"
    made.values["outs"] = ("web:8765",)
    row.refill()
    row.box.setCurrentIndex(0)
    row.box.textActivated.emit("web:8765")
    assert row.box.isEnabled() and row.box.currentIndex() == -1 and len(made.sent) == 1


def test_what_is_bound_is_listed_and_a_click_takes_it_away(made, monkeypatch):
    clock = made_clock(monkeypatch, take_away_row)
    row, lines = made["midi_forget"], ("energy (cc 21, channel 1)", "scene drop (note 37)")
    texts = lambda: [row.list.item(n).text() for n in range(row.list.count())]  # noqa: E731
    assert isinstance(row, TakeAwayRow) and texts() == ["none"]
    row.list.itemClicked.emit(row.list.item(0))
    assert not made.sent
    made.values["midi_bindings"] = lines
    made.panel.follow()
    assert texts() == [f"✕  {line}" for line in lines]
    assert row.list.height() >= 2 * row_widgets.TARGET_PX
    row.list.itemClicked.emit(row.list.item(0))
    assert made.sent == [("midi_forget", lines[0])]
    made.values["midi_bindings"] = lines[1:]
    made.panel.follow()
    row.list.itemClicked.emit(row.list.item(0))  # of a double click
    assert len(made.sent) == 1 and texts() == [f"✕  {lines[1]}"]
    clock.now += take_away_row.CLICKS_S
    row.list.itemActivated.emit(row.list.item(0))
    assert made.sent[1:] == [("midi_forget", lines[1])]


def test_a_picture_that_comes_later_is_shown(made, tmp_path):
    row = made["target"]
    assert isinstance(row, PictureRow)
    file = tmp_path / "alice.png"
    cv2.imwrite(str(file), np.full((96, 96, 3), (0, 0, 255), np.uint8))
    made.panel.follow()
    made.pictures["alice"] = file
    made.panel.follow()

    def colour(place):
        icon = row.list.item(place).icon().pixmap(96, 96).toImage()
        return icon.pixelColor(48, 48).getRgb()[:3]

    assert colour(0) == (255, 0, 0) and colour(1) == (0, 0, 0)


def test_the_wheel_changes_no_value(made):
    at, none = QPointF(5, 5), QPoint()
    for name in ("energy", "style"):
        for part in made[name].findChildren(QWidget):
            wheel = QWheelEvent(at, at, none, QPoint(0, 240), Qt.MouseButton.NoButton,
                                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                                False)  # fmt: skip
            APPLICATION.sendEvent(part, wheel)
    assert not made.sent and made["energy"].slider.value() == 500


def test_numbers_that_add_up_have_buttons_and_all_others_a_slider(made):
    kinds = {name: type(row) for name, row in made.panel.rows.items()}
    assert {name for name, kind in kinds.items() if kind is StepRow} == {"nudge"}
    assert {"gain", "energy", "bpm"} <= {n for n, kind in kinds.items() if kind is NumberRow}


def test_a_slider_of_whole_numbers_rests_on_them(made):
    row = made["dancers"]
    row.slider.setValue(400)  # 3.8
    assert made.sent[-1] == ("dancers", 4.0) and row.number.text() == "4"
    assert row.slider.value() == round(1000 * 3 / 7)
    row.number.stepUp()
    assert row.number.text() == "5"


CHOICES = {"scene": "scenes", "style": "styles", "out_on": "outs", "background": "backgrounds",
           "quantise": "quanta", "dance": "dances", "beat_source": "beat_sources"}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_read_anew_when_its_list_is_opened(made, name):
    made.values |= {CHOICES[name]: ("one", "two"), name: "one"}
    row = made[name]
    row.refill()
    row.follow()
    made.values[CHOICES[name]] = ("one", "two", "new")
    row.box.showPopup()
    row.box.hidePopup()
    assert row.box.findText("new") == row.box.count() - 1
    if row.row.read() is not None:
        assert row.box.currentText() == "one" and not made.sent


def test_a_list_that_is_followed_is_read_once_for_a_value_that_it_lacks(made):
    row, asked = made["scene"], []
    names = ("home", "drop")
    object.__setattr__(row.row, "choices", lambda: asked.append(1) or names)
    for value in ("home", "home", "drop", "nothing", "nothing"):
        made.values["scene"] = value
        row.follow()
        assert row.box.currentText() == (value if value in names else "")
    assert len(asked) == 2
    names = ()
    row.refill()
    assert not row.box.isEnabled()
    names = ("late",)
    row.showEvent(QShowEvent())  # who turns to the page finds it
    assert row.box.isEnabled() and row.box.currentIndex() == -1


def test_a_person_who_comes_later_stands_with_the_others(made):
    made.values["targets"] = ("alice", "bob", "cleo")
    made["target"].showEvent(QShowEvent())
    assert [made["target"].list.item(place).text() for place in range(3)][2] == "cleo"


def test_a_field_says_what_may_be_typed_into_it(made):
    for name, example in (("output", "1280x720"), ("midi_learn", "energy"), ("keep_scene", "drop")):
        assert example in made[name].field.placeholderText()


def test_a_tip_is_broken_into_lines_and_shows_no_backticks(made):
    for row in made.panel.rows.values():
        assert row.toolTip().startswith("<p>") and "`" not in row.toolTip() + row.row.words
    assert "<b>contain</b>" in made["fit"].toolTip()
    assert "(+)" in made["nudge"].toolTip() and '<b>"?"</b>' in made["nudge"].toolTip()


# pictures of the persons


def test_a_picture_is_kept_whole_and_painted_once(monkeypatch, tmp_path):
    monkeypatch.setattr(thumbnails, "folder", lambda: tmp_path / "persons")
    monkeypatch.setattr(thumbnails.bundle, "available", lambda kind: iter(()))
    assert thumbnails.kept("skeleton") is None and thumbnails.kept("no such person") is None
    (file,) = thumbnails.paint_missing()
    assert thumbnails.kept("skeleton") == file and not list(thumbnails.paint_missing())
    assert [other.name for other in file.parent.iterdir()] == ["skeleton.png"]
    picture = cv2.imread(str(file))
    assert picture.shape == (thumbnails.PX, thumbnails.PX, 3) and picture.std() > 20


def test_what_is_missing_is_painted_beside_the_show_once(monkeypatch, tmp_path):
    started, there = [], {}
    clock = made_clock(monkeypatch, beside)
    monkeypatch.setattr(beside, "kept", there.get)
    monkeypatch.setattr(
        beside.subprocess, "Popen", lambda words, **_: started.append(words) or "it"
    )
    made = beside.Thumbnails()
    assert made.file("alice") is None and made.file("bob") is None
    assert [words[-1] for words in started] == ["live.thumbnails"]
    there["alice"] = tmp_path
    assert made.file("alice") is None, "it was looked for just now"
    clock.now += beside.LOOK_S
    assert made.file("alice") == tmp_path and made.file("bob") is None and len(started) == 1
