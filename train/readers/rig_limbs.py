"""Which chains of joints in a tree could be legs and arms, and which of their joints bend.

A limb is three joints with two bones between them: hip, knee, ankle or shoulder, elbow, wrist.
Judged by proportions of bodies, by what bends in the motion and by names; none of them decides
alone, since rest poses may be anything and names are shifted from rig to rig.
"""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from models.types import Array
from train.readers import rig_names
from train.readers.bvh_file import Node

LONGEST_CHAIN = 16  # joints of a limb with its helpers
MOST_CHAINS = 40
MOST_OF_A_CHAIN, MOST = 4, 24  # limbs that are looked at
LIKE_THE_MAIN = 0.6  # a branch that reaches so far of the main one ends the chain, as at the wrist
ON_THE_BONE = 0.01  # of its length: how far the way over a twist joint is longer than the bone
# Natural logarithms of length over that of a leg, and how far bodies and rigs differ.
SHIN_TO_THIGH = (0.0, 0.2)
UPPER_ARM = (-1.11, 0.25)  # 0.33
FOREARM = (-1.22, 0.25)  # 0.295
LEAST_RATIO = 0.1  # of the bones of a limb
# What evidence weighs beside them.
NAME = 1.5  # a name that says the role of a joint, or (negative) another
ANOTHER_LIMB = -4.0  # a name that says a joint of another limb, a finger or the head
BENDS = 1.5
LARGE = 2.0  # times the logarithm of a leg's length
STIFF = 0.01  # changes of its length that a stiff bone may seem to have
BENT = 0.03  # how much longer the way over a helper beside the bone may be
HELPER, IN_THE_BONE = -3.0, -0.02  # a first joint that lies in the stiff bone from before it
NOT_A_LIMB = -5.0


@dataclass(frozen=True)
class Body:
    """A tree in a sample of its frames."""

    nodes: list[Node]
    children: list[list[int]]
    places: Array  # (F, M, 3)
    lengths: Array  # (M,) of the bone from the parent, median
    reach: Array  # (M,) the longest way down from here


@dataclass(frozen=True)
class Chain:
    """Joints that hang on one another, and how far all of them are from all."""

    joints: list[int]
    said: list[str]  # by their names: `rig_names.meaning`
    apart: Array  # (n, n) median
    changes: Array  # (n, n) of that, as a share: 0 between joints of one stiff bone


@dataclass(frozen=True)
class Limb:
    """Three joints of a chain, and how well they make this limb."""

    joints: tuple[int, int, int]
    start: int  # the chain's first joint
    bones: tuple[float, float]  # lengths, in the file's unit
    score: float

    @property
    def length(self) -> float:
        return sum(self.bones)


def body_of(nodes: list[Node], places: Array) -> Body:
    """Of a tree, parents before children, whose joints are at places (F, M, 3)."""
    children: list[list[int]] = [[] for _ in nodes]
    for index, node in enumerate(nodes):
        if node.parent >= 0:
            children[node.parent].append(index)
    above = [max(node.parent, 0) for node in nodes]
    lengths = np.median(np.linalg.norm(places - places[:, above], axis=-1), axis=0)
    reach = np.zeros(len(nodes))
    for index in range(len(nodes) - 1, 0, -1):
        parent = nodes[index].parent
        reach[parent] = max(reach[parent], lengths[index] + reach[index])
    return Body(nodes, children, places, lengths, reach)


def chains(body: Body) -> list[Chain]:
    """The main way down from every joint that has a sister, the farthest reaching first."""
    starts = [child for sisters in body.children if len(sisters) > 1 for child in sisters]
    starts.sort(key=lambda start: -body.reach[start])
    return [_measured(body, _chain(body, start)) for start in starts[:MOST_CHAINS]]


def _measured(body: Body, joints: list[int]) -> Chain:
    points = body.places[:, joints]
    apart = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)  # (F, n, n)
    low, middle, high = np.percentile(apart, (5, 50, 95), axis=0)
    changes = (high - low) / np.maximum(high, 1e-12)
    return Chain(joints, [_said(body.nodes[node]) for node in joints], middle, changes)


def _said(node: Node) -> str:
    return rig_names.OTHER if node.is_end else rig_names.meaning(node.name)


def _chain(body: Body, start: int) -> list[int]:
    chain = [start]
    while body.children[chain[-1]] and len(chain) < LONGEST_CHAIN:
        here = chain[-1]
        far = {child: body.lengths[child] + body.reach[child] for child in body.children[here]}
        main = max(far, key=lambda child: far[child])
        others = [child for child in far if far[child] > LIKE_THE_MAIN * far[main]]
        if any(child != main and not _rides(body, here, child, main) for child in others):
            break
        chain.append(main)
    return chain


def _rides(body: Body, here: int, child: int, main: int) -> bool:
    """Whether a joint is a helper on the bone from here to `main`."""
    a, b, c = (body.places[:, node] for node in (here, child, main))
    over = np.linalg.norm(b - a, axis=-1) + np.linalg.norm(c - b, axis=-1)
    bone = np.linalg.norm(c - a, axis=-1)
    return bool((over <= (1 + ON_THE_BONE) * bone + 1e-12).all())


def legs(chains: list[Chain]) -> list[Limb]:
    """What could be a leg, the best first; the larger the better."""
    found = [_limbs(chain, rig_names.LEG, 0.0) for chain in chains]
    return _best([[_sized(leg) for leg in limbs] for limbs in found])


def arms(chains: list[Chain], leg: float) -> list[Limb]:
    """What could be an arm of a body with legs of such a length, the best first."""
    return _best([_limbs(chain, rig_names.ARM, leg) for chain in chains])


def _best(by_chain: list[list[Limb]]) -> list[Limb]:
    """Some of every chain, as one limb alone may look better than as one of a pair."""
    some = [sorted(limbs, key=lambda limb: -limb.score)[:MOST_OF_A_CHAIN] for limbs in by_chain]
    return sorted((limb for limbs in some for limb in limbs), key=lambda limb: -limb.score)[:MOST]


def _sized(leg: Limb) -> Limb:
    """Scored by its length, too, beside that of another."""
    return replace(leg, score=leg.score + LARGE * float(np.log(leg.length)))


def _limbs(chain: Chain, roles: tuple[str, ...], leg: float) -> list[Limb]:
    found: list[Limb] = []
    for where in combinations(range(len(chain.joints)), 3):
        i, j, k = where
        upper, lower = float(chain.apart[i, j]), float(chain.apart[j, k])
        if min(upper, lower) <= LEAST_RATIO * max(upper, lower):
            continue
        score = _proportions(upper, lower, leg)
        score += _stiffness(chain, i, j) + _stiffness(chain, j, k)
        score += sum(
            _by_name(chain.said[at], role, roles) for at, role in zip(where, roles, strict=True)
        )
        if chain.changes[i, k] > STIFF:
            score += BENDS
            score += HELPER if i and _stiffness(chain, i - 1, j) > IN_THE_BONE else 0.0
        if score > NOT_A_LIMB:
            joints = (chain.joints[i], chain.joints[j], chain.joints[k])
            found.append(Limb(joints, chain.joints[0], (upper, lower), score))
    return found


def fits(ratio: float, usual: tuple[float, float]) -> float:
    """How well a ratio of lengths fits what is usual: 0 at best, the logarithm of a likelihood."""
    return -0.5 * ((float(np.log(max(ratio, 1e-9))) - usual[0]) / usual[1]) ** 2


def _proportions(upper: float, lower: float, leg: float) -> float:
    if not leg:
        return fits(lower / upper, SHIN_TO_THIGH)
    return fits(upper / leg, UPPER_ARM) + fits(lower / leg, FOREARM)


def _stiffness(chain: Chain, i: int, j: int) -> float:
    """A bone keeps its length, and the joints that are passed over lie on it."""
    bone = chain.apart[i, j]
    over = max((chain.apart[i, m] + chain.apart[m, j] for m in range(i + 1, j)), default=bone)
    detour = (over - bone) / max(bone, 1e-12)
    return -min(10.0, (chain.changes[i, j] / STIFF) ** 2) - min(10.0, (detour / BENT) ** 2)


def _by_name(said: str, role: str, roles: tuple[str, ...]) -> float:
    if not said:
        return 0.0
    return NAME if said == role else -NAME if said in (*roles, rig_names.OTHER) else ANOTHER_LIMB
