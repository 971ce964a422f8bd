"""What shall be on the stage screen: at once, and with the line that a change waits for. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from live.core.row import names_of
from live.core.settings import SAME
from live.picture.background import OWN
from live.picture.picture_file import PictureFileError
from live.picture.screen import OthersError


class Wish(NamedTuple):
    """What shall be on the screen."""

    target: str  # by name or path
    size: int = 0  # px of the picture; 0 = their best
    background: str = OWN
    shadow: bool = True
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0
    dancers: int = 1
    others: str = SAME
    places: str = ""
    fit: str = "contain"
    output: tuple[int, int] = (0, 0)  # px of the stage screen; (0, 0) = as the show began

    @property
    def painter(self) -> tuple[str, int, tuple[int, int]]:
        """What has to be loaded for the first; the rest is put around it."""
        return self.target, self.size, self.output

    @property
    def company(self) -> tuple[object, ...]:
        """Who is seen, of all that may be wished for."""
        return self.target, self.dancers, *names_of(self.others)

    def changed(self, fields: Mapping[str, Any]) -> "Wish":
        """With other fields; others on stage, or more of them, are wished for at their best."""
        wish = self._replace(**fields)
        is_same = (self.company, self.output) == (wish.company, wish.output)
        return wish if is_same else wish._replace(size=0)


# What is loaded together, in the order in which it is: what fails is the first that is new.
_LOADED = (("target", "size", "output"), ("dancers", "others"), ("background",))


class Wishes(NamedTuple):
    """Both are the same where nothing is held."""

    now: Wish
    then: Wish  # once all has come that is held

    def changed(self, fields: Mapping[str, Any], hold: bool = False) -> "Wishes":
        """With other fields, at once, or to be held until they are released."""
        now = self.now if hold else self.now.changed(fields)
        return Wishes(now, self.then.changed(fields))._settled()

    def placed(self, places: Callable[[str], str], hold: bool = False) -> "Wishes":
        """With other places, each from those that are there: who is moved alone takes nobody along.

        Raises what `places` raises.
        """
        now = self.now if hold else self.now._replace(places=places(self.now.places))
        return Wishes(now, self.then._replace(places=places(self.then.places)))._settled()

    def released(self, names: Sequence[str] = ()) -> "Wishes":
        """What was held of these fields comes; () = of all."""
        if not names:
            return Wishes(self.then, self.then)
        fields = {name: getattr(self.then, name) for name in names}
        return Wishes(self.now.changed(fields), self.then)._settled()

    def without(self, failed: Wish, shown: Wish, error: Exception) -> "Wishes":
        """What is left to wish for when one of them failed; its fault is as it is shown."""
        faults = {name: getattr(failed, name) for name in _faults(failed, shown, error)}

        def left(wish: Wish) -> Wish:
            wrong = {name for name, value in faults.items() if getattr(wish, name) == value}
            return wish.changed({name: getattr(shown, name) for name in wrong})

        return Wishes(left(self.now), left(self.then))._settled()

    def _settled(self) -> "Wishes":
        """What differs by its quality alone is no other wish."""
        is_same = self.then._replace(size=self.now.size) == self.now
        return Wishes(self.now, self.now) if is_same else self


def _faults(failed: Wish, shown: Wish, error: Exception) -> Sequence[str]:
    """The fields that an error is about; all, where nothing tells."""
    new = [name for name in Wish._fields if getattr(failed, name) != getattr(shown, name)]
    groups: Sequence[Sequence[str]] = _LOADED
    if isinstance(error, PictureFileError):
        groups = (("background",),)
    elif isinstance(error, OthersError):
        groups = (("others",), ("dancers",))
    for group in groups:
        if any(name in new for name in group):
            return group
    return new
