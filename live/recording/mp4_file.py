"""One MP4 while it grows: H.264 and AAC in fragments of a second on media time. No threads."""

import math
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from live.core.messages import AudioBlock
from models.files import url
from models.types import Array

AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
MAX_LAG = 1.0  # s that a live track may stay behind the other before it is filled up


class Mp4File:
    """The fragmented file while it grows; used by one thread."""

    def __init__(
        self,
        part: Path,
        width: int,
        height: int,
        fps: float,
        audio_rate: int,
        audio_channels: int,
        start: float,
        offline: bool,
        max_lag: float = MAX_LAG,
    ) -> None:
        self._start, self._offline, self._max_lag = start, offline, max_lag
        self._rate = Fraction(fps).limit_denominator(1001)
        self._container: Any = av.open(
            url(part),
            "w",
            format="mp4",
            options={
                "movflags": "delay_moov+frag_keyframe+default_base_moof",
                "flush_packets": "1",
            },
        )
        try:
            self._open_tracks(width, height, audio_rate, audio_channels)
        except (OSError, FFmpegError, ValueError):
            self._container.close()
            raise
        self._scaler = VideoReformatter()
        self._pending: Any = None  # the newest picture, encoded when the next one is known
        self._next_frame = 0  # number of the first picture that is not yet encoded
        self._pending_number = 0
        self._audio_until = start  # media time
        self._audio_samples = 0
        self._resampler: Any = None

    def _open_tracks(self, width: int, height: int, audio_rate: int, channels: int) -> None:
        video = self._container.add_stream("libx264", rate=self._rate)
        video.width, video.height, video.pix_fmt = width // 2 * 2, height // 2 * 2, "yuv420p"
        context = video.codec_context
        context.gop_size = max(1, round(self._rate))
        context.max_b_frames = 0
        # One thread of its own beside the show; offline all cores are free for it.
        context.thread_count = 0 if self._offline else 1
        context.options = {"preset": "veryfast" if self._offline else "ultrafast", "crf": "20"}
        context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709
        context.color_range = 1
        self._video = video
        self._audio: Any = None
        if audio_rate:
            rate = audio_rate if audio_rate in AAC_RATES else 48_000
            layout = "stereo" if channels > 1 else "mono"
            self._audio = self._container.add_stream("aac", rate=rate, layout=layout)
            self._audio.codec_context.bit_rate = 96_000 * (2 if channels > 1 else 1)
            self._channels = 2 if channels > 1 else 1
        self._container.start_encoding()

    @property
    def is_empty(self) -> bool:
        return self._next_frame == 0

    def add_frame(self, image: Array, time: float) -> None:
        """Keep the picture; encode the one before it as often as it was seen."""
        if not math.isfinite(time):
            return
        exact = (time - self._start) * float(self._rate)
        expected = self._pending_number + 1
        # Due times jitter around the grid: the next picture is the next one unless it is far off.
        number = expected if abs(exact - expected) < 0.75 else round(exact)
        if self._pending is None:
            number = max(0, round(exact))
        elif number < expected:
            if number < self._pending_number:
                return
            number = self._pending_number  # two pictures in one slot: the newer is shown
        else:
            self._encode_until(number)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
        self._pending = self._scaler.reformat(
            frame,
            width=self._video.width,
            height=self._video.height,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        self._pending_number = number
        if self._audio is not None and not self._offline:
            seen = self._start + number / float(self._rate)
            if seen - self._audio_until > self._max_lag:
                self._silence_until(seen - self._max_lag / 2)

    def add_audio(self, block: AudioBlock) -> None:
        """Encode the block at its media time: a gap becomes silence, what overlaps is cut off."""
        if self._audio is None or not len(block.samples):
            return
        gap = round((block.first_sample / block.rate - self._audio_until) * block.rate)
        samples = np.clip(np.nan_to_num(block.samples), -1, 1).astype(np.float32)
        if gap < 0:
            samples = samples[-gap:]
            if not len(samples):
                return
        elif gap > 0:
            self._silence_until(self._audio_until + gap / block.rate)
        self._encode_audio(self._as_track(samples), block.rate)
        behind = self._audio_until - self._start - self._next_frame / float(self._rate)
        if self._pending is not None and not self._offline and behind > self._max_lag:
            ahead = self._audio_until - self._start - self._max_lag / 2
            self._encode_until(int(ahead * float(self._rate)))

    def close(self, whole: bool) -> None:
        """End both tracks at the same time; `whole=False` after an error writes nothing more."""
        try:
            if whole and self._pending is not None:
                rate = float(self._rate)
                audio_frames = math.ceil((self._audio_until - self._start) * rate - 0.5)
                self._encode_until(max(self._pending_number + 1, audio_frames))
                if self._audio is not None:
                    self._silence_until(self._start + self._next_frame / rate)
                    self._mux(self._audio.encode(None))
                self._mux(self._video.encode(None))
        finally:
            self._container.close()

    def _encode_until(self, number: int) -> None:
        while self._next_frame < number:
            self._pending.pts = self._next_frame
            self._pending.time_base = 1 / self._rate
            self._mux(self._video.encode(self._pending))
            self._next_frame += 1
        self._pending_number = max(self._pending_number, self._next_frame - 1)

    def _silence_until(self, time: float) -> None:
        rate = self._audio.rate
        missing = round((time - self._audio_until) * rate)
        while missing > 0:
            n = min(missing, rate)
            self._encode_audio(np.zeros((n, self._channels), np.float32), rate)
            missing -= n

    def _as_track(self, samples: Array) -> Array:
        """(n, any) -> (n, channels of the track)."""
        if samples.ndim == 1:
            samples = samples[:, None]
        if self._channels == 1:
            return samples.mean(1, keepdims=True)
        return samples[:, :2] if samples.shape[1] >= 2 else np.repeat(samples, 2, axis=1)

    def _encode_audio(self, samples: Array, rate: int) -> None:
        self._audio_until += len(samples) / rate
        if rate != self._audio.rate:
            samples = self._resample(samples, rate)
        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T), "fltp", self._audio.codec_context.layout.name
        )
        frame.sample_rate = self._audio.rate
        frame.pts = self._audio_samples
        frame.time_base = Fraction(1, self._audio.rate)
        self._audio_samples += len(samples)
        self._mux(self._audio.encode(frame))

    def _resample(self, samples: Array, rate: int) -> Array:
        import soxr

        if self._resampler is None or self._resampler[0] != rate:
            stream = soxr.ResampleStream(rate, self._audio.rate, self._channels, dtype="float32")
            self._resampler = (rate, stream)
        return self._resampler[1].resample_chunk(samples)

    def _mux(self, packets: Any) -> None:
        for packet in packets:
            self._container.mux(packet)


def trim(part: Path) -> None:
    """Cut a fragmented MP4 off behind its last whole fragment (a full disk left half of one).

    Raises OSError.
    """
    with part.open("r+b") as file:
        length = file.seek(0, 2)
        at = whole = 0
        while at + 8 <= length:
            file.seek(at)
            size, kind = struct.unpack(">I4s", file.read(8))
            if size == 1:
                size = struct.unpack(">Q", file.read(8))[0]
            at += max(size, 8)
            if at <= length and kind in (b"moov", b"mdat"):
                whole = at
        file.truncate(whole)


def remux(part: Path, finished: Path) -> None:
    """A fragmented (perhaps cut off) MP4 -> an ordinary one that starts playing at once.

    Raises OSError or FFmpegError.
    """
    with (
        av.open(url(part)) as source,
        av.open(url(finished), "w", format="mp4", options={"movflags": "faststart"}) as target,
    ):
        tracks = {s.index: target.add_stream_from_template(s) for s in source.streams}
        for packet in source.demux():
            if packet.dts is None:
                continue
            packet.stream = tracks[packet.stream.index]
            target.mux(packet)
