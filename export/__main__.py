"""`python -m export NAME|CHECKPOINT`: checkpoint -> ONNX -> parity -> bundle, or what failed."""

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from models.arguments import folder_to_fill
from models.command import command

if TYPE_CHECKING:
    from models.bundle import Bundle

RUNS = Path("runs")
_KINDS = ("dance", "target", "beat")  # folders below it of what can be exported


def _find(name: str) -> Path:
    """A checkpoint by its path, its run folder, or its name below runs/; of a run the best one."""
    if Path(name).is_file():
        return Path(name)
    for folder in (Path(name), *(RUNS / kind / name for kind in _KINDS)):
        for file in ("best.safetensors", "checkpoint.safetensors"):
            if (folder / file).is_file():
                return folder / file
    found = (p for kind in _KINDS for p in RUNS.glob(f"{kind}/*/checkpoint.safetensors"))
    trained = ", ".join(sorted(p.parent.name for p in found))
    sys.exit(f"export: no checkpoint called {name!r}; trained here: {trained or 'none yet'}.")


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    p.add_argument("name", help="checkpoint file, run folder, or name of a trained dance or target")
    p.add_argument(
        "--out", type=folder_to_fill, help="folder of the bundle (default: the user's own bundles)"
    )
    p.add_argument(
        "--precision",
        nargs="+",
        choices=("int8", "fp16", "fp32"),
        help="of a target: int8 for processors, fp16 for cards (default: int8 where the picture "
        "bears it, or else fp32); the paper's form has fp32 (default) and fp16, dances are fp32",
    )
    p.add_argument(
        "--engine",
        choices=("onnx", "tensorrt"),
        default="onnx",
        help="tensorrt: also build a target's engine for this card now, not beside the first show",
    )
    return p.parse_args(argv)


def _export(path: Path, args: argparse.Namespace) -> "Bundle":
    """By what the checkpoint says that it holds; raises as the exports themselves do."""
    from export.parity import ParityError
    from models import bundle
    from models.nets import checkpoint
    from models.nets.picture.paper_painter import KIND as PAPER_TARGET
    from models.nets.picture.puppet import KIND as PUPPET

    header = checkpoint.read_header(path)
    checkpoint.require(path, header, "kind", "name")
    kind, out = header["kind"], args.out or bundle.user_folder() / header["name"]
    if kind in ("dance", "beat") and args.precision not in (None, ["fp32"]):
        raise ParityError(f"A {kind} is exported in fp32 alone.")
    if kind in ("dance", "beat") and args.engine != "onnx":
        raise ParityError(f"A {kind} runs on the processor: leave --engine out.")
    if kind == "dance":
        from export.dance import export_dance

        return export_dance(path, out)
    if kind == "beat":
        from export.beat import export_beat

        return export_beat(path, out)
    if kind == PUPPET:
        from export.puppet import export_puppet

        return export_puppet(path, out, args.precision or ["fp32"])
    if kind == PAPER_TARGET:
        from export.paper_target import export_paper_target

        return export_paper_target(path, out, args.precision or ["fp32"])
    from export.target import export_target

    return export_target(path, out, args.precision)


def _build_engine(made: "Bundle") -> None:
    """TensorRT's engine for this card; raises EngineError."""
    from models.runtime.engines import open_session
    from models.runtime.precision import network_for

    print("building for this card: some minutes", flush=True)
    open_session(network_for(made, "tensorrt")[0], "tensorrt")


@command("export", "a bundle is written whole or not at all, the same command begins again")
def main(argv: list[str] | None = None) -> int:
    """Export one checkpoint; 0 when the bundle is written and its parity holds."""
    args = _arguments(argv)

    from export.parity import ParityError
    from models import bundle
    from models.bundle import BundleError
    from models.json_file import JsonError
    from models.nets.checkpoint import CheckpointError
    from models.runtime.engines import EngineError

    # onnxruntime's advice to those who quantise; what it says of errors stays.
    logging.getLogger().addFilter(lambda record: "pre-process" not in record.getMessage())
    try:
        made = _export(_find(args.name), args)
        if args.engine == "tensorrt":
            _build_engine(made)
    except (CheckpointError, BundleError, EngineError, ParityError, JsonError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    print(f"{made.manifest.kind} {made.manifest.name} -> {made.path}")
    for name, value in made.manifest.parity.items():
        print(f"  {name}: {value}")
    if made.path.parent == bundle.user_folder() and bundle.is_shipped(made.path.name):
        print(f"From now on it is used instead of the {made.path.name} that ships.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
