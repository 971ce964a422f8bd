"""Who comes in: names of this computer, the PIN, and how often it may be guessed. Pure.

Who knows the PIN is given a key, with which they come back however many others guess.
"""

import hmac
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network

from live.core.web_names import LOCAL_NAMES, is_own_name, name_of, netloc_of

PIN = re.compile(r"[0-9]{6}")
MINUTE_S = 60.0
MOST_TRIES = 5  # wrong PINs in a minute from one address
MOST_OF_ALL = 30  # and from all together: a million PINs take three weeks


def new_pin() -> str:
    return f"{secrets.randbelow(10**6):06}"


class Door:
    """One for a show; `enter` is asked before anything is told."""

    def __init__(self, pin: str, now: Callable[[], float] = time.monotonic) -> None:
        """`pin` "" = for this computer alone, none is asked for."""
        self.pin, self.key = pin, secrets.token_urlsafe(24)
        self._now = now
        self._tries: deque[tuple[float, str]] = deque()  # when, from where

    def is_own_page(self, headers: Mapping[str, str]) -> bool:
        """Whether no page of another site asks. `headers` needs "Host" and perhaps "Origin"."""
        asked, origin = headers.get("Host", ""), headers.get("Origin")
        if origin is not None and netloc_of(origin) != asked.lower():
            return False
        return is_own_name(asked) if self.pin else name_of(asked) in LOCAL_NAMES

    def knows(self, key: str) -> bool:
        return _is_same(key, self.key)

    def enter(self, address: str, secret: str) -> HTTPStatus:
        """OK for the key or the PIN, FORBIDDEN, or TOO_MANY_REQUESTS."""
        if not self.pin or self.knows(secret):
            return HTTPStatus.OK
        if not PIN.fullmatch(secret):  # a key of another show: it cannot be guessed
            return HTTPStatus.FORBIDDEN
        now, place = self._now(), _place(address)
        while self._tries and now - self._tries[0][0] >= MINUTE_S:
            self._tries.popleft()
        from_there = sum(where == place for _, where in self._tries)
        if from_there >= MOST_TRIES or len(self._tries) >= MOST_OF_ALL:
            return HTTPStatus.TOO_MANY_REQUESTS
        if _is_same(secret, self.pin):
            return HTTPStatus.OK
        self._tries.append((now, place))
        return HTTPStatus.FORBIDDEN


def _is_same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())


def _place(address: str) -> str:
    """An address, or the network of IPv6 addresses that one device has for itself."""
    try:
        place = ip_address(address)
    except ValueError:
        return address
    if not isinstance(place, IPv6Address):
        return str(place)
    if place.ipv4_mapped is not None:
        return str(place.ipv4_mapped)
    return str(ip_network((place, 64), strict=False))
