"""Bundles as folders and as zips, with something wrong in the manifest or in a file.

They are the shipped ones, and a person of an image network.
"""

import hashlib
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from numpy.random import Generator

from benchmarks.fuzz.archive import zipped
from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import json_text, mutated, odd_json, pick
from models.bundle import MANIFEST, SHIPPED, write

SPOILED = (  # what of the shipped ones is not what it was, or only said to be
    ("alice", "puppet.onnx"), ("alice", "head.jpg"), ("alice", "head.png"),
    ("ballroom", "generator.onnx"), ("ear", "ear.onnx"),
)  # fmt: skip
FILE_CHANGED = 0.15  # share of inputs of which a file is another and its hash is right again
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
    """One good bundle and one of its files."""

    manifest: dict[str, Any]
    folder: Path
    file: str
    content: bytes


def _begin(folder: Path) -> list[Valid]:
    files = [*((SHIPPED / name, file) for name, file in SPOILED), _image_network(folder)]
    return [_valid(*each) for each in files]


def _valid(folder: Path, file: str) -> Valid:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Valid(manifest, folder, file, (folder / file).read_bytes())


def _image_network(folder: Path) -> tuple[Path, str]:
    """The bundle of a person whom nobody trained, and its network."""
    import torch

    from benchmarks.fuzz.checkpoints import RIGHTS, TINY, body
    from export.to_onnx import export_network
    from models.nets.picture.renderer import PoseRenderer, StageRenderer
    from models.spec import TARGET, RendererSpec

    torch.manual_seed(0)
    sizes, file = RendererSpec(**TINY["target"]), "renderer.onnx"
    network = StageRenderer(PoseRenderer(sizes))
    nowhere = (torch.full((1, 18, 2), 0.5),)
    content = export_network(network, nowhere, [TARGET.joints], TARGET[1:])
    told = {key: RIGHTS[key] for key in ("licence", "provenance", "consent")}
    facts = {
        "kind": "target", "network": "stage", "name": "image", "networks": {"fp32": file},
        "spec": asdict(sizes), "size": sizes.size, **told, **body(),
    }  # fmt: skip
    return write(folder / "image", facts, {file: content}).path, file


def _make(rng: Generator, valid: list[Valid], folder: Path) -> Path:
    chosen = pick(rng, valid)
    content, fields = chosen.content, chosen.manifest
    if is_other := rng.random() < FILE_CHANGED:
        content = mutated(rng, content, [other.content for other in valid])
        hashes = fields["sha256"] | {chosen.file: hashlib.sha256(content).hexdigest()}
        fields = {**fields, "sha256": hashes}
    elif rng.random() < 0.85:
        fields = odd_json(rng, fields)
    manifest = json_text(fields).encode()
    if rng.random() < 0.1:
        manifest = mutated(rng, manifest)
    if rng.random() < 0.5:
        return _folder(folder / "me", manifest, chosen, content if is_other else None)
    return _zip(rng, folder / "me.zip", manifest, chosen, content)


def _folder(path: Path, manifest: bytes, chosen: Valid, content: bytes | None) -> Path:
    """What is as it was is linked, not copied."""
    path.mkdir()
    (path / MANIFEST).write_bytes(manifest)
    if content is not None:
        (path / chosen.file).write_bytes(content)
    for file in chosen.manifest["sha256"]:
        if content is None or file != chosen.file:
            _link(chosen.folder / file, path / file)
    return path


def _link(file: Path, place: Path) -> None:
    try:
        os.link(file, place)
    except OSError:  # on another disk
        place.write_bytes(file.read_bytes())


def _zip(rng: Generator, path: Path, manifest: bytes, chosen: Valid, content: bytes) -> Path:
    """Members twice, missing, elsewhere, called otherwise; or the archive itself is damaged."""
    members = [(MANIFEST, manifest), (chosen.file, content)]
    match int(rng.integers(8)):
        case 0:
            members = [(f"me/{name}", content) for name, content in members]
        case 1:
            members.append((pick(rng, (*ODD_NAMES, MANIFEST, chosen.file)), manifest[:50]))
        case 2:
            members = [pick(rng, members)]
        case 3:
            members = [(members[0][0], content), (members[1][0], manifest)]
    packed = zipfile.ZIP_DEFLATED if rng.random() < 0.1 else zipfile.ZIP_STORED
    archive = zipped(members, packed)
    path.write_bytes(mutated(rng, archive) if rng.random() < 0.3 else archive)
    return path


BUNDLES = Kind("bundles", _begin, _make, "benchmarks.fuzz.bundle_readers:readers")
