"""--out camera[:DEVICE]: the show as a webcam, for whatever asks for one. By pyvirtualcam."""

import importlib
import sys
from typing import Any

from live.core.settings import OutputSettings
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError
from live.outputs.package import missing

TRIED_SIZE = (640, 360)  # px, to find out whether there is a camera
_HOW = {
    "linux": "make one with `sudo modprobe v4l2loopback` (package v4l2loopback-dkms)",
    "darwin": "install OBS 30 or later, and start and stop its virtual camera once",
    "win32": "install OBS, which brings one",
}


class CameraOutput:
    """Opaque RGB pictures; the camera takes each at once and keeps the newest."""

    def __init__(self, opening: Opening) -> None:
        """Raises RuntimeError where there is no such camera, or somebody has it."""
        width, height = opening.size
        # Whoever looks on gets colours for two by two pixels.
        self._columns, self._rows = width // 2 * 2, height // 2 * 2
        self._camera = _camera(self._columns, self._rows, opening.fps, opening.asked.name)

    def send(self, frame: OutputFrame) -> bool:
        """Raises what the driver says."""
        self._camera.send(frame.rgb[: self._rows, : self._columns])
        return True

    @property
    def state(self) -> str:
        return f"as {self._camera.device}"

    def close(self) -> None:
        self._camera.close()


def _camera(width: int, height: int, fps: float, device: str) -> Any:
    library: Any = importlib.import_module("pyvirtualcam")
    return library.Camera(width, height, fps, device=device or None)


def _missing() -> str:
    return missing("pyvirtualcam", "pyvirtualcam", "vcam")


def _check(asked: OutputSettings) -> None:
    size = asked.size if asked.size != (0, 0) else TRIED_SIZE
    try:
        _camera(*size, asked.fps or 30.0, asked.name).close()
    except (RuntimeError, ValueError, OSError) as error:
        how = _HOW.get(sys.platform, _HOW["linux"])
        said = str(error).splitlines()[-1].rstrip(".")
        raise OutputError(
            f"--out {asked.label}: there is no virtual camera that is free ({said}): {how}."
        ) from error


KIND = Kind(
    what="a webcam for video calls and any program that shows one",
    open=CameraOutput,
    missing=_missing,
    check=_check,
    alpha=False,
    can_alpha=False,
    packages=("pyvirtualcam",),
    never_run=True,
)
