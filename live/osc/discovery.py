"""How other programs find out what the show understands: OSCQuery and zeroconf."""

import threading
from collections.abc import Callable, Collection

from live.core.settings import Settings
from live.osc.address import OscError
from live.osc.announce import Announcement
from live.osc.query_tree import Values


def open_discovery(
    settings: Settings, look: Callable[[Collection[str]], Values]
) -> dict[str, Callable[[threading.Event], None]]:
    """What runs beside the show until it ends, by its name; empty when nothing is asked for.

    `look` gives what holds now of the OSC addresses of these names; any thread.
    Raises OscError when it cannot be had.
    """
    asked = [("--osc-query", settings.osc_query), ("--announce", settings.announce)]
    for flag, is_asked in asked:
        if is_asked and not settings.osc_in:
            raise OscError(f"{flag} tells where commands are taken: give that with --osc-in PORT.")
    host, port = settings.osc_in_host, settings.osc_in
    found: dict[str, Callable[[threading.Event], None]] = {}
    if settings.announce:
        found["announcement"] = Announcement(host, port, settings.osc_query).run
    if settings.osc_query:
        from live.osc.query import OscQuery  # with websockets, which few shows need

        found["OSC query"] = OscQuery(host, port, settings.osc_root, look).run
    return found
