"""A trained person becomes a bundle: the same picture, refused when it is not."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from seeds import seed_of

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("cv2")

from export import few_bits, picture_parity
from export import target as export
from export.parity import PICTURE_TOLERANCE, ParityError
from models import bundle
from models.image_similarity import likeness, person_box
from models.nets import checkpoint
from models.nets.picture.renderer import StageRenderer, paint_whole
from models.runtime.painter import NetworkPainter
from models.spec import TARGET
from train import evaluate_target
from train.person import drawn as target_data
from train.picture_eval import evaluate
from train.renderer import train
from train.renderer.config import TARGET_PRESETS


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    settings = dataclasses.replace(TARGET_PRESETS["tiny"], iterations=80)
    rights = {"licence": "CC0", "provenance": "drawn by the test"}
    train.train(target_data.synthetic(64), settings, folder, "figure", rights, seed_of())
    return folder / train.CHECKPOINT


@pytest.fixture(scope="module")
def shipped(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> bundle.Bundle:
    report = trained.with_name("evaluation.json")
    assert evaluate_target.main([str(trained), "--synthetic", "--out", str(report)]) == 0
    return export.export_target(
        trained, tmp_path_factory.mktemp("bundles") / "figure", export.PRECISIONS
    )


def test_the_bundle_says_who_it_is(trained: Path, shipped: bundle.Bundle) -> None:
    manifest = bundle.load(shipped.path).manifest
    header = checkpoint.load(trained)[1]
    assert json.loads((shipped.path / bundle.MANIFEST).read_text())["network"] == "stage"
    assert (manifest.kind, manifest.name, manifest.size) == ("target", "figure", 64)
    assert (manifest.licence, manifest.provenance) == ("CC0", "drawn by the test")
    assert manifest.body.framing.scale == header["body"]["framing"]["scale"]
    assert manifest.spec == header["spec"]
    assert manifest.measured["training_steps"] == 80
    assert manifest.measured["held_out"] == ["fourth"]
    assert 0.5 < manifest.measured["ssim"] < 1
    assert manifest.parity["grey_levels"] <= picture_parity.MAX_GREY_LEVELS
    for shown in ("image", "alpha", "shadow"):
        assert manifest.parity[shown] <= PICTURE_TOLERANCE
    for precision in ("int8", "fp16"):
        assert 0 <= manifest.parity[f"{precision}_ssim_loss"] <= picture_parity.MAX_SSIM_LOSS


def test_the_graph_paints_what_torch_paints(trained: Path, shipped: bundle.Bundle) -> None:
    data = target_data.synthetic(64)
    poses = data.joints[data.held_out][::5]
    renderer, _ = export.load_renderer(trained)
    truth = paint_whole(renderer, torch.from_numpy(poses)).numpy().astype(int)
    for precision, allowed in (("fp32", 1), ("fp16", 3), ("int8", 40)):
        network, _ = shipped.network(precision)
        painter = NetworkPainter(network)
        ours = np.stack([painter.whole(pose) for pose in poses])
        assert ours.dtype == np.uint8 and ours.shape == truth.shape
        assert np.abs(ours - truth).max() <= allowed
    similar = [
        likeness(a, b.astype(np.uint8), pose)[0]
        for a, b, pose in zip(ours, truth, poses, strict=True)
    ]
    assert np.mean(similar) > 0.99
    assert np.abs(truth - data.plate).max() > 60  # there is somebody to see


def test_only_the_body_is_in_eight_bits(shipped: bundle.Bundle) -> None:
    graph = onnx.load_from_string(shipped.network("int8")[0]).graph
    made_by = {name: node for node in graph.node for name in node.output}
    exact = {
        node.name
        for node in graph.node
        if node.op_type == "Conv" and node.input[1] not in made_by  # the weight as it is
    }
    drawn = {f"{part}/drawn" for part in ("head", "hand", "foot")}
    last = {name for name in exact if re.fullmatch(r"/renderer/(head|hand|foot)(_\d)?/Conv", name)}
    assert {f"/renderer/{part}/Conv" for part in ("stem", "shade", *drawn)} == exact - last
    assert len(last) == 6  # the picture, its head, two hands and two feet
    drawing = [n for n in graph.node if n.op_type in ("Exp", "Sin", "Cos")]
    assert all(
        made_by.get(name) is None or made_by[name].op_type != "DequantizeLinear"
        for node in drawing
        for name in node.input
    )
    assert [i.name for i in graph.input] == ["joints"]
    assert [o.name for o in graph.output] == ["image", "alpha", "shadow", "corner", "plate"]


def test_a_bad_export_is_refused_and_leaves_nothing(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_parity, "MAX_SSIM_LOSS", -1.0)
    with pytest.raises(ParityError, match="fewer bits"):
        export.export_target(trained, tmp_path / "bad", ["int8"])
    renderer, _ = export.load_renderer(trained)
    network = export.export_network(
        StageRenderer(renderer), (renderer.calibration[:1],), ["joints"], TARGET[1:]
    )
    with torch.no_grad():
        renderer.head.weight.mul_(1.5)  # what is trained is no longer what was exported
    with pytest.raises(ParityError, match="other weights"):
        picture_parity.compare_renderer(network, renderer, renderer.calibration[:2].numpy())
    checkpoint.save(tmp_path / "dance.safetensors", {}, {"kind": "dance"})
    with pytest.raises(checkpoint.CheckpointError, match="dance"):
        export.export_target(tmp_path / "dance.safetensors", tmp_path / "bad")
    assert not (tmp_path / "bad").exists()


def test_a_person_who_loses_too_much_in_few_bits_gets_more(
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bundle is made whatever fewer bits cost, and what it costs to need more is said."""
    losses = iter([0.02, 0.001])
    monkeypatch.setattr(picture_parity, "ssim_loss", lambda *_: next(losses))
    made = export.export_target(trained, tmp_path / "figure")
    said = capsys.readouterr().out
    assert "loses 0.020 of SSIM" in said and "a picture takes" in said
    assert made.manifest.parity["int8_ssim_loss"] == 0.001
    graph = onnx.load_from_string(made.network("int8")[0]).graph
    made_by = {name: node for node in graph.node for name in node.output}
    exact = {n.name for n in graph.node if n.op_type == "Conv" and n.input[1] not in made_by}
    in_patches = [name for name in exact if re.match(r"/renderer/(detail|head|hand|foot)", name)]
    assert len(in_patches) > 12, "the patches keep all their bits, the large body does not"
    assert not any(re.match(few_bits.LARGE_BODY, name) for name in exact)


@pytest.mark.parametrize(("losses", "precision"), [([0.001], "int8"), ([0.02, 0.02], "fp32")])
def test_as_few_bits_as_the_picture_bears(
    losses: list[float], precision: str, shipped: bundle.Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, smaller = shipped.network("fp32")[0], shipped.network("int8")[0]
    told = iter(losses)
    monkeypatch.setattr(few_bits, "in_eight_bits", lambda *_: smaller)
    monkeypatch.setattr(picture_parity, "ssim_loss", lambda *_: next(told))
    poses = np.full((4, 18, 2), 0.5, np.float32)
    few = few_bits.fewest_bits(full, poses, poses)
    assert few.precision == precision
    assert few.network is (full if precision == "fp32" else smaller)
    assert next(told, None) is None, "every form was judged"


def test_the_judge_sees_the_person(
    trained: Path, shipped: bundle.Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = []
    for what in (trained, shipped.path):
        out = tmp_path / "report.json"
        arguments = [
            str(what),
            "--synthetic",
            "--out",
            str(out),
            "--sheet",
            str(tmp_path / "s.png"),
        ]
        assert evaluate_target.main(arguments) == 0
        reports.append(json.loads(out.read_text()))
        assert json.loads(capsys.readouterr().out) == reports[-1]
    assert [r["network"] for r in reports] == ["torch", "int8"]
    assert abs(reports[0]["ssim"] - reports[1]["ssim"]) < 0.01
    assert reports[0]["frames"] == 6 and list(reports[0]["excerpts"]) == ["fourth"]
    data = target_data.synthetic(64)
    empty = evaluate.evaluate(lambda _: data.plate, data, np.flatnonzero(data.held_out)[::5])
    assert reports[0]["ssim"] > empty["ssim"] + 0.05
    assert (tmp_path / "s.png").stat().st_size > 1000
    assert evaluate_target.main([str(tmp_path / "none.safetensors"), "--synthetic"]) == 1
    assert "not a readable checkpoint" in capsys.readouterr().err


def test_the_box_holds_the_person_and_stays_in_the_picture() -> None:
    joints = np.full((18, 2), 0.5, np.float32)
    joints[0], joints[10] = (0.5, 0.25), (0.6, 0.75)
    rows, columns = person_box(joints, 100)
    assert (rows.start, rows.stop) == (19, 81) and (columns.start, columns.stop) == (44, 66)
    for shift in (-3.0, 3.0):  # far outside: still a box
        rows, columns = person_box(joints + np.float32(shift), 100)
        assert 0 <= rows.start < rows.stop <= 100 and columns.stop - columns.start >= 16
