"""Learning one person: material, held-out excerpts, losses that fall, exact resume, the command."""

import dataclasses
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from seeds import rng_of, seed_of

torch = pytest.importorskip("torch")
cv2 = pytest.importorskip("cv2")


from models import skeleton
from models.nets import checkpoint
from models.nets.picture.renderer import paint_whole
from train import target
from train.person import data as data_
from train.person import drawn as drawn_
from train.person import load, mask
from train.person import plate as plate_
from train.person import square as square_
from train.person.data import TargetDataError
from train.person.outline import Outline
from train.renderer import losses, train
from train.renderer import step as step_
from train.renderer.config import TARGET_PRESETS
from train.run import pace as pace_

TINY = TARGET_PRESETS["tiny"]
COUNT = 48


def write_video(folder: Path, drop_hidden: bool = False) -> data_.TargetData:
    """The drawn figure as a real video with a pose file beside it; what was written comes back."""
    import av

    drawn = drawn_.synthetic(64, COUNT, seed_of())
    with av.open(str(folder / "person.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "12"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for picture in drawn.frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    points = np.concatenate([drawn.joints * 64, np.ones((COUNT, 18, 1))], -1).astype(np.float32)
    if drop_hidden:
        points[5:9, 16] = 0
    np.savez(
        folder / "keypoints.npz",
        keypoints=points,
        size=np.array([64, 64]),
        fps=25.0,
        clip_start=np.array([0, 12, 24, 36]),
        clip_name=np.array(
            ["('COVER', 0, 0)", "('A_1', 0, 12)", "('B_1', 0, 12)", "('A_1', 50, 62)"]
        ),
    )
    return drawn


def test_a_video_becomes_pairs_and_excerpts_stay_out(tmp_path: Path) -> None:
    drawn = write_video(tmp_path)
    for _ in range(2):  # the second time from the cache
        data = load.load(
            tmp_path / "person.mp4",
            tmp_path / "keypoints.npz",
            64,
            tmp_path / "run",
            None,
            ("A_1",),
        )
        assert np.abs(data.joints - drawn.joints).max() < 1e-5
        assert np.abs(data.frames.astype(int) - drawn.frames).mean() < 6  # as H.264 left it
        assert data.training.tolist() == [*range(12), *range(24, 36)]
        assert data.excerpt("A_1").tolist() == [*range(12, 24), *range(36, 48)]
    assert len(list((tmp_path / "run").glob("*.npy"))) == 1
    bare = np.abs(data.plate.astype(int) - drawn.plate).max(-1)
    assert (bare[:, :12] < 8).all() and (bare[:, -12:] < 8).all()
    assert not data.held_out[data.training].any()


def test_seconds_of_the_video_can_be_held_out(tmp_path: Path) -> None:
    """As an excerpt of their own, whatever excerpts they are cut out of."""
    write_video(tmp_path)
    files = tmp_path / "person.mp4", tmp_path / "keypoints.npz", 64, tmp_path / "run", None
    data = load.load(*files, ("0.4-0.8", "B_1"))
    assert np.flatnonzero(data.held_out).tolist() == [*range(10, 20), *range(24, 36)]
    assert data.excerpt("0.4-0.8").tolist() == [*range(10, 20)]
    assert data.excerpt("A_1").tolist() == [*range(20, 24), *range(36, 48)]
    with pytest.raises(data_.TargetDataError, match="no part of this video of 2 s"):
        load.load(*files, ("7-9",))
    with pytest.raises(data_.TargetDataError, match="nothing is left"):
        load.load(*files, ("0-9",))


def test_the_picture_of_the_empty_place_corrects_the_plate() -> None:
    drawn = drawn_.synthetic(64, COUNT, seed_of())
    brighter = np.clip(drawn.plate.astype(int) + 3, 0, 255).astype(np.uint8)
    outline = Outline(drawn.joints)
    people = np.stack([outline.person(row, 64) for row in range(COUNT)])
    plate = plate_.find_plate(np.asarray(drawn.frames), people, brighter)
    assert np.abs(plate.astype(int) - drawn.plate).max() <= 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"keypoints": np.zeros((COUNT, 17, 3))}, "18"),
        ({"keypoints": np.zeros((COUNT, 18, 3))}, "no hips"),
        ({"keypoints": np.ones((COUNT + 2, 18, 3))}, "48 frames"),
        ({"keypoints": np.ones((COUNT - 2, 18, 3))}, "more frames"),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path: Path, change: dict, words: str) -> None:
    write_video(tmp_path)
    with np.load(tmp_path / "keypoints.npz") as file:
        fields = dict(file) | change
    np.savez(tmp_path / "keypoints.npz", **fields)
    with pytest.raises(data_.TargetDataError, match=words):
        load.load(tmp_path / "person.mp4", tmp_path / "keypoints.npz", 64, tmp_path / "run")


@pytest.mark.parametrize("size", [(480, 270), (270, 480), (300, 300)])
def test_any_shape_of_picture_gives_a_square_around_the_person(size: tuple[int, int]) -> None:
    """A dot at every joint must lie where the joints of the square say."""
    width, height = size
    joints = skeleton.STANDING[None] * min(size) * 0.4 + [width * 0.62, height * 0.5]
    joints = np.repeat(joints, 20, 0)
    square = square_.square_around(joints, size)
    assert square.side >= min(size) * 0.99
    picture = np.zeros((height, width, 3), np.uint8)
    for x, y in joints[0].astype(int):
        picture[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2] = 255
    cut = square.cut(picture)
    assert cut.shape == (square.side, square.side, 3)
    placed = joints[0] - [square.x, square.y]
    assert (placed >= 0).all() and (placed < square.side).all()
    for x, y in placed.astype(int):
        assert cut[y, x].min() == 255


def test_a_portrait_with_a_wide_person_is_filled_up_at_the_edge() -> None:
    wide = np.zeros((4, 18, 2))
    wide[:, :, 0] = np.linspace(10, 190, 18)
    wide[:, :, 1] = np.linspace(50, 350, 18)
    square = square_.square_around(wide, (200, 400))
    assert square.side > 300 and square.x < 0
    cut = square.cut(np.full((400, 200, 3), 7, np.uint8))
    assert cut.shape == (square.side, square.side, 3)
    assert (cut == 7).all()


def test_rare_poses_come_more_often() -> None:
    joints = np.tile(drawn_.synthetic(64, 1).joints, (400, 1, 1))
    joints += rng_of(0).normal(0, 0.002, joints.shape)
    joints[100:110, 4] -= 0.4
    weight = data_.rarity(joints, np.zeros(400), 0.7)
    assert weight.mean() == pytest.approx(1)
    assert weight[100:110].mean() > 1.8 * weight[:100].mean()


def test_losses_see_what_they_are_named_after() -> None:
    torch.manual_seed(seed_of(0))
    truth = torch.rand(2, 3, 32, 32)
    even = torch.ones(2, 1, 32, 32)
    brighter = truth + 0.1
    assert losses.weighted_l1(brighter, truth, even) == pytest.approx(0.1, abs=1e-5)
    assert losses.gradient_l1(brighter, truth, even) < 1e-6
    assert losses.ssim_loss(truth[:, :1], truth[:, :1], even) < 1e-5
    assert losses.ssim_loss(1 - truth[:, :1], truth[:, :1], even) > 1
    left = even.clone()
    left[..., 16:] = 0
    half = truth.clone()
    half[..., 16:] = 0
    assert losses.weighted_l1(half, truth, left) == 0


def test_a_shadow_is_neither_person_nor_bare() -> None:
    plate = torch.full((1, 3, 8, 8), 0.7)
    picture = plate.clone()
    picture[..., 0] *= 0.9  # shadow
    picture[..., 1] = torch.tensor([0.8, 0.2, 0.2])[:, None]  # red sleeve
    person, bare = mask.where_person(picture, plate)
    assert person[0, 0, 0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert bare[0, 0, 0].tolist() == [0, 0, 1, 1, 1, 1, 1, 1]


def test_training_teaches_and_says_whom(tmp_path: Path) -> None:
    """80 steps leave 0.27 to 0.39 of the error of a place where nobody is, over eight drawings."""
    data = drawn_.synthetic(64, seed=seed_of())
    settings = dataclasses.replace(TINY, iterations=80)
    rights = {"licence": "CC0", "provenance": "drawn", "consent": "nobody"}
    run = train.train(data, settings, tmp_path, "figure", rights, seed_of())
    rows = np.flatnonzero(data.held_out)[::6]
    with torch.no_grad():
        ours = paint_whole(run.ema.painter, torch.from_numpy(data.joints[rows])).numpy()
    error = np.abs(ours / 255 - data.frames[rows] / 255).mean()
    empty = np.abs(data.plate / 255 - data.frames[rows] / 255).mean()
    assert error < 0.6 * empty
    tensors, header = checkpoint.load(tmp_path / train.CHECKPOINT)
    assert header["kind"] == "target" and header["name"] == "figure"
    assert header["licence"] == "CC0" and header["consent"] == "nobody"
    assert header["held_out"] == ["fourth"]
    assert len(header["body"]["bone_lengths"]) == 18
    assert np.array_equal(tensors["ema.painter.plate"].permute(1, 2, 0).numpy(), data.plate)
    trained_on = data.joints[data.training]
    for pose in tensors["ema.painter.calibration"].numpy()[:10]:
        assert np.abs(trained_on - pose).max((1, 2)).min() < 1e-6
    assert cv2.imread(str(tmp_path / "preview.png")).shape == (128, 8 * 64, 3)


def test_a_stopped_training_goes_on_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped once before the critic comes and once after."""
    data = drawn_.synthetic(64, COUNT, seed_of())
    settings = dataclasses.replace(TINY, iterations=10, critic_alone=1, preview_every=1000)
    danced = np.repeat(skeleton.STANDING[None], 5, 0)
    train.train(data, settings, tmp_path / "whole", "figure", danced=danced)
    step, steps = step_.Stepper.step, []

    def stop(*arguments):
        named = step(*arguments)
        steps.append(1)
        if len(steps) in (11, 24):  # eight are for the pace
            signal.raise_signal(signal.SIGINT)
        return named

    with monkeypatch.context() as patch:
        patch.setattr(step_.Stepper, "step", stop)
        for done in (3, 8):
            with pytest.raises(KeyboardInterrupt):
                train.train(data, settings, tmp_path / "parts", "figure", danced=danced)
            assert checkpoint.load(tmp_path / "parts" / train.CHECKPOINT)[1]["step"] == done
    train.train(data, settings, tmp_path / "parts", "figure", danced=danced)
    whole, _ = checkpoint.load(tmp_path / "whole" / train.CHECKPOINT)
    parts, header = checkpoint.load(tmp_path / "parts" / train.CHECKPOINT)
    assert header["step"] == 10
    for name, tensor in whole.items():
        assert torch.equal(tensor, parts[name]), name


@pytest.mark.parametrize("step", [100, 900])
def test_minutes_set_the_goal(step: int) -> None:
    """A machine that keeps its pace needs just as long as was asked for."""
    pace = pace_.Pace((0.7, 1.0), (0.5, 1.0))

    class Paced:
        total = 1000
        seconds = 0.5 * min(step, 700) + 1.0 * max(0, step - 700)

    run = Paced()
    run.step = step  # pyright: ignore[reportAttributeAccessIssue]
    pace_.fit_to_time(run, pace.until(1.0, 1000) / 60, pace)  # pyright: ignore
    assert run.total == pytest.approx(1000, abs=1)
    run.seconds = 1e6  # already over time: one last step
    pace_.fit_to_time(run, 2.0, pace)  # pyright: ignore[reportArgumentType]
    assert run.total == step + 1


def test_the_command_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--name", "x", "--preset", "tiny", "--out", str(tmp_path), "--consent", "nobody"]
    assert target.main([str(tmp_path / "none.mp4"), *out]) == 1
    assert "There is no file" in capsys.readouterr().err
    assert target.main(out) == 1
    assert "--synthetic" in capsys.readouterr().err
    write_video(tmp_path)
    assert (
        target.main([str(tmp_path / "person.mp4"), "--hold-out", "Z_9", *out, "--size", "64"]) == 1
    )
    assert "A_1, B_1, COVER" in capsys.readouterr().err
    (tmp_path / "person.mp4").write_bytes(b"no video")
    assert target.main([str(tmp_path / "person.mp4"), *out]) == 1
    assert "cannot be read as a video" in capsys.readouterr().err
    assert not (tmp_path / train.CHECKPOINT).exists()


def test_a_person_is_a_puppet_unless_something_else_is_asked() -> None:
    options = target._arguments().parse_args(["me.mp4", "--name", "me"])
    assert target._request(options).is_puppet


@pytest.mark.parametrize("preset", ["puppet", "paper"])
@pytest.mark.parametrize("words", [["--critic-from", "0.5"], ["--precision", "float32"]])
def test_what_only_an_image_network_knows_is_refused(
    preset: str, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--name", "x", "--preset", preset, "--out", str(tmp_path / "run")]
    assert target.main(["me.mp4", *out, *words]) == 2
    assert f"{words[0]} is for image networks" in capsys.readouterr().err


def test_a_puppet_says_that_it_learns_on_the_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--name", "x", "--out", str(tmp_path / "run"), "--device", "cuda"]
    assert target.main(["me.mp4", *out]) == 2
    assert "--device cuda is for image networks" in capsys.readouterr().err


def test_help_needs_no_torch() -> None:
    code = "import sys, train.target, train.evaluate_target; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_person_can_begin_with_anothers_weights(tmp_path: Path) -> None:
    data = drawn_.synthetic(64, COUNT, seed_of())
    settings = dataclasses.replace(TINY, iterations=2, preview_every=1000)
    first = train.train(data, settings, tmp_path / "first", "figure")
    start = tmp_path / "first" / train.CHECKPOINT
    begun = train.new_model(data, settings, 7, torch.device("cpu")).painter
    before = begun.stem.weight.clone()
    calibration = begun.calibration.clone()
    train.begin_with(begun, start)
    assert torch.equal(begun.stem.weight, first.ema.painter.stem.weight)
    assert not torch.equal(begun.stem.weight, before)
    assert torch.equal(begun.calibration, calibration)  # the poses are their own
    wider = dataclasses.replace(settings, spec=dataclasses.replace(settings.spec, width=24))
    with pytest.raises(checkpoint.CheckpointError, match="another size"):
        train.begin_with(train.new_model(data, wider, 0, torch.device("cpu")).painter, start)


def test_a_puppet_is_learned_no_larger_than_its_video_shows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_video(tmp_path)
    files = tmp_path / "person.mp4", tmp_path / "keypoints.npz"
    shutil.copy(files[0], tmp_path / "person.alpha.mp4")
    taken: list[int] = []

    def stop(video: Path, square: object, joints: object, size: int, *_: object) -> None:
        taken.append(size)
        raise TargetDataError("enough")

    monkeypatch.setattr(load.film, "decode", stop)
    for fits in (True, False):
        with pytest.raises(TargetDataError, match="enough"):
            load.load_keyed(*files, 1024, tmp_path / "run", fits=fits)
    told = capsys.readouterr()
    side = int(re.findall(r"in (\d+) px: they are", told.out + told.err)[0])
    assert taken == [max(64, side // 32 * 32), 1024] and taken[0] < 200
    assert f"a smaller --size ({taken[0]})" in told.out + told.err
