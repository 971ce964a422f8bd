"""Where the page is: the address that a phone opens, also as a QR code in a terminal."""

import os
import socket
from ipaddress import ip_address
from typing import TextIO

from live.core.web_server import listening_on

EDGE = 4  # white modules around a QR code
_LETTERS = " ▄▀█"  # by the lower and the upper module of two
_NOWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}  # nobody's, for documents


class RemoteError(Exception):
    """No page for phones, in one sentence for the performer."""


def is_local(host: str) -> bool:
    """Whether who listens there is only reached from this computer."""
    return ip_address(host).is_loopback


def opened(host: str, port: int) -> socket.socket:
    """Listen there, from here on; `port` 0 = any that is free. Raises RemoteError."""
    try:
        return listening_on(_family(host), (host, port))
    except OSError as error:
        raise RemoteError(
            f"--remote: it cannot listen on {host} port {port} ({error.strerror}): choose another"
            f" port, as in --remote {host if ':' not in host else f'[{host}]'}:{port % 65535 + 1}."
        ) from error


def url(host: str, port: int, pin: str) -> str:
    """With the PIN behind #, which no browser sends on."""
    shown = _reached_at(host) if ip_address(host).is_unspecified else host
    shown = f"[{shown}]" if ":" in shown else shown
    return f"http://{shown}:{port}/" + (f"#{pin}" if pin else "")


def shows_codes(terminal: TextIO | None, system: str = os.name) -> bool:
    """Whether it is a terminal with the letters and colours of `qr_code`; a `system` as os.name.

    The old console of Windows shows colours as the signs that ask for them.
    """
    if terminal is None or not terminal.isatty():
        return False
    try:
        _LETTERS.encode(terminal.encoding)
    except UnicodeEncodeError:
        return False
    return system != "nt" or "WT_SESSION" in os.environ


def qr_code(text: str) -> str:
    """Lines for a terminal, two modules a letter, black on white whatever its colours are."""
    import segno

    rows = [list(row) for row in segno.make(text, micro=False).matrix_iter(border=EDGE)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    lines = (
        "".join(_LETTERS[2 * bool(upper) + bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    )
    return "\n".join(f"\x1b[30;107m{line}\x1b[0m" for line in lines)


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET


def _reached_at(host: str) -> str:
    """The address by which this computer goes into its network; else its name."""
    family = _family(host)
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_NOWHERE[family], 9))  # nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
