"""The performer's bar by what its painter is asked to paint: places, colours, words, when."""

import math
from dataclasses import replace

import pytest
from made_clock import made_clock
from painted import noted, painting
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from live.controls.keys import KEYS, ON_BEAT
from live.core.messages import Beat, Meters
from live.window import beat_light, status_bar
from live.window.beat_light import BeatLight
from live.window.palette import (
    AMBER,
    BLUE,
    CALM,
    DARK,
    FAINT,
    GROUND,
    LINE,
    RED,
    TEXT,
    letters,
    mix,
)
from live.window.status_bar import HEIGHT, StatusBar

BEAT = Beat(0.0, 0.5, 0.0, 120.0, 0.5, None, 0.9)
METERS = Meters("listening", "alice", "club", BEAT, 0.5, None, 30.0, 60.0, 2.0, 20.0, 0, 0, True)


class Bar:
    """A bar of a width on a clock, and what it paints."""

    def __init__(self, patch, width=700):
        self.clock = made_clock(patch, status_bar, beat_light)
        self.marks = noted(patch, status_bar)
        self.widget = StatusBar(None)
        self.widget.resize(width, HEIGHT)
        self.updated = []
        self.widget.update = lambda *where: self.updated.append(where)

    def painted(self, meters=None, **changed):
        if meters is not None or changed:
            self.widget.show_meters(replace(meters or METERS, **changed), self.clock.now)
        return painting(self.widget, self.marks)

    def wide(self, text, size, is_bold=False):
        return QFontMetrics(letters(self.widget, size, is_bold)).horizontalAdvance(text)


@pytest.fixture
def bar(monkeypatch):
    return Bar(monkeypatch)


def texts(marks):
    return {mark.text: mark for mark in marks if mark.kind == "text"}


def test_the_ground_and_a_line_above_it_and_nothing_is_known_at_first(bar):
    ground, line, starting = bar.painted()
    assert (ground.where, ground.fill) == ((0, 0, 700, HEIGHT), GROUND.name())
    assert (line.where, line.fill) == ((0, 0, 700, 1), LINE.name())
    assert (starting.where, starting.text) == ((14, 50), "starting …")
    assert (starting.size, starting.is_bold, starting.ink) == (12, False, FAINT.name())


# In 248 px the four numbers have their room; it is stretched from 0.9 to 1.5 of it.
PLACES = {
    1000: (336, 402, 516, 609),
    700: [336 + step * 350 / 248 for step in (0, 44, 120, 182)],
    620: [336 + step * 270 / 248 for step in (0, 44, 120, 182)],
    619: [278 + step * 327 / 248 for step in (0, 44, 120, 182)],  # the level is narrow
    502: (278, 317.6, 386, 441.8), 500: (278, 317.6, 386), 443: (278, 317.6, 386),
    441: (278, 317.6), 387: (278, 317.6), 385: (278,), 318: (278,), 317: (),
}  # fmt: skip


@pytest.mark.parametrize("width", PLACES)
def test_the_numbers_share_the_room_and_the_last_go_where_it_is_narrow(width, monkeypatch):
    bar = Bar(monkeypatch, width)
    marks = bar.painted(METERS)
    names = [m for m in marks if m.text in ("fps", "lead", "error", "latency")]
    assert [m.where for m in names] == [(pytest.approx(x), 14) for x in PLACES[width]]
    assert {(m.size, m.is_bold, m.ink) for m in names} <= {(9, False, FAINT.name())}
    numbers = [m for m in marks if m.where[1:] == (29,) and m.size == 13]
    assert [m.text for m in numbers] == ["30", "+60", "2", "20"][: len(names)]
    assert [m.where[0] for m in numbers] == [m.where[0] for m in names] and all(
        m.is_bold for m in numbers
    )
    units = [m for m in marks if m.text == "ms"]
    assert [m.where for m in units] == [
        (m.where[0] + bar.wide(m.text, 13, True) + 2, 29) for m in numbers[1:]
    ]
    assert {(m.size, m.ink) for m in units} <= {(9, FAINT.name())}


@pytest.mark.parametrize(
    ("field", "number", "text", "is_bad"),
    [
        ("fps", 29.6, "30", False), ("fps", math.nan, "–", False),
        ("lead_ms", 0.0, "+0", False), ("lead_ms", -1.0, "-1", True), ("lead_ms", 7.0, "+7", False),
        ("lead_ms", math.inf, "–", False), ("frame_error_ms", 20.0, "20", False),
        ("frame_error_ms", 20.6, "21", True), ("frame_error_ms", -20.6, "-21", True),
        ("frame_error_ms", math.nan, "–", False), ("latency_ms", 900.0, "900", False),
    ],
)  # fmt: skip
def test_what_is_bad_is_amber_and_what_is_not_known_has_no_unit(bar, field, number, text, is_bad):
    marks = bar.painted(METERS, **{field: number})
    place = ("fps", "lead_ms", "frame_error_ms", "latency_ms").index(field)
    shown = [m for m in marks if m.size == 13][place]
    assert (shown.text, shown.ink) == (text, (AMBER if is_bad else TEXT).name())
    others = [m for m in marks if m.size == 13 and m is not shown]
    assert {m.ink for m in others} == {TEXT.name()}
    assert sum(m.text == "ms" for m in marks) == 3 - (text == "–" and field != "fps")


def test_fewer_pictures_than_asked_for_are_amber(bar):
    by_text = texts(bar.painted(METERS, is_reduced=True))
    assert by_text["30"].ink == AMBER.name() and by_text["+60"].ink == TEXT.name()


@pytest.mark.parametrize(
    ("width", "wide"), [(900, 130), (620, 130), (619, 72), (300, 72), (256, 54), (215, 20)]
)
def test_the_level_and_its_peak_are_painted_in_their_groove(monkeypatch, width, wide):
    bar = Bar(monkeypatch, width)
    groove = [m for m in bar.painted(METERS) if m.where[:2] == (188, 14)]
    assert [(m.kind, m.where, m.fill) for m in groove] == [
        ("round", (188, 14, wide, 10, 3, 3), "#22262d")
    ]
    bar.widget.animate(bar.clock.now + 0.03)  # at most half full: 25 of a second's way
    _, level, peak = [m for m in bar.painted() if m.where[0] >= 188 and m.where[1] == 14][:3]
    assert level.where == (188, 14, pytest.approx(wide * 0.375), 10, 3, 3)
    stops = [(at, colour.name()) for at, colour in level.brush.gradient().stops()]
    assert stops == [(0.0, "#1f9c86"), (0.72, CALM.name()), (0.86, AMBER.name()), (1.0, RED.name())]
    start, end = level.brush.gradient().start(), level.brush.gradient().finalStop()
    assert (start.x(), end.x(), start.y(), end.y()) == (188, 188 + wide, 14, 14)
    assert peak.where == (pytest.approx(188 + (wide - 2) * 0.375), 14, 2, 10)
    assert (peak.kind, peak.fill) == ("fill", TEXT.name())


def test_the_level_rises_fast_falls_slowly_and_its_peak_more_slowly(bar):
    widget, at = bar.widget, bar.clock.now

    def after(seconds, level, **changed):
        nonlocal at
        at += seconds
        widget.show_meters(replace(METERS, beat=replace(BEAT, level=level), **changed), at)
        widget.animate(at)
        return widget._level, widget._peak

    near = pytest.approx
    assert after(0.02, 1.0) == (near(0.5), near(0.5))
    assert after(0.02, 1.0) == (near(0.75), near(0.75))
    assert after(0.02, 0.0) == (near(0.645), near(0.743))
    assert after(0.02, 0.645 + 1e-9) == (near(0.645), near(0.736))
    assert after(0.0, 0.0) == (near(0.645), near(0.736))
    assert after(-1.0, 0.0) == (near(0.645), near(0.736)), "the clock does not go back"
    assert after(5.0, 0.0) == (near(0.0), near(0.666)), "0.2 s at most"
    assert after(0.04, 7.0) == (near(1.0), near(1.0))
    assert after(0.1, 0.8, sound=False) == (near(0.3), near(0.965))
    assert after(0.1, -3.0) == (near(0.09), near(0.93))


def test_without_a_beat_or_before_meters_the_level_rests(bar):
    bar.widget.animate(bar.clock.now + 1)
    assert bar.updated == []
    bar.widget.show_meters(replace(METERS, beat=None), bar.clock.now)
    bar.widget.animate(bar.clock.now + 1.02)
    assert (bar.widget._level, bar.widget._peak) == (0, 0)
    marks = bar.painted()
    assert [m.where for m in marks if m.where[:2] == (188, 14)] == [(188, 14, 130, 10, 3, 3)]


def test_no_sound_is_written_over_the_level(bar):
    assert "NO SOUND" not in texts(bar.painted(METERS))
    mark = texts(bar.painted(METERS, sound=False))["NO SOUND"]
    assert (mark.where[:4], mark.size, mark.is_bold, mark.ink) == (
        (188, 14, 130, 10), 10, True, AMBER.name(),
    )  # fmt: skip


def test_numbers_are_written_four_times_a_second_and_what_moves_is_painted_alone(bar):
    began = bar.clock.now
    meters = [replace(METERS, fps=fps) for fps in (1.0, 2.0, 3.0, 4.0)]
    bar.widget.show_meters(meters[0], began)  # the first ones at once
    assert bar.updated == [()]
    bar.widget.show_meters(meters[0], began + 9)  # nothing new
    bar.widget.show_meters(meters[1], began + 0.24)
    assert bar.updated == [()]
    bar.widget.show_meters(meters[2], began + 0.25)
    bar.widget.show_meters(meters[3], began + 0.49)
    assert bar.updated == [(), ()]
    bar.painted()
    bar.updated.clear()
    bar.widget.animate(began + 0.5)
    bar.widget.tapped()
    assert [where[0].getRect() for where in bar.updated] == [(0, 1, 322, 35)] * 2


def test_where_only_what_moves_is_painted_no_numbers_are(bar):
    bar.painted(METERS)
    inside = painting(bar.widget, bar.marks, 0, 1, 322, 35)
    assert {"fps", "listening", "alice  ·  club"}.isdisjoint(texts(inside))
    assert "120" in texts(inside)
    for beyond in ((0, 0, 322, 35), (0, 1, 323, 35), (0, 1, 322, 36)):
        marks = painting(bar.widget, bar.marks, *beyond)
        assert {"fps", "alice  ·  club"} <= set(texts(marks)), beyond


def test_who_dances_what_stands_on_the_right(bar):
    for fields, who in (
        ({}, "alice  ·  club"),
        ({"style": "SALSA", "engine": "cpu"}, "alice  ·  club  ·  SALSA  ·  cpu"),
        ({"dance": ""}, "alice"),
        (
            {"outputs": ("web:8765 30/s 2 viewers", "ndi off")},
            "alice  ·  club  ·  web:8765 30/s 2 viewers  ·  ndi off",
        ),
    ):
        mark = texts(bar.painted(METERS, **fields))[who]
        assert mark.where == (700 - 14 - bar.wide(who, 12), 50)
        assert (mark.size, mark.ink) == (12, FAINT.name())


def test_what_is_said_on_the_left(bar):
    bar.clock.now += 60  # the keys have been told

    def said(**changed):
        mark = next(m for m in bar.painted(METERS, **changed) if m.where == (14, 50))
        assert mark.size == 12 and not mark.is_bold
        return mark.text, mark.ink

    assert said() == ("listening", TEXT.name())
    assert said(sound=False) == ("listening", AMBER.name())
    assert said(warnings=("new", "old")) == ("▲ new   +1", AMBER.name())
    assert said(warnings=("new", "old", "older")) == ("▲ new   +2", AMBER.name())
    assert said(warnings=("one",), sound=False) == ("▲ one", AMBER.name())
    bar.clock.now -= 60  # while the keys would be told
    assert said(warnings=("one",)) == ("▲ one", AMBER.name())
    assert said(sound=False) == ("listening", AMBER.name())


def test_what_is_too_long_ends_before_the_right_side(bar):
    bar.clock.now += 60
    for state in ("word " * 40, "x" * 55):
        marks = texts(bar.painted(METERS, state=state))
        room = int(700 - 14 - bar.wide("alice  ·  club", 12) - 16 - 14)
        metrics = QFontMetrics(letters(bar.widget, 12))
        assert metrics.elidedText(state, Qt.TextElideMode.ElideRight, room) in marks
    bar.clock.now += 60
    bar.widget.resize(100, HEIGHT)
    narrow = painting(bar.widget, bar.marks)
    assert narrow[-1].where == (14, 50) and len(narrow[-1].text) <= 1


def test_what_is_recorded_is_marked_and_takes_no_keys_away(bar):
    before = texts(bar.painted(METERS))
    shown = texts(bar.painted(METERS, recorded=True))
    assert "REC" not in before and "REC" in shown
    assert all(any("B black" in text for text in told) for told in (before, shown))


@pytest.mark.parametrize(
    ("flags", "badges"),
    [
        ((), ()), (("is_black",), (("BLACK", RED),)), (("is_frozen",), (("FROZEN", BLUE),)),
        (("is_black", "is_frozen"), (("BLACK", RED), ("FROZEN", BLUE))),
    ],
)  # fmt: skip
def test_badges_stand_before_what_is_said(bar, flags, badges):
    for flag in flags:
        setattr(bar.widget, flag, True)
    marks = bar.painted(METERS)
    x = 14
    for label, colour in badges:
        wide = bar.wide(label, 10, True) + 12
        (badge,) = [m for m in marks if m.kind == "round" and m.fill == colour.name()]
        assert badge.where == (x, 38, wide, 16, 4, 4)
        word = texts(marks)[label]
        assert (word.where[:4], word.ink, word.size) == ((x, 38, wide, 16), GROUND.name(), 10)
        assert word.is_bold
        x += wide + 8
    last = marks[-1]
    assert last.where == (x, 50) and last.size == 12 and not last.is_bold
    assert (last.text == "listening") == bool(badges), "beside a badge the keys are not told"
    assert {"BLACK", "FROZEN"} & set(texts(marks)) == {label for label, _ in badges}


def test_a_long_warning_is_cut_but_not_the_count_of_the_others_and_has_the_room_of_who_dances(
    monkeypatch,
):
    bar = Bar(monkeypatch, 256)
    (mark,) = [
        m for m in bar.painted(METERS, warnings=("word " * 40, "old")) if m.where[1:] == (50,)
    ]
    assert mark.text.startswith("▲ word word") and mark.text.endswith("…   +1")
    assert bar.wide(mark.text, 12) <= 256 - 28
    bar.clock.now += 60
    assert "alice  ·  club" in texts(bar.painted(METERS)), "nothing must be read"


def keys_said(bar, age, room):
    metrics = QFontMetrics(letters(bar.widget, 12))
    return bar.widget._keys(age, room, metrics)


def test_keys_are_told_at_the_beginning_and_after_a_tap(bar):
    begin = bar.clock.now
    show, beat = (keys_said(bar, begin + age, 2000) for age in (0, 7))
    assert "   F full screen   " in show and "T tap the tempo   " in beat
    for age, said in (
        (0.0, show), (5.99, show), (6.01, beat), (11.99, beat), (12.01, ""), (500.0, ""),
    ):  # fmt: skip
        assert keys_said(bar, begin + age, 2000) == said, age
    bar.clock.now = begin + 2.0
    bar.widget.tapped()
    assert [keys_said(bar, begin + age, 2000) for age in (2.1, 7.9, 8.1)] == [beat] * 3
    bar.clock.now = begin + 50.0
    bar.widget.tapped()
    assert [keys_said(bar, begin + age, 2000) for age in (55.9, 56.1)] == [beat, ""]
    bar.clock.now = begin + 51.0
    shown = texts(bar.painted(METERS))[beat]
    assert (shown.where, shown.ink) == ((14, 50), FAINT.name())


def test_in_the_smallest_window_no_key_is_cut_and_all_are_told(monkeypatch):
    bar = Bar(monkeypatch, 256)
    begin, told = bar.clock.now, []
    for age in range(60):
        bar.clock.now = begin + age + 0.5
        marks = [m for m in bar.painted(METERS) if m.where == (14, 50) and m.ink == FAINT.name()]
        told += [mark.text for mark in marks]
    keys = [
        keys.bar
        for on_beat in (False, True)
        for name, keys in KEYS
        if keys.bar and (name in ON_BEAT) == on_beat
    ]
    lines = list(dict.fromkeys(told))
    assert [key for line in lines for key in line.split("   ")] == keys
    assert min(told.count(line) for line in lines) >= 3, "each for three seconds"


def test_what_is_filled_has_no_edge(bar):
    bar.widget.is_black = bar.widget.is_frozen = True
    bar.widget._level = bar.widget._peak = 0.5
    bar.widget._beat_light._flash = 0.5
    marks = bar.painted(METERS, beat=replace(BEAT, by_hand=True, bar_phase=0.1), bar_phase=0.1)
    filled = [mark for mark in marks if mark.kind in ("round", "ellipse")]
    assert len(filled) == 9  # HAND, four lights, groove, level and two badges
    assert {mark.pen.style() for mark in filled} == {Qt.PenStyle.NoPen}
    bar.widget._beat_light.show(METERS, bar.clock.now)
    halo, lamp = [m for m in painting(bar.widget, bar.marks) if m.kind == "ellipse"]
    assert halo.pen.style() == lamp.pen.style() == Qt.PenStyle.NoPen


# the light of the beat


def lit(bar, beat=BEAT, **changed):
    """Marks of the light alone, its left edge at 14."""
    marks = bar.painted(METERS, beat=beat, beat_phase=beat.beat_phase, bar_phase=beat.bar_phase,
                        **changed)  # fmt: skip
    end = next(n for n, m in enumerate(marks) if m.kind == "round" and m.where[:2] == (188, 14))
    return marks[2:end]


@pytest.mark.parametrize(
    ("changed", "number", "colour"),
    [
        ({}, "120", TEXT), ({"bpm": 97.4}, "97", TEXT), ({"bpm": 0.0}, "–", TEXT),
        ({"confidence": 0.22}, "120", TEXT), ({"confidence": 0.2}, "120", FAINT),
        ({"confidence": 0.0, "by_hand": True}, "120", TEXT),
        ({"beat_phase": None}, "120", FAINT), ({"beat_phase": None, "by_hand": True}, "120", FAINT),
    ],
)  # fmt: skip
def test_the_tempo_is_bright_where_it_is_sure(bar, changed, number, colour):
    mark = lit(bar, replace(BEAT, **changed))[0]
    assert (mark.where, mark.text, mark.ink) == ((14, 25), number, colour.name())
    assert (mark.size, mark.is_bold) == (17, True)


def test_beside_the_tempo_stands_whose_it_is_and_how_far_it_was_moved(bar):
    x = 14 + bar.wide("000", 17, True) + 4
    for nudge, line, told in ((0.0, 25, ""), (0.4, 25, ""), (-0.4, 25, ""), (0.6, 15, "+1 ms"),
                              (-20.0, 15, "-20 ms"), (1.0, 15, "+1 ms")):  # fmt: skip
        marks = texts(lit(bar, nudge_ms=nudge))
        label = marks["BPM"]
        assert (label.where, label.size, label.is_bold, label.ink) == (
            (x, line), 10, False, FAINT.name(),
        )  # fmt: skip
        hand = lit(bar, replace(BEAT, by_hand=True), nudge_ms=nudge)
        assert "BPM" not in texts(hand) and "HAND" not in marks
        wide = bar.wide("HAND", 9, True) + 6
        (badge,) = [m for m in hand if m.kind == "round"]
        assert (badge.where, badge.fill) == ((x, line - 10, wide, 13, 3, 3), TEXT.name())
        word = texts(hand)["HAND"]
        assert (word.where[:4], word.ink) == ((x, line - 10, wide, 13), GROUND.name())
        assert (word.size, word.is_bold) == (9, True)
        for by in (marks, texts(hand)):
            moved = [m for m in by.values() if m.where[1:] == (29,)]
            assert [(m.text, m.where, m.size, m.is_bold, m.ink) for m in moved] == (
                [(told, (x, 29), 9, False, TEXT.name())] if told else []
            )


@pytest.mark.parametrize(
    ("n", "bar_phase", "places"),
    [
        (4, 0.1, (110, 128, 146, 164)),
        (3, 0.1, (119, 137, 155)),
        (4, None, (137,)),
        (3, None, (137,)),
    ],
)
def test_each_beat_of_a_known_bar_has_its_light(bar, n, bar_phase, places):
    marks = lit(bar, replace(BEAT, bar_phase=bar_phase, beats_per_bar=n))
    lights = [m for m in marks if m.kind == "ellipse"]
    sizes = [6.0] + [4.5] * (len(places) - 1)
    assert [m.where for m in lights] == [(x, 19, r, r) for x, r in zip(places, sizes, strict=True)]
    assert {m.fill for m in lights} == {DARK.name()}


def test_a_bar_without_a_beat_is_one_dark_light(bar):
    marks = lit(bar, replace(BEAT, beat_phase=None, bar_phase=0.1))
    assert [m.where for m in marks if m.kind == "ellipse"] == [(137, 19, 6, 6)]


class Lights:
    """A light alone, on a clock."""

    def __init__(self, bar):
        self.bar, self.light = bar, BeatLight()
        bar.widget._beat_light = self.light

    def at(self, now, beat, passed=0.0):
        """(x, radius, colour, alpha) of what is painted where the light is moved to this time."""
        self.bar.clock.now = now
        self.light.animate(now, passed)
        marks = painting(self.bar.widget, self.bar.marks)
        return [
            (m.where[0], m.where[2], m.brush.color().getRgb()[:3], m.brush.color().alphaF())
            for m in marks
            if m.kind == "ellipse"
        ]


def rgb(one, other, amount):
    return mix(one, other, amount).getRgb()[:3]


def test_a_beat_is_lit_when_it_is_due_and_fades(bar):
    """Its next beat is 0.25 s ahead; half of 1/30 s early is early enough."""
    bar.painted(METERS)
    now = bar.clock.now
    light = Lights(bar)
    light.light.show(METERS, now)
    assert light.at(now + 0.232, BEAT) == [(137, 6, rgb(DARK, CALM, 0.0), 1)]
    halo, lamp = light.at(now + 0.234, BEAT)
    assert halo == (137, pytest.approx(6 * 1.8), rgb(CALM, CALM, 0), pytest.approx(0.35, abs=1e-4))
    assert lamp == (137, 6, rgb(DARK, CALM, 1.0), 1)
    flash = math.exp(-0.7)
    halo, lamp = light.at(now + 0.334, BEAT, 0.1)
    assert halo[1:] == (
        pytest.approx(6 * (1 + 0.8 * flash)), CALM.getRgb()[:3], pytest.approx(0.35 * flash, 1e-3),
    )  # fmt: skip
    assert lamp[2] == rgb(DARK, CALM, flash)
    (lamp,) = light.at(now + 0.734, BEAT, 0.4)[-1:]  # before the next beat at 0.75
    assert lamp[2] == rgb(DARK, CALM, 1.0), "and the next one"


def test_a_faint_light_has_no_halo(bar):
    bar.painted(METERS)
    light = Lights(bar)
    light.light.show(METERS, bar.clock.now)
    for flash, n in ((0.019, 1), (0.021, 2)):
        light.light._flash = flash
        assert len(light.at(bar.clock.now, BEAT)) == n


@pytest.mark.parametrize(
    ("confidence", "by_hand", "strength"),
    [
        (0.0, False, 0.3),
        (0.25, False, 0.65),
        (0.5, False, 1.0),
        (0.9, False, 1.0),
        (0.0, True, 1.0),
    ],
)
def test_a_light_is_as_strong_as_the_beat_is_sure(bar, confidence, by_hand, strength):
    beat = replace(BEAT, confidence=confidence, by_hand=by_hand)
    bar.painted(METERS)
    light = Lights(bar)
    light.light.show(replace(METERS, beat=beat), bar.clock.now)
    halo, lamp = light.at(bar.clock.now + 0.25, beat)
    assert halo[3] == pytest.approx(0.35 * strength, abs=1e-4)
    assert lamp[2] == rgb(DARK, CALM, strength)


@pytest.mark.parametrize("n", [3, 4])
def test_the_newest_beat_of_a_bar_stays_lit_until_the_next(bar, n):
    bar.painted(METERS)
    start, light = bar.clock.now, Lights(bar)
    places = {3: (119, 137, 155), 4: (110, 128, 146, 164)}[n]
    for count in range(1, 2 * n + 1):
        now = start + count * 0.5 - 0.1
        beats = count - 0.2
        beat = replace(BEAT, beat_phase=beats % 1, bar_phase=beats / n % 1, beats_per_bar=n)
        shown = replace(METERS, beat=beat, beat_phase=beat.beat_phase, bar_phase=beat.bar_phase)
        light.light.show(shown, now)
        painted = light.at(now + 0.1, beat)
        bright = mix(CALM, TEXT, 0.6) if count % n == 0 else CALM
        halo = next(m for m in painted if m[3] < 1)
        assert (halo[0], halo[2]) == (places[count % n], bright.getRgb()[:3])
        assert halo[1] == pytest.approx((6 if count % n == 0 else 4.5) * 1.8)
        lamps = {m[0]: m[2] for m in painted if m[3] == 1}
        assert lamps == {x: DARK.getRgb()[:3] for x in places} | {halo[0]: bright.getRgb()[:3]}
        dimmed = light.at(now + 0.3, beat, 0.2)
        share = 0.4 + 0.6 * math.exp(-1.4)
        assert dict((m[0], m[2]) for m in dimmed if m[3] == 1)[halo[0]] == rgb(DARK, bright, share)


def test_a_bar_that_is_lost_leaves_no_light_of_it(bar):
    bar.painted(METERS)
    now, light = bar.clock.now, Lights(bar)
    known = replace(BEAT, bar_phase=0.2)
    light.light.show(replace(METERS, beat=known, bar_phase=0.2), now)
    light.at(now + 0.25, known)
    assert light.light._lit == 1  # the beat at a quarter of the bar
    light.light.show(METERS, now + 0.3)
    assert light.light._lit == -1


def test_a_tap_flashes_for_a_quarter_of_a_second(bar):
    def flash():
        return [m for m in lit(bar) if m.kind == "round"]

    assert flash() == []
    bar.widget.tapped()
    (mark,) = flash()
    assert mark.where == (6, 4, 170, 30, 6, 6) and mark.pen.width() == 2
    assert mark.pen.color().alphaF() == 1 and mark.brush.color().alphaF() == pytest.approx(
        0.3, 1e-3
    )
    bar.clock.now += 0.15
    (mark,) = flash()
    assert mark.pen.color().alphaF() == pytest.approx(0.4, 1e-3)
    assert mark.brush.color().alphaF() == pytest.approx(0.12, 1e-3)
    assert (mark.ink, mark.fill) == (TEXT.name(), TEXT.name())
    bar.clock.now += 0.11
    assert flash() == []


def test_a_tap_by_osc_is_seen_and_one_by_key_is_not_seen_twice(bar):
    light, now = BeatLight(), bar.clock.now
    light.show(METERS, now)
    assert light.tapped_at == -math.inf
    light.show(replace(METERS, taps=1), now + 1)
    assert light.tapped_at == now + 1
    light.show(replace(METERS, taps=1), now + 2)
    assert light.tapped_at == now + 1, "the same tap"
    light.tapped(now + 3)
    light.show(replace(METERS, taps=2), now + 3.2)
    assert light.tapped_at == now + 3, "the key has told it"
    light.show(replace(METERS, taps=3), now + 3.26)
    assert light.tapped_at == now + 3.26
