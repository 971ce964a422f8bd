"""What a bundle's network is: named in its manifest, or told by its sizes as in older ones."""

import dataclasses
import json
import shutil

import pytest

from models import bundle, network_kinds, spec
from models.network_kinds import UnknownNetworkError
from models.noise import Noise

SHIPPED = {
    "alice": "stage", "alice-512": "stage", "bob": "stage", "ballroom": "stage", "free": "stage",
    "ear": "beat",
}  # fmt: skip


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_bundle_without_the_field_is_known_by_its_sizes(name, tmp_path):
    folder = tmp_path / name
    shutil.copytree(bundle.SHIPPED / name, folder)
    file = folder / bundle.MANIFEST
    fields = json.loads(file.read_text())
    fields.pop("network", None)  # as they were before there was one
    file.write_text(json.dumps(fields))
    found = bundle.load(folder)
    assert found.manifest.network == SHIPPED[name]
    fields["network"] = SHIPPED[name]
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
