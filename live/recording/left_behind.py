"""Recordings of a show that crashed: given their own names, and playable as they are."""

import logging
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from live.recording.mp4_file import trim
from live.recording.part_file import RecorderError, free_name, in_few_words

log = logging.getLogger(__name__)


def finish_left_behind(recordings: Mapping[str, str], overwrite: bool) -> None:
    """Each part -> the name that it would have had when whole; an empty one is removed.

    A film ends with its last whole fragment, poses with their last safety copy. `overwrite`: also
    over what has that name. What cannot be finished stays as it is, and is said.
    """
    for part, path in ((Path(part), Path(path)) for part, path in recordings.items()):
        if not part.exists():  # it crashed when all was finished
            continue
        try:
            if _has_something(part):
                os.replace(part, path if overwrite else free_name(path))
            else:
                part.unlink()
        except (OSError, ValueError, zipfile.BadZipFile, RecorderError) as error:
            log.warning("%s stays as the crash left it: %s", part, in_few_words(error))


def _has_something(part: Path) -> bool:
    if part.suffix == ".npz":
        with np.load(part) as poses:
            return len(poses["keypoints"]) > 0
    trim(part)
    return part.stat().st_size > 0
