"""One step of a person's training: what the critic asks for, and what the pose alone tells."""

import dataclasses

import numpy as np
import pytest
from seeds import rng_of, seed_of

torch = pytest.importorskip("torch")
pytest.importorskip("cv2")


from models import skeleton
from train.person import drawn
from train.renderer import coverage, step, train, window
from train.renderer.config import TARGET_PRESETS
from train.renderer.sampler import Sampler

SETTINGS = dataclasses.replace(TARGET_PRESETS["tiny"], danced=2)
DATA = drawn.synthetic(64, seed=seed_of())
DANCED = np.repeat(skeleton.STANDING[None], 6, 0)


@pytest.fixture
def sampler() -> Sampler:
    pair = train.new_model(DATA, SETTINGS, seed_of(), torch.device("cpu"))
    return Sampler(DATA, pair.painter, SETTINGS, DANCED)


@pytest.fixture(scope="module")
def sure() -> coverage.Coverage:
    return coverage.measure(DATA)


def gradients(sampler: Sampler, sure: coverage.Coverage, pull: float, use_adversarial: bool):
    """Of the painter's last convolution and of the critic, after one step's losses."""
    pair = train.new_model(DATA, SETTINGS, seed_of(), torch.device("cpu"))
    samples = sampler.draw(rng_of(0))
    settings = dataclasses.replace(SETTINGS, critic_pull=pull)
    named = step.critic_step(pair, samples, settings, sure, 0, use_adversarial)
    named["total"].backward()
    critic = torch.cat([p.grad.flatten() for p in pair.critic.parameters()])
    return pair.painter.head.weight.grad.clone(), critic, named


def test_the_critic_first_learns_alone_then_pulls(
    sampler: Sampler, sure: coverage.Coverage
) -> None:
    alone, critic_alone, named = gradients(sampler, sure, 2.0, use_adversarial=False)
    pulled, critic_pulled, _ = gradients(sampler, sure, 2.0, use_adversarial=True)
    assert critic_alone.norm() > 0
    # What the painter wants of the critic never reaches the critic itself.
    assert torch.allclose(critic_alone, critic_pulled, rtol=1e-3, atol=1e-6)
    wish = pulled - alone
    assert float(wish.norm() / alone.norm()) == pytest.approx(2.0, rel=0.01)
    assert {
        "l1",
        "discriminator",
        "adversarial",
        "feature_matching",
        "cover",
        "total",
    } <= named.keys()


def test_danced_poses_have_no_picture_but_a_mask(sampler: Sampler, sure: coverage.Coverage) -> None:
    samples = sampler.draw(rng_of(0))
    count = SETTINGS.batch
    assert len(samples.picture) == count and len(samples.joints_px) == count + 2
    named = step.plain_step(sampler_pair(), samples, SETTINGS, sure, 0, 0.0)
    without = dataclasses.replace(SETTINGS, coverage_loss=0.0)
    bare = step.plain_step(sampler_pair(), samples, without, sure, 0, 0.0)
    assert (named["total"] - bare["total"]).item() == pytest.approx(
        SETTINGS.coverage_loss * named["cover"].item(), rel=1e-4
    )


def sampler_pair():
    return train.new_model(DATA, SETTINGS, seed_of(), torch.device("cpu"))


def test_the_pose_tells_where_the_person_surely_is(sure: coverage.Coverage) -> None:
    """Checked against frames that were not looked at, and a pose far from the picture."""
    right = wrong = 0.0
    plate = torch.from_numpy(DATA.plate).permute(2, 0, 1)[None].float() / 255
    for row in np.flatnonzero(DATA.held_out)[::6]:
        joints = torch.from_numpy(DATA.joints[row : row + 1]) * 64
        person, bare = sure.sure(joints, 64, 16, 16)
        picture = torch.from_numpy(DATA.frames[row]).permute(2, 0, 1)[None].float() / 255
        seen = torch.nn.functional.avg_pool2d((picture - plate).abs().amax(1, keepdim=True), 4)
        right += float(((seen > 0.05) * person).sum() + ((seen < 0.05) * bare).sum())
        wrong += float(((seen < 0.01) * person).sum() + ((seen > 0.1) * bare).sum())
    assert wrong < 0.02 * right
    person, bare = sure.sure(torch.full((1, 18, 2), -500.0), 64, 16, 16)
    assert person.sum() == 0 and bare.mean() == 1


def test_a_shirt_of_the_walls_colour_is_person_all_the_same(sure: coverage.Coverage) -> None:
    joints = torch.from_numpy(DATA.joints[:1]) * 64
    person, bare = sure.sure(joints, 64, 16, 16)
    torso = joints[0, [2, 5, 8, 11]].mean(0) / 4
    assert person[0, 0, int(torso[1]), int(torso[0])] == 1
    assert bare[0, 0, int(torso[1]), int(torso[0])] == 0


def test_windows_are_cut_as_the_stage_places_them() -> None:
    """The pixel under a knee is a leg: corner, crop and joints go together."""
    spec = dataclasses.replace(SETTINGS.spec, window=(48, 64), window_before=(24, 32))
    settings = dataclasses.replace(SETTINGS, spec=spec, joint_noise_px=0.0, batch=64, danced=0)
    pair = train.new_model(DATA, settings, seed_of(), torch.device("cpu"))
    samples = Sampler(DATA, pair.painter, settings).draw(rng_of(5))
    assert samples.picture.shape[-2:] == samples.plate.shape[-2:] == (64, 48)
    seen = 0
    for joints, picture in zip(samples.joints_px, samples.picture, strict=True):
        x, y = (int(v) for v in joints[9])
        if 0 <= x < 48 and 0 <= y < 64:
            red, _, blue = (float(v) for v in picture[:, y, x])
            assert blue > red + 0.15
            seen += 1
    assert seen > 40


def test_the_window_holds_the_person_and_patches_fit_their_bones() -> None:
    spec = window.fitted(SETTINGS.spec, DATA)
    assert all(n % 16 == 0 and n <= 64 for n in spec.window)
    assert all(2 <= n <= 16 and n % 2 == 0 for n in spec.patch_cells)
    joints = DATA.joints[DATA.training] * 64
    middle = (joints.min(1) + joints.max(1)) / 2
    corner = np.clip(middle - spec.window_before, 0, 64 - np.array(spec.window))
    inside = (joints >= corner[:, None]) & (joints <= (corner + spec.window)[:, None])
    assert inside.mean() > 0.999
