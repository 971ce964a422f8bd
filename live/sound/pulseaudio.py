"""The sources of PulseAudio or PipeWire, and which of them a stream really hears.

When a microphone is unplugged the sound server moves its stream to another one and tells nobody:
the blocks go on from the wrong room. Without `pactl` (other systems, plain ALSA) all here is None.
"""

import json
import logging
import os
import re
import subprocess
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

TIMEOUT_S = 2.0
_ENVIRONMENT = {"LC_ALL": "C"}
log = logging.getLogger(__name__)


class PulseSource(NamedTuple):
    """A microphone, or the monitor of an output, as the sound server knows it."""

    name: str
    description: str  # what the desktop shows
    channels: int
    rate: int
    is_monitor: bool
    is_default: bool


class Link(NamedTuple):
    """One recording stream and the source it hears."""

    stream: int  # index of the source-output
    source: str


def newest_link(pid: int) -> Link | None:
    """The stream that process `pid` opened last."""
    links = _links(pid)
    return max(links) if links else None


def sources() -> list[PulseSource] | None:
    """The sources that exist; None when there is no sound server to ask."""
    found, server = _ask("list", "sources"), _ask("info")
    if found is None or server is None:
        return None
    return [
        PulseSource(
            name=source["name"],
            description=source["description"],
            channels=_number(r"(\d+)ch", source["sample_specification"]),
            rate=_number(r"(\d+)Hz", source["sample_specification"]),
            is_monitor=source["properties"].get("device.class") == "monitor",
            is_default=source["name"] == server.get("default_source_name"),
        )
        for source in found
    ]


def default_output() -> str | None:
    """What the sound server calls the output that is played through."""
    server = _ask("info")
    return None if server is None else server.get("default_sink_name")


def source_names() -> frozenset[str] | None:
    """Their names alone."""
    found = _ask("list", "sources")
    return None if found is None else frozenset(source["name"] for source in found)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0


class MoveWatch:
    """Calls `on_moved` once when the stream was moved because its source is gone. Own thread.

    Raises OSError where `pactl` does not start.
    """

    def __init__(self, link: Link, pid: int, on_moved: Callable[[], None]) -> None:
        """`link` is one of process `pid`."""
        self._link, self._pid = link, pid
        self._on_moved = on_moved
        # Here, not on the thread: whoever stops it at once finds what is to be stopped.
        self._process = subprocess.Popen(
            ["pactl", "subscribe"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | _ENVIRONMENT,
        )
        threading.Thread(target=self._run, name="pulse", daemon=True).start()

    def stop(self) -> None:
        """No call from now on; process, thread and pipe end."""
        self._process.kill()

    def _run(self) -> None:
        with self._process as process:
            for event in process.stdout or ():
                if "on source" in event and self._is_moved():
                    self._on_moved()
                    self.stop()

    def _is_moved(self) -> bool:
        """A move while the old source still exists is the performer's own, in the mixer."""
        now = dict(_links(self._pid) or ()).get(self._link.stream)
        if now is None or now == self._link.source:
            return False
        names = source_names()
        return names is not None and self._link.source not in names


def _links(pid: int) -> list[Link] | None:
    outputs, found = _ask("list", "source-outputs"), _ask("list", "sources")
    if outputs is None or found is None:
        return None
    names = {source["index"]: source["name"] for source in found}
    return [
        Link(output["index"], names.get(output["source"], ""))
        for output in outputs
        if output["properties"].get("application.process.id") == str(pid)
    ]


def _ask(*words: str) -> Any:
    try:
        answer = subprocess.run(
            ["pactl", "--format=json", *words],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
            env=os.environ | _ENVIRONMENT,
        )
        return json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.debug("pactl %s: %s", " ".join(words), error)
        return None
