"""Room on the disk for the pictures of a person, told and checked before they are written."""

import shutil
from pathlib import Path

from tqdm import tqdm

from train.person.data import TargetDataError

_WORTH_SAYING = 2**27  # bytes
_SPARE = 2**28  # bytes that are left for all else: checkpoints, previews


def need_room(folder: Path, needed: int) -> None:
    """Say how many bytes will be written below a folder. Raises TargetDataError if they do not fit.

    The folder exists.
    """
    free = shutil.disk_usage(folder).free
    if needed + _SPARE > free:
        raise TargetDataError(
            f"The pictures of this video need about {_gigabytes(needed)} in {folder}, and only "
            f"{_gigabytes(free)} are free: make room, name another folder with --out, or take a "
            "smaller --size."
        )
    if needed > _WORTH_SAYING:
        tqdm.write(f"The pictures of this video take about {_gigabytes(needed)} in {folder}.")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
