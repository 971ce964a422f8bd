"""Arguments that several trainings have. No torch."""

import argparse

PRECISIONS = ("auto", "float32", "bfloat16")


def add_precision(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="auto",
        help="of the steps; auto tries both and takes the faster on this machine",
    )


def bfloat16_of(precision: str) -> bool | None:
    """One of PRECISIONS -> bfloat16 or not; None: what is faster here."""
    return None if precision == "auto" else precision == "bfloat16"
