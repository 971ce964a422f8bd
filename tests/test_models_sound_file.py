"""Sound out of files of any kind: in time, in one channel or two, each read once for all."""

import itertools
import os
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
import soundfile
from seeds import rng_of

from live.core.messages import AudioBlock
from live.recording.film_recorder import FilmRecorder
from live.sound.chunker import Chunker
from live.sound.open import AudioFileSource
from models import sound_file
from models.media_file import in_short, is_sound
from models.sound_file import SOUNDS, VIDEOS, mono, pieces
from train.readers import video
from train.songs import audio_file

RATE = 48_000


def clicks(seconds, rate=RATE):
    """A tone burst of 50 ms at every whole second."""
    times = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * 1_000 * times) * (times % 1 < 0.05)).astype(np.float32)


def clicks_at(sound, rate, least=0.1):
    """Seconds at which bursts begin, from a second on."""
    at = np.flatnonzero(np.abs(sound) > least * np.abs(sound).max()) / rate
    at = at[np.diff(at, prepend=-1.0) > 0.3]
    return at[at > 0.5]


def encode(path, samples, rate, codec, layout, kind="fltp", lost=()):
    """`samples` (n, channels); packets between the times `lost` are left out, their times kept."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.format, layout, rate, stream.frame_size or None)
        frame = av.AudioFrame.from_ndarray(samples.T.copy(), format=kind, layout=layout)
        frame.sample_rate = rate
        encoded, n = [], 0
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            piece.pts, piece.time_base = n, Fraction(1, rate)
            n += piece.samples
            encoded += stream.encode(piece)
        for packet in encoded + stream.encode(None):
            at = float(packet.pts * packet.time_base)
            if not (lost and lost[0] <= at < lost[1]):
                container.mux(packet)


def opened(path):
    container = av.open(str(path))
    return container, container.streams.audio[0]


def as_played(path):
    source = AudioFileSource(Path(path), aloud=False)
    blocks = list(source.blocks())
    return source, np.concatenate([block.samples for block in blocks])


def as_heard(samples, rate):
    """What the dance hears of (n, channels): 16 kHz."""
    chunker = Chunker()
    found = chunker.feed(AudioBlock(samples, rate, 0, 0.0)) + chunker.flush()
    return np.concatenate([chunk.samples for chunk in found])


@pytest.mark.parametrize("channel", range(6))
@pytest.mark.parametrize("kind", ["flac", "ac3"])
def test_sound_that_is_in_one_of_six_channels_is_played_heard_filmed_and_learned(
    tmp_path, channel, kind
):
    path = tmp_path / f"surround.{kind}"
    samples = np.zeros((3 * RATE, 6), np.float32)
    samples[:, channel] = clicks(3)
    if channel == 3:  # the channel of low tones: AC-3 has nothing else there
        samples[:, 3] = 0.5 * np.sin(2 * np.pi * 60 * np.arange(3 * RATE) / RATE)
    if kind == "ac3":
        encode(path, samples, RATE, "ac3", "5.1(side)")
    else:
        soundfile.write(path, samples, RATE)
    source, played = as_played(path)
    assert source.channels == 2 and played.shape[1] == 2
    loud = 0.02 * np.abs(samples).max()
    assert np.abs(played).max() > loud
    assert np.abs(played).max() <= 1
    film = FilmRecorder(tmp_path / "show.mp4", 64, 64, 30, source.rate, source.channels, True)
    for block in source.blocks():
        film.add_audio(block)
    for number in range(90):
        film.add_frame(np.zeros((64, 64, 3), np.uint8), number / 30)
    film.close()
    with opened(tmp_path / "show.mp4")[0] as container:
        filmed = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], 1)
    assert np.abs(filmed).max() == pytest.approx(np.abs(played).max(), rel=0.3)
    heard, learned = as_heard(played, source.rate), video.sound(path)
    assert np.abs(heard).max() > loud / 2
    assert np.abs(learned).max() == pytest.approx(np.abs(heard).max(), rel=0.05)


def test_all_of_six_channels_at_their_loudest_do_not_clip(tmp_path):
    """Mixed by their weights, the sum within -1..1: a square wave stays one."""
    square = np.where(np.arange(RATE) // 100 % 2, 1.0, -1.0).astype(np.float32)
    soundfile.write(tmp_path / "loud.wav", np.repeat(square[:, None], 6, 1), RATE, "FLOAT")
    _, played = as_played(tmp_path / "loud.wav")
    assert np.allclose(np.abs(played), 1.0, atol=1e-3)


@pytest.mark.parametrize("n_channels", [3, 4, 8, 16, 40])
def test_more_channels_than_have_a_name_are_heard(tmp_path, n_channels):
    for channel in range(0, n_channels, 1 + n_channels // 10):
        samples = np.zeros((4_800, n_channels), np.float32)
        samples[:, channel] = 0.5 * np.sin(np.arange(4_800) / 5)
        soundfile.write(tmp_path / "tracks.wav", samples, RATE)
        assert np.abs(as_played(tmp_path / "tracks.wav")[1]).max() > 0.01, channel


def test_a_channel_turned_round_is_heard_and_learned_as_the_left_one_alone(tmp_path):
    left = clicks(4)
    path = tmp_path / "balanced.flac"
    soundfile.write(path, np.stack([left, -left], 1), RATE)
    _, played = as_played(path)
    assert np.array_equal(played[:, 0], -played[:, 1])  # the room gets it as it is
    alone = as_heard(played[:, :1], RATE)
    later = slice(2_000, None)  # until it is noticed: a window
    assert np.array_equal(as_heard(played, RATE)[later], alone[later])
    soundfile.write(tmp_path / "left.flac", left, RATE)
    learned, by_left = (audio_file.read(p) for p in (path, tmp_path / "left.flac"))
    assert clicks_at(learned, 16_000) == pytest.approx(clicks_at(by_left, 16_000), abs=1e-3)
    assert len(clicks_at(learned, 16_000)) == 3
    assert learned[20_000:].std() == pytest.approx(by_left[20_000:].std(), rel=0.3)  # the fade


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mkv", "aac"), ("a.ts", "aac")])
def test_packets_that_are_missing_are_silence_and_the_rest_stays_in_time(tmp_path, name, codec):
    path = tmp_path / name
    encode(path, clicks(9.2)[:, None], RATE, codec, "mono", lost=(3.5, 5.5))
    for sound, rate in ((as_played(path)[1][:, 0], RATE), (video.sound(path), 16_000)):
        found = clicks_at(sound, rate)
        assert np.round(found).tolist() == [1, 2, 3, 6, 7, 8, 9]
        assert found == pytest.approx(np.round(found), abs=0.06)
        assert len(sound) / rate == pytest.approx(9.2, abs=0.1)


def test_a_clock_that_begins_anew_is_believed(tmp_path):
    """Two transport streams joined to one: both are heard whole, without a hole between them."""
    one, both = tmp_path / "one.ts", tmp_path / "both.ts"
    encode(one, clicks(4.0)[:, None], RATE, "aac", "mono")
    both.write_bytes(one.read_bytes() * 2)
    assert len(as_played(both)[1]) / RATE == pytest.approx(8.0, abs=0.2)


@pytest.mark.parametrize("name", ["song.mp3", "song.mpeg", "song.bin", "song", "song.wav"])
def test_mp3_is_whole_under_any_name_without_a_header_of_its_length(tmp_path, name):
    encode(tmp_path / "made.mp3", music(12), 44_100, "libmp3lame", "stereo")
    data = (tmp_path / "made.mp3").read_bytes()
    path = tmp_path / name
    path.write_bytes(data[without_xing(data) :])
    assert len(as_played(path)[1]) / 44_100 == pytest.approx(12.0, abs=0.15)


def music(seconds):
    """Quiet at first, then loud: by the rate of its beginning it would last too short a time."""
    rng = rng_of(1)
    n = round(44_100 * seconds)
    loud = np.where(np.arange(n) < n / 3, 1e-3, 0.3)[:, None]
    return (loud * rng.standard_normal((n, 2))).astype(np.float32)


def without_xing(data):
    """Where the second frame begins: the first holds the length."""
    mark = max(data.find(b"Xing"), data.find(b"Info"))
    assert mark > 0
    return next(
        at for at in range(mark, len(data)) if data[at] == 0xFF and data[at + 1] & 0xFE == 0xFA
    )


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_wav_whose_writer_was_stopped_is_whole(tmp_path, claimed, n_channels):
    path = tmp_path / "cut.wav"
    soundfile.write(path, np.repeat(clicks(3)[:, None], n_channels, 1), RATE)
    data = bytearray(path.read_bytes())
    at = data.find(b"data")
    data[4:8] = data[at + 4 : at + 8] = claimed.to_bytes(4, "little")
    path.write_bytes(data)
    source, played = as_played(path)
    assert len(played) == 3 * RATE and source.channels == n_channels


@pytest.mark.parametrize("suffix", ["mp3", "m4a", "wav", "flac", "ogg", "mp4"])
def test_a_colon_in_a_name_is_part_of_the_name(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    codec = {"mp3": "libmp3lame", "m4a": "aac", "mp4": "aac"}.get(suffix)
    samples = np.stack([clicks(2, 44_100)] * 2, 1)
    if codec:
        encode(tmp_path / f"made.{suffix}", samples, 44_100, codec, "stereo")
    else:
        soundfile.write(tmp_path / f"made.{suffix}", samples, 44_100)
    for name in (f"A:song.{suffix}", f"http:a.{suffix}", f"20%30d.{suffix}"):
        Path(f"made.{suffix}").rename(name)
        assert len(as_played(name)[1]) / 44_100 == pytest.approx(2.0, abs=0.1)
        assert len(audio_file.read(Path(name))) / 16_000 == pytest.approx(2.0, abs=0.1)
        assert video.sound(Path(name)) is not None
        Path(name).rename(f"made.{suffix}")


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
@pytest.mark.parametrize("suffix", ["wav", "m4a"])
def test_a_name_that_is_no_utf_8(tmp_path, suffix):
    made = tmp_path / f"made.{suffix}"
    if suffix == "wav":
        soundfile.write(made, clicks(1), RATE)
    else:
        encode(made, clicks(1)[:, None], RATE, "aac", "mono")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xfcsik." + suffix.encode()))
    try:
        made.rename(path)
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    assert len(as_played(path)[1]) / RATE == pytest.approx(1.0, abs=0.1)
    assert len(audio_file.read(path)) / 16_000 == pytest.approx(1.0, abs=0.1)


def test_what_is_learned_is_what_is_heard(tmp_path):
    """One reader for both: mono at 16 kHz of the same file, but for the resampler's edges."""
    rng = rng_of(0)
    samples = 0.1 * rng.standard_normal((RATE, 2)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, RATE, "FLOAT")
    with opened(tmp_path / "a.wav")[0] as container:
        stream = container.streams.audio[0]
        read = np.concatenate(list(pieces(container, stream)))
    assert np.allclose(read, samples, atol=1e-6)
    with opened(tmp_path / "a.wav")[0] as container:
        learned = np.concatenate(list(mono(container, container.streams.audio[0])))
    heard = as_heard(samples, RATE)[: len(learned)]
    inner = slice(500, len(learned) - 500)
    assert np.corrcoef(learned[: len(heard)][inner], heard[inner])[0, 1] > 0.99


def test_what_is_mastered_too_loud_is_learned_as_it_was_and_played_within_bounds(tmp_path):
    path = tmp_path / "loud.wav"
    loud = 3 * np.sin(np.arange(RATE) / 20)[:, None].astype(np.float32)
    soundfile.write(path, loud, RATE, subtype="FLOAT")
    learned, samples = audio_file.read(path, RATE), as_played(path)[1]
    assert learned / np.abs(learned).max() == pytest.approx(loud[:, 0] / 3, abs=1e-4)
    assert np.abs(samples).max() == 1.0
    assert np.abs(as_heard(3 * samples, RATE)).max() <= 1.0


def test_suffixes_are_small_letters_and_either_sound_or_video():
    for suffix in itertools.chain(SOUNDS, VIDEOS):
        assert suffix.startswith(".") and suffix == suffix.lower()
    assert not SOUNDS & VIDEOS
    assert {".mts", ".m2ts", ".ts", ".3gp", ".vob", ".flv"} <= VIDEOS


def frame(time, seconds=0.02, rate=1_000):
    return SimpleNamespace(time=time, samples=round(seconds * rate), sample_rate=rate)


@pytest.mark.parametrize(
    ("time", "ended", "hole", "ends"),
    [
        (None, None, 0.0, None), (2.0, None, 0.0, 2.02), (None, 5.0, 0.0, 5.02),
        # Rounding is not followed, a hole is, and what jumps anew is believed.
        (5.09, 5.0, 0.0, 5.02), (4.91, 5.0, 0.0, 5.02), (5.11, 5.0, 0.11, 5.13),
        (604.9, 5.0, 599.9, 604.92), (605.1, 5.0, 0.0, 605.12), (4.0, 5.0, 0.0, 4.02),
    ],
)  # fmt: skip
def test_what_is_a_hole_in_the_sound(time, ended, hole, ends):
    found, then = sound_file._hole_before(frame(time), ended)
    assert found == pytest.approx(hole)
    assert then == pytest.approx(ends) if ends is not None else then is None


def test_what_is_left_out_before_a_place():
    stream = SimpleNamespace(start_time=500, time_base=Fraction(1, 1_000), rate=8_000)
    for time, left_out in ((None, 0), (0.5, 16_000), (2.3, 1_600), (2.5, 0), (9.0, 0)):
        assert sound_file._samples_before(2.0, frame(time), stream) == left_out
    begins = SimpleNamespace(start_time=None, time_base=Fraction(1, 1_000), rate=8_000)
    assert sound_file._samples_before(2.0, frame(1.75), begins) == 2_000


@pytest.mark.parametrize(
    ("rate", "channels", "is_one"),
    [(1_000, 1, True), (999, 1, False), (1_000_000, 64, True), (1_000_001, 1, False),
     (44_100, 0, False), (44_100, 65, False)],
)  # fmt: skip
def test_what_can_be_a_sound(rate, channels, is_one):
    assert is_sound(rate, channels) == is_one


def test_an_error_of_a_library_is_one_line():
    assert in_short(ValueError("one\ntwo")) == "one"
    assert in_short(ValueError("x" * 500)) == "x" * 120
    assert in_short(OSError(2, "No such file")) == "No such file"
    assert in_short(ValueError()) == "ValueError"
