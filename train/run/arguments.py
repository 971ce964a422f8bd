"""Arguments that several trainings have. No torch."""

import argparse

from models.arguments import whole

PRECISIONS = ("auto", "float32", "bfloat16")


def add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="of the steps; auto tries both and takes the faster on this machine",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=whole(),
        metavar="N",
        help="at most so many; tries which are worth it (default: at most one a core)",
    )


def set_threads(most: int | None) -> None:
    """What a training may take at most; it tries itself how many are worth it."""
    if most is not None:
        import torch

        torch.set_num_threads(most)


def bfloat16_of(precision: str) -> bool | None:
    """One of PRECISIONS -> bfloat16 or not; None: what is faster here."""
    return None if precision == "auto" else precision == "bfloat16"
