"""Zip archives and .npy members with something wrong inside, whose check sums are right."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz.mutate import mutated, pick
from models.types import Array

_DATE = (1980, 1, 1, 0, 0, 0)
SHAPES = (
    "(10**9, 18, 3)", "(20000000000,)", "(-1, 3)", "()", "(0,)", "(1, 1)", "18", "'a'", "(1.5,)",
)  # fmt: skip
KINDS = (
    "'<f8'", "'<i8'", "'<U9'", "'|O'", "'<f2'", "'<c16'", "'|b1'", "'<M8[s]'", "'|V4'", "'x'",
    "[('a', '<f4')]",
)  # fmt: skip


def zipped(members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """The same bytes for the same members; two of one name are both kept."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type = method
            _write(archive, entry, content)
    return file.getvalue()


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, content: bytes) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a name twice
        archive.writestr(entry, content)


def npy(values: Any) -> bytes:
    """As numpy.save writes it."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(values), allow_pickle=True)
    return file.getvalue()


def odd_npy(rng: Generator, values: Array) -> bytes:
    """An array of another shape, type or content, or with a header that lies."""
    if rng.random() < 0.35:
        return _lying(rng, npy(values))
    if rng.random() < 0.1:
        return mutated(rng, npy(values))
    return npy(_odd(rng, values))


def _lying(rng: Generator, content: bytes) -> bytes:
    """The header says another shape or type than what follows it."""
    length = int.from_bytes(content[8:10], "little")
    header, rest = content[10 : 10 + length].decode("latin1"), content[10 + length :]
    if rng.random() < 0.6:
        begin, end = header.index("'shape': ") + 9, header.rindex(", }")
        header = header[:begin] + pick(rng, SHAPES) + header[end:]
    else:
        begin, end = header.index("'descr': ") + 9, header.index(", 'fortran")
        header = header[:begin] + pick(rng, KINDS) + header[end:]
    raw = header.encode("latin1")
    return content[:8] + len(raw).to_bytes(2, "little") + raw + rest


def _odd(rng: Generator, values: Array) -> Any:
    changed = values.copy()
    match int(rng.integers(10)):
        case 0:
            return np.atleast_1d(changed)[:0]
        case 1:
            return changed.T
        case 2:
            return changed.ravel()
        case 3:
            return changed[None]
        case 4:
            kind = pick(rng, ("U20", "S3", "?", "c16", "f2", "i1", "u8", "O"))
            # Words are no numbers.
            return changed.astype(kind if changed.dtype.kind not in "USO" else "S3")
        case 5:
            return pick(
                rng, (np.array(None), np.array({}), np.array("text"), np.array(0), np.array(-1))
            )
        case 6:
            return np.concatenate([changed, changed]) if changed.ndim else changed
        case 7:
            return np.zeros_like(changed)
        case _:
            return _odd_numbers(rng, changed)


def _odd_numbers(rng: Generator, values: Array) -> Array:
    """Some, or all of a part, out of range or no numbers."""
    if values.dtype.kind not in "fiu" or not values.size:
        return values
    odd = pick(rng, (0, -1, 1, 1e-30, 1e9, 1e18, 1e38, 1e300, np.nan, np.inf, -np.inf))
    flat = values.astype(np.float64 if rng.random() < 0.7 else values.dtype).reshape(-1)
    with np.errstate(all="ignore"):
        if rng.random() < 0.5:
            part = rng.integers(flat.size, size=int(rng.integers(1, 20)))
        else:
            part = slice(int(rng.integers(flat.size)), None, int(rng.integers(1, 4)))
        flat[part] = np.array(odd).astype(flat.dtype)
    return flat.reshape(values.shape)
