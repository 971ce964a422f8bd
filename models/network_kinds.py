"""Every kind of network that a bundle can hold, by its manifest's fields `kind` and `network`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from models.spec import (
    BeatSpec,
    GeneratorSpec,
    PaperPainterSpec,
    PaperSpec,
    PuppetSpec,
    RendererSpec,
    beat_spec,
    generator_spec,
    paper_painter_spec,
    paper_spec,
    puppet_spec,
    renderer_spec,
)

Sizes = GeneratorSpec | PaperSpec | RendererSpec | PaperPainterSpec | PuppetSpec | BeatSpec


class UnknownNetworkError(Exception):
    """There is no such kind of network in this program."""


@dataclass(frozen=True)
class NetworkKind:
    """One kind of network."""

    kind: str  # of its bundles
    network: str  # the field of the manifest
    trained_as: str  # `kind` in the header of its checkpoints
    read_sizes: Callable[[Mapping[str, Any]], Sizes]  # from the JSON of a header or a manifest
    sizes: type[Sizes]  # what that gives
    has_mask: bool = False  # a target that tells the person from their place
    any_size: bool = False  # a target that can be painted at every size
    # A size that only it has among its kind: so bundles from before the field are told apart.
    mark: str = ""


KINDS = (
    NetworkKind("dance", "paper", "dance", paper_spec, PaperSpec, mark="noise_width"),
    NetworkKind("dance", "stage", "dance", generator_spec, GeneratorSpec),
    NetworkKind(
        "target",
        "paper",
        "paper-target",
        paper_painter_spec,
        PaperPainterSpec,
        mark="critic_scales",
    ),
    NetworkKind(
        "target",
        "puppet",
        "puppet",
        puppet_spec,
        PuppetSpec,
        has_mask=True,
        any_size=True,
        mark="view_sizes",
    ),
    NetworkKind("target", "stage", "target", renderer_spec, RendererSpec, has_mask=True),
    NetworkKind("ear", "beat", "beat", beat_spec, BeatSpec),
)


def bundled(kind: str, sizes: Mapping[str, Any], network: str = "") -> NetworkKind:
    """That of a bundle; without the field `network` it is known by its sizes.

    Raises UnknownNetworkError.
    """
    return _only(sizes, network, lambda known: known.kind == kind)


def trained(header: Mapping[str, Any]) -> NetworkKind:
    """That of a checkpoint, by its header.

    Raises UnknownNetworkError when it is none that can be exported.
    """
    kind = header.get("kind")
    return _only(header.get("spec", {}), "", lambda known: known.trained_as == kind)


def _only(
    sizes: Mapping[str, Any], network: str, suits: Callable[[NetworkKind], bool]
) -> NetworkKind:
    for known in KINDS:
        is_it = known.network == network if network else known.mark in sizes or not known.mark
        if suits(known) and is_it:
            return known
    raise UnknownNetworkError(network)
