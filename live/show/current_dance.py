"""Which dance is danced, and by whom: loaded beside the show and handed to the dance thread."""

import logging
import threading
from collections.abc import Callable
from typing import NamedTuple

from live.core.loader import Loader
from live.core.settings import Settings
from live.dance.dancer import Dancer
from live.dance.ensemble import Ensemble
from live.dance.performer import Performer, open_dancer
from models import bundle
from models.bundle import BundleError
from models.runtime.engines import EngineError
from models.spec import styles_of

log = logging.getLogger(__name__)


class Wish(NamedTuple):
    """What shall be danced."""

    dance: str  # by name or path
    n_soloists: int = 0  # dancers beside the first who choose by themselves


class Cast(NamedTuple):
    """Who dances it."""

    dance: str  # as it was wished for
    first: Dancer
    soloists: tuple[Dancer, ...] = ()


class CurrentDance:
    """`change`, `cast` and `release` are for any thread."""

    def __init__(
        self, settings: Settings, performer: Performer, tell: Callable[[str], None]
    ) -> None:
        self._settings, self._performer, self._tell = settings, performer, tell
        self._lock = threading.Lock()
        self._wishing = threading.Lock()  # a wish for a dance is not lost to one for soloists
        self._is_held = False
        self._cast = Cast(settings.dance, performer.dancer)  # who was loaded last
        self._handed = self._cast
        self._loader = self._loading(Wish(settings.dance))

    @property
    def ensemble(self) -> Ensemble:
        """Those who choose by themselves."""
        return self._performer.ensemble

    @property
    def wanted(self) -> str:
        """The dance that is danced, or will be; as it was asked for."""
        return self._wish.dance

    @property
    def styles_to_come(self) -> tuple[str, ...]:
        """Those of a dance that was asked for and is not danced yet; any thread."""
        handed = self._handed
        if self.wanted == handed.dance and self._performer.dancer is handed.first:
            return ()
        try:
            spec = bundle.find("dance", self.wanted).manifest.spec
        except BundleError:
            return ()
        return tuple(style.name for style in styles_of(spec))

    @property
    def _wish(self) -> Wish:
        return self._loader.wanted or Wish(self._settings.dance)

    def begin(self, n_soloists: int) -> None:
        """So many choose by themselves from the first chunk on. Raises what `open_dancer` does."""
        wish = Wish(self._settings.dance, n_soloists)
        self._show(wish, self._open(wish))
        self._loader = self._loading(wish)

    def change(self, name: str, hold: bool = False) -> None:
        """Another dance once it is loaded; with `hold` not before `release`."""
        with self._lock:
            self._is_held = hold
            if not hold and name == self._cast.dance:
                self._hand_over()
        with self._wishing:
            self._loader.wish(self._wish._replace(dance=name))

    def cast(self, n_soloists: int) -> None:
        """So many beside the first choose by themselves, once they are loaded."""
        with self._wishing:
            self._loader.wish(self._wish._replace(n_soloists=n_soloists))

    def release(self) -> None:
        """What was held may come: now, or as soon as it is loaded."""
        with self._lock:
            self._is_held = False
            self._hand_over()

    def close(self) -> None:
        """No more changes; returns when nothing is being loaded any more."""
        self._loader.close()

    def _loading(self, shown: Wish) -> Loader[Wish, Cast]:
        return Loader("load dance", self._open, self._show, self._stay, shown=shown)

    # the loader's thread

    def _open(self, wish: Wish) -> Cast:
        """Who is there already goes on."""
        before = self._cast
        is_same = wish.dance == before.dance
        first = before.first if is_same else open_dancer(self._settings, wish.dance)
        there = before.soloists[: wish.n_soloists] if is_same else ()
        new = (
            open_dancer(self._settings, wish.dance, number + 1)
            for number in range(len(there), wish.n_soloists)
        )
        return Cast(wish.dance, first, (*there, *new))

    def _show(self, _: Wish, cast: Cast) -> None:
        with self._lock:
            self._cast = cast
            if not self._is_held:
                self._hand_over()

    def _hand_over(self) -> None:
        """To the dance thread, with its next chunk."""
        before, cast = self._handed, self._cast
        self._handed = cast
        if cast.first is not before.first:
            self._performer.next_dancer = cast.first
        if cast.soloists != before.soloists:
            self.ensemble.next_cast = cast.soloists

    def _stay(self, wish: Wish, error: Exception) -> None:
        known = isinstance(error, BundleError | EngineError)
        now = self._performer.dancer.name
        self._tell(
            str(error) if known else f"{wish.dance} cannot be danced ({error}): {now} goes on."
        )
        if wish.dance != (there := self._cast.dance):  # who was asked for with it may come
            with self._wishing:
                if self._wish.dance == there:
                    self._loader.wish(Wish(there, wish.n_soloists))


class PatientDance(CurrentDance):
    """Of a show without a clock: it waits until the next dance is loaded."""

    @property
    def wanted(self) -> str:
        return self._cast.dance

    def change(self, name: str, hold: bool = False) -> None:
        with self._lock:
            self._is_held = hold
        self._bring(Wish(name, len(self._cast.soloists)))

    def cast(self, n_soloists: int) -> None:
        self._bring(Wish(self._cast.dance, n_soloists))

    def _bring(self, wish: Wish) -> None:
        try:
            self._show(wish, self._open(wish))
        except (BundleError, EngineError) as error:
            self._stay(wish, error)
