"""Bundles and checkpoints of others with one thing wrong in them: one sentence, and no more."""

import hashlib
import json
import shutil

import pytest

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")

from benchmarks.fuzz.checkpoint_training import begun
from benchmarks.fuzz.checkpoints import CHECKPOINTS
from export.__main__ import main as export
from export.target import load_renderer, person_fields
from live import check
from live.core.settings import Settings
from live.dance.performer import open_performer
from models import bundle
from models.beat.detector import BeatDetector
from models.bundle import BundleError
from models.nets import checkpoint
from models.nets.beat import load_ear
from models.nets.checkpoint import CheckpointError
from models.nets.dance.load_dance import load_dance
from models.nets.picture.paper_painter import load_paper_painter
from train.dance_eval.perform import NetworkDance


@pytest.fixture
def changed(tmp_path):
    """A copy of a shipped bundle whose manifest says something else."""

    def make(name, change):
        folder = tmp_path / "bundles" / name
        shutil.copytree(bundle.SHIPPED / name, folder)
        fields = json.loads((folder / bundle.MANIFEST).read_text())
        change(fields)
        (folder / bundle.MANIFEST).write_text(json.dumps(fields))
        return folder

    return make


def test_an_ear_that_hears_other_bands_than_it_says_is_refused(changed):
    folder = changed("ear", lambda fields: fields["spec"]["mel"].update(n_bands=24))
    with pytest.raises(BundleError, match="The ear ear cannot be stepped"):
        BeatDetector(str(folder))


@pytest.mark.parametrize("floor", [0, -1.0, float("nan")])
def test_a_floor_that_has_no_logarithm_is_refused(changed, floor):
    folder = changed("ear", lambda fields: fields["spec"]["mel"].update(floor=floor))
    with pytest.raises(BundleError, match=r"spec\.mel\.floor must be"):
        bundle.load(folder)


def test_a_network_that_answers_with_no_numbers_is_refused(changed):
    onnx = pytest.importorskip("onnx")
    folder = changed("ear", lambda fields: None)
    model = onnx.load(folder / "ear.onnx")
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype.kind == "f":
            nothing = onnx.numpy_helper.from_array(values * float("nan"), tensor.name)
            tensor.CopyFrom(nothing)
    content = model.SerializeToString()
    (folder / "ear.onnx").write_bytes(content)
    fields = json.loads((folder / bundle.MANIFEST).read_text())
    fields["sha256"] = {"ear.onnx": hashlib.sha256(content).hexdigest()}
    (folder / bundle.MANIFEST).write_text(json.dumps(fields))
    with pytest.raises(BundleError, match="does not tell beat and downbeat"):
        BeatDetector(str(folder))


def test_a_style_with_a_tempo_below_nothing_is_refused(changed):
    folder = changed("ballroom", lambda fields: fields["spec"]["styles"][0].update(bpm=-60))
    with pytest.raises(BundleError, match=r"styles\[0\]\.bpm must be"):
        open_performer(Settings(dance=str(folder)))


def test_a_network_of_more_layers_than_any_is_refused(changed):
    folder = changed("ballroom", lambda fields: fields["spec"].update(gru_layers=65))
    with pytest.raises(BundleError, match="gru_layers must be a whole number from 0 to 64"):
        bundle.load(folder)


def test_names_and_licences_of_others_stay_in_their_line(changed, monkeypatch):
    folder = changed("ear", lambda fields: fields["networks"].update(fp32="ear\n.onnx"))
    with pytest.raises(BundleError, match=r"names the file 'ear\\n\.onnx'") as caught:
        bundle.load(folder)
    assert "\n" not in str(caught.value)
    changed("alice", lambda fields: fields.update(licence="mine\nand\tyours"))
    monkeypatch.setenv("DANCELIVE_BUNDLES", str(folder.parent))
    said: list[str] = []
    check.list_bundles("target", said.append)
    assert "mine and yours" in said[0] and not any("\n" in line for line in said)


LOADERS = {
    "dance": load_dance,
    "beat": load_ear,
    "target": lambda path: person_fields(path, load_renderer(path)[1]),
    "paper-target": lambda path: load_paper_painter(path, torch.device("cpu")),
    "training": begun,
}


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    """One file of each kind, by its kind; a training that was stopped."""
    folder = tmp_path_factory.mktemp("valid")
    CHECKPOINTS.begin(folder)
    paths = {path.stem: path for path in folder.glob("*.safetensors")}
    return {**paths, "training": paths.pop("run")}


@pytest.fixture
def spoiled(valid, tmp_path):
    """A copy whose header or tensors are changed in place."""

    def make(kind, change_header=lambda header: None, change_tensors=lambda tensors: None):
        tensors, header = checkpoint.load(valid[kind])
        other = change_header(header)
        change_tensors(tensors)
        path = tmp_path / f"{kind}.safetensors"
        checkpoint.save(path, tensors, header if other is None else other)
        return path

    return make


def _without(name):
    def change(fields):
        del fields[name]

    return change


@pytest.mark.parametrize("kind", LOADERS)
def test_what_is_whole_is_loaded(valid, kind):
    LOADERS[kind](valid[kind])


@pytest.mark.parametrize("header", [[], "text", 3, True])
def test_a_header_that_is_no_object_is_not_ours(spoiled, header):
    with pytest.raises(CheckpointError, match="not written by dancelive"):
        load_dance(spoiled("dance", lambda _: header))


@pytest.mark.parametrize(
    "fields", [{"step": "3"}, {"spec": []}, {"name": None}, {"rng": 0}, {"total": -1}, {"kind": {}}]
)
def test_a_field_of_another_type_is_named(spoiled, fields):
    with pytest.raises(CheckpointError, match=f"in its header {next(iter(fields))} must be"):
        checkpoint.read_header(spoiled("dance", lambda header: header.update(fields)))


@pytest.mark.parametrize("kind", ["dance", "beat", "target", "paper-target"])
@pytest.mark.parametrize("missing", ["spec", "kind"])
def test_a_checkpoint_that_lacks_what_it_is_made_of_is_refused(spoiled, kind, missing):
    with pytest.raises(CheckpointError):
        LOADERS[kind](spoiled(kind, _without(missing)))


@pytest.mark.parametrize("kind", ["dance", "beat", "target", "paper-target"])
def test_nothing_is_made_for_a_size_that_is_only_claimed(spoiled, kind):
    """65,536 wide layers would be 50 GB."""
    name = "gru_width" if kind == "dance" else "width"
    path = spoiled(kind, lambda header: header["spec"].update({name: 65_536}))
    with pytest.raises(CheckpointError, match=r"weights of other sizes|is damaged"):
        LOADERS[kind](path)


@pytest.mark.parametrize("kind", ["dance", "beat"])
@pytest.mark.parametrize("layers", [-1, 65, 0.5, "2", None])
def test_layers_that_no_network_has_are_refused(spoiled, kind, layers):
    path = spoiled(kind, lambda header: header["spec"].update(gru_layers=layers))
    with pytest.raises(CheckpointError, match="gru_layers must be"):
        LOADERS[kind](path)


@pytest.mark.parametrize("kind", ["dance", "beat", "target", "paper-target"])
def test_a_missing_weight_is_said(spoiled, kind):
    path = spoiled(kind, change_tensors=lambda tensors: tensors.pop(min(tensors)))
    with pytest.raises(CheckpointError, match="weights of other sizes"):
        LOADERS[kind](path)


def _without_momentum(tensors):
    name = next(name for name in tensors if name.endswith("exp_avg"))
    tensors[name] = tensors[name][:1].clone()


@pytest.mark.parametrize(
    ("header", "tensors"),
    [
        (_without("rng"), lambda _: None),
        (_without("step"), lambda _: None),
        (lambda header: header["rng"].update({"0": {"state": 1}}), lambda _: None),
        (lambda header: header["means"].update(total="much"), lambda _: None),
        (lambda _: None, _without("rng.0")),
        (lambda _: None, lambda tensors: tensors.update({"rng.0": torch.zeros(3)})),
        (lambda _: None, lambda tensors: tensors.update({"optimizer.99.step": torch.zeros(1)})),
        (lambda _: None, lambda tensors: tensors.update({"optimizer.x": torch.zeros(1)})),
        (lambda _: None, _without_momentum),
    ],
)
def test_a_training_is_not_gone_on_with_from_half_a_state(spoiled, header, tensors):
    with pytest.raises(CheckpointError, match="is damaged or of another version"):
        begun(spoiled("training", header, tensors))


@pytest.mark.parametrize("missing", ["name", "licence", "step", "horizons"])
def test_what_export_needs_is_asked_for_before_the_work(spoiled, missing, tmp_path, capsys):
    path = spoiled("dance", _without(missing))
    assert export([str(path), "--out", str(tmp_path / "bundle")]) == 1
    assert f"does not say its {missing}" in capsys.readouterr().err
    if missing == "step":
        with pytest.raises(CheckpointError, match="step"):
            NetworkDance.load(path)
