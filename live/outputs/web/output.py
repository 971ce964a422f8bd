"""--out web: a page with the dancer on nothing, for OBS, TouchDesigner and every browser."""

import os
import socket
from argparse import ArgumentTypeError
from importlib.util import find_spec
from ipaddress import ip_address
from urllib.parse import quote

from live.core.settings import OutputSettings
from live.outputs.frame import OutputFrame
from live.outputs.kind import Kind, Opening, OutputError
from live.outputs.web.guests import LEAST_TOKEN, is_local
from models.arguments import whole

PORT = 8765
LOCAL = "127.0.0.1"
WAY_S = 0.02  # from here to what is drawn: the next time that a screen of 60 Hz is refreshed


class WebOutput:
    """Serves the page; a picture is only made for those who can take it."""

    def __init__(self, opening: Opening) -> None:
        """Raises OSError."""
        from live.outputs.web.message import CODECS
        from live.outputs.web.server import WebServer

        asked = opening.asked
        codec = CODECS.get(asked.option("codec", ""))
        self._server = WebServer(
            _host(asked),
            int(asked.name),
            asked.option("token", ""),
            codec,
            opening.told,
            opening.osc_page,
        )
        self.port = self._server.port

    def send(self, frame: OutputFrame) -> bool:
        """Raises what ended the server."""
        from live.outputs.web.message import message_of

        wanted = self._server.wanted()
        if not wanted:
            return False
        messages = {codec: message_of(frame, codec) for codec in wanted}
        self._server.publish(messages, frame.number, frame.due_at)
        return True

    @property
    def state(self) -> str:
        n = self._server.n_viewers
        return f"{n} viewer{'s' * (n != 1)}"

    def close(self) -> None:
        self._server.close()


def _host(asked: OutputSettings) -> str:
    return str(asked.option("host", LOCAL))


def _port(name: str) -> str:
    try:
        return str(whole(0, 65535)(name)) if name else str(PORT)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"the port {error}") from error


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise ArgumentTypeError("write an address of this computer, or 0.0.0.0 for all") from error


def _token(text: str) -> str:
    if len(text) < LEAST_TOKEN or not text.isascii() or not text.isprintable():
        raise ArgumentTypeError(f"a token has {LEAST_TOKEN} letters or more")
    return text


def _codec(text: str) -> str:
    if text not in ("raw", "webp"):
        raise ArgumentTypeError("write raw or webp")
    return text


def _missing() -> str:
    there = find_spec("websockets") is not None
    return "" if there else "install websockets: `pip install websockets`."


def _check(asked: OutputSettings) -> None:
    host = _host(asked)
    if not is_local(host) and not asked.option("token"):
        raise OutputError(
            f"--out {asked.label}: host={host} opens it to the network, so that it needs a token "
            f"({LEAST_TOKEN} letters or more), as in token=SECRET-WORD."
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if os.name == "posix":  # elsewhere it would take a port from who has it
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(asked.name)))
        except OSError as error:
            raise OutputError(
                f"--out {asked.label}: it cannot listen on {host} port {asked.name} "
                f"({error.strerror}): choose another port, as in --out web:8766."
            ) from error


def _where(asked: OutputSettings) -> str:
    host, token = _host(asked), asked.option("token", "")
    shown = f"[{host}]" if ":" in host else host
    if ip_address(host).is_unspecified:
        shown = socket.gethostname()
    return f"http://{shown}:{asked.name}/" + (f"?token={quote(token, safe='')}" if token else "")


KIND = Kind(
    what="a page with the dancer on nothing: OBS, TouchDesigner, vMix, any browser",
    open=WebOutput,
    missing=_missing,
    name=_port,
    options={"host": _address, "token": _token, "codec": _codec},
    check=_check,
    where=_where,
    repeats=False,
    packages=("websockets",),
    way_s=WAY_S,
)
