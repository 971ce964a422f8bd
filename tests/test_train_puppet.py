"""A puppet learns: its film, its views, and a training that goes on where it was stopped."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytest.importorskip("numba")
pytest.importorskip("sklearn")

from models.nets import checkpoint
from models.nets.checkpoint import CheckpointError
from models.nets.picture.puppet import Puppet
from models.puppet.parts import N_PARTS, NAMES
from tests.interrupting import ctrl_c_at
from tests.seeds import rng_of, seed_of
from train.person import film
from train.person.drawn import synthetic, synthetic_keyed
from train.picture_eval.coverage import largest_hole, measure_coverage
from train.picture_eval.joint_noise import NoisyJoints
from train.renderer.config import PUPPET_PRESETS
from train.renderer.puppet import train, views
from train.renderer.puppet.bank import ViewBank
from train.renderer.puppet.sampler import PuppetSampler
from train.renderer.puppet.step import _detail, losses_of
from train.renderer.puppet.train import spec_of, train_puppet
from train.renderer.puppet.views import Material, _inside, cut

SIZE = 128
TINY = PUPPET_PRESETS["puppet-tiny"]


@pytest.fixture(scope="module")
def data():
    return synthetic_keyed(SIZE, 60, seed_of(2))


def test_a_film_gives_the_frames_that_were_packed(data) -> None:
    plain = synthetic(SIZE, 60, seed_of(2))
    rows = rng_of(8).choice(60, 5, replace=False)
    packed, true = data.frames[rows], plain.frames[rows]
    assert packed.shape == true.shape
    assert np.abs(packed.astype(int) - true).mean() < 1
    for row in rows:
        piece = data.frames.piece(int(row))
        covered = data.frames.coverage(int(row))
        assert covered[piece.area].shape == piece.coverage.shape
        # What differs from the plate is person, and the other way round.
        differs = np.abs(true[list(rows).index(row)].astype(int) - data.plate).max(-1) > 40
        assert (differs & (covered == 0)).mean() < 1e-3
        assert covered[differs].mean() > 150


def test_the_kept_part_holds_the_person(data) -> None:
    boxes = film.boxes(data.joints, SIZE)
    px = data.joints * SIZE
    assert (px[..., 0] >= boxes[:, None, 0]).all() and (px[..., 0] <= boxes[:, None, 2]).all()
    beyond = film.boxes(data.joints + 5, SIZE)
    assert ((beyond >= 0) & (beyond <= SIZE)).all()
    assert (beyond[:, 2:] - beyond[:, :2] >= 16).all()


def test_views_show_their_part(data) -> None:
    """The drawn arms are red or blue or the colour of skin, never the plate's."""
    spec, rig = spec_of(data, TINY)
    material = Material.of(data, rig, 0.0)
    puppet = Puppet(spec)
    cut(puppet, material, seed_of(0))
    for name in ("r_upper_arm", "l_shin", "torso"):
        view = puppet.view(NAMES.index(name), 0).detach().numpy()
        shown = view[..., 3] > 0
        assert shown.mean() > 0.02
        assert not (shown[0].any() or shown[-1].any() or shown[:, 0].any() or shown[:, -1].any())
        apart = np.abs(view[shown][:, :3] * 255 - data.plate.reshape(-1, 3).mean(0)).max(-1)
        assert np.median(apart) > 50


def test_how_far_inside_the_person_a_pixel_is() -> None:
    """Also where a view shows nothing but person, or none of them."""
    half = np.zeros((8, 8), np.uint8)
    half[:, 4:] = 255
    assert _inside(half)[0].tolist() == [-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5]
    assert (_inside(np.full((8, 8), 255, np.uint8)) == 1e3).all()
    assert (_inside(np.zeros((8, 8), np.uint8)) == -1e3).all()


def test_a_rig_is_of_the_poses_that_it_was_measured_on(data) -> None:
    _, rig = spec_of(data, TINY)
    frames = rig.pose(data.joints).frames
    assert 0.8 < np.median(frames.scale) / rig.trunk < 1.2


def test_a_sample_is_a_window_of_a_frame_with_its_pose(data) -> None:
    spec, rig = spec_of(data, TINY)
    material = Material.of(data, rig, 0.0)
    settings = replace(TINY, spec=spec, batch=16, window=32)
    batch = PuppetSampler(material, settings).draw(rng_of(9))
    joints = data.joints[data.training]
    for told, view in zip(batch.joints, batch.views, strict=True):
        row = int(np.abs(joints - told.numpy()).max((1, 2)).argmin())
        assert np.allclose(joints[row], told, atol=1e-7)
        left, top, right, bottom = view.window
        true = data.frames[int(data.training[row])][top:bottom, left:right]
        assert np.allclose(view.truth, true / 255, atol=1e-6)
        assert view.truth.shape == (*view.window.shape, 3) == view.plate.shape
        assert view.coverage.shape == view.weight.shape == view.window.shape


def test_a_blurred_picture_is_dull_wherever_its_details_lie() -> None:
    torch.manual_seed(seed_of(11))
    sharp = torch.rand(48, 40, 3)
    moved = sharp.roll((2, 3), (0, 1))
    soft = F.avg_pool2d(sharp.permute(2, 0, 1), 3, 1, 1).permute(1, 2, 0)
    inside = (slice(10, -10), slice(10, -10))
    detail = [_detail(picture)[inside] for picture in (sharp, moved, soft)]
    assert float((detail[0] - detail[1]).abs().mean()) < 0.15 * float(detail[0].mean())
    assert float(detail[2].mean()) < 0.5 * float(detail[0].mean())
    picture = sharp.clone().requires_grad_()
    (_detail(picture)[24, 20]).backward()
    gradient = picture.grad
    nudged = sharp.clone()
    nudged[23, 19, 1] += 1e-3
    change = float(_detail(nudged)[24, 20] - _detail(sharp)[24, 20])
    assert change == pytest.approx(1e-3 * float(gradient[23, 19, 1]), rel=0.02, abs=2e-7)


def test_a_training_goes_on_where_it_was_stopped(data, tmp_path) -> None:
    settings = replace(TINY, iterations=6, cut_again=0.5)
    whole = train_puppet(data, settings, tmp_path / "whole", "drawn", seed=seed_of(3))
    for stop in (2, 5):  # before and after the views are cut again
        out = tmp_path / f"stopped-{stop}"
        with ctrl_c_at(stop, train, "_step"):
            train_puppet(data, settings, out, "drawn", seed=seed_of(3))
        run = train_puppet(data, settings, out, "drawn", seed=seed_of(3))
        assert run.step == whole.step == 6
        ours, theirs = (checkpoint.load(r.path)[0] for r in (run, whole))
        assert ours.keys() == theirs.keys()
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_puppet_begins_with_the_networks_of_another(data, tmp_path) -> None:
    one_step = replace(TINY, iterations=1)
    first = train_puppet(data, one_step, tmp_path / "first", "drawn", seed=seed_of(5))
    alone = train_puppet(data, one_step, tmp_path / "alone", "drawn", seed=seed_of(6))
    other = train_puppet(
        data, one_step, tmp_path / "other", "drawn", seed=seed_of(6), start=first.path
    )
    assert other.carried["cuts"] == 2
    apart = [(run.ema.heads.first - first.ema.heads.first).abs().mean() for run in (other, alone)]
    assert apart[0] < 0.01 * apart[1]
    broad = replace(TINY, spec=replace(TINY.spec, width=8))
    with pytest.raises(CheckpointError, match="of another size or kind"):
        train_puppet(data, broad, tmp_path / "broad", "drawn", start=first.path)


def test_training_brings_the_losses_down(data, tmp_path) -> None:
    fresh, trained = (
        train_puppet(data, replace(TINY, iterations=n, cut_again=1.0), tmp_path / str(n), "drawn")
        for n in (1, 60)
    )
    spec, rig = spec_of(data, TINY)
    settings = replace(TINY, spec=spec, batch=8)
    batch = PuppetSampler(Material.of(data, rig, 0.0), settings).draw(rng_of(10))
    with torch.no_grad():
        before, after = (
            losses_of(run.model, ViewBank(run.model), batch, settings) for run in (fresh, trained)
        )
    assert float(after["total"]) < 0.9 * float(before["total"])


def test_a_hole_is_a_piece_inside_the_person() -> None:
    truth = np.zeros((256, 256), np.uint8)
    truth[50:200, 80:160] = 255
    ours = truth.copy()
    assert largest_hole(ours, truth) == 0
    ours[50] = 0  # at the edge: no hole
    assert largest_hole(ours, truth) == 0
    ours[100:103, 100:104] = 200
    ours[150, 120] = 0
    assert largest_hole(ours, truth) == 12


def test_the_true_coverage_has_no_error(data) -> None:
    rows = np.flatnonzero(data.held_out)[:3]
    known = {data.joints[row].tobytes(): int(row) for row in rows}
    found = measure_coverage(
        lambda joints: data.frames.coverage(known[joints.tobytes()]), data, rows
    )
    assert found is not None and found.error == 0 and found.holes == 0 and found.frames == 3
    nobody = measure_coverage(lambda joints: np.zeros((SIZE, SIZE), np.uint8), data, rows)
    assert nobody is not None and nobody.error > 0.05


def test_noise_on_the_joints_is_what_was_asked_for() -> None:
    told: list[np.ndarray] = []

    def paint(joints: np.ndarray) -> np.ndarray:
        told.append(joints)
        return joints

    noisy = NoisyJoints(paint, 0.01, seed_of(0))
    joints = np.full((18, 2), 0.5, np.float32)
    for _ in range(50):
        noisy(joints)
    assert 0.009 < np.std(np.stack(told)) < 0.011
    assert not np.array_equal(told[0], told[1])


@pytest.mark.parametrize("count", [5, 20, 30])
def test_no_frame_is_cut_twice_though_all_poses_are_alike(count, monkeypatch):
    monkeypatch.setattr(views, "_hidden", lambda *_: 0.0)
    poses = SimpleNamespace(choice=np.zeros((20, N_PARTS, 3)))
    material = SimpleNamespace(pose=poses, weights=np.ones(20))
    rows = views._frames_of(0, count, material, 0)  # pyright: ignore[reportArgumentType]
    assert len(rows) == count and len(set(rows[:20])) == min(count, 20)
    assert len(set(rows[20:])) == max(0, count - 20)
