"""The views of a puppet as files of a bundle: what was cut is what is read, and nothing else is."""

from dataclasses import asdict, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from seeds import rng_of

from models import bundle
from models.bundle import Bundle, BundleError
from models.puppet.parts import N_PARTS, NAMES
from models.puppet.view_files import PLATE, puppet_sizes, read_picture, read_views, view_files
from models.skeleton import CANONICAL_LENGTHS, PLAIN_BODY
from models.spec import PuppetSpec

SHAPES = [(24 + part, 16 + 2 * (part % 3)) for part in range(N_PARTS)]
SIZES = PuppetSpec(
    size=48,
    views=tuple(2 + part % 3 for part in range(N_PARTS)),
    limbs=(0.1,) * 9,
    face=(0.0,) * 10,
    view_sizes=tuple(np.ravel(SHAPES).tolist()),
)


def soft(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Colours that change slowly, as those of cloth do."""
    return cv2.resize(rng.integers(0, 256, (3, 3, 3)).astype(np.uint8), shape[::-1])


@pytest.fixture
def cut() -> tuple[list[np.ndarray], np.ndarray]:
    """Views and plate."""
    rng = rng_of(4)
    views = []
    for shape, count in zip(SHAPES, SIZES.views, strict=True):
        colours = np.stack([soft(rng, shape) for _ in range(count)])
        coverage = rng.integers(0, 256, (*colours.shape[:3], 1)).astype(np.uint8)
        views.append(np.concatenate([colours, coverage], -1))
    return views, soft(rng, (48, 48))


def written(folder: Path, files: dict[str, bytes], sizes: PuppetSpec = SIZES) -> Bundle:
    facts = {
        "kind": "target", "name": "cut", "licence": "CC0-1.0", "provenance": "made here",
        "networks": {"fp32": "puppet.onnx"}, "spec": asdict(sizes), "size": 48,
        "bone_lengths": CANONICAL_LENGTHS.tolist(), "framing": vars(PLAIN_BODY.framing),
        "network": "puppet", "consent": "nobody",
    }  # fmt: skip
    return bundle.write(folder / "cut", facts, {"puppet.onnx": b"network", **files})


def test_what_was_cut_is_what_is_read(cut, tmp_path):
    """Coverage to the bit unless it is as good as bare or whole, colours to a good JPEG's."""
    views, plate = cut
    files = view_files(views, plate)
    assert set(files) == {PLATE, *(f"{n}.jpg" for n in NAMES), *(f"{n}.png" for n in NAMES)}
    made = written(tmp_path, files)
    for given, found in zip(views, read_views(made), strict=True):
        assert found.shape == given.shape and found.dtype == np.uint8
        between = (given[..., 3] >= 8) & (given[..., 3] <= 247)
        assert np.array_equal(found[between, 3], given[between, 3])
        assert np.array_equal(found[~between, 3], np.where(given[~between, 3] < 8, 0, 255))
        off = np.abs(found[..., :3].astype(int) - given[..., :3])
        assert off.mean() < 2.5 and off.max() < 24
    found = read_picture(made, PLATE, (48, 48))
    assert np.abs(found.astype(int) - plate).mean() < 2.5, "red is red"


def test_every_view_of_a_part_keeps_its_number(cut, tmp_path):
    views, plate = cut
    for part in views:
        for number, view in enumerate(part):
            view[..., :3] = 60 * number
    for part in read_views(written(tmp_path, view_files(views, plate))):
        found = part[..., :3].mean((1, 2, 3))
        assert found == pytest.approx(60 * np.arange(len(part)), abs=2)


def test_colour_is_kept_at_every_edge(cut, tmp_path):
    """Without the coarser colours of a usual JPEG, which run over the edge of a sleeve."""
    views, plate = cut
    views[0][..., :3] = (200, 30, 30)
    views[0][:, :, ::2, :3] = (30, 30, 200)
    found = next(read_views(written(tmp_path, view_files(views, plate))))
    assert np.abs(found[:, :, 0::2, 2].astype(int) - 200).mean() < 20
    assert np.abs(found[:, :, 1::2, 0].astype(int) - 200).mean() < 20


@pytest.mark.parametrize(
    "change",
    [
        {"limbs": (0.1,) * 8}, {"limbs": (0.1,) * 8 + (0.0,)}, {"face": (0.0,) * 9}, {"size": 0},
        {"view_sizes": SIZES.view_sizes[:-1]}, {"view_sizes": (*SIZES.view_sizes[:-1], 1)},
        {"views": SIZES.views[:-1]}, {"views": (1, *SIZES.views[1:])},
    ],
)  # fmt: skip
def test_measures_of_nobody_are_refused(cut, tmp_path, change):
    made = written(tmp_path, view_files(*cut), replace(SIZES, **change))
    with pytest.raises(BundleError, match="measures are not those of a person: install it again"):
        puppet_sizes(made)
    assert puppet_sizes(written(tmp_path / "good", view_files(*cut))) == SIZES


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("head.jpg", "cut off"), ("l_foot.png", "of another size"), ("torso.png", "no picture"),
        ("torso.jpg", "empty"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_its_views_is_named(cut, tmp_path, file, what):
    files = view_files(*cut)
    files[file] = {
        "cut off": files[file][:40], "of another size": files[PLATE], "no picture": b"views",
        "empty": b"",
    }[what]  # fmt: skip
    with pytest.raises(BundleError, match=rf"{file} is no picture of \d+ x \d+ px: install it"):
        list(read_views(written(tmp_path, files)))
