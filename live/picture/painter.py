"""Pose -> picture of the target. Pure (no threads but one that builds); owns the renderer."""

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from live.picture.engine_fallback import EngineFallback, EnginePainter
from models.bundle import Bundle, BundleError
from models.runtime.engines import AUTO, BUILT, CHIP, EngineError, is_built, offered
from models.runtime.painter import NetworkPainter, OldRendererError, Picture
from models.runtime.precision import network_for
from models.skeleton import STANDING
from models.types import Array

if TYPE_CHECKING:
    from models.puppet.puppet import Puppet

log = logging.getLogger(__name__)

_PROCESSOR = "cpu"  # the engine that is everywhere


class Painter:
    """One target: places canonical poses in its picture and paints them."""

    def __init__(
        self,
        bundle: Bundle,
        engine: str = "auto",
        threads: int = 1,
        tell: Callable[[str], None] = log.warning,
        size: int = 0,
    ) -> None:
        """`tell` hears, in a sentence, of every change of the engine during the show.

        `size` px is for those that can be painted at any; 0 = their own.

        Raises EngineError, or BundleError for a bundle of an older version.
        """
        kind = bundle.manifest.network_kind
        self.size = (kind.any_size and size) or bundle.manifest.size
        self._opener = opener = _Opener(bundle, threads, self.size)
        self.name = bundle.manifest.name
        self.body = bundle.manifest.body
        self._filmed = bundle.manifest.filmed
        try:
            asked, reserve = opener.engines(engine)
            self._engines = EngineFallback(opener.open, asked, reserve, opener.must_build, tell)
        except OldRendererError as error:
            raise BundleError(
                f"The target {self.name} was made by an older version: "
                f"export it again with `python -m export {self.name}`."
            ) from error
        except EngineError as error:
            raise EngineError(f"Target {self.name}: {error}") from error
        self.plate = self._engines.painter.plate  # uint8 (size, size, 3), the empty place
        if self.plate.shape != (self.size, self.size, 3):
            raise BundleError(
                f"The target {self.name} says it is painted at {self.size} px, but its network "
                "paints at another size: export it again."
            )
        self.has_mask = kind.has_mask

    @property
    def engine(self) -> str:
        """What really paints now."""
        return str(self._engines.painter.engine)

    @property
    def precision(self) -> str:
        """Of the network that paints now."""
        return self._opener.precisions[self._engines.painter.engine.name]

    def place(self, joints: Array) -> Array:
        """Canonical joints (18, 2) -> 0..1 of the picture, on this person's bones.

        A pose that they were not filmed in becomes the nearest that they were.
        """
        return self.body.place(self._filmed.inside(joints) if self._filmed else joints)

    def paint(self, placed: Array) -> Picture:
        """Joints 0..1 of the picture (18, 2) -> the window around the person.

        Raises EngineError when the last engine failed.
        """
        return self._engines.paint(placed)

    def close(self) -> None:
        """Nothing is built for it any more; does not wait."""
        self._engines.close()


class _Opener:
    """Opens a bundle's network; knows no painter, so that one is freed as soon as it is let go."""

    def __init__(self, bundle: Bundle, threads: int, size: int) -> None:
        self.precisions: dict[str, str] = {}  # by engine, of those that were opened
        self._bundle, self._threads, self._size = bundle, threads, size
        self._puppet: Puppet | None = None
        self._tried: dict[str, EnginePainter] = {}

    def engines(self, engine: str) -> tuple[Sequence[str], Sequence[str]]:
        """Those to begin with and their reserve. An engine for others than this target is "auto".

        Raises EngineError or BundleError.
        """
        if not self._bundle.manifest.network_kind.any_size:
            asked = offered("auto" if engine == CHIP else engine)
            return asked, [name for name in offered("auto") if _is_behind(name, asked[-1])]
        best = engine if engine in (CHIP, _PROCESSOR) else self._fastest()
        return [best], [_PROCESSOR] if best == CHIP else []

    def open(self, engine: str) -> EnginePainter:
        """Raises EngineError, OldRendererError or BundleError."""
        if self._bundle.manifest.network_kind.any_size:
            from models.puppet.painter import PuppetPainter  # OpenCV is for puppets alone

            self.precisions[engine] = "fp32"
            tried = self._tried.pop(engine, None)
            return tried or PuppetPainter(self._read(), engine=engine)
        network, self.precisions[engine] = network_for(self._bundle, engine)
        return NetworkPainter(network, engine, self._threads)

    def must_build(self, engine: str) -> bool:
        """Whether its first start takes minutes."""
        return engine in BUILT and not is_built(network_for(self._bundle, engine)[0])

    def _fastest(self) -> str:
        """The engine that draws this puppet faster here; it is kept to be opened first."""
        from models.puppet.choosing import fastest

        best, told = fastest(self._read(), self._bundle.manifest.body.place(STANDING))
        log.info(told)
        self._tried = {best.engine.name: best}
        return best.engine.name

    def _read(self) -> "Puppet":
        """Read once, so that the next engine need not read it in the show."""
        from models.puppet.puppet import Puppet

        self._puppet = self._puppet or Puppet(self._bundle, self._size)
        return self._puppet


def _is_behind(name: str, other: str) -> bool:
    return AUTO.index(name) > AUTO.index(other)
