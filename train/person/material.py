"""The material of a person that a command names -> TargetData. No torch."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from train.person.data import TargetData, TargetDataError

SHORT_S = 45  # of video, below which a warning is due


@dataclass(frozen=True)
class Material:
    """A person's video and what lies beside it, or the drawn figure."""

    video: Path | None = None
    key_points: Path | None = None  # pose file; None: beside the video, else found in it
    background: Path | None = None  # picture of the empty place; None: beside the video, if there
    hold_out: tuple[str, ...] = ()  # excerpts, or seconds 'FROM-TO', that are never trained on
    synthetic: bool = False


def add_material(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a person's material."""
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
    parser.add_argument(
        "--hold-out",
        nargs="*",
        default=[],
        metavar="EXCERPT",
        help="excerpts that are not learned but measured, or seconds of the video: 30-40",
    )


def material_of(options: argparse.Namespace) -> Material:
    """What the arguments of `add_material` say."""
    return Material(
        options.video,
        options.keypoints,
        options.background,
        tuple(options.hold_out),
        options.synthetic,
    )


def check_files(material: Material) -> None:
    """Raises TargetDataError when no material is named or a file is not there."""
    if material.synthetic:
        return
    if material.video is None:
        raise TargetDataError("Name a video, or take the drawn figure: --synthetic.")
    for file in (material.video, material.key_points, material.background):
        if file is not None and not file.is_file():
            raise TargetDataError(f"There is no file {file}.")


def load_data(
    material: Material, size: int, out: Path, keyed: bool = False, fits: bool = False
) -> TargetData:
    """Pictures of `size` px a side and their joints; `out` keeps what was decoded.

    Joints are found in the video where no pose file lies beside it. With `keyed` the frames are a
    `Film`, which has the person's coverage; with `fits` they are smaller where the video is.
    Raises TargetDataError.
    """
    from train.person import drawn, joints, load  # what reads videos is slow to import

    check_files(material)
    video = material.video
    if material.synthetic or video is None:
        return drawn.synthetic_keyed(size) if keyed else drawn.synthetic(size)
    key_points = material.key_points or joints.beside(video)
    if not key_points.is_file():
        key_points, remarks = joints.find_joints(video, out / "found")
        for line in remarks:
            tqdm.write(f"{video.name}: {line}.")
    background = material.background
    if background is None and video.with_name("background.png").exists():
        background = video.with_name("background.png")
    of_video = video, key_points, size, out, background, material.hold_out
    data = load.load_keyed(*of_video, fits) if keyed else load.load(*of_video)
    seconds = len(data.training) / data.fps
    if seconds < SHORT_S:
        tqdm.write(
            f"Only {seconds:.0f} s of video: the person will look right in poses like these alone; "
            "two minutes of everything a dancer does are better."
        )
    return data
