"""--out rtmp://HOST/APP/KEY, srt://HOST:PORT, FILE.m3u8: the show as a stream, with its sound."""

import contextlib
import json
import os
import shutil
import subprocess
import time
from argparse import ArgumentTypeError
from collections import deque
from pathlib import Path

from av.error import FFmpegError

from live.core.messages import AudioBlock
from live.core.settings import OutputSettings
from live.film.film_file import MAX_LAG, FilmFile
from live.film.forms import stream_form
from live.film.tracks import AvTracks
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError
from live.outputs.stream.address import PROTOCOLS, Way, checked, scheme_of, shown
from live.outputs.stream.pipe import Pipe, PipeError
from models.files import unfit
from models.program import HIDDEN, interpreter

SENDER = "live.outputs.stream.sender"
AUDIO_RATE = 48_000
MOST_BLOCKS = 300  # of 10 ms, as long as the relay keeps them
MOST_WAITING_S = 2.0  # of the stream; what would come to more is left out
STUCK_S = 10.0  # so long a receiver may take nothing before it is called again
# What the show jumps over more (the computer slept) is not filled with the same picture.
JUMP_S, JUMP_BACK_S = 2 * STUCK_S, 1.0
# Until the first sound is heard nobody knows the time of the show, which jumps then: a stream that
# began before would have to begin again. So long it is waited for.
SILENT_S = 3.0
RATE_S = 2.0  # the shown rate is that of these last seconds
BIT_RATES = (100_000, 50_000_000)


class StreamOutput:
    """H.264 and AAC at a constant rate; sent by a process of its own."""

    def __init__(self, opening: Opening) -> None:
        """Raises OSError."""
        asked = opening.asked
        self._opening = opening
        self._bit_rate = asked.option("bitrate") or default_bit_rate(opening.size, opening.fps)
        self._film: FilmFile | None = None
        self._opened_at = time.perf_counter()
        self._early: deque[AudioBlock] = deque(maxlen=MOST_BLOCKS)  # heard before the film begins
        self._newest = 0.0  # media time of the picture that left last
        self._taken: deque[tuple[float, int]] = deque(maxlen=200)  # host time, bytes until then
        way = PROTOCOLS[scheme_of(asked.name) or ""]
        by_ffmpeg = way.by_ffmpeg
        command = _ffmpeg(asked.name, way) if by_ffmpeg else [interpreter(), "-m", SENDER]
        self._pipe = Pipe(command, tells=not by_ffmpeg)
        try:
            if not by_ffmpeg:
                told = {"url": asked.name, "container": way.container, "options": way.options}
                self._pipe.write(json.dumps(told).encode() + b"\n")
            form = stream_form(self._bit_rate)
            self._tracks = AvTracks(
                self._pipe, form, opening.size, opening.fps, AUDIO_RATE, 2, False
            )
        except BaseException:
            self._pipe.close()
            raise

    def send(self, frame: OutputFrame) -> bool:
        """Raises OutputError when the receiver takes nothing or is gone: it is called again."""
        now = time.perf_counter()
        try:
            if not self._is_free(now):
                return False
            if self._film is None:
                if not self._may_begin(frame.time, now):
                    return False
                self._film = self._begin(frame.time)
            elif not -JUMP_BACK_S < frame.time - self._newest < JUMP_S:
                raise OutputError("the time of the show jumped")
            film, self._newest = self._film, frame.time
            film.max_lag = self._max_lag
            while (block := self._opening.sound.take(0.0)) is not None:
                film.add_audio(block)
            film.add_frame(frame.rgb, frame.time)
        except PipeError as error:
            name = self._opening.asked.name  # may hold a key
            raise OutputError(str(error).replace(name, shown(name))) from error
        self._taken.append((now, self._pipe.n_taken))
        return True

    @property
    def state(self) -> str:
        if not self._pipe.is_connected:
            return "connecting"
        taken = [one for one in list(self._taken) if time.perf_counter() - one[0] < RATE_S]
        if len(taken) < 2:
            return ""
        (began, first), (ended, last) = taken[0], taken[-1]
        return f"{(last - first) * 8e-6 / max(1e-3, ended - began):.1f} Mbit/s"

    def close(self) -> None:
        with contextlib.suppress(PipeError, FFmpegError, OSError, ValueError):
            if self._film is not None:
                self._film.close(whole=True)
            else:
                self._tracks.close()
        self._pipe.close()

    def _may_begin(self, time_: float, now: float) -> bool:
        """Whether a picture of this media time belongs to what is heard now."""
        while (block := self._opening.sound.take(0.0)) is not None:
            self._early.append(block)
        if now - self._opened_at > SILENT_S:
            return True
        seen = time_ + self._opening.picture_delay()
        return bool(self._early) and abs(seen - self._early[-1].end) < JUMP_BACK_S

    def _begin(self, time_: float) -> FilmFile:
        """What was heard before `time_` is left out."""
        film = FilmFile(self._tracks, time_, max_lag=self._max_lag)
        while self._early:
            film.add_audio(self._early.popleft())
        return film

    @property
    def _max_lag(self) -> float:
        return MAX_LAG + abs(self._opening.picture_delay())

    def _is_free(self, now: float) -> bool:
        pipe = self._pipe
        pipe.check()
        if pipe.waiting and now - pipe.taken_at > STUCK_S:
            what = "takes nothing" if pipe.is_connected else "does not answer"
            raise OutputError(f"the receiver {what}")
        if pipe.waiting > MOST_WAITING_S * self._bit_rate / 8:
            self._opening.told.n_dropped += 1
            return False
        return True


def default_bit_rate(size: tuple[int, int], fps: float) -> int:
    """Bits a second that look well: 4.5 million for 1920 x 1080 at 30/s; 1 to 6 million."""
    return round(min(6e6, max(1e6, size[0] * size[1] * fps * 0.072)))


def _ffmpeg(url: str, way: Way) -> list[str]:
    """For what the FFmpeg inside PyAV does not know."""
    head = ["ffmpeg", "-loglevel", "error", "-f", "nut"]
    head += ["-analyzeduration", "0", "-i", "pipe:0"]
    return [*head, "-c", "copy", "-flush_packets", "1", "-f", way.container, url]


def _bits(text: str) -> int:
    """4500k, 6M or plain bits a second."""
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    try:
        rate = round(float(text[:-1] if factor > 1 else text) * factor)
    except (ValueError, OverflowError) as error:
        raise ArgumentTypeError("write bits a second, as 4500k or 6M") from error
    if not BIT_RATES[0] <= rate <= BIT_RATES[1]:
        raise ArgumentTypeError("it is 100k to 50M")
    return rate


def _check(asked: OutputSettings) -> None:
    scheme = scheme_of(asked.name)
    if scheme == "srt" and not _knows_srt():
        raise OutputError(
            f"--out {asked.label}: SRT needs a program ffmpeg that knows it (`ffmpeg -protocols` "
            "names srt), since the FFmpeg inside PyAV does not: install FFmpeg, or use rtmp://."
        )
    if scheme:
        return
    path = Path(asked.name)
    if why := unfit(path):
        raise OutputError(f"--out {asked.label}: {why}: choose another one.")
    try:
        is_taken = path.exists() and not _is_playlist(path)
        has_folder = path.absolute().parent.is_dir()
    except OSError as error:
        raise OutputError(
            f"--out {asked.label}: that name cannot be written to ({error.strerror}): "
            "choose another one."
        ) from error
    if not has_folder:
        raise OutputError(f"--out {asked.label}: there is no folder {path.absolute().parent}.")
    if is_taken:
        raise OutputError(f"--out {asked.label}: something else has that name: choose another one.")


def _is_playlist(path: Path) -> bool:
    """Raises OSError."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(7) == b"#EXTM3U"


def _knows_srt() -> bool:
    if shutil.which("ffmpeg") is None:
        return False
    told = subprocess.run(
        ["ffmpeg", "-hide_banner", "-protocols"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        creationflags=HIDDEN,
    )  # fmt: skip
    return "srt" in told.stdout.split("Output:")[-1].split()


def _where(asked: OutputSettings) -> str:
    return os.path.abspath(asked.name) if scheme_of(asked.name) == "" else ""


KIND = Kind(
    what="RTMP, SRT or HLS with the sound of the show: a server, OBS, VLC",
    open=StreamOutput,
    name=checked,
    shown=shown,
    options={"bitrate": _bits},
    check=_check,
    where=_where,
    alpha=False,
    can_alpha=False,
    hears=True,
)
