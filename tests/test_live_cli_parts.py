"""What the command line decides before a show and says after it, in this process."""

import argparse
import json
import logging
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from live import check, cli
from live.calibration import calibrate
from live.calibration.clicks import RoundTrip
from live.calibration.delays import Delays, read_delays, write_delays
from live.core.messages import AudioBlock
from live.core.settings import OutputSettings, Settings
from live.guard import CRASHED, OVER
from live.outputs.kind import OutputError
from live.recording import left_behind
from live.show import show as show_file
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
        (
            Settings(offline=True, record="a.mp4", outs=(OutputSettings("web", "8765"),)),
            "leave it out with --offline",
        ),
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
    told = cli._credits(Settings(target="alice-512", dance="free"), False)
    assert told.startswith("dancelive: target alice, formerly alice-512 (CC BY 4.0), dance free (")
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
    resume = SimpleNamespace(place=0.5, song=(0, ""), time=lambda: 0.75)
    source = cli._source(settings, None, resume)
    assert isinstance(source, AudioFileSource) and source.duration == 0.75
    assert sum(len(block.samples) for block in source.blocks()) == 6_000
    whole = cli._source(Settings(input=str(song), mute=True), None, resume)
    assert sum(len(block.samples) for block in whole.blocks()) == 12_000


def test_what_the_guard_tells_its_show(tmp_path):
    args = argparse.Namespace(going_on=None, mute=False, input="mic")
    assert cli._resume(args) is None
    for mute, name, is_aloud in ((False, "a.mp3", True), (True, "a.mp3", False),
                                 (False, "a.npz", False)):  # fmt: skip
        args = argparse.Namespace(
            going_on=[str(tmp_path / "s.json"), "12.5", "3"], mute=mute, input=name
        )
        told = cli._resume(args)
        assert (told.file, told.n_crashes) == (tmp_path / "s.json", 3)
        assert (told._crashed_at, told._is_aloud) == (12.5, is_aloud)


@pytest.mark.parametrize(
    "words", ["--offline", "--check", "--list-devices", "--calibrate", "--try-out=web"]
)
def test_only_a_live_show_is_guarded(words, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--guard", words])
    assert caught.value.code == 2
    assert "--guard watches over a live show: leave it out here." in capsys.readouterr().err


def test_the_lists(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    assert cli.main(["--list-targets"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition("  (")[0] for line in lines] == [
        "alice",
        "bob",
        "skeleton",
    ]
    assert lines[0] == "alice  (shipped, 1024 px and any other; CC BY 4.0)"
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
    for line in ("dances      ballroom, club, free", "targets     alice, bob",
                 "hears by    ear"):  # fmt: skip
        assert line in said
    assert said[-1] == "ready: try `dancelive --input demo --target alice`"
    monkeypatch.setattr(check, "engines", lambda say: False)
    assert check.report(said.append) == 1
    assert said[-1].startswith("not ready: without onnxruntime")
    monkeypatch.setattr(check, "engines", lambda say: True)
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


# a show from its beginning to its exit code


class Shown:
    """A show that tells what is done with it."""

    remote = None

    def __init__(self, order, error="", stops=None, is_broken=False):
        self.order, self.error, self.is_broken, self._stops = order, error, is_broken, stops

    def __call__(self, *given):
        self.given = given
        return self

    def start(self, lost):
        self.lost = lost
        self.order.append("start")

    def run(self):
        self.order.append("run")
        if self._stops is not None:
            raise self._stops

    def finish(self):
        self.order.append("finish")
        return {"frames": 3}


@pytest.fixture
def shown(monkeypatch):
    """Makes a show; nothing of it is real but what the command line does with it."""
    order = []
    monkeypatch.setattr(cli, "hear_no_more", lambda: order.append("deaf"))

    def make(**told):
        made = Shown(order, **told)
        monkeypatch.setattr(show_file, "Show", made)
        return made

    return make


SKELETON = Settings(target="skeleton", dance="free", headless=True)


def test_a_show_is_started_run_and_finished_in_this_order(shown, capsys):
    made = shown()
    assert cli._live(SKELETON, "source", None, "resume", None) == ({"frames": 3}, False)
    assert made.order == ["start", "run", "deaf", "finish"]
    assert made.given == (SKELETON, "source", cli.STARTED_AT, None, "resume", None)
    assert capsys.readouterr().err.startswith("dancelive: dance free (")
    assert cli._live(SKELETON, "source", "poses", None, None)[0] == {"frames": 3}
    assert capsys.readouterr().err == "dancelive: skeleton\n"


def test_where_other_software_finds_the_dancer_is_said(shown, capsys):
    shown()
    outs = (
        OutputSettings("web", "9000"),
        OutputSettings("web", "9001", options=(("host", "::1"),)),
    )
    cli._live(replace(SKELETON, outs=outs), "source", "poses", None, None)
    assert capsys.readouterr().err == (
        "dancelive: skeleton\ndancelive: web:9000 is at http://127.0.0.1:9000/\n"
        "dancelive: web:9001 is at http://[::1]:9001/\n"
    )


def test_a_show_that_is_stopped_or_breaks_is_finished_as_well(shown):
    made = shown(stops=KeyboardInterrupt(), error="No film.", is_broken=True)
    assert cli._live(SKELETON, "source", None, None, None) == (
        {"frames": 3, "error": "No film."},
        True,
    )
    assert made.order == ["start", "run", "deaf", "finish"]
    made = shown(stops=ValueError("a bug"))
    made.order.clear()
    with pytest.raises(ValueError, match="a bug"):
        cli._live(SKELETON, "source", None, None, None)
    assert made.order == ["start", "run", "deaf", "finish"]


@pytest.mark.parametrize(
    ("before", "said"), [("", "The display is gone, so the show is over."), ("oh", "oh")]
)
def test_a_display_that_goes_away_ends_the_show_and_its_process(
    shown, capsys, monkeypatch, before, said
):
    made, codes = shown(), []
    monkeypatch.setattr(cli.os, "_exit", codes.append)
    cli._live(SKELETON, "source", None, None, None)
    made.error = before
    made.order.clear()
    made.lost()
    assert codes == [1] and made.order == ["deaf", "finish"]
    assert capsys.readouterr().err.endswith(f"dancelive: {said}\n")


@pytest.mark.parametrize(
    ("asked", "there", "is_headless"),
    [(False, True, False), (False, False, True), (True, False, True), (True, True, True)],
)
def test_without_a_display_the_show_goes_on_without_a_window(
    monkeypatch, capsys, asked, there, is_headless
):
    from live.window import display

    found = display.Display(there, "" if there else "No display.")
    monkeypatch.setattr(display, "find_display", lambda: found)
    assert cli._display(Settings(headless=asked)) == Settings(headless=is_headless)
    said = "dancelive: no window: No display. The show goes on without one.\n"
    assert capsys.readouterr().err == (said if not asked and not there else "")


SCREENS = (("laptop", (1366, 768)), ("HDMI-1", (3840, 2160)))


@pytest.mark.parametrize(
    ("asked", "stage"),
    [
        ({"fullscreen": ""}, (1920, 1080)), ({"fullscreen": "0"}, (1366, 768)),
        ({"fullscreen": "hdmi-1"}, (1920, 1080)), ({"fullscreen": "no such"}, (1920, 1080)),
        ({"fullscreen": "0", "output": (640, 360)}, (640, 360)), ({}, (0, 0)),
    ],
)  # fmt: skip
def test_in_full_screen_the_stage_has_the_shape_of_its_screen(monkeypatch, asked, stage):
    from live.window import display

    found = display.Display(True, screens=SCREENS)
    monkeypatch.setattr(display, "find_display", lambda: found)
    assert cli._display(Settings(**asked)).output == stage
    monkeypatch.setattr(display, "find_display", lambda: display.Display(True))
    assert cli._display(Settings(**asked)).output == asked.get("output", (0, 0)), "not known"


class Before:
    """What a show before this one left."""

    n_crashes = 1

    def __init__(self, folder, at=5.0):
        self.file, self._at = folder / "state.json", at
        self.before = SimpleNamespace(recordings={"a.part.mp4": "a.mp4"})

    def time(self):
        return self._at

    def settings(self, asked):
        return replace(asked, target="bob")


@pytest.fixture
def performed(monkeypatch):
    """What of a performance is asked for."""
    asked = SimpleNamespace(finished=[], lives=[], is_broken=False, error="")

    def live(settings, source, poses, resume, memory):
        asked.lives.append(settings)
        return {"error": asked.error}, asked.is_broken

    finished = asked.finished
    monkeypatch.setattr(left_behind, "finish_left_behind", lambda *given: finished.append(given))
    monkeypatch.setattr(cli, "_source", lambda settings, poses, resume: "source")
    monkeypatch.setattr(
        cli, "_calibrated", lambda settings, source: replace(settings, delay_ms=7.0)
    )
    monkeypatch.setattr(cli, "_live", live)
    monkeypatch.setattr(cli, "stay_small", lambda: None)
    return asked


def test_the_delay_that_was_given_goes_before_the_one_that_was_measured(performed):
    for is_given, ms in ((False, 7.0), (True, 0.0)):
        assert cli._perform(SKELETON, is_given, None) == 0
        assert performed.lives.pop() == replace(SKELETON, delay_ms=ms)
    performed.error = "No film."
    assert cli._perform(SKELETON, True, None) == 1
    performed.is_broken = True
    assert cli._perform(SKELETON, True, None) == 1, "without a guard it is just an end"
    assert performed.finished == []


def test_an_output_that_cannot_work_is_refused_but_not_after_a_crash(performed, tmp_path):
    """Before anything is opened; a show that comes back tries it again and again."""
    settings = replace(SKELETON, outs=(OutputSettings("web", "0", options=(("host", "::"),)),))
    with pytest.raises(OutputError, match="needs a token"):
        cli._perform(settings, True, None)
    assert performed.lives == []
    assert cli._perform(settings, True, Before(tmp_path)) == 0
    assert performed.lives[0].outs == settings.outs


@pytest.mark.parametrize(
    ("duration", "is_over"), [(0.0, False), (4.9, True), (5.0, True), (5.1, False)]
)
def test_after_a_crash_what_was_left_is_finished_and_the_rest_is_played(
    performed, tmp_path, duration, is_over
):
    settings = replace(SKELETON, duration=duration, overwrite=True)
    resume = Before(tmp_path)
    assert cli._perform(settings, True, resume) == 0
    assert performed.finished == [({"a.part.mp4": "a.mp4"}, True)]
    assert performed.lives == ([] if is_over else [replace(settings, target="bob")])
    assert resume.file.with_suffix(OVER).exists() != is_over


@pytest.mark.parametrize(
    ("is_broken", "error", "code"), [(False, "", 0), (False, "oh", 1), (True, "oh", CRASHED)]
)
def test_the_guard_is_told_how_it_ended_unless_it_broke(
    performed, tmp_path, is_broken, error, code
):
    performed.is_broken, performed.error = is_broken, error
    resume = Before(tmp_path)
    resume.before = None
    assert cli._perform(SKELETON, True, resume) == code
    assert performed.finished == [] and performed.lives == [SKELETON]
    told = resume.file.with_suffix(OVER)
    assert (told.read_text() if told.exists() else None) == (None if is_broken else str(code))


def test_offline_there_is_no_window_and_the_sound_is_not_calibrated(performed, monkeypatch):
    from live.show import offline

    given = []

    class Rendered:
        def __init__(self, settings, source, poses):
            given.append((settings, source, poses))

        def run(self):
            return {"error": ""}

    monkeypatch.setattr(offline, "OfflineShow", Rendered)
    settings = Settings(target="skeleton", offline=True, record="a.mp4")
    assert cli._perform(settings, False, None) == 0
    assert given == [(replace(settings, headless=True), "source", None)] and not performed.lives


def test_calibrating_that_is_stopped_changes_nothing(monkeypatch, capsys):
    def stopped(settings, say):
        raise KeyboardInterrupt

    monkeypatch.setattr(calibrate, "calibrate", stopped)
    assert cli.main(["--calibrate"]) == 1
    assert capsys.readouterr().err == "dancelive: stopped; the delays are as they were.\n"
    monkeypatch.setattr(calibrate, "calibrate", lambda settings, say: 4)
    assert cli.main(["--calibrate"]) == 4


def test_each_list_is_told_alone(monkeypatch):
    told = []
    monkeypatch.setattr(check, "report", lambda say: told.append("check") or 3)
    monkeypatch.setattr(check, "list_devices", lambda say: told.append("devices"))
    monkeypatch.setattr(check, "list_bundles", lambda kind, say: told.append(kind))
    for word, kind, code in (
        ("--check", "check", 3), ("--list-devices", "devices", 0), ("--list-targets", "target", 0),
        ("--list-dances", "dance", 0),
    ):  # fmt: skip
        told.clear()
        assert cli.main([word]) == code and told == [kind]
