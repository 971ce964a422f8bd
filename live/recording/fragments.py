"""MP4 and MOV in fragments: cut to what is whole, and made ordinary ones."""

import struct
from pathlib import Path

import av
from av.error import FFmpegError

from models.files import url


def trim(part: Path) -> int:
    """Cut a fragmented MP4 off behind its last whole fragment (a full disk left half of one).

    How many are left. Raises OSError.
    """
    with part.open("r+b") as file:
        length = file.seek(0, 2)
        at = whole = n_fragments = 0
        while at + 8 <= length:
            file.seek(at)
            size, kind = struct.unpack(">I4s", file.read(8))
            if size == 1:
                size = struct.unpack(">Q", file.read(8))[0]
            at += max(size, 8)
            if at <= length and kind in (b"moov", b"mdat"):
                whole = at
                n_fragments += kind == b"mdat"
        file.truncate(whole)
    return n_fragments


def plays(film: Path) -> bool:
    """Whether it begins with a picture that can be shown."""
    try:
        with av.open(url(film)) as file:
            return bool(file.streams.video) and next(file.decode(video=0), None) is not None
    except (OSError, FFmpegError):
        return False


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
