"""The paper's painter of a person: pairs, stages, losses, exact resume, frames fed back."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from interrupting import ctrl_c_at
from seeds import rng_of, seed_of

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")


from models.nets import checkpoint
from models.nets.picture import vgg
from models.nets.picture.paper_painter import FACE, KIND, LOCAL, WHOLE, load_paper_painter
from train.person import drawn
from train.picture_eval.in_order import InOrder, in_order
from train.renderer.config import PAPER_TARGET_PRESETS
from train.renderer.paper import losses, step, train
from train.renderer.paper.pairs import Pairs
from train.renderer.paper.train import train_paper
from train.renderer.settings import paper_settings
from train.run.device import CPU
from train.run.pace import Pace, fit_to_time

TINY = dataclasses.replace(PAPER_TARGET_PRESETS["paper-tiny"], iterations=5)
LOCAL_TINY = dataclasses.replace(TINY, spec=dataclasses.replace(TINY.spec, local_blocks=1))
NO_VGG = "perceptual loss is left out"


@pytest.fixture(scope="module")
def data():
    torch.set_num_threads(1)
    return drawn.synthetic(64, 24, seed_of())


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory) -> Path:
    torch.manual_seed(seed_of(0))
    path = tmp_path_factory.mktemp("vgg") / "vgg19.pth"
    torch.save(vgg.Vgg19().state_dict(), path)
    return path


def test_pairs_lie_in_one_excerpt_and_none_is_held_out(data):
    pairs = Pairs(data, CPU)
    for row in pairs.first:
        assert data.clip[row] == data.clip[row + 1]
        assert not data.held_out[row] and not data.held_out[row + 1]
    assert len(pairs.first) == 3 * 5  # three excerpts of six frames
    pair = pairs.draw(rng_of(0))
    assert pair.pictures.shape == (2, 3, 64, 64) and pair.joints.shape == (2, 18, 2)
    assert -1 <= pair.pictures.min() < pair.pictures.max() <= 1
    alone = dataclasses.replace(data, clip=np.arange(len(data.clip)))
    with pytest.raises(ValueError, match="No two frames"):
        Pairs(alone, CPU)


def test_a_pair_is_two_frames_in_a_row_as_they_were_filmed(data):
    """Levels 0..255 become -1..1; whatever is held out is in no pair, wherever it lies."""
    held = data.held_out.copy()
    held[[0, 8, 9]] = True
    pairs = Pairs(dataclasses.replace(data, held_out=held), CPU)
    assert not {0, 7, 8, 9} & set(pairs.first.tolist()) and {1, 2, 3, 4, 6, 10} <= set(pairs.first)
    assert 5 not in pairs.first, "another excerpt begins"
    drawn_rows = set()
    rng = rng_of(1)
    for _ in range(60):
        pair = pairs.draw(rng)
        apart = np.abs(data.joints[:-1] - pair.joints[0].numpy()).sum((1, 2))
        row = int(apart.argmin())
        drawn_rows.add(row)
        np.testing.assert_allclose(pair.joints.numpy(), data.joints[row : row + 2], atol=1e-6)
        shown = np.moveaxis(pair.pictures.numpy(), 1, -1)
        frames = data.frames[row : row + 2].astype(np.float32)
        np.testing.assert_allclose(shown, frames / 127.5 - 1, atol=1e-6)
    assert drawn_rows <= set(pairs.first.tolist()) and len(drawn_rows) > 4


def _steps_of(monkeypatch, settings):
    """Trainings whose steps are only noted: share of all steps, and the rate it would move at."""
    noted = []

    def step_of(learners, optimizer, pair, settings, vgg, share):
        noted.append((share, optimizer.param_groups[0]["lr"]))
        return {"discriminator": torch.tensor(float(len(noted)))}

    monkeypatch.setattr(step, "step", step_of)
    return noted


def test_the_rate_and_the_stage_follow_the_share_of_all_steps(data, tmp_path: Path, monkeypatch):
    settings = dataclasses.replace(LOCAL_TINY, iterations=20, preview_every=8)
    noted, shown = _steps_of(monkeypatch, settings), []
    monkeypatch.setattr(train, "save_preview", lambda out, at, *_: shown.append(at))
    run = train_paper(data, settings, tmp_path, "me", seed=seed_of(6))
    torch.manual_seed(seed_of(6))
    begun = step.PaperLearners(settings).state_dict()
    assert all(torch.equal(value, begun[name]) for name, value in run.model.state_dict().items())
    assert [share for share, _ in noted] == pytest.approx(np.arange(20) / 20)
    wanted = [settings.learning_rate * step.rate(settings, n / 20) for n in range(20)]
    assert [rate for _, rate in noted] == pytest.approx(wanted)
    assert shown == [8, 16], "after so many steps"
    assert run.header["losses"].keys() == {"discriminator"} and run.header["stage"] == FACE
    rows = [json.loads(row) for row in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {8, 16} <= {row["iteration"] for row in rows}


def test_the_pace_of_a_stage_is_taken_in_its_middle(data, monkeypatch):
    noted = _steps_of(monkeypatch, LOCAL_TINY)
    learners = step.PaperLearners(LOCAL_TINY)
    before = {name: value.clone() for name, value in learners.state_dict().items()}
    pace = train.measure_pace(learners, Pairs(data, CPU), LOCAL_TINY, None)
    stages = step.stages(LOCAL_TINY)
    assert sorted({share for share, _ in noted}) == pytest.approx(
        [(stage.begin + stage.end) / 2 for stage in stages]
    )
    assert pace.ends == tuple(stage.end for stage in stages) and len(pace.seconds) == 3
    assert all(torch.equal(value, before[name]) for name, value in learners.state_dict().items())


def test_a_limit_of_minutes_is_looked_at_before_every_step(data, tmp_path: Path, monkeypatch):
    _steps_of(monkeypatch, TINY)
    asked = []

    class Limit:
        def __init__(self, minutes, pace, every, keeps_stage):
            asked.append((minutes, keeps_stage))

        def begin(self, run):
            asked.append(run.total)
            run.total = 4

        def adjust(self, run, bar):
            asked.append(run.step)

    monkeypatch.setattr(train, "TimeLimit", Limit)
    train_paper(data, TINY, tmp_path, "me", minutes=2.0)
    assert asked == [(2.0, True), TINY.iterations, 0, 1, 2, 3]
    asked.clear()
    train_paper(data, TINY, tmp_path, "me", minutes=2.0)
    assert asked == [(2.0, True), 4], "the stages lie where they lay when it was stopped"


def test_a_resumed_training_goes_on_exactly(data, tmp_path: Path, capsys):
    whole = train_paper(data, LOCAL_TINY, tmp_path / "whole", "me")
    assert NO_VGG in capsys.readouterr().out
    with ctrl_c_at(3, step, "step"):
        train_paper(data, LOCAL_TINY, tmp_path / "cut", "me")
    cut = tmp_path / "cut" / whole.path.name
    assert checkpoint.load(cut)[1]["step"] == 3
    train_paper(data, LOCAL_TINY, tmp_path / "cut", "me")
    once, twice = checkpoint.load(whole.path)[0], checkpoint.load(cut)[0]
    assert once.keys() == twice.keys()
    for name, tensor in once.items():
        assert torch.equal(tensor, twice[name]), name
    header = checkpoint.read_header(whole.path)
    assert header["kind"] == KIND and header["stage"] == FACE and not header["perceptual"]
    assert (whole.path.parent / "preview.png").exists()


def test_every_stage_teaches_its_own_networks(data):
    """And the rate falls to zero at the end of each."""
    torch.manual_seed(seed_of(0))
    learners = step.PaperLearners(LOCAL_TINY)
    optimizer = train.new_optimizer(learners, LOCAL_TINY)
    rng, pairs = rng_of(0), Pairs(data, CPU)
    own = {
        WHOLE: {"painter.whole", "discriminator"},
        LOCAL: {
            "painter.enhancer",
            "local_discriminator",
        },  # at first; then the generator below as well
        FACE: {"painter.face", "face_discriminator"},
    }
    found = step.stages(LOCAL_TINY)
    assert [stage.name for stage in found] == list(own)
    assert [stage.name for stage in step.stages(TINY)] == [WHOLE, FACE]
    for stage in found:
        assert step.rate(LOCAL_TINY, stage.begin) == 1.0
        assert 0 < step.rate(LOCAL_TINY, stage.end - 1e-3) < 0.02
        before = {name: value.clone() for name, value in learners.state_dict().items()}
        named = step.step(learners, optimizer, pairs.draw(rng), LOCAL_TINY, None, stage.begin)
        assert all(torch.isfinite(loss) for loss in named.values())
        changed = {
            name
            for name, value in learners.state_dict().items()
            if not torch.equal(value, before[name])
        }
        parts = {".".join(name.split(".")[: 2 if "painter" in name else 1]) for name in changed}
        assert parts == own[stage.name], stage
    late = (found[1].begin + found[1].end) / 2
    learners.zero_grad()
    step.step(learners, optimizer, pairs.draw(rng), LOCAL_TINY, None, late)
    assert learners.painter.whole.body[1].weight.grad.abs().sum() > 0


def test_with_vgg_s_weights_the_perceptual_loss_is_there(data, vgg_file, tmp_path, capsys):
    settings = dataclasses.replace(TINY, iterations=2, face_share=0.5)
    run = train_paper(data, settings, tmp_path, "me", vgg=vgg_file)
    assert NO_VGG not in capsys.readouterr().out and run.header["perceptual"]
    network = vgg.load_vgg(vgg_file)
    torch.manual_seed(seed_of(0))
    learners = step.PaperLearners(TINY)
    pair = Pairs(data, CPU).draw(rng_of(0))
    stage = step.stages(TINY)[0]
    named = step.picture_step(learners, pair, TINY, network, stage, 0.0)
    assert set(named) == {"discriminator", "generator_loss", "features", "perceptual"}
    assert named["perceptual"] > 0
    assert "face_perceptual" in step.face_step(learners, pair, TINY, network)
    assert "face_features" in step.face_step(learners, pair, TINY, None)
    picture = pair.pictures
    assert losses.perceptual(network, picture, picture) == 0
    with pytest.raises(checkpoint.CheckpointError, match="VGG-19"):
        train_paper(data, settings, tmp_path, "me", vgg=tmp_path / "nothing.pth")


def test_sizes_above_512_have_the_local_enhancer():
    assert paper_settings("paper").spec.local_blocks == 0
    large = paper_settings("paper", 1024, 7)
    assert large.spec.local_blocks == 3 and large.spec.coarse_size == 512
    assert large.iterations == 7 and large.spec.face_side == 256
    assert paper_settings("paper", 256).spec.face_side == 64
    for preset, size in (("paper", 1040), ("paper", 72), ("paper-tiny", 32)):
        with pytest.raises(ValueError, match="--size must be a multiple"):
            paper_settings(preset, size)


def test_losses_have_the_authors_weights():
    ones = [[torch.ones(1, 2, 4, 4), torch.ones(1, 1, 2, 2)]] * 2  # two judges, one hidden layer
    noughts = [[layer * 0 for layer in judge] for judge in ones]
    assert losses.discriminator_loss(ones, noughts) == 0
    assert losses.discriminator_loss(noughts, ones) == 2  # half of 1 + 1, of two judges
    assert losses.generator_loss(noughts) == 2
    assert losses.feature_matching(ones, noughts) == 4  # 4 / 1 layer, mean of two


def test_the_second_frame_is_painted_from_the_first(data):
    """So that the first one is taught by the second as well."""
    torch.manual_seed(seed_of(0))
    painter = step.PaperLearners(TINY).painter
    joints = torch.from_numpy(data.joints[:2])
    first = painter.paint(joints[:1], torch.zeros(1, 3, 64, 64)).detach().requires_grad_()
    painter.paint(joints[1:], first).square().sum().backward()
    assert first.grad is not None and first.grad.abs().sum() > 0


def test_minutes_set_the_goal_and_no_stage_begins_again(data, tmp_path: Path):
    settings = dataclasses.replace(TINY, iterations=1_000_000)
    run = train_paper(data, settings, tmp_path, "me", minutes=0.06)
    assert 2 <= run.step == run.total < 1_000 and run.header["stage"] == FACE
    more = train_paper(data, settings, tmp_path, "me", minutes=0.09)
    assert more.step >= run.step and more.header["stage"] == FACE
    paces = Pace((0.8, 1.0), (0.1, 0.05))
    assert paces.until(1.0, 100) == pytest.approx(8 + 1)
    assert paces.until(0.9, 100) == pytest.approx(8 + 0.5)
    run.step, run.total, run.seconds = 50, 100, 5.0
    fit_to_time(run, 0.3, paces, keeps_stage=True)
    assert run.total == 200
    run.seconds = 10.0  # half as fast as measured
    fit_to_time(run, 0.3, paces, keeps_stage=True)
    assert run.total == pytest.approx(100, abs=1)
    run.step, run.total, run.seconds = 90, 100, 8.5
    fit_to_time(run, 60, paces, keeps_stage=True)  # hours left, but the face has begun
    assert run.total == 112
    assert step.stage_at(TINY, run.step / run.total).name == FACE


def test_frames_are_judged_in_the_order_of_the_video(data, tmp_path: Path):
    run = train_paper(data, TINY, tmp_path, "me")
    painter = load_paper_painter(run.path, CPU)
    assert painter.size == 64
    judged = in_order(painter, data)
    assert isinstance(judged, InOrder)
    assert in_order(judged, data) is judged, "what needs no order stays as it is"
    painter.reset()
    whole = [painter(joints) for joints in data.joints[6:12]]  # the second excerpt
    for row in (6, 7, 9, 11, 11, 6, 10):
        assert np.array_equal(judged(data.joints[row]), whole[row - 6]), row
    first = judged(data.joints[0])
    painter.reset()
    assert np.array_equal(painter(data.joints[0]), first)
    other = tmp_path / "other.safetensors"
    checkpoint.save(other, {"a": torch.zeros(1)}, {"kind": "target"})
    with pytest.raises(checkpoint.CheckpointError, match="target"):
        load_paper_painter(other, CPU)
