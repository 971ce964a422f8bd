"""A list of songs as one sound: nothing missing between them, nothing too loud, nothing held."""

import os
import threading
import tracemalloc
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from made_songs import broken, level, noise, write
from seeds import rng_of

from live.sound import coming_song
from live.sound.crossfade import BLOCK, crossfade
from live.sound.open import AudioFileSource, SongListSource, open_source
from live.sound.song_list import CUT_S, HOLD_S, Order, SongList
from live.sound.source import SourceError

RATE = 48_000
LENGTHS = {"a": 2.5, "b": 1.75, "c": 3.0}


@pytest.fixture
def songs(tmp_path):
    """Of three rates; one has one channel."""
    kinds = {"a": (44_100, 2), "b": (8_000, 1), "c": (96_000, 2)}
    return [
        noise(tmp_path / f"{name}.wav", LENGTHS[name], rate, channels, seed=number)
        for number, (name, (rate, channels)) in enumerate(kinds.items())
    ]


def played(songs, **order):
    made = SongList(songs, Order(**order), tell=pytest.fail)
    return np.concatenate(list(made.pieces())), made._begun


@pytest.mark.parametrize(
    ("order", "begins", "turns", "lasts"),
    [
        ({}, [0, 2.5, 4.25], [0, 2.5, 4.25], 7.25),
        ({"gap": 0.5}, [0, 3.0, 5.25], [0, 3.0, 5.25], 8.25),
        ({"crossfade": 0.5}, [0, 2.0, 3.25], [0, 2.25, 3.5], 6.25),
        # No sample is in two fades: of the song in the middle each has half.
        ({"crossfade": 9.0}, [0, 1.625, 2.5], [0, 2.0625, 2.9375], 5.5),
    ],
)
def test_songs_of_any_kind_follow_one_another(songs, order, begins, turns, lasts):
    sound, begun = played(songs, **order)
    assert sound.shape == (pytest.approx(lasts * RATE, abs=3), 2) and sound.dtype == np.float32
    assert [song.heard_from for song in begun] == pytest.approx(begins, abs=1e-4)
    assert [song.turn for song in begun] == pytest.approx(turns, abs=1e-4)
    assert [song.name for song in begun] == ["a.wav", "b.wav", "c.wav"]
    assert [(song.number, song.of, song.count) for song in begun] == [(n, 3, n) for n in (1, 2, 3)]
    assert [song.length for song in begun] == pytest.approx(list(LENGTHS.values()))
    quiet = np.abs(sound).max(1) == 0
    assert quiet.sum() == pytest.approx(2 * order.get("gap", 0) * RATE, abs=3)


def test_each_song_is_heard_as_it_is_alone(songs):
    sound, begun = played(songs, gap=0.25)
    for path, song in zip(songs, begun, strict=True):
        alone = np.concatenate([b.samples for b in AudioFileSource(path, aloud=False).blocks()])
        alone = np.repeat(alone, 3 - alone.shape[1], axis=1)
        first, n = round(song.heard_from * RATE), round(song.length * RATE)
        heard = np.abs(np.fft.rfft(sound[first : first + n, 1]))
        there = np.abs(np.fft.rfft(alone[:, 1]))
        top = min(len(heard), len(there)) * 9 // 10
        scale = len(alone) / n
        assert np.allclose(heard[:top] * scale, there[:top], atol=0.05 * there.mean(), rtol=0.05)


def test_it_can_be_read_again(songs):
    made = SongListSource(songs, Order(crossfade=0.5), aloud=False)
    first, again = (np.concatenate([b.samples for b in made.blocks()]) for _ in range(2))
    assert np.array_equal(first, again)


def test_a_fade_is_as_loud_as_what_it_joins():
    """To 0.5 dB, in tenths of the fade: equal power, for songs that know nothing of each other."""
    one, other = (rng_of(seed).normal(0, 0.1, (RATE * 4, 2)) for seed in (1, 2))
    mixed = np.concatenate(list(crossfade(one, other)))
    levels = [20 * np.log10(part.std() / 0.1) for part in np.split(mixed, 10)]
    assert np.abs(levels).max() < 0.5
    assert np.abs(mixed[:20] - one[:20]).max() < 1e-3, "it begins as the one goes on"
    assert np.abs(mixed[-20:] - other[-20:]).max() < 1e-3


@pytest.mark.parametrize("n", [1, 2, BLOCK - 1, BLOCK, 3 * BLOCK + 7])
@pytest.mark.parametrize("heights", [(1.0, 1.0), (1.0, -1.0), (0.9, 0.8), (0.2, 0.1), (0.0, 1.0)])
def test_a_fade_never_clips_and_does_not_jump(n, heights):
    one, other = (np.full((n, 2), height, np.float32) for height in heights)
    pieces = list(crossfade(one, other))
    assert max(len(piece) for piece in pieces) <= BLOCK
    mixed = np.concatenate(pieces)
    assert mixed.shape == (n, 2) and mixed.dtype == np.float32
    assert np.abs(mixed).max() <= 1.0
    if n > 2:
        assert np.abs(np.diff(mixed[:, 0])).max() < 4.0 / n
        flat = np.isclose(mixed[:, 0], np.sign(mixed[:, 0]), atol=1e-6)
        assert heights == (1.0, 1.0) or flat.mean() < 0.1, "turned down, not cut off"
    assert list(crossfade(one[:0], other[:0])) == []


def test_a_fade_between_loud_songs_is_inside_the_list_too(tmp_path):
    songs = [level(tmp_path / f"{name}.wav", 2.0, 1.0, 44_100) for name in "ab"]
    sound, _ = played(songs, crossfade=1.0)
    assert np.abs(sound).max() <= 1.0
    assert sound[RATE : 2 * RATE].min() > 0.99, "two of one number are that number"


def test_what_cannot_be_played_is_told_in_a_sentence_and_left_out(songs, tmp_path):
    songs = [broken(tmp_path / "x.mp3"), *songs[:2], tmp_path / "gone.wav", songs[2],
             broken(tmp_path / "y.wav")]  # fmt: skip
    told = []
    made = SongList(songs, tell=told.append)
    sound = np.concatenate(list(made.pieces()))
    assert len(sound) == pytest.approx(7.25 * RATE, abs=3)
    assert told == [
        f"{tmp_path}/x.mp3 is not a sound file that can be read: it is left out.",
        f"There is no file {tmp_path}/gone.wav: it is left out.",
        f"{tmp_path}/y.wav is not a sound file that can be read: it is left out.",
    ]
    assert [song.number for song in made._begun] == [2, 3, 5], "each keeps its place"
    with pytest.raises(SourceError, match=r"^None of 2 songs can be played: choose others\.$"):
        SongList([songs[0], songs[-1]], Order(loop=True), tell=told.append)


@pytest.mark.parametrize("order", [Order(), Order(gap=0.1), Order(crossfade=2.0)])
def test_songs_of_one_sample(songs, tmp_path, order):
    dots = [write(tmp_path / f"{n}.wav", np.full((1, 1), 0.5, np.float32), rate)
            for n, rate in enumerate((8_000, 48_000, 44_100))]  # fmt: skip
    made = SongList([dots[0], songs[0], *dots[1:], songs[1]], order, tell=pytest.fail)
    sound = np.concatenate(list(made.pieces()))
    assert [song.number for song in made._begun] == [1, 2, 3, 4, 5]
    assert len(sound) == pytest.approx((4.25 + 4 * order.gap) * RATE, abs=20)


def test_around_and_around(songs):
    made = SongList(songs, Order(loop=True), tell=pytest.fail)
    n = 0
    for piece in made.pieces():
        n += len(piece)
        if n > 20 * RATE:
            break
    names = [song.name[0] for song in made._begun]
    assert "".join(names).startswith("abcabcab") and made.at(12.0).next == "a.wav"
    assert [song.count for song in made._begun] == [*range(1, len(names) + 1)]


def test_what_lasts_no_second_is_not_played_for_ever(tmp_path):
    told = []
    songs = [level(tmp_path / f"{name}.wav", 0.25, 0.1) for name in "ab"]
    made = SongList(songs, Order(loop=True), tell=told.append)
    assert sum(map(len, made.pieces())) == RATE // 2
    assert told == ["All songs together last 0.50 s: they are played once."]


@pytest.mark.parametrize("order", [Order(), Order(gap=0.7), Order(crossfade=1.0)])
def test_where_a_song_begins_is_known_before_it_is_given_out(tmp_path, order):
    songs = [noise(tmp_path / f"{name}.wav", 4.0, 8_000) for name in "abcd"]
    made = SongList(songs, order, tell=pytest.fail)
    n, known = 0, []
    for piece in made.pieces():
        n += len(piece)
        known.append((n / RATE + 0.5, made.at(n / RATE + 0.5).count))
    assert all(made.at(time).count == count for time, count in known) and HOLD_S > 0.5
    assert made.at(-1.0).count == 1 and made.at(1e9).next == ""
    first = made.at(0.1)
    assert first.next == "b.wav" and first.seconds(0.1) == pytest.approx(0.1)
    assert first.seconds(1e9) == first.length


def test_the_next_song_is_opened_beside_and_before_it_is_needed(songs, monkeypatch):
    opened, n = [], 0
    real = coming_song.SoundFileReader

    def reader(path):
        opened.append((path.name, threading.current_thread().name, n / RATE))
        return real(path)

    monkeypatch.setattr(coming_song, "SoundFileReader", reader)
    made = SongList(songs, tell=pytest.fail)
    for piece in made.pieces():
        n += len(piece)
    assert [(name, thread) for name, thread, _ in opened] == [
        (f"{name}.wav", "next song") for name in "abc"
    ]
    for (_, _, at), song in zip(opened, made._begun, strict=True):
        assert at <= max(0.0, song.heard_from - HOLD_S)


def later(made, pieces, by):
    """Go on until the song that is wished for has begun; gives what came until then."""
    made.change(by)
    heard, count = [], made._begun[-1].count
    while made._begun[-1].count == count:
        heard.append(next(pieces))
        if made._coming:  # on a busy machine it would take longer
            made._coming.wait()
    return np.concatenate(heard)


@pytest.mark.parametrize(("order", "fade"), [(Order(gap=5.0), CUT_S), (Order(crossfade=2), 2)])
def test_the_performer_changes_the_song(tmp_path, order, fade):
    songs = [level(tmp_path / f"{n}.wav", 30.0, (n + 1) / 10) for n in range(4)]
    made = SongList(songs, order, tell=pytest.fail)
    pieces = made.pieces()
    before = np.concatenate(list(islice(pieces, 4)))
    heard = later(made, pieces, 1)
    song = made._begun[-1]
    assert song.number == 2 and len(heard) <= 3 * RATE
    assert song.heard_from < (len(before) + len(heard)) / RATE
    assert song.turn == pytest.approx(song.heard_from + fade / 2, abs=1e-4)
    later(made, pieces, -1)
    assert made._begun[-1].number == 1
    made.change(1)
    later(made, pieces, 1)
    assert made._begun[-1].number == 3, "two wishes at once are one of two songs"
    later(made, pieces, -9)
    assert made._begun[-1].number == 1, "before the first there is none"
    made.change(9)
    made._wanted, wished = 0, made._wanted
    assert wished == 9
    later(made, pieces, 3)
    made.change(1)
    rest = np.concatenate(list(pieces))
    assert made._begun[-1].number == 4 and len(rest) > 25 * RATE, "the last is played to its end"


def test_it_goes_on_in_the_middle(songs):
    made = open_source(
        str(songs[0]), aloud=False, then=[str(song) for song in songs[1:]],
        place=lambda: 1.25, song=(2, "elsewhere.wav"),
    )  # fmt: skip
    sound = np.concatenate([block.samples for block in made.blocks()])
    assert len(sound) == pytest.approx((0.5 + 3.0) * RATE, abs=3)
    song = made.songs.at(0.25)
    assert (song.name, song.number, song.count) == ("b.wav", 2, 1)
    assert song.seconds(0.25) == pytest.approx(1.5) and made.songs.at(0.75).name == "c.wav"
    # The list has changed meanwhile: its file is found. Behind its end it is the next one.
    for place, song, name in ((0.0, (1, str(songs[2])), "c.wav"), (9.0, (1, ""), "b.wav"),
                              (0.0, (77, ""), "c.wav")):  # fmt: skip
        made = SongListSource(songs, aloud=False) if not song else open_source(
            str(songs[0]), aloud=False, then=[str(song) for song in songs[1:]],
            place=lambda place=place: place, song=song,
        )  # fmt: skip
        assert made.songs.at(0.0).name == name


def test_fifty_long_songs_take_no_more_than_two(tmp_path):
    path = noise(tmp_path / "long.wav", 15.0)
    made = SongList([path] * 50, Order(crossfade=2.0), tell=pytest.fail)
    peaks, files = [], []
    tracemalloc.start()
    for piece in made.pieces():
        del piece
        if made._begun[-1].count > len(peaks):
            peaks.append(tracemalloc.get_traced_memory()[1])
            fds = Path("/proc/self/fd")
            if fds.is_dir():
                files.append(sum(os.path.realpath(fd) == str(path) for fd in fds.iterdir()))
    tracemalloc.stop()
    assert len(peaks) == 50 and peaks[-1] < 1.1 * peaks[5] < 30e6
    assert not files or max(files) <= 2


@pytest.mark.parametrize("duration", [0.0, 4.0])
def test_a_source_of_songs(songs, tmp_path, duration):
    made = open_source(str(tmp_path), aloud=False, duration=duration)
    assert isinstance(made, SongListSource)
    assert (made.name, made.rate, made.channels) == ("3 songs", RATE, 2)
    lasts = sum(len(block.samples) for block in made.blocks()) / RATE
    assert lasts == pytest.approx(duration or 7.25, abs=1e-4)
    one = open_source(str(songs[0]), aloud=False, order=Order(loop=True))
    assert isinstance(one, SongListSource) and one.name == "a.wav"
    assert open_source(str(songs[0]), aloud=False).songs is None, "a song alone is no list"
    asked_for = open_source(str(songs[0]), aloud=False, as_list=True)
    assert asked_for.songs.names == ("a.wav",) and asked_for.songs.at(0.0).number == 1
