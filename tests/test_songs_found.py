"""What --input names -> songs: folders as people count, M3U of any program, the missing told."""

import unicodedata

import pytest

from live.sound.playlist import _of_url, find_songs
from live.sound.source import SourceError


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "set"
    made.mkdir()
    for name in ("10 end.mp3", "2 b.WAV", "1 a.flac", "._1 a.flac", "cover.jpg", "Zum.ogg"):
        (made / name).write_bytes(b"x")
    (made / "deeper").mkdir()
    return made


def found(*inputs):
    told = []
    return [path.name for path in find_songs([str(name) for name in inputs], told.append)], told


def test_a_folder_as_people_count(folder):
    assert found(folder) == (["1 a.flac", "2 b.WAV", "10 end.mp3", "Zum.ogg"], [])


def test_all_that_is_named_in_its_order(folder, tmp_path):
    (tmp_path / "own.xyz").write_bytes(b"x")
    songs, told = found(tmp_path / "own.xyz", folder, "gone.wav")
    assert songs[:2] == ["own.xyz", "1 a.flac"], "what is named is tried, whatever it is called"
    assert told == ["the song gone.wav is not there and is left out."]


def test_an_empty_folder_is_told_and_alone_it_is_refused(folder, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    songs, told = found(empty, folder)
    assert len(songs) == 4 and told == [f"{empty} holds no sound file: it is left out."]
    with pytest.raises(SourceError, match="there is no song in it, name a sound file"):
        found(empty)


LIST = """#EXTM3U
#EXTINF:123,Somebody - Sömething
1 a.flac

  2 b.WAV\x20
..\\set\\10 end.mp3
deeper/none.mp3
http://example.org/a.mp3
{umlaut}
"""


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_list_of_any_program(folder, coding, ending):
    (folder / "Bücher ß.mp3").write_bytes(b"x")
    text = LIST.format(umlaut="Bücher ß.mp3").replace("\n", ending)
    (folder / "set.m3u").write_bytes(text.encode(coding))
    songs, told = found(folder / "set.m3u")
    assert songs == ["1 a.flac", "2 b.WAV", "10 end.mp3", "Bücher ß.mp3"]
    assert told == ["set.m3u: 2 songs are not there and are left out: deeper/none.mp3,"
                    " http://example.org/a.mp3."]  # fmt: skip


def test_a_list_of_whole_paths_and_addresses_of_files(folder, tmp_path):
    spelled = unicodedata.normalize("NFD", "Bücher.mp3")
    (folder / spelled).write_bytes(b"x")
    lines = [str(folder / "2 b.WAV"), (folder / "1 a.flac").as_uri(), "set/Bücher.mp3"]
    (tmp_path / "all.M3U8").write_text("\n".join(lines), encoding="utf-8")
    songs, told = found(tmp_path / "all.M3U8")
    assert (songs[:2], songs[2:], told) == (["2 b.WAV", "1 a.flac"], [spelled], [])


def test_a_list_that_names_nothing(tmp_path):
    (tmp_path / "none.m3u").write_bytes(b"#EXTM3U\n\0\n")
    with pytest.raises(SourceError, match=r"none\.m3u: there is no song in it"):
        found(tmp_path / "none.m3u")
    (tmp_path / "wild.m3u").write_bytes(bytes(range(256)) * 20 + b"\nx" * 20)
    with pytest.raises(SourceError):
        found(tmp_path / "wild.m3u")


def test_a_list_of_an_older_windows_program(tmp_path):
    for name in ("Don’t … stop.mp3", "b\x85c.mp3", "naïve.mp3"):
        (tmp_path / name).write_bytes(b"x")
    written = tmp_path / "old.m3u"
    written.write_bytes("Don’t … stop.mp3\r\nnaïve.mp3\r\n".encode("cp1252"))
    assert found(written) == (["Don’t … stop.mp3", "naïve.mp3"], [])
    written.write_bytes("b\x85c.mp3\n".encode())  # a next line, as Unicode has it
    assert found(written) == (["b\x85c.mp3"], [])


def test_the_address_of_a_file_on_a_share_of_windows():
    assert _of_url("file://server/music/a%20b.mp3", "nt") == r"\\server\music\a b.mp3"
    assert _of_url("file://localhost/a%20b.mp3", "posix") == "/a b.mp3"
