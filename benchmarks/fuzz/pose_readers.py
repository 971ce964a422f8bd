"""Who reads poses: the stage, the training of a person, and the preparation of dances."""

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.fuzz.kind import Reader
from live.dance.motion import PoseFileMotion
from live.picture.skeleton_painter import SkeletonPainter
from models.pose_file import PoseFileError
from models.pose_playback import PoseFile
from train.person.data import TargetDataError
from train.person.key_points import read_key_points
from train.readers import find
from train.readers.job import Options
from train.songs.song import DataError


class FaultError(Exception):
    """The preparation says that the program is at fault; its traceback."""


def readers() -> list[Reader]:
    """Each takes what is of its kind and nothing else."""
    return [
        Reader("stage", _played, (PoseFileError,)),
        Reader("person", _learned, (TargetDataError,)),
        Reader("preparation", _prepared, (DataError,)),
    ]


def _must_be(path: Path, is_npz: bool, error: type[Exception]) -> None:
    if is_npz != (path.suffix == ".npz"):
        raise error(f"{path.name} is for another reader.")


def _played(path: Path) -> None:
    """As `--input` on the target `skeleton`."""
    _must_be(path, True, PoseFileError)
    motion, painter = PoseFileMotion(PoseFile(path)), SkeletonPainter(64, False)
    for time in np.linspace(0, motion.duration, 5):
        joints = motion.at(float(time)).joints
        assert joints.shape == (18, 2) and np.isfinite(joints).all()
        painter.paint(painter.place(joints))


def _learned(path: Path) -> None:
    _must_be(path, True, TargetDataError)
    assert np.isfinite(read_key_points(path)["joints"]).all()


def _prepared(path: Path) -> None:
    """As `train.prepare` does; a fault is told in its report."""
    _must_be(path, False, DataError)
    with tempfile.TemporaryDirectory() as out:
        options = Options(out, 1, "own", "", 0.0, False, 0.5, "none")
        tasks, unusable = find.find([path], Path(out))
        reports = [find.prepare_task(task, options) for task in tasks]
    reports += [part for report in reports for part in report.get("videos", [])]
    for report in reports:
        if "fault" in report:
            raise FaultError("\n".join(report["fault"]))
    if not any(report["songs"] for report in reports):
        reasons = [reason for report in reports for reason in report["reasons"]]
        reasons += [why for _, why in unusable]
        raise DataError("; ".join(reasons)[:900].replace("\n", " ") or "nothing was found")
