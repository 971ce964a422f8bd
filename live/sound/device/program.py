"""The program that has PortAudio loaded, started by process.py, one for each question or stream.

Opening, starting, stopping and closing can each hang in a driver or in PortAudio for good, and a
driver can crash. So a show does none of it itself: this program ends without closing anything, or
is killed, and the system takes everything back. One argument, JSON: a job and what it is asked.
"""

import json
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Any, BinaryIO

from live.core.mailbox import Bounded
from live.sound.device.messages import (
    ANSWER,
    ASKED,
    CAPTURED,
    END,
    FORGET,
    HANGS,
    MISSING,
    NONE,
    REFUSED,
    SENT,
    next_of,
)

LOADING_S = 15.0  # Python and PortAudio, on a busy machine
OPENING_S = 4.0  # the device; a sleeping sound server needs 2 s, what takes longer hangs
QUEUE_BLOCKS = 100  # 1 s, for a show that is held up
_SAMPLE = 4  # bytes of a float32
_MISSING_MODULE = "sounddevice is missing: pip install sounddevice."
_MISSING_LIBRARY = (
    "The PortAudio library is missing: apt-get install libportaudio2 (Debian, Ubuntu), "
    "elsewhere pip install --force-reinstall sounddevice; files and demo work without it."
)


class Capture:
    """Blocks of an input; the callback (PortAudio's thread) only copies."""

    def __init__(self, sd: Any, asked: dict[str, Any]) -> None:
        self.news: Bounded[bytes] = Bounded(QUEUE_BLOCKS)
        self._n_samples = 0
        _same_device(sd, asked)
        self.stream = sd.RawInputStream(
            **asked, dtype="float32", callback=self.callback, finished_callback=self.news.close
        )

    def callback(self, samples: Any, n_samples: int, time: Any, status: Any) -> None:
        arrived_at = perf_counter()
        head = CAPTURED.pack(arrived_at, self._n_samples, bool(status.input_overflow))
        self.news.put(head + bytes(samples))
        self._n_samples += n_samples

    def serve(self, asks: BinaryIO) -> None:
        """Returns when nobody listens any more."""
        asks.read()


class Playback:
    """Blocks to the default output; silence while there is none."""

    def __init__(self, sd: Any, asked: dict[str, Any]) -> None:
        self.news: Bounded[bytes] = Bounded(10 * QUEUE_BLOCKS)
        self._blocks: deque[tuple[int, bytes]] = deque()
        self._n_bytes = _SAMPLE * asked["channels"]
        self.stream = sd.RawOutputStream(
            **asked, dtype="float32", callback=self.callback, finished_callback=self.news.close
        )

    def callback(self, played: Any, n_samples: int, time: Any, status: Any) -> None:
        now = perf_counter()
        try:
            number, block = self._blocks.popleft()
        except IndexError:
            number, block = NONE, b""
        played[:] = block.ljust(len(played), b"\0")
        if number != NONE or len(self.news) < QUEUE_BLOCKS:  # what was taken is always told
            delay = time.outputBufferDacTime - time.currentTime
            self.news.put(ASKED.pack(now, delay, number, bool(status.output_underflow)))

    def serve(self, asks: BinaryIO) -> None:
        """Take blocks until nobody sends any more."""
        while (sent := next_of(SENT, asks)) is not None:
            number, n_samples = map(int, sent)
            if n_samples == FORGET:
                self._blocks.clear()
            else:
                n_bytes = 0 if n_samples == END else n_samples * self._n_bytes
                self._blocks.append((number, asks.read(n_bytes)))


def _devices(sd: Any) -> dict[str, Any]:
    """All that PortAudio knows."""
    return {
        "devices": list(sd.query_devices()),
        "apis": list(sd.query_hostapis()),
        "default": sd.default.device[0],
    }


def _check_input(sd: Any, **asked: Any) -> None:
    _same_device(sd, asked)
    sd.check_input_settings(**asked, dtype="float32")


def _output(sd: Any, samplerate: int | None = None, channels: int | None = None) -> dict[str, Any]:
    """The default output, and whether it takes that."""
    found = sd.query_devices(kind="output")
    try:
        sd.check_output_settings(channels=channels, dtype="float32", samplerate=samplerate)
        takes = True
    except (sd.PortAudioError, ValueError):
        takes = False
    return {"name": found["name"], "rate": int(found["default_samplerate"]), "takes": takes}


def _same_device(sd: Any, asked: dict[str, Any]) -> None:
    """The number of a device is good for one list; its `name` goes out of `asked`."""
    name = asked.pop("name")
    if sd.query_devices(asked["device"])["name"] != name:
        raise ValueError("the list of devices has just changed")


_QUESTIONS = {"devices": _devices, "check input": _check_input, "output": _output}
_STREAMS: dict[str, Callable[..., Capture | Playback]] = {"capture": Capture, "play": Playback}


def answer(
    job: str, asked: dict[str, Any], told: BinaryIO, within: Callable[[float], object]
) -> Capture | Playback | None:
    """Say what was asked; the stream, once it runs, if one was asked for.

    `within` is told how many seconds the rest may take.
    """
    try:
        import sounddevice as sd
    except ImportError:
        return _say(told, MISSING, _MISSING_MODULE)
    except OSError:
        return _say(told, MISSING, _MISSING_LIBRARY)
    within(OPENING_S)
    try:
        if job in _QUESTIONS:
            return _say(told, ANSWER, _QUESTIONS[job](sd, **asked))
        opened = _STREAMS[job](sd, asked)
        opened.stream.start()
    except (sd.PortAudioError, ValueError) as error:
        return _say(told, REFUSED, " ".join(str(error).split()))
    _say(told, ANSWER, None)
    return opened


def _say(told: BinaryIO, key: str, what: Any) -> None:
    told.write(json.dumps({key: what}).encode() + b"\n")
    told.flush()


def serve(opened: Capture | Playback, asks: BinaryIO, told: BinaryIO) -> None:
    """Until the device is gone, or whoever uses it."""

    def listen() -> None:
        try:
            opened.serve(asks)
        finally:
            opened.news.close()

    threading.Thread(target=listen, daemon=True).start()
    while (news := opened.news.take()) is not None:
        told.write(news)
        told.flush()


class Deadline:
    """Ends this program when a call hangs: it cannot be waited for, nor interrupted."""

    def __init__(self, told: BinaryIO) -> None:
        self._told = told
        self._timer: threading.Timer | None = None

    def within(self, seconds: float) -> None:
        """From now on, instead of what was said before; 0 = no more."""
        if self._timer:
            self._timer.cancel()
        if seconds:
            self._timer = threading.Timer(seconds, self._end)
            self._timer.daemon = True
            self._timer.start()

    def _end(self) -> None:
        try:
            _say(self._told, REFUSED, HANGS)
        finally:
            os._exit(1)


def main() -> None:
    """Ends at once: what is open is not closed, for that could hang."""
    for name in ("SIGINT", "SIGHUP"):  # Ctrl-C, a closed terminal: they end the show, and that this
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a driver prints is no answer
    deadline = Deadline(told)
    deadline.within(LOADING_S)
    asked = json.loads(sys.argv[1])
    with suppress(OSError):  # nobody reads any more
        opened = answer(asked.pop("job"), asked, told, deadline.within)
        deadline.within(0)
        if opened is not None:
            serve(opened, sys.stdin.buffer, told)
    os._exit(0)


if __name__ == "__main__":
    main()
