"""A film while it grows, without its thread: what is encoded when, and its sound by samples."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from seeds import rng_of

from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.film.film_file import FilmFile
from live.film.forms import MP4
from live.film.tracks import AvTracks
from live.recording.fragments import trim
from live.recording.part_file import RecorderError, free_name, in_few_words, new_part
from live.show.recorders import Recorders
from models.pose_file import read_pose_file

RATE, FPS, SIZE = 8_000, 20.0, 32


def film(path, rate=0, channels=1, start=0.0, offline=True, fps=FPS, **more):
    tracks = AvTracks(str(path), MP4, (SIZE, SIZE), fps, rate, channels, offline)
    return FilmFile(tracks, start, offline, **more)


def grey(level):
    return np.full((SIZE, SIZE, 3), level, np.uint8)


def shown(path):
    """The grey of every picture, and what is told of them."""
    with av.open(str(path)) as file:
        frames = list(file.decode(video=0))
    return [float(f.to_ndarray(format="rgb24").mean()) for f in frames], [f.time for f in frames]


def heard(path):
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)


def test_each_picture_stands_until_the_next(tmp_path):
    """At 20 a second: what jitters around its slot is the next one, up to three quarters of it."""
    file = film(tmp_path / "a.mp4")
    for time, level in (
        (0.0, 40), (0.052, 80), (0.30, 120), (0.33, 160), (0.355, 200), (0.39, 230),
    ):  # fmt: skip
        file.add_frame(grey(level), time)
    file.close(whole=True)
    levels, times = shown(tmp_path / "a.mp4")
    assert levels == pytest.approx([40, 80, 80, 80, 80, 80, 120, 200, 230], abs=3)
    assert times == pytest.approx(np.arange(9) / 20)


def test_a_picture_of_the_past_or_of_no_time_is_left_out(tmp_path):
    file = film(tmp_path / "a.mp4", start=5.0)
    assert file.is_empty
    for time, level in ((5.1, 40), (float("nan"), 250), (5.15, 80), (5.0, 250), (5.2, 120)):
        file.add_frame(grey(level), time)
    assert not file.is_empty
    file.close(whole=True)
    assert shown(tmp_path / "a.mp4")[0] == pytest.approx([40, 40, 40, 80, 120], abs=3)


def test_colours_are_those_of_hd_video(tmp_path):
    """BT.709 in the narrow range, and the file says so."""
    file = film(tmp_path / "a.mp4")
    colour = np.broadcast_to(np.uint8([30, 160, 90]), (SIZE, SIZE, 3))
    for number in range(3):
        file.add_frame(colour, number / FPS)
    file.close(whole=True)
    with av.open(str(tmp_path / "a.mp4")) as opened:
        context = opened.streams.video[0].codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        assert context.color_range == 1
        y, cb, cr = (p.mean() for p in _planes(next(opened.decode(video=0))))
    red, green, blue = np.array([30, 160, 90]) / 255
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert y == pytest.approx(16 + 219 * light, abs=2)
    assert cb == pytest.approx(128 + 224 * (blue - light) / 1.8556, abs=2)
    assert cr == pytest.approx(128 + 224 * (red - light) / 1.5748, abs=2)


def _planes(frame):
    whole = frame.to_ndarray(format="yuv420p")
    return whole[:SIZE], whole[SIZE : SIZE * 5 // 4], whole[SIZE * 5 // 4 :]


@pytest.mark.parametrize(
    ("channels", "given", "expected"),
    [
        (1, [[0.4]], [0.4]), (1, [[0.4, 0.0]], [0.2]), (2, [[0.4, -0.2]], [0.4, -0.2]),
        (2, [[0.3]], [0.3, 0.3]), (2, [[0.1, 0.2, 0.9]], [0.1, 0.2]), (6, [[0.1, 0.2]], [0.1, 0.2]),
        (1, [0.4], [0.4]),
    ],
)  # fmt: skip
def test_any_channels_become_those_of_the_film(tmp_path, channels, given, expected):
    file = film(tmp_path / "a.mp4", RATE, channels)
    samples = np.repeat(np.float32(given), 400, 0)
    assert file._as_track(samples)[200].tolist() == pytest.approx(expected)
    file.close(whole=False)


def test_a_gap_is_silence_and_all_is_where_it_was(tmp_path):
    noise = rng_of(2).uniform(-0.7, 0.7, (2 * RATE, 1)).astype(np.float32)
    noise[3] = [np.nan]
    noise[4] = [9.0]
    file = film(tmp_path / "a.mp4", RATE)
    for first in range(0, len(noise), 80):
        if not 4_000 <= first < 8_000:
            file.add_audio(AudioBlock(noise[first : first + 80], RATE, first, 0.0))
    file.add_audio(AudioBlock(noise[:0], RATE, 0, 0.0))
    file.add_audio(AudioBlock(noise[:80], RATE, 0, 0.0))  # that came already
    file.add_frame(grey(9), 0.0)
    file.close(whole=True)
    levels, _ = shown(tmp_path / "a.mp4")
    assert len(levels) == 40, "the picture stands as long as the sound"
    found = heard(tmp_path / "a.mp4")[0]
    for first in (1_000, 12_000):
        around = found[first - 500 : first + 2_500]
        at = np.correlate(around, noise[first : first + 2_000, 0], "valid").argmax()
        assert abs(int(at) - 500) <= 2
    assert np.abs(found[5_500:6_500]).max() < 0.05
    assert np.abs(found).max() < 1.6, "what was too loud was clipped before"


@pytest.mark.parametrize("max_lag", [1.0, 3.0])
def test_live_neither_track_waits_for_the_other_longer_than_that(tmp_path, max_lag):
    """Then it is filled up to half of it, so that what there is reaches the disk."""
    file = film(tmp_path / "a.mp4", RATE, offline=False, max_lag=max_lag)
    for number in range(100):
        time = number / FPS
        file.add_frame(grey(9), time)
        filled = file._audio_until
        assert time - filled <= max_lag
        if filled:
            assert time - filled >= max_lag / 2 - 1 / FPS
    assert file._audio_until > 0
    file.close(whole=True)
    file = film(tmp_path / "b.mp4", RATE, offline=False, max_lag=max_lag)
    file.add_frame(grey(9), 0.0)
    for first in range(0, 5 * RATE, 80):
        file.add_audio(AudioBlock(np.zeros((80, 1), np.float32), RATE, first, 0.0))
        behind = (first + 80) / RATE - file._next_frame / FPS
        assert behind <= max_lag + 0.02
    assert file._next_frame > 0
    file.close(whole=True)
    file = film(tmp_path / "c.mp4", RATE, offline=True, max_lag=max_lag)
    for number in range(100):
        file.add_frame(grey(9), number / FPS)
    assert file._audio_until == 0, "offline the sound is on its way"
    file.close(whole=True)


@pytest.mark.parametrize(
    ("rate", "kept"), [(8_000, 8_000), (44_100, 44_100), (48_000, 48_000), (96_000, 48_000)]
)
def test_a_rate_that_films_have_is_kept(tmp_path, rate, kept):
    file = film(tmp_path / "a.mp4", rate, 2, fps=29.97)
    assert file.tracks.audio.rate == kept
    assert file.tracks.rate == Fraction(2997, 100)
    assert file.tracks.video.codec_context.gop_size == 30, "a fragment a second"
    file.close(whole=False)
    for channels, bits in ((1, 96_000), (2, 192_000)):
        file = film(tmp_path / "b.mp4", 48_000, channels)
        assert file.tracks.audio.codec_context.bit_rate == bits
        file.close(whole=False)


def _box(kind, size, large=False):
    head = struct.pack(">I4s", 1 if large else size, kind)
    head += struct.pack(">Q", size) if large else b""
    return head + bytes(size - len(head))


@pytest.mark.parametrize("large", [False, True])
def test_what_is_torn_is_cut_off_behind_the_last_whole_part(tmp_path, large):
    whole = _box(b"ftyp", 24) + _box(b"moov", 100) + _box(b"moof", 40) + _box(b"mdat", 400, large)
    torn = _box(b"moof", 40) + _box(b"mdat", 400, large)
    path = tmp_path / "a.mp4"
    for missing, left in ((0, len(whole + torn)), (1, len(whole)), (430, len(whole))):
        path.write_bytes((whole + torn)[: len(whole + torn) - missing])
        trim(path)
        assert path.read_bytes() == (whole + torn)[:left]
    for content in (b"", b"1234", _box(b"ftyp", 24), _box(b"moov", 100)[:-1]):
        path.write_bytes(content)
        trim(path)
        assert path.read_bytes() == b""


def test_names_of_recordings(tmp_path):
    path = tmp_path / "show.mp4"
    assert free_name(path) == path
    path.touch()
    assert free_name(path) == tmp_path / "show-2.mp4"
    (tmp_path / "show-2.mp4").symlink_to("nowhere")
    assert free_name(path) == tmp_path / "show-3.mp4"
    assert [new_part(path, ".mp4").name for _ in range(3)] == [
        "show.part.mp4", "show.part2.mp4", "show.part3.mp4",
    ]  # fmt: skip
    with pytest.raises(RecorderError, match=r"^Cannot film to .*none/a\.mp4: no such file"):
        new_part(tmp_path / "none" / "a.mp4", ".mp4", "film")
    assert in_few_words(OSError(28, "No space left on device")) == "no space left on device"
    assert in_few_words(ValueError("Odd Size")) == "odd Size"
    assert in_few_words(OSError("Odd")) == "odd"


def test_what_is_asked_for_is_recorded_and_nothing_else(tmp_path, caplog):
    nothing = Recorders(Settings(), (64, 48), None)
    nothing.add_picture(grey(9), None, 0.0)
    nothing.add_pose(np.zeros((18, 2)), 0.0)
    nothing.close()
    assert (nothing.has_film, nothing.n_dropped, nothing.error, nothing.places) == (
        False,
        0,
        "",
        {},
    )
    (tmp_path / "a.npz").write_bytes(b"somebody's")
    settings = Settings(record=str(tmp_path / "a.mp4"), record_poses=str(tmp_path / "a.npz"))
    both = Recorders(settings, (SIZE, SIZE), None, offline=True)
    assert both.has_film
    assert both.places == {
        str(tmp_path / "a.part.mp4"): str(tmp_path / "a.mp4"),
        str(tmp_path / "a-2.part.npy"): str(tmp_path / "a-2.npz"),
    }
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'a.npz'} is there already: this recording is a-2.npz"
    ]
    for number in range(5):
        both.add_audio(AudioBlock(np.zeros((80, 1), np.float32), RATE, 80 * number, 0.0))
        both.add_picture(grey(40), None, number / 30)
        both.add_pose(np.full((18, 2), 0.5, np.float32), number / 30)
    both.close()
    assert both.error == ""
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-2.npz", "a.mp4", "a.npz"]
    read = read_pose_file(tmp_path / "a-2.npz")
    assert len(read.points) == 5 and (read.points[..., :2] == SIZE / 2).all()
    assert (read.points[..., 2] == 1).all() and read.fps == 30.0
    assert len(shown(tmp_path / "a.mp4")[0]) == 5
    with av.open(str(tmp_path / "a.mp4")) as opened:
        assert not opened.streams.audio, "nobody gave it a source of sound"
    again = Recorders(
        Settings(record_poses=str(tmp_path / "a.npz"), overwrite=True), (SIZE, SIZE), None
    )
    again.add_pose(np.zeros((18, 2)), 0.0)
    again.close()
    assert len(read_pose_file(tmp_path / "a.npz").points) == 1
    empty = Recorders(settings, (SIZE, SIZE), None)
    empty.close()
    assert empty.error == "Nothing was recorded: no picture was shown. " + (
        "No poses were recorded: no picture was shown."
    )


def test_where_one_cannot_begin_nothing_is_left_of_the_other(tmp_path):
    settings = Settings(
        record=str(tmp_path / "a.mp4"), record_poses=str(tmp_path / "none" / "a.npz")
    )
    with pytest.raises(RecorderError, match="Cannot record poses"):
        Recorders(settings, (SIZE, SIZE), None)
    assert list(tmp_path.iterdir()) == []
    for name, why in (("a.avi", r"must end in \.mp4"), (".", "is a folder")):
        with pytest.raises(RecorderError, match=why if name != "." else "must end|folder"):
            Recorders(Settings(record=str(Path(tmp_path) / name)), (SIZE, SIZE), None)
    with pytest.raises(RecorderError, match=r"ends in \.npz"):
        Recorders(Settings(record_poses=str(tmp_path / "a.json")), (SIZE, SIZE), None)


@pytest.mark.parametrize(("delay_ms", "lag"), [(0.0, 1.0), (-200.0, 1.2), (2_000.0, 3.0)])
def test_pictures_that_are_shown_late_are_waited_for(tmp_path, delay_ms, lag):
    settings = Settings(record=str(tmp_path / "a.mp4"), delay_ms=delay_ms)
    made = Recorders(settings, (SIZE, SIZE), None)
    assert made._now._film._file.max_lag == pytest.approx(lag)
    made.close()
