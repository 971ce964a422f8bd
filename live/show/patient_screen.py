"""Who is on the stage screen of a film that is rendered: whoever comes next is waited for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from live.core.settings import Settings
from live.picture.picture_file import PictureFileError
from live.show.current_screen import CurrentScreen
from live.show.wishes import Wish
from models.bundle import BundleError
from models.runtime.engines import EngineError


class PatientScreen(CurrentScreen):
    """At its best always, and exchanged between two frames."""

    def __init__(self, settings: Settings, tell: Callable[[str], None]) -> None:
        """Raises BundleError, EngineError or PictureFileError."""
        super().__init__(replace(settings, adapt=False), tell, lambda fps: None)
        self._held: dict[str, Any] = {}  # fields that wait for their line

    @property
    def wanted(self) -> Wish:
        return self._shown

    def change(self, hold: bool = False, **fields: Any) -> None:
        """Other fields of `Wish`, at once or with `release`; what cannot be loaded is told."""
        if hold:
            self._held |= fields
            return
        wish = self._shown._replace(**fields)
        if wish == self._shown:
            return
        try:
            screen = self._opened(wish, [(self._shown, self.screen)])
        except (BundleError, EngineError, PictureFileError) as error:
            self._tell_of(wish, error)
        else:
            self._put_on(wish, screen)

    def place(self, places: Callable[[str], str], hold: bool = False) -> None:
        self.change(hold, places=places(self._shown.places))

    def release(self, *names: str) -> None:
        let = {name: value for name, value in self._held.items() if not names or name in names}
        self._held = {name: value for name, value in self._held.items() if name not in let}
        self.change(**let)
