"""A bundle: a folder or .zip with manifest.json and *.onnx, found by name. No torch, no pickle.

The user's own bundles (platformdirs) come before the shipped ones. Every file is hashed; a bundle
that is damaged, newer than this program or reaches out of its folder is refused in one sentence,
and spoils no other.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.bundle_files import (
    MANIFEST,
    MOST_MANIFEST,
    BundleError,
    called,
    is_path,
    read_inside,
    refuse_outside,
)
from models.fields import in_brief
from models.files import give_name
from models.manifest import FORMAT_VERSION, KINDS, LONGEST_NAME, Manifest, read_manifest

__all__ = [
    "FORMER_NAMES", "KINDS", "LONGEST_NAME", "MANIFEST", "SHIPPED", "Bundle", "BundleError",
    "Manifest", "available", "find", "is_path", "load", "scan", "user_folder", "write",
]  # fmt: skip

SHIPPED = Path(__file__).resolve().parent / "bundles"
# What shipped persons were called when each size was a bundle of its own. They are not listed.
FORMER_NAMES = {"alice-512": "alice", "alice-hd": "alice", "bob-512": "bob", "bob-hd": "bob"}
# ONNX's field external_data (13) with its entry "location": weights in a file beside the network,
# which onnxruntime would look for in the folder it is started in.
_OUTSIDE = re.compile(rb"\x6a(?:[\x00-\x7f]|[\x80-\xff][\x00-\x7f])\x0a\x08location\x12(?s:.)[^\n]")


@dataclass(frozen=True)
class Bundle:
    """A checked bundle; `read` gives the bytes of one of its files."""

    manifest: Manifest
    path: Path

    def read(self, file: str) -> bytes:
        """The bytes of one file, its hash checked.

        Raises BundleError when it is missing, damaged or not named in the manifest, and for a
        network with weights in other files.
        """
        expected = self.manifest.sha256.get(file)
        if expected is None:
            raise BundleError(f"Bundle {self.manifest.name}: {file} is not listed in its manifest.")
        content = read_inside(self.path, file)
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError(
                f"Bundle {self.manifest.name} is damaged ({file}: wrong hash): install it again."
            )
        if file in self.manifest.networks.values() and _OUTSIDE.search(content):
            raise BundleError(
                f"Bundle {self.manifest.name}: {file} keeps its weights in another file: "
                "export it as one."
            )
        return content

    @property
    def sizes(self) -> Any:
        """Sizes of its network, one of models/spec.py.

        Raises BundleError when they are not those of its kind of network.
        """
        try:
            return self.manifest.network_kind.read_sizes(self.manifest.spec)
        except (TypeError, KeyError) as error:
            raise BundleError(
                f"Bundle {self.manifest.name} has other network sizes than this program knows "
                f"({in_brief(str(error))[1:-1]}): update dancelive or export the bundle again."
            ) from error

    def network(self, *precisions: str) -> tuple[bytes, str]:
        """The first of the wanted precisions that the bundle holds, and which one it is."""
        for precision in precisions:
            if precision in self.manifest.networks:
                return self.read(self.manifest.networks[precision]), precision
        have = in_brief(", ".join(self.manifest.networks) or "none")[1:-1]
        raise BundleError(
            f"Bundle {self.manifest.name} has no {' or '.join(precisions)} network, only: {have}."
        )


def user_folder() -> Path:
    """Where the user's own bundles lie (DANCELIVE_BUNDLES overrides)."""
    from platformdirs import user_data_path

    chosen = os.environ.get("DANCELIVE_BUNDLES")
    return Path(chosen) if chosen else user_data_path("dancelive", False) / "bundles"


def is_shipped(name: str) -> bool:
    """Whether a bundle of this name comes with the program."""
    return (SHIPPED / name / MANIFEST).is_file()


def load(path: Path) -> Bundle:
    """Read and check the manifest of a folder or .zip.

    Raises BundleError in one sentence.
    """
    manifest = read_manifest(read_inside(path, MANIFEST, MOST_MANIFEST), called(path))
    for file in (*manifest.sha256, *manifest.networks.values()):
        refuse_outside(path, file)
    return Bundle(manifest, path)


def scan() -> Iterator[Bundle | BundleError]:
    """Whatever looks like a bundle, the user's own first; why, where one cannot be used."""
    for folder in (user_folder(), SHIPPED):
        yield from _scan(folder)


def available(kind: str) -> Iterator[Bundle]:
    """All readable bundles of a kind, the user's own first; a name is given once.

    Where two say they have it, it is that of the one whose folder is called so.
    """
    chosen: dict[str, Bundle] = {}
    for found in scan():  # --check tells what is wrong with the others
        if not isinstance(found, Bundle) or found.manifest.kind != kind:
            continue
        name = found.manifest.name
        if name not in chosen or (_bears(found, name) and not _bears(chosen[name], name)):
            chosen[name] = found
    return iter(chosen.values())


def find(kind: str, name: str) -> Bundle:
    """By path (with a separator in it, or a .zip), or by name among the user's and the shipped.

    A bare name is never a folder that happens to lie in the current one. A former name of a
    shipped person is theirs while no bundle has it.

    Raises BundleError naming those that exist.
    """
    path = Path(name) if is_path(name) else _by_name(kind, name)
    if path is None:
        names = [bundle.manifest.name for bundle in available(kind)]
        if kind == "target":
            names.append("skeleton")
        known = ", ".join(names)
        raise BundleError(f"There is no {kind} {in_brief(name)}; there are: {known}.")
    bundle = load(path)
    if bundle.manifest.kind != kind:
        raise BundleError(f"{called(path)} is a {bundle.manifest.kind}, not a {kind}.")
    return bundle


def _scan(folder: Path) -> Iterator[Bundle | BundleError]:
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        yield BundleError(f"The bundles in {folder} cannot be read ({error.strerror}).")
        return
    for path in paths:
        if _looks_like_one(path):
            try:
                yield load(path)
            except BundleError as error:
                yield error


def _looks_like_one(path: Path) -> bool:
    """A folder with a manifest, one that may not be looked into, or a .zip."""
    if path.name.startswith("."):
        return False
    try:
        os.lstat(path if path.suffix == ".zip" else path / MANIFEST)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def _bears(found: Bundle, name: str) -> bool:
    """Whether its folder or .zip is called so."""
    return name in (found.path.name, found.path.stem)


def _by_name(kind: str, name: str) -> Path | None:
    """The user's bundle that is called so, else the shipped one, else whose manifest says so.

    At last the shipped one that was called so before.
    """
    for folder in (user_folder(), SHIPPED):
        for path in (folder / name, folder / f"{name}.zip"):
            if name and _looks_like_one(path):
                return path
    named = (found.path for found in available(kind) if found.manifest.name == name)
    return next(named, None) or _by_former_name(kind, name)


def _by_former_name(kind: str, name: str) -> Path | None:
    if kind != "target" or name not in FORMER_NAMES:
        return None
    path = SHIPPED / FORMER_NAMES[name]
    return path if _looks_like_one(path) else None


def _laid_out(manifest: dict[str, Any]) -> str:
    """JSON for people: a field a line, and lists of numbers in one."""
    text = json.dumps(manifest, indent=1)
    return re.sub(r"\[[-+.\deE,\s]+\]", lambda numbers: " ".join(numbers[0].split()), text) + "\n"


def write(folder: Path, manifest: dict[str, Any], files: dict[str, bytes]) -> Bundle:
    """Write a bundle whole or not at all: into a sibling folder first, then renamed."""
    import shutil

    part, old = (folder.with_name(f"{folder.name}.{which}") for which in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    part.mkdir(parents=True)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    complete = {**manifest, "sha256": digests, "format_version": FORMAT_VERSION}
    try:
        for name, content in files.items():
            (part / name).write_bytes(content)
        (part / MANIFEST).write_text(_laid_out(complete), encoding="utf-8")
        load(part)
        if folder.exists():
            give_name(folder, old)
        give_name(part, folder)
    finally:
        if old.exists() and not folder.exists():  # stopped between the two
            give_name(old, folder)
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return load(folder)
