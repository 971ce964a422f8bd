"""Checkpoints: tiny networks of every kind, with something wrong in header or tensors."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from numpy.random import Generator

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import json_text, mutated, odd_json, pick

TINY = {  # sizes by the preset of their kind
    "dance": {"n_plans": 6, "gru_width": 8, "gru_layers": 1},
    "beat": {"width": 8, "gru_layers": 1},
    "target": {
        "size": 64, "width": 8, "width_half": 8, "width_quarter": 8, "patch": 8,
        "patch_cells": (4, 4, 4),
    },
    "paper-target": {
        "size": 64, "width": 4, "downs": 2, "blocks": 1, "face_width": 4, "face_downs": 1,
        "face_blocks": 1, "critic_width": 8, "critic_layers": 2,
    },
}  # fmt: skip
RIGHTS = {"name": "me", "licence": "", "provenance": "", "consent": "", "step": 3, "total": 9}


@dataclass(frozen=True)
class Valid:
    """A safetensors file in its parts."""

    tensors: dict[str, Any]  # the header's own fields: type, shape, offsets
    says: dict[str, Any]  # what dancelive keeps in it
    data: bytes


def _begin(folder: Path) -> list[Valid]:
    import torch

    torch.manual_seed(0)
    return [_parts(path) for path in (*_trained(folder), _resumable(folder / "run.safetensors"))]


def _trained(folder: Path) -> list[Path]:
    """One of every kind that can be exported."""
    from models import spec
    from models.nets import checkpoint
    from models.nets.beat import BeatNetwork
    from models.nets.dance.load_dance import new_dance
    from models.nets.picture.paper_painter import PaperPainter
    from models.nets.picture.renderer import PoseRenderer

    horizons = list(spec.HORIZONS)
    made: list[tuple[str, Any, Any, dict[str, Any]]] = [
        ("dance", spec.GeneratorSpec(**TINY["dance"]), new_dance, {"horizons": horizons}),
        ("beat", spec.BeatSpec(**TINY["beat"]), BeatNetwork, {}),
        ("target", spec.RendererSpec(**TINY["target"]), PoseRenderer,
         {"body": body(), "held_out": []}),
        ("paper-target", spec.PaperPainterSpec(**TINY["paper-target"]), PaperPainter,
         {"body": body(), "held_out": [], "stage": "face"}),
    ]  # fmt: skip
    paths: list[Path] = []
    for kind, sizes, network, more in made:
        prefix = "ema.painter" if "target" in kind else "ema"
        tensors = {f"{prefix}.{k}": v for k, v in network(sizes).state_dict().items()}
        paths.append(folder / f"{kind}.safetensors")
        checkpoint.save(paths[-1], tensors, {"kind": kind, "spec": asdict(sizes), **RIGHTS, **more})
    return paths


def body() -> dict[str, Any]:
    """The plain one, as headers and manifests tell it."""
    from models import skeleton

    return {
        "bone_lengths": skeleton.CANONICAL_LENGTHS.tolist(),
        "framing": asdict(skeleton.PLAIN_BODY.framing),
    }


def _resumable(path: Path) -> Path:
    """A training that was stopped after two steps."""
    from benchmarks.fuzz.checkpoint_training import begun

    run = begun(path)
    for _ in range(2):
        loss = sum(p.square().sum() for p in run.model.parameters())
        run.descend(loss, 1.0)
        run.step += 1
    run.save()
    return path


def _parts(path: Path) -> Valid:
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    says = json.loads(header.pop("__metadata__")["dancelive"])
    return Valid(header, says, content[8 + length :])


def _make(rng: Generator, valid: list[Valid], folder: Path) -> Path:
    chosen = pick(rng, valid)
    tensors: Any = chosen.tensors
    says = json_text(chosen.says)
    metadata: Any = {"dancelive": says}
    draw = rng.random()
    if draw < 0.6:
        metadata["dancelive"] = json_text(odd_json(rng, chosen.says))
    elif draw < 0.8:
        tensors = _odd_tensors(rng, tensors)
    elif draw < 0.85:
        metadata = odd_json(rng, metadata)
    elif draw < 0.9:
        other = pick(rng, valid)
        metadata["dancelive"] = json_text({**chosen.says, "kind": other.says["kind"]})
    whole = {"__metadata__": metadata, **tensors} if isinstance(tensors, dict) else tensors
    header = json_text(whole).encode()
    content = len(header).to_bytes(8, "little") + header + chosen.data
    path = folder / "checkpoint.safetensors"
    path.write_bytes(mutated(rng, content) if draw >= 0.9 else content)
    return path


def _odd_tensors(rng: Generator, tensors: dict[str, Any]) -> Any:
    """One missing, two exchanged, another type of as many bytes, or whatever."""
    names = list(tensors)
    one, other = pick(rng, names), pick(rng, names)
    match int(rng.integers(5)):
        case 0:
            return {name: facts for name, facts in tensors.items() if name != one}
        case 1:
            return {**tensors, one: tensors[other], other: tensors[one]}
        case 2:
            of_four = pick(rng, ("I32", "U32", "F32"))
            return {**tensors, one: {**tensors[one], "dtype": of_four}}
        case 3:
            shape = tensors[one]["shape"]
            return {**tensors, one: {**tensors[one], "shape": [*shape[::-1], 1]}}
        case _:
            return odd_json(rng, tensors)


CHECKPOINTS = Kind("checkpoints", _begin, _make, "benchmarks.fuzz.checkpoint_readers:readers")
