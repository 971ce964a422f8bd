"""--out syphon: the dancer as a Syphon server, for other software on the same Mac.

Opened once and kept open: receivers would see a server that is made anew vanish.
"""

import sys
from contextlib import suppress
from functools import cache
from typing import Any

from live.outputs.colours import MULTIPLIED, OPTIONS, STRAIGHT
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening
from live.outputs.package import missing
from live.outputs.source_name import source_name

WAY_S = 0.02  # until the receiver's next picture
N_TEXTURES = 2  # the graphics chip may still read the one before
TEND_S = 0.001


class SyphonOutput:
    """One Metal server; a picture is only made where somebody receives it."""

    def __init__(self, opening: Opening) -> None:
        """Raises RuntimeError where there is no Metal."""
        import objc  # pyright: ignore[reportMissingImports]
        import syphon  # pyright: ignore[reportMissingImports]
        from syphon.utils import raw  # pyright: ignore[reportMissingImports]

        # On a thread that is not of the system, what each call leaves behind is only freed so.
        self._pool: Any = objc.autorelease_pool
        self._copy: Any = raw.copy_bytes_to_mtl_texture
        self._is_straight = opening.asked.option("colours", MULTIPLIED) == STRAIGHT
        self._is_received = False
        self._n = 0
        with self._pool():
            self._server: Any = syphon.SyphonMetalServer(opening.asked.name)
            width, height = opening.size
            self._textures = [
                raw.create_mtl_texture(self._server.device, width, height)
                for _ in range(N_TEXTURES)
            ]

    def send(self, frame: OutputFrame) -> bool:
        with self._pool():
            self._is_received = bool(self._server.has_clients)
            if not self._is_received:
                return False
            picture = frame.straight_rgba if self._is_straight else frame.rgba
            texture = self._textures[self._n % N_TEXTURES]
            self._n += 1
            self._copy(picture.tobytes(), texture)
            self._server.publish_frame_texture(texture, is_flipped=True)  # first row on top
        return True

    @property
    def state(self) -> str:
        return "received" if self._is_received else "not received"

    def close(self) -> None:
        with self._pool():
            self._server.stop()


def _tend() -> None:
    """Answers software that is started later and asks which servers there are."""
    with suppress(Exception):  # then it must be started before; the show goes on
        _directory().update_run_loop()


@cache
def _directory() -> Any:
    import syphon  # pyright: ignore[reportMissingImports]

    directory = syphon.SyphonServerDirectory()
    directory.run_loop_interval = TEND_S
    return directory


def _missing() -> str:
    if sys.platform != "darwin":
        return "Syphon is a thing of macOS: take --out ndi or --out web here."
    return missing("syphon", "syphon-python", "syphon")


KIND = Kind(
    what="a Syphon server on this Mac: VDMX, Resolume, MadMapper, TouchDesigner, OBS",
    open=SyphonOutput,
    missing=_missing,
    name=source_name,
    options=OPTIONS,
    packages=("syphon-python",),
    never_run=True,
    tend=_tend,
    way_s=WAY_S,
)
