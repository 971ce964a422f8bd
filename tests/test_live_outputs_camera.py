"""--out camera: the real library where it is installed, else one that keeps its contract."""

import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from live.core.messages import Frame
from live.outputs.fitting import Fitting
from live.outputs.flag import check_outputs, parse_output
from live.outputs.frame import OutputFrame
from live.outputs.kind import Opening, OutputError, Told
from live.outputs.kinds import kind_of

STAGE = (65, 37)
is_installed = importlib.util.find_spec("pyvirtualcam") is not None
needs_library = pytest.mark.skipif(
    not is_installed, reason="needs pyvirtualcam (pip install pyvirtualcam)"
)


class Device:
    """A backend as pyvirtualcam's `Backend` describes it."""

    opened: list = []  # noqa: RUF012 - the tests' own

    def __init__(self, *, width, height, fps, fourcc, device, **more):
        if device == "taken":
            raise RuntimeError("Device taken is already in use.")
        assert width % 2 == height % 2 == 0
        self.size, self.fps, self.name = (width, height), fps, device or "made"
        self.frames, self.is_closed = [], False
        Device.opened.append(self)

    def send(self, frame):
        assert not self.is_closed
        assert frame.flags.c_contiguous and frame.dtype == np.uint8
        self.frames.append(frame.reshape(self.size[1], self.size[0], 3).copy())

    def device(self):
        return self.name

    def native_fourcc(self):
        return None

    def close(self):
        assert not self.is_closed, "exactly once"
        self.is_closed = True


class Camera:
    """As pyvirtualcam 0.15's, as far as it is used: the same arguments, checks and errors."""

    def __init__(self, width, height, fps, *, fmt=None, device=None, backend=None):
        try:
            self._backend = Device(width=width, height=height, fps=fps, fourcc=0, device=device)
        except Exception as error:
            raise RuntimeError(f"'made' backend: {error}") from error
        self._size = (height, width, 3)

    @property
    def device(self):
        return self._backend.device()

    def send(self, frame):
        if frame.dtype != np.uint8:
            raise TypeError(f"unexpected frame dtype: {frame.dtype} != uint8")
        if frame.shape != self._size:
            raise ValueError(f"unexpected frame shape: {frame.shape} != {self._size}")
        self._backend.send(np.asarray(frame.reshape(-1), order="C"))

    def close(self):
        if self._backend is not None:
            self._backend.close()
            self._backend = None


@pytest.fixture(params=["made", pytest.param("real", marks=needs_library)])
def device(request, monkeypatch):
    """The device that is opened; the camera before it is ours or the library's own."""
    monkeypatch.setattr(Device, "opened", [])
    if request.param == "real":
        library = importlib.import_module("pyvirtualcam")
        monkeypatch.setattr("pyvirtualcam.camera.BACKENDS", {"made": Device})
    else:
        library = types.ModuleType("pyvirtualcam")
        library.__spec__ = importlib.util.spec_from_loader("pyvirtualcam", None)
        library.Camera = Camera
        monkeypatch.setitem(sys.modules, "pyvirtualcam", library)
    return Device


def frame(level, alpha=False):
    image = np.full((*STAGE[::-1], 3), level, np.uint8)
    return OutputFrame(Frame(0.0, 0.0, image, None, 0.0), Fitting(STAGE, STAGE), alpha, 1)


def test_pictures_reach_the_device_as_they_are(device):
    asked = parse_output("camera:/dev/video7")
    kind = kind_of("camera")
    assert kind.missing() == "" and kind.never_run
    check_outputs([asked])
    (tried,) = device.opened
    assert tried.is_closed and not tried.frames and tried.name == "/dev/video7"
    output = kind.open(Opening(asked, STAGE, 25.0, Told()))
    camera = device.opened[-1]
    assert (camera.size, camera.fps) == ((64, 36), 25.0), "an odd row and column are left out"
    for level in (10, 200):
        assert output.send(frame(level))
    assert output.state == "as /dev/video7"
    output.close()
    assert [picture.mean() for picture in camera.frames] == [10, 200] and camera.is_closed
    again = kind.open(Opening(parse_output("camera"), STAGE, 25.0, Told()))
    assert again.state == "as made"
    again.close()


def test_a_camera_that_somebody_has_is_told_in_one_sentence(device, monkeypatch):
    for platform, how in (("linux", "modprobe v4l2loopback"), ("win32", "install OBS"),
                          ("darwin", "OBS 30"), ("freebsd", "modprobe")):  # fmt: skip
        monkeypatch.setattr(sys, "platform", platform)
        with pytest.raises(OutputError, match=how) as said:
            check_outputs([parse_output("camera:taken")])
        assert "already in use)" in str(said.value) and "\n" not in str(said.value)
    with pytest.raises(RuntimeError):
        kind_of("camera").open(Opening(parse_output("camera:taken"), STAGE, 25.0, Told()))


def test_it_carries_no_transparency():
    assert parse_output("camera").alpha is False
    with pytest.raises(OutputError, match="carries no transparency"):
        parse_output("camera,alpha=on")


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr("live.outputs.package.find_spec", lambda _: None)
    with pytest.raises(OutputError, match=r"is not installed: run `pip install .*\[vcam\]"):
        check_outputs([parse_output("camera")])


@needs_library
@pytest.mark.skipif(any(Path("/dev").glob("video*")), reason="this machine has cameras")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux' words")
def test_where_there_is_no_device_the_real_library_says_so():
    for text, why in (("camera", "No v4l2 loopback device found"),
                      ("camera:/dev/video7", "/dev/video7 does not exist")):  # fmt: skip
        with pytest.raises(OutputError, match=why) as said:
            check_outputs([parse_output(text)])
        assert "modprobe v4l2loopback` (package" in str(said.value)
