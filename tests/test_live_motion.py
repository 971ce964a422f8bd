"""A pose file as the dance, from any second of it on."""

import numpy as np
import pytest

from live.dance.motion import PoseFileMotion
from models.pose_file import Keypoints, write_pose_file
from models.pose_playback import PoseFile
from models.skeleton import STANDING


@pytest.fixture
def file(tmp_path):
    """Four seconds in which the body goes to the right."""
    times = np.arange(40) / 10
    points = np.ones((40, 18, 3), np.float32)
    points[..., :2] = 100 + 40 * (STANDING + np.float32([1.5, 1.5]))
    points[..., 0] += 3 * times[:, None]
    write_pose_file(tmp_path / "a.npz", Keypoints(points, (300, 300), times, 10.0))
    return PoseFile(tmp_path / "a.npz")


def test_it_is_the_file_from_its_place_on(file):
    whole, later = PoseFileMotion(file), PoseFileMotion(file, 1.5)
    assert whole.duration == pytest.approx(4.0)
    assert later.duration == pytest.approx(2.5)
    for time in (0.0, 0.44, 2.0):
        pose = later.at(time)
        assert np.array_equal(pose.joints, file.at(1.5 + time).astype(np.float32))
        assert np.array_equal(whole.at(time).joints, file.at(time).astype(np.float32))
        assert (pose.time, pose.captured_at) == (time, time)
        assert pose.joints.dtype == np.float32
