"""When cues are due: at a time, in a song, on a bar; each once, in its order."""

import pytest
from made_songs import Told

from live.core.messages import Beat, Blackout, Mirror, Reset, SetEnergy, SwitchTarget
from live.core.settings import Cue
from live.show.cues import Cues

READ = {"targets": ("alice", "skeleton"), "styles": ("house",)}.get


def energy(value, **when):
    return Cue(f"cue {value}", (("energy", value),), **when)


def made(*cues, songs=None, began=0.0, bars=(0, 0)):
    done = Cues(songs)
    done.plan(cues, READ, pytest.fail)
    done.begin(began, bars)
    return done


def danced(cues, until, beat_at=None, since=0):
    """[(chunk, energy)] of the chunks before `until` s."""
    heard = []
    for index in range(round(since * 10), round(until * 10)):
        cues.look((index + 1) / 10)
        heard += [(index, command.energy) for command in cues.of_dance((index + 1) / 10)]
        if beat_at:
            cues.hear(beat_at((index + 1) / 10))
    return heard


def test_at_a_time_of_the_evening():
    cues = made(energy(0.1, time=0.0), energy(0.2, time=1.0), energy(0.3, time=1.05),
                energy(0.4, time=1.0), energy(0.5, time=9.0))  # fmt: skip
    assert danced(cues, 5.0) == [(0, 0.1), (10, 0.2), (10, 0.4), (10, 0.3)]


def test_after_a_crash_what_was_is_not_again():
    cues = made(energy(0.1, time=0.0), energy(0.2, time=99.95), energy(0.3, time=100.05),
                began=100.0)  # fmt: skip
    assert danced(cues, 5.0) == [(0, 0.3)]


def test_the_picture_has_it_with_its_frame():
    cues = made(Cue("one", (("blackout", True), ("energy", 1)), time=2.0),
                Cue("two", (("mirror", 1), ("target", "skeleton")), time=2.1))  # fmt: skip
    for index in range(18):
        cues.look(index / 10)
    seen = {n: found for n in range(50, 70) if (found := cues.of_picture(n / 30))}
    assert seen == {60: [Blackout(True)], 63: [Mirror(True), SwitchTarget("skeleton")]}
    assert cues.of_dance(2.0) == [] and cues.of_dance(2.1) == [SetEnergy(1.0)]


def test_in_a_song_by_its_place_or_its_name():
    songs = Told((0.0, "a.wav"), (10.0, "b.wav"), (20.0, "a.wav"))
    cues = made(energy(0.1, time=1.0, song=2), energy(0.2, time=2.0, song="A"),
                energy(0.3, time=2.0, song="a.wav"), energy(0.4, time=0.0, song=3),
                songs=songs)  # fmt: skip
    assert danced(cues, 30.0) == [
        (20, 0.2), (20, 0.3), (110, 0.1), (200, 0.4), (220, 0.2), (220, 0.3),
    ]  # fmt: skip


def test_what_a_song_does_not_reach_does_not_come():
    """It was changed by hand: its cues end with its fade."""
    songs = Told((0.0, "a.wav"), (10.0, "b.wav"))
    cues = made(energy(0.1, time=9.95, song=1), energy(0.2, time=15.0, song=1), songs=songs)
    assert danced(cues, 30.0) == [(99, 0.1)]


def beats(bpm, first=0.0, known_from=0.0):
    """A grid of bars of four whose first begins at `first`."""

    def at(time):
        if time < known_from:
            return Beat(time, 0.5, 0.0, 0.0, None, None, 0.0)
        n = (time - first) * bpm / 60
        return Beat(time, 0.5, 0.0, bpm, n % 1.0, n / 4 % 1.0, 1.0)

    return at


def test_on_a_bar_of_the_evening_counted_as_it_is_heard():
    cues = made(energy(0.1, bar=1), energy(0.2, bar=2), energy(0.3, bar=4))
    heard = danced(cues, 12.0, beats(120.0, first=0.25, known_from=2.0))
    assert heard == [(22, 0.1), (42, 0.2), (82, 0.3)]
    assert cues.bars == [6, 0]


def test_on_a_bar_of_a_song():
    songs = Told((0.0, "a.wav"), (7.0, "b.wav"))
    cues = made(energy(0.1, bar=2, song=1), energy(0.2, bar=2, song=2), songs=songs)
    assert danced(cues, 14.0, beats(120.0, first=0.5)) == [(25, 0.1), (105, 0.2)]


def test_bars_go_on_after_a_crash():
    songs = Told((0.0, "a.wav"))
    cues = made(energy(0.1, bar=9, song=1), energy(0.2, bar=41), songs=songs, bars=(39, 7))
    assert danced(cues, 6.0, beats(120.0, first=0.5)) == [(25, 0.1), (25, 0.2)]


def test_what_is_not_understood_is_told_and_all_else_of_the_cue_stays():
    told, cues = [], Cues()
    sets = (("energie", 1), ("energy", "much"), ("tap", 1), ("next", 1), ("style", "polka"),
            ("target", "nobody"), ("energy", 0.5), ("reset", True), ("reset", False))  # fmt: skip
    cues.plan([Cue("show.toml, cue 3", sets, time=0.0)], READ, told.append)
    assert [text.partition(", cue 3: ")[2] for text in told[:4]] == [
        "There is no control 'energie': did you mean energy? It is left out.",
        "energy cannot be 'much'; it takes -1..1. It is left out.",
        "tap is for the hand alone. It is left out.", "next is for the hand alone. It is left out.",
    ]  # fmt: skip
    assert "style cannot be 'polka'; there are: " in told[4]
    assert "nobody" in told[5] and len(told) == 6
    assert all(text.endswith("It is left out.") for text in told)
    cues.begin()
    assert cues.of_dance(0.1) == [SetEnergy(0.5), Reset()]
    assert cues.of_dance(0.1) == []


def test_a_cue_of_a_song_that_is_not_played_is_told():
    told = []
    cues = Cues(Told((0.0, "a.wav"), (9.0, "b.wav")))
    of = [energy(0.1, time=1.0, song=song) for song in (1, "B", 3, "c.wav")]
    cues.plan(of, READ, told.append)
    assert told == [
        "cue 0.1: there is no song 3 in the list. It is left out.",
        "cue 0.1: there is no song 'c.wav' in the list. It is left out.",
    ]
    told.clear()
    Cues().plan([energy(0.1, bar=1, song=1), energy(0.1, bar=1)], READ, told.append)
    assert told == ["cue 0.1: no songs are played. It is left out."]
