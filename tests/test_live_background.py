"""What is behind the dancer: known answers, alignment, picture files, and what a show does."""

import os
from pathlib import Path

import numpy as np
import pytest
from made_pictures import alone, painted, write_jpeg, write_png
from seeds import rng_of

from live.core.cutout import Cutout
from live.core.settings import Settings
from live.picture.background import COLOURS, OwnPlace, open_background
from live.picture.picture_file import PictureFileError, read_picture
from live.picture.placement import Placement
from live.picture.screen import open_screen
from models.runtime.painter import Picture, share
from models.skeleton import STANDING

SIZE = 128
PERSON = np.array([200.0, 40.0, 10.0])
PLATE = np.full((SIZE, SIZE, 3), (100, 150, 240), np.uint8)
WIDE = ((384, 216), (1920, 1080))
FITS = ("contain", "cover")


def flat(alpha: float, shadow: float, person=PERSON) -> Picture:
    """A window of 32 x 48 px in which every pixel is alike."""
    shape = (48, 32)
    colour = np.broadcast_to(person, (*shape, 3))
    return painted(colour, np.full(shape, alpha), np.full(shape, shadow), PLATE, 40, 50)


def disc(person=255.0, size: int = SIZE) -> Picture:
    """A soft-edged disc of one grey, left and above the middle, in a window of its own."""
    y, x = np.mgrid[0:48, 0:48] + 0.5
    alpha = np.clip((18 - np.hypot(x - 20, y - 26)) / 6, 0, 1)
    colour = np.full((48, 48, 3), person)
    return painted(colour, alpha, np.zeros_like(alpha), PLATE, 24, 12)


def alpha_of(picture: Picture, stage: Placement):
    """How much of each pixel of the stage is person, as other software gets it."""
    return alone(Cutout(picture, PLATE, stage.lies))[..., 3]


def noise(size, seed=0):
    return rng_of(seed).integers(0, 256, (size[1], size[0], 3)).astype(np.uint8)


@pytest.mark.parametrize("alpha", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("shadow", [0.0, 0.4])
def test_every_share_of_person_and_shadow(alpha, shadow, tmp_path):
    stage, picture = Placement(SIZE, (SIZE, SIZE)), flat(alpha, shadow)
    inside, outside = (70, 56), (5, 5)
    for name, colour in COLOURS.items():
        image = open_background(name, stage, PLATE).show(picture)
        expected = alpha * PERSON + (1 - alpha) * np.array(colour)
        assert np.abs(image[inside] - expected).max() <= 2
        assert tuple(image[outside]) == colour
    scenery = noise((SIZE, SIZE))
    behind = open_background(str(write_png(tmp_path / "file.png", scenery)), stage, PLATE)
    image = behind.show(picture)
    expected = alpha * PERSON + (1 - alpha) * (1 - shadow) * scenery[inside]
    assert np.abs(image[inside] - expected).max() <= 2.5
    assert (image[outside] == scenery[outside]).all()
    mask = alpha_of(picture, stage)
    assert mask[inside] == round(alpha * 255) and mask[outside] == 0


def test_the_own_place_is_what_was_painted():
    stage, picture = Placement(SIZE, (SIZE, SIZE)), flat(0.5, 0.4)
    image = open_background("target", stage, PLATE).show(picture)
    assert (image == picture.whole(PLATE)).all()


def test_nothing_of_the_own_place_is_left_around_the_person():
    """A dark person who was filmed before a bright wall: on black the edge is never brighter."""
    for dark in (0.0, 30.0):
        picture = disc(dark)
        stage = Placement(SIZE, (SIZE, SIZE))
        image = open_background("black", stage, PLATE).show(picture)
        alpha = alpha_of(picture, stage)
        assert (alpha > 0).sum() > 900
        assert (image <= np.ceil(alpha[..., None] * (dark / 255)) + 1).all()


def test_colours_out_of_range_are_cut_off():
    """A network may say a pixel is hardly the person and still paint it far off the plate."""
    stage = Placement(SIZE, (SIZE, SIZE))
    bright, dark = flat(0.25, 0.0), flat(0.25, 0.0)
    bright.image[:], dark.image[:] = 255, 0
    image, alpha = open_background("black", stage, PLATE).show(bright), alpha_of(bright, stage)
    assert (image[70, 56] == alpha[70, 56]).all()
    assert not open_background("black", stage, PLATE).show(dark).any()


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("output", [(SIZE, SIZE), *WIDE, (216, 384)])
def test_alpha_lies_on_the_picture(output, fit, tmp_path):
    """A white person on black is their own alpha; the screen around them is untouched."""
    stage = Placement(SIZE, output, fit)
    picture = disc()
    image, alpha = open_background("black", stage, PLATE).show(picture), alpha_of(picture, stage)
    assert alpha.shape == (output[1], output[0])
    assert alpha.dtype == np.uint8
    # OpenCV's bicubic is a little steeper than libswscale's, which knows nothing beyond the screen.
    inner = slice(None), slice(6, -6)
    assert np.abs(image.astype(int) - alpha[..., None])[inner].max() <= 3
    middle = stage.to_stage(np.array([(24 + 20) / SIZE, (12 + 26) / SIZE], np.float32))
    rows, columns = np.nonzero(alpha > 127)
    found = np.array([columns.mean() + 0.5, rows.mean() + 0.5]) / output
    assert found == pytest.approx(middle, abs=1.5 / min(output))

    scenery = noise(output)
    behind = open_background(str(write_png(tmp_path / "file.png", scenery)), stage, PLATE)
    on_scenery = behind.show(picture)
    far = alpha == 0
    assert np.abs(on_scenery.astype(int) - scenery)[far].max() <= 2  # bicubic rings a little
    share = alpha[..., None] / 255
    mixed = share * 255 + (1 - share) * scenery
    assert np.abs(on_scenery - mixed)[inner].max() <= 4
    corner = slice(None, 8), slice(None, 8)
    assert (on_scenery[corner] == scenery[corner]).all()


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("output", [*WIDE, (216, 384)])
def test_one_colour_fills_the_whole_screen(output, fit):
    picture = disc()
    for name, colour in COLOURS.items():
        stage = Placement(SIZE, output, fit)
        image, alpha = open_background(name, stage, PLATE).show(picture), alpha_of(picture, stage)
        assert (image[alpha == 0] == colour).all(1).mean() > 0.99
        for corner in (image[0, 0], image[0, -1], image[-1, 0], image[-1, -1]):
            assert tuple(corner) == colour


def test_who_leaves_the_picture_fades_with_their_alpha(tmp_path):
    """On a wide screen the square picture ends in the middle of it."""
    stage = Placement(SIZE, (256, 128))
    solid = np.ones((40, SIZE))
    arm = painted(np.full((40, SIZE, 3), 255.0), solid, solid * 0, PLATE, 0, 44)
    image, alpha = open_background("black", stage, PLATE).show(arm), alpha_of(arm, stage)
    assert (np.abs(image.astype(int) - alpha[..., None]) <= 1).all()
    row = alpha[64].astype(int)
    assert row[63] == 0 and row[128] == 255 and row[192] == 0
    assert np.abs(np.diff(row)).max() < 110
    scenery = np.full((128, 256, 3), 77, np.uint8)
    behind = open_background(str(write_png(tmp_path / "file.png", scenery)), stage, PLATE)
    mixed = row / 255 * 255 + (1 - row / 255) * 77
    assert np.abs(behind.show(arm)[64, :, 0] - mixed).max() <= 2


@pytest.mark.parametrize("name", ["black", "green", "file"])
def test_an_empty_window_shows_the_background_alone(name, tmp_path):
    stage = Placement(SIZE, (256, 128))
    scenery = noise((256, 128))
    file = write_png(tmp_path / "file.png", scenery)
    behind = open_background(str(file) if name == "file" else name, stage, PLATE)
    expected = scenery if name == "file" else np.full_like(scenery, COLOURS[name])
    image = behind.show(flat(0.0, 0.0))
    assert (image == expected).all()
    assert not alpha_of(flat(0.0, 0.0), stage).any()
    image[:] = 9  # a picture that is given out is nobody else's
    assert (behind.show(flat(0.0, 0.0)) == expected).all()


def test_a_trimmed_window_is_the_same_picture():
    picture = disc()
    trimmed = picture.trimmed()
    assert trimmed.alpha.size < picture.alpha.size
    assert (trimmed.whole(PLATE) == picture.whole(PLATE)).all()


@pytest.mark.parametrize("background", ["black", "green"])
def test_the_skeleton_is_cut_out(background):
    screen = open_screen(Settings(background=background, size=128, output=(256, 128)), "skeleton")
    (image, cutout), _ = screen.picture(STANDING)
    alpha = alone(cutout)[..., 3]
    assert 0.03 < (alpha > 127).mean() < 0.3
    assert np.abs(image[alpha == 0] - np.array(COLOURS[background])).max() <= 2
    own = open_screen(Settings(size=128, output=(256, 128)), "skeleton").picture(STANDING)[0]
    assert isinstance(open_screen(Settings(size=128), "skeleton").background, OwnPlace)
    solid = alpha == 255
    assert np.abs(image.astype(int) - own.image)[solid].max() <= 2


def test_a_picture_fills_the_screen(tmp_path):
    quarters = np.zeros((60, 80, 3), np.uint8)
    quarters[:30, :40], quarters[:30, 40:] = (255, 0, 0), (0, 255, 0)
    quarters[30:, :40], quarters[30:, 40:] = (0, 0, 255), (255, 255, 0)
    for path in (write_png(tmp_path / "a.png", quarters), write_jpeg(tmp_path / "a.jpg", quarters)):
        for size in ((80, 60), (320, 90), (90, 320), (64, 64)):
            screen = read_picture(path, size)
            assert screen.shape == (size[1], size[0], 3)
            for at, colour in (((2, 2), (255, 0, 0)), ((-3, 2), (0, 0, 255))):
                assert np.abs(screen[at] - np.array(colour)).max() <= 8
            assert np.abs(screen[2, -3] - np.array([0, 255, 0])).max() <= 8


def test_what_is_transparent_in_a_picture_is_black(tmp_path):
    half = np.full((40, 40, 4), (200, 100, 50, 255), np.uint8)
    half[:, :20, 3] = 0
    screen = read_picture(write_png(tmp_path / "half.png", half), (40, 40))
    assert not screen[:, 5].any()
    assert tuple(screen[20, 30]) == (200, 100, 50)


def test_a_photograph_stands_upright(tmp_path):
    import av

    if not hasattr(av.VideoFrame, "rotation"):
        pytest.skip("this PyAV does not tell how a picture is turned")
    lying = np.full((40, 80, 3), (20, 20, 220), np.uint8)
    lying[:20] = (220, 20, 20)
    upright = read_picture(write_jpeg(tmp_path / "photo.jpg", lying, orientation=6), (40, 80))
    assert np.abs(upright[40, 30] - np.array([220, 20, 20])).max() <= 12
    assert np.abs(upright[40, 10] - np.array([20, 20, 220])).max() <= 12


def test_what_is_no_picture_is_said_in_one_sentence(tmp_path):
    text = tmp_path / "notes.png"
    text.write_text("no picture at all")
    (tmp_path / "empty.jpg").touch()
    cut = tmp_path / "cut.png"
    whole = write_png(tmp_path / "whole.png", noise((64, 64)))
    cut.write_bytes(whole.read_bytes()[:40])
    os.mkfifo(tmp_path / "pipe.png")  # would be waited for
    reasons = {
        text: "cannot be read", cut: "cannot be read", tmp_path / "empty.jpg": "is empty",
        tmp_path: "is a folder", tmp_path / "pipe.png": "is a pipe",
    }  # fmt: skip
    for path, reason in reasons.items():
        with pytest.raises(PictureFileError, match=rf"{reason}.* PNG or JPEG file\.$"):
            read_picture(path, (64, 64))
    with pytest.raises(PictureFileError, match=r"^There is no picture .*missing\.png: "):
        read_picture(tmp_path / "missing.png", (64, 64))


def test_a_target_is_switched_without_the_file(tmp_path):
    """A memory stick that is pulled out must not keep a show from going on."""
    file = write_png(tmp_path / "stick.png", noise((128, 72)))
    settings = Settings(background=str(file), output=(128, 72), size=64)
    before = open_screen(settings, "skeleton").picture(STANDING)[0].image
    Path(file).unlink()
    after = open_screen(settings, "skeleton", (128, 72)).picture(STANDING)[0].image
    assert (after == before).all()


def test_shares_of_all_levels_are_rounded_as_they_should_be():
    levels, of_255 = np.meshgrid(np.arange(256, dtype=np.uint8), np.arange(256, dtype=np.uint8))
    exact = np.floor(levels.astype(float) * of_255 / 255 + 0.5)
    assert np.array_equal(share(levels, of_255), exact)


def test_a_picture_behind_is_mixed_to_the_level(tmp_path):
    """At its own size nothing is scaled: only a level is lost by rounding."""
    stage, scenery = Placement(SIZE, (SIZE, SIZE)), noise((SIZE, SIZE), 3)
    behind = open_background(str(write_png(tmp_path / "a.png", scenery)), stage, PLATE)
    for alpha, shadow in ((0.0, 0.0), (0.0, 0.5), (1.0, 0.0), (0.3, 0.2)):
        image = behind.show(flat(alpha, shadow))
        rows, columns = slice(50, 98), slice(40, 72)
        expected = scenery.astype(float)
        left = (1 - alpha) * (1 - shadow)
        expected[rows, columns] = alpha * PERSON + left * scenery[rows, columns]
        assert np.abs(image - expected).max() <= 1.6
        assert np.abs((image - expected).mean()) < 0.5, "neither brighter nor darker as a whole"


def test_without_a_shadow_all_else_is_as_it_was():
    """As if none had been painted, but for two roundings."""
    rng = rng_of(5)
    shape = (SIZE, SIZE)
    person, plate = (rng.uniform(0, 255, (*shape, 3)) for _ in range(2))
    alpha, shadow = rng.uniform(0, 1, shape), rng.uniform(0, 0.9, shape)
    plate = plate.round().astype(np.uint8)
    bare = painted(person, alpha, np.zeros(shape), plate)
    found = painted(person, alpha, shadow, plate).without_shadow(plate)
    assert np.abs(found.image.astype(int) - bare.image).max() <= 2
    assert not found.shadow.any() and np.array_equal(found.alpha, bare.alpha)
    assert bare.without_shadow(plate) is bare


@pytest.mark.parametrize("shadow", [True, False])
def test_the_shadow_is_shown_or_not(shadow, monkeypatch):
    screen = open_screen(Settings(output=(SIZE, SIZE), shadow=shadow, size=SIZE), "skeleton")
    dark = flat(0.0, 0.5)
    monkeypatch.setattr(screen.painter, "paint", lambda joints: dark)
    monkeypatch.setattr(screen.painter, "plate", PLATE)
    seen = screen.picture(STANDING)[0].image[60, 50]
    assert np.abs(seen - PLATE[0, 0] * (0.5 if shadow else 1.0)).max() <= 1


def test_colours_are_told_by_their_names():
    assert COLOURS == {"black": (0, 0, 0), "green": (0, 255, 0)}


@pytest.mark.parametrize(("width", "is_read"), [(64, True), (68, False)])
def test_how_long_and_narrow_a_picture_may_be(tmp_path, width, is_read):
    """Sixteen times as long as the screen once it fills it: 4 px high, shown at 16 x 16."""
    path = write_png(tmp_path / "long.png", noise((width, 4)))
    if is_read:
        assert read_picture(path, (16, 16)).shape == (16, 16, 3)
    else:
        with pytest.raises(PictureFileError, match="too long and narrow"):
            read_picture(path, (16, 16))
