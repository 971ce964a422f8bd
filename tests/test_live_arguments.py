"""The flags of a show: what is asked for without any, how far each goes, and what they become."""

import argparse
from dataclasses import MISSING, fields
from itertools import pairwise

import numpy as np
import pytest

from live.arguments.asked import settings_of
from live.arguments.parser import parser
from live.controls.keys import KEYS, ON_BEAT, bar_lines, help_text
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
from live.core.settings import OutputSettings, Receiver, Settings
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
        input="mic", target="alice", dance="club", osc=(Receiver("127.0.0.1", 9100),),
        osc_rate=30.0, osc_in=0, osc_in_host="127.0.0.1", osc_query=False, announce=False,
        remote=0, remote_host="127.0.0.1", remote_pin="",
        osc_root="/dancelive", osc_flip_y=False, osc_pixels=False, outs=(), record="",
        record_poses="", overwrite=False, headless=False, offline=False, duration=0.0,
        engine="auto", size=0, output=(0, 0), fit="contain", background="target", shadow=True,
        scale=1.0, x=0.0, y=0.0, fade=0.0, quantise="off", fullscreen=None, control=False,
        fps=30.0, adapt=True,
        seed=0, bpm=0.0, phase_lock=True, style="auto", energy=0.0, gain=0.0,
        nudge=0.0, mirror=False, temperature=1.0, delay_ms=0.0, stats="",
        midi=(), midi_clock="", link="",
        beat_source="ear", mute=False, guard=False, then=(), gap=0.0, crossfade=0.0, loop=False,
        cues=(),
    )  # fmt: skip


ASKED = {
    "input": ("--input song.mp3", "song.mp3"), "target": ("--target bob", "bob"),
    "dance": ("--dance free", "free"), "style": ("--style 3", "3"), "energy": ("--energy 0.5", 0.5),
    "gain": ("--gain -3", -3.0), "nudge": ("--nudge 20", 20.0), "mirror": ("--mirror", True),
    "bpm": ("--bpm 128", 128.0),
    "phase_lock": ("--no-phase-lock", False), "seed": ("--seed 7", 7),
    "duration": ("--duration 2.5", 2.5), "mute": ("--mute", True), "guard": ("--guard", True),
    "output": ("--output 1920x1080", (1920, 1080)), "fit": ("--fit cover", "cover"),
    "scale": ("--scale 0.5", 0.5), "x": ("--x -0.25", -0.25), "y": ("--y 0.1", 0.1),
    "modulate": ("--modulate scale --modulate x", ("scale", "x")),
    "dancers": ("--dancers 3", 3), "company": ("--company canon", "canon"),
    "others": ("--others bob,skeleton", "bob,skeleton"),
    "places": ("--places 1:0.30,-0.1,0.8", "1:0.3,-0.1,0.8"),
    "canon": ("--canon 4", 4.0), "fade": ("--fade 1.5", 1.5), "quantise": ("--quantise bar", "bar"),
    "background": ("--background green", "green"), "fullscreen": ("--fullscreen HDMI-1", "HDMI-1"),
    "control": ("--control", True),
    "shadow": ("--no-shadow", False),
    "fps": ("--fps 25", 25.0), "adapt": ("--no-adapt", False), "size": ("--size 512", 512),
    "delay_ms": ("--delay-ms -20", -20.0), "headless": ("--headless", True),
    "engine": ("--engine cpu", "cpu"), "osc_rate": ("--osc-rate 60", 60.0),
    "osc": ("--osc 10.0.0.7:7000 --osc [::1]:9", (Receiver("10.0.0.7", 7000), Receiver("::1", 9))),
    "osc_in": ("--osc-in 9101", 9101), "osc_in_host": ("--osc-in 0.0.0.0:0", "0.0.0.0"),
    "remote": ("--remote", 8770), "remote_host": ("--remote 0.0.0.0:0", "0.0.0.0"),
    "remote_pin": ("--remote-pin 012345", "012345"),
    "osc_query": ("--osc-query", True), "announce": ("--announce", True),
    "osc_root": ("--osc-root /show", "/show"),
    "osc_flip_y": ("--osc-flip-y", True), "osc_pixels": ("--osc-pixels", True),
    "midi": ("--midi nano --midi", ("nano", "")), "midi_clock": ("--midi-clock synth", "synth"),
    "link": ("--link lead", "lead"), "beat_source": ("--beat-source midi", "midi"),
    "outs": (
        "--out web:8766,size=640x360,fps=60,alpha=off,codec=webp",
        (OutputSettings("web", "8766", (640, 360), 60.0, False, (("codec", "webp"),)),),
    ),
    "record": ("--record a.mp4", "a.mp4"), "record_poses": ("--record-poses a.npz", "a.npz"),
    "overwrite": ("--overwrite", True), "offline": ("--offline", True),
    "stats": ("--stats a.json", "a.json"), "then": ("--input mic b.mp3 c", ("b.mp3", "c")),
    "gap": ("--gap 2", 2.0), "crossfade": ("--crossfade 6.5", 6.5), "loop": ("--loop", True),
}  # fmt: skip


def test_every_setting_has_its_flag_and_changes_nothing_else():
    assert {field.name for field in fields(Settings)} - ASKED.keys() == {
        "temperature", "cut_out", "cues",
    }  # fmt: skip
    for name, (words, value) in ASKED.items():
        asked, usual = vars(_asked(*words.split())), vars(Settings())
        assert {n: v for n, v in asked.items() if v != usual[n]} == {name: value}
    assert _asked("--fullscreen").fullscreen == ""
    with pytest.raises(OscError):
        _asked("--osc", "nowhere")


def test_a_number_that_does_not_move_with_the_beat_is_refused():
    assert _asked("--modulate", "scale sine 0.1 bar").modulate == ("scale sine 0.1 bar",)
    assert _refused("--modulate", "gain sine 1 bar")


@pytest.mark.parametrize("names", ["", " ,,", "bob,", ",".join(["bob"] * 8)])
def test_others_who_are_nobody_or_too_many_are_refused(names):
    assert _asked("--others", " bob , skeleton").others == "bob,skeleton"
    assert _refused("--others", names)


def test_places_that_are_none_are_refused():
    assert _asked("--places", " 2:-.4 1:0.3 ").places == "1:0.3 2:-0.4"
    assert _refused("--places", "8:0.1")


def test_who_follows_a_link_session_follows_its_beat():
    asked = _asked("--link")
    assert (asked.link, asked.beat_source) == ("follow", "link")
    assert _asked("--link", "--beat-source", "hand").beat_source == "hand"
    assert _refused("--link", "push")


def test_who_hears_osc_and_who_commands():
    assert _asked("--no-osc").osc == ()
    assert _refused("--no-osc", "--osc", "127.0.0.1:1")
    listened = {
        "9101": ("127.0.0.1", 9101), "0.0.0.0:9101": ("0.0.0.0", 9101), "[::1]:7": ("::1", 7),
        "stage.local:9": ("stage.local", 9),
    }  # fmt: skip
    for text, (host, port) in listened.items():
        asked = _asked("--osc-in", text)
        assert (asked.osc_in_host, asked.osc_in) == (host, port)


@pytest.mark.parametrize(
    ("flag", "lasts", "beyond"),
    [
        ("--fps", ("1", "240"), ("0.9", "241", "nan")),
        ("--osc-rate", ("1", "240"), ("0.5", "300")),
        ("--bpm", ("40", "240"), ("39.9", "241")),
        ("--gap", ("0", "600"), ("-1", "601")),
        ("--crossfade", ("0", "30"), ("-1", "31")),
        ("--duration", ("0.01", "1e7"), ("0", "2e7", "inf")),
        ("--size", ("16", "4096"), ("15", "4097", "20.5")),
        ("--delay-ms", ("-200", "10000"), ("-201", "10001")),
        ("--osc-in", ("0", "65535", "::1:1"), ("-1", "65536", ":9101", "host:", "1:2:x")),
        ("--seed", ("0", str(2**32 - 1)), ("-1", str(2**32))),
        ("--output", ("64x64", "8192X8192", "64×8192"), ("63x64", "64x8193", "64", "64x64x64")),
        ("--background", ("black",), ("", " ")),
        ("--scale", ("0.25", "2"), ("0.24", "2.1")), ("--x", ("-0.5", "0.5"), ("-0.6", "0.6")),
        ("--y", ("-0.5", "0.5"), ("-0.6", "0.6")), ("--fade", ("0", "10"), ("-1", "11")),
        ("--quantise", ("off", "beat", "bar", "2 bars", "4 bars"), ("", "3 bars")),
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
    assert parser().parse_args(["--going-on", "a", "1.5", "2"]).going_on == ["a", "1.5", "2"]
    assert parser().parse_args([]).going_on is None


def test_help_keeps_inside_and_hides_what_is_not_for_people():
    text = help_text()
    assert max(map(len, text.splitlines())) <= 80
    assert all(line.startswith("      ") for line in text.splitlines()[1:])
    assert "left and right move the beat by 10 ms" in " ".join(text.split())
    assert max(map(len, help_text(40).splitlines())) <= 40
    told = parser().format_help()
    assert "--going-on" not in told and "--verbose" not in told
    undocumented = [
        a.option_strings for a in parser()._actions if not a.help and a.help != argparse.SUPPRESS
    ]
    assert not undocumented
    assert bar_lines(True, 100, len) == [
        "0 hear the tempo   T tap the tempo   . double   , half   ← → move the beat"
    ]
    assert bar_lines(False, 100, len)[0].split("   ")[:2] == ["PgUp PgDn person", "B black"]


@pytest.mark.parametrize("room", [0, 15, 16, 17, 24, 40, 71, 72, 73, 74, 75])
def test_no_line_of_keys_is_longer_than_its_room_but_what_is_one_key(room):
    lines = bar_lines(True, room, len)
    every = [keys.bar for name, keys in KEYS if name in ON_BEAT and keys.bar]
    assert [text for line in lines for text in line.split("   ")] == every
    assert all(len(line) <= room or "   " not in line for line in lines)
    for one, other in pairwise(lines):
        assert len(f"{one}   {other.split('   ')[0]}") > room, "as few lines as can be"


def test_a_message_says_nothing_that_nobody_said():
    told = Meters("listening", "a", "b", None, None, None, 30.0, 1.0, 1.0, 1.0, 0, 0, True)
    usual = [field.name for field in fields(Meters) if field.default is not MISSING]
    usual += [field.name for field in fields(Meters) if field.default_factory is not MISSING]
    assert len(usual) == 18 and told.quantise == "off"
    assert not any(getattr(told, name) for name in usual if name != "quantise")
    block = AudioBlock(np.zeros((80, 2), np.float32), 8_000, 160, 7.0)
    assert (block.end, block.stood) == (0.03, False)
    assert AudioChunk(3, block.samples, 7.0).n_lost == 0
    beat = Beat(1.0, 0.5, 0.0, 120.0, None, None, 0.0)
    assert (beat.beats_per_bar, beat.by_hand) == (4, False)
    for command in (Blackout, Freeze, Mirror, Fullscreen, SetPhaseLock):
        assert command().on is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--fullscrean", "There is no flag --fullscrean: did you mean --fullscreen?"),
        ("--qqqqqq=3", "There is no flag --qqqqqq=3: dancelive --help names all flags."),
        ("alice", "'alice' belongs to no flag: write for example --target alice"),
        ("--company solo", "--company: 'solo' is none of unison, mirrored, canon, own."),
        ("--gap 1 --crossfade 2", "--crossfade cannot go with --gap: leave one of them out."),
        ("--target", "--target needs a value after it"),
        ("--dancers 9", "--dancers: '9' is not a whole number from 1 to 8."),
        ("--places 1:left", "--places: x of dancer 1 is 'left': say a number from -0.5 to 0.5."),
    ],
)
def test_a_wrong_flag_is_one_sentence(words, said, capsys):
    with pytest.raises(SystemExit) as caught:
        parser().parse_args(words.split())
    told = capsys.readouterr().err
    assert caught.value.code == 2 and told.startswith(f"dancelive: {said}")
    assert told.count("\n") == 1 and told.endswith("\n")
