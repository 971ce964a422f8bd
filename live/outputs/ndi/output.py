"""--out ndi: the dancer as an NDI source, for this computer and the network.

The library's own clock is off: each picture leaves when it comes. `send` returns when the picture
is coded, which is on this output's thread, without Python's lock.
"""

import importlib
from argparse import ArgumentTypeError
from fractions import Fraction
from typing import Any

from live.core.settings import OutputSettings
from live.outputs.colours import OPTIONS, STRAIGHT
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError
from live.outputs.package import missing
from live.outputs.source_name import source_name
from models.types import Array

WAY_S = 0.02  # coding, the network, and the receiver's next picture
TICKS_HZ = 10_000_000  # of NDI's time code
_FORBIDDEN = '\\/:*?"<>|'  # the library makes spaces of them


class NdiOutput:
    """One NDI sender; a picture is only made where somebody receives it."""

    def __init__(self, opening: Opening) -> None:
        """Raises OutputError where the name is taken."""
        self._ndi = ndi = _library()
        self._sender = _open(ndi, opening.asked)
        self._is_straight = opening.asked.option("colours", STRAIGHT) == STRAIGHT
        self._frame = ndi.VideoFrameV2()
        self._frame.FourCC = (
            ndi.FOURCC_VIDEO_TYPE_RGBA if opening.asked.alpha else ndi.FOURCC_VIDEO_TYPE_RGBX
        )
        rate = frame_rate(opening.fps)
        self._frame.frame_rate_N, self._frame.frame_rate_D = rate.numerator, rate.denominator
        self._slot_s = 1 / opening.fps
        self._picture: Array | None = None  # what the library reads from
        self._number = self._n_repeats = -1
        self._n_receivers = 0

    def send(self, frame: OutputFrame) -> bool:
        """Repeated pictures count their time code on from that of the first."""
        self._n_receivers = self._ndi.send_get_no_connections(self._sender, 0)
        if self._n_receivers <= 0:
            return False
        if frame.number != self._number:
            self._number, self._n_repeats = frame.number, 0
            self._picture = self._made(frame)
            self._frame.data = self._picture
        else:
            self._n_repeats += 1
        time = frame.time + self._n_repeats * self._slot_s
        self._frame.timecode = round(time * TICKS_HZ)
        self._ndi.send_send_video_v2(self._sender, self._frame)
        return True

    @property
    def state(self) -> str:
        n = self._n_receivers
        return f"{n} receiver{'s' * (n != 1)}"

    def close(self) -> None:
        self._ndi.send_destroy(self._sender)

    def _made(self, frame: OutputFrame) -> Array:
        from live.outputs.ndi.fill import filled

        if not frame.has_alpha or not self._is_straight:
            return frame.rgba
        return filled(frame.box, frame.straight_box, frame.size)


def frame_rate(fps: float) -> Fraction:
    """As broadcasting writes it: 29.97 is 30000/1001."""
    nominal = round(fps * 1.001)
    if round(fps) != fps and abs(nominal / 1.001 - fps) < 0.005:
        return Fraction(nominal * 1000, 1001)
    return Fraction(fps).limit_denominator(1000)


def _open(ndi: Any, asked: OutputSettings) -> Any:
    """A sender. Raises OutputError."""
    if not ndi.initialize():
        raise OutputError(f"--out {asked.label}: NDI does not run on this processor.")
    create = ndi.SendCreate()
    create.ndi_name = asked.name
    create.clock_video = create.clock_audio = False
    sender = ndi.send_create(create)
    if sender is None:
        raise OutputError(
            f"--out {asked.label}: this computer has an NDI source of that name already: "
            "choose another one, as in --out ndi:STAGE."
        )
    return sender


def _library() -> Any:
    """A compiled module that knows no types, and may be missing."""
    return importlib.import_module("NDIlib")


def _check(asked: OutputSettings) -> None:
    ndi = _library()
    ndi.send_destroy(_open(ndi, asked))


def _missing() -> str:
    lacks = missing("NDIlib", "ndi-python", "ndi")
    if "libavahi" in lacks:
        return "NDI needs a library of Linux: run `apt install libavahi-client3`."
    return lacks


def _name(text: str) -> str:
    name = source_name(text)
    if any(letter in _FORBIDDEN for letter in name):
        raise ArgumentTypeError(f"a name for NDI has none of {' '.join(_FORBIDDEN)}")
    return name


KIND = Kind(
    what="an NDI source on this computer and the network: OBS, vMix, Resolume, TouchDesigner",
    open=NdiOutput,
    missing=_missing,
    name=_name,
    options=OPTIONS,
    check=_check,
    packages=("ndi-python",),
    way_s=WAY_S,
)
