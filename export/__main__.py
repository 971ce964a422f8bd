"""`python -m export NAME|CHECKPOINT`: checkpoint -> ONNX -> parity -> bundle, or what failed."""

import argparse
import logging
import sys
from pathlib import Path

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


def main(argv: list[str] | None = None) -> int:
    """Export one checkpoint; 0 when the bundle is written and its parity holds."""
    p = argparse.ArgumentParser(prog="python -m export", description=__doc__)
    p.add_argument("name", help="checkpoint file, run folder, or name of a trained dance or target")
    p.add_argument(
        "--out", type=Path, help="folder of the bundle (default: the user's own bundles)"
    )
    p.add_argument(
        "--precision",
        nargs="+",
        choices=("int8", "fp16", "fp32"),
        help="of a target: int8 for processors (default), fp16 for cards; the paper's form has "
        "fp32 (default) and fp16, dances are fp32",
    )
    p.add_argument(
        "--engine",
        choices=("onnx", "tensorrt"),
        default="onnx",
        help="tensorrt: also build a target's engine for this card now, not beside the first show",
    )
    args = p.parse_args(argv)

    from export.parity import ParityError
    from models import bundle
    from models.nets import checkpoint
    from models.nets.paper_painter import KIND as PAPER_TARGET
    from models.runtime.engines import EngineError

    # onnxruntime's advice to those who quantise; what it says of errors stays.
    logging.getLogger().addFilter(lambda record: "pre-process" not in record.getMessage())
    try:
        path = _find(args.name)
        header = checkpoint.load(path)[1]
        out = args.out or bundle.user_folder() / header["name"]
        if header["kind"] in ("dance", "beat") and args.precision not in (None, ["fp32"]):
            raise ParityError(f"A {header['kind']} is exported in fp32 alone.")
        if header["kind"] in ("dance", "beat") and args.engine != "onnx":
            raise ParityError(f"A {header['kind']} runs on the processor: leave --engine out.")
        if header["kind"] == "dance":
            from export.dance import export_dance

            made = export_dance(path, out)
        elif header["kind"] == "beat":
            from export.beat import export_beat

            made = export_beat(path, out)
        elif header["kind"] == PAPER_TARGET:
            from export.paper_target import export_paper_target

            made = export_paper_target(path, out, args.precision or ["fp32"])
        else:
            from export.target import export_target

            made = export_target(path, out, args.precision or ["int8"])
        if args.engine == "tensorrt":
            from models.runtime.engines import open_session
            from models.runtime.precision import network_for

            print("building for this card: some minutes", flush=True)
            open_session(network_for(made, "tensorrt")[0], "tensorrt")
    except (checkpoint.CheckpointError, bundle.BundleError, EngineError, ParityError) as error:
        print(f"export: {error}", file=sys.stderr)
        return 1
    print(f"{made.manifest.kind} {made.manifest.name} -> {made.path}")
    for name, value in made.manifest.parity.items():
        print(f"  {name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
