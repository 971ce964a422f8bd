"""The joints of a person's video: a pose file that is there, or found by the pose estimator."""

from pathlib import Path

from train.person.data import TargetDataError


def beside(video: Path) -> Path:
    """Where a pose file is looked for."""
    return video.with_name("keypoints.npz")


def _said(name: str, why: str) -> str:
    return f"{why.rstrip('.')}." if name in why else f"{name}: {why.rstrip('.')}."


def find_joints(video: Path, out: Path) -> tuple[Path, list[str]]:
    """Find the joints of every frame; gives the pose file below `out` and what to know of it.

    Raises TargetDataError when there is no person, no video or no estimator.
    """
    from train.readers import find
    from train.readers.estimator import DEFAULT
    from train.readers.job import Options, Task, earlier

    task = Task("video", str(video), video.stem)
    options = Options(str(out), 1, "own", "", 0.0, False, 0.5, DEFAULT, shows_frames=True)
    (out / "reports").mkdir(parents=True, exist_ok=True)
    report = earlier(task, options) or find.prepare_task(task, options)
    poses = report.get("poses")
    # Whether a dance can be learned from it as well is not asked here.
    remarks = [why for why in report["reasons"] if not why.startswith(("no sound", "shorter than"))]
    if poses is None or not (out / poses).is_file() or "no person was found" in remarks:
        why = remarks[0] if remarks else "no person was found"
        raise TargetDataError(_said(video.name, why))
    return out / poses, remarks
