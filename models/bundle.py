"""A bundle: a folder or .zip with manifest.json and *.onnx, found by name. No torch, no pickle.

The user's own bundles (platformdirs) come before the shipped ones. Every file is hashed; a bundle
that is damaged, newer than this program or reaches out of its folder is refused in one sentence.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, cast

import numpy as np

from models import network_kinds
from models.network_kinds import NetworkKind, UnknownNetworkError
from models.skeleton import Body, Framing

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
KINDS = tuple(dict.fromkeys(known.kind for known in network_kinds.KINDS))
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
    network: str = ""  # what its network is, see models/network_kinds.py
    measured: dict[str, Any] = field(default_factory=dict[str, Any])
    format_version: int = FORMAT_VERSION

    @property
    def body(self) -> Body:
        """The person of a target bundle."""
        return Body(np.array(self.bone_lengths, np.float32), Framing(**self.framing))

    @property
    def network_kind(self) -> NetworkKind:
        """What its network is; raises UnknownNetworkError."""
        return network_kinds.bundled(self.kind, self.spec, self.network)


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
                f"({error}): update dancelive or export the bundle again."
            ) from error

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


def is_shipped(name: str) -> bool:
    """Whether a bundle of this name comes with the program."""
    return (SHIPPED / name / MANIFEST).is_file()


def _read_inside(root: Path, file: str) -> bytes:
    _refuse_outside(root, file)
    try:
        if root.is_dir():
            inside = (root / file).resolve()
            if not inside.is_relative_to(root.resolve()):
                raise _outside(root, file)
            return inside.read_bytes()
        with zipfile.ZipFile(root) as archive:
            return archive.read(file)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"Bundle {root.name}: cannot read {file} ({error}).") from error


def _refuse_outside(root: Path, file: str) -> None:
    parts = PurePosixPath(file).parts
    if not parts or file.startswith("/") or ".." in parts or "\\" in file or ":" in file:
        raise _outside(root, file)


def _outside(root: Path, file: str) -> BundleError:
    return BundleError(f"Bundle {root.name} names a file outside its folder ({file}): not used.")


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
    manifest = _manifest(path, cast("dict[str, Any]", fields))
    for file in manifest.sha256:
        _refuse_outside(path, file)
    return Bundle(manifest, path)


def _manifest(path: Path, fields: dict[str, Any]) -> Manifest:
    """Checked, and its `network` named where an older program did not."""
    version = fields.get("format_version")
    if version != FORMAT_VERSION:
        raise BundleError(
            f"Bundle {path.name} has format {version}, this program reads {FORMAT_VERSION}: "
            "update dancelive or export the bundle again."
        )
    try:
        manifest = Manifest(**fields)
        if manifest.kind not in KINDS:
            raise BundleError(f"Bundle {path.name} is neither a dance nor a target nor an ear.")
        manifest = replace(manifest, network=manifest.network_kind.network)
    except TypeError as error:
        raise BundleError(f"Bundle {path.name}: its manifest lacks or misnames a field.") from error
    except UnknownNetworkError as error:
        raise BundleError(
            f"Bundle {path.name} holds a network that this program does not know ({error}): "
            "update dancelive."
        ) from error
    if manifest.kind == "dance" and len(manifest.horizons) < 2:
        raise BundleError(f"Bundle {path.name} foresees no motion and cannot be played live.")
    return manifest


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
    if path.suffix != ".zip" and "/" not in name and os.sep not in name:
        path = _by_name(name)
        if path is None:
            names = [bundle.manifest.name for bundle in available(kind)]
            if kind == "target":
                names.append("skeleton")
            raise BundleError(f"There is no {kind} {name!r}; there are: {', '.join(names)}.")
    bundle = load(path)
    if bundle.manifest.kind != kind:
        raise BundleError(f"{name} is a {bundle.manifest.kind}, not a {kind}.")
    return bundle


def _by_name(name: str) -> Path | None:
    """The user's bundle of that name, else the shipped one."""
    for folder in (user_folder(), SHIPPED):
        if (folder / name / MANIFEST).is_file():
            return folder / name
        if (folder / f"{name}.zip").is_file():
            return folder / f"{name}.zip"
    return None


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
