"""What of each pixel is person, where only a coarse mask and the empty place are known."""

import sys
from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of, seed_of

cv2 = pytest.importorskip("cv2")
pytest.importorskip("scipy")

from test_train_empty_place import room

from models.skeleton import STANDING, Framing
from train.person import cover, drawn, load, masks, matte
from train.person import room as disk
from train.person.data import TargetDataError
from train.person.film import area_of, boxes
from train.person.outline import Outline
from train.person.place import Place

SIZE = 256
COLOURS = [(200, 40, 40)] * 6 + [(40, 60, 140)] * 6 + [(60, 40, 30)] * 5
NOISE = 1.0


def standing(seed: int = 0) -> np.ndarray:
    """Joints (1, 18, 2) of somebody whose arms are away from the body."""
    poses = STANDING[None].copy()
    poses[:, [3, 4, 6, 7], 0] += np.array([-0.15, -0.4, 0.15, 0.4])
    poses[:, [4, 7], 1] -= rng_of(seed).uniform(0.0, 0.4, 2)
    return Framing(0.4, 0.5, 0.47).to_picture(poses)


def body(pose: np.ndarray, behind: np.ndarray, colours: list[tuple[int, int, int]]) -> np.ndarray:
    """The drawn figure with a trunk, which has no gap in it."""
    picture = drawn.figure(pose, behind, colours)
    trunk = (pose[[2, 5, 11, 8]] * SIZE * 16).round().astype(np.int32)
    cv2.fillConvexPoly(picture, trunk, colours[0], cv2.LINE_AA, 4)
    return picture


def seen(joints: np.ndarray, colours: list[tuple[int, int, int]] = COLOURS, seed: int = 0):
    """A frame with noise, and how much of each pixel is person."""
    coverage = body(joints[0], np.zeros((SIZE, SIZE, 3), np.uint8), [(255, 255, 255)] * 17)
    frame = body(joints[0], room(SIZE), colours)
    frame = frame + rng_of(seed + 50).normal(0, NOISE, frame.shape)
    return frame.round().clip(0, 255).astype(np.uint8), coverage[..., 0]


def coarse(coverage: np.ndarray) -> np.ndarray:
    """As a small network has it: of few pixels, a little too wide."""
    wide = cv2.dilate(coverage, np.ones((5, 5), np.uint8))
    small = cv2.resize(wide, (64, 64), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255


def found(joints: np.ndarray, frame: np.ndarray, mask: np.ndarray) -> np.ndarray:
    core = Outline(joints).core(0, SIZE)
    return matte.coverage(frame, room(SIZE), matte.logit(mask), core, NOISE, SIZE)


def error(ours: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(ours.astype(float) - truth).sum() / truth.sum())


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_coarse_mask_becomes_fine(seed: int) -> None:
    joints = standing(seed)
    frame, truth = seen(joints, seed=seed)
    mask = coarse(truth)
    ours = found(joints, frame, mask)
    assert error(ours, truth) < 0.25 * error(255 * mask, truth)
    # Where half of a pixel is person that is said as well.
    mixed = (truth > 60) & (truth < 195)
    assert np.abs(ours[mixed].astype(int) - truth[mixed]).mean() < 60


def test_a_hand_that_the_network_misses_comes_back() -> None:
    joints = standing()
    frame, truth = seen(joints)
    x, y = (joints[0, 4] * SIZE).astype(int)
    hand = np.s_[y - 5 : y + 6, x - 5 : x + 6]
    mask = coarse(truth)
    mask[hand] = 0.05
    ours = found(joints, frame, mask)
    assert np.abs(ours[hand].astype(int) - truth[hand]).mean() < 16


def test_a_gap_that_the_network_fills_is_seen() -> None:
    joints = standing()
    frame, truth = seen(joints)
    middle = (joints[0, [9, 12]].mean(0) * SIZE).astype(int)  # between the knees
    gap = np.s_[middle[1] - 6 : middle[1] + 6, middle[0] - 3 : middle[0] + 3]
    assert truth[gap].max() == 0
    mask = coarse(truth)
    mask[middle[1] - 30 : middle[1] + 30, middle[0] - 12 : middle[0] + 12] = 0.9
    assert found(joints, frame, mask)[gap].max() < 20


def test_a_shirt_of_the_colour_of_the_wall_has_no_holes() -> None:
    joints = standing()
    wall = tuple(int(v) for v in room(SIZE)[120, 128])
    frame, truth = seen(joints, [wall] * 17)  # type: ignore[list-item]
    torso = cv2.erode(truth, np.ones((7, 7), np.uint8)) > 250
    torso &= Outline(joints).person(0, SIZE)
    assert torso.sum() > 200
    assert found(joints, frame, coarse(truth))[torso].min() > 250


def test_a_shadow_on_the_floor_is_nobody() -> None:
    joints = standing()
    frame, truth = seen(joints)
    feet = (joints[0, [10, 13]].mean(0) * SIZE).astype(int)
    shade = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(shade, (int(feet[0]) + 24, int(feet[1]) + 4), (34, 7), 0, 0, 360, 0.35, -1)
    shade = cv2.GaussianBlur(shade, (0, 0), 2) * (truth == 0)
    frame = (frame * (1 - shade[..., None])).round().astype(np.uint8)
    mask = coarse(truth)
    mask[shade > 0.1] = np.maximum(mask[shade > 0.1], 0.3)  # the network is not sure of it
    ours = found(joints, frame, mask)
    dark = (shade > 0.2) & (cv2.dilate(truth, np.ones((9, 9), np.uint8)) == 0)
    assert dark.sum() > 200
    assert ours[dark].mean() < 8
    assert error(ours, truth) < 0.1


def test_what_a_codec_smears_beside_a_person_is_nobody() -> None:
    joints = standing()
    frame, truth = seen(joints)
    halo = cv2.GaussianBlur(cv2.dilate(truth, np.ones((25, 25), np.uint8)), (0, 0), 4)[..., None]
    smeared = frame + halo / 255.0 * np.array([-14, 8, 12]) * (truth == 0)[..., None]
    ours = found(joints, smeared.round().clip(0, 255).astype(np.uint8), coarse(truth))
    assert error(ours, truth) < 0.2 < error(255 * coarse(truth), truth)


def test_a_frame_that_is_missed_is_helped_by_those_around_it_but_not_across_a_cut() -> None:
    joints = np.repeat(standing(), 3, 0)
    frame, truth = seen(joints)
    sure = cv2.resize(coarse(truth), (masks.SIDE, masks.SIDE))
    told = [sure, np.full_like(sure, 0.0), sure]
    area = area_of(boxes(joints, SIZE)[1])
    outline, place = Outline(joints), Place(room(SIZE), NOISE)

    def error_with(clip: list[int]) -> float:
        covered = cover.FoundCoverage(lambda: told, outline, np.array(clip), place)  # type: ignore
        return error(covered(1, frame, area), truth[area])

    assert error_with([0, 0, 0]) < 0.1 < 0.3 < error_with([0, 1, 2])


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (90, 70)])
def test_whatever_the_network_says_there_is_an_answer(size: tuple[int, int]) -> None:
    rng = rng_of(9)
    frame, place = (rng.integers(0, 256, (*size, 3), np.uint8) for _ in range(2))
    nobody = np.zeros(size, bool)
    for told in (np.full(size, -4.0), np.full(size, 4.0), rng.uniform(-4, 4, size)):
        for core in (nobody, rng.random(size) < 0.2):
            ours = matte.coverage(frame, place, told, core, 1.0, SIZE)
            assert ours.shape == size and ours.dtype == np.uint8
    empty = matte.coverage(place, place, np.full(size, -4.0), nobody, 1.0, SIZE)
    assert not empty.any()


def test_masks_are_kept_as_they_are(tmp_path: Path) -> None:
    rng = rng_of(seed_of(7))
    each = [rng.integers(0, 256, (masks.SIDE, masks.SIDE), np.uint8) for _ in range(3)]
    packed = [cv2.imencode(".png", mask)[1] for mask in each]
    kept = masks.Masks(np.concatenate(packed), np.cumsum([len(one) for one in packed]))
    for row in (2, 0, 1):
        assert np.array_equal((kept[row] * 255).round(), each[row])


def test_without_the_networks_the_puppet_says_how_they_are_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from test_train_target import write_video

    write_video(tmp_path)
    files = tmp_path / "person.mp4", tmp_path / "keypoints.npz"
    monkeypatch.setitem(sys.modules, "mediapipe", None)  # as where it is not installed
    monkeypatch.setenv("DANCELIVE_NETWORKS", str(tmp_path / "none"))
    with pytest.raises(TargetDataError, match=r"no person\.alpha\.mp4 .* pip download"):
        load.load_keyed(*files, 64, tmp_path / "run")


def test_pictures_that_do_not_fit_on_the_disk_are_refused_before(tmp_path: Path) -> None:
    disk.need_room(tmp_path, 1000)
    with pytest.raises(TargetDataError, match=r"about 1000000\.0 GB .* --size"):
        disk.need_room(tmp_path, 10**15)


@pytest.mark.slow
@pytest.mark.extra
@pytest.mark.usefixtures("pose_networks")
def test_a_person_is_found_in_their_video_and_nobody_in_their_place(tmp_path: Path) -> None:
    """alice sways on the spot, painted by her shipped bundle, which knows what of it is she."""
    import av

    from models import bundle
    from models.puppet.painter import open_on_processor
    from train.readers.estimator import OnePerson

    alice = bundle.find("target", "alice")
    painter = open_on_processor(alice, size=SIZE)
    poses = np.repeat(STANDING[None], 50, 0).copy()
    swing = np.linspace(0, 9, 50)[:, None]
    poses[:, [4, 7], 0] += 0.4 * (1 + np.sin(swing)) * (-1, 1)
    poses[:, [4, 7], 1] -= 0.4 * (1 + np.cos(swing))
    poses[:, [3, 6], 0] += 0.15 * (1 + np.sin(swing)) * (-1, 1)
    joints = alice.manifest.body.place(poses)
    pictures = [painter.paint(pose) for pose in joints]
    truth = np.zeros((50, SIZE, SIZE), np.uint8)
    with av.open(str(tmp_path / "alice.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "16"})
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for row, picture in enumerate(pictures):
            truth[row][picture.area] = picture.alpha
            whole = av.VideoFrame.from_ndarray(picture.whole(painter.plate), format="rgb24")
            container.mux(stream.encode(whole))
        container.mux(stream.encode())
    points = np.concatenate([joints * SIZE, np.ones((50, 18, 1))], -1).astype(np.float32)
    poses_file = tmp_path / "keypoints.npz"
    np.savez(poses_file, keypoints=points, size=np.array([SIZE, SIZE]), fps=25.0)
    data = load.load_keyed(tmp_path / "alice.mp4", poses_file, SIZE, tmp_path / "run")
    for row in range(0, 50, 7):
        area = area_of(boxes(data.joints[row : row + 1], SIZE)[0])
        off = np.abs(data.frames.coverage(row)[area].astype(int) - truth[row][area])  # type: ignore
        assert off.mean() / 255 < 0.02
    estimator = OnePerson()
    assert len(estimator.people(np.asarray(data.frames[0]))) == 1
    assert len(estimator.people(data.plate)) == 0
    assert np.abs(data.plate.astype(int) - painter.plate).mean() < 4
