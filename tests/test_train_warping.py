"""The warping error: which distortions of a moving person raise it, and what it counts."""

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from tests.seeds import rng_of
from train.picture_eval.warping import Warping, flow_of, steps

SIZE, FRAMES = 160, 4
TURN, MOVE = 2.0, np.array([2.6, -1.7])  # degrees and px a frame
GREY = np.full((SIZE, SIZE, 3), 128, np.uint8)


def levels(picture: np.ndarray) -> np.ndarray:
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def texture(seed: int) -> np.ndarray:
    """Red cloth with a grain of some px, float32."""
    noise = cv2.GaussianBlur(rng_of(seed).normal(0, 1, GREY.shape).astype(np.float32), (0, 0), 1.5)
    return np.array([190, 60, 60], np.float32) + 30 * noise / noise.std()


def motion(frame: int) -> np.ndarray:
    """From the first frame to this one, (2, 3)."""
    turned = cv2.getRotationMatrix2D((SIZE / 2, SIZE / 2), TURN * frame, 1.0)
    turned[:, 2] += MOVE * frame
    return turned


def moved(picture: np.ndarray, frame: int) -> np.ndarray:
    return cv2.warpAffine(
        picture, motion(frame), (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


OUTLINE = cv2.ellipse(np.zeros((SIZE, SIZE), np.float32), (78, 82), (34, 52), 0, 0, 360, 1.0, -1)
OUTLINES = [moved(OUTLINE, frame)[..., None] for frame in range(FRAMES)]
JOINTS = np.zeros((2, 18, 2), np.float32) + np.array([0.5, 0.5])
JOINTS[:, :2] = [0.26, 0.18], [0.74, 0.84]


def filmed(cloth: list[np.ndarray], grain: float = 0.7) -> np.ndarray:
    """An oval of that cloth before a grey wall, as a camera takes it, (FRAMES, SIZE, SIZE, 3)."""
    shown = [GREY + o * (c - GREY) for o, c in zip(OUTLINES, cloth, strict=True)]
    return levels(np.stack(shown) + rng_of(7).normal(0, grain, (FRAMES, *GREY.shape)))


CLOTH = texture(1)
TRUTH = filmed([moved(CLOTH, frame) for frame in range(FRAMES)])


def added(ours: np.ndarray, truth: np.ndarray = TRUTH) -> Warping:
    warping = Warping(GREY)
    for frame in range(FRAMES - 1):
        pair = slice(frame, frame + 2)
        warping.add(ours[pair], truth[pair], JOINTS)
    return warping


def ratio(ours: np.ndarray) -> float:
    found = added(ours).error()
    assert found is not None and found.ratio is not None
    return found.ratio


def flickering(by: float) -> np.ndarray:
    return levels(TRUTH + np.array([0, by, 0, by])[:, None, None, None])


def wobbling(by: float) -> np.ndarray:
    """To and fro, in a direction drawn anew."""
    angle = rng_of(3).uniform(0, 2 * np.pi)
    aside = by * np.array([np.cos(angle), np.sin(angle)])
    shifts = [np.array([[1, 0, x], [0, 1, y]]) for x, y in (0 * aside, aside, 0 * aside, aside)]
    return np.stack([
        cv2.warpAffine(p, m, (SIZE, SIZE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        for p, m in zip(TRUTH, shifts, strict=True)
    ])  # fmt: skip


def frozen(share: float) -> np.ndarray:
    """So much of the cloth stays where it is on the screen, while the person moves."""
    stays = texture(2)
    return filmed([(1 - share) * moved(CLOTH, f) + share * stays for f in range(FRAMES)])


def swimming(by: float) -> np.ndarray:
    """The cloth follows only a part of the motion."""
    return filmed([moved(CLOTH, frame * (1 - by)) for frame in range(FRAMES)])


def soft(pictures: np.ndarray, by: float) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(picture, (0, 0), by) for picture in pictures])


def test_the_true_video_has_the_ratio_one() -> None:
    found = added(TRUTH).error()
    assert found is not None
    assert found.ratio == 1 and found.ours == found.truth > 0
    assert found.slips is not None and found.slips[0] < 0.5, "px, of the 4 that it moves"
    assert found.share > 0.8


@pytest.mark.parametrize(
    ("distorted", "much"),
    [(flickering, (3, 6, 12)), (wobbling, (0.5, 1, 2)), (frozen, (0.2, 0.4, 0.8)),
     (swimming, (0.2, 0.4, 0.8))],
)  # fmt: skip
def test_more_of_what_is_unsteady_is_worse(distorted, much) -> None:
    found = [1.0, *(ratio(distorted(by)) for by in much)]
    assert found == sorted(found)
    assert found[1] > 1.5 and found[-1] > 5


@pytest.mark.parametrize("by", [1.0, 2.0])
def test_a_blur_makes_nothing_steadier(by: float) -> None:
    """Its error is smaller in grey levels, not in px; and what wobbles in it is still seen."""
    found = added(soft(TRUTH, by)).error()
    assert found is not None and found.ratio is not None
    assert found.ours < 0.9 * found.truth and found.ratio > 0.95
    assert ratio(soft(wobbling(1), by)) > 0.8 * ratio(wobbling(1)) > 1.2


def test_what_is_not_the_person_does_not_count() -> None:
    far = cv2.dilate(np.stack(OUTLINES).max(0), np.ones((17, 17)))[..., None] < 0.5
    ours = np.where(far, rng_of(5).integers(0, 255, TRUTH.shape), TRUTH).astype(np.uint8)
    assert added(ours).error() == added(TRUTH).error()


def test_the_flow_says_where_all_was_and_what_was_hidden() -> None:
    """A square of cloth moves over another cloth: behind it something comes out."""
    ground, square = levels(texture(4)[..., ::-1]), levels(texture(6))
    before, after = ground.copy(), ground.copy()
    before[50:110, 40:100] = square[50:110, 40:100]
    after[53:113, 46:106] = square[50:110, 40:100]
    flow = flow_of(before, after)
    rows, columns = np.indices((SIZE, SIZE))
    on_square, uncovered = (slice(65, 101), slice(58, 94)), (slice(54, 109), slice(41, 45))
    assert np.median(abs(columns - flow.columns - 6)[on_square]) < 0.1
    assert np.median(abs(rows - flow.rows - 3)[on_square]) < 0.1
    laid = flow.laid(before.astype(np.float32))
    assert abs(laid - after)[on_square].mean() < 3 < abs(before.astype(float) - after).mean()
    assert flow.is_seen[on_square].mean() > 0.95 > 0.5 > flow.is_seen[uncovered].mean()


def test_steps_are_means_of_right_and_below() -> None:
    ramp = np.zeros((5, 6, 3), np.float32)
    ramp += 3 * np.arange(5)[:, None, None] + 5 * np.arange(6)[None, :, None]
    assert (steps(ramp)[:-1, :-1] == 4).all()


def test_what_cannot_be_told_is_left_out() -> None:
    nobody = np.stack([GREY] * FRAMES)
    assert added(nobody, nobody).summary() == {"pairs": FRAMES - 1}
    found = added(nobody).summary()
    assert found["ours"] is found["ratio"] is None and found["ours_levels"] == 0
    assert found["true_levels"] > 0 and found["share"] > 0.8
    painted = added(wobbling(1))
    told, error = painted.summary(), painted.error()
    assert error is not None and error.ratio is not None and error.slips is not None
    assert told["ratio"] == round(error.ratio, 3) and told["true"] == round(error.slips[1], 3)
