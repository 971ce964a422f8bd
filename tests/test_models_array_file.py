"""Arrays of others: damaged files are one error, whatever numpy makes of them."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest
from seeds import rng_of

from models.array_file import ArrayFileError, read_arrays, read_rows
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


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("shape", [(10**12, 18, 3), (2**62, 2**62), (10**9,)])
def test_a_header_that_claims_terabytes_costs_nothing(tmp_path, save, shape):
    """No memory is asked for: it might be given, and then be filled."""
    path = tmp_path / "a.npz"
    save(path, keypoints=np.zeros((5, 18, 3), np.float32))
    with zipfile.ZipFile(path) as archive:
        whole = archive.read("keypoints.npy")
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("keypoints.npy", header.getvalue() + whole[-1_080:])
    tracemalloc.start()
    with pytest.raises(ArrayFileError, match="than its header claims"):
        read_arrays(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6


def test_a_zip_that_claims_more_than_it_holds(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.zeros(100))
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (2**29).to_bytes(4, "little")  # its size when unpacked
    path.write_bytes(bytes(content))
    with pytest.raises(ArrayFileError, match="shorter than it claims"):
        read_arrays(path)


def test_rows_of_names_and_nothing_else(tmp_path):
    rows = np.zeros(3, [("time", "<f8"), ("points", "<f4", (2,))])
    rows["time"] = [1, 2, 3]
    np.save(tmp_path / "rows.npy", rows)
    found = read_rows(tmp_path / "rows.npy")
    assert found["time"].tolist() == [1, 2, 3] and found["points"].shape == (3, 2)
    whole = (tmp_path / "rows.npy").read_bytes()
    (tmp_path / "rows.npy").write_bytes(whole[:-5])
    with pytest.raises(ArrayFileError):
        read_rows(tmp_path / "rows.npy")
    np.save(tmp_path / "plain.npy", np.zeros(3))
    with pytest.raises(ArrayFileError, match="no rows"):
        read_rows(tmp_path / "plain.npy")


@pytest.mark.parametrize(("version", "is_read"), [((1, 0), True), ((2, 0), True), ((3, 0), False)])
def test_which_versions_of_the_format_are_read(tmp_path, version, is_read):
    path, content = tmp_path / "a.npz", io.BytesIO()
    np.lib.format.write_array(content, np.arange(6.0).reshape(2, 3), version)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content.getvalue())
    if is_read:
        assert read_arrays(path)["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    else:
        with pytest.raises(ArrayFileError, match="version"):
            read_arrays(path)


@pytest.mark.parametrize(
    ("claims", "why"),
    [(2**30 + 1, "unpacks to more than 1024 MB"), (2**30, "shorter than it claims"),
     (1_100 * 1_000, "header"), (1_100 * 1_000 + 1, "shorter than it claims")],
)  # fmt: skip
def test_how_much_a_file_may_unpack_to(tmp_path, claims, why):
    """1000 bytes, packed, cannot become more than 1100 times as many."""
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", bytes(1_000))
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = claims.to_bytes(4, "little")
    path.write_bytes(bytes(content))
    with pytest.raises(ArrayFileError) as caught:
        read_arrays(path)
    assert (why in str(caught.value)) == (why != "header")
    assert ("claims" in str(caught.value)) == (why == "shorter than it claims")
