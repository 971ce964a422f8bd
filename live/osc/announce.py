"""Zeroconf (mDNS, Bonjour): other programs of the network find the show by themselves."""

import socket
import threading
from ipaddress import ip_address

from live.osc.address import OscError, resolve

COMMANDS, QUERY = "_osc._udp.local.", "_oscjson._tcp.local."
NAME_PORT = 63  # bytes of a name that DNS allows in one part


class Announcement:
    """Says where commands are taken, and, with `is_described`, that OSCQuery answers there.

    What this computer alone may reach is announced to this computer alone.
    """

    def __init__(self, host: str, port: int, is_described: bool) -> None:
        """Raises OscError without the package zeroconf."""
        try:
            import zeroconf  # noqa: F401  # pyright: ignore[reportMissingImports]
        except ModuleNotFoundError as error:
            raise OscError(
                "--announce needs the package zeroconf: pip install 'dancelive[discovery]'."
            ) from error
        self._host, self._port = host, port
        self._kinds = (COMMANDS, QUERY) if is_described else (COMMANDS,)

    def run(self, ending: threading.Event) -> None:
        """Announce until `ending` is set, and take it back."""
        from zeroconf import (  # pyright: ignore[reportMissingImports]
            InterfaceChoice,
            ServiceInfo,
            Zeroconf,
        )

        here = socket.gethostname().split(".")[0]
        name = f"dancelive on {here}".encode()[:NAME_PORT].decode(errors="ignore")
        address = resolve(self._host, self._port, "OSC input")[1][0]
        is_everywhere = ip_address(address).is_unspecified
        addresses = _own_addresses() if is_everywhere else [address]
        registry = Zeroconf(interfaces=InterfaceChoice.All if is_everywhere else addresses)
        try:
            for kind in self._kinds:
                info = ServiceInfo(
                    kind,
                    f"{name}.{kind}",
                    self._port,
                    properties={"txtvers": "1"},
                    server=f"{here}.local.",
                    parsed_addresses=addresses,
                )
                registry.register_service(info, allow_name_change=True)
            ending.wait()
        finally:
            registry.close()


def _own_addresses() -> list[str]:
    """Those at which others reach this computer."""
    # It comes with zeroconf.
    from ifaddr import get_adapters  # pyright: ignore[reportMissingImports]

    found = [str(ip.ip) for adapter in get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [ip for ip in found if not ip_address(ip).is_loopback]
