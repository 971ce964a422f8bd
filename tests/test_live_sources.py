"""Files, demo and silence as sources: decoded as they are, paced by the clock, wrong ones named."""

import contextlib
import os
import subprocess
import sys
import tempfile
import textwrap
import time
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from seeds import rng_of, seed_of

from live.core.mailbox import Bounded
from live.core.messages import AudioBlock
from live.sound.open import AudioFileSource, DemoSource, SilentSource, open_source
from live.sound.source import SourceError

ROOT = Path(__file__).parents[1]
Samples = NDArray[np.float32]


def music(rate: int = 44_100, seconds: float = 1.0, channels: int = 2) -> Samples:
    rng = rng_of(1)
    times = np.arange(round(rate * seconds))[:, None] / rate
    tone = 0.3 * np.sin(2 * np.pi * (220 + 110 * np.arange(channels)) * times)
    return (tone + 0.01 * rng.standard_normal(tone.shape)).astype(np.float32)


def encode(path: Path, codec: str, samples: Samples, rate: int) -> None:
    """Write with FFmpeg what libsndfile cannot: m4a, mp3, webm."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="stereo")
        resampler = av.AudioResampler(stream.format, "stereo", rate, stream.frame_size or None)
        frame = av.AudioFrame.from_ndarray(samples.T.copy(), format="fltp", layout="stereo")
        frame.sample_rate = rate
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def samples_of(source: AudioFileSource | DemoSource | SilentSource) -> Samples:
    blocks = list(source.blocks())
    for block, following in pairwise(blocks):
        assert following.first_sample == block.first_sample + len(block.samples)
    return np.concatenate([block.samples for block in blocks])


def play(
    source: AudioFileSource | DemoSource | SilentSource, most: float
) -> tuple[list[AudioBlock], list[float], float]:
    """Blocks, their lateness in s and the host time of the start."""
    blocks: list[AudioBlock] = []
    late: list[float] = []

    def put(block: AudioBlock) -> None:
        late.append(perf_counter() - block.captured_at)
        blocks.append(block)

    began = perf_counter()
    source.start(put)
    source.finished.wait(most)
    source.stop()
    return blocks, late, began


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "aiff"])
@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 2), (48_000, 2)])
def test_a_file_keeps_its_rate_and_channels(
    tmp_path: Path, kind: str, rate: int, channels: int
) -> None:
    path, samples = tmp_path / f"song.{kind}", music(rate, 0.8, channels)
    soundfile.write(path, samples, rate)
    source = AudioFileSource(path, aloud=False)
    assert (source.rate, source.channels) == (rate, channels)
    assert source.duration == pytest.approx(0.8, abs=1e-3)
    heard = samples_of(source)
    assert heard.shape == samples.shape
    error = (heard - samples).std() / samples.std()
    assert error < (0.15 if kind == "ogg" else 1e-3)
    assert np.array_equal(samples_of(source), heard)  # it can be read again


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("song.mp3", "libmp3lame", 44_100),
        ("song.m4a", "aac", 44_100),
        ("a.webm", "libopus", 48_000),
    ],
)
def test_what_libsndfile_cannot_read_pyav_does(
    tmp_path: Path, name: str, codec: str, rate: int
) -> None:
    samples = music(rate, 1.0)
    encode(tmp_path / name, codec, samples, rate)
    source = AudioFileSource(tmp_path / name, aloud=False)
    assert (source.rate, source.channels) == (rate, 2)
    heard = samples_of(source)
    assert abs(len(heard) / rate - 1.0) < 0.06  # codecs pad
    assert source.duration == pytest.approx(1.0, abs=0.06)
    spectrum = np.abs(np.fft.rfft(heard[:rate, 1]))
    assert np.argmax(spectrum) == pytest.approx(330, abs=2)


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.wav", ""), ("a.flac", ""), ("a.ogg", ""), ("a.mp3", "libmp3lame"), ("a.m4a", "aac"),
     ("a.webm", "libopus")],
)  # fmt: skip
def test_a_file_is_played_from_any_place_on(tmp_path: Path, name: str, codec: str) -> None:
    """What is heard there is what the whole file has there, to the sample or nearly so."""
    path, rate = tmp_path / name, 48_000
    noise = rng_of(3).normal(0, 0.2, (6 * rate, 2)).astype(np.float32)
    sound = np.clip(noise, -1, 1)
    if codec:
        encode(path, codec, sound, rate)
    else:
        soundfile.write(path, sound, rate)
    whole = samples_of(AudioFileSource(path, aloud=False))
    for start in (0.0, *rng_of(4).uniform(0.1, 5.0, 2).tolist(), 4.9):
        heard = samples_of(AudioFileSource(path, aloud=False, place=lambda start=start: start))
        first = round(start * rate)
        assert abs(len(whole) - first - len(heard)) < 0.03 * rate
        piece, around = heard[4_800:14_400, 0], whole[first : first + 19_200, 0]
        at = int(np.argmax(np.correlate(around, piece, "valid")))
        assert abs(at - 4_800) <= (0 if not codec else 0.03 * rate), (start, at)
    assert not list(AudioFileSource(path, aloud=False, place=lambda: 1e6).blocks())


def test_a_truncated_file_ends_the_music_normally(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.flac", tmp_path / "cut.flac"
    soundfile.write(whole, music(seconds=4.0), 44_100)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    source = AudioFileSource(cut, aloud=False)
    n_samples = len(samples_of(source))
    assert 0.2 < n_samples / 44_100 < 2.5
    blocks, _, _ = play(source, 5.0)
    assert source.finished.is_set()
    assert sum(len(block.samples) for block in blocks) == n_samples


def test_a_damaged_mp3_goes_on_behind_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    encode(path, "libmp3lame", music(seconds=4.0), 44_100)
    data = bytearray(path.read_bytes())
    third = len(data) // 3
    data[third : third + 1_500] = rng_of(0).bytes(1_500)
    path.write_bytes(data)
    assert len(samples_of(AudioFileSource(path, aloud=False))) > 3.5 * 44_100


def test_numbers_that_are_none_are_silence(tmp_path: Path) -> None:
    samples = music()
    samples[100:200], samples[300:400], samples[500:600] = np.nan, np.inf, 30.0
    soundfile.write(tmp_path / "wild.wav", samples, 44_100, subtype="FLOAT")
    heard = samples_of(AudioFileSource(tmp_path / "wild.wav", aloud=False))
    assert not heard[100:200].any() and not heard[300:400].any()
    assert np.abs(heard).max() == 1.0


def test_wrong_files_are_told_in_one_sentence_before_the_show(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.mp3").write_text("no music at all\n" * 400)
    (tmp_path / "noise.wav").write_bytes(rng_of(0).bytes(4_000))
    soundfile.write(tmp_path / "song.ogg", music(), 44_100)
    (tmp_path / "head.ogg").write_bytes((tmp_path / "song.ogg").read_bytes()[:60])
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 2), np.float32), 44_100)
    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    reasons = {
        "empty.wav": "is empty",
        "text.mp3": "not a sound file",
        "noise.wav": "not a sound file",
        "head.ogg": "not a sound file",
        "none.wav": "holds no sound",
        "mute.mp4": "no sound track",
    }
    for name, reason in reasons.items():
        with pytest.raises(SourceError, match=reason) as caught:
            open_source(str(tmp_path / name), aloud=False)
        assert "\n" not in str(caught.value)
    soundfile.write(tmp_path / "slow.wav", np.zeros(10, np.float32), 1)
    os.mkfifo(tmp_path / "pipe.wav")
    reasons = {"slow.wav": "is damaged at its beginning", "pipe.wav": "is a pipe"}
    for name, reason in reasons.items():
        with pytest.raises(SourceError, match=reason):
            open_source(str(tmp_path / name), aloud=False)


@pytest.mark.parametrize(
    "name",
    ["gone.mp3", "GONE.FLAC", "a folder/gone", "./gone", "gone.MTS", "~/no such folder/gone"],
)
def test_a_file_that_is_not_there_is_not_looked_for_among_the_devices(name: str) -> None:
    with pytest.raises(SourceError, match=r"There is no file .*(?i:gone)"):
        open_source(name, aloud=False)


@pytest.mark.parametrize("name", ["Scarlett 2i2 USB", "Mic v1.2"])
def test_another_name_is_that_of_a_device(name: str) -> None:
    with pytest.raises(
        SourceError, match=r"(?i)no sound input|no input called|portaudio"
    ) as caught:
        open_source(name, aloud=False)
    assert "sound file" not in str(caught.value)


@contextlib.contextmanager
def _as_somebody() -> Iterator[None]:
    """Root may read everything: as nobody in particular, where the system knows that."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_file_that_may_not_be_read_says_so() -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        Path(folder).chmod(0o755)
        path = Path(folder) / "secret.wav"
        soundfile.write(path, music(), 44_100)
        AudioFileSource(path, aloud=False).stop()
        path.chmod(0)
        with _as_somebody():
            if os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
                pytest.skip("this system lets everybody read everything")
            with pytest.raises(SourceError, match="cannot be read"):
                AudioFileSource(path, aloud=False)


def test_the_pace_is_the_clocks(tmp_path: Path) -> None:
    path, samples = tmp_path / "song.wav", music(22_050, 0.8, 1)
    soundfile.write(path, samples, 22_050, subtype="FLOAT")
    source = AudioFileSource(path, aloud=False)
    blocks, late, began = play(source, 5.0)
    assert source.finished.is_set()
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), samples)
    # The schedule is absolute: every block is due at one start plus its place in the song.
    ends = np.array([(block.first_sample + len(block.samples)) / 22_050 for block in blocks])
    starts = np.array([block.captured_at for block in blocks]) - ends
    assert np.ptp(starts) < 1e-6
    assert 0.0 <= starts[0] - began < 0.3
    assert min(late) >= 0.0
    assert np.median(late) < 0.005


def test_a_slow_listener_does_not_shift_the_schedule(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    soundfile.write(path, music(16_000, 0.6, 1), 16_000)
    source = AudioFileSource(path, aloud=False)
    heard: list[float] = []

    def put(block: AudioBlock) -> None:
        if block.first_sample == 3_200:
            time.sleep(0.3)
        heard.append(block.captured_at - (block.first_sample + len(block.samples)) / 16_000)

    began = perf_counter()
    source.start(put)
    assert source.finished.wait(5.0)
    assert perf_counter() - began < 0.85
    assert np.ptp(heard) < 1e-6
    source.stop()


def test_a_player_that_breaks_goes_on_with_the_next_block() -> None:
    source, blocks, told = SilentSource(duration=0.4), [], []

    def put(block: AudioBlock) -> None:
        told.append(source.status)
        if len(told) == 10:
            raise RuntimeError("a listener broke")
        blocks.append(block)

    source.start(put)
    assert source.finished.wait(5.0)
    source.stop()
    firsts = [block.first_sample for block in blocks]
    assert firsts == [160 * n for n in range(40) if n != 9]
    assert told[-1] == "silence, not played aloud"


def test_the_duration_ends_the_sound() -> None:
    source = DemoSource(aloud=False, duration=0.45)
    assert len(samples_of(source)) == round(0.45 * source.rate)
    blocks, _, _ = play(source, 5.0)
    assert sum(len(block.samples) for block in blocks) == round(0.45 * source.rate)
    assert source.duration == 0.45


def test_the_demo_is_music_and_the_same_for_the_same_seed() -> None:
    first, second, other = (
        samples_of(DemoSource(aloud=False, duration=2.0, seed=seed_of(seed))) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert 20 * np.log10(first.std()) > -35
    assert first.shape[1] == 2 and np.abs(first).max() <= 1.0


def test_silence_keeps_time_for_a_pose_file() -> None:
    source = SilentSource(duration=0.3)
    blocks, _, began = play(source, 5.0)
    assert not any(block.samples.any() for block in blocks)
    assert blocks[-1].captured_at - began == pytest.approx(0.3, abs=0.1)


def test_stop_is_quick_and_silent() -> None:
    source, blocks = SilentSource(), Bounded[AudioBlock](1_000)
    source.start(blocks.put)
    time.sleep(0.2)
    began = perf_counter()
    source.stop()
    assert perf_counter() - began < 0.5
    n_blocks = len(blocks)
    time.sleep(0.1)
    assert len(blocks) == n_blocks
    assert not source.finished.is_set()


def test_a_long_mix_is_streamed(tmp_path: Path) -> None:
    """Two minutes of 48 kHz stereo are 46 MB; of that a tenth is held at most."""
    path = tmp_path / "mix.flac"
    with soundfile.SoundFile(path, "w", 48_000, 2) as file:
        for _ in range(12):
            file.write(np.zeros((480_000, 2), np.float32))
    tracemalloc.start()
    source = AudioFileSource(path, aloud=False)
    n_samples = sum(len(block.samples) for block in source.blocks())
    source.start(lambda block: None)
    time.sleep(0.5)
    source.stop()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n_samples == 120 * 48_000
    assert peak < 5e6


def test_without_sounddevice_a_microphone_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sounddevice.py").write_text("raise ImportError('no')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(SourceError, match="pip install sounddevice"):
        open_source("mic")


def test_without_the_portaudio_library_files_play_and_a_microphone_names_it(
    tmp_path: Path,
) -> None:
    soundfile.write(tmp_path / "song.wav", music(seconds=0.3), 44_100)
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')\n")
    script = """
        import sys
        from live.sound.open import open_source
        from live.sound.source import SourceError
        blocks = []
        for name in (sys.argv[1], "demo"):
            source = open_source(name, aloud=True, duration=0.2)
            source.start(blocks.append)
            assert source.finished.wait(5)
            source.stop()
            print(source.status)
        for name in ("mic", "Focusrite"):
            try:
                open_source(name)
            except SourceError as error:
                print(error)
        assert len(blocks) == 40, len(blocks)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "song.wav")],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0] == "song.wav, not played aloud"
    assert "libportaudio2" in lines[2] and "libportaudio2" in lines[3]


def test_importing_the_sources_leaves_the_devices_alone() -> None:
    """`--help` must answer at once, and pose files must play without any sound library."""
    names = "('sounddevice', 'soundfile', 'av')"
    script = f"import sys, live.sound.open; print([m for m in {names} if m in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
