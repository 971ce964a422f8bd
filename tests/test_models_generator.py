"""The laws of the stage generator: split, reset, causality; bones never too long; its front end."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from seeds import rng_of, seed_of
from torch import Tensor

from models import skeleton, spec
from models.log_mel import mel_weights
from models.nets.dance.generator import ENERGY, DanceGenerator, Teacher
from models.nets.dance.pose_limits import Reach
from models.nets.mel import LogMel
from models.noise import Noise

N_CHUNKS = 24
SIZES = spec.GeneratorSpec(n_plans=32, gru_width=40)


@pytest.fixture(scope="module")
def network() -> DanceGenerator:
    torch.manual_seed(seed_of(3))
    network = DanceGenerator(SIZES)
    # As large as after a training: the dance must really move for the laws to mean something.
    network.plan_steps.copy_(torch.randn_like(network.plan_steps) * 0.05)
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def clip() -> tuple[Tensor, Tensor, Tensor]:
    rng = rng_of(0)
    audio = torch.from_numpy(rng.normal(0, 0.1, (2, N_CHUNKS, 1600)).astype(np.float32))
    noise = torch.from_numpy(Noise(SIZES.n_plans, True).draw(rng, 2 * N_CHUNKS)).view(
        2, N_CHUNKS, -1
    )
    controls = torch.from_numpy(rng.normal(0, 0.7, (2, N_CHUNKS, 10)).astype(np.float32))
    return audio, noise, controls


@pytest.mark.parametrize("cuts", [[1] * N_CHUNKS, [5, 1, 13, 5], [23, 1]])
def test_any_cutting_of_a_clip_gives_the_same_poses(network, clip, cuts):
    whole, after = network(*clip)
    state, parts = None, []
    audio, noise, controls = (torch.split(values, cuts, 1) for values in clip)
    for segment in zip(audio, noise, controls, strict=True):
        poses, state = network(*segment, state)
        parts.append(poses)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)
    for ended, expected in zip(state, after, strict=True):
        torch.testing.assert_close(ended, expected, atol=1e-5, rtol=0)


def test_the_state_matters_and_a_reset_forgets_it(network, clip):
    first, state = network(*clip)
    again, _ = network(*clip)
    carried, _ = network(*clip, state)
    assert torch.equal(first, again)
    assert (carried - first).abs().max() > 0.01


def test_the_future_is_not_heard(network, clip):
    audio, noise, controls = (values.clone() for values in clip)
    before, _ = network(audio, noise, controls)
    audio[:, 12:] += 0.3
    noise[:, 12:] += torch.randn_like(noise[:, 12:])
    controls[:, 12:] *= -1
    after, _ = network(audio, noise, controls)
    assert torch.equal(before[:, :12], after[:, :12])
    assert not torch.equal(before[:, 12:], after[:, 12:])


def test_no_bone_is_ever_too_long_and_no_foot_below_the_floor(network, clip):
    audio, noise, controls = clip
    poses, _ = network(audio * 20, noise, controls * 20)
    longest = skeleton.bone_lengths(poses.numpy()) / skeleton.CANONICAL_LENGTHS
    assert longest.max() < 1.001
    ankles = poses[..., [skeleton.R_ANKLE, skeleton.L_ANKLE], 1].amax(-1)
    assert skeleton.CANONICAL_LEG - 0.031 < ankles.min() < ankles.max() < 1.033
    wild = torch.randn(5, 18, 2)
    np.testing.assert_allclose(
        network.limit(wild).numpy(), skeleton.limit_bones(wild.numpy()), atol=1e-5
    )


def test_reach_brings_back_what_dancers_never_did_and_leaves_the_rest():
    rng = rng_of(0)
    sway = rng.normal(0, 0.1, (4000, 1, 1)) * np.array([1.0, 0.1])
    known = skeleton.STANDING + sway + rng.normal(0, 0.02, (4000, 18, 2))
    poses = torch.tensor(known, dtype=torch.float32)
    reach = Reach()
    torch.testing.assert_close(reach(poses), poses, atol=1e-5, rtol=0)  # knows no bounds yet
    reach.learn(poses)
    changed = (reach(poses) - poses).abs().amax((-1, -2)) > 1e-4
    assert changed.float().mean() < 0.15
    far = poses[:5] + torch.tensor([3.0, 0.0])
    fallen = poses[:5] * torch.tensor([1.0, 0.2])
    assert reach(far)[..., 0].max() < 0.9
    assert (reach(fallen)[:, 0, 1] < -0.55).all()


def test_noise_chooses_the_plan(network, clip):
    audio, noise, controls = clip
    wanted = torch.zeros_like(noise)
    wanted[..., 7] = 1e4
    _, state = network(audio, wanted, controls)
    assert state.plan.tolist() == [7, 7]
    one, _ = network(audio, noise, controls)
    other, _ = network(audio, noise.roll(1, -1), controls)
    assert (one - other).abs().max() > 0.01
    unlikely = torch.tensor([[[0.0, -1.0, -9.0]]])  # however loud its noise
    small = DanceGenerator(spec.GeneratorSpec(n_plans=3, gru_width=8))
    no_beat = torch.zeros(1, 1, 10)
    small.plan_steps.fill_(0.05)  # all move alike
    sounds = torch.ones(1, 1, 1, dtype=torch.bool)
    loud = torch.tensor([[[0.0, 5.0, 99.0]]])
    assert small._choice(unlikely, loud, sounds, no_beat).item() == 1


def test_in_silence_chance_has_no_say(network, clip):
    audio, noise, controls = clip
    one, _ = network(audio * 0, noise, controls)
    other, _ = network(audio * 0, noise.flip(-1), controls)
    assert torch.equal(one, other)
    quiet = 10 ** (spec.GATE_DBFS / 20)  # the softest music that is let through is no silence
    one, _ = network(audio * quiet / 0.1, noise, controls)
    other, _ = network(audio * quiet / 0.1, noise.flip(-1), controls)
    assert not torch.equal(one, other)


def test_of_two_likely_plans_the_one_that_rests_on_the_beat_is_chosen():
    small = DanceGenerator(spec.GeneratorSpec(n_plans=2, gru_width=8))
    # Plan k moves all the time but in its step k, which lies around 0.05 + 0.1 k s from now.
    paces = torch.full((2, 5, 36), 0.05)
    paces[0, 1] = paces[1, 3] = 0.001
    small.plan_steps.copy_(paces.flatten(1))
    for beat_at, plan in ((0.15, 0), (0.35, 1)):
        period = 0.6
        turn = 2 * np.pi * (spec.CONTROL_AHEAD - beat_at) / period
        controls = torch.zeros(1, 1, 10)
        controls[..., 0], controls[..., 1] = np.sin(turn), np.cos(turn)
        controls[..., 4] = np.log2(spec.TEMPO_REFERENCE_S / period)
        controls[..., 5] = 1
        nothing = torch.zeros(1, 1, 2)
        sounds = torch.ones(1, 1, 1, dtype=torch.bool)
        assert small._choice(nothing, nothing, sounds, controls).item() == plan


@pytest.mark.parametrize(("pull", "energy", "plan"), [(2.0, 1.0, 1), (2.0, -1.0, 0), (0.0, 1.0, 2)])
def test_lively_music_prefers_quick_plans_and_a_break_slow_ones(pull, energy, plan):
    small = DanceGenerator(spec.GeneratorSpec(n_plans=3, gru_width=8, energy_pull=pull))
    small.plan_steps.copy_(torch.tensor([[0.02], [0.2], [0.06]]).repeat(1, 180))
    logits = torch.tensor([[[0.0, 0.0, 0.5]]])
    controls = torch.zeros(1, 1, 10)
    controls[..., spec.CONTROLS.index("energy")] = energy
    sounds = torch.ones(1, 1, 1, dtype=torch.bool)
    assert small._choice(logits, torch.zeros(1, 1, 3), sounds, controls).item() == plan


def test_lively_music_is_danced_larger_but_learned_as_it_was(network, clip):
    audio, noise, controls = (part[:, :1] for part in clip)
    large = DanceGenerator(replace(SIZES, energy_size=0.5)).eval()
    large.load_state_dict(network.state_dict())
    start = network.start(2)

    def moved(one, energy, teacher=None):
        told = controls.clone()
        told[..., ENERGY] = energy
        poses, _ = one(audio, noise, told, start, teacher)
        return (poses[:, 0, 0] - start.pose).abs().mean().item()

    assert moved(large, 0.0) == moved(network, 0.0)
    larger, smaller = (moved(large, e) / moved(network, e) for e in (0.7, -0.7))
    assert smaller == pytest.approx(np.exp(-0.5 * 0.7), rel=0.05)
    assert larger == pytest.approx(np.exp(0.5 * 0.7 / 2), rel=0.05), "half as much upwards"
    plan = torch.zeros(2, 1, dtype=torch.long)
    shown = Teacher(start.pose[:, None], start.velocity[:, None], plan, plan)
    assert moved(large, 0.7, shown) == moved(network, 0.7, shown)


def test_a_style_keeps_to_its_own_plans():
    styles = (spec.Style("one", 4, 0.0), spec.Style("two", 4, 0.0))
    small = DanceGenerator(spec.GeneratorSpec(2, 8, styles=styles, style_pull=1.0))
    small.plan_steps.fill_(0.05)
    small.style_plans.copy_(torch.tensor([[0.0, -5.0], [-5.0, 0.0]]))
    logits, nothing = torch.tensor([[[0.0, 2.0]]]), torch.zeros(1, 1, 2)
    sounds = torch.ones(1, 1, 1, dtype=torch.bool)
    for asked, plan in (([1.0, 0.0], 0), ([0.0, 1.0], 1), ([0.0, 0.0], 1)):
        controls = torch.zeros(1, 1, 12)
        controls[..., 10:] = torch.tensor(asked)
        assert small._choice(logits, nothing, sounds, controls).item() == plan
    assert DanceGenerator(spec.GeneratorSpec(2, 8, styles=styles)).style_plans is None
    assert DanceGenerator(spec.GeneratorSpec(2, 8, style_pull=1.0)).style_plans is None


def test_a_resting_dancer_is_moved_by_sound_only():
    small = DanceGenerator(spec.GeneratorSpec(n_plans=2, gru_width=8))
    small.plan_steps.copy_(torch.tensor([[0.0], [0.05]]).repeat(1, 180))  # rest, move
    logits, no_beat = torch.tensor([[[2.0, 0.0]]]), torch.zeros(1, 1, 10)
    for sounds, plan in ((True, 1), (False, 0)):
        chosen = small._choice(logits, torch.zeros(1, 1, 2), torch.full((1, 1, 1), sounds), no_beat)
        assert chosen.item() == plan


def test_teaching_with_its_own_past_is_the_same_as_dancing_freely(network, clip):
    """The true past replaces the own one and nothing else: one set of code for both."""
    audio, noise, controls = clip
    state = network.start(2)
    poses, _ = network(*clip)
    plans, rows = [], None
    for t in range(N_CHUNKS):
        now = slice(t, t + 1)
        _, rows = network(audio[:, now], noise[:, now], controls[:, now], rows)
        plans.append(rows.plan)
    plan = torch.stack(plans, 1)
    pose = torch.cat([state.pose[:, None], poses[:, :-1, 0]], 1)
    velocity = torch.diff(pose, dim=1, prepend=state.pose[:, None])
    last = torch.cat([state.plan[:, None], plan[:, :-1]], 1)
    taught, _ = network(audio, noise, controls, None, Teacher(pose, velocity, last, plan))
    torch.testing.assert_close(taught, poses, atol=1e-5, rtol=0)


def test_it_starts_standing_and_stays_within_its_size(network):
    state = network.start(3)
    np.testing.assert_array_equal(state.pose[1].numpy(), skeleton.STANDING)
    assert state.plan.tolist() == [SIZES.n_plans] * 3
    largest = DanceGenerator(spec.GeneratorSpec(n_plans=512))
    assert sum(p.numel() for p in largest.parameters()) <= 2_500_000


def test_mel_hears_a_tone_in_its_band_and_silence_as_its_floor():
    mel = spec.MelSpec()
    front = LogMel(mel)
    tail = torch.zeros(1, mel.tail_samples)
    seconds = torch.arange(8000) / spec.SAMPLE_RATE
    weights = mel_weights(mel)
    assert (weights.sum(1) > 0.99).all()
    for hz in (110.0, 1000.0, 5000.0):
        tone = 0.1 * torch.sin(2 * torch.pi * hz * seconds)
        frames, _ = front(tone.view(1, 5, 1600), tail)
        loudest = int(frames[0, 10].argmax())
        centre = (weights[loudest] * np.arange(257)).sum() * spec.SAMPLE_RATE / mel.window
        assert abs(centre - hz) < 60 + 0.05 * hz
    silence, _ = front(torch.zeros(1, 5, 1600), tail)
    assert silence.max() - silence.min() < 1e-5


def test_mel_frame_ends_with_its_chunk():
    mel = spec.MelSpec()
    click = torch.zeros(1, 2, 1600)
    click[0, 0, 1590] = 100.0
    frames, _ = LogMel(mel)(click, torch.zeros(1, mel.tail_samples))
    heard = (frames[0] > frames[0].min() + 0.01).any(1).nonzero().flatten().tolist()
    # Frame 6 is the newest of chunk 0; a window of 32 ms still holds the click in frames 7 and 8.
    assert heard == [6, 7, 8]
