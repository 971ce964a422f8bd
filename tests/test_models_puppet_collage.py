"""A puppet laid by hand: where its parts are, which hides which, what of the place shows through.

No network and nothing learned: the views are plain colours, the frames are given.
"""

import numpy as np
import pytest
from seeds import rng_of

from models.puppet.collage import Collage, Person
from models.puppet.compositor import before_plate
from models.puppet.parts import DECIDES, N_PARTS, NAMES
from models.puppet.placing import Moves, chosen
from models.puppet.puppet import resized, smaller
from models.puppet.rig import Frames

RED, GREEN, BLUE = (200, 20, 10), (10, 180, 30), (20, 40, 190)
PLATE = np.array((90, 120, 60), np.uint8)
TORSO, R_THIGH, L_THIGH = (NAMES.index(name) for name in ("torso", "r_thigh", "l_thigh"))
OPAQUE = 255


def plain(colour=RED, code=OPAQUE, views=1, shape=(64, 64)) -> np.ndarray:
    """Views (V, rows, columns, 4) of one colour that cover as `code` says."""
    return np.tile(np.array((*colour, code), np.uint8), (views, *shape, 1))


def collage(seen: dict[int, np.ndarray], size=100) -> Collage:
    """Of these parts; the others show nothing."""
    n_views = max(len(views) for views in seen.values())
    nothing = plain(code=0, views=n_views)
    return Collage([seen.get(part, nothing) for part in range(N_PARTS)], size)


def frames(origin=(0.5, 0.3), axis=(0.0, 1.0), length=0.4, scale=0.4) -> Frames:
    """All parts in one place: the trunk of one who stands upright."""

    def each(value):
        return np.tile(np.float32(value), (1, N_PARTS, *[1] * np.ndim(value)))

    return Frames(each(origin), each(axis), each(length), np.float32([scale]))


def moves(views=1, **parts: np.ndarray) -> Moves:
    """Nothing bent, all equally near and lit; `warp` of some parts by their names."""
    warp = np.zeros((N_PARTS, 4, 4, 3), np.float32)
    warp[:, 2:] = 1
    for name, values in parts.items():
        warp[NAMES.index(name)] = values
    chances = np.zeros((N_PARTS, views), np.float32)
    chances[:, 0] = 1
    return Moves(warp, chances, np.zeros((4, 4), np.float32))


def warped(x=0.0, y=0.0, near=1.0, light=1.0) -> np.ndarray:
    """(4, rows, columns), each a number or a row of three."""
    return np.stack([np.broadcast_to(np.float32(v), (4, 3)) for v in (x, y, near, light)])


def shown(person: Person, size=100) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture before PLATE, and the whole coverage."""
    image = np.tile(PLATE, (size, size, 1))
    alpha = np.zeros((size, size), np.uint8)
    height, width = person.bare.shape
    y, x = person.window.top, person.window.left
    at = slice(y, y + height), slice(x, x + width)
    person.over(image[at], image[at])
    alpha[at] = person.alpha
    return image, alpha


def test_a_part_fills_its_rectangle_and_nothing_else():
    """The trunk reaches 0.22 above the neck, 0.3 below the hips, 0.55 to the sides."""
    image, alpha = shown(collage({TORSO: plain()}).person(frames(), moves()))
    x, y = np.meshgrid(np.arange(100) + 0.5, np.arange(100) + 0.5)
    beyond = np.maximum(np.abs(x - 50) - 22, np.abs(y - (21.2 + 82) / 2) - (82 - 21.2) / 2)
    assert (alpha[beyond < -1] == 255).all() and (alpha[beyond > 1] == 0).all()
    assert np.abs(image[beyond < -1].astype(int) - RED).max() <= 1
    assert (image[beyond > 1] == PLATE).all()


@pytest.mark.parametrize("axis", [(1.0, 0.0), (-0.6, 0.8)])
def test_a_part_lies_along_its_limb(axis):
    image, alpha = shown(collage({R_THIGH: plain()}).person(frames((0.5, 0.5), axis), moves()))
    x, y = np.meshgrid(np.arange(100) + 0.5 - 50, np.arange(100) + 0.5 - 50)
    along, across = x * axis[0] + y * axis[1], y * axis[0] - x * axis[1]
    beyond = np.maximum(np.abs(across) - 13.6, np.abs(along - 19) - 31)  # -0.3..1.25, 0.34
    assert (alpha[beyond < -1] == 255).all() and (alpha[beyond > 1] == 0).all()
    assert np.abs(image[beyond < -1].astype(int) - RED).max() <= 1


def test_a_longer_limb_has_a_longer_part_that_is_as_wide():
    _, alpha = shown(collage({TORSO: plain()}).person(frames(length=0.2), moves()))
    rows, columns = np.flatnonzero(alpha.any(1)), np.flatnonzero(alpha.any(0))
    assert len(rows) == pytest.approx(0.2 * 152, abs=2) and len(columns) == pytest.approx(44, abs=2)


@pytest.fixture
def halves() -> np.ndarray:
    """Red on the left of the view and above, blue on the right, green below on the right."""
    views = plain(RED, shape=(48, 48))
    views[:, :, 24:, :3] = BLUE
    views[:, 24:, 24:, :3] = GREEN
    return views


def is_like(image: np.ndarray, colour) -> np.ndarray:
    return np.abs(image.astype(int) - colour).max(-1) <= 3


@pytest.mark.parametrize("shift", [-0.5, 0.0, 0.25])
def test_what_is_bent_across_shows_what_lies_beside_it(halves, shift):
    """Across runs from right to left in a limb that hangs down: left of the view is right."""
    warp = warped(x=shift)
    image, _ = shown(collage({TORSO: halves}).person(frames(), moves(torso=warp)))
    edge = 50 + 22 * shift  # where the view's middle is seen
    row, x = image[30], np.arange(100) + 0.5
    inside = (np.abs(x - 50) < 21) & (np.abs(x - 50 - 22 * shift) < 21)
    assert is_like(row[inside & (x < edge - 1.5)], BLUE).all()
    assert is_like(row[inside & (x > edge + 1.5)], RED).all()


@pytest.mark.parametrize("shift", [-0.5, 0.0, 0.25])
def test_what_is_bent_along_shows_what_lies_behind_it(halves, shift):
    warp = warped(y=shift)
    image, _ = shown(collage({TORSO: halves}).person(frames(), moves(torso=warp)))
    middle, half = 51.6, 30.4
    edge = middle - half * shift
    column, y = image[:, 35], np.arange(100) + 0.5
    inside = (np.abs(y - middle) < half - 1) & (np.abs(y - edge) < half - 1)
    assert is_like(column[inside & (y < edge - 1.5)], BLUE).all()
    assert is_like(column[inside & (y > edge + 1.5)], GREEN).all()


def test_a_part_is_bent_where_its_grid_says():
    """Shifts that grow from the middle on: the view is seen twice as large, its edges beyond."""
    warp = warped(x=(0.5, 0.0, -0.5))
    views = plain(RED, shape=(48, 48))
    views[:, :, :12, :3] = views[:, :, 36:, :3] = BLUE
    image, alpha = shown(collage({TORSO: views}).person(frames(), moves(torso=warp)))
    assert is_like(image[50, 30:70], RED).all() and (alpha[50, 30:70] == 255).all()


def test_what_is_bent_out_of_its_rectangle_is_not_lost():
    """A view that shows something in its middle alone may be shown at the edge."""
    views = plain(code=0, shape=(48, 48))
    views[:, 20:28, 20:28, 3] = OPAQUE
    for x, y in ((0.7, 0.0), (-0.7, 0.0), (0.0, 0.7), (0.0, -0.7)):
        warp = warped(x=x, y=y)
        _, alpha = shown(collage({TORSO: views}).person(frames(), moves(torso=warp)))
        rows, columns = np.nonzero(alpha > 128)
        assert len(rows) == pytest.approx(8 / 47 * 44 * 8 / 47 * 60.8, rel=0.4)
        assert columns.mean() + 0.5 == pytest.approx(50 + 22 * x, abs=1)
        assert rows.mean() + 0.5 == pytest.approx(51.6 - 30.4 * y, abs=1)


@pytest.mark.parametrize("near", [1.0, 3.0, 20.0])
def test_the_nearer_of_two_parts_hides_the_other(near):
    laid = collage({R_THIGH: plain(RED), L_THIGH: plain(GREEN)})
    image, alpha = shown(laid.person(frames(), moves(r_thigh=warped(near=near))))
    share = near / (near + 1)
    expected = share * np.array(RED) + (1 - share) * np.array(GREEN)
    assert np.abs(image[50, 50] - expected).max() <= 1.5 and alpha[50, 50] == 255


@pytest.mark.parametrize(
    ("light", "expected"), [(1.0, RED), (0.5, (100, 10, 5)), (1.5, (255, 30, 15))]
)
def test_a_part_is_lit(light, expected):
    image, alpha = shown(
        collage({TORSO: plain()}).person(frames(), moves(torso=warped(light=light)))
    )
    assert np.abs(image[50, 50].astype(int) - expected).max() <= 1 and alpha[50, 50] == 255


@pytest.mark.parametrize("code", [40, 100, 127, 160, 220])
def test_the_place_shows_through_what_covers_half(code):
    """Coverage is a logit from -8 to 8; of two parts that cover half, a quarter stays bare."""
    cover = 1 / (1 + np.exp(-8 * (code / 127.5 - 1)))
    views = plain(RED, code)
    image, alpha = shown(collage({TORSO: views}).person(frames(), moves()))
    assert alpha[50, 50] == pytest.approx(255 * cover, abs=1)
    expected = cover * np.array(RED) + (1 - cover) * PLATE
    assert np.abs(image[50, 50] - expected).max() <= 1.5
    _, alpha = shown(collage({R_THIGH: views, L_THIGH: views}).person(frames(), moves()))
    assert alpha[50, 50] == pytest.approx(255 * (1 - (1 - cover) ** 2), abs=1)


def test_of_two_parts_that_cover_less_the_denser_gives_the_colour():
    """By the cube of what each covers."""
    seen = {R_THIGH: plain(RED, 150), L_THIGH: plain(GREEN, 120)}
    image, alpha = shown(collage(seen).person(frames(), moves()))
    first, second = (1 / (1 + np.exp(-8 * (code / 127.5 - 1))) for code in (150, 120))
    colour = (first**3 * np.array(RED) + second**3 * np.array(GREEN)) / (first**3 + second**3)
    share = 1 - (1 - first) * (1 - second)
    assert alpha[50, 50] == pytest.approx(255 * share, abs=1)
    assert np.abs(image[50, 50] - (share * colour + (1 - share) * PLATE)).max() <= 1.5


@pytest.mark.parametrize(
    ("chances", "shares", "numbers"),
    [
        ([0.5, 0.3, 0.2], [0.75, 0.25], [0, 1]),  # less what the third has
        ([0.1, 0.6, 0.2, 0.1], [5 / 6, 1 / 6], [1, 2]),
        ([0.25, 0.75], [0.75, 0.25], [1, 0]),
        ([1.0], [1.0], [0]),
    ],
)  # fmt: skip
def test_the_two_views_that_suit_best_are_mixed(chances, shares, numbers):
    found, which = chosen(np.tile(np.float32(chances), (N_PARTS, 1)))
    decided = np.array(shares) ** DECIDES[:, None]  # hands and feet sooner than they are as likely
    assert found == pytest.approx(decided / decided.sum(1, keepdims=True), abs=1e-5)
    assert found[TORSO] == pytest.approx(shares, abs=1e-5)
    if len(shares) == 2:
        assert found[NAMES.index("l_hand")].max() > max(shares)
    assert which.tolist() == [numbers] * N_PARTS
    colours = np.array([RED, GREEN, BLUE, (5, 5, 5)])[: len(chances)]
    views = np.concatenate([plain(tuple(colour)) for colour in colours])
    told = moves(len(chances))._replace(chances=np.tile(np.float32(chances), (N_PARTS, 1)))
    image, _ = shown(collage({TORSO: views}).person(frames(), told))
    assert np.abs(image[50, 50] - shares @ colours[numbers]).max() <= 1.5


@pytest.mark.parametrize("where", [(1.4, 0.5), (0.5, -0.9), (-0.5, 0.5), (0.5, 1.4)])
def test_who_is_beside_the_picture_is_not_in_it(where):
    person = collage({TORSO: plain()}).person(frames(where), moves())
    picture = before_plate(person, np.zeros((4, 4), np.float32), np.tile(PLATE, (100, 100, 1)))
    assert not picture.alpha.any() and (picture.image == PLATE).all()
    assert (picture.whole(np.tile(PLATE, (100, 100, 1))) == PLATE).all()


@pytest.mark.parametrize("where", [(0.95, 0.5), (0.5, 0.0), (0.0, 0.5), (0.5, 0.9)])
def test_who_is_half_in_the_picture_is_there_as_far_as_they_are_in_it(where):
    person = collage({TORSO: plain()}).person(frames(where), moves())
    _, alpha = shown(person)
    x, y = np.meshgrid(np.arange(100) + 0.5 - 100 * where[0], np.arange(100) + 0.5 - 100 * where[1])
    beyond = np.maximum(np.abs(x) - 22, np.abs(y - 21.6) - 30.4)
    assert (alpha[beyond < -1] == 255).all() and (alpha[beyond > 1] == 0).all()


def test_a_large_person_has_one_colour_from_head_to_foot():
    """It is finished some rows at a time."""
    image, alpha = shown(collage({TORSO: plain()}, 300).person(frames(), moves()), 300)
    assert np.flatnonzero((alpha == 255).any(1))[[0, -1]] == pytest.approx([64, 245], abs=2)
    assert np.abs(image[70:240, 90:210].astype(int) - RED).max() <= 1


def test_half_the_size_is_the_same_picture_and_takes_a_quarter_of_the_views(halves):
    views = np.tile(halves, (1, 4, 4, 1))
    half = smaller(views, 0.5)
    assert half.nbytes == views.nbytes / 4
    image, alpha = shown(collage({TORSO: views}, 200).person(frames(), moves()), 200)
    less, cover = shown(collage({TORSO: half}).person(frames(), moves()))
    away = np.abs(image[::2, ::2].astype(int) - less)
    assert np.median(away) <= 1 and np.abs(alpha[::2, ::2].astype(int) - cover).mean() < 5


def test_nothing_is_left_of_the_pictures_before(halves):
    """Memory is kept from one to the next."""
    seen = {TORSO: halves, R_THIGH: plain(GREEN, 140)}
    laid = collage(seen)
    rng = rng_of(3)
    for _ in range(5):
        near = moves(
            torso=warped(*rng.uniform(-0.3, 0.3, 2)), r_thigh=warped(near=rng.uniform(0, 2))
        )
        there = frames(rng.uniform(0.2, 0.8, 2), length=rng.uniform(0.1, 0.6))
        again = shown(laid.person(there, near))
        alone = shown(collage(seen).person(there, near))
        assert np.array_equal(again[0], alone[0]) and np.array_equal(again[1], alone[1])


# Before the place --------------------------------------------------------------------------------


def test_the_shadow_darkens_the_place_and_not_the_person():
    person = collage({TORSO: plain()}).person(frames((0.3, 0.1), length=0.1, scale=0.1), moves())
    shadow = np.zeros((10, 10), np.float32)
    shadow[7, 3:8] = 0.5
    plate = np.tile(PLATE, (100, 100, 1))
    picture = before_plate(person, shadow, plate)
    whole = picture.whole(plate)
    assert (plate == PLATE).all(), "the plate is kept"
    lit = 1 - 0.5 * 0.95  # by the middle of the cell half a pixel off
    assert np.abs(whole[75, 35:75].astype(int) - lit * PLATE).max() <= 1
    away = np.ones((100, 100), bool)
    away[60:90, 20:90] = False
    assert (whole[away & (np.arange(100)[:, None] > 40)] == PLATE).all()
    assert is_like(whole[12, 30], RED) and picture.alpha[12 - picture.y, 30 - picture.x] == 255
    assert not picture.alpha[75 - picture.y, 35 - picture.x]
    assert picture.shadow[75 - picture.y, 50 - picture.x] == pytest.approx(255 * (1 - lit), abs=1)
    under = before_plate(person, np.full((10, 10), 0.5, np.float32), plate).whole(plate)
    assert np.abs(under[12, 30].astype(int) - whole[12, 30]).max() <= 1
    assert np.abs(under[99, 0].astype(int) - PLATE / 2).max() <= 1


@pytest.mark.parametrize("cell", [(0, 0), (9, 9), (5, 0), (0, 6)])
def test_the_window_holds_all_of_the_shadow_and_little_more(cell):
    person = collage({TORSO: plain()}).person(frames((0.5, 0.5), length=0.05, scale=0.05), moves())
    shadow = np.zeros((10, 10), np.float32)
    shadow[cell] = 0.8
    plate = np.full((100, 100, 3), 200, np.uint8)
    whole = before_plate(person, shadow, plate).whole(plate)
    y, x = 10 * cell[0] + 5, 10 * cell[1] + 5
    assert (whole[y, x] < 60).all()
    # It ends softly, one cell on: what is cut off there would be an edge on the wall.
    fades = [
        whole[y + dy, x + dx, 0] for dy, dx in ((11, 0), (-11, 0), (0, 11), (0, -11))
        if 0 <= y + dy < 100 and 0 <= x + dx < 100
    ]  # fmt: skip
    assert fades and min(fades) >= 195
    faint = np.full((10, 10), 0.005, np.float32)
    picture = before_plate(person, faint, plate)
    assert picture.image.shape[0] < 20, "what nobody sees is not painted"


def test_a_plate_of_another_size_is_the_same_place():
    plate = np.zeros((64, 64, 3), np.uint8)
    plate[16:48, 16:48] = 200
    for size in (32, 128):
        found = resized(plate, size)
        assert found.shape == (size, size, 3)
        quarter = size // 4
        assert (found[quarter + 2 : -quarter - 2, quarter + 2 : -quarter - 2] > 180).all()
        assert found[: quarter - 2].max() < 20
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::2] = 200
    assert np.abs(resized(stripes, 32).astype(int) - 100).max() <= 1, "what is fine is averaged"
    assert resized(plate, 64) is plate
