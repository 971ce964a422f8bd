"""The performer's hand on the dance: each command is done, read back, and nothing else changes."""

import logging
import time

import numpy as np
import pytest
from seeds import rng_of, seed_of

from live.core.media_clock import MediaClock
from live.core.messages import (
    AudioChunk,
    Beat,
    Blackout,
    ChangeLevel,
    ChooseStyle,
    Nudge,
    Reset,
    SetBpm,
    SetEnergy,
    SetGain,
    SetPhaseLock,
    SwitchTarget,
    Tap,
)
from live.core.settings import Settings
from live.dance.dancer import StyleError
from live.dance.performer import open_performer
from models.band import songs
from models.spec import CHUNK_SAMPLES, CONTROLS, SAMPLE_RATE

FRESH = {
    "dance": "ballroom", "bpm": 0.0, "nudge": 0.0, "gain": 0.0, "energy": 0.0, "phase_lock": True,
    "style": "auto", "styles": ["cha-cha", "rumba", "waltz"], "beat_source": "ear",
}  # fmt: skip
CLOCK = MediaClock(100.0)


@pytest.fixture(scope="module")
def opened():
    return open_performer(Settings(dance="ballroom", seed=seed_of(2)))


@pytest.fixture
def performer(opened):
    for command in (SetBpm(0), SetGain(0), SetEnergy(0), SetPhaseLock(True), ChooseStyle("auto"),
                    Nudge(-1e3 * opened.follower.nudged)):  # fmt: skip
        opened.obey(command, CLOCK)
    opened.reset()
    return opened


def _read(performer):
    """The present values, without the last digits of sums."""
    values = performer.controls().items()
    return {n: round(v, 9) if isinstance(v, float) else v for n, v in values}


def _music(n: int) -> list[AudioChunk]:
    sound = rng_of(0).normal(0, 0.1, (n, CHUNK_SAMPLES)).astype(np.float32)
    return [AudioChunk(i, samples, 0.5 + 0.1 * i) for i, samples in enumerate(sound)]


def test_each_command_sets_what_it_says(performer):
    assert _read(performer) == FRESH
    commands = (
        (SetBpm(120.0), "bpm", 120.0), (Nudge(20.0), "nudge", 20.0), (Nudge(-50.0), "nudge", -30.0),
        (SetGain(-6.0), "gain", -6.0), (SetEnergy(0.5), "energy", 0.5),
        (SetPhaseLock(None), "phase_lock", False), (SetPhaseLock(None), "phase_lock", True),
        (SetPhaseLock(False), "phase_lock", False), (ChooseStyle("rumba"), "style", "rumba"),
        (SetBpm(0.0), "bpm", 0.0),
    )  # fmt: skip
    expected = dict(FRESH)
    for command, name, value in commands:
        assert performer.obey(command, CLOCK)
        expected[name] = value
        expected["beat_source"] = "hand" if expected["bpm"] else "ear"
        assert _read(performer) == expected
    assert performer.obey(Reset(), CLOCK)
    assert _read(performer) == expected, "what the hand has set stays"
    for command in (Blackout(True), SwitchTarget("bob")):
        assert not performer.obey(command, CLOCK), "that is the picture's"


def test_taps_are_in_host_time(performer):
    quiet = np.zeros(CHUNK_SAMPLES, np.float32)
    for index in range(30):
        beat, _ = performer.hear(AudioChunk(index, quiet, 0.0))
        if index in (10, 15, 20):
            performer.obey(Tap(100.0 + 0.1 * index), CLOCK)
    assert beat.by_hand and beat.bpm == pytest.approx(120, rel=1e-3)
    phase = (beat.beat_phase - (beat.time - 2.0) / 0.5) % 1
    assert min(phase, 1 - phase) < 0.02


def test_a_style_is_taken_by_name_and_that_of_another_dance_is_left_to_it(performer):
    dancer = performer.dancer
    for name, shown in (("3", "in 3"), ("auto", ""), ("cha-cha", "CHA-CHA")):
        performer.obey(ChooseStyle(name), CLOCK)
        assert (dancer.style, dancer.shown_style) == (name, shown)
    assert performer.obey(ChooseStyle("tango"), CLOCK) and dancer.style_to_come == "tango"
    with pytest.raises(StyleError, match="no style 'tango': say cha-cha, rumba, waltz, the beats"):
        dancer.choose_style("tango")
    assert dancer.style == "cha-cha"
    with pytest.raises(StyleError):
        dancer.choose_style("5")


def test_a_style_brings_its_own_metre(performer, monkeypatch):
    told, step = [], performer.dancer._stepper.step

    def listen(samples, noise, controls):
        told.append(controls)
        return step(samples, noise, controls)

    monkeypatch.setattr(performer.dancer._stepper, "step", listen)
    for style, in_three in (("waltz", 1), ("rumba", 0), ("3", 1), ("4", 0)):
        performer.obey(ChooseStyle(style), CLOCK)
        performer.hear(_music(1)[0])
        row = dict(zip(CONTROLS, told[-1], strict=False))
        assert (row["in_three"], row["in_four"]) == (in_three, 1 - in_three), style
        if style in FRESH["styles"]:
            assert told[-1][len(CONTROLS) :].tolist() == [s == style for s in FRESH["styles"]]


def test_what_is_heard_is_levelled_and_its_loudness_told(performer):
    chunk = _music(1)[0]
    level = performer.hear(chunk)[0].level
    assert level == pytest.approx(1 - 20 / 60, abs=0.01)
    performer.obey(SetGain(-12.0), CLOCK)
    assert performer.hear(AudioChunk(1, chunk.samples, 0.0))[0].level == pytest.approx(
        1 - 32 / 60, abs=0.01
    )


def test_in_silence_no_beat_is_danced(performer, monkeypatch):
    """Though the follower still counts on: a break may be over the next moment."""
    given, step = [], performer.dancer.step

    def listen(chunk, beat):
        given.append((beat is not None, bool(chunk.samples.any())))
        return step(chunk, beat)

    monkeypatch.setattr(performer.dancer, "step", listen)
    performer.obey(SetBpm(120.0), CLOCK)
    for chunk in _music(12):
        loud = chunk.samples if chunk.index < 6 else 0 * chunk.samples
        beat, plan = performer.hear(AudioChunk(chunk.index, loud, chunk.captured_at))
        assert beat.bpm == pytest.approx(120, rel=0.011)
        assert plan.captured_at == chunk.captured_at
    assert [is_told for is_told, _ in given] == [True] * 9 + [False] * 3
    assert [is_heard for _, is_heard in given] == [True] * 6 + [False] * 6


def test_what_was_asked_for_from_the_start_is_set_and_nothing_was_heard():
    performer = open_performer(
        Settings(dance="free", bpm=128.0, phase_lock=False, style="4", seed=seed_of(2))
    )
    asked = {
        "dance": "free", "bpm": 128.0, "phase_lock": False, "style": "4", "styles": [],
        "beat_source": "hand",
    }  # fmt: skip
    assert _read(performer) == FRESH | asked
    first = [performer.hear(chunk)[1].joints for chunk in _music(4)]
    performer.reset()
    again = [performer.hear(chunk)[1].joints for chunk in _music(4)]
    assert np.array_equal(first, again)


def test_the_beginning_is_that_of_every_part(performer, monkeypatch):
    forgotten = []
    parts = ("dancer", "follower", "auto_gain", "liveliness", "drops")
    for part in parts:
        real = getattr(performer, part).reset
        monkeypatch.setattr(
            getattr(performer, part), "reset",
            lambda part=part, real=real: forgotten.append(part) or real(),
        )  # fmt: skip
    performer.reset()
    assert sorted(forgotten) == sorted(parts)


def test_the_music_is_heard_anew_while_the_dance_goes_on():
    """The speed of the joints over three seconds from the command on, beside a show without it."""
    played = songs.four_on_the_floor(120, 13.0, SAMPLE_RATE).mono.astype(np.float32)
    chunks = played[: len(played) // CHUNK_SAMPLES * CHUNK_SAMPLES].reshape(-1, CHUNK_SAMPLES)
    speeds = []
    for is_reset in (False, True):
        performer, bodies = open_performer(Settings(dance="club")), []
        for index, samples in enumerate(chunks):
            if is_reset and index == 100:
                performer.obey(Reset(), MediaClock(time.perf_counter() - 10.0))
            beat, plan = performer.hear(AudioChunk(index, samples, 0.0))
            bodies.append(plan.joints[0])
            assert index < 100 or beat.beat_phase is not None
        steps = np.linalg.norm(np.diff(bodies[99:], axis=0), axis=-1).mean(-1)
        speeds.append(steps.mean())
        assert steps[0] < 3 * steps.mean(), "nor does it jump"
    assert speeds[1] > 0.6 * speeds[0]


@pytest.mark.parametrize(("beats", "told"), [(2.0, "twice as fast"), (0.5, "half as fast")])
def test_without_a_beat_no_other_level_can_be_counted(performer, caplog, beats, told):
    with caplog.at_level(logging.WARNING):
        assert performer.obey(ChangeLevel(beats), CLOCK)
    assert caplog.messages == [f"no beat is heard that could be counted {told}"]


@pytest.mark.parametrize("way", ["idle", "lock"])
def test_a_body_that_is_placed_elsewhere_goes_on_from_there(performer, monkeypatch, way):
    """From the first pose of the new plan, at the pace from the one shown before."""
    dancer = performer.dancer
    placed = np.stack([dancer._shown[-1] + np.float32(0.01 * k) for k in range(1, 6)])
    before, stood = dancer._shown[-1].copy(), []
    monkeypatch.setattr(dancer._stepper, "stand", lambda *given: stood.append(given))
    if way == "idle":
        monkeypatch.setattr(dancer._idle, "feed", lambda *_: placed)
        beat = None
    else:
        monkeypatch.setattr(dancer._phase_lock, "feed", lambda *_: placed)
        beat = Beat(0.1, 0.5, 0.0, 120.0, 0.2, None, 0.9)
    plan = dancer.step(_music(1)[0], beat)
    assert np.array_equal(plan.joints, placed)
    ((now, last),) = stood
    assert np.array_equal(now, placed[0]) and np.array_equal(last, before)
    assert np.array_equal(dancer._shown, np.stack([before, placed[0]]))
