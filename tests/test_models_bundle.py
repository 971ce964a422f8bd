"""Bundles: whole or not at all, and refused with one sentence when anything is wrong."""

import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from models import bundle

FACTS = {
    "kind": "dance",
    "name": "step",
    "licence": "CC0-1.0",
    "provenance": "made here",
    "networks": {"fp32": "generator.onnx"},
    "spec": {"n_plans": 3},
    "horizons": [0.1, 0.2],
}


@pytest.fixture
def made(tmp_path):
    return bundle.write(tmp_path / "step", FACTS, {"generator.onnx": b"network"})


def _edit(path, **changes):
    file = path / bundle.MANIFEST
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_written_and_read(made):
    assert made.network("int8", "fp32") == (b"network", "fp32")
    assert bundle.load(made.path).manifest.name == "step"
    assert not made.path.with_name("step.part").exists()


def test_a_manifest_is_laid_out_for_people(made):
    text = (made.path / bundle.MANIFEST).read_text()
    (line,) = (line for line in text.splitlines() if line.startswith(' "horizons"'))
    assert json.loads("{" + line.rstrip(",") + "}")["horizons"] == made.manifest.horizons
    assert text.startswith('{\n "kind"') and text.endswith("}\n")


def test_a_zip_is_a_bundle_too(made, tmp_path):
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for file in made.path.iterdir():
            archive.write(file, file.name)
    assert bundle.find("dance", str(packed)).read("generator.onnx") == b"network"


def test_wrong_hash_is_refused(made):
    (made.path / "generator.onnx").write_bytes(b"other")
    with pytest.raises(bundle.BundleError, match="wrong hash"):
        bundle.load(made.path).read("generator.onnx")


@pytest.mark.parametrize("file", ["../secret", "/etc/passwd", "a/../../b", "C:\\x", "..\\x"])
def test_a_path_that_leaves_the_folder_is_refused(made, file):
    _edit(made.path, sha256={file: "0"})
    with pytest.raises(bundle.BundleError, match="outside its folder"):
        bundle.load(made.path)


def test_a_link_that_leaves_the_folder_is_refused(made, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    (made.path / "generator.onnx").unlink()
    (made.path / "generator.onnx").symlink_to(tmp_path / "secret")
    with pytest.raises(bundle.BundleError, match="outside its folder"):
        bundle.load(made.path).read("generator.onnx")


def test_unknown_version_is_refused(made):
    _edit(made.path, format_version=99)
    with pytest.raises(bundle.BundleError, match="format 99"):
        bundle.load(made.path)


def test_a_dance_that_foresees_nothing_is_refused(made):
    _edit(made.path, horizons=[0.1])
    with pytest.raises(bundle.BundleError, match="foresees no motion"):
        bundle.load(made.path)


def test_broken_manifest_is_refused(made):
    (made.path / bundle.MANIFEST).write_text("{")
    with pytest.raises(bundle.BundleError, match="not readable JSON"):
        bundle.load(made.path)
    (made.path / bundle.MANIFEST).write_text('["format_version"]')
    with pytest.raises(bundle.BundleError):
        bundle.load(made.path)


def test_the_users_own_come_first_and_unknown_names_list_what_exists(made, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(made.path.parent))
    assert bundle.find("dance", "step").path == made.path
    with pytest.raises(bundle.BundleError, match=r"no dance 'nobody'; there are: .*step"):
        bundle.find("dance", "nobody")
    with pytest.raises(bundle.BundleError, match="skeleton"):
        bundle.find("target", "nobody")
    with pytest.raises(bundle.BundleError, match="is a dance, not a target"):
        bundle.find("target", "step")


def test_a_name_is_never_a_folder_that_happens_to_be_here(made, monkeypatch):
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(made.path.parent / "none"))
    monkeypatch.chdir(made.path.parent)
    with pytest.raises(bundle.BundleError, match="no dance"):
        bundle.find("dance", "step")
    assert bundle.find("dance", "./step").path.samefile(made.path)


def test_half_a_bundle_is_never_left(tmp_path):
    with pytest.raises(bundle.BundleError):
        bundle.write(tmp_path / "bad", {**FACTS, "kind": "song"}, {"generator.onnx": b""})
    assert not (tmp_path / "bad").exists()


def test_a_bundle_is_kept_when_the_next_cannot_take_its_place(made, monkeypatch):
    """Ctrl-C between the two renames."""
    true = bundle.give_name

    def interrupted(path, target):
        if path.suffix == ".part":
            raise KeyboardInterrupt
        true(path, target)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(bundle, "give_name", interrupted)
        bundle.write(made.path, FACTS, {"generator.onnx": b"other"})
    assert made.read("generator.onnx") == b"network"
    assert bundle.write(made.path, FACTS, {"generator.onnx": b"other"}).read("generator.onnx")
    assert [path.name for path in made.path.parent.iterdir()] == ["step"]


@pytest.mark.parametrize(
    ("networks", "only"),
    [({}, "none"), ({"fp32": "a.onnx"}, "fp32"), ({"fp32": "a", "fp16": "b"}, "fp32, fp16")],
)
def test_a_network_that_is_not_there_is_said_with_those_that_are(networks, only):
    manifest = SimpleNamespace(name="alice", networks=networks)
    found = bundle.Bundle(manifest, Path("alice"))
    with pytest.raises(bundle.BundleError) as caught:
        found.network("int8", "int4")
    assert str(caught.value) == f"Bundle alice has no int8 or int4 network, only: {only}."
