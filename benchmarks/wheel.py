"""The wheel as somebody has it who has nothing else: built, installed into bare Pythons, danced.

`python -m benchmarks.wheel [--python 3.12 ...] [--extra cpu] [--seconds 5] [--out out/wheel]`
(`make wheel` tries the Python that made the project's environment). For each Python from 3.11 on,
of the path and of pyenv: an empty environment, the wheel with its extra, `dancelive --check`, a
show without window that is filmed, and another extra by name, as the program advises it. Of each
film a picture is kept. Leaves wheel.json; 1 if something failed.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import cv2

from models.arguments import number

OLDEST = (3, 11)
BY_NAME = "discovery"  # the smallest extra
ROOT = Path(__file__).parents[1]
_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


def build(folder: Path) -> Path:
    """The wheel of this checkout; what was built before is not taken again."""
    shutil.rmtree(ROOT / "build", ignore_errors=True)
    try:
        _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT])
    finally:
        shutil.rmtree(ROOT / "build", ignore_errors=True)
    return next(folder.glob("dancelive-*.whl"))


def pythons() -> dict[str, Path]:
    """Version -> interpreter, of all that are found here; the first of each version."""
    named = [sys.executable, *(shutil.which(f"python3.{minor}") for minor in range(11, 20))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found: dict[str, Path] = {}
    for place in (*sorted(pyenv.glob("3.*/bin/python")), *(Path(name) for name in named if name)):
        version = version_of(place)
        if version and tuple(map(int, version.split(".")[:2])) >= OLDEST:
            found.setdefault(version, place)
    return found


def version_of(python: Path) -> str:
    """As in 3.12.1; "" for what does not run (a shim of a version that is not chosen)."""
    ended = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=False)
    return ended.stdout.strip()


def tried(wheel: Path, python: Path, extra: str, seconds: float, keep: Path) -> dict[str, Any]:
    """What an empty environment of this Python does with it; `keep` gets a picture of the film."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        place = folder / "environment"
        _run([python, "-m", "venv", place])
        programs = place / ("Scripts" if os.name == "nt" else "bin")
        pip = [programs / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        began = time.perf_counter()
        _run([*pip, f"dancelive[{extra}] @ {wheel.resolve().as_uri()}"])
        installed_s = time.perf_counter() - began
        program = programs / "dancelive"
        checked = _said([program, "--check"], folder)
        film = folder / "x.mp4"
        asked = ["--input", "demo", "--mute", "--headless", "--duration", f"{seconds:g}"]
        shown = _said([program, *asked, "--record", film], folder)
        _run([*pip, f"dancelive[{BY_NAME}]"])  # finds the version that is there, asks no index
        return {
            "python": version_of(python),
            "installed_s": round(installed_s, 1),
            "environment_mb": round(_bytes(place) / 1e6),
            "ready": "ready: " in checked,
            "said": shown.strip().splitlines(),
            "film": looked_through(film, keep),
        }


def looked_through(film: Path, keep: Path) -> dict[str, Any]:
    """Pictures, seconds, what stands in the middle one."""
    with av.open(str(film)) as file:
        pictures = [p.to_ndarray(format="bgr24") for p in file.decode(video=0)]
        seconds = (file.duration or 0) / av.time_base
        sound = [stream.codec_context.name for stream in file.streams.audio]
    middle = pictures[len(pictures) // 2]
    cv2.imwrite(str(keep), middle)
    moved = cv2.absdiff(pictures[0], pictures[-1]).max()
    return {
        "pictures": len(pictures),
        "seconds": round(seconds, 2),
        "size": [middle.shape[1], middle.shape[0]],
        "sound": sound,
        "grey levels apart": int(middle.max()) - int(middle.min()),
        "moved": bool(moved > 100),
    }


def faults(one: dict[str, Any], seconds: float) -> list[str]:
    """What is wrong with it; a busy machine may leave pictures out, none is a film of its end."""
    film = one["film"]
    wrong = {
        "--check does not say ready": not one["ready"],
        "the film has not its length": not 0.7 * seconds < film["seconds"] < 1.3 * seconds,
        "the film has no sound": not film["sound"],
        "there is nobody in it": film["grey levels apart"] < 100 or not film["moved"],
    }
    return [fault for fault, is_so in wrong.items() if is_so]


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if not file.is_symlink())


def _said(words: Sequence[str | Path], folder: Path) -> str:
    """All that it says, started in a folder where nothing of the project lies."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    own |= {"DANCELIVE_SETTINGS": str(folder), "DANCELIVE_BUNDLES": str(folder / "none")}
    return _run(words, folder, own)


def _run(
    words: Sequence[str | Path], folder: Path | None = None, own: dict[str, str] | None = None
) -> str:
    """What it says. Raises SystemExit with that where it fails."""
    ended = subprocess.run(
        words, cwd=folder, env=own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False,
    )  # fmt: skip
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {ended.returncode}\n{ended.stdout}")
    return ended.stdout


def main() -> int:
    p = argparse.ArgumentParser(prog="python -m benchmarks.wheel", description=__doc__)
    p.add_argument("--python", nargs="+", default=[], metavar="3.12", help="default: all found")
    p.add_argument("--extra", default="cpu")
    p.add_argument("--seconds", type=number(1, 600), default=5.0)
    p.add_argument("--out", type=Path, default=Path("out/wheel"))
    args = p.parse_args()
    chosen = {
        version: place
        for version, place in pythons().items()
        if not args.python or any(re.match(rf"{re.escape(v)}\b", version) for v in args.python)
    }
    if not chosen:
        raise SystemExit(f"There is no Python {' or '.join(args.python)} here.")
    args.out.mkdir(parents=True, exist_ok=True)
    for old in args.out.glob("dancelive-*.whl"):
        old.unlink()
    began = time.perf_counter()
    wheel = build(args.out)
    told: dict[str, Any] = {
        "wheel": wheel.name,
        "wheel_mb": round(wheel.stat().st_size / 1e6, 1),
        "built_s": round(time.perf_counter() - began, 1),
        "pythons": [],
    }
    for version, place in chosen.items():
        one = tried(wheel, place, args.extra, args.seconds, args.out / f"{version}.png")
        told["pythons"].append(one | {"faults": faults(one, args.seconds)})
    (args.out / "wheel.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told))
    return int(any(one["faults"] for one in told["pythons"]))


if __name__ == "__main__":
    sys.exit(main())
