"""The action network: size, shapes, who hears whom, and its checkpoint."""

import pytest
import torch
from seeds import seed_of

from models import spec
from models.nets import checkpoint
from models.nets.measure.stgcn import LINKS, ActionNetwork, load_actions, partitioned_graph


def test_size_logits_and_ten_taps_are_those_of_the_released_network():
    network = ActionNetwork(16).eval()
    assert sum(weight.numel() for weight in network.parameters()) == 3_078_224
    logits, taps = network(torch.randn(2, 50, spec.N_JOINTS, 2))
    assert logits.shape == (2, 16)
    shapes = [tuple(tap.shape[1:]) for tap in taps]
    assert shapes == 4 * [(64, 50, 18)] + 3 * [(128, 25, 18)] + 3 * [(256, 13, 18)]
    assert all((tap >= 0).all() for tap in taps)  # after the last ReLU of each unit


def test_neighbours_are_parted_by_their_distance_from_the_neck():
    same, closer, farther = partitioned_graph()
    torch.testing.assert_close((same + closer + farther).sum(0), torch.ones(spec.N_JOINTS))
    assert (same.nonzero() == torch.arange(spec.N_JOINTS)[:, None]).all()  # only itself
    # The right elbow (3) hears the shoulder (2) as closer to the neck, the wrist (4) as farther.
    assert closer[2, 3] == farther[4, 3] == pytest.approx(1 / 3)
    assert closer[8, 2] == 0 and farther[8, 2] > 0  # the hip hangs on the shoulder
    assert closer[1].nonzero().flatten().tolist() == [0, 2, 5]  # who hears the neck
    assert int((closer > 0).sum()) == int((farther > 0).sum()) == len(LINKS)


def test_every_joint_but_the_neck_hangs_on_one_that_is_closer_to_it():
    """As in the released network: hips on shoulders, ears on eyes, eyes on the nose."""
    hangs_on = {
        0: 1, 2: 1, 5: 1, 3: 2, 4: 3, 6: 5, 7: 6, 8: 2, 11: 5, 9: 8, 10: 9, 12: 11, 13: 12,
        14: 0, 15: 0, 16: 14, 17: 15,
    }  # fmt: skip
    _, closer, farther = partitioned_graph()
    heard = {w: closer[:, w].nonzero().flatten().tolist() for w in range(spec.N_JOINTS)}
    assert heard == {1: [], **{joint: [one] for joint, one in hangs_on.items()}}
    assert torch.equal(farther > 0, (closer > 0).T)


def test_a_unit_hears_neighbours_only():
    torch.manual_seed(seed_of(0))
    network = ActionNetwork(3).eval().double()  # rounding is far below what is heard
    poses = torch.randn(1, 20, spec.N_JOINTS, 2).double()
    moved = poses.clone()
    moved[:, :, 4] += 1.0  # the right wrist
    with torch.no_grad():
        first, again = network.features(poses), network.features(moved)
    touched = [
        (a - b).abs().amax((0, 1, 2)).gt(1e-11).nonzero().flatten().tolist()
        for a, b in zip(first[:3], again[:3], strict=True)
    ]
    assert touched == [[3, 4], [2, 3, 4], [1, 2, 3, 4, 8]]


def test_a_checkpoint_gives_the_averaged_network_frozen(tmp_path):
    network = ActionNetwork(2)
    tensors = {f"ema.{name}": value for name, value in network.state_dict().items()}
    path = tmp_path / "checkpoint.safetensors"
    checkpoint.save(path, tensors, {"kind": "actions", "classes": ["run", "walk"]})
    loaded, header = load_actions(path)
    assert header["classes"] == ["run", "walk"] and not loaded.training
    assert not any(weight.requires_grad for weight in loaded.parameters())
    poses = torch.randn(1, 50, spec.N_JOINTS, 2)
    torch.testing.assert_close(loaded(poses)[0], network.eval()(poses)[0])
    checkpoint.save(path, tensors, {"kind": "dance"})
    with pytest.raises(checkpoint.CheckpointError, match="no action network"):
        load_actions(path)
