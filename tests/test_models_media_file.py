"""Which track of a foreign file is taken, and what can be sound at all."""

import av
import numpy as np
import pytest

from models.media_file import MediaFileError, is_sound, open_media, pictures_of, sound_of


@pytest.fixture
def film(tmp_path):
    """Sound of 8 and of 16 kHz, then pictures."""
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as made:
        sounds = [
            made.add_stream("pcm_s16le", rate=rate, layout="mono") for rate in (8_000, 16_000)
        ]
        pictures = made.add_stream("ffv1", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 32, 16, "yuv420p"
        for stream in sounds:
            samples = np.zeros((1, stream.rate // 10), np.int16)
            frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
            frame.sample_rate = stream.rate
            made.mux([*stream.encode(frame), *stream.encode(None)])
        picture = av.VideoFrame.from_ndarray(np.zeros((16, 32, 3), np.uint8), "rgb24")
        made.mux([*pictures.encode(picture), *pictures.encode(None)])
    return path


def test_the_first_track_of_each_kind_is_taken(film):
    with open_media(film) as opened:
        sound, pictures = sound_of(opened), pictures_of(opened)
        assert (sound.type, sound.rate) == ("audio", 8_000)
        assert (pictures.type, pictures.width, pictures.height) == ("video", 32, 16)


def test_a_file_without_a_kind_has_none_of_it(tmp_path):
    path = tmp_path / "song.wav"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1_600), np.int16), "s16", "mono")
        frame.sample_rate = 16_000
        made.mux([*stream.encode(frame), *stream.encode(None)])
    with open_media(path) as opened:
        assert sound_of(opened) is not None and pictures_of(opened) is None


@pytest.mark.parametrize(
    ("rate", "channels", "can_be"),
    [
        (1_000, 1, True), (999, 1, False), (1_000_000, 64, True), (1_000_001, 1, False),
        (48_000, 65, False), (44_100, 0, False), (0, 2, False), (16_000, -1, False),
    ],
)  # fmt: skip
def test_what_a_sound_can_be(rate, channels, can_be):
    assert is_sound(rate, channels) == can_be


def test_what_is_neither_sound_nor_video_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("no film at all")
    with pytest.raises(MediaFileError, match=r"notes\.mp4 is neither a sound nor a video that can"):
        open_media(path)
