"""What a bundle's network is: named in its manifest, or told by its sizes as in older ones."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from seeds import rng_of

from models import bundle, network_kinds, spec
from models.network_kinds import UnknownNetworkError
from models.noise import Noise
from tests.made_painters import quick_person

KNOWN = {"alice": "puppet", "image": "stage", "ballroom": "stage", "free": "stage", "ear": "beat"}


@pytest.mark.parametrize("name", KNOWN)
def test_a_bundle_without_the_field_is_known_by_its_sizes(name, tmp_path):
    """All that ship, and a person of the other form."""
    folder = tmp_path / name
    if name == "image":
        quick_person(tmp_path, name)
    else:
        shutil.copytree(bundle.SHIPPED / name, folder)
    file = folder / bundle.MANIFEST
    fields = json.loads(file.read_text())
    fields.pop("network", None)  # as they were before there was one
    file.write_text(json.dumps(fields))
    found = bundle.load(folder)
    assert found.manifest.network == KNOWN[name]
    fields["network"] = KNOWN[name]
    file.write_text(json.dumps(fields))
    assert bundle.load(folder).manifest == found.manifest
    assert found.sizes == bundle.load(folder).sizes
    assert json.loads(json.dumps(dataclasses.asdict(found.sizes))) == {
        **json.loads(json.dumps(dataclasses.asdict(type(found.sizes)()))), **fields["spec"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "sizes", "network", "has_mask"),
    [
        ("dance", spec.GeneratorSpec(styles=(spec.Style("waltz", 3, 87.0),)), "stage", False),
        ("dance", spec.PaperSpec(causal=True, horizons=spec.HORIZONS), "paper", False),
        ("target", spec.RendererSpec(), "stage", True),
        ("target", spec.PaperPainterSpec(), "paper", False),
        ("ear", spec.BeatSpec(), "beat", False),
    ],
)
def test_sizes_come_back_and_tell_their_network(kind, sizes, network, has_mask):
    fields = json.loads(json.dumps(dataclasses.asdict(sizes)))
    for told in ("", network):
        found = network_kinds.bundled(kind, fields, told)
        assert (found.network, found.has_mask) == (network, has_mask)
        assert found.read_sizes(fields) == sizes
    header = {"kind": found.trained_as, "spec": fields}
    assert network_kinds.trained(header) is found


def test_what_this_program_does_not_know_is_refused(tmp_path):
    with pytest.raises(UnknownNetworkError):
        network_kinds.bundled("dance", {}, "diffusion")
    with pytest.raises(UnknownNetworkError):
        network_kinds.trained({"kind": "crnn"})
    facts = {
        "kind": "dance", "network": "diffusion", "name": "step", "licence": "", "provenance": "",
        "networks": {}, "spec": {}, "horizons": [0.1, 0.2],
    }  # fmt: skip
    with pytest.raises(bundle.BundleError, match=r"does not know \(diffusion\)"):
        bundle.write(tmp_path / "step", facts, {})
    assert not list(tmp_path.iterdir())
    with pytest.raises(bundle.BundleError, match="spec must be an object"):
        bundle.write(tmp_path / "step", facts | {"network": "", "spec": None}, {})
    strange = bundle.write(tmp_path / "step", facts | {"network": "stage"}, {})
    with pytest.raises(bundle.BundleError, match="other network sizes"):
        _ = strange.sizes


def test_noise_is_that_of_the_network():
    choice = Noise.of(spec.GeneratorSpec(n_plans=20))
    assert (choice.size, choice.is_choice) == (20, True)
    white = Noise.of(spec.PaperSpec(noise_width=7, noise_scale=0.5))
    assert (white.size, white.is_choice, white.scale) == (7, False, 0.5)


def test_noise_is_drawn_as_it_was_trained_and_cooled():
    """The same numbers on stage, exported and judged: those of a generator and nothing else."""
    choice, white = Noise(640, True), Noise(10, False, 0.33)
    drawn = choice.draw(rng_of(1), 50)
    assert drawn.shape == (50, 640) and drawn.dtype == np.float32
    assert np.array_equal(drawn, rng_of(1).gumbel(size=(50, 640)).astype(np.float32))
    assert drawn.mean() == pytest.approx(0.577, abs=0.05)
    drawn = white.draw(rng_of(1), 2_000)
    assert drawn.shape == (2_000, 10)
    assert drawn.std() == pytest.approx(0.33, rel=0.05) and abs(drawn.mean()) < 0.02
    for noise in (choice, white):
        half = noise.draw(rng_of(2), 3, 0.5)
        assert half == pytest.approx(0.5 * noise.draw(rng_of(2), 3), rel=1e-6)
        assert not noise.draw(rng_of(2), 3, 0.0).any()


def test_white_noise_is_as_large_as_one_where_nothing_is_said():
    assert Noise(3, False).scale == 1.0
