"""Pose files: written, read, filled, measured, played; bad ones refused in one sentence."""

import os

import numpy as np
import pytest

from live.recording.pose_recorder import PoseRecorder
from models.pose_file import Keypoints, PoseFileError, read_pose_file, write_pose_file
from models.pose_gaps import fill_hidden, stands_out
from models.pose_playback import PoseFile
from models.pose_rows import PoseRows
from models.skeleton import CANONICAL_LENGTHS, MIRROR, STANDING, Body, Framing, bone_lengths

N = 100
FPS = 25.0
PERSON = Body((CANONICAL_LENGTHS * 1.1).astype(np.float32), Framing(0.35, 0.5, 0.5))


def dance(n=N, phase=0.0):
    """Canonical poses that sway with the hips and wave the arms, bones kept."""
    angle = 0.6 * np.sin(np.arange(n) / 10 + phase)[:, None]
    poses = np.repeat(STANDING[None], n, 0)
    for shoulder, arm in ((2, (3, 4)), (5, (6, 7))):
        for joint in arm:
            offset = STANDING[joint] - STANDING[shoulder]
            poses[:, joint, 0] = STANDING[shoulder, 0] + (
                offset[0] * np.cos(angle[:, 0]) - offset[1] * np.sin(angle[:, 0])
            )
            poses[:, joint, 1] = STANDING[shoulder, 1] + (
                offset[0] * np.sin(angle[:, 0]) + offset[1] * np.cos(angle[:, 0])
            )
    poses[..., 0] += 0.1 * angle
    return poses.astype(np.float32)


def pixels(poses, size=(640, 480)):
    """As a camera would see this person, with confidences."""
    keypoints = np.ones((*poses.shape[:2], 3), np.float32)
    keypoints[..., :2] = PERSON.place(poses) * size[1] + [80, 0]
    return keypoints


def fields(**changes):
    whole = {
        "keypoints": pixels(dance()),
        "size": np.array([640, 480]),
        "time": np.arange(N) / FPS,
        "fps": np.float64(FPS),
    }
    return {name: value for name, value in {**whole, **changes}.items() if value is not None}


@pytest.fixture
def save(tmp_path):
    def save(**changes):
        np.savez(tmp_path / "poses.npz", **fields(**changes))
        return tmp_path / "poses.npz"

    return save


@pytest.mark.parametrize(
    "excerpts",
    [{}, {"clip_start": np.array([0, 40]), "clip_name": ("cover", "dance")}],
)
def test_what_is_written_is_read(tmp_path, excerpts):
    points = pixels(dance())
    points[5, 3] = 0
    written = Keypoints(points, (640, 480), np.arange(N) / FPS + 7.0, FPS, **excerpts)
    write_pose_file(tmp_path / "poses.npz", written)
    read = read_pose_file(tmp_path / "poses.npz")
    for name, value in vars(written).items():
        np.testing.assert_array_equal(getattr(read, name), value)
    assert (read.points.dtype, read.time.dtype) == (np.float32, np.float64)
    assert list(tmp_path.iterdir()) == [tmp_path / "poses.npz"]
    again = tmp_path / "again.npz"
    write_pose_file(again, read)
    assert again.read_bytes() == (tmp_path / "poses.npz").read_bytes()


def test_a_file_that_cannot_be_written_leaves_the_one_before(tmp_path):
    path = tmp_path / "gone" / "poses.npz"
    with pytest.raises(OSError, match="gone"):
        write_pose_file(path, Keypoints(pixels(dance()), (640, 480), np.arange(N) / FPS, FPS))
    assert not list(tmp_path.iterdir())


def test_where_times_are_not_required_rows_are_frames(save):
    path = save(time=None, fps=None)
    read = read_pose_file(path, ("keypoints", "size"))
    np.testing.assert_array_equal(read.time, np.arange(N) / 25.0)
    assert read.fps == 25.0
    assert (
        read_pose_file(save(time=None, fps=np.float64(50)), ("keypoints", "size")).time[1] == 0.02
    )
    with pytest.raises(PoseFileError, match="lacks time, fps"):
        read_pose_file(save(time=None, fps=None))


def test_excerpts_begin_with_the_first_row(save):
    assert read_pose_file(save()).starts.tolist() == [0]
    assert read_pose_file(save(clip_start=np.array([0, 50]))).starts.tolist() == [0, 50]
    assert read_pose_file(save(clip_start=np.array([30, 50]))).starts.tolist() == [0, 30, 50]


def test_the_person_becomes_the_canonical_body(save):
    file = PoseFile(save())
    assert file.duration == pytest.approx(N / FPS)
    assert file.poses.shape == (N, 18, 2)
    longest = np.percentile(bone_lengths(file.poses), 95, axis=0)
    assert longest == pytest.approx(
        (CANONICAL_LENGTHS + CANONICAL_LENGTHS[list(MIRROR)]) / 2, rel=0.05
    )
    # The same movement, whatever the picture's size and place were.
    moved, danced = np.ptp(file.poses, axis=0), np.ptp(dance(), axis=0)
    assert moved[[4, 7]] == pytest.approx(danced[[4, 7]], rel=0.15)


def test_between_two_rows_it_lies_between_and_outside_it_stays(save):
    file = PoseFile(save())
    assert (file.at(10 / FPS) == file.poses[10]).all()
    middle = (file.poses[10] + file.poses[11]) / 2
    assert file.at(10.5 / FPS) == pytest.approx(middle, abs=1e-5)
    assert (file.at(-1.0) == file.poses[0]).all()
    assert (file.at(1e9) == file.poses[-1]).all()
    assert file.at(1.0).dtype == np.float32
    file.at(0.5)[:] = 0  # what is given out is nobody else's
    assert file.at(0.5).any()


@pytest.mark.parametrize("clip_start", [np.array([0, 50]), None])
def test_it_never_blends_across_a_cut(save, clip_start):
    """Excerpts as the file names them, or found by their jump."""
    other = dance()
    other[:, [3, 4], 1] -= 0.6
    other[..., 0] += 0.3
    poses = np.concatenate([dance()[:50], other[:50]])
    file = PoseFile(save(keypoints=pixels(poses), clip_start=clip_start))
    assert file.cuts.tolist() == [50]
    assert (file.at(49.9 / FPS) == file.poses[49]).all()
    assert (file.at(50 / FPS) == file.poses[50]).all()
    assert file.has_cut(49 / FPS, 50 / FPS)
    assert not file.has_cut(50 / FPS, 51 / FPS)


def test_a_fast_dance_is_not_cut(save):
    angle = np.sin(np.arange(N) * 2 * np.pi * 1.5 / FPS)  # arms at 90 BPM, whole body swaying
    poses = dance()
    poses[:, [4, 7], 1] += 0.3 * angle[:, None]
    poses[..., 0] += 0.2 * angle[:, None]
    assert PoseFile(save(keypoints=pixels(poses))).cuts.size == 0


def test_a_pause_in_the_times_is_a_cut(save):
    times = np.arange(N) / FPS + np.where(np.arange(N) >= 60, 3.0, 0.0)
    file = PoseFile(save(time=times))
    assert file.cuts.tolist() == [60]
    assert (file.at(60 / FPS + 1) == file.poses[59]).all()


@pytest.mark.parametrize("hidden", [0.0, np.nan])
def test_hidden_joints_are_filled_from_their_neighbours_in_time(save, hidden):
    keypoints = pixels(dance())
    whole = PoseFile(save()).poses
    gone = keypoints.copy()
    gone[40:46, [4, 9, 16]] = [hidden, hidden, 0]
    gone[:4, 7] = [hidden, hidden, 0]
    file = PoseFile(save(keypoints=gone))
    assert np.isfinite(file.poses).all()
    assert np.abs(file.poses - whole).max() < 0.12
    assert np.abs(file.poses[42, 4] - whole[42, 4]).max() > 0  # it was really missing


def test_hidden_joints_that_have_a_place_keep_it(save):
    keypoints = pixels(dance())
    keypoints[::2, [14, 15, 16, 17], 2] = 0
    assert PoseFile(save(keypoints=keypoints)).poses == pytest.approx(
        PoseFile(save()).poses, abs=1e-3
    )


def test_a_joint_never_shown_hangs_on_its_neighbour(save):
    keypoints = pixels(dance())
    keypoints[:, [16, 17, 4]] = 0  # ears, and one hand
    with pytest.raises(PoseFileError, match="whole body"):
        shown = keypoints.copy()
        shown[:, [9, 12]] = 0
        shown[:, [10, 13]] = 0
        PoseFile(save(keypoints=shown))
    poses = PoseFile(save(keypoints=keypoints)).poses
    assert np.isfinite(poses).all()
    assert np.abs(poses).max() < 2.5


def test_hidden_points_are_filled_from_time_then_from_neighbours():
    points = np.repeat(STANDING[None] + 3.0, 6, 0)
    points[:, 4, 0] = np.arange(6)
    confidence = np.ones((6, 18))
    confidence[1, 4], points[1, 4] = 0, 0  # a detector's way of saying nothing
    confidence[2, 14] = 0  # hidden, but its place is known
    confidence[3:, 17], points[3:, 17] = 0, np.nan
    keypoints = np.concatenate([points, confidence[..., None]], -1).astype(np.float32)
    placed = Keypoints(keypoints, (9, 9), np.arange(6.0), 1.0).placed
    filled = fill_hidden(points, placed, np.array([0, 3]))
    assert np.isfinite(filled).all()
    assert filled[1, 4, 0] == pytest.approx(1.0)
    assert np.allclose(filled[2, 14], points[2, 14])
    assert np.allclose(filled[3:, 17], points[3:, 15])  # the eye that the ear hangs on
    with pytest.raises(PoseFileError, match="no hips"):
        fill_hidden(points, np.zeros((6, 18), bool), np.array([0, 3]))


def test_a_hidden_hand_goes_along_with_its_arm():
    """Drawn straight through the picture it would stay behind, and the arm would stretch."""
    poses = np.repeat(STANDING[None], 9, 0)
    poses[..., 0] += np.sin(np.arange(9) / 8 * np.pi)[:, None]  # a step aside and back
    placed = np.ones((9, 18), bool)
    placed[1:8, 4] = False
    filled = fill_hidden(np.where(placed[..., None], poses, 0), placed, np.zeros(1, int))
    np.testing.assert_allclose(filled, poses, atol=1e-6)


def test_a_cut_stands_out_of_the_steps_around_it():
    assert stands_out(np.array([0.1, 0.1, 0.5, 0.1]), 0.2).tolist() == [False, False, True, False]
    assert not stands_out(np.array([0.1, 0.3, 0.5, 0.4]), 0.2).any()  # only quick
    assert stands_out(np.array([0.5]), 0.2).tolist() == [True]


def test_one_row_is_a_pose_that_stands(save):
    file = PoseFile(save(keypoints=pixels(dance(1)), time=np.zeros(1)))
    assert (file.at(5.0) == file.poses[0]).all()
    assert file.duration == pytest.approx(1 / FPS)


def test_what_the_show_recorded_can_be_danced_again(tmp_path):
    recorder = PoseRecorder(tmp_path / "again.npz", (512, 512), 30.0)
    for n, joints in enumerate(PERSON.place(dance())):
        recorder.add(joints, 7.0 + n / 30)
    recorder.close()
    file = PoseFile(tmp_path / "again.npz")
    assert file.duration == pytest.approx(N / 30)
    body = slice(1, 14)  # the drawn figure's face is not to scale
    units = PERSON.lengths / (PERSON.lengths[[1, 9, 10]].sum() * 0.62)
    assert file.body.lengths[body] == pytest.approx(units[body], rel=0.06)


BAD = {
    "lacks time": {"time": None},
    "lacks keypoints, size": {"keypoints": None, "size": None},
    r"\(N, 18, 3\)": {"keypoints": np.zeros((N, 17, 3))},
    "no poses": {"keypoints": np.zeros((0, 18, 3)), "time": np.zeros(0)},
    "one number for each": {"time": np.zeros(3)},
    "do not rise": {"time": np.zeros(N)},
    "are not numbers": {"keypoints": np.dstack([np.full((N, 18, 2), np.nan), np.ones((N, 18, 1))])},
    "width and height": {"size": np.array([640, 0])},
    "fps must be a number": {"fps": np.float64(0)},
    "fps must be one": {"fps": np.array([25.0, 25.0])},
    "clip_start": {"clip_start": np.array([0, 200])},
    "whole body": {"keypoints": np.ones((N, 18, 3))},
    "no hips": {"keypoints": np.zeros((N, 18, 3))},
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_files_are_refused_in_one_sentence(save, reason):
    path = save(**BAD[reason])
    with pytest.raises(PoseFileError, match=reason) as caught:
        PoseFile(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_npz_is_refused(tmp_path):
    with pytest.raises(PoseFileError, match="no file"):
        PoseFile(tmp_path / "none.npz")
    for name, content in (
        ("text.npz", b"hello"),
        ("empty.npz", b""),
        ("cut.npz", b"PK\x03\x04" * 9),
        ("text.npy", b"hello"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PoseFileError, match="not a pose file" if content else "is empty"):
            PoseFile(tmp_path / name)
    os.mkfifo(tmp_path / "pipe.npz")  # would be waited for
    with pytest.raises(PoseFileError, match="is a pipe"):
        PoseFile(tmp_path / "pipe.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(PoseFileError, match="not a pose file"):
        PoseFile(tmp_path / "array.npy")
    (tmp_path / "array.npy").rename(tmp_path / "array.npz")
    with pytest.raises(PoseFileError, match="not a pose file"):
        PoseFile(tmp_path / "array.npz")
    np.savez(tmp_path / "object.npz", keypoints=np.array([{"a": 1}], dtype=object))
    with pytest.raises(PoseFileError, match="not a pose file"):
        PoseFile(tmp_path / "object.npz")


@pytest.mark.parametrize("fps", [np.array([25.0]), np.array([[25]]), np.float32(25), 25])
def test_a_number_in_an_array_is_a_number(save, fps):
    assert PoseFile(save(fps=fps)).fps == 25.0


def test_rows_while_they_are_recorded_are_read_like_the_whole_file(tmp_path):
    points = pixels(dance(40)).astype(np.float32)
    rows = PoseRows(tmp_path / "show.part.npy", (640, 480), 25.0)
    with pytest.raises(PoseFileError, match="no poses"):
        read_pose_file(tmp_path / "show.part.npy")
    for first in range(0, 40, 8):
        rows.append(np.arange(first, first + 8) / 25, points[first : first + 8])
    whole = tmp_path / "show.npz"
    write_pose_file(whole, Keypoints(points, (640, 480), np.arange(40) / 25, 25.0))
    as_rows, as_whole = read_pose_file(tmp_path / "show.part.npy"), read_pose_file(whole)
    assert np.array_equal(as_rows.points, as_whole.points)
    assert np.array_equal(as_rows.time, as_whole.time)
    assert (as_rows.size, as_rows.fps) == (as_whole.size, as_whole.fps)
    played = PoseFile(tmp_path / "show.part.npy")
    assert np.array_equal(played.poses, PoseFile(whole).poses)
    with (tmp_path / "show.part.npy").open("ab") as file:  # killed while it wrote the next
        file.write(bytes(100))
    assert np.array_equal(read_pose_file(tmp_path / "show.part.npy").points, as_whole.points)
    rows.append(np.array([1.7]), points[:1])
    assert read_pose_file(tmp_path / "show.part.npy").time.tolist()[-2:] == [39 / 25, 1.7]


def test_any_case_of_the_suffix_is_written_and_sizes_and_names_as_they_come(tmp_path):
    path = tmp_path / "UP.NPZ"
    points = np.ones((2, 18, 3), np.float32)
    fields = {"keypoints": points, "time": np.arange(2.0), "fps": 25.0}
    write_pose_file(path, Keypoints(points, (512, 512), np.arange(2.0), 25.0))
    assert [file.name for file in tmp_path.iterdir()] == ["UP.NPZ"]
    assert read_pose_file(path).size == (512, 512)
    np.savez(tmp_path / "odd.npz", **fields, size=[0.5, 512.7], clip_name=np.array("waltz"))
    odd = read_pose_file(tmp_path / "odd.npz")
    assert odd.size == (0.5, 512.7) and odd.clip_name == ("waltz",)
    np.savez(tmp_path / "endless.npz", **fields, size=[np.inf, np.inf])
    with pytest.raises(PoseFileError, match="width and height"):
        read_pose_file(tmp_path / "endless.npz")


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("keypoints must be", {"keypoints": np.full((N, 18, 3), "x")}),
        ("keypoints must be", {"keypoints": np.zeros((N, 18))}),
        ("keypoints must be", {"keypoints": np.zeros((N, 18, 2))}),
        ("one number for each", {"time": np.array(["now"] * N)}),
        ("one number for each", {"time": np.zeros((N, 1))}),
        ("width and height", {"size": np.array(["640", "480"])}),
        ("width and height", {"size": np.array([640, 480, 3])}),
        ("width and height", {"size": np.array([-640, 480])}),
        ("fps must be one", {"fps": np.array("25")}),
        ("fps must be a number above", {"fps": np.float64("nan")}),
        ("fps must be a number above", {"fps": np.float64(-1)}),
        ("rising row numbers", {"clip_start": np.array([[0, 5]])}),
        ("rising row numbers", {"clip_start": np.zeros(0, int)}),
        ("rising row numbers", {"clip_start": np.array([0.0, 5.0])}),
        ("rising row numbers", {"clip_start": np.array([5, 5])}),
        ("rising row numbers", {"clip_start": np.array([5, 4])}),
        ("rising row numbers", {"clip_start": np.array([-1, 4])}),
        ("rising row numbers", {"clip_start": np.array([0, N])}),
    ],
)  # fmt: skip
def test_every_field_has_its_form(save, reason, changes):
    with pytest.raises(PoseFileError, match=reason):
        read_pose_file(save(**changes))


def test_numbers_of_any_kind_are_numbers(save):
    whole = np.round(pixels(dance())).astype(np.int32)
    read = read_pose_file(
        save(keypoints=whole, time=np.arange(N), fps=np.uint8(30), size=np.uint16([640, 480]),
             clip_start=np.uint8([0, N - 1]))
    )  # fmt: skip
    assert np.array_equal(read.points, whole) and read.points.dtype == np.float32
    assert (read.fps, read.size, read.starts.tolist()) == (30.0, (640, 480), [0, N - 1])
    hidden = pixels(dance())
    hidden[3, 4] = [np.nan, 2.0, 0.0]
    assert np.isnan(read_pose_file(save(keypoints=hidden)).points[3, 4, 0]), "it is not shown"


def test_what_has_a_place():
    points = np.ones((1, 18, 3), np.float32)
    points[0, 0] = [0, 5, 0]
    points[0, 1] = [5, 5, 0]
    points[0, 2] = [0, 0, 0.1]
    points[0, 3] = [np.nan, 1, 1]
    placed = Keypoints(points, (9, 9), np.zeros(1), 1.0).placed
    assert placed[0, :4].tolist() == [False, True, True, False]


@pytest.mark.parametrize(("gap", "is_cut"), [(0.49, False), (0.51, True)])
def test_how_long_a_pause_is_a_cut(save, gap, is_cut):
    times = np.arange(N) / FPS + np.where(np.arange(N) >= 60, gap - 1 / FPS, 0.0)
    file = PoseFile(save(time=times))
    assert file.cuts.tolist() == ([60] if is_cut else [])
    slow = PoseFile(save(time=np.arange(N) * 0.9, fps=np.float64(1.0)))
    assert not slow.cuts.size, "rows that usually lie so far apart"
    assert slow.duration == pytest.approx((N - 1) * 0.9 + 1)


@pytest.mark.parametrize(("jump", "is_cut"), [(0.05, False), (0.075, True)])
def test_how_far_a_jump_is_a_cut(save, jump, is_cut):
    poses = np.repeat(STANDING[None], N, 0)
    poses[50:, :, 0] += jump
    assert PoseFile(save(keypoints=pixels(poses))).cuts.tolist() == ([50] if is_cut else [])


def test_a_file_of_a_fortnight_is_not_in_seconds(save):
    times = np.arange(N) / FPS
    times[-1] = 0.99e6
    assert PoseFile(save(time=times)).duration < 1e6
    times[-1] = 1.01e6
    with pytest.raises(PoseFileError, match="not in seconds"):
        PoseFile(save(time=times))


def test_where_an_excerpt_begins_what_was_carried_starts_anew(save):
    file = PoseFile(save(clip_start=np.array([0, 50])))
    at = 50 / FPS
    assert file.has_cut(at - 0.01, at) and file.has_cut(0.0, 9.0)
    assert not file.has_cut(at, at + 1) and not file.has_cut(0.0, at - 1e-6)


def test_who_is_measured_is_as_wide_on_both_sides(save):
    """One arm is never shown: the other one tells how long it is."""
    keypoints = pixels(dance())
    keypoints[:, [3, 4]] = 0
    lengths = PoseFile(save(keypoints=keypoints)).body.lengths
    assert lengths[[3, 4]] == pytest.approx(lengths[[6, 7]])
    whole = PoseFile(save()).body
    assert lengths[[6, 7]] == pytest.approx(whole.lengths[[6, 7]], rel=0.02)
    assert whole.framing.x == pytest.approx(80 / 480 + 0.5, abs=0.02)


@pytest.mark.parametrize(("share", "is_lower"), [(0.05, False), (0.14, True), (0.6, True)])
def test_the_floor_is_where_the_feet_are_one_time_in_ten(save, share, is_lower):
    """Where they are lower still they were seen wrongly; where higher, in the air."""
    keypoints = pixels(np.repeat(STANDING[None], N, 0))
    keypoints[: round(share * N), :, 1] += 24
    framing = PoseFile(save(keypoints=keypoints)).body.framing
    assert framing.y == pytest.approx(0.5 + 0.05 * is_lower, abs=0.002)
    assert framing.x == pytest.approx((0.5 * 480 + 80) / 480, abs=0.002)
