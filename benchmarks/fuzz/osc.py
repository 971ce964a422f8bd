"""Packets for `--osc-in`."""

from pathlib import Path
from typing import Any

from numpy.random import Generator

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import ODD, mutated, pick

NAMES = (
    "target", "blackout", "freeze", "mirror", "fullscreen", "phase_lock", "gain", "energy", "style",
    "bpm", "tap", "nudge", "reset", "ping", "targets", "styles", "dance", "", "nothing",
)  # fmt: skip
VALUES: tuple[tuple[str, Any], ...] = (
    ("i", 1), ("i", 0), ("f", 0.5), ("f", 120.0), ("d", -3.0), ("h", 2**40), ("s", "alice"),
    ("s", "?"), ("T", True), ("F", False), ("s", "rumba"), ("s", "../alice"), ("s", "a" * 2_000),
    ("b", b"blob"), ("r", (1, 2, 3, 4)), ("t", (1, 1)), ("c", "c"), ("N", None), ("i", -(2**31)),
    ("f", float("nan")), ("f", float("inf")), ("d", 1e300), ("s", "é"), ("s", "\x00"),
    ("m", (0,) * 4),
)  # fmt: skip
LONGEST = 65_507  # bytes of a datagram


def _begin(_: Path) -> list[bytes]:
    return [_message(f"/dancelive/{name}", *value) for name in NAMES for value in VALUES]


def _message(address: str, kind: str, value: Any) -> bytes:
    """One argument; of a kind that python-osc does not write, its four bytes."""
    from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

    builder = OscMessageBuilder(address)
    try:
        builder.add_arg(value, kind)
        return builder.build().dgram
    except (BuildError, ValueError, TypeError):
        return _text(address) + _text(f",{kind}") + bytes(4)


def _text(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + bytes(-len(raw) % 4)


def _bundle(elements: list[bytes]) -> bytes:
    sized = (len(element).to_bytes(4, "big") + element for element in elements)
    return b"#bundle\0" + (1).to_bytes(8, "big") + b"".join(sized)


def _make(rng: Generator, seeds: list[bytes], folder: Path) -> Path:
    """A message or a bundle of some, even of bundles; four of five are changed."""
    packet = pick(rng, seeds)
    if rng.random() < 0.2:
        odd = [value for value in ODD if isinstance(value, str) and value.isascii()]
        packet = _text(f"/dancelive/{pick(rng, NAMES)}{pick(rng, odd)}") + packet[-8:]
    if rng.random() < 0.4:
        packet = _bundle([pick(rng, seeds) for _ in range(int(rng.integers(0, 9)))])
        for _ in range(int(rng.integers(0, pick(rng, (2, 12, 400))))):
            packet = _bundle([packet])
    if rng.random() < 0.8:
        packet = mutated(rng, packet, seeds)
    path = folder / "packet.osc"
    path.write_bytes(packet[:LONGEST])
    return path


OSC = Kind("osc", _begin, _make, "benchmarks.fuzz.osc_readers:readers")
