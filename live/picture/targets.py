"""A target by its name and size: the same person may be there at several sizes."""

import contextlib

from live.picture.placement import side_of
from models import bundle

_STEPS_DOWN = (512, 768)  # px, of a person who can be painted at any size
# Times as large as they were filmed: up to there they are painted in the stage screen's own pixels,
# which is sharper and takes less time than to enlarge their picture; beyond, it takes more.
_MOST_ENLARGED = 1.125


def find_target(name: str, size: int) -> bundle.Bundle:
    """The target; where it is wanted at another size than its own, the same person at that size.

    Raises BundleError.
    """
    found = bundle.find("target", name)
    if size in (0, found.manifest.size) or found.manifest.network_kind.any_size:
        return found
    others = same_person(found)
    with contextlib.suppress(bundle.BundleError):  # beside it, where it was given by its path
        others.append(bundle.find("target", f"{name}-{size}"))
    for other in others:
        if other.manifest.size == size:
            return other
    raise bundle.BundleError(
        f"Target {name} is painted at {found.manifest.size} px, not {size}: "
        "leave --size out; --output sets the size of the stage screen."
    )


def size_on(found: bundle.Bundle, stage: tuple[int, int], fit: str, scale: float = 1.0) -> int:
    """Px at which they are painted for a stage screen (W, H); (0, 0) = one as large as they are."""
    filmed, side = found.manifest.size, round(side_of(stage, fit) * scale)
    fits = found.manifest.network_kind.any_size and 0 < side <= _MOST_ENLARGED * filmed
    return side if fits else filmed


def same_person(found: bundle.Bundle) -> list[bundle.Bundle]:
    """The other bundles of a person, by their names: NAME and NAME-SIZE."""
    name = found.manifest.name.removesuffix(f"-{found.manifest.size}")
    return [
        other
        for other in bundle.available("target")
        if other.manifest.name in (name, f"{name}-{other.manifest.size}")
        and other.manifest.name != found.manifest.name
    ]


def smaller_sizes(found: bundle.Bundle, wanted: int = 0) -> list[int]:
    """At which the same person can be painted with less work, px; `wanted` is the size of now."""
    if found.manifest.network_kind.any_size:
        now = wanted or found.manifest.size
        return [size for size in _STEPS_DOWN if size < now]
    sizes = (other.manifest.size for other in same_person(found))
    return [size for size in sizes if size < found.manifest.size]
