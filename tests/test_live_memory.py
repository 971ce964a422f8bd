"""Shows and scenes that are remembered: kept, read again, and whatever is wrong with the file."""

import logging
import os
import threading
import tomllib

import pytest

from live import memory
from live.arguments.asked import settings_of
from live.arguments.parser import parser
from live.cli import _asked
from live.controls.scenes import Scenes
from live.core import settings_file
from live.core.settings import Settings
from live.core.settings_file import SCENES, SHOWS, SettingsFileError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DANCELIVE_SETTINGS", str(tmp_path / "deep" / "settings"))
    return tmp_path / "deep" / "settings"


def _write(folder, text, name="dancelive.toml"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")


FLAGS = """--input song.mp3 --target bob --dance ballroom --style 3 --bpm 128 --no-phase-lock
 --energy 0.5 --gain -3 --nudge 20 --mirror --output 1920x1080 --fit cover --background green
 --no-shadow --scale 0.5 --x -0.25 --y 0.1 --fade 2 --quantise bar --midi nano
 --midi-clock synth --link lead --beat-source midi --fullscreen 1 --fps 60
 --no-adapt --size 512 --delay-ms -20 --headless --engine cpu --osc 10.0.0.1:9000/osceleton
 --osc 10.0.0.2:9000 --osc-rate 60 --osc-in [::1]:9101 --osc-query --announce --osc-root /show
 --osc-flip-y --osc-pixels --out web:8000,size=640x360 --out film.m3u8 --record a.mp4
 --record-poses a.npz --overwrite --stats s.json --mute --remote 0.0.0.0:8771"""


def test_a_pin_is_not_kept(folder):
    asked = parser().parse_args(["--remote", "--remote-pin", "123456", "--save", "friday"])
    memory.LastShow(parser(), asked).look({})
    assert "123456" not in (folder / "dancelive.toml").read_text("utf-8")


def test_a_show_that_was_saved_is_the_same_when_it_is_loaded(folder):
    p, words = parser(), FLAGS.split()
    asked = p.parse_args([*words, "--save", "friday"])
    memory.LastShow(p, asked).look({})
    loaded = _asked(["--load", "friday"])
    assert settings_of(loaded) == settings_of(asked) != Settings()
    assert loaded.delay_ms == -20.0
    kept = tomllib.loads((folder / "dancelive.toml").read_text("utf-8"))[SHOWS]["friday"]
    assert kept["output"] == "1920x1080" and kept["osc_in"] == "[::1]:9101"
    assert kept["remote"] == "0.0.0.0:8771"
    assert kept["phase_lock"] is False and kept["osc"][0] == "10.0.0.1:9000/osceleton"
    resumed = _asked(["--resume"])
    assert settings_of(resumed) == settings_of(asked)


def test_a_show_says_at_its_end_where_it_is_kept(folder, capsys):
    p = parser()
    shown = memory.LastShow(p, p.parse_args(["--save", "friday"]))
    shown.look({})
    assert capsys.readouterr().err == ""
    shown.look({}, is_over=True)
    said = capsys.readouterr().err
    assert said == f"dancelive: {folder / 'dancelive.toml'} keeps this show: --load friday\n"


def test_an_empty_name_is_told(folder, caplog):
    p = parser()
    memory.LastShow(p, p.parse_args(["--save", ""])).look({})
    assert "'' is no name: take one to 60 letters" in caplog.text


def test_flags_beside_a_loaded_show_count_more():
    memory.LastShow(p := parser(), p.parse_args([*FLAGS.split(), "--save", "a"])).look({})
    settings = settings_of(
        _asked(["--load", "a", "--target", "alice", "--out", "web", "--shadow", "--bpm", "90"])
    )
    assert (settings.target, settings.shadow, settings.bpm) == ("alice", True, 90.0)
    assert [out.label for out in settings.outs] == ["web:8765"]
    assert settings.dance == "ballroom"


def test_a_setting_of_a_loaded_show_can_be_left_out(capsys):
    memory.LastShow(p := parser(), p.parse_args([*FLAGS.split(), "--save", "a"])).look({})
    words = [
        "--without",
        "out",
        "--without",
        "remote",
        "--without",
        "record-poses",
        "--without",
        "no_shadow",
    ]
    with pytest.raises(SystemExit) as ended:
        _asked(["--load", "a", *words])
    assert ended.value.code == 1
    said = "--without no_shadow: a show has no such setting"
    assert said in capsys.readouterr().err
    left = settings_of(_asked(["--load", "a", *words[:6], "--without", "shadow"]))
    whole = settings_of(_asked(["--load", "a"]))
    assert (left.outs, left.record_poses, left.shadow) == ((), "", True)
    assert _asked(["--load", "a", *words[:6]]).remote != _asked(["--load", "a"]).remote
    assert (left.dance, left.record) == (whole.dance, whole.record)
    with pytest.raises(SystemExit) as ended:
        _asked(["--without", "out"])
    assert ended.value.code == 2 and "--load NAME" in capsys.readouterr().err


def test_what_is_set_by_hand_is_there_tomorrow():
    show = memory.LastShow(p := parser(), p.parse_args(["--target", "bob", "--bpm", "128"]))
    show.look({"target": "bob", "bpm": 128.0, "energy": 0.0})
    show.look({"target": "skeleton", "bpm": 0.0, "energy": 0.5, "blackout": True,
               "fullscreen": True, "outs_off": ("web",)}, True)  # fmt: skip
    settings = settings_of(_asked(["--resume"]))
    assert settings == settings_of(p.parse_args(["--target", "skeleton", "--energy", "0.5"]))


def test_what_moves_with_the_beat_moves_tomorrow(folder, caplog):
    asked = ["--modulate", "x sine 0.2 4 bars"]
    show = memory.LastShow(p := parser(), p.parse_args(asked))
    assert settings_of(_asked(["--save", "a", *asked])).modulate == ("x sine 0.2 4 bars",)
    texts = ["scale pulse 0.1 beat", "energy square 0.5 bar"]
    show.look({"modulate": texts, "scale_shape": "pulse", "delay_ms": 40.0, "fit": "cover"}, True)
    settings = settings_of(_asked(["--resume"]))
    assert settings.modulate == tuple(texts)
    assert (settings.delay_ms, settings.fit) == (40.0, "cover")
    show.look({"modulate": []}, True)
    assert settings_of(_asked(["--resume"])).modulate == ()
    _write(folder, '[shows.friday]\nmodulate = ["gain sine 1 bar"]')
    assert settings_of(_asked(["--load", "friday"])).modulate == ()
    assert "say scale, x, y, energy" in caplog.text


def test_a_show_that_did_not_end_is_offered_again(folder):
    show = memory.LastShow(parser(), parser().parse_args([]))
    assert show.offer() == ""
    show.look({})
    assert show.offer() == "", "it runs"
    text = (folder / "last.toml").read_text("utf-8").replace(str(os.getpid()), str(2**31 - 7))
    _write(folder, text, "last.toml")
    assert "--resume" in show.offer()
    show.look({}, True)
    assert show.offer() == ""


def test_nothing_is_written_where_nothing_changed(folder):
    show = memory.LastShow(parser(), parser().parse_args([]))
    show.look({"energy": 0.5})
    (folder / "last.toml").unlink()
    show.look({"energy": 0.5})
    assert not (folder / "last.toml").exists()
    show.look({"energy": 0.6})
    assert (folder / "last.toml").exists()


WRONG = """
[shows.friday]
target = "bob"
bpm = 500
quantise = "3 bars"
shadow = "no"
mirror = 1
osc = ["nowhere"]
out = [3]
output = "huge"
fps = true
engine = "steam"
scale = [1]
colour = "red"
duration = 3
input = 1979-05-27
energy = nan
"""


def test_what_is_wrong_in_a_file_is_named_and_left_out(folder, caplog):
    _write(folder, WRONG)
    with caplog.at_level(logging.WARNING):
        settings = settings_of(_asked(["--load", "friday"]))
    assert settings == settings_of(parser().parse_args(["--target", "bob"]))
    told = [record.getMessage() for record in caplog.records]
    names = ("bpm", "quantise", "shadow", "mirror", "osc", "out", "output", "fps", "engine",
             "scale", "colour", "duration", "input", "energy")  # fmt: skip
    assert len(told) == len(names)
    for name, sentence in zip(names, told, strict=True):
        assert sentence.startswith("show friday: ") and f" {name}" in sentence, sentence


@pytest.mark.parametrize(
    "text",
    ["[shows.friday", "\x00\xff", "shows = 3", "[shows]\nfriday = 3", "a = " + "[" * 9000,
     "[shows.friday]\nfps = " + "1" * 5000],
)  # fmt: skip
def test_a_damaged_file_keeps_no_show_from_starting_and_is_not_written_over(
    text, folder, caplog, capsys
):
    _write(folder, text)
    before = (folder / "dancelive.toml").read_bytes()
    with caplog.at_level(logging.WARNING), pytest.raises(SystemExit):
        _asked(["--load", "friday"])
    assert "There is no show 'friday'; there are: club-night" in capsys.readouterr().err
    assert caplog.text.count("dancelive.toml") == 1
    assert Scenes().names[:2] == ("home", "alone")
    with caplog.at_level(logging.WARNING):
        memory.LastShow(p := parser(), p.parse_args(["--save", "x"])).look({})
    assert (folder / "dancelive.toml").read_bytes() == before or "x" in settings_file.entries(SHOWS)


def test_a_folder_and_a_pipe_in_the_place_of_the_file(folder, caplog):
    (folder / "dancelive.toml").mkdir(parents=True)
    assert "club-night" in settings_file.entries(SHOWS)
    (folder / "dancelive.toml").rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "dancelive.toml")
        assert "club-night" in settings_file.entries(SHOWS)
        assert "is no file: move it away" in caplog.text


def test_nothing_to_resume_and_no_such_show_are_one_sentence(capsys):
    for words, said in (("--resume", "There was no show yet"), ("--load x", "no show 'x'")):
        with pytest.raises(SystemExit) as ended:
            _asked(words.split())
        assert ended.value.code == 1
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and said in lines[0]


def test_what_is_kept_at_the_same_time_is_all_kept(folder):
    """A scene is kept by a thread of its own, and so is the next."""
    names = [f"scene {n}" for n in range(12)]
    both = threading.Barrier(len(names))

    def keep(name):
        both.wait()
        settings_file.keep("scenes", name, {"energy": 0.5})

    threads = [threading.Thread(target=keep, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(names) <= set(settings_file.entries("scenes"))


def test_comments_and_other_entries_stay(folder):
    _write(folder, '# mine\n[shows.a]  # first\ntarget = "bob"\n\n[scenes.drop]\nenergy = 1\n')
    settings_file.keep(SHOWS, "b", {"target": "alice"})
    settings_file.keep(SCENES, "end", {"blackout": True})
    text = (folder / "dancelive.toml").read_text("utf-8")
    assert text.startswith("# mine\n[shows.a]  # first\n")
    assert tomllib.loads(text) == {
        SHOWS: {"a": {"target": "bob"}, "b": {"target": "alice"}},
        SCENES: {"drop": {"energy": 1}, "end": {"blackout": True}},
    }


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 61, "\x07"])
def test_what_is_no_name(name, folder):
    with pytest.raises(SettingsFileError, match="is no name"):
        settings_file.keep(SHOWS, name, {})
    assert not folder.exists()


def test_what_ships_is_right(caplog):
    """Each preset is a show that starts and each scene one that can be set."""
    p = parser()
    with caplog.at_level(logging.WARNING):
        for name, table in settings_file.entries(SHOWS).items():
            good = memory.checked(p, table, name)
            assert len(good) == len(table) > 1
            settings_of(_asked(["--load", name]))
        scenes = Scenes()
        assert all(scenes.changes(name) for name in scenes.names)
    assert not caplog.records and len(settings_file.entries(SHOWS)) == 3


def test_a_scene_sets_its_fade_first_and_leaves_out_what_is_wrong(folder, caplog):
    _write(folder, """
[scenes.drop]
target = "bob"
fade = 0.5
quantise = "beat"
nothing = 3
scene = "home"
energy = [1]
[scenes.late]
quantise = "tomorrow"
""")  # fmt: skip
    with caplog.at_level(logging.WARNING):
        scenes = Scenes()
    assert scenes.changes("drop") == [("fade", 0.5), ("target", "bob")]
    assert scenes.quantum("drop") == "beat"
    assert scenes.quantum("late") is None and scenes.changes("late") == []
    assert scenes.changes("none") == [] and len(caplog.records) == 4


def test_a_scene_is_made_of_what_is_set_now(folder):
    scenes = Scenes()
    scenes.keep("mine", {"target": "bob", "x": 0.25, "gain": 3.0, "freeze": True, "energy": 0.5})
    assert dict(scenes.changes("mine")) == {"target": "bob", "x": 0.25, "energy": 0.5}
    assert Scenes().changes("mine") == scenes.changes("mine") and "mine" in scenes.names


def test_a_dance_is_set_before_its_style(folder):
    scenes = Scenes()
    scenes.keep("mine", {"style": "rumba", "dance": "ballroom", "fade": 1.0, "x": 0.25})
    names = [name for name, _ in scenes.changes("mine")]
    assert set(names[:2]) == {"dance", "fade"} and set(names[2:]) == {"style", "x"}


def test_a_show_finds_its_files_from_any_folder(folder, tmp_path, monkeypatch):
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    here.mkdir()
    elsewhere.mkdir()
    for name in ("a.wav", "b.wav", "stage.png", "evening.toml"):
        (here / name).touch()
    monkeypatch.chdir(here)
    words = "--input a.wav b.wav --background stage.png --show evening.toml --save friday"
    asked = parser().parse_args(words.split())
    memory.LastShow(parser(), asked).look({"background": "stage.png"})
    monkeypatch.chdir(elsewhere)
    for again in (["--load", "friday"], ["--resume"]):
        loaded = _asked(again)
        assert [loaded.input, *loaded.then] == [str(here / "a.wav"), str(here / "b.wav")]
        assert loaded.background == str(here / "stage.png")
        assert loaded.show == str(here / "evening.toml")
    assert (one := _asked(["--load", "friday", "--input", "demo"])).input == "demo"
    assert one.then == ()


@pytest.mark.parametrize("name", ["mic", "demo", "Scarlett 2i2 USB"])
def test_what_is_no_file_is_kept_by_its_name(folder, tmp_path, monkeypatch, name):
    (tmp_path / "demo").mkdir()
    (tmp_path / "alice").mkdir()
    monkeypatch.chdir(tmp_path)
    asked = parser().parse_args(["--input", name, "--target", "alice", "--save", "friday"])
    memory.LastShow(parser(), asked).look({"target": "alice"})
    loaded = _asked(["--load", "friday"])
    assert (loaded.input or "mic", loaded.target or "alice") == (name, "alice")


def test_a_list_of_songs_that_is_none_is_left_out(folder, caplog):
    _write(folder, "[shows.friday]\ninput = []\n[shows.late]\ninput = [3]\n")
    with caplog.at_level(logging.WARNING):
        assert not _asked(["--load", "friday"]).input and not _asked(["--load", "late"]).input
    assert all("is no list of songs" in record.getMessage() for record in caplog.records)
    assert len(caplog.records) == 2


def test_numbers_are_kept_as_people_write_them(folder):
    shown = 0.30000001192092896  # what OSC's 32 bits make of 0.3
    memory.LastShow(parser(), parser().parse_args(["--save", "friday"])).look({"energy": shown})
    Scenes().keep("mine", {"energy": shown})
    text = (folder / "dancelive.toml").read_text("utf-8")
    assert text.count("energy = 0.3\n") == 2


def test_a_misspelt_setting_is_told_with_the_one_that_was_meant(folder, capsys):
    _write(folder, '[shows.friday]\ntarget = "bob"\n')
    with pytest.raises(SystemExit):
        _asked(["--load", "friday", "--without", "recrod"])
    assert "no such setting, did you mean record?" in capsys.readouterr().err
