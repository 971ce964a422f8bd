"""Picture measures where the right answer is known, and the page that shows them."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from seeds import rng_of, seed_of

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")

from scipy.signal import convolve2d

from models import skeleton
from models.image_similarity import BEST_PSNR, likeness, person_box
from train import evaluate_target
from train.person import drawn
from train.picture_eval import measures, painters
from train.picture_eval.flicker import Flicker, Region, still_places, trembling
from train.picture_eval.picture_metrics import DIGITS, measure

SIZE = 96
NOSE, NECK, EARS = skeleton.NOSE, skeleton.NECK, [skeleton.R_EAR, skeleton.L_EAR]
DATA = drawn.synthetic(SIZE, 40, seed_of())
POSE, TRUTH = DATA.joints[30], DATA.frames[30]
HELD_OUT = np.flatnonzero(DATA.held_out)


def noisy(picture: np.ndarray, level: float, seed: int = 0) -> np.ndarray:
    noise = rng_of(seed).normal(0, level, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def measured(ours: np.ndarray) -> dict[str, float]:
    box = measures.roomy_box(POSE, SIZE)
    similarity, noise = likeness(ours, TRUTH, POSE)
    return {
        "ssim": similarity,
        "psnr": noise,
        "ms_ssim": measures.ms_ssim(ours[box], TRUTH[box]),
        "gmsd": measures.gmsd(ours[box], TRUTH[box]),
    }


def test_equal_pictures_are_perfect() -> None:
    found = measured(TRUTH.copy())
    assert found["ssim"] == pytest.approx(1, abs=1e-4)
    assert found["ms_ssim"] == pytest.approx(1, abs=1e-4)  # float32
    assert found["psnr"] == BEST_PSNR
    assert found["gmsd"] == 0


def test_more_noise_is_worse_by_every_measure() -> None:
    steps = [measured(TRUTH), *(measured(noisy(TRUTH, level)) for level in (4, 12, 36))]
    for name, sign in {"ssim": -1, "ms_ssim": -1, "psnr": -1, "gmsd": 1}.items():
        values = [sign * step[name] for step in steps]
        assert values == sorted(values) and len(set(values)) == len(values), name


def test_psnr_of_a_known_error() -> None:
    assert TRUTH.max() <= 245
    _, noise = likeness(TRUTH + np.uint8(10), TRUTH, POSE)
    assert noise == pytest.approx(20 * np.log10(255 / 10), abs=1e-3)


def test_blur_is_seen_by_edges_not_by_a_shift_of_brightness() -> None:
    import cv2

    brighter = measured(TRUTH + np.uint8(10))
    assert brighter["gmsd"] == pytest.approx(0, abs=1e-9)
    blurred = cv2.GaussianBlur(TRUTH, (0, 0), 2.0)
    assert measured(blurred)["gmsd"] > 0.05
    box = person_box(POSE, SIZE)
    assert measures.edges(blurred[box]) < 0.8 * measures.edges(TRUTH[box])


def test_gmsd_is_as_published() -> None:
    """Xue 2014, written out: 2 x 2 means, Prewitt / 3, T = 170, standard deviation."""
    maps = []
    other = noisy(TRUTH, 20)
    for picture in (other, TRUTH):
        grey = picture @ np.array([0.299, 0.587, 0.114])
        half = convolve2d(grey, np.full((2, 2), 0.25), "valid")[::2, ::2]
        prewitt = np.array([[1, 0, -1]] * 3) / 3
        maps.append(
            np.hypot(convolve2d(half, prewitt, "valid"), convolve2d(half, prewitt.T, "valid"))
        )
    similarity = (2 * maps[0] * maps[1] + 170) / (maps[0] ** 2 + maps[1] ** 2 + 170)
    assert measures.gmsd(other, TRUTH) == pytest.approx(similarity.std(), rel=1e-9)


@pytest.mark.parametrize("at", [-0.4, 0.0, 0.4])
def test_the_roomy_box_has_room_and_stays_in_the_picture(at: float) -> None:
    thin = np.full((18, 2), 0.5) + np.linspace(0, 0.02, 18)[:, None] + at
    for part in measures.roomy_box(thin, SIZE):
        assert part.start >= 0 and part.stop <= SIZE
        assert part.stop - part.start >= measures.LEAST_SIDE
    wide = measures.roomy_box(POSE, 256)
    assert wide == person_box(POSE, 256)


# Flicker


def grainy(picture: np.ndarray) -> np.ndarray:
    """Three true pictures of the same moment, as a camera's grain leaves them."""
    return np.stack([noisy(picture, 1.0, seed) for seed in (1, 2, 3)])


def still(ours: np.ndarray, truth: np.ndarray) -> Flicker:
    flicker = Flicker(DATA.plate)
    flicker.add(ours, truth, np.stack([POSE] * 3))
    return flicker


def test_the_true_video_flickers_like_itself() -> None:
    truth = grainy(TRUTH)
    flicker = still(truth, truth)
    for name in ("box", "outside", "still"):
        region = flicker.region(name)
        assert region is not None and region.ratio == 1
    ours, true = flicker.maps()
    assert np.array_equal(ours, true)


def test_a_picture_that_never_changes_has_no_flicker() -> None:
    region = still(np.stack([TRUTH] * 3), grainy(TRUTH)).region("still")
    assert region is not None and region.ours == 0 and region.ratio == 0 and region.truth > 0.5


def test_a_flickering_picture_is_seen_where_it_flickers() -> None:
    truth = grainy(TRUTH)
    ours = np.stack([TRUTH] * 3)
    seen = np.abs(TRUTH.astype(int) - DATA.plate).max(-1) > 0
    ours[1][seen] = np.clip(ours[0][seen].astype(int) - 7, 0, 255)
    flicker = still(ours, truth)
    on_person, outside = flicker.region("still"), flicker.region("outside")
    assert on_person is not None and outside is not None
    assert on_person.ours == pytest.approx(14, abs=0.5)  # there and back
    assert outside.ours == 0


def test_steady_change_is_no_flicker() -> None:
    brighter = np.stack([np.full_like(TRUTH, level) for level in (100, 104, 108)])
    region = still(brighter, grainy(TRUTH)).region("box")
    assert region is not None and region.ours == 0


def test_what_moves_in_truth_does_not_count_as_still() -> None:
    moving = np.stack([DATA.frames[n] for n in (30, 33, 36)])
    flicker = Flicker(DATA.plate)
    flicker.add(moving, moving, DATA.joints[[30, 33, 36]])
    on_person, box = flicker.region("still"), flicker.region("box")
    assert box is not None and box.ratio == 1
    assert on_person is None or on_person.share < 0.5 * box.share


def test_a_change_there_and_back_counts_twice_and_a_step_once() -> None:
    levels = np.zeros((3, 4, 4, 3), np.uint8)
    levels[1] = (9, 3, 6)  # 6 in the mean of the colours
    assert (trembling(levels) == 12).all()
    levels[2] = levels[1]
    assert (trembling(levels) == 6).all()


def test_a_place_stands_still_below_two_and_a_half_levels_nearby() -> None:
    """A lone pixel counts by the mean of nine, seen two further to each side."""
    for change, reach in ((18, 0), (22, 0), (23, 3), (200, 3)):
        truth = np.full((3, 21, 21, 3), 20, np.uint8)
        truth[2, 10, 10] += np.uint8(change)  # only the last step
        moving = ~still_places(truth)
        assert moving.sum() == (2 * reach + 1) ** 2 * bool(reach)
        if reach:
            assert moving[7:14, 7:14].all()
    slow = np.stack([np.full((9, 9, 3), level, np.uint8) for level in (10, 12, 10)])
    assert still_places(slow).all()
    quick = np.stack([np.full((9, 9, 3), level, np.uint8) for level in (10, 13, 16)])
    assert not still_places(quick).any()


def test_regions_are_means_over_all_triples_and_shares_of_the_picture() -> None:
    flicker = Flicker(DATA.plate)
    joints = np.stack([POSE] * 3)
    assert flicker.region("box") is None and flicker.triples == 0
    truth = grainy(TRUTH)
    first = np.stack([TRUTH] * 3)
    second = first.copy()
    second[1] = second[1] + np.uint8(5)
    flicker.add(first, truth, joints)
    flicker.add(second, truth, joints)
    box = person_box(POSE, SIZE)
    share = TRUTH[box].size / TRUTH.size
    inside, outside = flicker.region("box"), flicker.region("outside")
    assert inside is not None and outside is not None and flicker.triples == 2
    assert inside.share == pytest.approx(share) and outside.share == pytest.approx(1 - share)
    assert inside.ours == outside.ours == pytest.approx(5), "nothing once, ten the other time"
    assert inside.truth == pytest.approx(float(trembling(truth)[box].mean()))
    assert inside.ratio == pytest.approx(5 / inside.truth)
    still_region = flicker.region("still")
    is_person = np.stack([np.abs(t.astype(int) - DATA.plate).max(-1) > 40 for t in truth]).all(0)
    assert still_region is not None and 0 < still_region.share < inside.share
    assert still_region.share > 0.5 * (is_person & still_places(truth))[box].sum() / is_person.size
    ours, true = flicker.maps()
    here = still_places(truth)
    assert ours[here] == pytest.approx(5) and not ours[~here].any()
    assert true[here] == pytest.approx(trembling(truth)[here])
    nothing = still(first, first).region("box")
    assert nothing is not None and nothing.ratio is None, "a video that never changes"


def test_a_person_is_what_differs_from_the_empty_place_and_the_map_knows_where_it_moves() -> None:
    plate = np.full((SIZE, SIZE, 3), 100, np.uint8)
    truth = np.stack([plate] * 3)
    box = person_box(POSE, SIZE)
    middle = [(part.start + part.stop) // 2 for part in box]
    still_part = (slice(middle[0], middle[0] + 6), slice(middle[1], middle[1] + 6))
    truth[:, still_part[0], still_part[1], 0] += np.uint8(20)  # a little redder
    truth[1, :5, :5] += np.uint8(50)
    ours = truth.copy()
    ours[1] -= np.uint8(1)
    flicker = Flicker(plate)
    flicker.add(ours, truth, np.stack([POSE] * 3))
    region = flicker.region("still")
    assert region is not None and region.share == pytest.approx(36 / SIZE**2)
    assert region.ours == pytest.approx(2) and region.truth == 0
    shown, true = flicker.maps()
    moving = ~still_places(truth)
    assert moving.sum() == 64 and not shown[moving].any() and not true[moving].any()
    assert shown[~moving] == pytest.approx(2)
    assert Region(1.0, 0.5, 0.1).ratio == 2


def test_a_box_is_that_of_all_three_poses() -> None:
    joints = np.stack([POSE, POSE, np.clip(POSE + 0.2, 0, 1)])
    flicker = Flicker(DATA.plate)
    flicker.add(grainy(TRUTH), grainy(TRUTH), joints)
    seen = np.zeros((SIZE, SIZE), bool)
    for pose in joints:
        seen[person_box(pose, SIZE)] = True
    region = flicker.region("box")
    assert region is not None and region.share == pytest.approx(seen.mean())


# Windows


def test_people_look_at_the_middle_of_the_face_beyond_the_wrists_and_at_the_ankles() -> None:
    found = measures.parts(POSE)
    assert [len(found[name]) for name in ("face", "hands", "feet")] == [1, 2, 2]
    np.testing.assert_allclose(found["face"][0], POSE[[0, 14, 15, 16, 17]].mean(0))
    for hand, (elbow, wrist) in zip(found["hands"], ((3, 4), (6, 7)), strict=True):
        arm = POSE[wrist] - POSE[elbow]
        beyond = (hand - POSE[wrist]) @ arm / (arm @ arm)
        assert beyond == pytest.approx(skeleton.HAND_REACH) and beyond > 0
    np.testing.assert_allclose(found["feet"], POSE[[10, 13]])


def test_a_window_is_25_px_of_256_around_its_part() -> None:
    """What is ruined outside all windows and what SSIM sees around a pixel changes none."""
    size = 256
    rng = rng_of(4)
    truth = rng.integers(0, 255, (size, size, 3)).astype(np.uint8)
    joints = np.full((18, 2), 0.5)
    joints[[0, 14, 15, 16, 17]] = 0.25  # the face
    joints[[10, 13]] = 1.0  # feet at the very corner: their window stays in the picture
    whole = measures.part_ssim(truth, truth, joints)
    assert whole == pytest.approx({"face": 1, "hands": 1, "feet": 1})
    for off, is_seen in ((12 + 4, True), (12 + 7, False)):
        ours = truth.copy()
        ours[64, 64 + off] = 255 - ours[64, 64 + off]
        found = measures.part_ssim(ours, truth, joints)
        assert (found["face"] < 1 - 1e-6) == is_seen, off
        assert found["hands"] == whole["hands"] and found["feet"] == whole["feet"]
    for corner, inside, outside in ((1.0, 255 - 24 - 3, 255 - 24 - 7), (0.0, 24 + 3, 24 + 7)):
        joints[[10, 13]] = corner  # the window has its size there as well
        for at, is_seen in ((inside, True), (outside, False)):
            ours = truth.copy()
            ours[at, at] = 255 - ours[at, at]
            assert (measures.part_ssim(ours, truth, joints)["feet"] < 1 - 1e-6) == is_seen, at


def test_a_small_person_s_box_is_widened_around_its_middle() -> None:
    thin = np.full((18, 2), 0.5) + np.linspace(0, 0.02, 18)[:, None]
    tight, roomy = person_box(thin, 200), measures.roomy_box(thin, 200)
    for one, other in zip(tight, roomy, strict=True):
        assert other.stop - other.start == measures.LEAST_SIDE == 44
        assert abs(one.start + one.stop - other.start - other.stop) <= 1
    corner = measures.roomy_box(np.zeros((18, 2)), 100)
    assert all((part.start, part.stop) == (0, 44) for part in corner)
    other_corner = measures.roomy_box(np.ones((18, 2)), 100)
    assert all((part.start, part.stop) == (56, 100) for part in other_corner)


def test_edges_and_errors_are_in_grey_levels() -> None:
    ramp = np.zeros((8, 8, 3), np.uint8)
    ramp += (3 * np.arange(8)[:, None, None] + 5 * np.arange(8)[None, :, None]).astype(np.uint8)
    assert measures.edges(ramp) == pytest.approx(8)
    other = ramp + np.array([9, 0, 0], np.uint8)
    assert (measures.error_map(other, ramp) == 3).all()
    assert pytest.approx((0.0709, 0.4523, 0.4768), abs=1e-3) == measures.MS_SSIM_WEIGHTS
    odd = measures.slope_similarity(ramp[:7, :7], ramp[:7, :7])
    assert odd.shape == (1, 1) and odd[0, 0] == 1


# The metrics and the command


def perfect(joints: np.ndarray) -> np.ndarray:
    return DATA.frames[np.abs(DATA.joints - joints).sum((1, 2)).argmin()]


def test_a_perfect_painter_gets_perfect_figures() -> None:
    found = measure(perfect, DATA, HELD_OUT[::3]).summary()
    assert found["ssim"] == found["ms_ssim"] == found["sharpness"] == 1
    assert found["psnr"] == BEST_PSNR and found["gmsd"] == 0
    assert found["brisque"] == found["brisque_true"]
    assert found["brisque_person"] == found["brisque_person_true"]
    assert found["flicker"]["box"]["ratio"] == 1
    assert found["face"] == found["hands"] == found["feet"] == 1
    assert found["warping"]["ratio"] == 1 and found["warping"]["pairs"] == 3
    assert all(seen["face"] == 1 for seen in found["face_by_heading"].values())
    # The drawn figure's ears sway, so that where it looks is luck; it has no face.
    assert set(found["not_measured"]) <= {"worst_face", "identity"}
    assert set(found["excerpts"]["fourth"]) == set(DIGITS)


def test_an_excerpt_has_its_own_means_and_flicker_its_own_triples() -> None:
    """Three frames in a row of one excerpt; nothing is compared across a cut."""
    clip = np.where(np.arange(len(DATA.clip)) < 20, 0, 1)
    data = dataclasses.replace(DATA, clip=clip, clip_names=("one", "two"))
    rows = np.array([16, 17, 18, 19, 20])
    asked = []

    def paint(joints: np.ndarray) -> np.ndarray:
        row = int(np.abs(DATA.joints - joints).sum((1, 2)).argmin())
        asked.append(row)
        return noisy(DATA.frames[row], 20) if row < 20 else DATA.frames[row]

    found = measure(paint, data, rows)
    assert found.flicker.triples == found.warping.pairs == 3, "from 16, 17 and 20"
    assert asked == [16, 17, 18, 17, 18, 19, 18, 19, 20, 21, 22]
    summary = found.summary()
    first, second = summary["excerpts"]["one"], summary["excerpts"]["two"]
    assert second["ssim"] == 1 and first["ssim"] < 0.95
    assert summary["ssim"] == pytest.approx((4 * first["ssim"] + second["ssim"]) / 5, abs=1e-4)
    box = person_box(DATA.joints[16], SIZE)
    sharp = measures.edges(noisy(DATA.frames[16], 20)[box]) / measures.edges(DATA.frames[16][box])
    assert found.figures["sharpness"][0] == pytest.approx(sharp) and sharp > 1.5
    assert summary["frames"] == 5 and summary["worst_frame"] in range(16, 20)
    found.figures["brisque"][:4] = np.nan
    assert found.mean("brisque") == round(float(found.figures["brisque"][4]), 2)
    assert found.mean("brisque", 0) is None
    box_flicker = summary["flicker"]["box"]
    region = found.flicker.region("box")
    assert region is not None and box_flicker["ratio"] == round(region.ratio, 3)
    assert (box_flicker["ours"], box_flicker["true"]) == (
        round(region.ours, 3), round(region.truth, 3),
    )  # fmt: skip


def test_a_face_that_is_ruined_on_one_side_is_told_beside_the_mean() -> None:
    """Every third head is turned to the right, where its face is noise."""
    joints = DATA.joints.copy()
    joints[:, EARS] = joints[:, [NOSE]] + np.array([[-0.03, 0], [0.03, 0]], np.float32)
    joints[:, NECK] = joints[:, NOSE] + np.array([0, 0.1], np.float32)
    joints[::3, NOSE] += np.array([0.8 * 0.06, 0], np.float32)  # by 45 degrees
    data = dataclasses.replace(DATA, joints=joints)

    def paint(pose: np.ndarray) -> np.ndarray:
        row = int(np.abs(joints - pose).sum((1, 2)).argmin())
        return DATA.frames[row] if row % 3 else noisy(DATA.frames[row], 40)

    found = measure(paint, data, np.arange(12)).summary()
    assert {name: seen["frames"] for name, seen in found["face_by_heading"].items()} == {
        "0": 8, "40": 4,
    }  # fmt: skip
    assert found["face_by_heading"]["0"]["face"] == 1
    assert found["worst_face"] == found["face_by_heading"]["40"]["face"] < 0.9
    assert found["face"] == pytest.approx((2 + found["worst_face"]) / 3, abs=1e-4)


def test_the_worst_frame_is_found() -> None:
    bad, rows = HELD_OUT[3], HELD_OUT[:5]

    def paint(joints: np.ndarray) -> np.ndarray:
        picture = perfect(joints)
        return noisy(picture, 30) if np.array_equal(joints, DATA.joints[bad]) else picture

    found = measure(paint, DATA, rows)
    assert found.summary()["worst_frame"] == bad
    assert rows[found.by_similarity()[0]] == bad
    again = measure(paint, DATA, rows)
    assert again.summary() == found.summary()


def test_what_cannot_be_measured_stays_empty_and_says_why() -> None:
    rows = HELD_OUT[-1:]  # nothing follows the last frame
    found = measure(lambda _: np.zeros_like(DATA.plate), DATA, rows).summary()
    assert found["brisque"] is None and "contrast" in found["not_measured"]["brisque"]
    assert found["brisque_true"] is not None
    assert found["flicker"]["box"] is None and "follow" in found["not_measured"]["flicker"]
    assert found["warping"] == {"pairs": 0} and "follow" in found["not_measured"]["warping"]
    assert found["worst_face"] is None and "direction" in found["not_measured"]["worst_face"]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any, str]]:
    """The command on drawn pictures, with a painter in the place of a network."""
    monkeypatch.setattr(drawn, "synthetic", lambda size: DATA)

    def painter_of(path: Path) -> tuple[Callable, int, str]:
        if path.name == "small":
            return perfect, SIZE // 2, "none"
        return (lambda joints: noisy(perfect(joints), 1)), SIZE, "none"

    monkeypatch.setattr(painters, "painter_of", painter_of)

    def command(*options: str) -> tuple[int, Any, str]:
        out, page = tmp_path / "report.json", tmp_path / "deep" / "page.html"
        arguments = ["noisy", "--synthetic", "--out", str(out), "--page", str(page), *options]
        code = evaluate_target.main(arguments)
        return (
            code,
            out.exists() and json.loads(out.read_text()),
            (page.read_text() if page.exists() else ""),
        )

    return command


def test_the_command_writes_the_page(run: Callable[..., tuple[int, Any, str]]) -> None:
    code, report, document = run("--against", "nearest")
    assert code == 0
    assert report["ssim"] > report["against"]["nearest"]["ssim"]
    assert report["gmsd"] < report["against"]["nearest"]["gmsd"]
    assert document.count("data:image/png") == 4
    assert f"<td>{report['gmsd']:.4g}</td>" in document
    assert f"worst frame ({report['worst_frame']})" in document
    assert "lower is better" in document
    assert document.count("<polyline") == 2
    assert "<td>warping error, ours / true</td>" in document
    slips = report["warping"]
    assert f"<td>{slips['ours']:.3f}</td><td>{slips['true']:.3f}</td>" in document
    seen = report["face_by_heading"]
    assert seen and all(f"<td>{s['face']:.4f} ({s['frames']})</td>" in document
                        for s in seen.values())  # fmt: skip


def test_the_same_twice_is_shown_twice(run: Callable[..., tuple[int, Any, str]]) -> None:
    code, report, document = run("--against", "noisy", "else/noisy")
    assert code == 0
    assert list(report["against"]) == ["noisy", "else/noisy"]
    assert report["against"]["noisy"]["ssim"] == report["ssim"]
    assert document.count("<polyline") == 3


def test_other_sizes_are_not_compared(
    run: Callable[..., tuple[int, Any, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, report, document = run("--against", "small")
    assert (code, report, document) == (1, False, "")
    assert "equal sizes" in capsys.readouterr().err
