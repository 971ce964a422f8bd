"""The flags of a show: what is asked for without any, how far each goes, and what they become."""

import argparse
from dataclasses import MISSING, fields

import numpy as np
import pytest

from live.arguments import parser, settings_of
from live.core.keys import BEAT_KEYS, SHOW_KEYS, bar_line, help_text
from live.core.messages import (
    AudioBlock,
    AudioChunk,
    Beat,
    Blackout,
    Freeze,
    Fullscreen,
    Meters,
    Mirror,
    SetPhaseLock,
)
from live.core.settings import Settings
from live.osc.address import OscError


def _asked(*words):
    return settings_of(parser().parse_args(words))


def _refused(*words):
    with pytest.raises(SystemExit) as caught:
        _asked(*words)
    return caught.value.code == 2


def test_a_show_that_nothing_is_asked_of():
    """As README, docs/osc.md and --help tell it."""
    assert _asked() == Settings() == Settings(
        input="mic", target="alice", dance="club", osc=(), osc_rate=30.0, osc_in=0,
        osc_root="/dancelive", osc_flip_y=False, osc_pixels=False, record="", record_poses="",
        overwrite=False, headless=False, offline=False, duration=0.0, engine="auto", size=0,
        output=(0, 0), fit="contain", background="target", fullscreen=-1, fps=30.0, adapt=True,
        seed=0, bpm=0.0, phase_lock=True, style="auto", temperature=1.0, delay_ms=0.0, stats="",
        mute=False, guard=False,
    )  # fmt: skip


ASKED = {
    "input": ("--input song.mp3", "song.mp3"), "target": ("--target bob", "bob"),
    "dance": ("--dance free", "free"), "style": ("--style 3", "3"), "bpm": ("--bpm 128", 128.0),
    "phase_lock": ("--no-phase-lock", False), "seed": ("--seed 7", 7),
    "duration": ("--duration 2.5", 2.5), "mute": ("--mute", True), "guard": ("--guard", True),
    "output": ("--output 1920x1080", (1920, 1080)), "fit": ("--fit cover", "cover"),
    "background": ("--background green", "green"), "fullscreen": ("--fullscreen 1", 1),
    "fps": ("--fps 25", 25.0), "adapt": ("--no-adapt", False), "size": ("--size 512", 512),
    "delay_ms": ("--delay-ms -20", -20.0), "headless": ("--headless", True),
    "engine": ("--engine cpu", "cpu"), "osc_rate": ("--osc-rate 60", 60.0),
    "osc": ("--osc 10.0.0.7:7000 --osc [::1]:9", (("10.0.0.7", 7000), ("::1", 9))),
    "osc_in": ("--osc-in 9101", 9101), "osc_root": ("--osc-root /show", "/show"),
    "osc_flip_y": ("--osc-flip-y", True), "osc_pixels": ("--osc-pixels", True),
    "record": ("--record a.mp4", "a.mp4"), "record_poses": ("--record-poses a.npz", "a.npz"),
    "overwrite": ("--overwrite", True), "offline": ("--offline", True),
    "stats": ("--stats a.json", "a.json"),
}  # fmt: skip


def test_every_setting_has_its_flag_and_changes_nothing_else():
    assert {field.name for field in fields(Settings)} - ASKED.keys() == {"temperature"}
    for name, (words, value) in ASKED.items():
        asked, usual = vars(_asked(*words.split())), vars(Settings())
        assert {n: v for n, v in asked.items() if v != usual[n]} == {name: value}
    assert _asked("--fullscreen").fullscreen == 0
    with pytest.raises(OscError):
        _asked("--osc", "nowhere")


@pytest.mark.parametrize(
    ("flag", "lasts", "beyond"),
    [
        ("--fps", ("1", "240"), ("0.9", "241", "nan")),
        ("--osc-rate", ("1", "240"), ("0.5", "300")),
        ("--bpm", ("40", "240"), ("39.9", "241")),
        ("--duration", ("0.01", "1e7"), ("0", "2e7", "inf")),
        ("--size", ("16", "4096"), ("15", "4097", "20.5")),
        ("--delay-ms", ("-200", "10000"), ("-201", "10001")),
        ("--osc-in", ("0", "65535"), ("-1", "65536")),
        ("--fullscreen", ("0", "63"), ("-1", "64")),
        ("--seed", ("0", str(2**32 - 1)), ("-1", str(2**32))),
        ("--output", ("64x64", "8192X8192", "64×8192"), ("63x64", "64x8193", "64", "64x64x64")),
        ("--background", ("black",), ("", " ")),
    ],
)  # fmt: skip
def test_what_is_beyond_its_bounds_is_refused(flag, lasts, beyond, capsys):
    for text in lasts:
        _asked(f"{flag}={text}")
    for text in beyond:
        assert _refused(f"{flag}={text}")


def test_the_commands_that_answer_and_end():
    names = ("list_devices", "list_targets", "list_dances", "check", "calibrate")
    for name in names:
        args = parser().parse_args(["--" + name.replace("_", "-")])
        assert [n for n in (*names, "verbose") if getattr(args, n)] == [name]
    assert parser().parse_args(["--verbose"]).verbose
    assert parser().parse_args(["--resume", "a", "1.5", "2"]).resume == ["a", "1.5", "2"]
    assert parser().parse_args([]).resume is None


def test_help_keeps_inside_and_hides_what_is_not_for_people():
    text = help_text()
    assert max(map(len, text.splitlines())) <= 80
    assert all(line.startswith("      ") for line in text.splitlines()[1:])
    assert "left and right move the beat by 10 ms" in " ".join(text.split())
    assert max(map(len, help_text(40).splitlines())) <= 40
    told = parser().format_help()
    assert "--resume" not in told and "--verbose" not in told
    undocumented = [
        a.option_strings for a in parser()._actions if not a.help and a.help != argparse.SUPPRESS
    ]
    assert not undocumented
    assert bar_line(BEAT_KEYS) == (
        "T tap the tempo   ← → move the beat   , . half/double   0 hear the tempo"
    )
    assert bar_line(SHOW_KEYS).split("   ")[0] == "F full screen"


def test_a_message_says_nothing_that_nobody_said():
    told = Meters("listening", "a", "b", None, None, None, 30.0, 1.0, 1.0, 1.0, 0, 0, True)
    usual = [field.name for field in fields(Meters) if field.default is not MISSING]
    usual += [field.name for field in fields(Meters) if field.default_factory is not MISSING]
    assert len(usual) == 9 and not any(getattr(told, name) for name in usual)
    block = AudioBlock(np.zeros((80, 2), np.float32), 8_000, 160, 7.0)
    assert (block.end, block.stood) == (0.03, False)
    assert AudioChunk(3, block.samples, 7.0).n_lost == 0
    beat = Beat(1.0, 0.5, 0.0, 120.0, None, None, 0.0)
    assert (beat.beats_per_bar, beat.by_hand) == (4, False)
    for command in (Blackout, Freeze, Mirror, Fullscreen, SetPhaseLock):
        assert command().on is None
