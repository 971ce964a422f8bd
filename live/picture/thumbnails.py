"""Small pictures of the persons, painted once and kept in the user's cache folder. Pure but for it.

Painting them takes seconds of a core, so it is another program's work: `live.thumbnails`.
"""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from live.core.settings import Settings
from live.picture.picture_file import PictureFileError
from live.picture.screen import open_screen
from models import bundle
from models.bundle import Bundle, BundleError
from models.files import give_name
from models.runtime.engines import EngineError
from models.skeleton import STANDING
from models.types import Array

log = logging.getLogger(__name__)

PX = 192  # a side
PAINTED_PX = 512  # a side of the picture that they are cut out of
AROUND = 0.08  # of that picture, above the face
DRAWN = "skeleton"


def folder() -> Path:
    """Where they are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("dancelive", False) / "persons"


def kept(name: str) -> Path | None:
    """The picture of a person by name; None while there is none."""
    try:
        file = _file(None if name == DRAWN else bundle.find("target", name))
    except BundleError:
        return None
    return file if file.is_file() else None


def paint_missing() -> Iterator[Path]:
    """Paint those that are not kept yet, one after the other. Raises OSError."""
    for found in (None, *bundle.available("target")):
        file = _file(found)
        if file.is_file():
            continue
        name = DRAWN if found is None else found.manifest.name
        try:
            picture = _paint(DRAWN if found is None else str(found.path))
        except (BundleError, EngineError, PictureFileError) as error:
            log.warning("There is no small picture of %s: %s", name, error)
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        encoded = cv2.imencode(".png", picture[..., ::-1])[1]
        part.write_bytes(encoded.tobytes())
        give_name(part, file)
        yield file


def _file(found: Bundle | None) -> Path:
    """Another one for each version of the person."""
    if found is None:
        return folder() / f"{DRAWN}.png"
    manifest = found.manifest
    files = repr(sorted(manifest.sha256.items())).encode()
    return folder() / f"{manifest.name}-{hashlib.sha256(files).hexdigest()[:16]}.png"


def _paint(target: str) -> Array:
    """Head and chest, uint8 (PX, PX, 3)."""
    settings = Settings(target=target, engine="cpu", output=(PAINTED_PX, PAINTED_PX))
    screen = open_screen(settings, target, tell=lambda _: None)
    try:
        shown, placed = screen.picture(STANDING)
    finally:
        screen.close()
    top = max(0.0, float(placed[:, 1].min()) - AROUND)
    side = round(PAINTED_PX * (float(placed[:, 1].mean()) - top))
    y, x = round(PAINTED_PX * top), round(PAINTED_PX * float(placed[0, 0]) - side / 2)
    x = min(PAINTED_PX - side, max(0, x))
    cut = np.ascontiguousarray(shown.image[y : y + side, x : x + side])
    return np.asarray(cv2.resize(cut, (PX, PX), interpolation=cv2.INTER_AREA))
