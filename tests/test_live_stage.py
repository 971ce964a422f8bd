"""The stage screen: sizes, seams, what is never cropped; the drawn skeleton."""

import time

import numpy as np
import pytest
from seeds import rng_of

from live.picture.edge_fill import extended
from live.picture.placement import Placement
from live.picture.skeleton_painter import COLOURS, GROUND, draw_skeleton, paint_skeleton
from models.skeleton import LIMBS, STANDING

SIZE = 128


def studio(size=SIZE):
    """A wall with soft light, a floor, some grain: what a plate looks like."""
    y, x = np.mgrid[0:size, 0:size] / size
    light = 200 - 30 * np.hypot(x - 0.5, y - 0.4)
    floor = np.clip((y - 0.75) * 20, 0, 1) * 40
    grain = rng_of(0).normal(0, 1, (size, size))
    tones = light[..., None] - floor[..., None] * np.array([0.3, 0.5, 0.8]) + grain[..., None]
    return np.clip(tones, 0, 255).astype(np.uint8)


def with_mark(at, plate, half=3):
    """The plate with a red square around a point, 0..1 of the picture."""
    x, y = (np.array(at) * len(plate)).astype(int)
    marked = plate.copy()
    marked[y - half : y + half, x - half : x + half] = (255, 0, 0)
    return marked


def find_mark(screen):
    """Middle of the red square, 0..1 of the screen."""
    red = (screen[..., 0].astype(int) - screen[..., 1]) > 120
    rows, columns = np.nonzero(red)
    assert len(rows), "the mark is not on the screen"
    height, width = screen.shape[:2]
    return np.array([(columns.mean() + 0.5) / width, (rows.mean() + 0.5) / height])


OUTPUTS = [(128, 128), (256, 256), (640, 360), (360, 640), (417, 233), (300, 301)]


@pytest.mark.parametrize("fit", ["contain", "cover"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_joints_and_picture_agree_on_every_screen(output, fit):
    plate = studio()
    stage = Placement(SIZE, output, fit)
    empty = extended(plate, stage)
    for at in ((0.5, 0.5), (0.4, 0.1), (0.6, 0.9)):
        screen = stage.lay(with_mark(at, plate), empty)
        assert screen.shape == (output[1], output[0], 3)
        assert screen.dtype == np.uint8
        middle = np.floor(np.array(at) * SIZE) / SIZE  # the square is drawn on whole pixels
        expected = stage.to_stage(middle.astype(np.float32))
        assert find_mark(screen) == pytest.approx(expected, abs=2.5 / min(output))


@pytest.mark.parametrize("output", [(640, 360), (360, 640)])
def test_contain_shows_the_whole_picture_and_cover_fills_more(output):
    contain, cover = (Placement(SIZE, output, fit) for fit in ("contain", "cover"))
    corners = contain.to_stage(np.array([[0, 0], [1, 1]], np.float32))
    assert (corners >= 0).all() and (corners <= 1).all()
    assert cover.side > contain.side


@pytest.mark.parametrize("output", [*OUTPUTS, (1920, 1080), (1080, 1920)])
def test_cover_never_crops_head_and_feet(output):
    stage = Placement(256, output, "cover", keep=(0.1, 0.95))
    ends = stage.to_stage(np.array([[0.5, 0.1], [0.5, 0.95]], np.float32))
    pixel = 1 / output[1]
    assert (ends >= -pixel).all() and (ends <= 1 + pixel).all()
    assert ends[:, 0] == pytest.approx([0.5, 0.5], abs=2 / output[0])


def test_the_background_goes_on_without_a_seam():
    plate = studio(256)
    stage = Placement(256, (1024, 512))
    screen = stage.lay(plate, extended(plate, stage)).astype(float).mean(2)
    smooth = np.apply_along_axis(lambda row: np.convolve(row, np.ones(9) / 9, "valid"), 1, screen)
    steps = np.abs(np.diff(smooth, axis=1)).mean(0)
    x = stage.origin[0]
    for edge in (x, x + stage.side):
        assert steps[edge - 20 : edge + 20].max() < 0.8  # of 255 grey levels, rows averaged
    assert np.abs(screen[:, :40].mean(1) - screen[:, x + 4 : x + 20].mean(1)).mean() < 3


def test_an_even_ground_goes_on_evenly():
    for level in (0, 90, 255):
        screen = extended(np.full((SIZE, SIZE, 3), level, np.uint8), Placement(SIZE, (256, 128)))
        assert np.abs(screen.astype(int) - level).max() <= 1


def test_scaling_keeps_colours():
    picture = np.zeros((SIZE, SIZE, 3), np.uint8)
    picture[:, :64] = (230, 20, 20)
    picture[:, 64:] = (10, 40, 220)
    screen = Placement(SIZE, (512, 512)).scale(picture)
    assert np.abs(screen[200, 100].astype(int) - (230, 20, 20)).max() <= 2
    assert np.abs(screen[200, 400].astype(int) - (10, 40, 220)).max() <= 2


def test_pictures_given_out_are_new_and_the_source_stays():
    for output in ((128, 128), (256, 128), (512, 512)):
        stage = Placement(SIZE, output)
        picture, empty = studio(), extended(studio(), stage)
        one, other = stage.lay(picture, empty), stage.lay(picture, empty)
        one[:] = 0
        assert (picture == studio()).all()
        assert other.any()
        assert (stage.lay(picture, empty) == other).all()


def test_what_makes_no_screen_is_refused():
    with pytest.raises(ValueError, match="contain, cover"):
        Placement(SIZE, (512, 512), "stretch")
    with pytest.raises(ValueError, match="too small"):
        Placement(SIZE, (512, 4))
    with pytest.raises(ValueError, match="expects 128"):
        Placement(SIZE, (512, 512)).scale(np.zeros((64, 64, 3), np.uint8))


JOINTS = (STANDING * 0.4 + np.float32([0.5, 0.48])).astype(np.float32)


def test_the_skeleton_shows_all_limbs_in_their_colours():
    picture = draw_skeleton(JOINTS, (512, 512))
    assert picture.shape == (512, 512, 3)
    shown = 0
    for number, (start, end) in enumerate(LIMBS):
        # Somewhere along the limb, where no later limb covers it, its hue is seen.
        for part in np.linspace(0.1, 0.9, 9):
            x, y = (JOINTS[start] * (1 - part) + JOINTS[end] * part) * 512
            seen = picture[int(y), int(x)].astype(float)
            if np.abs(seen / seen.max() - COLOURS[number] / COLOURS[number].max()).max() < 0.06:
                shown += 1
                break
    assert shown == len(LIMBS)
    assert tuple(picture[5, 5]) == GROUND


def test_the_skeleton_is_smooth_at_its_edges():
    """Moving by a tenth of a pixel changes the edges a little: no jagged steps."""
    one = draw_skeleton(JOINTS, (256, 256)).astype(int)
    other = draw_skeleton(JOINTS + np.float32(0.1 / 256), (256, 256)).astype(int)
    changed = np.abs(one - other).max(2)
    assert 0 < changed.max() < 80


@pytest.mark.parametrize("size", [(64, 64), (640, 360), (31, 77)])
def test_the_skeleton_outside_the_picture_or_without_joints_harms_nothing(size):
    empty = draw_skeleton(JOINTS + 5, size)
    assert (empty == np.array(GROUND)).all()
    half = draw_skeleton(JOINTS - np.float32([0.5, 0.5]), size)
    assert half.shape == (size[1], size[0], 3)
    broken = JOINTS.copy()
    broken[4] = np.nan
    assert draw_skeleton(broken, size).max() > 100
    assert (draw_skeleton(JOINTS * np.nan, size) == np.array(GROUND)).all()
    assert draw_skeleton(np.full((18, 2), 0.5, np.float32), size).max() > 30


def test_the_cut_out_skeleton_is_the_drawn_one_on_its_ground():
    box = paint_skeleton(JOINTS, (256, 256), is_cut_out=True)
    ground = np.full((256, 256, 3), GROUND, np.uint8)
    assert (box.whole(ground) == draw_skeleton(JOINTS, (256, 256))).all()
    inside = (JOINTS[LIMBS[0][0]] + JOINTS[LIMBS[0][1]]) / 2 * 256
    x, y = (inside - (box.x, box.y)).astype(int)
    assert box.alpha[y, x] == 255
    assert box.alpha[0].max() == 0  # the box has a margin
    assert 0.02 < ((box.alpha > 0) & (box.alpha < 255)).mean() < 0.6  # soft edges and glow


def test_composing_and_drawing_are_quick():
    """Loose limits: 0.8 and 1.9 ms were measured alone on one core of about 2.6 GHz."""
    stage, picture = Placement(256, (512, 512)), studio(256)
    empty = extended(picture, stage)
    for action, limit in (
        (lambda: stage.lay(picture, empty), 0.006),
        (lambda: draw_skeleton(JOINTS, (512, 512)), 0.012),
    ):
        took = []
        for _ in range(15):
            began = time.thread_time()
            action()
            took.append(time.thread_time() - began)
        assert min(took) < limit
