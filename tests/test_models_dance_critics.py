"""The paper's ears, pose encoders and critics: sizes, what each of them can see, pairing."""

import pytest
import torch
from seeds import seed_of

from models import spec
from models.nets.dance import hcn
from models.nets.dance.critics import (
    GlobalContentDiscriminator,
    LocalTemporalDiscriminator,
    windows,
)
from models.nets.dance.paper_audio import Attention, ChunkEncoder, MusicEncoder

T = spec.SEGMENT_CHUNKS
# What hears what is told in double precision: untrained networks hear music as softly as 1e-6,
# which is far above the 1e-15 of its rounding, but not always above the 1e-7 of single precision.
LEAST = 1e-11


def _count(network: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def _poses(batch: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(
        batch, T, spec.N_JOINTS, 2, generator=torch.Generator().manual_seed(seed_of(seed))
    )


def _audio(batch: int, chunks: int = T, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed_of(seed))
    loud = torch.linspace(0.05, 0.4, batch)[:, None, None]
    return loud * torch.randn(batch, chunks, spec.CHUNK_SAMPLES, generator=generator)


def test_every_network_has_the_size_of_the_released_one():
    assert _count(ChunkEncoder()) == 258_256
    assert _count(MusicEncoder()) == 2_361_808
    assert _count(hcn.PieceEncoder()) == 1_421_184
    assert _count(LocalTemporalDiscriminator()) == 1_552_001
    # The released attention is 20 wide, the paper's 40.
    assert _count(GlobalContentDiscriminator()) == 3_788_393 + 20 * (256 + 1)


@pytest.mark.parametrize("network", [hcn.PieceEncoder, hcn.WindowEncoder])
def test_encoders_of_poses_begin_as_glorot_and_bengio_have_it(network):
    """Weights evenly within the root of 6 / (inputs + outputs), biases at 0."""
    torch.manual_seed(seed_of(4))
    layers = [m for m in network().modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 12
    for layer in layers:
        fan_in, n_rest = layer.weight[0].numel(), layer.weight[0, 0].numel()
        limit = (6 / (fan_in + len(layer.weight) * n_rest)) ** 0.5
        assert 0.9 * limit < layer.weight.abs().max().item() <= 1.0001 * limit
        assert layer.bias.abs().max() == 0


def test_the_six_taps_have_the_released_shapes_for_both_streams():
    shapes = [tuple(tap.shape[1:]) for tap in hcn.PieceEncoder().eval().features(_poses(2))]
    assert shapes == [
        (128, 50, 18), (64, 48, 18), (64, 24, 16), (128, 12, 8), (128, 6, 4), (256, 3, 2),
    ]  # fmt: skip


def test_the_second_stream_sees_steps_and_not_where_the_dancer_stands():
    still = torch.ones(1, 2, T, spec.N_JOINTS)
    assert hcn.steps_between(still).abs().max() == 0
    even = torch.arange(T, dtype=torch.float32)[None, None, :, None] * torch.ones_like(still)
    torch.testing.assert_close(hcn.steps_between(even), still)
    encoder = hcn.PieceEncoder().eval()
    poses = _poses(1)
    apart = encoder.features(poses + 3.0)[0] - encoder.features(poses)[0]  # 64 channels each
    assert apart[:, :64].abs().max() > 0.1 and apart[:, 64:].abs().max() < 1e-4


def test_a_piece_has_sixteen_windows_of_five_poses_three_apart():
    poses = _poses(2)
    cut = windows(poses)
    assert cut.shape == (2, 16, 5, spec.N_JOINTS, 2)
    for k in range(16):
        torch.testing.assert_close(cut[:, k], poses[:, 3 * k : 3 * k + 5])


def test_a_verdict_of_the_local_critic_belongs_to_its_window_alone():
    critic = LocalTemporalDiscriminator().eval().double()
    poses = _poses(2).double()
    changed = poses.clone()
    changed[1, 30] += 1.0
    with torch.no_grad():
        differs = (critic(changed) - critic(poses)).abs() > LEAST
    holding = torch.tensor([3 * k <= 30 < 3 * k + 5 for k in range(16)])
    assert not differs[0].any()
    torch.testing.assert_close(differs[1], holding)


@pytest.mark.parametrize("minus_log", [False, True])
def test_each_row_is_judged_with_its_own_music(minus_log):
    torch.manual_seed(seed_of(1))
    critic = GlobalContentDiscriminator(minus_log).eval().double()
    poses, audio = _poses(4).double(), _audio(4).double()
    with torch.no_grad():
        paired = critic(poses, audio)
        shuffled = critic(poses, audio.roll(1, 0))
        other = audio.clone()
        other[2] = _audio(4, seed=7)[3]
        one_changed = critic(poses, other)
        moved = critic(poses.roll(1, 0), audio)
    # Shuffled music changes the verdict on every row, another row's music changes none.
    assert ((shuffled - paired).abs() > LEAST).all()
    assert ((one_changed - paired).abs() > LEAST).tolist() == [False, False, True, False]
    assert ((moved - paired).abs() > LEAST).all()


def test_the_verdicts_are_the_same_one_by_one():
    critic = GlobalContentDiscriminator().eval()
    poses, audio = _poses(3), _audio(3)
    with torch.no_grad():
        alone = torch.cat([critic(poses[i : i + 1], audio[i : i + 1]) for i in range(3)])
        torch.testing.assert_close(critic(poses, audio), alone, atol=1e-5, rtol=1e-5)


def test_attention_weighs_each_piece_by_itself_and_minus_log_turns_it_round():
    torch.manual_seed(seed_of(0))
    attention = Attention().eval()
    steps = torch.randn(3, T, 256)
    usual = attention.weights(steps)
    torch.testing.assert_close(usual.sum(1), torch.ones(3))
    attention.is_minus_log = True
    torch.testing.assert_close(attention.weights(steps), -usual.log())
    assert (attention.weights(steps).argmax(1) == usual.argmin(1)).all()


def test_attention_is_a_softmax_unless_the_papers_print_is_asked_for():
    """Of forty numbers a step, and one half of what is heard is left out while it learns."""
    critic = GlobalContentDiscriminator()
    assert not critic.attention.is_minus_log
    assert GlobalContentDiscriminator(minus_log=True).attention.is_minus_log
    assert critic.attention.inner.weight.shape == (40, 256)
    steps = torch.randn(3, T, 256, generator=torch.Generator().manual_seed(seed_of(2)))
    eye = critic.attention.eval()
    torch.testing.assert_close(
        eye(steps), torch.einsum("bt,btd->bd", eye.weights(steps), steps), atol=1e-5, rtol=1e-5
    )


def test_half_of_what_the_critics_see_is_left_out_while_they_learn():
    """As their program has it: before what is pooled, and before the last layer."""
    for network in (LocalTemporalDiscriminator(), GlobalContentDiscriminator()):
        left_out = [part.p for part in network.modules() if hasattr(part, "p")]
        assert set(left_out) == {0.5}
        encoder = network.window if hasattr(network, "window") else network.pose
        parts = (encoder.body, encoder.body.poses, encoder.body.steps)
        assert all(type(part.dropout) is torch.nn.Dropout2d for part in parts)
        assert type(encoder.head[2]) is torch.nn.Dropout


def test_the_causal_ear_is_the_same_in_any_cutting_and_knows_no_future():
    torch.manual_seed(seed_of(0))
    ear = MusicEncoder(causal=True).eval().double()
    audio = _audio(2, 12).double()
    with torch.no_grad():
        whole, _ = ear(audio)
        hidden, parts = None, []
        for first, last in ((0, 1), (1, 6), (6, 12)):
            heard, hidden = ear(audio[:, first:last], hidden)
            parts.append(heard)
        later = audio.clone()
        later[:, 8:] = 0
        changed, _ = ear(later)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=LEAST, rtol=0)
    torch.testing.assert_close(changed[:, :8], whole[:, :8], atol=LEAST, rtol=0)
    assert (changed[:, 8:] - whole[:, 8:]).abs().max() > LEAST


def test_the_ear_that_hears_both_ways_hears_the_future_and_refuses_a_state():
    ear = MusicEncoder().eval().double()
    audio = _audio(1, 6).double()
    later = audio.clone()
    later[:, 5] = 0
    with torch.no_grad():
        heard, state = ear(audio)
        assert state is None
        assert (ear(later)[0][:, 0] - heard[:, 0]).abs().max() > LEAST
        with pytest.raises(ValueError, match="whole segment"):
            ear(audio, torch.zeros(4, 1, 256).double())
