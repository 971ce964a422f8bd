"""What a manifest may say, field by field, and what of it no show could use."""

import json

import pytest
from seeds import rng_of

from models import bundle
from models.bundle_files import BundleError, is_path, read_inside
from models.manifest import read_manifest

TARGET = json.loads((bundle.SHIPPED / "alice" / bundle.MANIFEST).read_text())
DANCE = json.loads((bundle.SHIPPED / "free" / bundle.MANIFEST).read_text())
IMAGE = TARGET | {"network": "stage", "spec": {"size": 256, "blocks": 1}, "size": 256}
N_PLANS = DANCE["spec"]["n_plans"]


def read(fields, **changes):
    whole = {name: value for name, value in (fields | changes).items() if value is not ...}
    return read_manifest(json.dumps(whole).encode(), "it")


def test_what_ships_is_read_as_it_is():
    person = read(TARGET)
    assert (person.name, person.kind, person.size, person.network) == (
        "alice",
        "target",
        1024,
        "puppet",
    )
    assert read(IMAGE).network == "stage" and not read(IMAGE).network_kind.any_size
    assert person.body.lengths.tolist() == pytest.approx(TARGET["bone_lengths"])
    assert vars(person.body.framing) == TARGET["framing"]
    assert person.network_kind.has_mask and not read(DANCE).network_kind.has_mask
    assert read(DANCE).horizons == [0.1, 0.2, 0.3, 0.4, 0.5]


@pytest.mark.parametrize(
    ("fields", "changes", "why"),
    [
        (TARGET, {"format_version": 2}, "has format 2, this program reads 1"),
        (TARGET, {"format_version": True}, "has format True"),
        (TARGET, {"format_version": 1.0}, "has format 1.0"),
        (TARGET, {"format_version": ...}, "has format None"),
        (TARGET, {"kind": "song"}, "neither a dance nor a target nor an ear"),
        (TARGET, {"name": "a/b"}, "is no name"), (TARGET, {"name": "a.zip"}, "is no name"),
        (TARGET, {"name": "a\nb"}, "is no name"), (TARGET, {"name": ""}, "name must be"),
        (TARGET, {"name": "x" * 101}, "name must be"),
        (TARGET, {"licence": ...}, "lacks or misnames"),
        (TARGET, {"more": 1}, "lacks or misnames"), (TARGET, {"size": 0}, "needs its size"),
        (TARGET, {"size": 8_193}, "size must be"), (TARGET, {"framing": {}}, "needs its size"),
        (TARGET, {"bone_lengths": [0.2] * 17}, "18 bone_lengths"),
        (TARGET, {"bone_lengths": [0.2] * 19}, "18 bone_lengths"),
        (TARGET, {"bone_lengths": [0.0009] * 18}, r"bone_lengths\[0\] must be"),
        (TARGET, {"bone_lengths": [10.1] * 18}, r"bone_lengths\[0\] must be"),
        (TARGET, {"framing": TARGET["framing"] | {"scale": 0.0009}}, "too small to be seen"),
        (TARGET, {"framing": TARGET["framing"] | {"x": 11}}, "framing.x must be"),
        (TARGET, {"framing": TARGET["framing"] | {"z": 0}}, "needs its size"),
        (TARGET, {"reach": [0.0] * 26}, "a reach has 27 numbers"),
        (TARGET, {"reach": [0.0] * 26 + ["x"]}, "reach"),
        (TARGET, {"network": "diffusion"}, r"does not know \(diffusion\)"),
        (TARGET, {"spec": TARGET["spec"] | {"width": -1}}, "spec.width must be"),
        (IMAGE, {"spec": IMAGE["spec"] | {"blocks": 65}}, "spec.blocks must be"),
        (DANCE, {"horizons": []}, "foresees no motion"),
        (DANCE, {"horizons": [0.1]}, "foresees no motion"),
        (DANCE, {"horizons": [0.1, 0.3, 0.3]}, "foresees no motion"),
        (DANCE, {"horizons": [0.2, 0.1]}, "foresees no motion"),
        (DANCE, {"horizons": [0.1, 10.5]}, r"horizons\[1\] must be"),
        (DANCE, {"mirrors": [0]}, "its mirrors are not those of its"),
        (DANCE, {"mirrors": [-1] * N_PLANS}, r"mirrors\[0\] must be"),
        (DANCE, {"mirrors": [N_PLANS] * N_PLANS}, "its mirrors are not those of its"),
        (TARGET, {"mirrors": [0]}, "its mirrors are not those of its 0 plans"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said(fields, changes, why):
    with pytest.raises(BundleError, match=why) as caught:
        read(fields, **changes)
    assert "\n" not in str(caught.value) and "Bundle it" in str(caught.value)


def test_the_last_of_what_can():
    read(TARGET, name="x" * 100, size=8_192, bone_lengths=[10] * 18)
    read(TARGET, framing=TARGET["framing"] | {"scale": 1e-3, "x": -10, "y": 10})
    read(TARGET, size=1, bone_lengths=[1e-3] * 18)
    assert read(DANCE, horizons=[0, 10]).horizons == [0, 10]
    assert read(DANCE, mirrors=[N_PLANS - 1] * N_PLANS).mirrors[0] == N_PLANS - 1
    assert read(DANCE, mirrors=...).mirrors == []


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_file_is_read_to_its_last_byte_and_none_that_is_longer(tmp_path, kind):
    root = tmp_path / "it"
    root.mkdir()
    (root / bundle.MANIFEST).write_bytes(b"{}")
    for name, size in (("fits", 10), ("more", 11), ("empty", 0)):
        (root / name).write_bytes(bytes(range(size)))
    if kind == "zip":
        import zipfile

        with zipfile.ZipFile(tmp_path / "it.zip", "w") as archive:
            for path in root.iterdir():
                archive.write(path, path.name)
        root = tmp_path / "it.zip"
    assert read_inside(root, "fits", 10) == bytes(range(10))
    assert read_inside(root, "empty", 10) == b""
    with pytest.raises(BundleError, match="more is larger"):
        read_inside(root, "more", 10)
    with pytest.raises(BundleError, match="there is no none in it"):
        read_inside(root, "none", 10)


def test_what_is_a_path():
    assert all(map(is_path, ("a.zip", "a/b", "a\\\\b", "C:x", "./a")))
    assert not any(map(is_path, ("alice", "alice-512", "zip", "a.b")))


def test_where_bundles_lie(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    assert bundle.user_folder() == tmp_path
    monkeypatch.delenv("DANCELIVE_BUNDLES")
    assert bundle.user_folder().name == "bundles" and "dancelive" in str(bundle.user_folder())
    assert bundle.is_shipped("alice") and not bundle.is_shipped("nobody")


@pytest.mark.parametrize(
    ("size", "told", "is_read"),
    [(15 << 20, 0, True), (17 << 20, 0, False), (20 << 20, 45, True), (20 << 20, 55, False)],
)
def test_weights_hardly_shrink(tmp_path, size, told, is_read):
    """Beyond 16 MB nothing may unpack to more than fifty times its size."""
    import zipfile

    content = bytearray(size)
    if told:
        rare = rng_of(0).bytes(size // told - size // 1_030)
        content[: len(rare)] = rare
    path = tmp_path / "it.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(bundle.MANIFEST, "{}")
        archive.writestr("weights", bytes(content))
    with zipfile.ZipFile(path) as archive:
        packed = archive.getinfo("weights").compress_size
    if told:
        assert size / packed == pytest.approx(told, abs=4)
    if is_read:
        assert len(read_inside(path, "weights")) == size
    else:
        with pytest.raises(BundleError, match="weights is larger"):
            read_inside(path, "weights")


def test_what_does_not_look_like_a_bundle_is_left_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(tmp_path))
    (tmp_path / "notes").mkdir()
    (tmp_path / "a.txt").touch()
    (tmp_path / ".hidden.zip").touch()
    (tmp_path / "broken.zip").touch()
    found = [one for one in bundle.scan() if isinstance(one, BundleError)]
    assert len(found) == 1 and "broken.zip" in str(found[0])
