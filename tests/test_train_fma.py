"""The Free Music Archive, as published, in miniature: its table, and files that hold no music."""

import json

import numpy as np
import pytest
import soundfile
from seeds import rng_of

from models.nets.measure.crnn import RATE
from train import pretrain_crnn
from train.paper import fma, genres
from train.songs.song import DataError

TABLE = """,album,set,set,track,track
,title,split,subset,genre_top,title
track_id,,,,,
2,A,training,small,Hip-Hop,"Food, and drink"
5,A,test,small,Rock,"B"
10,A,training,large,Pop,"C"
140,B,validation,small,,"no genre"
3912,B,validation,small,Folk,"D"
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "fma_metadata").mkdir()
    (tmp_path / "fma_metadata" / "tracks.csv").write_text(TABLE)
    for number in (2, 10, 140, 3912):
        path = tmp_path / "fma_small" / f"{number // 1000:03d}" / f"{number:06d}.mp3"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_tracks_have_their_genre_and_split(folder):
    found = fma.tracks(folder)
    assert [(t.path.name, t.genre, t.split) for t in found] == [
        ("000002.mp3", "Hip-Hop", "train"),
        ("003912.mp3", "Folk", "val"),
    ]


def test_another_folder_is_refused_in_one_sentence(folder, tmp_path):
    with pytest.raises(DataError, match="Free Music Archive"):
        fma.tracks(tmp_path / "absent")
    with pytest.raises(DataError, match="no sound"):
        fma.tracks(folder, "medium")
    (folder / "fma_metadata" / "tracks.csv").write_text("a,b\nc,d\n")
    with pytest.raises(DataError, match="Free Music Archive"):
        fma.tracks(folder)


MUSIC = """,set,set,track
,split,subset,genre_top
track_id,,,
""" + "".join(
    f"{number},{split},small,{genre}\n"
    for number, (split, genre) in enumerate(
        [("training", "Rock"), ("training", "Folk"), ("test", "Rock"), ("test", "Folk")] * 2, 1
    )
)
BAD = {3: "cannot read", 5: "1.5 s, less than a segment of 5 s", 8: "0.0 s", 7: "cannot read"}


def _archive(folder):
    """Eight tracks; of each split an unreadable and a short one."""
    place = folder / "fma_small" / "000"
    place.mkdir(parents=True)
    (folder / "fma_metadata").mkdir()
    (folder / "fma_metadata" / "tracks.csv").write_text(MUSIC)
    for number in range(1, 9):
        seconds = {5: 1.5, 8: 0.02}.get(number, 6.0)
        sound = rng_of(number).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
        soundfile.write(place / f"{number:06d}.mp3", sound, RATE, format="MP3")
    (place / "000003.mp3").write_bytes(b"")
    (place / "000007.mp3").write_bytes(b"ID3 and no music")
    return folder


def test_files_without_music_are_left_out_and_told(tmp_path):
    music = genres.free_music(_archive(tmp_path))
    assert {int(track.name) for track in music.tracks} == set(range(1, 9)) - set(BAD)
    for number, why in BAD.items():
        (line,) = (line for line in music.left_out if line.startswith(f"{number:06d}"))
        assert why[:6].lower() in line.lower()


def test_training_and_evaluation_go_on_without_them(tmp_path, capsys):
    out = tmp_path / "out"
    pretrain_crnn.main(
        ["--fma", str(_archive(tmp_path / "fma")), "--out", str(out), "--preset", "tiny"]
    )
    assert "4 files left out, 4 tracks used" in capsys.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert len(report["left_out"]) == len(BAD)
    assert report["songs"] == 1, "of the four tracks to test by, one holds music"


def test_music_that_holds_nothing_is_one_sentence(tmp_path):
    folder = _archive(tmp_path)
    for path in folder.rglob("*.mp3"):
        path.write_bytes(b"")
    with pytest.raises(DataError, match=r"no music of 5 s that can be read \(000001.mp3"):
        genres.free_music(folder)
