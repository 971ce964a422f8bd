"""Bundles as folders and as zips: the shipped ones with something wrong in manifest or network."""

import hashlib
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.random import Generator

from benchmarks.fuzz.archive import zipped
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import json_text, mutated, odd_json, pick
from models.bundle import MANIFEST, SHIPPED

NAMES = ("alice", "ballroom", "ear")
NETWORK_CHANGED = 0.15  # share of inputs whose network is another and whose hash is right again
ODD_NAMES = (
    "../x",
    "/etc/passwd",
    "",
    ".",
    "C:\\x",
    "a/b/",
    "MANIFEST.JSON",
    "é",
    "\x01",
    "a" * 300,
)


@dataclass(frozen=True)
class Valid:
    """One shipped bundle."""

    manifest: dict[str, Any]
    file: str
    path: Path  # of its network
    network: bytes


def _begin(_: Path) -> list[Valid]:
    found: list[Valid] = []
    for name in NAMES:
        manifest = json.loads((SHIPPED / name / MANIFEST).read_text(encoding="utf-8"))
        (file,) = manifest["networks"].values()
        path = SHIPPED / name / file
        found.append(Valid(manifest, file, path, path.read_bytes()))
    return found


def _make(rng: Generator, valid: list[Valid], folder: Path) -> Path:
    chosen = pick(rng, valid)
    network, fields = chosen.network, chosen.manifest
    if is_other := rng.random() < NETWORK_CHANGED:
        network = mutated(rng, network, [other.network for other in valid])
        hashes = {chosen.file: hashlib.sha256(network).hexdigest()}
        fields = {**fields, "sha256": hashes}
    elif rng.random() < 0.85:
        fields = odd_json(rng, fields)
    manifest = json_text(fields).encode()
    if rng.random() < 0.1:
        manifest = mutated(rng, manifest)
    if rng.random() < 0.5:
        return _folder(folder / "me", manifest, chosen, network if is_other else None)
    return _zip(rng, folder / "me.zip", manifest, chosen, network)


def _folder(path: Path, manifest: bytes, chosen: Valid, network: bytes | None) -> Path:
    """The network that ships is linked, not copied."""
    path.mkdir()
    (path / MANIFEST).write_bytes(manifest)
    if network is not None:
        (path / chosen.file).write_bytes(network)
    else:
        try:
            os.link(chosen.path, path / chosen.file)
        except OSError:  # on another disk
            (path / chosen.file).write_bytes(chosen.network)
    return path


def _zip(rng: Generator, path: Path, manifest: bytes, chosen: Valid, network: bytes) -> Path:
    """Members twice, missing, elsewhere, called otherwise; or the archive itself is damaged."""
    members = [(MANIFEST, manifest), (chosen.file, network)]
    match int(rng.integers(8)):
        case 0:
            members = [(f"me/{name}", content) for name, content in members]
        case 1:
            members.append((pick(rng, (*ODD_NAMES, MANIFEST, chosen.file)), manifest[:50]))
        case 2:
            members = [pick(rng, members)]
        case 3:
            members = [(members[0][0], network), (members[1][0], manifest)]
    packed = zipfile.ZIP_DEFLATED if rng.random() < 0.1 else zipfile.ZIP_STORED
    content = zipped(members, packed)
    path.write_bytes(mutated(rng, content) if rng.random() < 0.3 else content)
    return path


BUNDLES = Kind("bundles", _begin, _make, "benchmarks.fuzz.bundle_readers:readers")
