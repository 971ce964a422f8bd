"""--out stream: what may be typed, real receivers (FFmpeg), and those that are gone or stuck."""

import os
import shutil
import signal
import subprocess
import threading
import time
from argparse import ArgumentTypeError
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest
from seeds import rng_of
from stage_program import free_port

from benchmarks.decoded import decoded
from live import cli
from live.core.mailbox import Bounded
from live.core.messages import AudioBlock, Frame
from live.core.settings import OutputSettings
from live.core.worker import start_worker
from live.film.film_file import FilmFile
from live.film.forms import stream_form
from live.outputs.fitting import Fitting
from live.outputs.flag import check_outputs, parse_output, parse_outputs
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError, Told
from live.outputs.kinds import kind_of
from live.outputs.relay import MOST_BLOCKS, Relay
from live.outputs.stream import output as stream_output
from live.outputs.stream.address import checked, shown
from live.outputs.stream.pipe import Pipe, PipeError

STAGE, FPS, RATE = (160, 90), 30.0, 48_000
needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="needs the program ffmpeg as receiver"
)
posix = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("rtmp://live.example.org/app/se-cret", "rtmp://live.example.org/app"),
        ("rtmp://name:word@[::1]:1936/a/b/k?x=y", "rtmp://[::1]:1936/a/b"),
        ("rtmps://h/app/k", "rtmps://h/app"),
        ("srt://10.0.0.2:9000?streamid=k&passphrase=p", "srt://10.0.0.2:9000"),
        ("live/show.m3u8", "live/show.m3u8"),
        ("C:\\live\\show.M3U8", "C:\\live\\show.M3U8"),
    ],
)
def test_an_address_is_kept_and_its_secrets_are_not_shown(text, seen):
    assert checked(text) == text and shown(text) == seen
    for typed in (text, f"stream:{text}"):
        asked = parse_output(typed + ",size=640x360,bitrate=4500k,fps=25")
        assert (asked.kind, asked.name, asked.label) == ("stream", text, f"stream:{seen}")
        assert (asked.size, asked.fps, asked.alpha) == ((640, 360), 25.0, False)
        assert asked.option("bitrate") == 4_500_000


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "write rtmp://"), ("udp://h:1", "write rtmp://"), ("show.mp4", "write rtmp://"),
        ("rtmp://h/app", "HOST/APP/KEY"), ("rtmp:///app/key", "lacks a host"),
        ("srt://h", "lacks a port"), ("rtmp://h:x/app/key", "no address"),
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text, why):
    with pytest.raises(ArgumentTypeError, match=why):
        checked(text)
    with pytest.raises(OutputError, match=why):
        parse_output(f"stream:{text}")


def test_commas_behind_a_question_mark_are_the_addresss_own():
    asked = parse_output("srt://h:9?streamid=#!::r=a,m=publish,size=64x36,fps=25")
    assert asked.name == "srt://h:9?streamid=#!::r=a,m=publish"
    assert (asked.size, asked.fps) == ((64, 36), 25.0)
    with pytest.raises(OutputError, match="no option of stream"):
        parse_output("rtmp://h/app/key,fsp=25")
    for text, why in (("alpha=on", "no transparency"), ("bitrate=9", "100k to 50M"),
                      ("bitrate=fast", "bits a second"), ("bitrate=inf", "bits a")):  # fmt: skip
        with pytest.raises(OutputError, match=why):
            parse_output(f"rtmp://h/app/key,{text}")
    assert parse_output("rtmp://h/app/key,bitrate=6M").option("bitrate") == 6_000_000
    assert parse_output("web").shown == ""
    with pytest.raises(OutputError, match="asked for twice") as said:
        parse_outputs(["rtmp://h/app/KEY", "rtmp://h/app/KEY"])
    assert "KEY" not in str(said.value)


def test_two_keys_of_one_receiver_are_two_streams_and_none_is_shown():
    asked = parse_outputs([f"rtmp://h/app/{key}" for key in ("one", "two", "three")])
    labels = [one.label for one in asked]
    assert labels == ["stream:rtmp://h/app", "stream:rtmp://h/app 2", "stream:rtmp://h/app 3"]
    assert [one.name[-3:] for one in asked] == ["one", "two", "ree"]


def test_one_playlist_is_written_by_one_stream_however_it_is_typed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for again in ("./a.m3u8", "b/../a.m3u8", str(tmp_path / "a.m3u8")):
        with pytest.raises(OutputError, match="asked for twice"):
            parse_outputs(["a.m3u8", again])
    assert len(parse_outputs(["a.m3u8", "b.m3u8"])) == 2


def test_a_name_that_no_file_can_have_is_refused_in_a_sentence():
    with pytest.raises(OutputError, match=r"cannot be written to .*: choose another one\.$"):
        check_outputs([parse_output("a" * 300 + ".m3u8")])


def test_bits_a_second():
    found = [stream_output.default_bit_rate(size, fps) for size, fps in (
        ((1920, 1080), 30), ((1280, 720), 30), ((3840, 2160), 60), ((64, 64), 25),
    )]  # fmt: skip
    assert found == pytest.approx([4.48e6, 1.99e6, 6e6, 1e6], rel=0.01)
    options = stream_form(2_000_000).live.options
    assert options["b"] == options["maxrate"] == "2000000"


def test_a_playlist_may_not_take_the_place_of_something_else(tmp_path):
    asked = parse_output(str(tmp_path / "live.m3u8"))
    check_outputs([asked])
    assert kind_of("stream").where(asked) == str(tmp_path / "live.m3u8")
    (tmp_path / "live.m3u8").write_text("#EXTM3U\n")
    check_outputs([asked])
    (tmp_path / "live.m3u8").write_text("a shopping list")
    with pytest.raises(OutputError, match="something else has that name"):
        check_outputs([asked])
    with pytest.raises(OutputError, match="there is no folder"):
        check_outputs([parse_output(str(tmp_path / "none" / "live.m3u8"))])


def test_srt_is_refused_where_no_ffmpeg_knows_it(monkeypatch):
    asked = parse_output("srt://127.0.0.1:9000")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(OutputError, match="SRT needs a program ffmpeg that knows it"):
        check_outputs([asked])


class Playing:
    """A show without a painter: once a second a click and a white picture at the same time."""

    def __init__(self, address, noise=False, delay=0.0, options=""):
        kind = kind_of("stream")
        self.relay = Relay(parse_output(address + options), kind, STAGE, FPS, delay)
        self.broke, self.ending, self.longest = [], threading.Event(), 0.0
        rng = rng_of(4)
        self._noise = rng.integers(0, 256, (8, *STAGE[::-1], 3), np.uint8) if noise else None
        self._delay = delay
        self.states = set()
        self._threads = [
            threading.Thread(target=self._play, daemon=True),
            start_worker("stream", lambda: self.relay.run(self.ending), self.ending,
                         lambda why, pause: self.broke.append((why, pause))),
        ]  # fmt: skip
        self._threads[0].start()

    def _play(self):
        began, n_blocks, newest = time.perf_counter(), 0, -1
        while not self.ending.wait(0.003):
            now = time.perf_counter() - began
            started = time.thread_time()
            while n_blocks / 100 < now:
                samples = np.zeros((480, 2), np.float32)
                samples[: 120 * (n_blocks % 100 == 50)] = 0.8
                self.relay.hear(AudioBlock(samples, RATE, n_blocks * 480, 0.0))
                n_blocks += 1
            number = int((now - self._delay) * FPS)
            if number > newest:
                newest = number
                self.relay.put(self._frame(number, began))
            self.longest = max(self.longest, time.thread_time() - started)
            self.states.add(self.relay.state().split("/s ")[-1])

    def _frame(self, number, began):
        image = np.full((*STAGE[::-1], 3), 255 if number % 30 == 15 else 40, np.uint8)
        if self._noise is not None:
            image = self._noise[number % 8]
        due = began + number / FPS + self._delay
        return Frame(number / FPS, due, image, None, due)

    def end(self):
        self.ending.set()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    def wait(self, until, seconds=30):
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, (self.broke, self.relay.report())
            time.sleep(0.02)


@contextmanager
def playing(*given, **more):
    show = Playing(*given, **more)
    try:
        yield show
    finally:
        show.end()


@contextmanager
def receiver(path, *source):
    """FFmpeg, which writes down what comes in."""
    process = subprocess.Popen(
        ["ffmpeg", "-v", "error", "-y", *source, "-c", "copy", "-flush_packets", "1", str(path)],
        stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(10)


def size_of(path):
    return path.stat().st_size if path.exists() else 0


def check_film(path, n_least=2):
    film = decoded(path)
    assert film.codecs in (["h264", "aac"], ["libx264", "aac"])
    assert np.diff(film.times) == pytest.approx(1 / FPS, abs=2e-3)
    flashes, clicks = film.flashes(), film.clicks()
    both = [(f, c) for f in flashes for c in clicks if abs(f - c) < 0.3]
    assert len(both) >= n_least
    assert [f - c for f, c in both] == pytest.approx([0] * len(both), abs=0.04)
    return film


@needs_ffmpeg
@posix
@pytest.mark.parametrize("delay", [0.0, 1.5])
def test_an_rtmp_server_gets_picture_and_sound_together(tmp_path, delay):
    address, path = f"rtmp://127.0.0.1:{free_port()}/live/key", tmp_path / "got.mkv"
    with receiver(path, "-listen", "1", "-i", address):
        with playing(address, delay=delay) as show:
            show.wait(lambda: show.relay.n_sent > 200)
            report = show.relay.report()
            assert any("Mbit" in state for state in show.states), show.states
        time.sleep(0.5)
    assert report["sent"] > 200 and show.longest < 0.05
    film = check_film(path)
    assert film.pictures[0].shape == (90, 160, 4)


@needs_ffmpeg
@posix
def test_an_srt_listener_gets_picture_and_sound_together(tmp_path):
    if not stream_output._knows_srt():
        pytest.skip("the program ffmpeg here knows no SRT")
    address, path = f"srt://127.0.0.1:{free_port()}", tmp_path / "got.mkv"
    with receiver(path, "-i", address + "?mode=listener"):
        with playing(address, options=",size=128x72") as show:
            check_outputs([show.relay.asked])
            show.wait(lambda: show.relay.n_sent > 150)
        time.sleep(0.5)
    film = check_film(path)
    assert film.pictures[0].shape == (72, 128, 4)


@posix
def test_a_playlist_grows_and_plays(tmp_path):
    with playing(str(tmp_path / "live.m3u8")) as show:
        show.wait(lambda: len(list(tmp_path.glob("*.ts"))) > 2)
    assert not show.broke
    check_film(tmp_path / "live.m3u8")
    with playing(str(tmp_path / "live.m3u8")) as again:
        again.wait(lambda: again.relay.n_sent > 30)
    assert not again.broke


@contextmanager
def stream_into(tmp_path):
    """A stream into a file; `send` a picture of a media time, `heard` is what it gets to hear."""
    asked, heard = parse_output(str(tmp_path / "live.m3u8")), Bounded(MOST_BLOCKS)
    output = kind_of("stream").open(Opening(asked, STAGE, FPS, Told(), heard))
    image = np.zeros((*STAGE[::-1], 3), np.uint8)

    def send(time_):
        frame = Frame(time_, 0.0, image, None, 0.0)
        return output.send(OutputFrame(frame, Fitting(STAGE, STAGE), False, 1))

    def hear(time_):
        heard.put(AudioBlock(np.zeros((480, 2), np.float32), RATE, round(time_ * RATE), 0.0))

    try:
        yield SimpleNamespace(send=send, hear=hear)
    finally:
        output.close()


def test_a_stream_begins_when_the_time_of_the_show_is_known(tmp_path):
    """A microphone takes its time to open; the pictures until then are of no sound."""
    with stream_into(tmp_path) as stream:
        assert not stream.send(0.0) and not stream.send(1.4)
        stream.hear(0.0)
        assert not stream.send(1.5), "painted before the first sound told the time"
        stream.hear(0.01)
        assert stream.send(0.04) and stream.send(0.08)


def test_a_stream_without_sound_begins_after_a_while(tmp_path, monkeypatch):
    with stream_into(tmp_path) as stream:
        assert not stream.send(0.0)
        monkeypatch.setattr(stream_output, "SILENT_S", 0.0)
        assert stream.send(0.04)


@pytest.mark.parametrize("to", [-2.0, 60.0])
def test_what_the_show_jumps_over_is_not_filled(tmp_path, to):
    with stream_into(tmp_path) as stream:
        stream.hear(100.0)
        assert all(stream.send(100.0 + time_) for time_ in (0.0, 0.1, 5.0))
        with pytest.raises(OutputError, match="the time of the show jumped"):
            stream.send(105.0 + to)
    assert list(tmp_path.glob("*.ts")), "what there was is sent to its end"


@needs_ffmpeg
@posix
def test_a_receiver_that_comes_late_goes_and_comes_again(tmp_path):
    address = f"rtmp://127.0.0.1:{free_port()}/live/secret"
    with playing(address) as show:
        show.wait(lambda: show.broke)
        why, pause = show.broke[0]
        assert (why.lower(), pause) == ("connection refused", 0.0)
        for number in range(2):
            path, n_broke = tmp_path / f"{number}.mkv", len(show.broke)
            with receiver(path, "-listen", "1", "-i", address):
                show.wait(lambda path=path: size_of(path) > 4_000)
            show.wait(lambda n_broke=n_broke: len(show.broke) > n_broke)
            assert decoded(path).codecs[1] == "aac"
        assert "secret" not in str(show.broke) + str(show.states) + show.relay.label
    pauses = [pause for _, pause in show.broke]
    assert pauses == sorted(pauses) and show.longest < 0.05


@needs_ffmpeg
@posix
def test_a_receiver_that_is_stuck_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(stream_output, "STUCK_S", 2.0)
    monkeypatch.setattr(stream_output, "MOST_WAITING_S", 0.2)
    address, path = f"rtmp://127.0.0.1:{free_port()}/live/key", tmp_path / "got.mkv"
    with (
        receiver(path, "-listen", "1", "-i", address) as process,
        playing(address, noise=True, options=",bitrate=40M,size=640x360") as show,
    ):
        show.wait(lambda: size_of(path) > 100_000)
        process.send_signal(signal.SIGSTOP)
        n_broke = len(show.broke)
        show.wait(lambda: len(show.broke) > n_broke, 60)
        assert show.broke[n_broke][0] == "the receiver takes nothing"
        assert show.relay.told.n_dropped > 0
        assert show.longest < 0.05, "who paints and who hears never waited"


@posix
def test_a_process_that_takes_nothing_is_waited_for_by_nobody():
    pipe = Pipe(["sleep", "100"], tells=True)
    began = time.perf_counter()
    for _ in range(100):
        pipe.write(bytes(1_000_000))
    assert time.perf_counter() - began < 1 and pipe.waiting > 90_000_000
    assert not pipe.is_connected
    began = time.perf_counter()
    pipe.close()
    assert 1.0 < time.perf_counter() - began < 4
    with pytest.raises(PipeError, match="code -9"):
        pipe.write(b"x")


@posix
def test_what_a_process_says_at_its_end_is_told():
    pipe = Pipe(["sh", "-c", "echo connected; echo oh >&2; echo no space >&2; exit 3"], tells=True)
    end = time.monotonic() + 10
    with pytest.raises(PipeError, match=r"^no space$"):
        while time.monotonic() < end:
            pipe.write(b"x")
            time.sleep(0.01)
    assert pipe.is_connected
    pipe.close()


@pytest.mark.parametrize("hears", [True, False])
def test_sound_waits_only_for_who_takes_it_and_is_bounded(hears):
    opened = []

    class Deaf:
        state = ""

        def __init__(self, opening):
            opened.append(opening)

        def send(self, frame):
            return True

        def close(self):
            pass

    relay = Relay(OutputSettings("made"), Kind("made", Deaf, hears=hears), STAGE, FPS, 0.5)
    block = AudioBlock(np.zeros((480, 2), np.float32), RATE, 0, 0.0)
    relay.hear(block)
    ending = threading.Event()
    thread = threading.Thread(target=relay.run, args=(ending,))
    thread.start()
    end = time.monotonic() + 10
    while relay._output is None and time.monotonic() < end:
        time.sleep(0.005)
    for _ in range(2 * MOST_BLOCKS):
        relay.hear(block)
    assert len(opened[0].sound) == (MOST_BLOCKS if hears else 0)
    assert opened[0].picture_delay() == 0.5
    ending.set()
    thread.join(5)


def test_a_real_show_is_streamed_with_its_music(tmp_path):
    path = tmp_path / "live.m3u8"
    code = cli.main(
        ["--input", "demo", "--mute", "--target", "skeleton", "--headless", "--duration", "5",
         "--output", "160x90", "--out", str(path), "--osc", f"127.0.0.1:{free_port()}"]
    )  # fmt: skip
    assert code == 0
    film = decoded(path)
    assert len(film.pictures) > 60 and np.abs(film.sound).max() > 0.05
    assert any(picture[..., :3].std() > 1 for picture in film.pictures), "a dancer on it"


def test_a_film_that_began_in_mid_show_leaves_out_what_was_heard_before():
    class Tracks:
        rate, audio_rate, channels = 30, RATE, 2
        n = 0

        def hear(self, samples):
            self.n += len(samples)

    film = FilmFile(Tracks(), 10.0)
    for number in range(990, 1010):
        film.add_audio(AudioBlock(np.zeros((480, 2), np.float32), RATE, number * 480, 0.0))
    assert film.tracks.n == 10 * 480
