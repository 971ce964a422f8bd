"""Which dance is danced: another one is loaded beside the show and handed to the dance thread."""

import logging
import threading
from collections.abc import Callable

from live.core.loader import Loader
from live.core.settings import Settings
from live.dance.dancer import Dancer
from live.dance.performer import Performer, open_dancer
from models.bundle import BundleError
from models.runtime.engines import EngineError

log = logging.getLogger(__name__)


class CurrentDance:
    """`change` and `release` are for any thread."""

    def __init__(
        self, settings: Settings, performer: Performer, tell: Callable[[str], None]
    ) -> None:
        self._settings, self._performer, self._tell = settings, performer, tell
        self._lock = threading.Lock()
        self._is_held = False
        self._ready: Dancer | None = None
        self._loader = Loader(
            "load dance", lambda name: open_dancer(settings, name), self._show, self._stay,
            shown=settings.dance,
        )  # fmt: skip

    @property
    def wanted(self) -> str:
        """The dance that is danced, or will be; as it was asked for."""
        return self._loader.wanted or self._settings.dance

    def change(self, name: str, hold: bool = False) -> None:
        """Another dance once it is loaded; with `hold` not before `release`."""
        with self._lock:
            self._is_held = hold
        self._loader.wish(name)

    def release(self) -> None:
        """What was held may come: now, or as soon as it is loaded."""
        with self._lock:
            self._is_held, ready, self._ready = False, self._ready, None
        if ready is not None:
            self._performer.next_dancer = ready

    def close(self) -> None:
        """No more changes; returns when nothing is being loaded any more."""
        self._loader.close()

    # the loader's thread

    def _show(self, name: str, dancer: Dancer) -> None:
        with self._lock:
            if self._is_held:
                self._ready = dancer
                return
        self._performer.next_dancer = dancer

    def _stay(self, name: str, error: Exception) -> None:
        known = isinstance(error, BundleError | EngineError)
        now = self._performer.dancer.name
        self._tell(str(error) if known else f"{name} cannot be danced ({error}): {now} goes on.")


class PatientDance(CurrentDance):
    """Of a show without a clock: it waits until the next dance is loaded."""

    def change(self, name: str, hold: bool = False) -> None:
        try:
            self._performer.next_dancer = open_dancer(self._settings, name)
        except (BundleError, EngineError) as error:
            self._stay(name, error)
