"""Packages that write into the same folder: what is installed last breaks what was there."""

from importlib.metadata import distributions

# All of them are the module `cv2`; the last one has no window and no Qt of its own.
_OPENCV = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
    "opencv-python-headless",
)


def overlaid_opencv() -> str:
    """What to do where several packages of OpenCV lie over each other, in one sentence; or ""."""
    named = {(found.metadata["Name"] or "").lower().replace("_", "-") for found in distributions()}
    here = [name for name in _OPENCV if name in named]
    if len(here) < 2:
        return ""
    return (
        f"Several packages of OpenCV lie over each other ({', '.join(here)}): "
        f"pip uninstall -y {' '.join(here)}, then pip install {_OPENCV[-1]}."
    )
