"""Sizes and parts of the paper's networks, as its text and its program have them."""

import pytest
import torch
from seeds import seed_of
from torch import nn

from models import spec
from models.nets.dance.paper_audio import ChunkEncoder, MelChunkEncoder, MusicEncoder
from models.nets.dance.paper_generator import PaperGenerator
from models.nets.measure.crnn import BANDS, FRAMES, N_SAMPLES, RATE, Crnn, PieceMel
from models.nets.measure.pose_metric import PoseMetric
from models.nets.measure.stgcn import UNITS, ActionNetwork
from models.spec import PaperSpec


def _count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def _left_out(network: nn.Module) -> list[float]:
    return [part.p for part in network.modules() if hasattr(part, "p")]


def _gru(n_in: int, width: int) -> int:
    return 3 * width * (n_in + width) + 6 * width


def test_crnn_has_the_published_layers():
    """Choi et al.: four convolutions, 64 then 128 wide, two GRUs of 32, a head; norms between."""
    convolutions = 9 * (1 * 64 + 64 * 128 + 2 * 128 * 128) + (64 + 3 * 128)
    norms = 2 * (96 + 64 + 3 * 128)
    assert _count(Crnn(7)) == convolutions + norms + _gru(128, 32) + _gru(32, 32) + 33 * 7
    assert _left_out(Crnn(7)) == [0.1] * 4 + [0.3]
    pools = [part.kernel_size for part in Crnn(7).modules() if isinstance(part, nn.MaxPool2d)]
    assert pools == [(2, 2), (3, 2), (4, 3), (4, 4)], "96 bands to one, 240 frames to five"
    assert Crnn(7).norm.num_features == BANDS == 96, "over the frequencies"


def test_what_crnn_hears_is_in_the_middle_of_its_frames():
    """A segment of 5 s at 12 kHz has 235 frames of 256 samples; silence is -100 dB, around it 0."""
    assert (N_SAMPLES, RATE, FRAMES) == (60_000, 12_000, 240)
    frames = PieceMel()(torch.zeros(1, N_SAMPLES))
    assert frames.shape == (1, 96, 240)
    is_around = (frames[0] == 0).all(0)
    assert is_around.nonzero().flatten().tolist() == [0, 1, 237, 238, 239]
    torch.testing.assert_close(frames[0][:, ~is_around], torch.full((96, 235), -100.0))
    click = torch.zeros(1, N_SAMPLES)
    click[0, 256 * 100] = 1.0
    assert PieceMel()(click)[0, :, 2:237].mean(0).argmax() == 100
    assert not any("mel" in name for name in Crnn(2).state_dict()), "nothing of it is learned"


def test_crnn_describes_by_the_last_step_of_the_second_gru():
    torch.manual_seed(seed_of(0))
    network = Crnn(3).eval()
    frames = torch.randn(2, BANDS, FRAMES)
    with torch.no_grad():
        seen = network.layers(network.norm(frames)[:, None]).squeeze(2).transpose(1, 2)
        steps, _ = network.gru(seen)
        torch.testing.assert_close(network.describe(frames), steps[:, -1])
        assert network.describe(frames).shape == (2, 32)


def test_the_network_that_compares_dances_has_the_sizes_of_the_papers_authors():
    """GRU both ways of 128, attention of 20, layers of 320, 320 and 128."""
    gru = 2 * (_gru(36, 128) + _gru(256, 128))
    head = 257 * 320 + 321 * 320 + 321 * 128 + 2 * 2 * 320
    assert _count(PoseMetric()) == 2 * 36 + gru + 256 * 20 + 20 + head
    assert _left_out(PoseMetric()) == [0.5] * 3, "of the attention and between the layers"


def test_a_unit_is_its_layers_beside_a_shortcut():
    """All ten; only the first has none. Nothing is left out unless asked for."""
    network = ActionNetwork(2)
    has = [unit.shortcut is not None for unit in network.units]
    assert has == [False] + [True] * 9
    assert set(_left_out(network)) == {0.0} and set(_left_out(ActionNetwork(2, 0.3))) == {0.3}
    is_wider = [n_in != n_out for n_in, n_out, _ in UNITS[1:]]
    assert [isinstance(unit.shortcut, nn.Sequential) for unit in network.units[1:]] == is_wider
    torch.manual_seed(seed_of(0))
    unit = network.units[1].eval()
    x = torch.rand(1, 64, 12, spec.N_JOINTS)
    with torch.no_grad():
        unit.frames.weight.zero_()
        unit.frames.bias.zero_()
        torch.testing.assert_close(unit(x, network.graph), x)
    assert "graph" not in network.state_dict()
    assert (network.units[3].importance == 1).all(), "all links count alike at first"


def test_an_action_unit_hears_four_frames_to_either_side():
    torch.manual_seed(seed_of(0))
    unit = ActionNetwork(2).eval().double().units[0]
    graph = ActionNetwork(2).graph.double()
    still = torch.zeros(1, 2, 30, spec.N_JOINTS).double()
    moved = still.clone()
    moved[0, :, 15, 1] = 1.0
    with torch.no_grad():
        apart = (unit(moved, graph) - unit(still, graph)).abs().amax((0, 1, 3))
    assert apart.nonzero().flatten().tolist() == list(range(11, 20))


def test_an_action_network_gathers_from_neighbours_as_its_graph_says():
    """One unit by hand: parts of the features, each gathered by its own graph, summed."""
    torch.manual_seed(seed_of(0))
    network = ActionNetwork(2).eval()
    unit = network.units[0]
    x = torch.randn(2, 2, 7, spec.N_JOINTS)
    with torch.no_grad():
        unit.importance.uniform_(0.5, 1.5)
        parts = unit.parts(x).view(2, 3, 64, 7, spec.N_JOINTS)
        links = network.graph * unit.importance
        gathered = torch.einsum("bpctv,pvw->bctw", parts, links)
        wanted = torch.relu(unit.frame_norm(unit.frames(torch.relu(unit.joint_norm(gathered)))))
        torch.testing.assert_close(unit(x, network.graph), wanted, atol=1e-5, rtol=1e-4)


def test_actions_are_told_by_the_mean_of_joints_and_frames():
    torch.manual_seed(seed_of(0))
    network = ActionNetwork(3).eval()
    poses = torch.randn(2, 50, spec.N_JOINTS, 2)
    with torch.no_grad():
        logits, taps = network(poses)
        torch.testing.assert_close(logits, network.head(taps[-1].flatten(2).mean(2)))
        first = network.norm(poses.flatten(2).transpose(1, 2))  # every coordinate by itself
        seen = first.view(2, spec.N_JOINTS, 2, 50).permute(0, 2, 3, 1)
        torch.testing.assert_close(network.units[0](seen, network.graph), taps[0])


def test_a_chunk_of_1600_samples_becomes_100_50_25_5_and_1():
    ear = ChunkEncoder().eval()
    x, lengths = torch.randn(2, 1, 1600), []
    for layer in ear.layers:
        x = layer(x)
        if isinstance(layer, nn.Conv1d):
            lengths.append(tuple(x.shape[1:]))
    assert lengths == [(16, 100), (32, 50), (64, 25), (128, 5), (256, 1)]
    paddings = [p.padding[0] for p in ear.layers if isinstance(p, nn.Conv1d)]
    assert paddings == [32, 1, 1, 3, 0], "the chunk lies in the middle of what is added"
    assert x.abs().max() <= 1


def test_each_chunk_is_heard_alone_and_in_its_place():
    torch.manual_seed(seed_of(0))
    for ear in (ChunkEncoder().eval(), MelChunkEncoder().eval()):
        audio = 0.1 * torch.randn(2, 3, spec.CHUNK_SAMPLES)
        other = audio.clone()
        other[1, 2] = 0.1 * torch.randn(spec.CHUNK_SAMPLES)
        with torch.no_grad():
            apart = (ear(audio) - ear(other)).abs().amax(-1) > 1e-7
            assert ear(audio).shape == (2, 3, 256)
        assert apart.tolist() == [[False] * 3, [False, False, True]]


def test_log_mel_hears_seven_frames_of_a_chunk():
    """Of 32 ms every 10 ms within 100 ms; two layers, 512 and 256 wide."""
    ear = MelChunkEncoder()
    bands = ear.mel.mel.n_bands
    assert _count(ear) == (7 * bands + 1) * 512 + 2 * 512 + 513 * 256
    assert isinstance(PaperGenerator(PaperSpec(log_mel=True)).music.chunks, MelChunkEncoder)
    assert isinstance(PaperGenerator().music.chunks, ChunkEncoder)


@pytest.mark.parametrize("causal", [False, True])
def test_the_ear_is_a_gru_of_two_layers_of_256(causal):
    ear = MusicEncoder(causal)
    ways = 1 if causal else 2
    gru = ways * (_gru(256, 256) + _gru(ways * 256, 256))
    assert _count(ear) == _count(ChunkEncoder()) + gru + (ways * 256 + 1) * 256
    assert not MusicEncoder().is_causal and type(MusicEncoder().chunks) is ChunkEncoder
    assert PaperGenerator(PaperSpec(causal=causal)).music.is_causal == causal


def test_the_head_adds_to_what_enters_it_and_its_tanh_reaches_two_and_a_half_units():
    torch.manual_seed(seed_of(0))
    network = PaperGenerator(PaperSpec(dropout=0.5)).eval()
    block, x = network.blocks[0], torch.randn(5, 1024)
    with torch.no_grad():
        torch.testing.assert_close(block(x), x + block.layers(x))
        audio, noise = 0.1 * torch.randn(1, 4, spec.CHUNK_SAMPLES), 0.3 * torch.randn(1, 4, 10)
        steps, _ = network.music(audio)
        luck, _ = network.chance(noise)
        drawn = network.head(network.blocks(network.enter(torch.cat([steps, luck.tanh()], -1)[0])))
        poses, state = network(audio, noise)
        torch.testing.assert_close(poses[0, :, 0], 2.5 * drawn.view(4, spec.N_JOINTS, 2))
    assert state is None and len(network.blocks) == 3
    assert drawn.abs().max() <= 1
    assert _left_out(network) == [0.5] and _left_out(PaperGenerator()) == [0.0]


def test_bones_are_cut_when_it_performs_and_not_while_it_learns():
    torch.manual_seed(seed_of(0))
    network = PaperGenerator(PaperSpec(causal=True, limited=True))
    audio, noise = 0.1 * torch.randn(2, 4, spec.CHUNK_SAMPLES), 0.3 * torch.randn(2, 4, 10)
    plain = PaperGenerator(PaperSpec(causal=True))
    plain.load_state_dict(network.state_dict())
    with torch.no_grad():
        assert torch.equal(network.train()(audio, noise).poses, plain.train()(audio, noise).poses)
        cut, free = network.eval()(audio, noise).poses, plain.eval()(audio, noise).poses
    assert (cut - free).abs().max() > 0.01


def test_before_any_music_the_state_is_nothing():
    network = PaperGenerator(PaperSpec(causal=True))
    state = network.start(3)
    assert state.hidden.shape == (2, 3, 256) and state.chance.shape == (1, 3, 10)
    assert not state.hidden.any() and not state.chance.any()
    assert network.start().hidden.shape == (2, 1, 256)
