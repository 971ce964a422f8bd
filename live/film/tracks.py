"""The tracks of a film, and those that FFmpeg encodes."""

import os
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from live.film.forms import Form
from models.types import Array

MOST_LIVE_THREADS = 4


class Take(NamedTuple):
    """What is to be filmed."""

    size: tuple[int, int]  # (W, H) px
    fps: float
    audio_rate: int  # Hz; 0 = no sound
    audio_channels: int
    offline: bool  # as well as possible, not in time


class Tracks(Protocol):
    """Where the pictures and the sound of a film go; used by one thread."""

    rate: Fraction  # pictures a second
    audio_rate: int  # Hz; 0 = no sound
    channels: int

    def picture(self, image: Array, /) -> Any:
        """uint8 (H, W, 3) RGB or (H, W, 4) with straight alpha -> as `show` takes it."""
        ...

    def show(self, picture: Any, number: int, /) -> None:
        """The next picture; the same one may come again."""
        ...

    def hear(self, samples: Array, /) -> None:
        """The next sound, float32 (n, channels), -1..1, at `audio_rate`."""
        ...

    def flush(self) -> None:
        """All has come: what waits in the encoders is written."""
        ...

    def close(self) -> None: ...


def spare_threads() -> int:
    """So many threads may encode beside a live show."""
    return max(1, min(MOST_LIVE_THREADS, (os.cpu_count() or 1) // 2))


class AvTracks:
    """A container that FFmpeg writes, to a file or to whatever has a `write`."""

    def __init__(
        self,
        where: Any,
        form: Form,
        size: tuple[int, int],
        fps: float,
        audio_rate: int,
        audio_channels: int,
        offline: bool,
    ) -> None:
        """`size` (W, H) px; an odd last row or column is scaled away where halves have colours.

        Raises OSError, FFmpegError or ValueError.
        """
        self.form, self.rate = form, Fraction(fps).limit_denominator(1001)
        self.channels = 2 if audio_channels > 1 else 1
        self.audio_rate = form.rate_for(audio_rate) if audio_rate else 0
        self._scaler = VideoReformatter()
        self._n_samples = 0
        self._container: Any = av.open(
            where, "w", format=form.container, options=dict(form.container_options)
        )
        try:
            self._open(*size, offline)
        except (OSError, FFmpegError, ValueError):
            self._container.close()
            raise

    def _open(self, width: int, height: int, offline: bool) -> None:
        form = self.form
        codec = form.offline if offline else form.live
        self.video = video = self._container.add_stream(codec.name, rate=self.rate)
        if form.halves_colours:
            width, height = width // 2 * 2, height // 2 * 2
        video.width, video.height, video.pix_fmt = width, height, form.pixels
        context = video.codec_context
        context.gop_size = max(1, round(self.rate * Fraction(form.key_s)))
        context.max_b_frames = 0
        context.thread_count = 0 if offline else min(codec.threads, spare_threads())
        context.options = dict(codec.options)
        context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
        context.color_range = 1
        self.audio: Any = None
        if self.audio_rate:
            layout = "stereo" if self.channels > 1 else "mono"
            self.audio = self._container.add_stream(form.audio, rate=self.audio_rate, layout=layout)
            if form.audio_bit_rate:
                self.audio.codec_context.bit_rate = form.audio_bit_rate * self.channels
        self._container.start_encoding()

    def picture(self, image: Array) -> Any:
        form = "rgba" if image.shape[2] == 4 else "rgb24"
        return self._scaler.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), form),
            width=self.video.width,
            height=self.video.height,
            format=self.form.pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )

    def show(self, picture: Any, number: int) -> None:
        picture.pts, picture.time_base = number, 1 / self.rate
        self._mux(self.video.encode(picture))

    def hear(self, samples: Array) -> None:
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T), "fltp", self.audio.codec_context.layout.name
        )
        frame.sample_rate, frame.pts = self.audio_rate, self._n_samples
        frame.time_base = Fraction(1, self.audio_rate)
        self._n_samples += len(samples)
        self._mux(self.audio.encode(frame))

    def flush(self) -> None:
        if self.audio is not None:
            self._mux(self.audio.encode(None))
        self._mux(self.video.encode(None))

    def close(self) -> None:
        self._container.close()

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self._container.mux(packet)
