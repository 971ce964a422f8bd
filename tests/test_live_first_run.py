"""--try-out alone: every part told or told why not, and nobody named."""

import json
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from virtual_mic import needs_virtual_mic, virtual_mic_server

from live import cli, first_run
from live.arguments.parser import parser
from live.arguments.values import ALL
from live.core.messages import AudioBlock
from live.core.nameless import without_folders, without_names
from live.outputs import flag, kinds
from live.outputs.kind import Kind
from live.outputs.kinds import KINDS
from live.sound import microphone, portaudio
from live.sound.portaudio import InputDevice
from live.sound.source import SourceError

# names


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no /home/anna/films/show.mp4 there", "no .../show.mp4 there"),
        (r"no C:\Users\Anna Bell\x there", "no .../x there"),
        (r"\\server\share\set\a.mp3: gone", ".../a.mp3: gone"),
        ("http://127.0.0.1:8765/ and rtmp://host/app/key", None),
        ("30 pictures/s, 1/2, and/or", None),
    ],
)
def test_of_a_path_the_last_name_is_left(text, told):
    assert without_folders(text) == (told or text)


def test_names_are_whole_words(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "vm")
    text = f"llvmpipe on vm in {Path.home()}/x of Anna's AirPods"
    told = without_names(text, {"Anna's AirPods": "INPUT 1", "": "nothing"})
    assert told == "llvmpipe on COMPUTER in ~/x of INPUT 1"


# the parts


@pytest.fixture
def said(monkeypatch, tmp_path):
    """What is told by parts that cost nothing, with the name of a person in all of them."""
    monkeypatch.setattr(socket, "gethostname", lambda: "annas-laptop")
    for part in ("_sound_in", "_sound_out"):
        monkeypatch.setattr(
            first_run, part, lambda names: f"heard in {Path.home()} by annas-laptop"
        )
    for part in ("_drawing", "_dancing", "_midi", "_link"):
        monkeypatch.setattr(first_run, part, lambda: "works, see /home/anna/notes.txt")
    monkeypatch.setattr(first_run, "_show", lambda folder, told: "30 pictures a second")
    monkeypatch.setattr(first_run.check, "engines", lambda say: say("  cpu works"))
    monkeypatch.setattr(first_run, "_outputs", lambda told, folder: None)
    return []


def test_each_part_has_its_line_and_nobody_is_named(said):
    assert first_run.first_run(False, said.append) == 0
    parts = [line[:12].strip() for line in said]
    assert parts == [
        "dancelive", "packages", "sound in", "sound out", "", "drawing", "dancing", "show", "MIDI",
        "Link", "all",
    ]  # fmt: skip
    assert not re.search(rf"anna|{re.escape(str(Path.home()))}", "\n".join(said))
    assert said[2] == "sound in    heard in ~ by COMPUTER"
    assert re.fullmatch(r"all +took \d+ s", said[-1])


def test_mute_is_silent(said):
    first_run.first_run(True, said.append)
    assert not any(line.startswith("sound out") for line in said)


def test_a_part_that_breaks_is_told_and_the_next_is_tried(said, monkeypatch):
    def breaks(*_):
        raise SourceError('The input "mic" is gone\nand more')

    monkeypatch.setattr(first_run, "_sound_in", breaks)
    monkeypatch.setattr(first_run, "_show", breaks)
    assert first_run.first_run(True, said.append) == 1
    assert said[2] == 'sound in    SourceError: The input "mic" is gone'
    assert [line[:4] for line in said[-3:]] == ["MIDI", "Link", "all "]


class MadeMicrophone:
    """Hears a tone of -20 dBFS, or only zeros."""

    rate, channels, overflows, level, name = 48000, 1, 0, 0.1 * np.sqrt(2), "Anna's AirPods"

    def start(self, put):
        tone = np.sin(np.linspace(0, 20 * np.pi, 480, endpoint=False))[:, None]
        for number in range(10):
            put(AudioBlock((self.level * tone).astype(np.float32), 48000, number * 480, 0.0))
        self.status = f'listening to "{self.name}"'

    def stop(self):
        pass


def test_what_is_heard_is_told_without_the_names_of_devices(monkeypatch):
    device = InputDevice(0, "Anna's AirPods", "Core Audio", 1, 48000, True, False)
    monkeypatch.setattr(portaudio, "list_devices", lambda: [device])
    monkeypatch.setattr(microphone, "Microphone", MadeMicrophone)
    monkeypatch.setattr(first_run, "HEAR_S", 0.0)
    lines = []
    told = first_run._Told(lines.append)
    assert first_run._part(told, "sound in", lambda: first_run._sound_in(told.names))
    assert re.fullmatch(
        r"sound in    1 inputs \(Core Audio\); opened in \d+ ms, 10 blocks in 0 s, 0 lost,"
        r' 48000 Hz, 1 channels, -20 dBFS; listening to "INPUT 1"',
        lines[0],
    )


@pytest.mark.device
@needs_virtual_mic
def test_a_microphone_and_a_loudspeaker_are_tried(tmp_path, monkeypatch):
    tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(20 * 48_000) / 48_000)
    soundfile.write(tmp_path / "tone.wav", tone, 48_000)
    with virtual_mic_server() as mic:
        mic.start("Annas_Mic")
        mic.play(tmp_path / "tone.wav", "Annas_Mic")
        for name, value in mic.env.items():
            monkeypatch.setenv(name, value)
        lines = []
        told = first_run._Told(lines.append)
        assert first_run._part(told, "sound in", lambda: first_run._sound_in(told.names))
        assert first_run._part(told, "sound out", lambda: first_run._sound_out(told.names))
    heard, played = lines
    assert re.search(r" \(ALSA, PulseAudio\); opened in \d+ ms, [1-9]\d* blocks in 2.5 s", heard)
    assert re.search(r"-1\d dBFS; listening to \".*INPUT \d\"$", heard)
    assert re.match(r"sound out   1.5 s of music at \d+ Hz ended after [\d.]+ s, ran empty", played)
    assert "Anna" not in heard + played


def test_the_dance_is_timed_on_the_processor():
    pytest.importorskip("onnxruntime")
    assert re.match(r"a chunk of 100 ms of club takes .*cpu [\d.]+ ms", first_run._dancing())


def test_the_outputs_that_are_there_are_tried(monkeypatch, tmp_path):
    made = {
        "works": Kind("works", lambda opening: SimpleNamespace(
            state="", send=lambda frame: True, close=lambda: None)),
        "lacks": Kind("lacks", lambda opening: None, missing=lambda: "it is not installed."),
        "breaks": Kind("breaks", lambda opening: 1 / 0),
    }  # fmt: skip
    monkeypatch.setattr(first_run, "OUT_S", 0.2)
    for room in (kinds, flag):
        monkeypatch.setattr(room, "KINDS", dict.fromkeys(made, ""))
        monkeypatch.setattr(room, "kind_of", made.__getitem__)
    lines = []
    first_run._outputs(first_run._Told(lines.append), tmp_path)
    assert re.fullmatch(r"out works   opened in \d+ ms, \d+ pictures left, 0 dropped", lines[0])
    assert lines[1:] == [
        "out lacks   it is not installed.",
        "out breaks  ZeroDivisionError: division by zero",
    ]


def test_a_real_show_is_started_and_filmed(monkeypatch, tmp_path):
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(first_run, "SHOW_S", 2.0)
    lines = []
    shown = first_run._show(tmp_path, first_run._Told(lines.append))
    assert re.search(r"^window, [\d.]+ s at [\d.]+ pictures a second; \d+ of \d+ late; ", shown)
    assert re.search(r"painting p50 [\d.]+, p99 [\d.]+; shown too late p50 ", shown)
    assert any(re.match(r"display     works, screens \d+x\d+", line) for line in lines)
    assert any(re.match(r"film        \d+ pictures of \d+x\d+, with sound", line) for line in lines)
    assert (tmp_path / "last.toml").exists(), "the performer's own last show stays as it was"


def test_a_show_that_fails_says_why(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    (tmp_path / "alice").mkdir()
    (tmp_path / "alice" / "manifest.json").write_text("{}")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    lines = []
    told = first_run._Told(lines.append)
    assert not first_run._part(told, "show", lambda: first_run._show(tmp_path, told))
    assert any(line.startswith("  it said   dancelive: Bundle alice") for line in lines)
    assert lines[-1] == "show        RuntimeError: the show ended with 1"


def test_stats_without_a_window_are_told_too():
    stats = json.loads(
        '{"duration_s": 8, "fps": 30, "frames": 240, "frames_late": 1, "first_frame_s": null,'
        ' "engine": "cpu", "precision": "fp32", "frame_error_ms": null, "chunks_lost": 0,'
        ' "rss_mb": 280.2, "part_restarts": {}}'
    )
    told = first_run.in_words(stats)
    assert told.startswith("8 s at 30 pictures a second; 1 of 241 late; ") and "none" in told


# the flag


def test_alone_it_tries_all(monkeypatch):
    assert parser().parse_args(["--try-out"]).try_out == ALL
    assert parser().parse_args(["--try-out", "web"]).try_out == "web"
    assert ALL not in KINDS
    asked = []
    monkeypatch.setattr(first_run, "first_run", lambda mute, say: asked.append(mute) or 3)
    assert cli.main(["--try-out", "--mute"]) == 3 and asked == [True]
