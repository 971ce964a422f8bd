"""PortAudio by name: the list of inputs, finding one, opening and closing safely. Any thread."""

import threading
from dataclasses import dataclass
from typing import Any

from live.sound import SourceError

CLOSE_TIMEOUT = 1.0  # s; closing the stream of a lost device can hang
DEFAULT_INPUT = "mic"

_lock = threading.RLock()  # PortAudio's list and its opening are not thread-safe
_n_open = 0


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One line of `--list-devices`."""

    name: str
    api: str
    channels: int
    rate: int
    is_default: bool
    is_loopback: bool  # hears what the computer plays

    def __str__(self) -> str:
        marks = ["default"] * self.is_default + ["what the computer plays"] * self.is_loopback
        notes = [self.api, f"{self.channels} channels", f"{self.rate} Hz", *marks]
        return f"{self.name}  ({', '.join(notes)})"


def portaudio() -> Any:
    """The sounddevice module; SourceError names the package when PortAudio is missing."""
    try:
        import sounddevice
    except ImportError as error:
        raise SourceError("sounddevice is missing: pip install sounddevice.") from error
    except OSError as error:
        raise SourceError(
            "The PortAudio library is missing: apt-get install libportaudio2 (Debian, Ubuntu), "
            "elsewhere pip install --force-reinstall sounddevice; files and demo work without it."
        ) from error
    return sounddevice


def list_devices() -> list[InputDevice]:
    """All inputs as PortAudio knows them. Raises SourceError without the library."""
    sd = portaudio()
    with _lock:
        devices, apis = sd.query_devices(), sd.query_hostapis()
        default = sd.default.device[0]
    return [
        InputDevice(
            name=device["name"],
            api=apis[device["hostapi"]]["name"],
            channels=device["max_input_channels"],
            rate=int(device["default_samplerate"]),
            is_default=index == default,
            is_loopback=_is_loopback(device["name"]),
        )
        for index, device in enumerate(devices)
        if device["max_input_channels"] > 0
    ]


def _is_loopback(name: str) -> bool:
    words = ("monitor", "loopback", "stereo mix", "blackhole", "what u hear", "cable output")
    return any(word in name.lower() for word in words)


def find_input(name: str) -> tuple[int, str]:
    """(PortAudio's index, full name) of an input; exact names first, then a part that fits once.

    Raises SourceError with the names that exist.
    """
    sd = portaudio()
    with _lock:
        devices = list(enumerate(sd.query_devices()))
        default = sd.default.device[0]
    inputs = [(index, d["name"]) for index, d in devices if d["max_input_channels"] > 0]
    if not inputs:
        raise SourceError(
            "There is no sound input on this computer: plug one in, or use a file or demo."
        )
    if name == DEFAULT_INPUT:
        found = [pair for pair in inputs if pair[0] == default] or inputs[:1]
        return found[0]
    wanted = name.casefold()
    exact = [pair for pair in inputs if pair[1].casefold() == wanted]
    if exact:  # the same device under several host APIs: the first is PortAudio's own choice
        return exact[0]
    part = [pair for pair in inputs if wanted in pair[1].casefold()]
    if len(part) == 1:
        return part[0]
    names = ", ".join(f'"{n}"' for n in dict.fromkeys(n for _, n in part or inputs))
    if part:
        raise SourceError(f'"{name}" fits several inputs, name one in full: {names}.')
    raise SourceError(f'There is no file and no input called "{name}"; inputs: {names}.')


def open_stream(make: Any) -> Any:
    """Call `make()` (opens and starts a stream) while nobody changes the list of devices."""
    global _n_open
    with _lock:
        stream = make()
        _n_open += 1
    return stream


def close_stream(stream: Any) -> bool:
    """Abort and close; False when the driver hangs, then the stream is left to itself."""
    global _n_open

    def close() -> None:
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)

    closer = threading.Thread(target=close, name="close-stream", daemon=True)
    closer.start()
    closer.join(CLOSE_TIMEOUT)
    if closer.is_alive():
        return False  # still counted as open, so the list is never re-read under it
    with _lock:
        _n_open -= 1
    return True


def refresh() -> bool:
    """Read the list of devices anew; False while a stream is open (PortAudio forbids it)."""
    sd = portaudio()
    with _lock:
        if _n_open:
            return False
        sd._terminate()
        sd._initialize()
    return True
