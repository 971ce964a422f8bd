"""Who asks a web server of the show, by the names in a request: no page of another site. Pure."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

LOCAL_NAMES = ("127.0.0.1", "localhost", "::1")


def is_own_name(host: str) -> bool:
    """Whether a Host names this computer by an address or a name that no web site can have.

    A site could have its own name point here, and its page would read what is told (DNS rebinding).
    """
    name = name_of(host)
    if name in ("localhost", socket.gethostname().lower()) or name.endswith(".local"):
        return True
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def name_of(host: str) -> str:
    """A Host without its port; "" where it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def netloc_of(origin: str) -> str:
    """The Host of a web page by its Origin; "" where it is none."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return ""
    return parts.netloc.lower() if parts.scheme in ("http", "https") else ""
