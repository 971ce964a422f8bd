"""The two networks of BlazePose: where their files lie, and each of them ready to run.

They are MediaPipe's (Apache-2.0) and no part of this project. They lie in the wheel of mediapipe
0.10.14, in what is installed of it (read without importing it), in @mediapipe/pose of npm, and in
any folder that they are put into.
"""

import importlib.util
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from models.runtime.engines import EngineError, open_session
from models.types import Array
from train.readers.blazepose import as_onnx, tflite_file

DETECTOR, LANDMARKS = "pose_detection.tflite", "pose_landmark_full.tflite"
# npm's package holds the detector under another name, as the first and only file in that one.
_NAMES = {DETECTOR: (DETECTOR, "pose_solution_packed_assets.data"), LANDMARKS: (LANDMARKS,)}
_GIVES = {
    DETECTOR: ((1, 2254, 12), (1, 2254, 1)),
    LANDMARKS: ((1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)),
}
# The three landmark networks give answers of one shape; their steps tell which one it is.
_STEPS = {DETECTOR: {109: ""}, LANDMARKS: {129: "lite", 140: "", 293: "heavy"}}
_PACKAGES = (".whl", ".zip", ".tgz", ".tar.gz")
_MOST_BYTES = 64 * 2**20  # of a file: the larger of the two has a tenth of that
# What a torn package is to who reads it.
_TORN = (
    OSError, EOFError, RuntimeError, ValueError,
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError,
)  # fmt: skip
_THREADS = 4  # at most; and half of the machine
FETCH = (
    "pip download mediapipe==0.10.14 --no-deps --only-binary=:all: --python-version 3.11 "
    "--platform manylinux_2_17_x86_64"
)


class NetworksError(Exception):
    """The networks cannot be had or run, in one sentence."""


def folder() -> Path:
    """Where their files or a package of them are looked for first (DANCELIVE_NETWORKS overrides).

    It may be the package itself.
    """
    from platformdirs import user_data_path

    chosen = os.environ.get("DANCELIVE_NETWORKS")
    return Path(chosen) if chosen else user_data_path("dancelive", False) / "networks"


def need() -> None:
    """Raises NetworksError where a person cannot be found in pictures."""
    for name in (DETECTOR, LANDMARKS):
        find(name)
    for module, install in (("onnx", "video"), ("onnxruntime", "cpu")):
        if importlib.util.find_spec(module) is None:
            raise NetworksError(f"Videos need {module}: pip install 'dancelive[{install}]'.")


def find(name: str) -> bytes:
    """The file of DETECTOR or LANDMARKS. Raises NetworksError."""
    for place in _places():
        try:
            found = _inside(place, _NAMES[name])
        except _TORN as error:
            raise NetworksError(f"{place} cannot be read ({error}).") from error
        if found is not None:
            return found
    into = folder().parent if folder().is_file() else folder()
    raise NetworksError(
        "To find a person in pictures two networks are needed that lie in a package of MediaPipe; "
        f'fetch it once, whatever your Python and system: {FETCH} -d "{into}"'
    )


def ready(name: str) -> Callable[[Array], list[Array]]:
    """A network that takes a picture (1, 3, H, W) float32 and gives its outputs, channels first.

    Raises NetworksError.
    """
    need()
    threads = max(1, min(_THREADS, (os.cpu_count() or 1) // 2))
    try:
        graph = tflite_file.read(find(name))
        _check(graph, name)
        session, _ = open_session(as_onnx.network(graph), threads=threads)
    except tflite_file.TfliteError as error:
        raise NetworksError(f"The {name} that was found cannot be used: {error}") from error
    except EngineError as error:
        raise NetworksError(str(error)) from error
    return lambda picture: session.run(None, {"in_0": picture})


def _check(graph: tflite_file.Graph, name: str) -> None:
    """Raises TfliteError for a network that is not what its name says."""
    gives = tuple(graph.shapes[number] for number in graph.outputs)
    other = _STEPS[name].get(len(graph.operators))
    if gives != _GIVES[name] or other is None:
        raise tflite_file.TfliteError("it is of another release of MediaPipe.")
    if other:
        raise tflite_file.TfliteError(
            f"it is the {other} network by another name; put the full one there."
        )


def _places() -> Iterator[Path]:
    """Folders and packages, in the order in which they are asked."""
    chosen = folder()
    if chosen.exists():
        yield chosen
    if chosen.is_dir():
        yield from sorted(p for p in chosen.iterdir() if p.name.lower().endswith(_PACKAGES))
    installed = importlib.util.find_spec("mediapipe")
    for path in (installed and installed.submodule_search_locations) or ():
        yield Path(path) / "modules" / "pose_detection"
        yield Path(path) / "modules" / "pose_landmark"


def _inside(place: Path, names: tuple[str, ...]) -> bytes | None:
    """The file of one of these names in a folder, zip or tar. Raises one of _TORN."""
    if place.is_dir():
        here = next((place / name for name in names if (place / name).is_file()), None)
        return None if here is None else _small(here.stat().st_size, here.read_bytes)
    if not place.exists():
        return None
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as package:
            member = _named(package.namelist(), names)
            if member is None:
                return None
            return _small(package.getinfo(member).file_size, lambda: package.read(member))
    with tarfile.open(place) as package:
        member = _named(package.getnames(), names)
        stream = package.extractfile(member) if member else None
        if member is None or stream is None:
            return None
        return _small(package.getmember(member).size, stream.read)


def _small(n_bytes: int, read: Callable[[], bytes]) -> bytes:
    """What is read, where it has no more bytes than a network; raises ValueError."""
    if n_bytes > _MOST_BYTES:
        raise ValueError("what it holds is too large for a network")
    return read()


def _named(members: list[str], names: tuple[str, ...]) -> str | None:
    return next((member for member in members if member.rsplit("/", 1)[-1] in names), None)
