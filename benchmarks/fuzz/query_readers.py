"""Who reads questions over HTTP: OSCQuery on a real TCP port."""

import http.client
import json
import logging
import socket
import threading
from contextlib import suppress
from pathlib import Path

from benchmarks.fuzz.kind import Reader
from live.osc.query import PATIENCE_S, OscQuery

ANSWER_S = 2 * PATIENCE_S + 1.0
VALUES = {"gain": 0.0, "target": "alice", "targets": ("alice", "bob"), "frame": (1, 0.5)}


def readers() -> list[Reader]:
    """One."""
    return [Reader("server", _Server().ask, ())]


class _Server(logging.Handler):
    """Errors that it only logs are raised, but for those of whoever hangs up."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._errors: list[BaseException] = []
        self._query = OscQuery("127.0.0.1", 0, "/dancelive", lambda names: VALUES)
        threading.Thread(target=self._query.run, args=(threading.Event(),), daemon=True).start()
        logger = logging.getLogger("live.osc")
        logger.addHandler(self)
        logger.setLevel(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, ConnectionError):
            self._errors.append(error)

    def ask(self, path: Path) -> None:
        """Ask it, hear it out, then ask what must be answered."""
        place = ("127.0.0.1", self._query.port)
        with socket.create_connection(place, timeout=ANSWER_S) as client, suppress(ConnectionError):
            client.sendall(path.read_bytes())
            client.shutdown(socket.SHUT_WR)
            while client.recv(65_536):
                pass
        good = http.client.HTTPConnection(*place, timeout=ANSWER_S)
        good.request("GET", "/dancelive/gain?VALUE")
        assert json.load(good.getresponse()) == {"VALUE": [0.0]}
        good.close()
        if self._errors:
            raise self._errors.pop()
