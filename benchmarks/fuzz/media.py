"""Small valid sounds, films and pictures, the same bytes every time they are made."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from models.types import Array

SOUNDS = {  # file -> container, codec, sample format, rate, layout
    "a.wav": ("wav", "pcm_s16le", "s16", 44_100, "stereo"),
    "b.wav": ("wav", "pcm_f32le", "flt", 16_000, "mono"),
    "c.wav": ("wav", "pcm_s16le", "s16", 22_050, "5.1"),
    "d.aiff": ("aiff", "pcm_s16be", "s16", 44_100, "stereo"),
    "e.flac": ("flac", "flac", "s16", 48_000, "stereo"),
    "f.ogg": ("ogg", "vorbis", "fltp", 44_100, "stereo"),
    "g.opus": ("ogg", "libopus", "flt", 48_000, "mono"),
    "h.mp3": ("mp3", "libmp3lame", "fltp", 44_100, "stereo"),
    "i.m4a": ("ipod", "aac", "fltp", 44_100, "stereo"),
    "j.webm": ("webm", "libopus", "flt", 48_000, "stereo"),
    "k.au": ("au", "pcm_s16be", "s16", 8_000, "mono"),
    "l.caf": ("caf", "pcm_s16be", "s16", 44_100, "stereo"),
    "m.w64": ("w64", "pcm_s16le", "s16", 44_100, "stereo"),
    "n.aac": ("adts", "aac", "fltp", 32_000, "mono"),
    "o.mka": ("matroska", "flac", "s16", 44_100, "stereo"),
}
FILMS = {  # file -> container, codec, format of the pixels, codec of the sound
    "a.mp4": ("mp4", "libx264", "yuv420p", "aac"),
    "b.mov": ("mov", "mpeg4", "yuv420p", "pcm_s16le"),
    "c.mkv": ("matroska", "libx264", "yuv420p", "aac"),
    "d.webm": ("webm", "libvpx", "yuv420p", "libopus"),
    "e.avi": ("avi", "mpeg4", "yuv420p", "libmp3lame"),
    "f.ts": ("mpegts", "libx264", "yuv420p", "aac"),
    "g.mpg": ("mpeg", "mpeg1video", "yuv420p", "mp2"),
    "h.mp4": ("mp4", "mpeg4", "yuv420p", ""),
    "i.gif": ("gif", "gif", "rgb8", ""),
}
PICTURES = {  # file -> codec, format of the pixels
    "a.png": ("png", "rgb24"),
    "b.png": ("png", "rgba"),
    "c.jpg": ("mjpeg", "yuvj420p"),
    "d.jpg": ("mjpeg", "yuvj444p"),
    "e.bmp": ("bmp", "bgr24"),
    "f.tiff": ("tiff", "rgb24"),
    "g.webp": ("libwebp", "yuv420p"),
    "h.png": ("png", "gray"),
    "i.png": ("png", "pal8"),
    "j.ppm": ("ppm", "rgb24"),
    "k.tga": ("targa", "bgr24"),
}
EXACT = {"fflags": "bitexact"}  # no time and no chance in the file
SECONDS, FILM_HZ, N_PICTURES, SIZE = 0.4, 25, 12, (64, 48)


def tone(rate: int, channels: int, seconds: float = SECONDS) -> Array:
    """float32 (n, channels)"""
    times = np.arange(round(rate * seconds)) / rate
    return np.stack(
        [0.4 * np.sin(2 * np.pi * 220 * (1 + c) * times) for c in range(channels)], 1
    ).astype(np.float32)


def scene(number: int = 0, size: tuple[int, int] = SIZE) -> Array:
    """uint8 (H, W, 3): slopes and a disc that moves."""
    y, x = np.mgrid[: size[1], : size[0]]
    disc = (x - 10 - number) ** 2 + (y - 20) ** 2 < 80
    return np.stack([x * 4 % 256, y * 5 % 256, np.where(disc, 250, 40)], -1).astype(np.uint8)


def write_sound(path: Path, container: str, codec: str, kind: str, rate: int, layout: str) -> Path:
    """One tone for every channel."""
    import av

    with av.open(str(path), "w", format=container, options=EXACT) as file:
        stream: Any = file.add_stream(codec, rate=rate, options={"strict": "-2"})  # for vorbis
        stream.codec_context.layout, stream.codec_context.format = layout, kind
        stream.codec_context.flags |= 1 << 23  # bit-exact
        _mux_sound(file, stream, tone(rate, len(av.AudioLayout(layout).channels)))
    return path


def _mux_sound(file: Any, stream: Any, samples: Array) -> None:
    import av

    context = stream.codec_context
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), "flt", context.layout.name)
    frame.sample_rate, frame.pts = stream.rate, 0
    resampler = av.AudioResampler(context.format.name, context.layout.name, stream.rate)
    fifo = av.AudioFifo()
    for part in resampler.resample(frame):
        fifo.write(part)
    file.start_encoding()
    size = context.frame_size or 1_024
    while (part := fifo.read(size, partial=True)) is not None:
        file.mux(stream.encode(part))
    file.mux(stream.encode(None))


def write_film(path: Path, container: str, codec: str, pixels: str, sound: str) -> Path:
    """Twelve pictures, with a tone where there is a codec for it."""
    import av

    with av.open(str(path), "w", format=container, options=EXACT) as file:
        stream: Any = file.add_stream(codec, rate=FILM_HZ)
        stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        stream.codec_context.flags |= 1 << 23
        stream.codec_context.thread_count = 1
        voice: Any = file.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        for number in range(N_PICTURES):
            frame = av.VideoFrame.from_ndarray(scene(number), "rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = number, Fraction(1, FILM_HZ)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if voice is not None:
            _mux_sound(file, voice, tone(48_000, 2))
    return path


def write_picture(path: Path, codec: str, pixels: str, size: tuple[int, int] = SIZE) -> Path:
    """One still picture."""
    import av

    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = *size, pixels
    context.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(scene(0, size), "rgb24")
    if pixels == "pal8":
        frame = frame.reformat(format="rgb8")
        context.pix_fmt = "gray"
    frame = frame.reformat(format=context.pix_fmt)
    packets = [*context.encode(frame), *context.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
    return path
