"""Recordings of a show that crashed: given their own names, and playable as they are."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from live.recording.kinds import kind_of_part
from live.recording.part_file import RecorderError, free_name, in_few_words
from models.pose_file import ROWS, PoseFileError, read_pose_file, write_pose_file

log = logging.getLogger(__name__)


def finish_left_behind(recordings: Mapping[str, str], overwrite: bool) -> None:
    """Each part -> the name that it would have had when whole; an empty one is removed.

    A film ends with what of it is whole, poses with their last whole second. `overwrite`: also
    over what has that name. What cannot be finished stays as it is, and is said.
    """
    for part, path in ((Path(part), Path(path)) for part, path in recordings.items()):
        if not part.exists():  # it crashed when all was finished
            continue
        try:
            whole = path if overwrite else free_name(path)
            if part.suffix == ROWS:
                _finish_poses(part, whole)
            else:
                kind_of_part(part).rescue(part, whole)
        except (OSError, ValueError, PoseFileError, RecorderError) as error:
            log.warning("%s stays as the crash left it: %s", part, in_few_words(error))


def _finish_poses(part: Path, path: Path) -> None:
    if len(np.load(part, allow_pickle=False)):
        write_pose_file(path, read_pose_file(part))
    part.unlink()
