"""Weights as one safetensors file, its facts as JSON in the header; written whole or not at all."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from models import network_kinds
from models.fields import Between, FieldError, check_fields, in_brief
from models.files import write_whole
from models.json_file import parse_json
from models.network_kinds import UnknownNetworkError
from models.reach import N_NUMBERS
from models.skeleton import JOINTS, Framing

Count = Annotated[int, Between(0, 1e12)]
Network = TypeVar("Network", bound=torch.nn.Module)


# What torch and Python raise on facts and tensors that are missing or of another type or size.
_WRONG = (
    ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError,
)  # fmt: skip


class CheckpointError(Exception):
    """A checkpoint that cannot be used, in one sentence."""


@dataclass(frozen=True)
class _Person:
    """Whom a target paints."""

    bone_lengths: Annotated[list[float], Between(len(JOINTS), len(JOINTS))]
    framing: Framing


@dataclass(frozen=True)
class _Header:
    """Types of what a header may say; each kind of network says some of it."""

    kind: str
    name: str
    licence: str
    provenance: str
    consent: str
    stage: str
    precision: str
    step: Count
    total: Count
    seconds: Annotated[float, Between(0, 1e12)]
    threads: Count
    spec: dict[str, Any]
    horizons: list[float]
    body: _Person
    reach: Annotated[list[float], Between(0, N_NUMBERS)]
    held_out: list[Any]
    classes: list[Any]
    rng: dict[str, Any]
    means: dict[str, Any]


def save(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, Any]) -> None:
    """Written whole or not at all: a crash never leaves half a checkpoint.

    Raises CheckpointError when it cannot be written; the one before is then untouched.
    """
    contiguous = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with write_whole(path) as part:
            save_file(contiguous, part, metadata={"dancelive": json.dumps(header)})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path} cannot be written ({error}): the checkpoint before it is intact; "
            "make room and give the same command again."
        ) from error


def load(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """All tensors and the header.

    Raises CheckpointError when the file is missing, damaged or not ours.
    """
    with _opened(path) as (file, header):
        return {name: file.get_tensor(name) for name in file.keys()}, header  # noqa: SIM118


def read_header(path: Path) -> dict[str, Any]:
    """The header alone, without reading the tensors; raises as `load` does."""
    with _opened(path) as (_, header):
        return header


def require(path: Path, header: Mapping[str, Any], *names: str) -> None:
    """Raises CheckpointError when the header does not say all of this."""
    if lacking := [name for name in names if name not in header]:
        raise CheckpointError(f"{path} does not say its {', '.join(lacking)}: train it again.")


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Inside, what is wrong with facts or tensors of a foreign file is a CheckpointError."""
    try:
        yield
    except (FieldError, UnknownNetworkError, *_WRONG) as error:
        said = in_brief(str(error) or type(error).__name__)[1:-1]
        raise CheckpointError(
            f"{path} is damaged or of another version of this program ({said})."
        ) from error


def sizes_of(path: Path, header: Mapping[str, Any]) -> Any:
    """Sizes of its network, one of models/spec.py. Raises CheckpointError."""
    with understood(path):
        known = network_kinds.trained(header)
        check_fields(header["spec"], known.sizes, "spec.")
        return known.read_sizes(header["spec"])


def with_weights(
    path: Path, make: Callable[[], Network], tensors: Mapping[str, torch.Tensor]
) -> Network:
    """The network that `make` gives, with these weights.

    Raises CheckpointError when they are those of another one; it is not made then, however large it
    would be.
    """
    with understood(path):
        with torch.device("meta"):
            wanted = {name: tensor.shape for name, tensor in make().state_dict().items()}
        if wanted != {name: tensor.shape for name, tensor in tensors.items()}:
            raise CheckpointError(
                f"{path} holds weights of other sizes than it says: train it again."
            )
        network = make()
        network.load_state_dict(tensors)
        return network


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = parse_json((file.metadata() or {}).get("dancelive", "null"), path)
            if not isinstance(header, dict):
                raise CheckpointError(
                    f"{path} was not written by dancelive: its header is missing."
                )
            check_fields(header, _Header)
            yield file, header
    except FieldError as error:
        raise CheckpointError(f"{path} is damaged: in its header {error}.") from error
    except (OSError, SafetensorError, ValueError, MemoryError) as error:
        said = in_brief(str(error))[1:-1]
        raise CheckpointError(f"{path} is not a readable checkpoint ({said}).") from error


def part_of(tensors: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    """The tensors below `prefix.`, with the prefix taken off."""
    return {
        name.removeprefix(prefix + "."): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix + ".")
    }


def load_frozen(
    path: Path, kind: str, build: Callable[[dict[str, Any]], Network], otherwise: str
) -> tuple[Network, dict[str, Any]]:
    """The averaged network of a checkpoint, in eval mode, and its header, from which it is built.

    Raises CheckpointError when it is of another kind: the path, and what it says `otherwise`.
    """
    tensors, header = load(path)
    if header.get("kind") != kind:
        raise CheckpointError(f"{path} {otherwise}")
    with understood(path):
        network = build(header)
        network.load_state_dict(part_of(tensors, "ema"))
    return network.eval().requires_grad_(False), header
