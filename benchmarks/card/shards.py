"""What was made, in parts small enough to be carried away, and put together again."""

import io
import tarfile
from pathlib import Path

PART_MB = 15
MOST_MB = 60
_NAME = "card.tar.part"
# What must not be lost comes first; within a kind the small before the large.
_FIRST = (".json", ".md", ".log", ".jsonl", ".onnx", ".png", ".safetensors")


def pack(folder: Path, into: Path, most_mb: float = MOST_MB) -> list[str]:
    """Files of `folder` into numbered parts in `into`; returns those that had no room."""
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=_worth)
    room, left_out = most_mb * 1e6, list[str]()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in files:
            size = path.stat().st_size
            if size > room:
                left_out.append(str(path.relative_to(folder)))
                continue
            room -= size
            tar.add(path, path.relative_to(folder))
    whole, part = packed.getvalue(), int(PART_MB * 1e6)
    into.mkdir(parents=True, exist_ok=True)
    for number, begin in enumerate(range(0, len(whole), part)):
        (into / f"{_NAME}{number:02}").write_bytes(whole[begin : begin + part])
    return left_out


def unpack(parts: Path, into: Path) -> int:
    """The parts in a folder -> the files; returns how many. Raises FileNotFoundError, TarError."""
    found = sorted(parts.glob(f"{_NAME}*"))
    if not found:
        raise FileNotFoundError(f"There are no parts ({_NAME}00 ...) in {parts}")
    whole = io.BytesIO(b"".join(part.read_bytes() for part in found))
    with tarfile.open(fileobj=whole, mode="r:gz") as tar:
        tar.extractall(into, filter="data")
        return len(tar.getnames())


def _worth(path: Path) -> tuple[int, int, str]:
    kind = _FIRST.index(path.suffix) if path.suffix in _FIRST else len(_FIRST)
    return kind, path.stat().st_size, str(path)
