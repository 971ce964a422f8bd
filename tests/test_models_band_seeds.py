"""Songs of old seeds stay what they were: dances, beat networks and figures rest on them.

Digests are of what is written, times to 0.1 ms, not of the sound: they hold on every processor.
"""

from hashlib import sha256

import numpy as np
import pytest
from on_paper import word_of

from models.band import songs
from models.band.score import MAX_BPM, MIN_BPM, STYLES, compose, swing
from train.beats import data
from train.synthetic import choreography


@pytest.mark.parametrize(
    ("seed", "style", "bpm", "digest"),
    [
        (0, "house", 124.0, "cc2accddae2e7307"),
        (1, "disco", 117.0, "17ca841cd0f01661"),
        (2, "pop", 97.5, "460356ef858076a7"),
        (3, "latin", 104.0, "cf2ef023358d20be"),
        (4, "waltz", 90.0, "f24e842d555b030b"),
        (5, "drums", 128.0, "fcd665d8bf741ccb"),
        (7, "pop", 170.0, "2874c3f734276f2a"),
        (11, "house", 60.0, "e6d3de10257feb4c"),
    ],
)
def test_a_song_on_paper(seed: int, style: str, bpm: float, digest: str) -> None:
    assert word_of(compose(seed, style, bpm, 60.0)) == digest


# A dozen songs of each style: of all its patterns, lines and instruments some song has each.
DOZENS = {
    ("house", 124.0): "41fc7ff3e6c335ed", ("disco", 117.0): "7267eb36e5ad1ce0",
    ("pop", 104.0): "c1f2e1ccbdddef5a", ("latin", 110.0): "63aec0f9eb3f98de",
    ("waltz", 108.0): "36fcfc826184c957", ("drums", 111.0): "d75b1ef750655099",
    ("techno", 132.5): "1027633498fac28c", ("dnb", 172.5): "5b7f330c90fce600",
    ("trap", 140.0): "4cb66f6575d08cba", ("hiphop", 92.0): "2e46068d29fff939",
    ("breakbeat", 130.0): "cd549eff766ffbfa", ("rock", 140.0): "7558ba983b7341c3",
    ("salsa", 185.0): "ee9fa687f3bced05", ("electro", 114.0): "283e23f179e5257b",
}  # fmt: skip


@pytest.mark.parametrize(("style", "bpm"), DOZENS)
def test_a_dozen_songs_of_a_style_on_paper(style: str, bpm: float) -> None:
    words = " ".join(word_of(compose(seed, style, bpm, 60.0)) for seed in range(12))
    assert sha256(words.encode()).hexdigest()[:16] == DOZENS[style, bpm]


def test_a_swung_song_on_paper() -> None:
    score = compose(9, "drums", 121.0, 30.0)
    swing(score, 0.6)
    assert word_of(score) == "38988528f6784ad2"


def test_what_the_band_has_to_choose_from() -> None:
    """Whoever draws a style or a tempo draws it of these."""
    assert STYLES == ("house", "disco", "pop", "latin", "waltz", "drums")
    assert (MIN_BPM, MAX_BPM) == (60.0, 180.0)


def test_style_and_tempo_of_a_seed() -> None:
    drawn = [songs.make_song(seed, seconds=1.0, rate=4000) for seed in range(8)]
    assert [(song.style, song.bpm) for song in drawn] == [
        ("waltz", 102.0),
        ("waltz", 102.0),
        ("waltz", 124.0),
        ("house", 119.0),
        ("house", 121.0),
        ("latin", 117.0),
        ("pop", 99.0),
        ("latin", 92.0),
    ]


def test_songs_of_the_jukebox() -> None:
    jukebox = songs.Jukebox(3, 4000, song_seconds=6.0)
    jukebox.read(17 * 4000)
    assert [word_of(score) for _, score in jukebox.songs] == [
        "e2990b920ebe3cb2",
        "46f2874852f41c92",
        "c43c2f60f63165d8",
    ]


def test_music_under_the_synthetic_dance() -> None:
    drawn = [choreography.make_song(seed, 4.0) for seed in range(4)]
    assert [song.name for song in drawn] == [
        "free_000000_house",
        "free_000001_drums",
        "free_000002_latin",
        "free_000003_pop",
    ]
    assert [round(float(np.nanmax(song.beats)), 1) for song in drawn] == [4.0, 4.0, 4.0, 8.0]


def test_music_for_the_beat_network() -> None:
    tunes = [data.of_band(seed, 10.0) for seed in range(4)]
    assert [len(tune.beats) for tune in tunes] == [16, 8, 20, 22]
    spans = [float(np.diff(tune.beats).mean()) for tune in tunes]
    assert spans == pytest.approx([0.547632, 0.884041, 0.444444, 0.46252], abs=1e-6)
