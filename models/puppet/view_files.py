"""The views of a puppet as files of a bundle: for each part colours (JPEG) and coverage (PNG).

All views of a part lie below each other. Coverage is its logit, -8..8 as 0..255: logits can be
mixed without an edge getting soft. What differs from bare or whole by less than a sixth of a grey
level is kept as that, which spares a quarter of the bytes.
"""

from collections.abc import Iterator

import numpy as np

from models.bundle import Bundle, BundleError
from models.puppet.parts import N_LIMBS, N_PARTS, NAMES
from models.puppet.placing import SEEN_FROM
from models.skeleton import FACE
from models.spec import PuppetSpec
from models.types import Array

PLATE = "plate.jpg"
_JPEG = 93


def view_files(views: list[Array], plate: Array) -> dict[str, bytes]:
    """By file name; `views` uint8 (V, rows, columns, 4) of each part, plate uint8 (S, S, 3)."""
    files = {PLATE: _jpeg(plate)}
    for name, part in zip(NAMES, views, strict=True):
        sheet = np.concatenate(list(part))
        files[f"{name}.jpg"] = _jpeg(sheet[..., :3])
        files[f"{name}.png"] = _png(sheet[..., 3])
    return files


def read_views(bundle: Bundle) -> Iterator[Array]:
    """uint8 (V, rows, columns, 4) of each part, read as it is asked for. Raises BundleError."""
    sizes = puppet_sizes(bundle)
    for part, name in enumerate(NAMES):
        shape = (sizes.views[part], *sizes.view_sizes[2 * part : 2 * part + 2])
        colours = read_picture(bundle, f"{name}.jpg", (shape[0] * shape[1], shape[2]))
        coverage = read_picture(bundle, f"{name}.png", (shape[0] * shape[1], shape[2]), 1)
        yield np.dstack([colours, coverage]).reshape(*shape, 4)


def puppet_sizes(bundle: Bundle) -> PuppetSpec:
    """The bundle's sizes, as many of each as there are parts, limbs and face points.

    Raises BundleError.
    """
    sizes: PuppetSpec = bundle.sizes
    counts = (len(sizes.limbs), len(sizes.face), len(sizes.views), len(sizes.view_sizes))
    fits = counts == (N_LIMBS, 2 * len(FACE), N_PARTS, 2 * N_PARTS) and sizes.size > 0
    if not fits or min(sizes.limbs) <= 0 or min(*sizes.views, *sizes.view_sizes) < 2:
        raise BundleError(
            f"Bundle {bundle.manifest.name}: its measures are not those of a person: "
            "install it again."
        )
    return sizes


def read_picture(bundle: Bundle, file: str, shape: tuple[int, int], channels: int = 3) -> Array:
    """uint8 (*shape, 3) RGB, or `shape` alone for one channel. Raises BundleError."""
    import cv2

    content = np.frombuffer(bundle.read(file), np.uint8)
    kind = cv2.IMREAD_COLOR if channels == 3 else cv2.IMREAD_GRAYSCALE
    try:
        picture = cv2.imdecode(content, kind)
    except cv2.error:
        picture = None
    if picture is None or picture.shape[:2] != shape:
        raise BundleError(
            f"Bundle {bundle.manifest.name}: {file} is no picture of {shape[1]} x {shape[0]} px: "
            "install it again."
        )
    return picture[..., ::-1] if channels == 3 else picture


def _jpeg(picture: Array) -> bytes:
    import cv2

    flags = [
        cv2.IMWRITE_JPEG_QUALITY, _JPEG,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        cv2.IMWRITE_JPEG_OPTIMIZE, 1,
    ]  # fmt: skip
    return _encoded(".jpg", np.ascontiguousarray(picture[..., ::-1]), flags)


def _png(coverage: Array) -> bytes:
    import cv2

    sure = np.where(coverage < SEEN_FROM, 0, coverage)
    sure[coverage > 255 - SEEN_FROM] = 255
    flags = [
        cv2.IMWRITE_PNG_COMPRESSION, 9,
        cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_FILTERED,
    ]  # fmt: skip
    return _encoded(".png", sure, flags)


def _encoded(kind: str, picture: Array, flags: list[int]) -> bytes:
    import cv2

    return cv2.imencode(kind, picture, flags)[1].tobytes()
