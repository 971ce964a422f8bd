"""Forward kinematics of a BVH tree: channels -> where its joints are, and how they are turned."""

from collections.abc import Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from models.types import Array
from train.readers.bvh_file import POSITION, ROTATION, Node

BLOCK = 4_096  # frames at a time


def positions(nodes: list[Node], frames: Array, wanted: Sequence[int]) -> Array:
    """(N, columns) -> where those nodes are, (N, wanted, 3), in the file's unit and axes."""
    return _walked(nodes, frames, wanted)[0]


def rotations(nodes: list[Node], frames: Array, node: int) -> Rotation:
    """(N, columns) -> how one node is turned in the world, N rotations."""
    return _walked(nodes, frames, [node])[1]


def _walked(nodes: list[Node], frames: Array, wanted: Sequence[int]) -> tuple[Array, Rotation]:
    """Where `wanted` are, and how the last of them is turned."""
    order = _with_ancestors(nodes, wanted)
    blocks = [frames[i : i + BLOCK] for i in range(0, len(frames), BLOCK)]
    found = [_block(nodes, order, block, wanted) for block in blocks]
    places = np.concatenate([place for place, _ in found])
    return places, Rotation.concatenate([turn for _, turn in found])


def _with_ancestors(nodes: list[Node], wanted: Sequence[int]) -> list[int]:
    """Those on the way from the root to `wanted`, parents first."""
    needed: set[int] = set()
    for node in wanted:
        while node >= 0 and node not in needed:
            needed.add(node)
            node = nodes[node].parent
    return sorted(needed)


def _block(
    nodes: list[Node], order: list[int], frames: Array, wanted: Sequence[int]
) -> tuple[Array, Rotation]:
    places: dict[int, Array] = {-1: np.zeros((len(frames), 3))}
    turns: dict[int, Rotation] = {-1: Rotation.identity(len(frames))}
    for index in order:
        node = nodes[index]
        above = turns[node.parent]
        places[index] = places[node.parent] + above.apply(_place(node, frames))
        turns[index] = _turn(node, frames, above)
    return np.stack([places[node] for node in wanted], 1), turns[wanted[-1]]


def _place(node: Node, frames: Array) -> Array:
    """(N, 3) as seen from the parent: the offset, where no position is given in its stead."""
    place = np.repeat(np.array([node.offset]), len(frames), 0)
    for channel in node.channels:
        if channel.kind == POSITION:
            place[:, channel.axis] = frames[:, channel.column]
    return place


def _turn(node: Node, frames: Array, turn: Rotation) -> Rotation:
    """Turned about one axis after the other, in the order of the channels."""
    for channel in node.channels:
        if channel.kind == ROTATION:
            angles = frames[:, channel.column, None]
            turn = turn * Rotation.from_euler("xyz"[channel.axis], angles, degrees=True)
    return turn
