"""Inputs by name: their list, and finding one. Any thread."""

from dataclasses import dataclass, replace

from live.sound.device.process import Refused, ask
from live.sound.pulseaudio import sources as pulse_sources
from live.sound.source import SourceError

# Windows shows every device several times; its first and default way, MME, is the slowest.
# On Linux the sound server holds the hardware, so its name for a microphone is the one that opens.
_PULSE = "PulseAudio"
_SERVER = "pulse"  # PortAudio knows the sound server by that name, as one device
_PREFERRED_APIS = ("Windows WASAPI", _PULSE)
_LOOPBACK_WORDS = (
    "monitor", "loopback", "stereo mix", "stereomix", "mixage stéréo", "mezcla estéreo",
    "missaggio stereo", "blackhole", "soundflower", "what u hear", "cable output",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InputDevice:
    """One line of `--list-devices`; its text is that line."""

    index: int  # PortAudio's, good for this list
    name: str
    api: str
    channels: int
    rate: int
    is_default: bool
    is_loopback: bool  # hears what the computer plays
    pulse_source: str = ""  # the sound server's own name for it

    @property
    def portaudio_name(self) -> str:
        """What stands in PortAudio's list at `index`."""
        return _SERVER if self.pulse_source else self.name

    def __str__(self) -> str:
        marks = ["default"] * self.is_default + ["what the computer plays"] * self.is_loopback
        channels = f"{self.channels} channel{'s' * (self.channels != 1)}"
        notes = [self.api, channels, f"{self.rate} Hz", *marks]
        return f"{self.name}  ({', '.join(notes)})"


def list_devices() -> list[InputDevice]:
    """All inputs that there are now. Raises SourceError without PortAudio, or when it hangs."""
    try:
        known = ask("devices")
    except Refused as error:
        raise SourceError(
            f"The sound devices of this computer are not known ({error}): start its sound server "
            "again, or pull the newest device out."
        ) from error
    devices, apis, default = known["devices"], known["apis"], known["default"]
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
    through_pulse = [device for device in inputs if device.name == _SERVER]
    return _pulse_inputs(through_pulse[0].index, inputs) if through_pulse else inputs


def _pulse_inputs(index: int, inputs: list[InputDevice]) -> list[InputDevice]:
    """Beside the sound server, `index`, what lies behind it, by name."""
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
