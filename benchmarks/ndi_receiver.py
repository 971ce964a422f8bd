"""A receiver of NDI sources on this computer, as other software is one; found without multicast."""

import contextlib
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np


class Received(NamedTuple):
    """One picture; `sent_at` is the library's own time (as time.time()), `at` that of arrival."""

    pixels: np.ndarray  # uint8 (H, W, 4) RGBA
    has_alpha: bool
    time: float  # that of the time code
    rate: float
    sent_at: float
    at: float


class NdiReceiver:
    """Connected to the source of this name; raises TimeoutError where there is none."""

    def __init__(self, name: str, patience: float) -> None:
        import NDIlib as ndi

        assert ndi.initialize()
        self._ndi: Any = ndi
        settings = ndi.FindCreate()
        settings.extra_ips = "127.0.0.1"
        self._finder = ndi.find_create_v2(settings)
        asked = ndi.RecvCreateV3()
        asked.source_to_connect_to = self._found(f"({name})", patience)
        asked.color_format = ndi.RECV_COLOR_FORMAT_RGBX_RGBA
        self._receiver = ndi.recv_create_v3(asked)

    def take(self, patience: float = 10.0) -> Received | None:
        """The next picture, or None after so many seconds."""
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            kind, video, _, _ = self._ndi.recv_capture_v2(
                self._receiver, max(1, int(left * 1e3)), want_audio=False, want_metadata=False
            )
            if kind == self._ndi.FRAME_TYPE_VIDEO:
                now = time.time()
                received = Received(
                    video.data.copy(),
                    video.FourCC == self._ndi.FOURCC_VIDEO_TYPE_RGBA,
                    video.timecode / 1e7,
                    video.frame_rate_N / video.frame_rate_D,
                    video.timestamp / 1e7,
                    now,
                )
                self._ndi.recv_free_video_v2(self._receiver, video)
                return received
        return None

    def close(self) -> None:
        self._ndi.recv_destroy(self._receiver)
        self._ndi.find_destroy(self._finder)

    def _found(self, name: str, patience: float) -> Any:
        until = time.monotonic() + patience
        while time.monotonic() < until:
            for source in self._ndi.find_get_current_sources(self._finder):
                if source.ndi_name.endswith(name):
                    return source
            self._ndi.find_wait_for_sources(self._finder, 500)
        raise TimeoutError(f"no NDI source {name}")


@contextlib.contextmanager
def receiving(name: str, patience: float = 20.0) -> Iterator[NdiReceiver]:
    receiver = NdiReceiver(name, patience)
    try:
        yield receiver
    finally:
        receiver.close()
