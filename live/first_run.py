"""--try-out alone: each part of a show for a second or more, as a report that can be sent on.

A line is said as soon as it is known: a library that ends the program leaves those before it. No
name of a person, a computer, a device or a folder stands in it.
"""

import json
import logging
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from live import check
from live.core.nameless import without_folders, without_names
from live.core.settings_file import FOLDER_SETTING
from live.try_out import tried
from models.program import HIDDEN, environment, interpreter

HEAR_S = 2.5  # longer than it takes to tell zeros
PLAY_S = 1.5
SHOW_S = 8.0
MOST_SHOW_S = 60.0
OUT_S = 1.5
OUT_PX = (640, 360)
LINK_S = 1.5
STEPS = 30  # of a dance
_PACKAGES = (
    "numpy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "PySide6-Essentials", "av",
    "opencv-python-headless", "sounddevice", "aubio-ledfx", "wgpu", "pylibremidi",
    "LinkPython-extern", "ndi-python", "SpoutGL", "syphon-python", "pyvirtualcam",
)  # fmt: skip
_NOBODYS = {"", "default", "pulse"}  # names of inputs that say nothing of anybody
Say = Callable[[str], None]
log = logging.getLogger(__name__)


@dataclass
class _Told:
    """Says lines without names."""

    say: Say
    names: dict[str, str] = field(default_factory=dict)  # of devices, and what is said instead

    def line(self, part: str, text: str) -> None:
        self.say(f"{part:<12}" + without_folders(without_names(text, self.names)).rstrip())


def first_run(mute: bool, say: Say) -> int:
    """0 when a show ran here. With `mute` nothing is played aloud. Takes less than a minute."""
    began = time.perf_counter()
    told = _Told(say)
    told.line("dancelive", _machine())
    told.line("packages", ", ".join(_packages()))
    _part(told, "sound in", lambda: _sound_in(told.names))
    if not mute:
        _part(told, "sound out", lambda: _sound_out(told.names))
    with suppress(Exception):
        check.engines(lambda text: told.line("", text))
    _part(told, "drawing", _drawing)
    _part(told, "dancing", _dancing)
    with tempfile.TemporaryDirectory(prefix="dancelive-", ignore_cleanup_errors=True) as folder:
        works = _part(told, "show", lambda: _show(Path(folder), told))
        _outputs(told, Path(folder))
    _part(told, "MIDI", _midi)
    _part(told, "Link", _link)
    told.line("all", f"took {time.perf_counter() - began:.0f} s")
    return 0 if works else 1


def _part(told: _Told, part: str, do: Callable[[], str]) -> bool:
    """What it does is told, whatever a driver or a library throws too; whether it went well."""
    try:
        told.line(part, do())
        return True
    except Exception as error:  # all is told, and the next part is tried
        log.info("%s broke", part, exc_info=error)
        lines = str(error).splitlines() or [""]
        told.line(part, f"{type(error).__name__}: {lines[0]}")
        return False


def _machine() -> str:
    cores = f"{os.cpu_count()} cores"
    if hasattr(os, "getloadavg"):  # POSIX
        cores += f" with {os.getloadavg()[0]:.1f} programs at work before"
    return (
        f"{version('dancelive')}, Python {platform.python_version()}, "
        f"{platform.platform(terse=True)}, {platform.machine()}, {cores}"
    )


def _packages() -> Iterator[str]:
    for name in _PACKAGES:
        with suppress(PackageNotFoundError):
            yield f"{name} {version(name)}"


def _sound_in(names: dict[str, str]) -> str:
    """The default input, heard for a while."""
    from live.core.messages import AudioBlock
    from live.sound.microphone import Microphone
    from live.sound.portaudio import list_devices

    devices = list_devices()
    for number, device in enumerate(devices, 1):
        called = {device.name, device.pulse_source} - _NOBODYS
        names |= dict.fromkeys(called, f"INPUT {number}")
    apis = ", ".join(sorted({device.api for device in devices})) or "none"
    microphone, blocks = Microphone(), list[AudioBlock]()
    began = time.perf_counter()
    microphone.start(blocks.append)
    opened_ms = (time.perf_counter() - began) * 1e3
    time.sleep(HEAR_S)
    status, lost = microphone.status, microphone.overflows
    microphone.stop()
    heard = np.concatenate([block.samples.ravel() for block in blocks] or [np.zeros(1)])
    level = 20 * np.log10(max(1e-6, float(np.sqrt(np.mean(np.square(heard, dtype=float))))))
    return (
        f"{len(devices)} inputs ({apis}); opened in {opened_ms:.0f} ms, {len(blocks)} blocks in"
        f" {HEAR_S:g} s, {lost} lost, {microphone.rate} Hz, {microphone.channels} channels,"
        f" {level:.0f} dBFS; {status}"
    )


def _sound_out(names: dict[str, str]) -> str:
    """Music for a moment."""
    from live.sound.open import DemoSource

    player = DemoSource(aloud=True, duration=PLAY_S)
    name = player.loudspeaker
    if not name:
        return "no output takes this sound"
    names[name] = "OUTPUT"
    began = time.perf_counter()
    player.start(lambda _: None)
    ended = player.finished.wait(PLAY_S + 5.0)
    took, status = time.perf_counter() - began, player.status
    player.stop()
    end = f"ended after {took:.1f} s" if ended else "did not end"
    empty = f"ran empty {player.overflows} times"
    return f"{PLAY_S:g} s of music at {player.rate} Hz {end}, {empty}; {status}"


def _drawing() -> str:
    """Persons, by the processor and by the chip."""
    said: list[str] = []
    check.puppets(said.append)
    return "; ".join(" ".join(text.split()) for text in said)


def _dancing() -> str:
    """One chunk of sound, by each engine that is there."""
    from live.core.settings import Settings
    from models import bundle
    from models.runtime.dance import DanceStepper
    from models.runtime.engines import BUILT, EngineError, offered
    from models.spec import CHUNK_SAMPLES

    found = bundle.find("dance", Settings().dance)
    network, _ = found.network("fp32")
    said: list[str] = []
    for name in offered("auto"):
        if name in BUILT:
            continue
        try:
            stepper = DanceStepper(network, found.sizes, name)
        except EngineError as error:
            said.append(f"{name}: {str(error).splitlines()[0]}")
            continue
        silence = np.zeros(CHUNK_SAMPLES, np.float32)
        noise = np.zeros(stepper.noise.size, np.float32)
        controls = np.zeros(stepper.n_controls, np.float32)
        taken: list[float] = []
        for _ in range(STEPS):
            began = time.perf_counter()
            stepper.step(silence, noise, controls)
            taken.append((time.perf_counter() - began) * 1e3)
        said.append(
            f"{stepper.engine} {np.median(taken):.1f} ms (p95 {np.percentile(taken, 95):.1f})"
        )
    return f"a chunk of 100 ms of {found.manifest.name} takes {', '.join(said)}"


def _show(folder: Path, told: _Told) -> str:
    """A real one in a process of its own, filmed. Raises RuntimeError where it fails."""
    from live.window.display import find_display

    display = find_display()
    screens = ", ".join(f"{w}x{h}" for _, (w, h) in display.screens)
    told.line("display", f"works, screens {screens}" if display.works else display.reason)
    stats, film = folder / "stats.json", folder / "film.mp4"
    words = ["--input", "demo", "--mute", "--duration", f"{SHOW_S:g}", "--stats", str(stats)]
    words += ["--record", str(film)] + ([] if display.works else ["--headless"])
    ended = subprocess.run(
        [interpreter(), "-P", "-m", "live.cli", *words], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=MOST_SHOW_S,
        env=environment() | {FOLDER_SETTING: str(folder)}, creationflags=HIDDEN, check=False,
    )  # fmt: skip
    for line in ended.stderr.decode("utf-8", "replace").splitlines():
        if line.strip() and not line.startswith("dancelive: target"):  # who dances is known
            told.line("  it said", line)
    if ended.returncode or not stats.exists():
        raise RuntimeError(f"the show ended with {ended.returncode}")
    told.line("film", _film(film))
    where = "window" if display.works else "no window"
    return f"{where}, {in_words(json.loads(stats.read_text(encoding='utf-8')))}"


def in_words(stats: dict[str, Any]) -> str:
    """What the file of --stats says of a show."""

    def times(what: str, name: str, *points: str) -> str:
        found = stats.get(name) or {}
        return f"{what} {', '.join(f'{p} {found[p]:.1f}' for p in points if p in found) or 'none'}"

    frames, late = stats["frames"], stats["frames_late"]
    return "; ".join([
        f"{stats['duration_s']:g} s at {stats['fps']:g} pictures a second",
        f"{late} of {frames + late} late",
        f"the first after {stats['first_frame_s'] or 0:.1f} s",
        f"{stats['engine']} {stats['precision']}",
        times("in ms: painting", "renderer_ms", "p50", "p99"),
        times("shown too late", "frame_error_ms", "p50", "p95"),
        times("dancing", "generator_ms", "p50", "p99"),
        times("OSC off by", "osc_error_ms", "p50", "p99"),
        f"chunks lost {stats['chunks_lost']}",
        f"memory {stats['rss_mb']:.0f} MB",
        f"restarts {stats['part_restarts'] or 'none'}",
    ])  # fmt: skip


def _film(film: Path) -> str:
    import av

    with av.open(str(film)) as file:
        pictures = sum(1 for _ in file.decode(video=0))
        video, sound = file.streams.video[0], file.streams.audio
        size = f"{video.width}x{video.height}"
        return f"{pictures} pictures of {size}, {'with' if sound else 'without'} sound"


def _outputs(told: _Told, folder: Path) -> None:
    """Each kind that is installed, for a moment; a stream goes into a file."""
    from live.outputs.flag import parse_output
    from live.outputs.kinds import KINDS, kind_of

    for name in KINDS:

        def out(name: str = name) -> str:
            kind = kind_of(name)
            if missing := kind.missing():
                return missing
            asked = parse_output(str(folder / "stream.m3u8") if name == "stream" else name)
            kind.check(asked)
            trial = tried(replace(asked, size=OUT_PX), kind, OUT_S)
            if trial.error is not None:
                raise trial.error
            if trial.open_ms is None or trial.hangs:
                return "hangs, and was given up"
            seen = f"{trial.n_sent} pictures left" if trial.n_sent else "nobody looked on"
            return f"opened in {trial.open_ms:.0f} ms, {seen}, {trial.n_dropped} dropped"

        _part(told, f"out {name}", out)


def _midi() -> str:
    from live.midi.libremidi import Libremidi

    ports = Libremidi()
    return f"{len(ports.inputs())} inputs, {len(ports.outputs())} outputs"


def _link() -> str:
    from live.link.session import LinkSession

    session = LinkSession()
    try:
        time.sleep(LINK_S)
        return f"joined, {session.look(4).n_peers} others are there"
    finally:
        session.close()
