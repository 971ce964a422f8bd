"""Weights as one safetensors file, its facts as JSON in the header; written whole or not at all."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from models.files import write_whole
from models.json_file import parse_json

Network = TypeVar("Network", bound=torch.nn.Module)


class CheckpointError(Exception):
    """A checkpoint that cannot be used, in one sentence."""


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


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    try:
        with safe_open(path, framework="pt") as file:
            header = parse_json((file.metadata() or {}).get("dancelive", "null"), path)
            if header is None:
                raise CheckpointError(
                    f"{path} was not written by dancelive: its header is missing."
                )
            yield file, header
    except (OSError, SafetensorError, ValueError) as error:
        raise CheckpointError(f"{path} is not a readable checkpoint ({error}).") from error


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
    network = build(header)
    network.load_state_dict(part_of(tensors, "ema"))
    return network.eval().requires_grad_(False), header
