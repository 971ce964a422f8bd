"""Who reads OSC: the parser, and a listener on a real UDP port with a dance that obeys it."""

import logging
import socket
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzz.kind import Reader
from live.core.media_clock import MediaClock
from live.core.messages import AudioChunk, Command, SwitchTarget
from live.core.settings import Settings
from live.dance.performer import open_performer
from live.osc.address import build_message
from live.osc.listener import OscListener
from live.osc.packet import PacketError, messages_of, types_of
from live.picture.targets import find_target
from models.bundle import BundleError
from models.spec import CHUNK_SAMPLES

ROOT = "/dancelive"
ANSWER_S = 5.0


class SilentError(Exception):
    """The listener does not answer any more."""


def readers() -> list[Reader]:
    """Both."""
    return [
        Reader("parser", _parsed, (PacketError,)),
        Reader("stage", _Stage().receive, ()),
    ]


def _parsed(path: Path) -> None:
    for message in messages_of(path.read_bytes()):
        if message is not None:
            types_of(message)


class _Stage(logging.Handler):
    """A listener whose commands are obeyed by a dance; errors that it only logs are raised."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._commands: list[Command] = []
        self._errors: list[BaseException] = []
        self._performer, self._clock = open_performer(Settings()), MediaClock(0.0)
        self._listener = OscListener(0, ROOT, self._commands.append, self._read)
        threading.Thread(target=self._listener.run, args=(threading.Event(),), daemon=True).start()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.settimeout(ANSWER_S)
        self._asked = self._chunks = 0
        logger = logging.getLogger("live.osc")
        logger.addHandler(self)
        logger.setLevel(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1]:
            self._errors.append(record.exc_info[1])

    def receive(self, path: Path) -> None:
        """Send the packet and wait until it is done; obey, and hear a chunk."""
        self._socket.sendto(path.read_bytes(), ("127.0.0.1", self._listener.port))
        self._wait()
        if self._errors:
            raise self._errors.pop()
        commands = self._commands[:]
        self._commands.clear()
        for command in commands:
            if isinstance(command, SwitchTarget):
                self._switch(command)
            else:
                self._performer.obey(command, self._clock)
        samples = np.zeros(CHUNK_SAMPLES, np.float32)
        _, plan = self._performer.hear(AudioChunk(self._chunks, samples, 0.0))
        self._chunks += 1
        assert np.isfinite(plan.joints).all()

    def _switch(self, command: SwitchTarget) -> None:
        try:
            find_target(command.name, 0)
        except BundleError as error:
            assert "\n" not in str(error)

    def _read(self, name: str) -> Any:
        known: dict[str, Any] = {
            "target": "alice", "targets": ("alice", "bob"), "blackout": False, "freeze": True,
            "mirror": False, "fullscreen": False, **self._performer.controls(),
        }  # fmt: skip
        return known.get(name)

    def _wait(self) -> None:
        """Until a ping that was sent behind it comes back."""
        self._asked += 1
        ping = build_message(f"{ROOT}/ping", "i", [self._asked]).dgram
        wanted = build_message(f"{ROOT}/pong", "i", [self._asked]).dgram
        self._socket.sendto(ping, ("127.0.0.1", self._listener.port))
        until = time.monotonic() + ANSWER_S
        try:
            while self._socket.recv(65_536) != wanted:
                if time.monotonic() > until:
                    raise TimeoutError
        except TimeoutError:
            raise SilentError(f"no answer after {ANSWER_S:.0f} s") from None
