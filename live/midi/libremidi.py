"""libremidi's devices (package pylibremidi). It queues by itself and gives all in `poll`.

Its `on_error` and `on_warning` stay unset: 5.4.3 cannot call them from Python and would abort.
"""

import sys
import time
from collections import Counter, deque
from importlib import import_module
from typing import Any

from live.midi.ports import MidiError

OLDEST_S = 1.0  # a message that says it is older came by another clock
CLIENT = "dancelive"


class Libremidi:
    """For one thread. Nothing that the library calls may raise: it would end the process."""

    def __init__(self, api: str = "") -> None:
        """`api` as libremidi calls it, "" = the usual one of this system. Raises MidiError."""
        try:
            self._lib: Any = import_module("pylibremidi")
        except ModuleNotFoundError as error:
            raise MidiError(
                "--midi needs the package pylibremidi: pip install 'dancelive[midi]'."
            ) from error
        self._api = self._chosen(api)
        self._again: Counter[str] = Counter()  # how often a name went
        config = self._lib.ObserverConfiguration()
        config.track_any = config.track_hardware = config.track_virtual = True
        went = self._again.update
        config.input_removed = config.output_removed = lambda port: went([_name(port)])
        self._observer: Any = self._lib.Observer(config, self._api)

    def _chosen(self, api: str) -> Any:
        lib, here = self._lib, self._lib.available_apis()
        wanted = lib.get_compiled_api_by_name(api) if api else lib.midi1_default_api()
        if wanted in here and wanted != lib.API.DUMMY:
            return wanted
        need = "; ALSA's sequencer is missing (modprobe snd-seq)" if sys.platform == "linux" else ""
        raise MidiError(f"This system has no MIDI{need}: start without --midi and --midi-clock.")

    def inputs(self) -> dict[str, int]:
        return {name: self._again[name] for name in self._ports("input")}

    def outputs(self) -> dict[str, int]:
        return {name: self._again[name] for name in self._ports("output")}

    def _ports(self, way: str) -> dict[str, Any]:
        self._observer.poll()
        found: dict[str, Any] = {}
        for port in getattr(self._observer, f"get_{way}_ports")():
            name, n = _name(port), 2
            while name in found:
                name, n = f"{_name(port)} {n}", n + 1
            found[name] = port
        return found

    def open_input(self, name: str) -> "LibremidiInput":
        return LibremidiInput(self._lib, self._api, self._port("input", name), name)

    def open_output(self, name: str) -> "LibremidiOutput":
        return LibremidiOutput(self._lib, self._api, self._port("output", name), name)

    def _port(self, way: str, name: str) -> Any:
        port = self._ports(way).get(name)
        if port is None:
            raise MidiError(f"{name} is not there any more.")
        return port


class LibremidiInput:
    """One device that is listened to."""

    def __init__(self, lib: Any, api: Any, port: Any, name: str) -> None:
        self._came: deque[tuple[list[int], int]] = deque()
        keep = self._came.append
        config = lib.InputConfiguration()
        config.ignore_timing, config.ignore_sysex = False, True
        config.on_raw_data = lambda data, at_ns: keep((data, at_ns))
        self._in: Any = lib.MidiIn(config, api)
        if self._in.open_port(port, CLIENT):
            raise MidiError(f"{name} cannot be opened: another program may hold it.")

    def poll(self) -> list[tuple[bytes, float]]:
        self._in.poll()
        now, now_ns = time.perf_counter(), self._in.absolute_timestamp()
        found: list[tuple[bytes, float]] = []
        while self._came:
            data, at_ns = self._came.popleft()
            age = (now_ns - at_ns) / 1e9
            found.append((bytes(data), now - age if 0 <= age < OLDEST_S else now))
        return found

    def close(self) -> None:
        self._in.close_port()


class LibremidiOutput:
    """One device that is sent to."""

    def __init__(self, lib: Any, api: Any, port: Any, name: str) -> None:
        config = lib.OutputConfiguration()
        self._out: Any = lib.MidiOut(config, api)
        self._name = name
        if self._out.open_port(port, CLIENT):
            raise MidiError(f"{name} cannot be opened: another program may hold it.")

    def send(self, data: bytes) -> None:
        if self._out.send_message(list(data)):
            raise MidiError(f"{self._name} takes no messages.")

    def close(self) -> None:
        self._out.close_port()


def _name(port: Any) -> str:
    """As a performer knows it."""
    return str(port.display_name or port.port_name or port.device_name)
