"""A bundle: a folder or .zip with manifest.json and *.onnx, found by name. No torch, no pickle.

The user's own bundles (platformdirs) come before the shipped ones. Every file is hashed; a bundle
that is damaged, newer than this program or reaches out of its folder is refused in one sentence.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, cast

import numpy as np

from models.skeleton import Body, Framing

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
KINDS = ("dance", "target", "ear")  # an ear hears the beat
SHIPPED = Path(__file__).resolve().parent / "bundles"


class BundleError(Exception):
    """A bundle that cannot be used, in one sentence for the performer."""


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself."""

    kind: str  # "dance", "target" or "ear"
    name: str
    licence: str
    provenance: str
    networks: dict[str, str]  # precision -> file name, e.g. {"fp32": "generator.onnx"}
    sha256: dict[str, str]  # file name -> hex digest
    spec: dict[str, Any]  # network sizes
    parity: dict[str, float] = field(default_factory=dict[str, float])
    states: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    horizons: list[float] = field(default_factory=list[float])
    size: int = 0  # of a target's square picture, px
    bone_lengths: list[float] = field(default_factory=list[float])
    framing: dict[str, float] = field(default_factory=dict[str, float])
    consent: str = ""
    measured: dict[str, Any] = field(default_factory=dict[str, Any])
    format_version: int = FORMAT_VERSION

    @property
    def body(self) -> Body:
        """The person of a target bundle."""
        return Body(np.array(self.bone_lengths, np.float32), Framing(**self.framing))


@dataclass(frozen=True)
class Bundle:
    """A checked bundle; `read` gives the bytes of one of its files."""

    manifest: Manifest
    path: Path

    def read(self, file: str) -> bytes:
        """The bytes of one file, its hash checked.

        Raises BundleError when it is missing, damaged or not named in the manifest.
        """
        expected = self.manifest.sha256.get(file)
        if expected is None:
            raise BundleError(f"Bundle {self.manifest.name}: {file} is not listed in its manifest.")
        content = _read_inside(self.path, file)
        if hashlib.sha256(content).hexdigest() != expected:
            raise BundleError(
                f"Bundle {self.manifest.name} is damaged ({file}: wrong hash): install it again."
            )
        return content

    def network(self, *precisions: str) -> tuple[bytes, str]:
        """The first of the wanted precisions that the bundle holds, and which one it is."""
        for precision in precisions:
            if precision in self.manifest.networks:
                return self.read(self.manifest.networks[precision]), precision
        have = ", ".join(self.manifest.networks) or "none"
        raise BundleError(
            f"Bundle {self.manifest.name} has no {' or '.join(precisions)} network, only: {have}."
        )


def user_folder() -> Path:
    """Where the user's own bundles lie (DANCELIVE_BUNDLES overrides)."""
    from platformdirs import user_data_path

    chosen = os.environ.get("DANCELIVE_BUNDLES")
    return Path(chosen) if chosen else user_data_path("dancelive", False) / "bundles"


def _read_inside(root: Path, file: str) -> bytes:
    parts = PurePosixPath(file).parts
    if not parts or file.startswith("/") or ".." in parts or "\\" in file or ":" in file:
        raise BundleError(f"Bundle {root.name} names a file outside its folder ({file}): not used.")
    try:
        if root.is_dir():
            inside = (root / file).resolve()
            if not inside.is_relative_to(root.resolve()):
                raise BundleError(
                    f"Bundle {root.name} names a file outside its folder ({file}): not used."
                )
            return inside.read_bytes()
        with zipfile.ZipFile(root) as archive:
            return archive.read(file)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"Bundle {root.name}: cannot read {file} ({error}).") from error


def load(path: Path) -> Bundle:
    """Read and check the manifest of a folder or .zip.

    Raises BundleError in one sentence.
    """
    try:
        fields: Any = json.loads(_read_inside(path, MANIFEST))
    except ValueError as error:
        raise BundleError(f"Bundle {path.name}: its manifest is not readable JSON.") from error
    if not isinstance(fields, dict):
        raise BundleError(f"Bundle {path.name}: its manifest is not readable JSON.")
    fields = cast("dict[str, Any]", fields)
    version = fields.get("format_version")
    if version != FORMAT_VERSION:
        raise BundleError(
            f"Bundle {path.name} has format {version}, this program reads {FORMAT_VERSION}: "
            "update dancelive or export the bundle again."
        )
    try:
        manifest = Manifest(**fields)
    except TypeError as error:
        raise BundleError(f"Bundle {path.name}: its manifest lacks or misnames a field.") from error
    if manifest.kind not in KINDS:
        raise BundleError(f"Bundle {path.name} is neither a dance nor a target nor an ear.")
    if manifest.kind == "dance" and len(manifest.horizons) < 2:
        raise BundleError(f"Bundle {path.name} foresees no motion and cannot be played live.")
    for file in manifest.sha256:
        parts = PurePosixPath(file).parts
        if file.startswith("/") or ".." in parts or "\\" in file or ":" in file:
            raise BundleError(
                f"Bundle {path.name} names a file outside its folder ({file}): not used."
            )
    return Bundle(manifest, path)


def available(kind: str) -> Iterator[Bundle]:
    """All readable bundles of a kind, the user's own first; a name is given once."""
    seen: set[str] = set()
    for folder in (user_folder(), SHIPPED):
        if not folder.is_dir():
            continue
        for path in sorted(folder.iterdir()):
            if not (path / MANIFEST).exists() and path.suffix != ".zip":
                continue
            try:
                bundle = load(path)
            except BundleError:
                continue  # --check tells why; a broken neighbour must not hide the good ones
            if bundle.manifest.kind == kind and bundle.manifest.name not in seen:
                seen.add(bundle.manifest.name)
                yield bundle


def find(kind: str, name: str) -> Bundle:
    """By path (with a separator in it, or a .zip), or by name among the user's and the shipped.

    A bare name is never a folder that happens to lie in the current one.

    Raises BundleError naming those that exist.
    """
    path = Path(name)
    if path.suffix == ".zip" or "/" in name or os.sep in name:
        bundle = load(path)
    else:
        for folder in (user_folder(), SHIPPED):
            for candidate in (folder / name, folder / f"{name}.zip"):
                if candidate.suffix == ".zip" and candidate.is_file():
                    bundle = load(candidate)
                    break
                if (candidate / MANIFEST).is_file():
                    bundle = load(candidate)
                    break
            else:
                continue
            break
        else:
            names = [bundle.manifest.name for bundle in available(kind)]
            if kind == "target":
                names.append("skeleton")
            raise BundleError(f"There is no {kind} {name!r}; there are: {', '.join(names)}.")
    if bundle.manifest.kind != kind:
        raise BundleError(f"{name} is a {bundle.manifest.kind}, not a {kind}.")
    return bundle


def write(folder: Path, manifest: dict[str, Any], files: dict[str, bytes]) -> Bundle:
    """Write a bundle whole or not at all: into a sibling folder first, then renamed."""
    import shutil

    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    complete = {**manifest, "sha256": digests, "format_version": FORMAT_VERSION}
    try:
        for name, content in files.items():
            (part / name).write_bytes(content)
        (part / MANIFEST).write_text(json.dumps(complete, indent=1) + "\n", encoding="utf-8")
        load(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return load(folder)
