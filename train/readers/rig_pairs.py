"""Which two limbs of a tree are the legs, and which the arms."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from models.types import Array
from train.readers import rig_limbs, rig_names
from train.readers.rig_limbs import Body, Chain, Limb, fits

MOST_LEGS = 8  # pairs that are looked at
NO_ARMS = -12.0  # the score of a pair that is none
# As in `rig_limbs`: logarithms of lengths over that of a leg, and how far bodies differ.
TORSO = (-0.6, 0.3)  # 0.55, from the middle of the hips to that of the shoulders
HIPS = (-1.51, 0.45)  # 0.22
SHOULDERS = (-0.84, 0.3)  # 0.43
LEFT_AS_RIGHT = (0.0, 0.1)
FROM_THE_TREE = (0.0, 0.3)  # the ways from where both leave the tree to their first joints
ARMS_ABOVE_LEGS = -2.0  # for arms that leave the tree nearer to its root than the legs


@dataclass(frozen=True)
class Pair:
    """Two limbs alike; which of them is the left one is not known yet."""

    one: Limb
    other: Limb
    score: float

    @property
    def limbs(self) -> tuple[Limb, Limb]:
        return self.one, self.other

    @property
    def length(self) -> float:
        return (self.one.length + self.other.length) / 2

    def middle(self, body: Body) -> Array:
        """Between both first joints, (F, 3)."""
        return body.places[:, [limb.joints[0] for limb in self.limbs]].mean(1)

    def across(self, body: Body) -> Array:
        """From the other's first joint to that of `one`, (F, 3)."""
        return body.places[:, self.one.joints[0]] - body.places[:, self.other.joints[0]]

    def width(self, body: Body) -> float:
        return float(np.median(np.linalg.norm(self.across(body), axis=-1)))

    def is_left_first(self, body: Body) -> int:
        """By names: 1 when `one` is the left, -1 when it is the right, 0 when none tells."""
        ones = (self.one.start, *self.one.joints)
        others = (self.other.start, *self.other.joints)
        votes = (
            rig_names.is_left_of_pair(body.nodes[a].name, body.nodes[b].name)
            for a, b in zip(ones, others, strict=True)
        )
        return int(np.sign(sum(votes)))


def legs_and_arms(body: Body, legs: Pair | None = None) -> tuple[Pair | None, Pair | None]:
    """The best of both together; with `legs` given, the arms that belong to them."""
    best: tuple[float, Pair | None, Pair | None] = (-np.inf, None, None)
    chains = rig_limbs.chains(body)
    for some in [legs] if legs else _legs(body, chains)[:MOST_LEGS]:
        arms = max(_arms(body, chains, some), key=lambda pair: pair.score, default=None)
        arms = arms if arms and arms.score > NO_ARMS else None
        score = some.score + (arms.score if arms else NO_ARMS)
        if score > best[0]:
            best = (score, some, arms)
    return best[1], best[2]


def _legs(body: Body, chains: list[Chain]) -> list[Pair]:
    """The best first."""
    pairs = _pairs(body, rig_limbs.legs(chains))
    scored = [
        replace(pair, score=pair.score + fits(pair.width(body) / pair.length, HIPS))
        for pair in pairs
    ]
    return sorted(scored, key=lambda pair: -pair.score)


def _arms(body: Body, chains: list[Chain], legs: Pair) -> list[Pair]:
    hub, hips = _common(body, legs), legs.middle(body)
    found: list[Pair] = []
    for pair in _pairs(body, rig_limbs.arms(chains, legs.length)):
        if any(_is_related(body, arm.start, leg.start) for arm in pair.limbs for leg in legs.limbs):
            continue
        torso = float(np.median(np.linalg.norm(pair.middle(body) - hips, axis=-1)))
        score = pair.score + fits(pair.width(body) / legs.length, SHOULDERS)
        score += fits(torso / legs.length, TORSO)
        score += 0.0 if _is_below(body, _common(body, pair), hub) else ARMS_ABOVE_LEGS
        found.append(replace(pair, score=score))
    return found


def _pairs(body: Body, limbs: list[Limb]) -> list[Pair]:
    """All pairs of limbs of which none hangs on the other."""
    return [
        _alike(body, a, b)
        for a, b in combinations(limbs, 2)
        if not _is_related(body, a.start, b.start)
    ]


def _alike(body: Body, a: Limb, b: Limb) -> Pair:
    """Scored by each of them, and by how well one mirrors the other."""
    pair = Pair(a, b, 0.0)
    hub = body.places[:, _common(body, pair)]
    ways = [np.linalg.norm(body.places[:, limb.joints[0]] - hub, axis=-1) for limb in (a, b)]
    way, other = (float(np.median(way)) + 0.05 * pair.length for way in ways)
    score = a.score + b.score + fits(way / other, FROM_THE_TREE)
    score += sum(
        fits(one / another, LEFT_AS_RIGHT) for one, another in zip(a.bones, b.bones, strict=True)
    )
    has_side = any(rig_names.side(body.nodes[joint].name) for joint in a.joints + b.joints)
    by_name = 1.0 if pair.is_left_first(body) else -1.0 if has_side else 0.0
    return replace(pair, score=score + rig_limbs.NAME * by_name)


def _common(body: Body, pair: Pair) -> int:
    """The joint of which both limbs leave the tree."""
    here = pair.one.start
    while not _is_below(body, pair.other.start, here):
        here = body.nodes[here].parent
    return here


def _is_related(body: Body, a: int, b: int) -> bool:
    return _is_below(body, a, b) or _is_below(body, b, a)


def _is_below(body: Body, node: int, top: int) -> bool:
    """Whether `node` is `top` or hangs on it."""
    while node > top:  # parents have smaller numbers
        node = body.nodes[node].parent
    return node == top
