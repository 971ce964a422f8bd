"""Arrays of others: damaged files are one error, whatever numpy makes of them."""

import numpy as np
import pytest
from seeds import rng_of

from models.array_file import ArrayFileError, read_arrays
from models.pose_file import Keypoints, PoseFileError, read_pose_file, write_pose_file
from train.songs.song import DataError, Song


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_turned_bits_are_the_one_error_or_nothing(tmp_path, save):
    """In the headers, where most can go wrong, and anywhere."""
    path, rng = tmp_path / "a.npz", rng_of(1)
    save(path, points=rng.random((20, 3)), name=np.array("a"))
    whole = path.read_bytes()
    failed = 0
    for number in range(400):
        content = bytearray(whole)
        ends = np.r_[0:200, len(whole) - 200 : len(whole)]
        for place in rng.choice(ends, 2) if number % 2 else rng.integers(len(whole), size=2):
            content[place] ^= 1 << rng.integers(8)
        path.write_bytes(
            bytes(content[: rng.integers(1, len(whole))] if number % 9 == 0 else content)
        )
        try:
            read_arrays(path)
        except ArrayFileError as error:
            failed += 1
            assert "\n" not in str(error)
    assert failed > 100


def test_no_file_no_archive_and_no_pickle(tmp_path):
    with pytest.raises(ArrayFileError, match="no file"):
        read_arrays(tmp_path / "absent.npz")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ArrayFileError, match=r"no \.npz"):
        read_arrays(tmp_path / "one.npy")
    np.savez(tmp_path / "objects.npz", a=np.array([{}], object))
    with pytest.raises(ArrayFileError):
        read_arrays(tmp_path / "objects.npz")


def test_a_damaged_pose_file_and_song_are_their_own_errors(tmp_path):
    path = tmp_path / "poses.npz"
    write_pose_file(path, Keypoints(np.ones((50, 18, 3)), (64, 64), np.arange(50.0), 1.0))
    with np.load(path) as file:
        np.savez_compressed(path, **file)
    content = bytearray(path.read_bytes())
    content[60:120] = bytes(60)
    path.write_bytes(bytes(content))
    with pytest.raises(PoseFileError, match="not a pose file"):
        read_pose_file(path)
    with pytest.raises(DataError, match="not a prepared song"):
        Song.load(path)
