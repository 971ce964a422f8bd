"""Who may have the page and its pictures. Pure.

On this computer alone: whoever is on it, but no page of a site that only claims to be (DNS
rebinding). Opened to the network: whoever knows the token.
"""

import hmac
import ipaddress
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from live.core.web_names import LOCAL_NAMES, name_of, netloc_of

LEAST_TOKEN = 8  # letters


def is_local(host: str) -> bool:
    """Whether an address that is listened on can only be reached from this computer."""
    return ipaddress.ip_address(host).is_loopback


def is_welcome(path: str, headers: Mapping[str, str], host: str, token: str) -> bool:
    """A request for `path` to who listens on `host`; `token` "" = none is asked for.

    `headers` needs "Host" and perhaps "Origin", each once.
    """
    asked = headers.get("Host", "")
    origin = headers.get("Origin")
    if origin is not None and netloc_of(origin) != asked.lower():
        return False  # a page of another site
    if token:
        given = parse_qs(urlsplit(path).query).get("token", [""])
        return hmac.compare_digest(given[0].encode(), token.encode())
    return name_of(asked) in (*LOCAL_NAMES, host)
