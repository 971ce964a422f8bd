"""--out spout: the dancer as a Spout sender, for other software on the same Windows computer.

Opened once and kept open: receivers would see a sender that is made anew vanish.
"""

import sys
from typing import Any

from live.outputs.colours import MULTIPLIED, OPTIONS, STRAIGHT
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError
from live.outputs.package import missing
from live.outputs.source_name import source_name

WAY_S = 0.02  # until the receiver's next picture


class SpoutOutput:
    """One sender with an OpenGL context of its own, which belongs to the output's thread."""

    def __init__(self, opening: Opening) -> None:
        import SpoutGL  # pyright: ignore[reportMissingImports]

        self._sender: Any = SpoutGL.SpoutSender()
        self._format = int(SpoutGL.enums.GL_RGBA)
        self._is_straight = opening.asked.option("colours", MULTIPLIED) == STRAIGHT
        self._through_memory = False
        self._sender.setSenderName(opening.asked.name)
        self._sender.createOpenGL()  # False where there is none: then through memory

    def send(self, frame: OutputFrame) -> bool:
        """Raises OutputError where Spout does not take it."""
        picture = frame.straight_rgba if self._is_straight else frame.rgba
        width, height = frame.size
        if not self._sender.sendImage(picture, width, height, self._format, False, 0):
            raise OutputError("Spout takes no picture: it needs DirectX 11.")
        self._through_memory = bool(self._sender.getCPU())
        return True

    @property
    def state(self) -> str:
        return "through memory" if self._through_memory else ""

    def close(self) -> None:
        self._sender.releaseSender()
        self._sender.closeOpenGL()


def _missing() -> str:
    if sys.platform != "win32":
        return "Spout is a thing of Windows: take --out ndi or --out web here."
    return missing("SpoutGL", "SpoutGL", "spout")


KIND = Kind(
    what="a Spout sender on this computer: Resolume, TouchDesigner, MadMapper, OBS",
    open=SpoutOutput,
    missing=_missing,
    name=source_name,
    options=OPTIONS,
    packages=("SpoutGL",),
    never_run=True,
    way_s=WAY_S,
)
