"""The graphics card of this machine, what is installed for it, and what a stage lacks."""

import subprocess
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

PACKAGES = ("torch", "onnxruntime", "onnxruntime-gpu", "tensorrt", "cuda-python", "wgpu", "onnx")


class Card(NamedTuple):
    """As the driver tells it."""

    name: str
    driver: str
    memory_mb: int
    used_mb: int


def card() -> Card | None:
    """The first one; None where no driver answers."""
    asked = "--query-gpu=name,driver_version,memory.total,memory.used"
    try:
        said = subprocess.run(
            ["nvidia-smi", asked, "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stdout.splitlines()[0]  # fmt: skip
        name, driver, total, used = (word.strip() for word in said.split(","))
        return Card(name, driver, int(total), int(used))
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return None


def packages() -> dict[str, str]:
    """The versions of what is installed of PACKAGES."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _no_card() -> str:
    return "" if card() else "no NVIDIA driver answers here (nvidia-smi)"


def _no_cuda_torch() -> str:
    try:
        import torch
    except ImportError:
        return "torch is not installed"
    return "" if torch.cuda.is_available() else "this torch sees no card"


def _no_provider(name: str) -> str:
    try:
        import onnxruntime
    except ImportError:
        return "no onnxruntime is installed"
    there = name in onnxruntime.get_available_providers()
    return "" if there else f"this onnxruntime has no {name} (pip install onnxruntime-gpu)"


_LACKS: dict[str, Callable[[], str]] = {
    "card": _no_card,
    "torch": _no_cuda_torch,
    "onnxruntime": lambda: _no_provider("CUDAExecutionProvider"),
}


def lacks(needs: tuple[str, ...]) -> str:
    """Why a stage with these needs (names of `_LACKS`) cannot run here; "" = it can."""
    return next((why for need in needs if (why := _LACKS[need]())), "")
