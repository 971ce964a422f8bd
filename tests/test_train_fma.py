"""The table of the Free Music Archive, as published, in miniature."""

import pytest

from train.paper import fma
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
