"""PortAudio by name: the list of inputs, finding one, opening and closing safely. Any thread."""

import atexit
import ctypes
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from live.sound.pulseaudio import sources as pulse_sources
from live.sound.source import SourceError

CLOSE_TIMEOUT = 1.0  # s; closing the stream of a lost device can hang
# Windows shows every device several times; its first and default way, MME, is the slowest.
# On Linux the sound server holds the hardware, so its name for a microphone is the one that opens.
_PULSE = "PulseAudio"
_PREFERRED_APIS = ("Windows WASAPI", _PULSE)
_LOOPBACK_WORDS = ("monitor", "loopback", "stereo mix", "blackhole", "what u hear", "cable output")
log = logging.getLogger(__name__)

_lock = threading.RLock()  # PortAudio's list and its opening are not thread-safe
_n_open = 0


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One line of `--list-devices`; its text is that line."""

    index: int  # PortAudio's, good until the list is read anew
    name: str
    api: str
    channels: int
    rate: int
    is_default: bool
    is_loopback: bool  # hears what the computer plays
    pulse_source: str = ""  # the sound server's own name for it

    def __str__(self) -> str:
        marks = ["default"] * self.is_default + ["what the computer plays"] * self.is_loopback
        channels = f"{self.channels} channel{'s' * (self.channels != 1)}"
        notes = [self.api, channels, f"{self.rate} Hz", *marks]
        return f"{self.name}  ({', '.join(notes)})"


@cache
def portaudio() -> Any:
    """The sounddevice module; SourceError names the package when PortAudio is missing."""
    _quieten_alsa()
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


def _quieten_alsa() -> None:
    """ALSA writes pages to stderr whenever the list is read, which is every second after a loss."""
    if not sys.platform.startswith("linux") or log.isEnabledFor(logging.DEBUG):
        return
    try:
        alsa = ctypes.CDLL("libasound.so.2")
    except OSError:
        return
    # A C function that does nothing: a Python one could be called after the interpreter's end.
    alsa.snd_lib_error_set_handler(ctypes.CDLL(None).getpid)


def list_devices() -> list[InputDevice]:
    """All inputs as PortAudio knows them. Raises SourceError without the library."""
    sd = portaudio()
    with _lock:
        devices, apis = sd.query_devices(), sd.query_hostapis()
        default = sd.default.device[0]
    for api in apis:
        if api["name"] in _PREFERRED_APIS and api["default_input_device"] >= 0:
            default = api["default_input_device"]
    inputs = [
        InputDevice(
            index=index,
            name=device["name"],
            api=apis[device["hostapi"]]["name"],
            channels=device["max_input_channels"],
            rate=int(device["default_samplerate"]),
            is_default=index == default,
            is_loopback=any(word in device["name"].lower() for word in _LOOPBACK_WORDS),
        )
        for index, device in enumerate(devices)
        if device["max_input_channels"] > 0
    ]
    through_pulse = [device for device in inputs if device.name == "pulse"]
    return _pulse_inputs(through_pulse[0].index, inputs) if through_pulse else inputs


def _pulse_inputs(index: int, inputs: list[InputDevice]) -> list[InputDevice]:
    """PortAudio knows the sound server as one device; add what lies behind it, by name."""
    found = pulse_sources()
    if not found:
        return inputs
    shown = [source.description for source in found]
    if any(source.is_default for source in found):
        inputs = [replace(device, is_default=False) for device in inputs]
    return inputs + [
        InputDevice(
            index=index,
            name=source.name if shown.count(source.description) > 1 else source.description,
            api=_PULSE,
            channels=source.channels,
            rate=source.rate,
            is_default=source.is_default,
            is_loopback=source.is_monitor,
            pulse_source=source.name,
        )
        for source in found
    ]


def default_input() -> InputDevice:
    """The input that the system would choose; SourceError when there is none."""
    inputs = _some_inputs()
    return next((device for device in inputs if device.is_default), inputs[0])


def find_input(name: str) -> InputDevice:
    """An input by its exact name, else by a part of it that fits only one.

    What hears the computer itself is left out while something else fits. Raises SourceError with
    the names that exist.
    """
    inputs, wanted = _some_inputs(), name.casefold()
    exact = [d for d in inputs if wanted in (d.name.casefold(), d.pulse_source.casefold())]
    found = exact or [device for device in inputs if wanted in device.name.casefold()]
    found = [device for device in found if not device.is_loopback] or found
    preferred = [device for device in found if device.api in _PREFERRED_APIS] or found
    if exact or len(preferred) == 1:
        return preferred[0]
    names = ", ".join(f'"{n}"' for n in dict.fromkeys(d.name for d in preferred or inputs))
    if preferred:
        raise SourceError(f'"{name}" fits several inputs, name one in full: {names}.')
    raise SourceError(f'There is no file and no input called "{name}"; inputs: {names}.')


def is_input(name: str) -> bool:
    """Whether `find_input` would find it."""
    try:
        find_input(name)
    except SourceError:
        return False
    return True


def _some_inputs() -> list[InputDevice]:
    inputs = list_devices()
    if not inputs:
        raise SourceError(
            "There is no sound input on this computer: plug one in, or use a file or demo."
        )
    return inputs


def open_stream(make: Callable[[], Any], pulse_source: str = "") -> Any:
    """Open with `make` and start, while nobody else changes the list of devices."""
    global _n_open
    sd = portaudio()
    with _lock, _pulse_source_chosen(pulse_source):
        stream = make()
        try:
            stream.start()
        except sd.PortAudioError:
            stream.close(ignore_errors=True)
            raise
        _n_open += 1
    return stream


@contextmanager
def _pulse_source_chosen(name: str) -> Iterator[None]:
    """PortAudio cannot name a source to the sound server, but libpulse reads it from here."""
    before = os.environ.get("PULSE_SOURCE")
    if name:
        os.environ["PULSE_SOURCE"] = name
    try:
        yield
    finally:
        if before is not None:
            os.environ["PULSE_SOURCE"] = before
        elif name:
            del os.environ["PULSE_SOURCE"]


def close_stream(stream: Any) -> None:
    """Abort and close; when the driver hangs the stream is left to itself after a second."""

    def close() -> None:
        global _n_open
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)
        with _lock:
            _n_open -= 1

    closer = threading.Thread(target=close, name="close-stream", daemon=True)
    closer.start()
    closer.join(CLOSE_TIMEOUT)
    if closer.is_alive():
        # Still counted as open, so the list is not read under it; nor may the exit wait for it.
        log.info("the sound driver takes long to close a stream; going on")
        atexit.unregister(portaudio()._exit_handler)


def refresh() -> bool:
    """Read the list of devices anew; False while a stream is open (PortAudio forbids it)."""
    sd = portaudio()
    with _lock:
        if _n_open:
            return False
        if sd._initialized:
            sd._terminate()
        sd._initialize()
    return True
