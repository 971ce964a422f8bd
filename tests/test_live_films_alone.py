"""Films of the dancer alone (MOV, WebM, PNGs) decoded again; what a kill and a full disk leave."""

import base64
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from browsers import needs_browser, opened_browser
from seeds import rng_of
from test_live_recorder import FPS, RATE, SIZE, block

from benchmarks.decoded import decoded
from live.core.messages import AudioBlock
from live.core.settings import CUT_OUT_FILMS, Settings
from live.outputs.alpha import multiplied, whole
from live.outputs.fitting import Fitting
from live.picture.screen import open_screen
from live.recording import kinds
from live.recording.film_recorder import FilmRecorder
from live.recording.left_behind import finish_left_behind
from live.recording.part_file import RecorderError
from live.show.recorders import Recorders
from models.bundle import BundleError
from models.skeleton import STANDING

NAMES = ("show.mov", "show.webm", "show/")
posix = pytest.mark.skipif(os.name != "posix", reason="signals and limits are POSIX's")


def dancer(number, is_white=False, size=SIZE):
    """A soft disc that moves, or all white and opaque."""
    if is_white:
        return np.full((size, size, 4), 255, np.uint8)
    y, x = np.mgrid[:size, :size]
    far = np.hypot(x - size / 2 - number % 10, y - size / 2)
    alpha = np.clip((size / 4 - far) * 32, 0, 255).astype(np.uint8)
    return np.dstack([np.full_like(alpha, 200), np.full_like(alpha, 90), alpha // 4 + 30, alpha])


def recorder_of(folder, name, *given, **more):
    return FilmRecorder(
        folder / name.rstrip("/"), SIZE, SIZE, FPS, *given, kind=kinds.kind_of(name), **more
    )


def record(recorder, seconds, rate=RATE, channels=2, pause=0.0):
    """A click and a white picture at the same media times, once a second."""
    for hundredth in range(round(seconds * 100)):
        time.sleep(pause)
        recorder.add_audio(block(hundredth, hundredth % 100 == 50, rate, channels))
        for number in range(-(-hundredth * 3 // 10), -(-(hundredth + 1) * 3 // 10)):
            recorder.add_frame(dancer(number, number % FPS == 15), number / FPS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_offline", [False, True])
def test_picture_and_sound_are_in_sync_from_beginning_to_end(tmp_path, name, is_offline):
    recorder = recorder_of(tmp_path, name, RATE, 2, offline=is_offline)
    record(recorder, 3.0, pause=0 if is_offline else 0.01)
    recorder.close()
    assert (recorder.error, recorder.n_dropped) == ("", 0)
    assert [path.name for path in tmp_path.iterdir()] == [name.rstrip("/")]
    film = decoded(recorder.path)
    assert film.codecs[1:] in (["pcm_s24le"], ["opus"], ["libopus"], ["pcm_s16le"])
    assert len(film.pictures) == 90
    assert film.times == pytest.approx(np.arange(90) / FPS, abs=1e-3)
    assert film.flashes() == pytest.approx([0.5, 1.5, 2.5], abs=1e-3)
    assert film.clicks() == pytest.approx(film.flashes(), abs=0.01)
    assert len(film.sound) / film.rate == pytest.approx(3.0, abs=0.04)


# Of 255: alpha at most and on average; colours as they are seen, on average.
TOLERANCES = {"show.mov": (2, 0.2, 1.5), "show.webm": (48, 1.0, 6.0), "show/": (0, 0, 0)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("is_offline", [False, True])
def test_alpha_and_colours_are_those_that_were_painted(tmp_path, name, is_offline):
    recorder = recorder_of(tmp_path, name, offline=is_offline)
    painted = [dancer(number) for number in range(12)]
    for number, picture in enumerate(painted):
        time.sleep(0 if is_offline else 0.02)
        recorder.add_frame(lambda picture=picture: picture, number / FPS)
    recorder.close()
    film = decoded(recorder.path)
    assert (recorder.error, len(film.codecs), len(film.pictures)) == ("", 1, 12)
    most, mean, colours = TOLERANCES[name]
    for found, picture in zip(film.pictures, painted, strict=True):
        off = np.abs(found[..., 3].astype(int) - picture[..., 3])
        assert off.max() <= most and off.mean() <= mean
        seen = np.abs(multiplied(found).astype(int) - multiplied(picture))[picture[..., 3] > 0]
        assert seen.mean() <= colours


def probed(path):
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed (apt-get install ffmpeg)")
    text = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert text.stderr == ""
    return json.loads(text.stdout)


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "sound"),
    [("a.mov", "prores", "yuva444p12le", "pcm_s24le"), ("a.webm", "vp9", "yuv420p", "opus")],
)
def test_another_program_finds_an_ordinary_film(tmp_path, name, codec, pixels, sound):
    for is_offline in (False, True):
        recorder = recorder_of(tmp_path, name, 16_000, 1, offline=is_offline)
        record(recorder, 2.0, 16_000, 1, pause=0 if is_offline else 0.01)
        recorder.close()
        assert recorder.error == ""
        facts = probed(tmp_path / name)
        video, audio = facts["streams"]
        assert (video["codec_name"], audio["codec_name"]) == (codec, sound)
        assert video["pix_fmt"] in (pixels, pixels.replace("12", "10"))
        assert (video["width"], video["height"], video["r_frame_rate"]) == (SIZE, SIZE, "30/1")
        assert float(facts["format"]["duration"]) == pytest.approx(2.0, abs=0.05)
        assert (video["color_space"], video["color_range"]) == ("bt709", "tv")
        if name == "a.webm":
            assert video["tags"]["alpha_mode"] == "1" or video["tags"]["ALPHA_MODE"] == "1"
            assert b"\x1c\x53\xbb\x6b" in (tmp_path / name).read_bytes(), "cues: it can be sought"
        else:
            assert video["codec_tag_string"] == "ap4h", "ProRes 4444"
            kinds_of_box = boxes(tmp_path / name)
            assert kinds_of_box[-1] == "moov" and "moof" not in kinds_of_box, "an ordinary one"


@pytest.mark.parametrize("name", ["a.mov", "a.webm"])
def test_another_program_sees_the_same_alpha(tmp_path, name):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed (apt-get install ffmpeg)")
    recorder = recorder_of(tmp_path, name, offline=True)
    for number in range(6):
        recorder.add_frame(dancer(number), number / FPS)
    recorder.close()
    decoder = ["-c:v", "libvpx-vp9"] if name == "a.webm" else []
    told = subprocess.run(
        ["ffmpeg", "-v", "error", *decoder, "-i", str(tmp_path / name),
         "-f", "rawvideo", "-pix_fmt", "rgba", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    pictures = np.frombuffer(told.stdout, np.uint8).reshape(-1, SIZE, SIZE, 4)
    painted = np.stack([dancer(number) for number in range(6)])
    assert pictures.shape == painted.shape
    off = np.abs(pictures[..., 3].astype(int) - painted[..., 3])
    most, mean, _ = TOLERANCES[name.replace("a", "show", 1)]
    assert off.max() <= most and off.mean() <= mean


SEEN = """async address => {
    const film = document.createElement('video'), canvas = document.createElement('canvas');
    film.muted = true;
    film.src = address;
    film.loop = true;
    await new Promise((shown, broken) => {
        film.requestVideoFrameCallback(shown);
        film.onerror = broken;
        film.play();
    });
    [canvas.width, canvas.height] = [film.videoWidth, film.videoHeight];
    const pen = canvas.getContext('2d');
    pen.drawImage(film, 0, 0);
    return Array.from(pen.getImageData(0, 0, canvas.width, canvas.height).data);
}"""


@needs_browser
def test_a_browser_shows_a_webm_on_what_is_behind_it(tmp_path):
    recorder = recorder_of(tmp_path, "a.webm", offline=True)
    for number in range(6):
        recorder.add_frame(dancer(0), number / FPS)
    recorder.close()
    address = "data:video/webm;base64," + base64.b64encode(recorder.path.read_bytes()).decode()
    with opened_browser() as browser:
        seen = browser.new_page().evaluate(SEEN, address)
    seen, painted = np.uint8(seen).reshape(SIZE, SIZE, 4), dancer(0)
    off = np.abs(seen[..., 3].astype(int) - painted[..., 3])
    most, mean, colours = TOLERANCES["show.webm"]
    assert off.max() <= most and off.mean() <= mean
    inside = painted[..., 3] == 255
    assert np.abs(seen[inside][:, :3].astype(int) - painted[inside][:, :3]).mean() <= colours


def boxes(path):
    content, at, found = path.read_bytes(), 0, []
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        found.append(content[at + 4 : at + 8].decode("latin1"))
        at += max(8, int.from_bytes(content[at + 8 : at + 16], "big") if size == 1 else size)
    return found


def play(folder, name, *lines, **options):
    """In a process of its own."""
    tests = Path(__file__).resolve().parent
    head = (
        "import sys; sys.path[:0] = sys.argv[1:3]",
        "from test_live_films_alone import *",
        "folder, name = Path(sys.argv[3]), sys.argv[4]",
    )
    return subprocess.Popen(
        [sys.executable, "-c", "\n".join([*head, *lines]), tests, tests.parent, folder, name],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@posix
@pytest.mark.parametrize("name", NAMES)
def test_after_a_kill_what_there_is_plays_and_gets_its_name(tmp_path, name):
    scene = play(
        tmp_path, name,
        "recorder = recorder_of(folder, name, RATE, 2)",
        "record(recorder, 5.0, pause=0.004); time.sleep(0.7)",
        "print('ready', flush=True); input()",
        stdin=subprocess.PIPE,
    )  # fmt: skip
    assert scene.stdout.readline() == "ready\n", scene.stderr.read()
    scene.send_signal(signal.SIGKILL)
    scene.wait(10)
    (part,) = tmp_path.iterdir()
    assert part.name == name.rstrip("/").replace("show", "show.part")
    film = decoded(part)
    assert len(film.pictures) / FPS > 2.5, "all but the newest second or two"
    # The next recording leaves it alone.
    recorder = recorder_of(tmp_path, name, offline=True)
    recorder.add_frame(dancer(0), 0.0)
    recorder.close()
    assert len(decoded(recorder.path).pictures) == 1 and part.exists()
    finish_left_behind({str(part): str(recorder.path)}, overwrite=False)
    rescued = tmp_path / name.rstrip("/").replace("show", "show-2")
    assert sorted(tmp_path.iterdir()) == sorted([recorder.path, rescued])
    film = decoded(rescued)
    assert film.flashes()[:2] == pytest.approx([0.5, 1.5], abs=1e-3)
    assert film.clicks()[:2] == pytest.approx([0.5, 1.5], abs=0.01)


@posix
@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_ends_the_recording_and_not_the_show(tmp_path, name):
    """The limit on a file's size stands for the full disk; of a folder, one file finds no room."""
    limit = {"show.mov": 2_500_000, "show.webm": 600_000, "show/": 60_000}[name]

    def limit_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    scene = play(
        tmp_path, name,
        "recorder = recorder_of(folder, name, offline=True)",
        "noise = np.random.default_rng(0).integers(0, 255, (60, SIZE, SIZE, 4), np.uint8)",
        "large = noise[:16].reshape(4 * SIZE, 4 * SIZE, 4)",
        "for n in range(450):",
        "    fits = n < 60 or not name.endswith('/')",
        "    recorder.add_frame(noise[n % 60] if fits else large, n / FPS)",
        "recorder.close(); print(recorder.error)",
        preexec_fn=limit_files,
    )  # fmt: skip
    said, errors = scene.communicate(timeout=100)
    assert scene.returncode == 0, errors
    assert said.startswith("The recording stopped: file too large; the show goes on."), said
    assert [found.name for found in tmp_path.iterdir()] == [name.rstrip("/")], said
    film = decoded(tmp_path / name.rstrip("/"))
    assert len(film.pictures) / FPS > 1


@posix
@pytest.mark.parametrize("name", NAMES)
def test_on_a_disk_that_is_full_already_nothing_is_left_that_does_not_play(tmp_path, name):
    scene = play(
        tmp_path, name,
        "from live.recording.part_file import RecorderError",
        "try:",
        "    recorder = recorder_of(folder, name, offline=True)",
        "    recorder.add_frame(dancer(0), 0.0)",
        "    recorder.close(); print(recorder.error)",
        "except RecorderError as error:",
        "    print(error)",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)),
    )  # fmt: skip
    said, errors = scene.communicate(timeout=100)
    assert scene.returncode == 0 and "Traceback" not in errors, errors
    assert "file too large" in said and list(tmp_path.iterdir()) == []


def test_two_folders_of_one_name_are_both_kept(tmp_path):
    """Neither is there yet when the other begins."""
    recorders = [
        FilmRecorder(
            tmp_path / "show", SIZE, SIZE, FPS, offline=True, kind=kinds.kind_of("show/"),
            replaces=False,
        )
        for _ in range(2)
    ]  # fmt: skip
    for number, recorder in enumerate(recorders, start=1):
        for n in range(number):
            recorder.add_frame(dancer(n), n / FPS)
        recorder.close()
    assert [recorder.path.name for recorder in recorders] == ["show", "show-2"]
    assert [len(list(recorder.path.iterdir())) for recorder in recorders] == [1, 2]


def test_a_folder_is_replaced_only_where_it_is_asked_for_and_only_a_recording(tmp_path):
    settings = Settings(record=str(tmp_path / "show") + "/")

    def one_more(number, overwrite=False):
        recorders = Recorders(
            Settings(record=settings.record, overwrite=overwrite), (SIZE, SIZE), None
        )
        screen = open_screen(Settings(target="skeleton", record=settings.record), "skeleton")
        shown, _ = screen.picture(STANDING)
        for n in range(number):
            recorders.add_picture(shown.image, shown.cutout, n / 30)
        recorders.close()
        assert recorders.error == ""

    one_more(1)
    one_more(2)
    one_more(3, overwrite=True)
    files = {path.name: sorted(file.name for file in path.iterdir()) for path in tmp_path.iterdir()}
    assert files == {
        "show": [f"show_{n:06d}.png" for n in range(3)],
        "show-2": [f"show-2_{n:06d}.png" for n in range(2)],
    }
    (tmp_path / "show" / "notes.txt").touch()
    with pytest.raises(RecorderError, match="there is something else in it"):
        one_more(1, overwrite=True)
    assert len(list((tmp_path / "show").iterdir())) == 4
    with pytest.raises(RecorderError, match=r"it is a folder; write .*/ for one of pictures"):
        kinds.kind_of(str(tmp_path / "show"))


def test_what_has_no_room_is_dropped_counted_and_said(tmp_path, monkeypatch):
    monkeypatch.setattr("live.recording.film_recorder.QUEUE_BYTES", 1)  # room for four pictures
    recorder = FilmRecorder(tmp_path / "show.mov", 256, 256, FPS)
    noise = rng_of(0).integers(0, 255, (256, 256, 4), np.uint8)
    assert recorder.warning == ""
    longest = 0.0
    for number in range(100):
        began = time.thread_time()
        recorder.add_frame(noise, number / FPS)
        longest = max(longest, time.thread_time() - began)
    assert f"has left out {recorder.n_dropped} pictures" in recorder.warning
    recorder.close()
    assert recorder.n_dropped > 0 and recorder.error == "" and longest < 0.005
    film = decoded(recorder.path)
    assert film.times == pytest.approx(np.arange(len(film.times)) / FPS, abs=1e-3)


@pytest.mark.parametrize("background", ["target", "green"])
def test_a_show_is_filmed_cut_out_whatever_is_behind_the_dancer(tmp_path, background):
    settings = Settings(
        target="skeleton", background=background, record=str(tmp_path / "a") + "/", size=128,
        output=(320, 180),
    )  # fmt: skip
    screen = open_screen(settings, "skeleton")
    shown, _ = screen.picture(STANDING)
    recorders = Recorders(settings, screen.placement.output, None, offline=True)
    recorders.add_picture(shown.image, shown.cutout, 0.0)
    recorders.add_picture(shown.image, shown.cutout.nobody(), 1 / 30)
    recorders.close()
    assert recorders.error == ""
    film = decoded(tmp_path / "a")
    fitted = Fitting((320, 180), (320, 180)).cutout(shown.cutout)
    expected = whole(fitted, (320, 180))
    assert film.pictures[0].shape == (180, 320, 4) and (film.pictures[0][..., 3] > 0).any()
    assert (film.pictures[0][..., 3] == expected[..., 3]).all()
    off = np.abs(multiplied(film.pictures[0]).astype(int) - expected)
    assert off.max() <= 1
    assert not film.pictures[1].any(), "blackout: nothing is seen"


def test_the_paper_form_is_told_what_to_write(monkeypatch):
    from live.picture import screen

    class Maskless:
        name, has_mask, size = "paper", False, 64

    monkeypatch.setattr(screen, "SkeletonPainter", lambda *_: Maskless())
    with pytest.raises(BundleError, match=r"has no mask .*: give --record a name .* \.mp4"):
        open_screen(Settings(record="a.WEBM"), "skeleton")


def test_the_two_lists_of_films_alone_agree():
    for name, kind in kinds.KINDS.items():
        assert kind.has_alpha == (name in CUT_OUT_FILMS) == Settings(record=name).is_filmed_alone
    assert kinds.kind_of("a/").has_alpha and Settings(record="a/").is_filmed_alone
    assert not Settings().is_filmed_alone


def test_sound_of_a_folder_is_a_wav_that_is_whole_at_any_time(tmp_path):
    recorder = recorder_of(tmp_path, "show/", 44_100, 1, offline=True)
    tone = (0.5 * np.sin(np.arange(44_100) / 20)).astype(np.float32)[:, None]
    recorder.add_audio(AudioBlock(tone, 44_100, 0, 0.0))
    recorder.add_frame(dancer(0), 0.0)
    end = time.monotonic() + 10
    while not len(early := decoded(recorder.part).sound) and time.monotonic() < end:
        time.sleep(0.02)
    assert np.allclose(early, tone, atol=1e-4)
    recorder.close()
    film = decoded(Path(recorder.path))
    assert np.allclose(film.sound, tone, atol=1e-4) and len(film.pictures) == 30
