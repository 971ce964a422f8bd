"""What a bundle says of itself: its manifest, every field of it checked."""

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, cast

import numpy as np

from models import network_kinds
from models.bundle_files import BundleError, is_path
from models.fields import Between, FieldError, check_fields, in_brief
from models.json_file import JsonError, parse_json
from models.network_kinds import NetworkKind, UnknownNetworkError
from models.reach import N_NUMBERS, Reach
from models.skeleton import JOINTS, Body, Framing

FORMAT_VERSION = 1
KINDS = tuple(dict.fromkeys(known.kind for known in network_kinds.KINDS))
MOST_PX = 8_192
LONGEST_NAME = 100  # letters

Name = Annotated[str, Between(1, LONGEST_NAME)]
Bone = Annotated[float, Between(1e-3, 10)]  # body units
Place = Annotated[float, Between(-10, 10)]  # picture heights
Plans = Annotated[list[int], Between(0, 65_536)]
Seconds = Annotated[float, Between(0, 10)]


@dataclass(frozen=True)
class Manifest:
    """The fields of manifest.json with their ranges."""

    kind: str  # "dance", "target" or "ear"
    name: Name
    licence: str
    provenance: str
    networks: dict[str, Name]  # precision -> file name, e.g. {"fp32": "generator.onnx"}
    sha256: dict[str, str]  # file name -> hex digest
    spec: dict[str, Any]  # network sizes
    parity: dict[str, float] = field(default_factory=dict[str, float])
    states: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    horizons: list[Seconds] = field(default_factory=list[float])
    mirrors: Plans = field(default_factory=list[int])  # what each plan of a dance is in the mirror
    size: Annotated[int, Between(0, MOST_PX)] = 0  # of a target's square picture, px
    bone_lengths: list[Bone] = field(default_factory=list[float])
    framing: dict[str, Place] = field(default_factory=dict[str, float])
    reach: list[Place] = field(default_factory=list[float])  # models/reach.py; none = all poses
    consent: str = ""
    network: str = ""  # what its network is, see models/network_kinds.py
    measured: dict[str, Any] = field(default_factory=dict[str, Any])
    format_version: int = FORMAT_VERSION

    @property
    def body(self) -> Body:
        """The person of a target bundle."""
        return Body(np.array(self.bone_lengths, np.float32), Framing(**self.framing))

    @property
    def filmed(self) -> Reach | None:
        """The poses in which the person of a target was filmed; None where that is not told."""
        return Reach.from_numbers(self.reach) if self.reach else None

    @property
    def network_kind(self) -> NetworkKind:
        """What its network is; raises UnknownNetworkError."""
        return network_kinds.bundled(self.kind, self.spec, self.network)


def read_manifest(content: bytes, bundle: str) -> Manifest:
    """Checked, and its `network` named where an older program did not.

    Raises BundleError, which names the `bundle`.
    """
    try:
        fields: Any = parse_json(content, bundle)
    except JsonError as error:
        raise BundleError(f"Bundle {bundle}: its manifest is not readable JSON.") from error
    if not isinstance(fields, dict):
        raise BundleError(f"Bundle {bundle}: its manifest is not readable JSON.")
    return _checked(cast("dict[str, Any]", fields), bundle)


def _checked(fields: dict[str, Any], bundle: str) -> Manifest:
    version: object = fields.get("format_version")
    if type(version) is not int or version != FORMAT_VERSION:
        raise BundleError(
            f"Bundle {bundle} has format {in_brief(version)}, this program reads {FORMAT_VERSION}: "
            "update dancelive or export the bundle again."
        )
    try:
        check_fields(fields, Manifest)
        manifest = Manifest(**fields)
    except FieldError as error:
        raise _wrong_field(bundle, error) from error
    except TypeError as error:
        raise BundleError(f"Bundle {bundle}: its manifest lacks or misnames a field.") from error
    try:
        if manifest.kind not in KINDS:
            raise BundleError(f"Bundle {bundle} is neither a dance nor a target nor an ear.")
        known = manifest.network_kind
        check_fields(manifest.spec, known.sizes, "spec.")
    except FieldError as error:
        raise _wrong_field(bundle, error) from error
    except UnknownNetworkError as error:
        raise BundleError(
            f"Bundle {bundle} holds a network that this program does not know "
            f"({in_brief(manifest.network)[1:-1]}): update dancelive."
        ) from error
    _refuse_useless(manifest, bundle)
    return replace(manifest, network=known.network)


def _wrong_field(bundle: str, error: FieldError) -> BundleError:
    return BundleError(f"Bundle {bundle}: in its manifest {error}.")


def _refuse_mirrors(manifest: Manifest, bundle: str) -> None:
    """Raises BundleError where they are not those of its plans."""
    n_plans = manifest.spec.get("n_plans", 0)
    if manifest.mirrors and (
        len(manifest.mirrors) != n_plans or not all(0 <= k < n_plans for k in manifest.mirrors)
    ):
        raise BundleError(f"Bundle {bundle}: its mirrors are not those of its {n_plans} plans.")


def _refuse_useless(manifest: Manifest, bundle: str) -> None:
    """Raises BundleError for what no show could use."""
    if not manifest.name.isprintable() or is_path(manifest.name):
        raise BundleError(f"Bundle {bundle}: its name {in_brief(manifest.name)} is no name.")
    rising = all(a < b for a, b in zip(manifest.horizons, manifest.horizons[1:], strict=False))
    if manifest.kind == "dance" and (len(manifest.horizons) < 2 or not rising):
        raise BundleError(f"Bundle {bundle} foresees no motion and cannot be played live.")
    _refuse_mirrors(manifest, bundle)
    if manifest.kind != "target":
        return
    is_body = len(manifest.bone_lengths) == len(JOINTS) and manifest.size > 0
    if not is_body or manifest.framing.keys() != Framing.__dataclass_fields__.keys():
        raise BundleError(
            f"Bundle {bundle}: a target needs its size, {len(JOINTS)} bone_lengths and its framing."
        )
    if len(manifest.reach) not in (0, N_NUMBERS):
        raise BundleError(f"Bundle {bundle}: a reach has {N_NUMBERS} numbers.")
    if manifest.framing["scale"] < 1e-3:
        raise BundleError(f"Bundle {bundle}: the person is framed too small to be seen.")
