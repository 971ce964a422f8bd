"""The shadow of a person: measured in their video, and learned by their puppet."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from seeds import rng_of

from models.nets.picture.puppet import GroundShadow
from models.skeleton import STANDING, Framing
from models.spec import PuppetSpec
from train.person import film
from train.person.shade import CELLS, UNKNOWN, kept_shades, shades_of
from train.renderer.puppet.shadow import learn_shadow, unlikeness

SIZE, COUNT = 192, 24
SPEC = PuppetSpec(shadow_width=16, shadow_maps=4, shadow_cells=32)


@pytest.fixture(scope="module")
def filmed():
    """Poses, frames with a shadow beside the person, coverage, plate, and the shadow (N, S, S)."""
    rng = rng_of(0)
    poses = STANDING + rng.normal(0, 0.02, (COUNT, 18, 2))
    beside = rng.uniform(-0.15, 0.15, (COUNT, 1, 1)) * [[[1, 0]]]
    joints = (Framing(0.42, 0.5, 0.47).to_picture(poses) + beside).astype(np.float32)
    plate = np.full((SIZE, SIZE, 3), 160, np.uint8)
    plate[: SIZE // 2] = 90
    y, x = (np.mgrid[:SIZE, :SIZE] + 0.5) / SIZE
    dark = np.zeros((COUNT, SIZE, SIZE), np.float32)
    coverage = np.zeros((COUNT, SIZE, SIZE), np.uint8)
    for row, pose in enumerate(joints):
        foot = pose[:, 0].mean() + 0.15, 0.85
        dark[row] = 0.4 * np.exp(-(((x - foot[0]) / 0.1) ** 2 + ((y - foot[1]) / 0.04) ** 2))
        inside = (np.abs(x - pose[:, 0].mean()) < 0.06) & (np.abs(y - 0.5) < 0.3)
        coverage[row][inside] = 255
    frames = plate * (1 - dark[..., None])
    frames = np.where(coverage[..., None] > 0, 230, frames).round().astype(np.uint8)
    return joints, frames, coverage, plate, dark


def test_a_shade_is_the_light_that_is_lost_and_unknown_behind_the_person(filmed) -> None:
    joints, frames, coverage, plate, dark = filmed
    shades = shades_of(frames, film.of_pictures(frames, coverage, joints, plate))
    assert shades.shape == (COUNT, CELLS, CELLS) and shades.dtype == np.uint8
    side = SIZE // CELLS
    true = dark.reshape(COUNT, CELLS, side, CELLS, side).mean((2, 4))
    covered = coverage.reshape(COUNT, CELLS, side, CELLS, side).max((2, 4)) > 0
    known = shades != UNKNOWN
    assert not (known & (coverage.reshape(COUNT, CELLS, side, CELLS, side).min((2, 4)) > 0)).any()
    assert known[~covered].mean() > 0.9
    assert np.abs(shades / 254 - true)[known].max() < 0.04  # less than 0.03 is no shadow
    assert shades[known].max() > 90


def test_another_light_of_the_whole_frame_is_no_shadow(filmed) -> None:
    joints, frames, coverage, plate, _ = filmed
    pieces = film.of_pictures(frames, coverage, joints, plate)
    darker = (frames * 0.85).round().astype(np.uint8)
    same, found = (shades_of(each, pieces).astype(int) for each in (frames, darker))
    assert np.abs(same - found).max() <= 9  # about the least that is told
    assert np.abs(same - found).mean() < 0.3


def test_where_the_place_is_black_no_shadow_is_told(filmed) -> None:
    joints, frames, coverage, plate, _ = filmed
    black = frames.copy()
    black[:, SIZE // 2 :] = 5
    night = plate.copy()
    night[SIZE // 2 :] = 5
    shades = shades_of(black, film.of_pictures(black, coverage, joints, night))
    assert (shades[:, CELLS // 2 + 1 :] == UNKNOWN).all()


def test_shades_are_found_once_and_kept(filmed, tmp_path) -> None:
    joints, frames, coverage, plate, _ = filmed
    pieces = film.of_pictures(frames, coverage, joints, plate)
    into = tmp_path / "shades.npz"
    found = kept_shades(into, iter(frames), pieces)
    assert np.array_equal(kept_shades(into, iter(()), pieces), found)
    assert [each.name for each in tmp_path.iterdir()] == ["shades.npz"]


def test_a_shadow_is_learned_though_hardly_a_pixel_lies_in_it(filmed) -> None:
    joints, frames, coverage, plate, dark = filmed
    torch.manual_seed(0)
    shadow = GroundShadow(SPEC)
    told = torch.from_numpy(joints)
    assert shadow(told).max() < 0.01  # nothing before
    shades = shades_of(frames, film.of_pictures(frames, coverage, joints, plate))
    assert (dark > 0.05).mean() < 0.06
    learn_shadow(shadow, joints, shades, 300, 0)
    ours = shadow(told)
    side = SIZE // SPEC.shadow_cells
    true = dark.reshape(COUNT, 32, side, 32, side).mean((2, 4))
    assert np.abs(ours.numpy() - true).mean() < 0.01
    assert ours.amax((1, 2)).min() > 0.2
    anywhere = torch.from_numpy(rng_of(2).uniform(0, 1, (50, 18, 2)).astype(np.float32))
    assert shadow(anywhere).max() < 1.1 * dark.max(), "no pose throws a darker one"


def test_it_goes_with_the_person_from_side_to_side() -> None:
    torch.manual_seed(0)
    shadow = GroundShadow(replace(SPEC, shadow_cells=32))
    torch.nn.init.normal_(shadow.maps.bias)
    joints = torch.from_numpy(rng_of(1).uniform(0.4, 0.6, (1, 18, 2)).astype(np.float32))
    here, there = shadow(joints), shadow(joints + torch.tensor([4 / 32, 0.0]))
    inner = slice(2, -2)
    assert torch.allclose(here[:, inner, 2:-6], there[:, inner, 6:-2], atol=1e-5)
    assert here[:, inner, inner].std() > 0.01


def test_it_ends_softly_where_the_picture_ends() -> None:
    torch.manual_seed(0)
    shadow = GroundShadow(SPEC)
    torch.nn.init.constant_(shadow.maps.bias, 3.0)  # dark everywhere
    ours = shadow(torch.full((1, 18, 2), 0.5))[0]
    edges = torch.cat([ours[0], ours[-1], ours[:, 0], ours[:, -1]])
    assert ours[10:-10, 10:-10].min() > 0.9 and edges.max() < 0.4


def test_what_is_unknown_teaches_nothing() -> None:
    ours = torch.full((1, 32, 32), 0.2, requires_grad=True)
    shades = torch.full((1, CELLS, CELLS), UNKNOWN, dtype=torch.uint8)
    shades[:, :, : CELLS // 2] = 127
    unlikeness(ours, shades).backward()
    assert ours.grad is not None
    assert (ours.grad[..., :16] < 0).all() and (ours.grad[..., 16:] == 0).all()
