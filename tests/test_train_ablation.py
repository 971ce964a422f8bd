"""The ablation: what its conditions differ in, the dances it leaves, the table made of them."""

import dataclasses
import json

import cv2
import numpy as np
import pytest
import torch
from made_dances import save_paper_dance
from seeds import rng_of, seed_of

from models import skeleton, spec
from models.nets import checkpoint
from models.nets.dance.paper_generator import PaperGenerator
from models.nets.measure.crnn import Crnn
from models.nets.measure.pose_metric import PoseMetric
from models.nets.measure.stgcn import ActionNetwork
from models.spec import PaperSpec
from train import tables
from train.dancer.config import DANCE_PRESETS, PaperTraining
from train.paper import conditions, cross_modal, statistics
from train.paper.config import ABLATION
from train.paper.genre_network import fold_path
from train.paper.tables import figures, kept, markdown
from train.paper.tables import rows as table_rows
from train.paper.tables.dance_sheet import HEIGHT_PX, LABEL_PX, painted_sheet
from train.songs.song import DataError
from train.synthetic.choreography import make_songs

TINY = DANCE_PRESETS["paper-tiny"]
assert isinstance(TINY, PaperTraining)


@pytest.fixture(scope="module")
def songs():
    made = make_songs(4, 11.0, seed=seed_of(5))
    splits = ("train", "train", "test", "val")
    return [
        dataclasses.replace(song, split=split) for song, split in zip(made, splits, strict=True)
    ]


@pytest.fixture(scope="module")
def danced(songs, tmp_path_factory):
    """L1 and the full model without the action network, two steps each, two seeds of L1."""
    folder = tmp_path_factory.mktemp("ablation")
    torch.set_num_threads(1)
    small = {"iterations": 2, "batch": 2, "bfloat16": False, "validate_every": 2}
    for condition, seed in (("l1", 0), ("l1", 1), ("local", 0)):
        settings = dataclasses.replace(ABLATION[condition], **small)
        name = f"{condition}-{seed}"
        conditions.run_condition(
            songs, settings, name, folder / name, folder / "none", seed_of(seed)
        )
    return folder


def test_each_condition_adds_to_the_one_before():
    def parts(settings: PaperTraining) -> set[str]:
        found = {name for name, weight in vars(settings.weights).items() if weight}
        return found | {name for name in ("local", "whole") if getattr(settings, name)}

    one, judged, windows, full = (parts(ABLATION[n]) for n in ("l1", "global", "local", "full"))
    assert one == {"l1"}
    assert judged - one == {"whole", "features", "gradient_penalty"}
    assert windows - judged == {"local"} and full - windows == {"perceptual"}
    budgets = {(s.iterations, s.batch, s.generator_rate, s.ema) for s in ABLATION.values()}
    assert len(budgets) == 1, "all have the same budget"
    assert not any(settings.select_every for settings in ABLATION.values())


def test_dances_are_of_every_unseen_piece(songs, danced):
    with np.load(danced / "l1-0" / "dances.npz") as file:
        danced_to = [*songs[2:], songs[0]]  # and the first that it learned from
        assert set(file) == {"step", *(song.name for song in danced_to)}
        assert file["step"] == 2
        poses = file[songs[2].name]
    assert poses.shape == (conditions.TAKES, 2, spec.SEGMENT_CHUNKS, spec.N_JOINTS, 2)
    again = danced / "l1-0"
    before = (again / "dances.npz").read_bytes()
    settings = dataclasses.replace(ABLATION["l1"], iterations=2, batch=2, bfloat16=False)
    conditions.run_condition(songs, settings, "l1-0", again, danced / "none", seed_of(0))
    assert (again / "dances.npz").read_bytes() == before, "a finished condition is not trained on"


def test_a_segment_is_danced_by_itself_with_other_chance_each_take(songs):
    """From the song's start, 5 s each, what is left over left out; at the first horizon."""
    torch.manual_seed(seed_of(0))
    network = PaperGenerator(PaperSpec(causal=True, horizons=(0.0, 0.3), noise_scale=0.2)).eval()
    audio = songs[0].audio[: round(10.9 * spec.SAMPLE_RATE)]
    sound = conditions.segments_of(audio)
    assert sound.shape == (2, 50, 1600)
    np.testing.assert_allclose(sound.ravel(), audio[: 2 * 80_000], atol=1e-6)
    heard = []
    network.register_forward_hook(lambda _, given, answer: heard.append((given, answer.poses)))
    danced = conditions.dance_segments(network, audio, 2)
    assert danced.shape == (2, 2, 50, spec.N_JOINTS, 2) and danced.dtype == np.float16
    for take, (given, poses) in enumerate(heard):
        np.testing.assert_allclose(given[0], sound, atol=1e-6)
        assert given[1].shape == (2, 50, 10)
        assert given[1].std().item() == pytest.approx(0.2, rel=0.1)
        np.testing.assert_allclose(danced[take], poses[:, :, 0], atol=2e-3)
    assert not torch.equal(heard[0][0][1], heard[1][0][1])
    assert not torch.equal(*heard[0][0][1]), "nor are two segments given the same"
    assert len(conditions.dance_segments(network, audio)) == conditions.TAKES == 1


def test_all_conditions_with_all_seeds_in_the_precision_of_the_first(songs, tmp_path, monkeypatch):
    asked = []

    def noted(songs, settings, name, out, actions, seed, device):
        asked.append((name, out, settings.iterations, settings.bfloat16, seed))
        assert (
            dataclasses.replace(settings, iterations=ABLATION["l1"].iterations, bfloat16=None)
            == ABLATION[name.rsplit("-", 1)[0]]
        )
        return True

    monkeypatch.setattr(conditions, "run_condition", noted)
    names = ["l1", "log-mel"]
    conditions.run_ablation(songs, names, [0, 3], 7, tmp_path, tmp_path / "a", torch.device("cpu"))
    assert [(name, steps, half, seed) for name, _, steps, half, seed in asked] == [
        ("l1-0", 7, None, 0), ("log-mel-0", 7, True, 0), ("l1-3", 7, True, 3),
        ("log-mel-3", 7, True, 3),
    ]  # fmt: skip
    assert all(out == tmp_path / name for name, out, *_ in asked)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_condition_tells_in_which_precision_it_was_trained(
    precision, songs, tmp_path, monkeypatch
):
    path = save_paper_dance(tmp_path, PaperSpec())
    tensors, header = checkpoint.load(path)
    checkpoint.save(path, tensors, header | {"precision": precision})
    monkeypatch.setattr(conditions, "train", lambda *_, **__: path)
    found = conditions.run_condition(songs, ABLATION["l1"], "l1-0", tmp_path, tmp_path / "none", 0)
    assert found == (precision == "bfloat16")
    with np.load(tmp_path / "dances.npz") as file:
        assert set(file) == {"step", songs[2].name, songs[3].name, songs[0].name}


def test_the_full_model_is_seen_by_the_network_of_actions_that_is_named(
    songs, tmp_path, monkeypatch
):
    torch.manual_seed(seed_of(0))
    network = ActionNetwork(2)
    tensors = {f"ema.{name}": value for name, value in network.state_dict().items()}
    path = tmp_path / "actions.safetensors"
    checkpoint.save(path, tensors, {"kind": "actions", "classes": ["run", "walk"]})
    seen = []

    def train(songs, name, out, settings, actions, seed, device):
        seen.append(actions)
        raise DataError("enough")

    monkeypatch.setattr(conditions, "train", train)
    for condition in ("local", "full"):
        with pytest.raises(DataError, match="enough"):
            conditions.run_condition(songs, ABLATION[condition], "a", tmp_path, path, 0)
    assert seen[0] is None and torch.equal(seen[1].head.weight, network.head.weight)


def test_every_eighth_learned_song_is_danced_as_well(songs):
    many = [dataclasses.replace(songs[0], name=str(n)) for n in range(18)]
    assert [s.name for s in conditions.learned_sample([*songs[2:], *many])] == ["0", "8", "16"]


def test_log_mel_hears_every_chunk_by_itself():
    torch.manual_seed(seed_of(0))
    ear = PaperGenerator(PaperSpec(log_mel=True)).eval().music.chunks
    sound = 0.1 * torch.randn(2, 6, spec.CHUNK_SAMPLES)
    with torch.no_grad():
        together = ear(sound)
        alone = torch.cat([ear(sound[:, n : n + 1]) for n in range(6)], 1)
    assert torch.allclose(together, alone, atol=1e-5)
    assert (together[:, 0] - together[:, 1]).abs().max() > 1e-3


def test_the_table_is_made_of_the_dances(songs, danced, tmp_path, monkeypatch, capsys):
    crnn, metric = Crnn(2), PoseMetric()
    header = {"kind": "crnn", "classes": ["a", "b"], "learned": []}
    tensors = {f"ema.{name}": tensor for name, tensor in crnn.state_dict().items()}
    checkpoint.save(fold_path(tmp_path / "crnn", 0), tensors, header)
    tensors = {f"ema.{name}": tensor for name, tensor in metric.state_dict().items()}
    trained = tmp_path / "metric" / "fold-0" / "checkpoint.safetensors"
    checkpoint.save(trained, tensors, {"kind": "pose_metric"})
    monkeypatch.setattr(figures, "PICTURES", 2)
    monkeypatch.setattr(cross_modal, "DRAWS", 2)
    for song in songs:
        song.save(tmp_path)

    sheets = []

    def sheet(*given):
        sheets.append(shown(*given))
        return sheets[-1]

    shown = figures.sheet
    monkeypatch.setattr(figures, "sheet", sheet)

    def run(name: str, strict: str) -> dict:
        tables.main([
            str(tmp_path), "--ablation", str(danced), "--crnn", str(tmp_path / "crnn"),
            "--cross-modal", str(tmp_path / "metric"), "--strict", str(tmp_path / strict),
            "--dance", "--out", str(tmp_path / name),
        ])  # fmt: skip
        return json.loads((tmp_path / name / "table.json").read_text())

    found = run("one", "metric")
    rows = found["rows"]
    assert list(rows) == [
        "real dancer", "mean pose, held", "Rand Frame", "Rand Seq", "L1", "+ Local D",
    ]  # fmt: skip
    assert rows["real dancer"]["distance"] == [0.0] and len(rows["L1"]["distance"]) == 2
    assert rows["mean pose, held"]["diversity_k"] == 0
    assert rows["Rand Seq"]["cross_modal"] == {"ratio": 1.0, "low": 1.0, "high": 1.0, "p": 1.0}
    assert rows["L1"]["strict"] == rows["L1"]["cross_modal"], "the same network was named twice"
    assert rows["L1"]["strict_by_run"] == rows["L1"]["cross_modal_by_run"]
    assert found["pairs"] == {"the paper's score": {}, "strictly": {}}, "no pair of the table"
    assert "learned" in rows["L1"] and "learned" not in rows["Rand Seq"]
    assert rows["L1"]["runs"] == ["l1-0", "l1-1"] and len(rows["L1"]["cross_modal_by_run"]) == 2
    assert rows["L1"]["cross_modal"]["ratio"] == pytest.approx(
        np.mean(rows["L1"]["cross_modal_by_run"]), abs=2e-4
    )
    assert rows["real dancer"]["fid_k"] == 1 and rows["real dancer"]["diversity_g"] == 1
    assert all(0 < row["brisque"] < 150 for row in rows.values())
    assert "| L1 | 1.53 |" in capsys.readouterr().out
    again = run("two", "none")  # the stricter score was not learned yet
    for row in rows.values():
        row.pop("strict"), row.pop("strict_by_song"), row.pop("strict_by_run", None)
    assert again == found | {"pairs": {"the paper's score": {}}}, "the same numbers again"
    files = [tmp_path / name / "dances.jpg" for name in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()
    picture = cv2.cvtColor(cv2.imread(str(files[0])), cv2.COLOR_BGR2RGB)
    apart, swapped = (np.abs(picture.astype(int) - sheet).mean()
                      for sheet in (sheets[0], sheets[0][..., ::-1]))  # fmt: skip
    assert apart < 6 and apart < swapped / 2, "red is red"
    _is_measured_again_from_what_was_kept(tmp_path / "one", rows)


def _is_measured_again_from_what_was_kept(folder, rows):
    """The score of each row that networks danced, without music or motion."""
    score = kept.load_score(folder / "score.safetensors")
    assert {path.stem for path in (folder / "dances").glob("*.npz")} == {"l1", "local"}
    for name, title in (("l1", "L1"), ("local", "+ Local D")):
        takes = kept.load_dances(folder / "dances" / f"{name}.npz")
        scores = [cross_modal.distances(score.metric, take, score.wanted) for take in takes]
        by_song = statistics.by_song(np.stack(scores), score.song)
        assert by_song == pytest.approx(rows[title]["cross_modal_by_song"], abs=2e-5)


def test_the_page_is_filled_from_the_files(tmp_path):
    """Every table in its place, the text between them as it was."""
    dances = {"cha-cha": 1.0, "rumba": 0.9, "run": 1.0, "walk": None}
    kept.save_report(tmp_path / "actions.json", {"recall": dances})
    best = {"macro": 0.6261, "chance": 0.25}
    shares = {f"top_{n}_{unit}": best for n in (1, 2) for unit in ("segments", "songs")}
    sizes = {"songs": 46, "segments": 1617, "confusion": [[0] * 4] * 4}
    kept.save_report(tmp_path / "genres.json", shares | sizes)
    one = {"ratio": 0.2, "low": 0.1, "high": 0.3, "p": 0.0004}
    judged = dict.fromkeys(markdown.VALIDITY, one)
    over = {name: judged for name in ("untrained metric", "nothing trained")}
    said = {"trained": judged, **over, "over": over}
    kept.save_report(tmp_path / "score.json", {"summary": said})
    figures_of = {
        "cross_modal": one, "distance": [0.25], "beat": {}, "fid_k": 1.0, "fid_g": 1.0,
        "diversity_k": 1.0, "diversity_g": 1.0, "runs": ["l1-0"], "steps": [2000],
    }  # fmt: skip
    table = {"rows": {"L1": figures_of}, "pairs": {"strictly": {"+ Global D / L1": one}}}
    kept.save_report(tmp_path / "table.json", table)
    places = ["genres", "actions", "validity", "against-untrained", "conditions", "pairs"]
    text = "".join(f"{n}.\n\n<!-- table: {n} -->\nold\n<!-- end of table -->\n\n" for n in places)
    page_file = tmp_path / "page.md"
    page_file.write_text(text + "The end.\n")
    tables.main(["--results", str(tmp_path), "--page", str(page_file)])
    filled = page_file.read_text()
    assert "old" not in filled and filled.endswith("The end.\n")
    assert [line for line in filled.splitlines() if line.rstrip(".") in places] == [
        f"{n}." for n in places
    ]
    assert (
        "| ours, segments: 4 genres, 46 songs, 1,617 segments | 0.63 | 0.25 | 0.63 | 0.25 |"
        in filled
    )
    assert "| ours, all 3 classes (2 dances, 1 gestures and walks) | 0.967 | 0.33 |" in filled
    assert "| ours, the dances alone: cha-cha 1.00, rumba 0.90 | 0.950 |  |" in filled
    assert (
        "0.20 (0.10 to 0.30), p 0.0004" in filled
        and "| L1 | 1.53 | 0.20 (0.10 to 0.30) |" in filled
    )
    tables.main(["--results", str(tmp_path), "--page", str(page_file)])
    assert page_file.read_text() == filled, "again, and nothing changes"
    page_file.write_text("<!-- table: nonsense -->\n\n<!-- end of table -->\n")
    with pytest.raises(SystemExit, match="no table named nonsense"):
        tables.main(["--results", str(tmp_path), "--page", str(page_file)])
    (tmp_path / "genres.json").write_text("{}")
    with pytest.raises(SystemExit, match="no figures for the table genres"):
        tables.main(["--results", str(tmp_path), "--page", str(page_file)])


def test_a_sheet_has_a_row_for_each_dance_all_of_one_part_of_the_picture():
    painter, body = figures.open_painter("alice")
    standing = np.repeat(skeleton.STANDING[None], 3, 0)
    sheet = painted_sheet({"one": standing, "two": standing + np.array([9.0, 0.0])}, painter, body)
    rows = np.split(sheet, 2)
    assert len(rows[0]) == LABEL_PX + HEIGHT_PX and sheet.shape[1] % 3 == 0
    pictures = np.split(rows[0][LABEL_PX:], 3, 1)
    assert np.array_equal(pictures[0], pictures[2]), "the same pose"
    apart = np.abs(pictures[0].astype(int) - rows[1][LABEL_PX:, : pictures[0].shape[1]])
    assert apart.max() > 100, "whoever has left the picture is not followed"
    # Joints in the whole picture and in the sheet: 0.08 of the picture around them, undistorted.
    joints, size = body.place(standing[0]), len(painter.plate)
    low, high = joints.min(0) - 0.08, joints.max(0) + 0.08
    wide, tall = (np.clip(high, 0, 1) - np.clip(low, 0, 1)) * size
    assert pictures[0].shape[1] == pytest.approx(HEIGHT_PX * wide / tall, abs=1.5)
    whole = painter.whole(joints.astype(np.float32))
    for place in (0.3, 0.5, 0.7):  # the middle of the sheet's picture is that of the joints
        x, y = (np.clip(low, 0, 1) + place * np.array([wide, tall]) / size) * size
        seen = pictures[0][round(HEIGHT_PX * place), round(pictures[0].shape[1] * place)]
        near = whole[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].reshape(-1, 3).astype(int)
        assert np.abs(near - seen).sum(1).min() < 60
    labels = [row[:LABEL_PX] for row in rows]
    for label in labels:
        written = np.argwhere(label.min(-1) < 128)
        assert len(written) and written[:, 0].min() >= 1 and written[:, 0].max() < LABEL_PX - 1
        assert 4 <= written[:, 1].min() <= 6 and written[:, 1].max() < 40
    assert not np.array_equal(*labels)


def test_conditions_are_compared_only_after_as_many_steps(songs):
    unlearned = cross_modal.gather(songs[2:], Crnn(2).eval())
    scorer = cross_modal.Scorer.of(unlearned, PoseMetric().eval())
    rng = rng_of(0)
    far = rng.normal(0, 1, (2, *unlearned.dance.shape)).astype(np.float32)
    rows = [
        table_rows.Row("L1", "file", far, steps=[9]),
        table_rows.Row("+ Global D", "file", far, steps=[9]),
        table_rows.Row("+ Local D", "file", far, steps=[8]),
        table_rows.Row("+ pose perceptual loss", "file", unlearned.dance[None], steps=[9]),
    ]
    figures.add_distance(rows, unlearned, unlearned)
    apart = np.linalg.norm(far - unlearned.dance, axis=-1).mean()
    assert rows[0].figures["distance"] == [pytest.approx(float(apart), abs=1e-3)]
    assert rows[3].figures["distance"] == [0.0]
    found = figures.pairs(rows, scorer, unlearned)
    assert list(found) == ["+ Global D / L1", "+ pose perceptual loss / L1"]
    assert found["+ Global D / L1"]["ratio"] == 1.0
    assert found["+ pose perceptual loss / L1"]["ratio"] < 1e-3, "the real dance itself"
    text = markdown.pairs({"strictly": found})
    assert "| + Global D / L1 | 0.30 | 1.00 (1.00 to 1.00), p 1 |" in text


def test_dances_of_other_songs_are_refused(songs, danced, tmp_path):
    known = cross_modal.gather(songs[2:], Crnn(2).eval())
    other = [dataclasses.replace(song, name="other") for song in songs[2:]]
    with pytest.raises(DataError, match="no dances of these songs"):
        stand = table_rows.Stand(other, known)
        table_rows.conditions(danced, stand, stand)
