"""Who is sent to, and where is listened: from the words of the command line."""

from live.core.settings import Receiver
from live.osc.address import OscError
from live.osc.table import DIALECTS, OWN

TIME_TAGS = "timetags"
UNTAGGED = ("poseosc", "ni-mate")  # they send no bundles


def parse_receiver(text: str) -> Receiver:
    """HOST:PORT[/DIALECT][,timetags] ([::1]:9100 for IPv6).

    Raises OscError.
    """
    place, *options = text.strip().split(",")
    place, _, dialect = place.partition("/")
    host, port = _host_and_port(place)
    if dialect and dialect not in DIALECTS:
        raise OscError(
            f"OSC receiver {text!r} asks for the dialect {dialect!r}; there are"
            f" {', '.join(DIALECTS)}, and ours without any word."
        )
    for option in options:
        if option != TIME_TAGS:
            raise OscError(f"OSC receiver {text!r} has an option {option!r}; {TIME_TAGS} is one.")
    if options and dialect in UNTAGGED:
        raise OscError(f"OSC receiver {text!r}: {dialect} has no bundles to carry time tags.")
    return Receiver(host, port, dialect or OWN, bool(options))


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise OscError(f"OSC receiver {text!r} is not HOST:PORT; write for example 127.0.0.1:9100.")
    return host, int(port)
