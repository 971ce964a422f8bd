"""Bodies on stage: known times beside music, real dancers, the program itself, the strip."""

import json

import cv2
import numpy as np
import pytest
import soundfile
from seeds import seed_of

from models import skeleton
from models.band import songs as band
from train import evaluate_body as command
from train.dance_eval import body, body_report, evaluate_body, perform_live, stick_figures
from train.dance_eval.dance_metrics import START_S, beat_times
from train.dance_eval.evaluate import REAL
from train.dance_eval.evaluate_body import Dancer, Piece, Showing
from train.dance_eval.music import known_drops, load_music
from train.songs.song import POSE_HZ, DataError
from train.synthetic.choreography import make_songs

RATE = 22_050


@pytest.fixture
def loop(tmp_path):
    """Half a minute of drums at 120 BPM, whose beats and one drop are written down beside it."""
    path = tmp_path / "loop.wav"
    soundfile.write(path, band.four_on_the_floor(120.0, 36.0, RATE).mono, RATE)
    beats = 0.5 * np.arange(72)
    path.with_name("loop.beats.txt").write_text("\n".join(map(str, beats)))
    path.with_name("loop.drops.txt").write_text("26.5\n28.0\n")
    return path


@pytest.fixture(scope="module")
def songs():
    return make_songs(2, 52.0, seed=seed_of(3))


def test_what_stands_beside_music_is_known_of_it(loop):
    song = load_music(str(loop))
    assert beat_times(song) == pytest.approx(0.5 * np.arange(72)[: len(beat_times(song))], abs=1e-3)
    assert len(beat_times(song)) >= 71
    assert known_drops(str(loop)).tolist() == [26.5, 28.0]
    assert known_drops(f"{loop}@120").tolist() == [26.5, 28.0]
    loop.with_name("loop.drops.txt").unlink()
    assert len(known_drops(str(loop))) == 0


@pytest.mark.parametrize("text", ["one\n", "3\n2\n", "nan\n", "1\n1\n"])
def test_times_that_cannot_be_are_named(loop, text):
    loop.with_name("loop.drops.txt").write_text(text)
    with pytest.raises(DataError, match=r"loop\.drops\.txt must hold times in seconds"):
        known_drops(str(loop))
    loop.with_name("loop.beats.txt").write_text(text)
    with pytest.raises(DataError, match=r"loop\.beats\.txt must hold times in seconds"):
        load_music(str(loop))


def test_real_dancers_are_measured_from_20_s_on(songs):
    pieces = [Piece(song, True) for song in songs]
    (real,) = evaluate_body.dance_bodies([], pieces, Showing(45.0))
    assert real.name == REAL and list(real.rows) == [song.name for song in songs]
    (poses,) = real.takes[songs[0].name]
    assert len(poses) == pytest.approx((45 - START_S) * body.HZ, abs=1)
    for row in (0, 99, 699):  # where 30 and 50 a second meet
        at = round((START_S + row / body.HZ) * POSE_HZ)
        np.testing.assert_allclose(poses[row], songs[0].real[at], atol=1e-4)
    row = real.rows[songs[0].name]
    assert row["steps"] >= 0 and row["wrists"] > 0 and row["air"] == 0
    assert -1 <= row["energy"] <= 1 and row["repeat_2"] > 0
    assert "drop" not in row, "no drop is known"
    for key in ("bounce", "wrists"):
        values = [row[key] for row in real.rows.values()]
        assert real.mean[key] == pytest.approx(np.mean(values))


def test_a_piece_is_measured_as_its_parts_are(songs):
    """The beats and drops of the music are those of the dance: both from START_S on."""
    song = songs[0]
    poses = perform_live.measured_part(
        np.arange(len(song.real)) / POSE_HZ, song.real, song.seconds, body.HZ
    )
    drop = beat_times(song)[70]
    found = evaluate_body.measure(poses, Piece(song, True, np.array([drop])))
    pace = body.speed(body.in_heights(poses))
    beat = round(float(np.median(np.diff(beat_times(song)))) * body.HZ * 8)
    at = round((drop - START_S) * body.HZ)
    bar = song.beats_per_bar
    before = pace[at - round(beat * 2 * bar / 8) : at].mean()
    assert found["drop"] == pytest.approx(pace[at : at + beat // 8].mean() / before, rel=0.1)
    assert found["bounce"] == body.body_measures(body.in_heights(poses))["bounce"]


def test_a_mean_is_of_the_pieces_where_there_is_something_to_measure():
    dancer = Dancer("x", {}, {"a": {"steps": 1.0, "drop": 2.0}, "b": {"steps": 2.0}})
    assert dancer.mean == {"steps": 1.5, "drop": 2.0}
    other = Dancer("y", {}, {"a": {"steps": 0.0}})
    table = body_report.lines([dancer, other])
    assert [line.split()[-2:] for line in table] == [["x", "y"], ["1.500", "0.000"], ["2.000", "–"]]


def red_columns(picture: np.ndarray) -> list[int]:
    """Where the lines of the beats stand, px."""
    row = picture[stick_figures.HEAD_H + stick_figures.CELL_H - 2, :, ::-1]
    return np.flatnonzero((row == stick_figures.PALE).all(-1)).tolist()


def test_a_strip_shows_every_figure_and_marks_the_beats():
    poses = np.tile(skeleton.STANDING, (10, 1, 1))
    beats = np.array([-3.0, 0.0, 2.5, 6.0, 40.0])
    picture = stick_figures.beat_sheet("a dance", poses, beats, 4)
    height = stick_figures.HEAD_H + stick_figures.CELL_H
    assert picture.shape == (3 * height, 4 * stick_figures.CELL_W, 3)
    half = stick_figures.CELL_W // 2
    assert red_columns(picture) == [half, half * 6]
    assert red_columns(picture[height:]) == [half * 5]
    assert red_columns(picture[2 * height :]) == []
    for cell in range(12):
        row, column = divmod(cell, 4)
        shown = picture[row * height :, column * stick_figures.CELL_W :]
        shown = shown[stick_figures.HEAD_H : height, : stick_figures.CELL_W]
        assert (shown.min(-1) < 60).any() == (cell < 10)


def test_a_strip_is_of_what_was_danced_then(songs, tmp_path):
    piece = Piece(songs[0], True)
    dancers = evaluate_body.dance_bodies([], [piece], Showing(40.0))
    picture = body_report.strip(dancers, piece, 30.0, 3.0, 8.0)
    row = stick_figures.HEAD_H + stick_figures.CELL_H
    assert picture.shape[0] == 2 * row
    beats = beat_times(songs[0])
    first = beats[beats > 30.0 - 0.5 / 8][0]
    expected = round(((first - 30.0) * 8 + 0.5) * stick_figures.CELL_W)
    assert red_columns(picture)[0] == pytest.approx(expected, abs=1)
    cut = body_report.strip(dancers, piece, 39.0, 9.0, 8.0)
    assert cut.shape[0] == row, "no further than the dance"
    for start in (5.0, 50.0):
        with pytest.raises(DataError, match="choose with --strip-from"):
            body_report.strip(dancers, piece, start, 3.0, 8.0)
    stick_figures.save(picture, tmp_path / "new" / "strip.png")
    assert cv2.imread(str(tmp_path / "new" / "strip.png")).shape == picture.shape


def test_what_is_wrong_is_said_in_one_sentence(tmp_path, loop, capsys):
    out = ["--out", str(tmp_path / "out.json")]
    assert command.main(["free", "--music", str(tmp_path / "absent.ogg"), *out]) == 1
    assert command.main(["no-such-dance", "--music", str(loop), *out]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 2 and all(line.startswith("train.evaluate_body: ") for line in said)
    assert "absent.ogg" in said[0] and "no-such-dance" in said[1]
    for arguments in (["free"], ["--music", str(loop)]):
        with pytest.raises(SystemExit) as ended:
            command.main([*arguments, *out])
        assert ended.value.code == 2
    assert not (tmp_path / "out.json").exists()


@pytest.mark.slow
def test_a_shipped_dance_is_shown_and_measured(loop, tmp_path, capsys):
    out, strip = tmp_path / "to" / "body.json", tmp_path / "strip.png"
    arguments = ["free", "--music", str(loop), "--out", str(out), "--strip", str(strip),
                 "--strip-seconds", "2"]  # fmt: skip
    assert command.main(arguments) == 0
    found = json.loads(out.read_text())
    row = found["dances"]["free"]["pieces"]["loop"]
    assert row == found["dances"]["free"]["mean"]
    assert row["wrists"] > 0.02 and row["drop"] > 0 and 0 < row["bounce"] < 0.2
    assert row["air"] == 0, "its feet stand on the floor by the way it was taught"
    assert found["facts"]["hz"] == 30
    assert cv2.imread(str(strip)).shape[1] == 16 * stick_figures.CELL_W
    said = capsys.readouterr().out
    assert "bounce of the hips, H" in said and str(out) in said
