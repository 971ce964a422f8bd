"""The laws of the paper's dancer: its size, split and reset one way, whole segments both ways."""

import pytest
import torch
from seeds import seed_of

from models import skeleton, spec
from models.nets.dance.paper_generator import PaperGenerator

LIVE = spec.PaperSpec(causal=True, horizons=spec.HORIZONS, limited=True)
T = 12


def _trained(sizes: spec.PaperSpec) -> PaperGenerator:
    """In eval mode, its norms and its head used to something."""
    torch.manual_seed(seed_of(3))
    network = PaperGenerator(sizes)
    with torch.no_grad():
        network.head[1].weight.mul_(3)
        for seed in range(3):
            network(*_clip(seed))
    return network.eval().requires_grad_(False)


def _clip(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed_of(seed))
    audio = 0.2 * torch.randn(2, T, spec.CHUNK_SAMPLES, generator=generator)
    return audio, 0.33 * torch.randn(2, T, 10, generator=generator)


@pytest.fixture(scope="module")
def live() -> PaperGenerator:
    return _trained(LIVE)


def test_it_has_the_size_of_the_released_one():
    assert sum(weight.numel() for weight in PaperGenerator().parameters()) == 8_982_664


@pytest.mark.parametrize("cuts", [[1] * T, [5, 1, 6]])
def test_any_cutting_of_a_clip_gives_the_same_poses(live, cuts):
    audio, noise = _clip()
    whole, after = live(audio, noise)
    state, parts = None, []
    for segment, luck in zip(audio.split(cuts, 1), noise.split(cuts, 1), strict=True):
        poses, state = live(segment, luck, None, state)
        parts.append(poses)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-5, rtol=0)
    torch.testing.assert_close(tuple(state), tuple(after), atol=1e-5, rtol=0)


def test_the_state_matters_and_a_reset_forgets_it(live):
    clip = _clip()
    first, state = live(*clip)
    assert torch.equal(first, live(*clip).poses)
    assert torch.equal(first, live(*clip, None, live.start(2)).poses)
    assert (live(*clip, None, state).poses - first).abs().max() > 1e-3


def test_one_way_the_future_is_not_heard_and_both_ways_it_is(live):
    audio, noise = _clip()
    later = audio.clone()
    later[:, 8:] += 0.3
    assert torch.equal(live(audio, noise).poses[:, :8], live(later, noise).poses[:, :8])
    both = _trained(spec.PaperSpec())
    assert not torch.equal(both(audio, noise).poses[:, :8], both(later, noise).poses[:, :8])


def test_both_ways_it_keeps_no_state_and_takes_none(live):
    both = _trained(spec.PaperSpec())
    poses, state = both(*_clip())
    assert state is None
    assert poses.shape == (2, T, 1, 18, 2)
    with pytest.raises(ValueError, match="no state"):
        both(*_clip(), None, live.start(2))


def test_chance_is_an_input_and_the_same_chance_the_same_dance(live):
    audio, noise = _clip()
    poses = live(audio, noise).poses
    assert torch.equal(poses, live(audio, noise.clone()).poses)
    assert (poses - live(audio, 2 * noise + 1).poses).abs().max() > 1e-4


def test_on_stage_no_bone_is_too_long_and_in_the_paper_only_the_tanh_bounds_it(live):
    loud = (20 * _clip()[0], _clip()[1])
    poses = live(*loud).poses.numpy()
    assert (skeleton.bone_lengths(poses) / skeleton.CANONICAL_LENGTHS).max() < 1.001
    paper = _trained(spec.PaperSpec())(*loud).poses
    assert paper.abs().max() <= spec.PaperSpec().reach
    lengths = skeleton.bone_lengths(paper.numpy()) / skeleton.CANONICAL_LENGTHS
    assert lengths.max() > 1.1, "the paper's head knows no bones"
