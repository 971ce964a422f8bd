"""The stage screen: sizes, seams, what is never cropped; the drawn skeleton."""

import time

import numpy as np
import pytest
from seeds import rng_of

from live.picture import skeleton_painter
from live.picture.edge_fill import extended
from live.picture.placement import Placement
from live.picture.skeleton_painter import (
    COLOURS,
    GROUND,
    _add_capsule,
    draw_skeleton,
    paint_skeleton,
)
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


@pytest.mark.parametrize(
    ("output", "fit", "side", "origin", "rows", "columns"),
    [
        ((640, 360), "contain", 360, (140, 0), (0, 360), (140, 500)),
        ((360, 640), "contain", 360, (0, 140), (140, 500), (0, 360)),
        ((128, 128), "contain", 128, (0, 0), (0, 128), (0, 128)),
        # The 0.95 of the picture that are kept fill the height: 360 / 0.95 = 378.
        ((640, 360), "cover", 378, (131, -11), (0, 360), (131, 509)),
        ((360, 640), "cover", 640, (-140, 0), (0, 640), (0, 360)),
        ((300, 290), "cover", 300, (0, -6), (0, 290), (0, 300)),
    ],
)
def test_where_the_picture_lies(output, fit, side, origin, rows, columns):
    stage = Placement(SIZE, output, fit)
    assert (stage.side, stage.origin) == (side, origin)
    assert stage.area == (slice(*rows), slice(*columns))
    assert stage.zoom == pytest.approx(side / SIZE)
    assert stage.to_stage(np.float32([0.25, 0.75])) == pytest.approx(
        (np.array([0.25, 0.75]) * side + origin) / output
    )


@pytest.mark.parametrize("output", [(640, 360), (360, 640)])
def test_the_picture_fades_into_what_is_around_it(output):
    """White on black: over 14 px, 0.04 of its side, along a sine squared."""
    stage = Placement(SIZE, output)
    white = np.full((SIZE, SIZE, 3), 255, np.uint8)
    laid = stage.lay(white, np.zeros((output[1], output[0], 3), np.uint8))
    across = laid[:, :, 0] if output[0] > output[1] else laid[:, :, 0].T
    line = across[180, 140:500].astype(float)
    ramp = 255 * np.sin(np.arange(1, 15) / 15 * np.pi / 2) ** 2
    assert np.abs(line[:14] - ramp).max() <= 1.5
    assert np.array_equal(line, line[::-1])
    assert (line[14:-14] == 255).all()
    assert not across[180, :140].any() and not across[180, 500:].any()
    assert (across[:, 320] == 255).all(), "where the screen ends as well nothing fades"
    plane = stage.over_nothing(white[..., 0])
    assert np.array_equal(plane, laid[stage.area][..., 0])


def test_the_edges_go_on_and_are_smooth_96_px_further_out():
    """Rows that are dark and bright in turn: half as different in the middle of that way."""
    plate = np.where(np.arange(SIZE)[:, None, None] % 2, 200, 100).astype(np.uint8)
    plate = np.broadcast_to(plate, (SIZE, SIZE, 3))
    screen = extended(plate, Placement(SIZE, (512, SIZE))).astype(float)
    apart = np.abs(np.diff(screen[30:100].mean(2), axis=0)).mean(0)
    for n, share in ((1, 0.0), (24, 0.156), (48, 0.5), (72, 0.844), (96, 1.0), (150, 1.0)):
        for column in (192 - n, 320 - 1 + n):
            assert apart[column] == pytest.approx(100 * (1 - share), abs=2)
    assert np.array_equal(screen[:, 192:320], plate)
    tall = extended(plate.transpose(1, 0, 2), Placement(SIZE, (SIZE, 512))).astype(float)
    assert np.abs(np.diff(tall[:, 30:100].mean(2), axis=1)).mean(1)[144] == pytest.approx(50, abs=2)


def test_the_eight_columns_at_the_edge_are_what_goes_on():
    plate = np.zeros((SIZE, SIZE, 3), np.uint8)
    plate[:, :8], plate[:, 0] = 80, 160
    plate[:, -8:], plate[:, -1] = 40, 120
    screen = extended(plate, Placement(SIZE, (512, SIZE))).astype(float)
    assert screen[60, 190:192].mean() == pytest.approx(160, abs=2)
    assert screen[:, :90].mean() == pytest.approx((160 + 7 * 80) / 8, abs=1)
    assert screen[:, -90:].mean() == pytest.approx((120 + 7 * 40) / 8, abs=1)


LIMB = 3
COLOUR = COLOURS[LIMB]


def _capsule(ends, radius=5.0):
    canvas = np.zeros((60, 100, 4), np.uint8)
    _add_capsule(canvas, np.float32(ends), radius, LIMB)
    return canvas


@pytest.mark.parametrize("is_upright", [False, True])
def test_a_limb_is_bright_in_its_middle_and_glows_around(is_upright):
    """By the distance from its line, px: radius 5, glow up to 14."""
    ends = [(10, 30), (50, 30)]
    canvas = _capsule([end[::-1] for end in ends] if is_upright else ends)
    if is_upright:
        canvas = canvas.transpose(1, 0, 2)
    light = {0.5: 0.965, 2.5: 0.825, 4.5: 0.685, 5.5: 0.268, 8.5: 0.112, 13.5: 0.0009, 15.5: 0.0}
    for distance, share in light.items():
        for row in (int(30 + distance), int(29.5 - distance)):
            assert canvas[row, 30, :3] == pytest.approx(share * COLOUR, abs=2.0)
    opaque = {0.5: 1.0, 4.5: 1.0, 5.5: 0.268, 8.5: 0.112, 15.5: 0.0}
    for distance, share in opaque.items():
        assert canvas[int(30 + distance), 30, 3] == pytest.approx(255 * share, abs=2.0)


def test_a_limb_ends_round_and_hides_what_was_there():
    def on_line(away):
        return pytest.approx((1 - 0.35 * away / 5) * COLOUR, abs=3.0)

    canvas = _capsule([(30, 30), (70, 30)])
    x, y = 70 + 0.5 + 2, 30 + 0.5 + 3
    assert canvas[33, 72, :3] == on_line(np.hypot(x - 70, y - 30))
    assert canvas[33, 27, :3] == pytest.approx(canvas[33, 72, :3], abs=1), "at both ends"
    _add_capsule(canvas, np.float32([(50, 10), (50, 50)]), 5.0, 11)
    assert canvas[30, 50, :3] == pytest.approx(0.965 * COLOURS[11], abs=2.0)
    assert canvas[30, 50, 3] == 255
    canvas = _capsule([(40, 30), (40, 30)])
    assert canvas[30, 40, :3] == on_line(np.hypot(0.5, 0.5))
    for beyond in ([(-50, 30), (-30, 30)], [(30, 90), (70, 90)], [(np.nan, 0), (3, 3)]):
        assert not _capsule(beyond).any()


def test_a_limb_of_any_length_and_direction_is_where_its_joints_are():
    """By each pixel's true distance from the line."""
    rng = rng_of(7)
    x, y = np.meshgrid(np.arange(100) + 0.5, np.arange(60) + 0.5)
    for length in (0.0, 0.3, 1.0, 3.0, 9.0, 20.0):
        begin, angle = rng.uniform((35, 25), (65, 35)), rng.uniform(0, 2 * np.pi)
        along = np.array([np.cos(angle), np.sin(angle)])
        canvas = _capsule([begin, begin + length * along])
        s = np.clip((x - begin[0]) * along[0] + (y - begin[1]) * along[1], 0, length)
        away = np.hypot(x - begin[0] - s * along[0], y - begin[1] - s * along[1])
        assert (canvas[away < 4.0, 3] == 255).all()
        assert (canvas[away > 6.0, 3] < 0.27 * 255).all()
        assert not canvas[away > 14.6].any()


def test_a_limb_that_comes_from_far_away_costs_no_more_than_what_is_seen_of_it():
    near = _capsule([(-300, 30), (400, 30)])
    for far in (1e4, 1e9, 1e15):
        assert np.abs(_capsule([(-far, 30), (far, 30)]).astype(int) - near).max() <= 2
        assert not _capsule([(-far, -far), (far, -0.9 * far)]).any()


def test_limbs_are_as_thick_as_the_body_is_large(monkeypatch):
    """A twelfth of the way from neck to hips; half of it in the face; never below a pixel."""
    drawn = []
    monkeypatch.setattr(
        skeleton_painter, "_add_capsule", lambda c, ends, radius, number: drawn.append(radius)
    )
    for height, thickness in ((600, 1.0), (600, 1.6), (20, 1.0)):
        drawn.clear()
        paint_skeleton(JOINTS, (height, height), thickness=thickness)
        torso = 0.59 * 0.4 * height
        radius = max(1.0, torso / 12 * thickness)
        assert drawn == pytest.approx([radius] * 13 + [radius / 2] * 4, rel=1e-4)
    drawn.clear()
    hidden = JOINTS.copy()
    hidden[[8, 11]] = np.nan
    paint_skeleton(hidden, (480, 480))
    assert drawn[0] == pytest.approx(10)
