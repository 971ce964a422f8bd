"""Films with alpha, opened again by a decoder that is not the recorder's."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import av
import cv2
import numpy as np

from models.types import Array


class Decoded(NamedTuple):
    """A film."""

    pictures: list[Array]  # uint8 (H, W, 4) with straight alpha
    times: list[float]  # s
    sound: Array  # (n, channels), beginning at 0 s; (0, 1) without
    rate: int  # Hz
    codecs: list[str]  # FFmpeg's names, that of the pictures first

    def clicks(self) -> list[float]:
        """When it gets loud, s."""
        loud = np.flatnonzero(np.abs(self.sound).max(1) > 0.3)
        firsts = loud[np.diff(loud, prepend=-self.rate) > 0.3 * self.rate]
        return (firsts / self.rate).tolist()

    def flashes(self) -> list[float]:
        """When it is all white and opaque, s."""
        seen = zip(self.pictures, self.times, strict=True)
        return [time for picture, time in seen if picture.min() > 200]


def decoded(path: Path, fps: float = 30.0) -> Decoded:
    """A film of any kind. `fps` is that of a folder, which does not say."""
    if path.is_dir():
        return _folder(path, fps)
    with av.open(str(path)) as file:
        frames = list(_frames(file))
        codecs = [stream.codec_context.name for stream in file.streams]
    sound, rate = np.zeros((0, 1)), 0
    if len(codecs) > 1:
        with av.open(str(path)) as file:
            sound, rate = _sound(file)
    times = [float(frame.pts * frame.time_base) for frame in frames]
    return Decoded([f.to_ndarray(format="rgba") for f in frames], times, sound, rate, codecs)


def _frames(file: Any) -> Iterator[Any]:
    stream = file.streams.video[0]
    if stream.codec_context.name not in ("vp9", "libvpx-vp9"):
        yield from file.decode(stream)
        return
    # FFmpeg's own decoder leaves the alpha out.
    decoder: Any = av.CodecContext.create("libvpx-vp9", "r")
    for packet in file.demux(stream):
        if packet.dts is not None:
            for frame in decoder.decode(packet):
                frame.pts, frame.time_base = packet.pts, packet.time_base
                yield frame


def _sound(file: Any) -> tuple[Array, int]:
    """Each piece where its time says."""
    resampler = av.AudioResampler(format="fltp")
    pieces: list[tuple[int, Array]] = []
    for frame in file.decode(audio=0):
        for part in resampler.resample(frame):
            pieces.append((round(frame.time * frame.sample_rate), part.to_ndarray().T))
    found = np.zeros((max(at + len(piece) for at, piece in pieces), pieces[0][1].shape[1]))
    for at, piece in pieces:
        found[max(0, at) : at + len(piece)] = piece[max(0, -at) :]
    return found, file.streams.audio[0].rate


def _folder(path: Path, fps: float) -> Decoded:
    names = sorted(path.glob("*.png"))
    read = (cv2.imread(str(name), cv2.IMREAD_UNCHANGED) for name in names)
    pictures = [cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA) for bgra in read if bgra is not None]
    times = [int(name.stem.rpartition("_")[2]) / fps for name in names]
    sound, rate = np.zeros((0, 1)), 0
    for name in path.glob("*.wav"):
        with wave.open(str(name)) as file:
            rate, channels = file.getframerate(), file.getnchannels()
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            sound = pcm.reshape(-1, channels) / 32767
    return Decoded(pictures, times, sound, rate, ["png", "pcm_s16le"][: 1 + bool(rate)])
