"""The material of a person that a command names -> TargetData."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

pass
if TYPE_CHECKING:
    from train.person.data import TargetData

if TYPE_CHECKING:
    from train.person.data import TargetData

SHORT_S = 45  # of video, below which a warning is due


def check_files(options: argparse.Namespace) -> None:
    """Raises TargetDataError when the command names no material or a file that is not there."""
    from train.person.data import TargetDataError

    if options.synthetic:
        return
    if options.video is None:
        raise TargetDataError("Name a video, or take the drawn figure: --synthetic.")
    for file in (options.video, options.keypoints, options.background):
        if file is not None and not file.is_file():
            raise TargetDataError(f"There is no file {file}.")


def load_data(options: argparse.Namespace, size: int, out: Path) -> "TargetData":
    """The material that the command names; `out` keeps the decoded pictures.

    Joints are found in the video where no pose file lies beside it. Raises TargetDataError.
    """
    from train.person import drawn, joints
    from train.person import load as data_

    check_files(options)
    if options.synthetic:
        return drawn.synthetic(size)
    video: Path = options.video
    key_points: Path = options.keypoints or joints.beside(video)
    if not key_points.is_file():
        key_points, told = joints.find_joints(video, out / "found")
        for line in told:
            tqdm.write(f"{video.name}: {line}.")
    background = options.background
    if background is None and video.with_name("background.png").exists():
        background = video.with_name("background.png")
    data = data_.load(video, key_points, size, out, background, tuple(options.hold_out))
    seconds = len(data.training) / data.fps
    if seconds < SHORT_S:
        tqdm.write(
            f"Only {seconds:.0f} s of video: the person will look right in poses like these alone; "
            "two minutes of everything a dancer does are better."
        )
    return data


def add_material(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a person's video and what lies beside it."""
    parser.add_argument("video", nargs="?", type=Path, help="video of one person, fixed camera")
    parser.add_argument(
        "--synthetic", action="store_true", help="a drawn figure instead of a video"
    )
    parser.add_argument(
        "--keypoints",
        type=Path,
        help="pose file (default: keypoints.npz beside the video, else the joints are found)",
    )
    parser.add_argument(
        "--background", type=Path, help="the empty place (default: background.png beside the video)"
    )
    parser.add_argument("--hold-out", nargs="*", default=[], metavar="EXCERPT")
