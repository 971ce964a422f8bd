"""A process of its own that hands a stream on to the network: NUT comes in, is never encoded again.

PyAV holds Python's lock while it connects and says good-bye (its issues 1053 and 2400): a whole
show would stand still meanwhile. The first line that comes in is JSON: `url`, `container`,
`options`. "connected" goes out when it is; errors go to stderr.
"""

import json
import os
import signal
import sys

import av
from av.error import FFmpegError

from live.outputs.stream.pipe import CONNECTED

ERROR_LEN = 300


class _Incoming:
    """What has come, without waiting for more."""

    def read(self, size: int) -> bytes:
        return os.read(0, size)


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(0)
        line += byte
    return line


def send(url: str, container: str, options: dict[str, str]) -> None:
    """Until nothing more comes in. Raises OSError or FFmpegError."""
    # All there is to know stands in the head: nothing is held back to find it out.
    known = {"analyzeduration": "0"}
    with av.open(_Incoming(), "r", format="nut", options=known, buffer_size=4096) as source:
        target = av.open(url, "w", format=container, options=options)
        tracks = {s.index: target.add_stream_from_template(s) for s in source.streams}
        target.start_encoding()
        os.write(1, CONNECTED)
        for packet in source.demux():
            if packet.size:  # the last ones are empty
                packet.stream = tracks[packet.stream.index]
                target.mux(packet)
        target.close()


def main() -> int:
    """1 with a few words on stderr where it went wrong."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the show, which then ends this
    asked = json.loads(_first_line())
    try:
        send(asked["url"], asked["container"], asked["options"])
    except (OSError, FFmpegError) as error:
        # Never the error's own text: it holds the address, and that a key.
        print((error.strerror or type(error).__name__)[:ERROR_LEN], file=sys.stderr, flush=True)
        os._exit(1)  # FFmpeg would say good-bye to who is gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
