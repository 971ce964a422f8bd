"""The sound of somebody's file as FFmpeg decodes it, in time, in one channel or two.

More channels are mixed to two, so that who listens, who plays and who films get the same. Where
time stamps jump ahead there is silence; packets that are damaged are left out.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from models import spec
from models.down_mix import MonoMix
from models.media_file import damaged, is_sound
from models.types import Array

log = logging.getLogger(__name__)

SOUNDS = {
    ".wav", ".flac", ".ogg", ".oga", ".mp3", ".m4a", ".aac", ".opus", ".aif", ".aiff", ".aifc",
    ".wma", ".mp2", ".ac3", ".w64", ".caf", ".mka",
}  # fmt: skip
VIDEOS = {
    ".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ogv", ".wmv", ".mts",
    ".m2ts", ".m2t", ".ts", ".3gp", ".3g2", ".flv", ".f4v", ".vob", ".mxf", ".asf", ".divx",
}  # fmt: skip
PREROLL_S = 0.2  # what a decoder hears before the place it was wound to, until it is right
MOST_CHANNELS = 2
HOLE_S = (0.1, 600.0)  # of sound that is missing: more than rounding, less than nonsense
MOST_NAMED = 8  # of the layouts of more FFmpeg mixes only some channels: there it is their mean
# FFmpeg leaves the channel of low tones out; all others keep their weights, and nothing clips.
_MIX = {"rematrix_maxval": "1.0", "lfe_mix_level": "1.0"}


def channels_of(stream: Any) -> int:
    """Of the pieces: 1 or 2."""
    return min(MOST_CHANNELS, int(stream.channels))


def pieces(
    container: Any,
    stream: Any,
    tell: Callable[[str], None] = lambda why: None,
    start: float = 0.0,
) -> Iterator[Array]:
    """The sound at the rate of `stream`: float32 (n, channels_of(stream)), n as it comes.

    From its second `start` on.
    Not clipped: what was mastered too loud is beyond -1..1.
    `tell` is told, once each, that packets are damaged and that the file ends early.
    """
    import av

    rate, channels = int(stream.rate), channels_of(stream)
    is_mixed = MOST_CHANNELS < stream.channels <= MOST_NAMED
    layout = "stereo" if is_mixed else stream.layout
    skip = None if start > 0 else 0  # samples to leave out, known with the first frame
    if start > 0:
        _wind(container, stream, start)

    def cleaned(resampled: list[Any]) -> Iterator[Array]:
        nonlocal skip
        for frame in resampled:
            samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
            if samples.shape[1] > channels:
                samples = np.repeat(samples.mean(1, keepdims=True), channels, axis=1)
            left_out = min(skip or 0, len(samples))
            skip = (skip or 0) - left_out
            if left_out < len(samples):
                yield np.nan_to_num(samples[left_out:], nan=0.0, posinf=0.0, neginf=0.0)

    resampler, kind, ended, lost = None, None, None, 0.0
    for frame in chain(_decoded(container, stream, tell), [None]):
        hole = 0.0
        if frame is not None:
            skip = _samples_before(start, frame, stream) if skip is None else skip
            hole, ended = _hole_before(frame, ended)
            hole = hole if lost + hole < HOLE_S[1] else 0.0
            lost += hole
            now = (frame.format.name, frame.layout.name, frame.sample_rate)
        else:
            now = None
        if resampler is not None and (hole or now != kind):  # also files that were joined to one
            yield from cleaned(resampler.resample(None))
            resampler = None
        if hole:
            yield np.zeros((round(hole * rate), channels), np.float32)
        if frame is not None:
            kind = now
            resampler = resampler or av.AudioResampler("flt", layout, rate, options=_MIX)
            yield from cleaned(resampler.resample(frame))


def mono(container: Any, stream: Any, rate: int = spec.SAMPLE_RATE) -> Iterator[Array]:
    """The same as the stage hears it: float32 (n,) at `rate`."""
    import av

    mix, resampler = MonoMix(int(stream.rate)), av.AudioResampler("flt", "mono", rate)
    for piece in pieces(container, stream):
        frame = av.AudioFrame.from_ndarray(mix.feed(piece)[None], format="flt", layout="mono")
        frame.sample_rate = int(stream.rate)
        yield from (done.to_ndarray()[0] for done in resampler.resample(frame))
    yield from (done.to_ndarray()[0] for done in resampler.resample(None))


def _wind(container: Any, stream: Any, start: float) -> None:
    """To a little before `start` s of the sound, or not at all: then all before it is decoded."""
    try:
        at = max(0.0, start - PREROLL_S) / stream.time_base
        container.seek(int(at) + (stream.start_time or 0), stream=stream)
    except damaged() as error:
        log.info("%s cannot be wound: %s", container.name, error)


def _samples_before(start: float, frame: Any, stream: Any) -> int:
    """Of `start` s of the sound, from the first decoded frame on, at the rate of `stream`."""
    if frame.time is None:
        return 0
    began = float((stream.start_time or 0) * stream.time_base)
    return max(0, round((start - (frame.time - began)) * int(stream.rate)))


def _hole_before(frame: Any, ended: float | None) -> tuple[float, float | None]:
    """Seconds that are missing before the frame, and when it ends.

    By what was heard, so that rounded times do not add up; a clock that jumps anew is believed.
    """
    lasts = frame.samples / frame.sample_rate
    if frame.time is None or ended is None:
        begins = frame.time if ended is None else ended
        return 0.0, None if begins is None else begins + lasts
    ahead = frame.time - ended
    if abs(ahead) <= HOLE_S[0]:
        return 0.0, ended + lasts
    return (ahead if 0 < ahead < HOLE_S[1] else 0.0), frame.time + lasts


def _decoded(container: Any, stream: Any, tell: Callable[[str], None]) -> Iterator[Any]:
    """The stream's frames without the packets that are damaged."""
    from av.error import InvalidDataError

    is_told = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except InvalidDataError as error:
            if not is_told:
                tell(f"is damaged: {error}")
            is_told = True
            continue
        except damaged() as error:
            tell(f"ends early: {error}")
            return
        yield from (frame for frame in frames if is_sound(frame.sample_rate, 1))
