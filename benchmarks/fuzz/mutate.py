"""Changes of bytes and of JSON, drawn from a generator: equal draws, equal changes."""

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
from numpy.random import Generator

EXTREMES = (
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63, 2**64 - 1,
)  # fmt: skip
FRONT = 256  # bytes in which most of a header lies
LONGEST_BLOCK = 4_096
DEEP = 20_000  # brackets inside one another


def mutated(rng: Generator, content: bytes, others: Sequence[bytes] = ()) -> bytes:
    """One to four changes; `others` lend blocks."""
    for _ in range(int(rng.integers(1, 5))):
        change = pick(rng, BYTE_CHANGES)
        content = change(rng, content, others) if content else content
    return content


def pick(rng: Generator, choices: Sequence[Any]) -> Any:
    """One of them, as it is."""
    return choices[int(rng.integers(len(choices)))]


def place(rng: Generator, content: bytes) -> int:
    """Anywhere, every second time near the beginning or the end, where headers and tables lie."""
    n = len(content)
    match int(rng.integers(4)):
        case 0:
            return int(rng.integers(min(n, FRONT)))
        case 1:
            return n - 1 - int(rng.integers(min(n, FRONT)))
        case _:
            return int(rng.integers(n))


def _flip(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(int(rng.integers(1, 9))):
        changed[place(rng, content)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _extreme(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    """A number of a header becomes the largest, the least or nothing."""
    size, order = pick(rng, (1, 2, 4, 8)), pick(rng, ("little", "big"))
    number = pick(rng, EXTREMES) % 256**size
    at = place(rng, content)
    if rng.random() < 0.5:
        at -= at % size
    return (content[:at] + number.to_bytes(size, order) + content[at + size :])[: len(content)]


def _cut(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    return content[: place(rng, content)]


def _leave_out(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    at, length = place(rng, content), int(rng.integers(1, LONGEST_BLOCK))
    return content[:at] + content[at + length :]


def _repeat(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    at, length = place(rng, content), int(rng.integers(1, LONGEST_BLOCK))
    return content[: at + length] + content[at:]


def _splice(rng: Generator, content: bytes, others: Sequence[bytes]) -> bytes:
    """A block of another file, or of another place, over or between."""
    source = pick(rng, others) if len(others) and rng.random() < 0.5 else content
    begin, at = place(rng, source or b"0"), place(rng, content)
    block = source[begin : begin + int(rng.integers(1, LONGEST_BLOCK))]
    return content[:at] + block + content[at + (len(block) if rng.random() < 0.7 else 0) :]


def _blank(rng: Generator, content: bytes, _: Sequence[bytes]) -> bytes:
    at, length = place(rng, content), int(rng.integers(1, LONGEST_BLOCK))
    block = pick(rng, (bytes(length), b"\xff" * length, rng.bytes(length)))
    return (content[:at] + block + content[at + length :])[: len(content)]


BYTE_CHANGES: tuple[Callable[[Generator, bytes, Sequence[bytes]], bytes], ...] = (
    _flip, _flip, _extreme, _extreme, _cut, _leave_out, _repeat, _splice, _blank,
)  # fmt: skip

_DEEP = "@deep@"  # stands for what json could not write
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 3, 65_536, 2**31, 2**63, -(2**63), 10**400, 0.5, -0.0, 1e-320,
    1e308, float("nan"), float("inf"), -float("inf"), "", "0", "nan", "é\n\t", "\x00", "\ud800",
    "../../secret", "C:\\x", "a" * 100_000, [], [[]], [0], [None] * 5, {}, {"": {}}, {"0": 0},
    _DEEP,
)  # fmt: skip


def odd_json(rng: Generator, value: Any) -> Any:
    """A copy with one to three things of other types, missing, exchanged or out of range."""
    whole = {"": json.loads(json.dumps(value))}
    for _ in range(int(rng.integers(1, 4))):
        places = list(_places(whole))
        holder, key = pick(rng, places)
        match int(rng.integers(6)):
            case 0 if holder is not whole:
                del holder[key]
            case 1:
                other, its = pick(rng, places)
                holder[key] = json.loads(json.dumps(other[its]))
            case 2:
                holder[key] = _tweaked(rng, holder[key])
            case 3 if holder is not whole and isinstance(holder, dict):
                holder[pick(rng, ("", "extra", "__class__", "0"))] = holder.pop(key)
            case _:
                holder[key] = deepcopy(pick(rng, ODD))  # which is changed in its turn
    return whole[""]


def json_text(value: Any) -> str:
    """As JSON, with what json itself would not write."""
    deep = "[" * DEEP + "]" * DEEP
    return json.dumps(value, ensure_ascii=True).replace(f'"{_DEEP}"', deep)


def _places(holder: Any) -> Any:
    items = list(holder.items() if isinstance(holder, dict) else enumerate(holder))
    for key, value in items:
        yield holder, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _tweaked(rng: Generator, value: Any) -> Any:
    """Of the same type, but another."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float) and abs(value) < 1e15:
        return pick(rng, (-value, value + 1, value * 1_000, value / 7, int(value) << 20, 0))
    if isinstance(value, str):
        return pick(rng, (value[:-1], value * 2, value.upper(), value + "\n", value + "/.."))
    if isinstance(value, list):
        return pick(rng, (value[:-1], value * 2, value[::-1], value[:1] * 2_000))
    if not isinstance(value, dict):  # a number that is none, or is too large
        return 0
    return dict(list(value.items())[::2])


def generator(seed: int, kind: str, number: int) -> Generator:
    """That of one input: whatever came before it."""
    return np.random.default_rng([seed, number, *kind.encode()])
