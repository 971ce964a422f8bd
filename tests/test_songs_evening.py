"""A whole evening of songs and cues: to one film, and the same dance however the sound comes."""

import json
import time
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np
import pytest
from made_songs import broken, noise, write

from live import cli
from live.core.messages import AudioBlock
from live.core.settings import Cue, Settings
from live.core.stats import Stats
from live.dance.performer import open_performer
from live.show.cues import Cues
from live.show.dance import Dance
from live.show.offline import OfflineShow
from live.show.resume import Resume
from live.show.show import Show
from live.sound.chunker import Chunker
from live.sound.open import SongListSource
from live.sound.song_list import Order
from models.band.songs import four_on_the_floor
from models.pose_file import read_pose_file
from models.skeleton import JOINTS

FPS = 20.0
SCREEN = (128, 96)
CUES = (
    Cue("one", (("energy", 1.0),), time=1.0),
    Cue("two", (("energy", -1.0), ("style", "4")), time=0.5, song="3.wav"),
)


@pytest.fixture
def songs(tmp_path):
    """Two that have a beat, a broken one between them."""
    return [
        write(tmp_path / "1.wav", four_on_the_floor(120.0, 6.0, 22_050).samples, 22_050),
        broken(tmp_path / "2.wav"),
        write(tmp_path / "3.wav", four_on_the_floor(100.0, 8.0, 44_100).samples, 44_100),
    ]


def asked(folder, **more):
    usual = {"target": "skeleton", "dance": "free", "size": 64, "output": SCREEN, "fps": FPS,
             "record_poses": str(folder / "a.npz"), "overwrite": True}  # fmt: skip
    return Settings(**usual | more)


def rendered(settings, songs, order):
    report = OfflineShow(settings, SongListSource(songs, order, aloud=False), None).run()
    return report, read_pose_file(Path(settings.record_poses))


def cut(sound, n, rate=48_000):
    """Blocks of n samples."""
    for first in range(0, len(sound), n):
        yield AudioBlock(sound[first : first + n], rate, first, 0.0)


def danced(songs, order, n_block):
    """All plans to blocks of so many samples, and what was heard of the beat."""
    source = SongListSource(songs, order, aloud=False)
    cues, stats = Cues(source.songs), Stats()
    performer = open_performer(Settings(dance="free"))
    dance, chunker = Dance(performer, stats, songs=source.songs, cues=cues), Chunker()
    cues.plan(CUES, {"styles": ()}.get, pytest.fail)
    cues.begin()
    plans, energies = [], []

    def hear(block):
        for chunk in chunker.feed(block):
            plans.append(dance.hear(chunk).joints)
            energies.append((performer.dancer.energy, dance.beat.bpm))

    if n_block:  # as the stage does: all of it waits, decoded, when the first of it is heard
        for block in cut(np.concatenate(list(source.songs.pieces())), n_block):
            hear(block)
    else:  # as it is rendered: no more is decoded than is heard
        for block in source.blocks():
            hear(block)
    assert stats.chunks_lost == 0
    return np.stack(plans), energies


@pytest.mark.parametrize("order", [Order(gap=1.0), Order(crossfade=2.0)])
def test_it_is_the_same_dance_live_and_rendered(songs, order):
    plans, heard = danced(songs, order, 0)
    others, heard_too = danced(songs, order, 480)
    assert heard == heard_too and np.array_equal(plans, others)
    energies = [energy for energy, _ in heard]
    second = {0.0: 6.0, 1.0: 7.0}[order.gap] if not order.crossfade else 4.0
    assert energies[:10] == [0.0] * 10 and energies[10] == 1.0
    assert energies[round(second * 10) + 5] == -1.0 and energies[round(second * 10) + 4] == 1.0
    tempos = [bpm for _, bpm in heard]
    assert tempos[round(second * 10) - 5] == pytest.approx(120, abs=3)
    assert tempos[-1] == pytest.approx(100, abs=3)


def test_cues_of_the_picture_are_in_the_film_to_the_frame(tmp_path):
    songs = [noise(tmp_path / f"{name}.wav", 1.5, 16_000, seed=number)
             for number, name in enumerate("ab")]  # fmt: skip
    cues = (Cue("one", (("blackout", True),), time=0.5), Cue("two", (("blackout", 0),), time=0.8),
            Cue("three", (("mirror", 1),), time=0.5, song=2),
            Cue("four", (("freeze", 1),), time=1.0, song="b"))  # fmt: skip
    order = Order(crossfade=0.5)
    plain, free = rendered(asked(tmp_path), songs, order)
    settings = asked(tmp_path, record=str(tmp_path / "a.mp4"), cues=cues)
    report, set_by = rendered(settings, songs, order)
    assert report["frames"] == plain["frames"] == 2.5 * FPS and not report["error"]
    with av.open(str(tmp_path / "a.mp4")) as film:
        light = [frame.to_ndarray(format="rgb24").max() > 60 for frame in film.decode(video=0)]
    assert light == [not 10 <= n < 16 for n in range(len(light))]
    mirrored, held = 30, 40  # the second song begins at 1 s
    free, set_by = (read.points[..., :2] for read in (free, set_by))
    assert np.allclose(free[:mirrored], set_by[:mirrored])
    hips = [JOINTS.index("r_hip"), JOINTS.index("l_hip")]
    apart, turned = (np.diff(points[mirrored:held, hips, 0]) for points in (free, set_by))
    assert np.allclose(apart, turned, atol=1.0), "the hips change places and names"
    assert not np.allclose(free[mirrored:held], set_by[mirrored:held], atol=0.5)
    assert np.array_equal(set_by[held:], np.broadcast_to(set_by[held], set_by[held:].shape))


def test_another_person_comes_with_their_frame_and_who_is_not_there_is_told(
    songs, tmp_path, caplog
):
    cues = (Cue("one", (("target", "nobody"), ("target", "skeleton")), time=0.5),)
    settings = asked(tmp_path, cues=cues, target="alice", duration=1.0)
    _, poses = rendered(settings, songs, Order())
    apart = np.abs(np.diff(poses.points[..., :2], axis=0)).max((1, 2))
    assert apart.argmax() == 9, "other bones from frame 10 on"
    assert [r.getMessage() for r in caplog.records if "one: " in r.getMessage()]


def test_an_evening_of_one_file(tmp_path, capsys):
    """Everything as it is typed."""
    music = tmp_path / "music"
    music.mkdir()
    noise(music / "2 b.wav", 1.0, 8_000, 1)
    noise(music / "10 c.flac.wav", 1.5, 96_000)
    noise(tmp_path / "a.wav", 2.0, 44_100)
    (tmp_path / "evening.toml").write_text(
        'songs = ["a.wav", "music", "gone.wav"]\ngap = 0.5\n'
        "[[cue]]\nat = 1\nblackout = true\nenergie = 1\n"
    )
    words = ["--show", tmp_path / "evening.toml", "--target", "skeleton", "--dance", "free",
             "--offline", "--record", tmp_path / "e.mp4", "--size", 64, "--output", "128x96",
             "--fps", 20]  # fmt: skip
    assert cli.main([str(word) for word in words]) == 0
    with av.open(str(tmp_path / "e.mp4")) as film:
        assert float(film.streams.audio[0].duration * film.streams.audio[0].time_base) == (
            pytest.approx(5.5, abs=0.1)
        )
        light = [frame.to_ndarray(format="rgb24").max() > 60 for frame in film.decode(video=0)]
    assert len(light) == 110 and light == [n < 20 for n in range(110)]
    (tmp_path / "evening.toml").write_text("songs = [")
    assert cli.main([str(word) for word in words]) == 1
    said = capsys.readouterr().err
    assert "evening.toml is not written as TOML is" in said and "Traceback" not in said


def test_after_a_crash_it_goes_on_in_its_song(songs, tmp_path):
    """Kept by one show, without a sound of it, and taken up by the next."""
    asked_for = asked(
        tmp_path, record_poses="", headless=True, osc=(), mute=True, input=str(songs[0]),
        then=tuple(str(song) for song in songs[1:]),
    )  # fmt: skip
    source = cli._source(asked_for, None, None)
    before = Show(asked_for, source, time.perf_counter())
    list(source.songs.pieces())  # what is decoded is noted
    before._clock.begin(time.perf_counter() - 7.5)
    kept = before._kept()
    before.finish()
    assert (kept.song, kept.file) == (3, str(songs[2])) and 1.5 <= kept.place < 7.0
    (tmp_path / "state.json").write_text(json.dumps(asdict(kept)))
    resume = Resume(tmp_path / "state.json", kept.at, 1, is_aloud=True)
    again = cli._source(asked_for, None, resume)
    song = again.songs.at(0.0)
    assert (song.number, song.name) == (3, "3.wav")
    assert song.seconds(0.0) == pytest.approx(kept.place)


@pytest.mark.parametrize("song", [1, "1.wav", 0])
def test_cues_of_a_song_that_is_played_alone_are_due_as_well(songs, song):
    told = []
    cue = Cue("show.toml, cue 1", (("energy", 0.5),), time=1.0, song=song)
    settings = Settings(input=str(songs[0]), mute=True, cues=(cue,))
    cues = Cues(cli._source(settings, None, None).songs)
    cues.plan(settings.cues, {}.get, told.append)
    cues.begin()
    cues.look(1.0)
    assert not told and len(cues.of_dance(1.1)) == 1
