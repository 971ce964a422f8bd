"""What the command line decides before a show and says after it, in this process."""

import argparse
import json
import logging
from types import SimpleNamespace

import numpy as np
import pytest

from live import check, cli
from live.calibration import calibrate
from live.calibration.clicks import RoundTrip
from live.calibration.delays import Delays, read_delays, write_delays
from live.core.messages import AudioBlock
from live.core.settings import Settings
from live.sound.microphone import Microphone
from live.sound.open import AudioFileSource, SilentSource
from live.sound.source import SourceError
from models import bundle
from models.pose_file import Keypoints, write_pose_file
from models.skeleton import STANDING


@pytest.fixture(autouse=True)
def _same_logging():
    """`main` sets up logging for its process."""
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]


def _delayed(tmp_path, monkeypatch, delays):
    monkeypatch.setenv("DANCELIVE_DELAYS", str(tmp_path / "delays.json"))
    write_delays(delays)


@pytest.mark.parametrize(
    ("picture", "ms", "said"),
    [
        (0.03, 30.0, "the picture 30 ms later, as calibrated\n"),
        (-0.15, -150.0, "the picture 150 ms earlier, as calibrated\n"),
        (-0.2, -200.0, "the picture 200 ms earlier, as calibrated\n"),
        (-0.3, -200.0,
         "the picture 200 ms earlier, as calibrated as far as the dance is known before\n"),
    ],
)  # fmt: skip
def test_a_calibrated_device_is_used_as_far_as_the_dance_is_foreseen(
    tmp_path, monkeypatch, capsys, picture, ms, said
):
    _delayed(tmp_path, monkeypatch, Delays().with_picture("HDMI", picture))
    source = SimpleNamespace(microphone="", loudspeaker="HDMI")
    settings = cli._calibrated(Settings(fps=25.0), source)
    assert settings == Settings(fps=25.0, delay_ms=pytest.approx(ms))
    assert capsys.readouterr().err == f"dancelive: {said}"
    other = SimpleNamespace(microphone="mic", loudspeaker="")
    assert cli._calibrated(Settings(), other) == Settings()
    assert capsys.readouterr().err == ""


def test_what_cannot_be_written_is_refused_before_the_show(tmp_path):
    for settings, why in (
        (Settings(offline=True), "--offline needs --record"),
        (Settings(stats=str(tmp_path / "none" / "a.json")), "does not exist"),
        (Settings(stats=str(tmp_path)), "is a folder"),
    ):
        with pytest.raises(SourceError, match=why):
            cli._check_files(settings)
    cli._check_files(Settings(offline=True, record="a.mp4", stats=str(tmp_path / "a.json")))
    cli._check_files(Settings(offline=True, record_poses="a.npz"))
    cli._check_files(Settings(stats="a.json"))


def test_how_a_show_ends(tmp_path, capsys):
    stats = Settings(stats=str(tmp_path / "a.json"))
    assert cli._end(stats, {"frames": 3}) == 0
    assert json.loads((tmp_path / "a.json").read_text()) == {"frames": 3}
    assert cli._end(Settings(), {"error": ""}) == 0
    assert capsys.readouterr().err == ""
    assert cli._end(stats, {"error": "It broke."}) == 1
    assert capsys.readouterr().err == "dancelive: It broke.\n"
    gone = Settings(stats=str(tmp_path / "none" / "a.json"))
    assert cli._end(gone, {"error": "It broke."}) == 1
    said = capsys.readouterr().err
    assert said.startswith("dancelive: It broke. The statistics are lost: ") and "none" in said


def test_who_dances_is_told_with_the_licences():
    told = cli._credits(Settings(target="alice", dance="free"), False)
    assert told.startswith("dancelive: target alice (") and ", dance free (CC0" in told
    assert cli._credits(Settings(target="skeleton", dance="free"), False).startswith(
        "dancelive: dance free ("
    )
    assert cli._credits(Settings(target="skeleton"), True) == "dancelive: skeleton"
    assert "dance" not in cli._credits(Settings(target="bob"), True).partition(":")[2]


def test_what_is_played_is_known_by_its_name(tmp_path):
    path = tmp_path / "a.NPZ"
    points = np.ones((30, 18, 3), np.float32)
    points[..., :2] = 100 + 40 * STANDING
    write_pose_file(path, Keypoints(points, (200, 200), np.arange(30) / 10, 10.0))
    assert cli._is_pose_file(str(path)) and cli._is_pose_file("a.npy")
    assert not cli._is_pose_file("a.mp3") and not cli._is_pose_file("mic")
    assert cli._pose_file(Settings(input="demo"), None) is None
    poses = cli._pose_file(Settings(input=str(path)), None)
    assert poses.duration == pytest.approx(3.0)
    later = cli._pose_file(Settings(input=str(path)), SimpleNamespace(place=1.0))
    assert later.duration == pytest.approx(2.0)
    assert isinstance(cli._source(Settings(input=str(path)), poses, None), SilentSource)


def test_after_a_crash_a_song_is_played_from_its_place_for_what_is_left(tmp_path):
    import soundfile

    song = tmp_path / "a.wav"
    soundfile.write(song, np.zeros(16_000), 8_000)
    settings = Settings(input=str(song), duration=1.5, mute=True)
    assert cli._source(settings, None, None).duration == 1.5
    resume = SimpleNamespace(place=0.5, time=lambda: 0.75)
    source = cli._source(settings, None, resume)
    assert isinstance(source, AudioFileSource) and source.duration == 0.75
    assert sum(len(block.samples) for block in source.blocks()) == 6_000
    whole = cli._source(Settings(input=str(song), mute=True), None, resume)
    assert sum(len(block.samples) for block in whole.blocks()) == 12_000


def test_what_the_guard_tells_its_show(tmp_path):
    args = argparse.Namespace(resume=None, mute=False, input="mic")
    assert cli._resume(args) is None
    for mute, name, is_aloud in ((False, "a.mp3", True), (True, "a.mp3", False),
                                 (False, "a.npz", False)):  # fmt: skip
        args = argparse.Namespace(
            resume=[str(tmp_path / "s.json"), "12.5", "3"], mute=mute, input=name
        )
        told = cli._resume(args)
        assert (told.file, told.n_crashes) == (tmp_path / "s.json", 3)
        assert (told._crashed_at, told._is_aloud) == (12.5, is_aloud)


@pytest.mark.parametrize("words", ["--offline", "--check", "--list-devices", "--calibrate"])
def test_only_a_live_show_is_guarded(words, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--guard", words])
    assert caught.value.code == 2
    assert "--guard watches over a live show: leave it out here." in capsys.readouterr().err


def test_the_lists(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    assert cli.main(["--list-targets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  (")[0] for line in lines] == ["alice", "alice-512", "bob", "skeleton"]
    assert lines[1].startswith("alice-512  (shipped, 512 px; ")
    assert lines[-1] == "skeleton  (drawn, needs no network)"
    (tmp_path / "free").symlink_to(bundle.SHIPPED / "free")
    assert cli.main(["--list-dances"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("free  (yours; CC0")
    assert lines[1].startswith("ballroom  (shipped; ")
    assert lines[2] == "    styles: cha-cha, rumba, waltz"


def test_what_is_said_when_a_bundle_is_missing(capsys):
    assert cli.main(["--target", "nobody", "--headless", "--mute", "--input", "demo"]) == 1
    assert capsys.readouterr().err.startswith("dancelive: There is no target 'nobody'; ")


def test_what_works_here_is_told_part_by_part(monkeypatch, tmp_path):
    _delayed(tmp_path, monkeypatch, Delays().with_loop("mic", "HDMI", 0.08))
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path / "own"))
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(check, "_sound", lambda say: say("sound"))
    said = []
    assert check.report(said.append) == 0
    told = "\n".join(said)
    assert "\n  cpu       works\n" in told
    assert 'calibrated  the picture 80 ms earlier for "mic"' in said
    assert f"own bundles {tmp_path / 'own'}" in said
    for line in ("dances      ballroom, club, free", "targets     alice, alice-512, bob",
                 "ears        ear"):  # fmt: skip
        assert line in said
    assert said[-1] == "ready: try `dancelive --input demo --target alice`"
    monkeypatch.setattr(check, "_engines", lambda say: False)
    assert check.report(said.append) == 1
    assert said[-1].startswith("not ready: without onnxruntime")
    monkeypatch.setattr(check, "_engines", lambda say: True)
    monkeypatch.setattr(check, "_bundles", lambda say, engines: False)
    assert check.report(said.append) == 1


def test_an_engine_that_nobody_ran_is_told_as_such():
    assert check._unproven("cpu") == ""
    assert check._unproven("cuda") == ", never run before by the makers of this program"


# --calibrate, without its devices


def test_no_two_sums_of_neighbouring_gaps_are_alike():
    """Only the true delay suits all clicks."""
    gaps = np.array(calibrate.GAPS_S)
    sums = [gaps[a:b].sum() for a in range(len(gaps)) for b in range(a + 1, len(gaps) + 1)]
    short = np.sort([s for s in sums if s < 1.1])
    assert np.diff(short).min() > 0.009
    assert calibrate.TIMES_S[0] == 1.5 and np.diff(calibrate.TIMES_S) == pytest.approx(gaps)


def test_what_was_heard_lies_where_it_was_heard():
    heard = calibrate._Listening(keeps=True)
    assert heard.sound().shape == (0,) and not heard.began.is_set()
    for first in (0, 20):
        heard.put(AudioBlock(np.float32([[0.2, 0.4]] * 10), 1_000, first, 5.0 + first / 1_000))
    sound = heard.sound()
    assert sound == pytest.approx([0.3] * 10 + [0.0] * 10 + [0.3] * 10)
    assert heard.began.is_set() and heard.clock.is_told
    kept = calibrate._Listening(keeps=False)
    kept.put(AudioBlock(np.zeros((10, 1), np.float32), 1_000, 0, 5.0))
    assert kept.blocks == [] and kept.began.is_set()


class Mic(Microphone):
    """A name alone."""

    def __init__(self):
        self.name = "mic"


@pytest.fixture
def room(monkeypatch, tmp_path):
    """A computer with a loudspeaker, and what the clicks came back like."""
    _delayed(tmp_path, monkeypatch, Delays())
    made = SimpleNamespace(trip=RoundTrip(0.0815, 0.001, 12), said=[], source=Mic())

    def source(name):
        if made.source is None:
            raise SourceError("There is no sound input.")
        return made.source

    monkeypatch.setattr(calibrate, "playable_rate", lambda rate, channels: rate)
    monkeypatch.setattr(calibrate, "default_output", lambda: "HDMI")
    monkeypatch.setattr(calibrate, "open_source", source)
    monkeypatch.setattr(calibrate, "measure_loop", lambda microphone: made.trip)
    monkeypatch.setattr(calibrate, "has_display", lambda: (False, "There is no display."))
    made.calibrate = lambda **asked: calibrate.calibrate(Settings(**asked), made.said.append)
    return made


def test_a_loop_that_is_heard_is_kept(room):
    assert room.calibrate() == 0
    assert read_delays().of("mic", "") == pytest.approx(-0.0815)
    told = "\n".join(room.said)
    assert "81.5 ms from loudspeaker to microphone (12 of 12 clicks, within 1.0 ms)" in told
    assert 'from now on  the picture 82 ms earlier for the input "mic"' in told
    assert "eye and ear  left out: There is no display." in told
    room.said.clear()
    assert room.calibrate() == 1, "the same again"
    assert room.said[-1] == "nothing new to keep"


@pytest.mark.parametrize(
    ("trip", "why"),
    [(None, "does not hear the clicks"), (RoundTrip(0.08, 0.0051, 12), "5 ms apart")],
)
def test_what_is_not_heard_well_is_not_kept(room, trip, why):
    room.trip = trip
    assert room.calibrate() == 1
    assert why in "\n".join(room.said) and not read_delays()
    room.trip = RoundTrip(0.08, 0.005, 12)
    assert room.calibrate() == 0


def test_without_a_microphone_only_who_named_it_is_refused(room, monkeypatch):
    room.source = None
    assert room.calibrate() == 1
    assert room.said[0] == "microphone   There is no sound input."
    with pytest.raises(SourceError):
        room.calibrate(input="Scarlett")
    asked = []
    monkeypatch.setattr(calibrate, "has_display", lambda: (True, ""))
    monkeypatch.setattr(
        calibrate, "_by_eye",
        lambda found, *_: asked.append(1) or found.with_picture("HDMI", 0.03),
    )  # fmt: skip
    assert room.calibrate(headless=True) == 1 and not asked
    assert room.calibrate() == 0 and asked
    assert read_delays().of("", "HDMI") == pytest.approx(0.03)
    assert room.said[-1] == ('from now on  the picture 30 ms later for what plays through "HDMI"')
    monkeypatch.setattr(calibrate, "playable_rate", lambda rate, channels: None)
    with pytest.raises(SourceError, match="There is no sound output"):
        room.calibrate()
