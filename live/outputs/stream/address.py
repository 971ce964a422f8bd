"""The address of a stream -> how it is sent, and what may be shown of it. Pure."""

from argparse import ArgumentTypeError
from typing import NamedTuple
from urllib.parse import urlsplit

PLAYLIST = ".m3u8"


class Way(NamedTuple):
    """One way to send a stream."""

    container: str  # FFmpeg's name
    options: dict[str, str]  # of the container
    by_ffmpeg: bool = False  # the program: the library inside PyAV does not know it


_HLS = {
    "hls_time": "2",
    "hls_list_size": "6",
    # A stream that begins again may not give new pieces the names of old ones.
    "hls_start_number_source": "epoch",
    "hls_flags": "delete_segments+temp_file+program_date_time",
}
_FLV = {"flvflags": "no_duration_filesize"}
PROTOCOLS = {
    "rtmp": Way("flv", _FLV),
    "rtmps": Way("flv", _FLV),
    "srt": Way("mpegts", {}, by_ffmpeg=True),
    "": Way("hls", _HLS),
}


def scheme_of(text: str) -> str | None:
    """Of PROTOCOLS, "" for a file; None for what is neither."""
    scheme, is_there, _ = text.partition("://")
    if is_there:
        return scheme.lower() if scheme.lower() in PROTOCOLS and scheme else None
    return ""


def checked(text: str) -> str:
    """Raises ArgumentTypeError."""
    scheme = scheme_of(text)
    if scheme is None or (not scheme and not text.lower().endswith(PLAYLIST)):
        raise ArgumentTypeError(
            "write rtmp://HOST/APP/KEY, rtmps://HOST/APP/KEY, srt://HOST:PORT or FILE.m3u8"
        )
    if not scheme:
        return text
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ArgumentTypeError(f"no address: {error}") from error
    if not host or (scheme == "srt" and not port):
        lacks = "a host" if not host else "a port, as in srt://HOST:9000"
        raise ArgumentTypeError(f"the address lacks {lacks}")
    if scheme != "srt" and len(parts.path.strip("/").split("/")) < 2:
        raise ArgumentTypeError(f"write {scheme}://HOST/APP/KEY, as the receiver told you")
    return text


def shown(text: str) -> str:
    """Without what only the performer may know: the key, a name, a pass phrase."""
    scheme = scheme_of(text)
    if not scheme:
        return text
    parts = urlsplit(text)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    app = "" if scheme == "srt" else "/" + "/".join(parts.path.strip("/").split("/")[:-1])
    return f"{scheme}://{host}{port}{app}"
