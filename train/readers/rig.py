"""Any rig -> which of its joints are the hips, knees, ..., wrists and the head, left and right.

The tree decides what is a limb: two legs and two arms of a body's proportions (`rig_pairs`). Names
decide the sides; where they do not, feet and knees point forward. What no pair gives is looked up
by its name alone, and a table of the user stands above all.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.fields import in_brief
from models.types import Array
from train.readers import rig_axes, rig_names
from train.readers.joint_table import LIMBS, JointTable
from train.readers.rig_limbs import Body, Limb
from train.readers.rig_names import ARM, HEAD, LEFT, LEG, RIGHT
from train.readers.rig_pairs import Pair, legs_and_arms
from train.songs.song import DataError

HEAD_ABOVE, LEAST_ABOVE = 0.2, 0.05  # of a leg, above the shoulders: usually, and at least
BESIDE = 0.35  # of a leg: farther from the line of the spine is no head
BACKWARDS = -0.5  # agreement of the sides with feet and knees
WEAKLY = 0.1  # beside unit vectors
SHOWN_NAMES = 500  # letters
# Words that are taken for these joints where no name is better.
SECOND_CHOICE = {"shoulder": "shoulder", "hip": "hip", "knee": "leg"}


Pairs = tuple[Pair | None, Pair | None]  # legs and arms


@dataclass(frozen=True)
class Rig:
    """What is known of a rig."""

    joints: dict[str, int]  # of LIMBS, and HEAD if there is one -> number of the file's joint
    up: Array  # (3,) unit vector in the file's axes
    notes: tuple[str, ...]


def find_rig(body: Body, table: JointTable) -> Rig:
    """Raises DataError, behind the file's name, that says which joints are missing."""
    told = {role: _number(body, role, name) for role, name in table.joints.items()}
    pairs = legs_and_arms(body, _told_legs(body, told))
    sides = [_side(body, pair, told) for pair in pairs]
    joints = _by_name(body) | _joints(pairs, sides) | told
    if missing := [role for role in LIMBS if role not in joints]:
        raise DataError(_sentence(body, missing))
    notes: list[str] = []
    up, doubt = rig_axes.find_up(body, joints)
    if table.up:
        up, doubt = rig_axes.direction(table.up), ""
    notes += [doubt] if doubt else []
    ahead = rig_axes.forward(body, joints, up)
    if not all(sides):
        sides = _guessed(body, pairs, sides, ahead, up)
        joints = _by_name(body) | _joints(pairs, sides) | told
        notes.append("its names do not say left and right: feet and knees point forward")
    across = body.places[:, joints["left_hip"]] - body.places[:, joints["right_hip"]]
    if rig_axes.agreement(across, ahead, up) < BACKWARDS:
        notes.append("its feet point backwards: left and right may be exchanged")
    if HEAD not in joints:
        head = _head(body, joints, pairs)
        joints |= {} if head is None else {HEAD: head}
        notes += ["it has no head: the face follows the trunk"] if head is None else []
    ordered = {role: joints[role] for role in (*LIMBS, HEAD) if role in joints}
    return Rig(ordered, up, tuple(notes))


def _number(body: Body, role: str, name: str) -> int:
    """Raises DataError where no joint is called so."""
    names = [node.name for node in body.nodes]
    if name in names:
        return names.index(name)
    near = difflib.get_close_matches(name, names, 3, 0.5)
    hint = f"; did you mean {' or '.join(map(in_brief, near))}?" if near else "."
    raise DataError(f"has no joint {in_brief(name)}, which the table gives for {role}{hint}")


def _told_legs(body: Body, told: Mapping[str, int]) -> Pair | None:
    """Legs of which a table tells every joint: the arms are sought beside them."""
    if not all(f"{side}_{role}" in told for side in (LEFT, RIGHT) for role in LEG):
        return None
    limbs: list[Limb] = []
    for side in (LEFT, RIGHT):
        hip, knee, ankle = (told[f"{side}_{role}"] for role in LEG)
        points = body.places[:, [hip, knee, ankle]]
        thigh, shin = np.median(np.linalg.norm(np.diff(points, axis=1), axis=-1), axis=0) + 1e-9
        limbs.append(Limb((hip, knee, ankle), hip, (float(thigh), float(shin)), 0.0))
    return Pair(limbs[0], limbs[1], 0.0)


def _side(body: Body, pair: Pair | None, told: Mapping[str, int]) -> int:
    """1 when the first limb is the left one, -1 when the other is, 0 when nothing tells it."""
    if pair is None:
        return 1
    for role, joint in told.items():
        for limb, sign in zip(pair.limbs, (1, -1), strict=True):
            if role in LIMBS and joint in limb.joints:
                return sign if role.startswith(LEFT) else -sign
    return pair.is_left_first(body)


def _guessed(body: Body, pairs: Pairs, sides: list[int], ahead: Array, up: Array) -> list[int]:
    """The sides of both pairs: as those of the pair that is known, else by what points ahead."""
    known = [pair.across(body) * side for pair, side in zip(pairs, sides, strict=True) if pair]
    known = [across for across in known if across.any()]
    # In most files the left is at +x; it counts only where feet and knees do not tell.
    usual = WEAKLY * np.array([1.0, 0.0, 0.0])
    lefts = rig_axes.unit(known[0] if known else np.cross(up, ahead)) + usual

    def is_left_first(pair: Pair) -> bool:
        return float((rig_axes.unit(pair.across(body)) * lefts).sum(-1).mean()) >= 0

    return [
        side or (1 if pair is None or is_left_first(pair) else -1)
        for pair, side in zip(pairs, sides, strict=True)
    ]


def _joints(pairs: Pairs, sides: list[int]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair, side, roles in zip(pairs, sides, (LEG, ARM), strict=True):
        names = (LEFT, RIGHT) if side >= 0 else (RIGHT, LEFT)
        for limb, name in zip(pair.limbs if pair else (), names, strict=False):
            keys = (f"{name}_{role}" for role in roles)
            found |= dict(zip(keys, limb.joints, strict=True))
    return found


def _by_name(body: Body) -> dict[str, int]:
    """Whatever a name says, the joint nearest to the root first."""
    found: dict[str, int] = {}
    seconds: dict[str, int] = {}
    for index, node in enumerate(body.nodes):
        side, said = rig_names.side(node.name), rig_names.meaning(node.name)
        if node.is_end:
            continue
        if said == HEAD and not side:
            found.setdefault(HEAD, index)
        elif side and said in (*LEG, *ARM):
            found.setdefault(f"{side}_{said}", index)
        elif side and not said:
            for role, word in SECOND_CHOICE.items():
                if word in rig_names.words(node.name):
                    seconds.setdefault(f"{side}_{role}", index)
    return seconds | found


def _sentence(body: Body, missing: list[str]) -> str:
    names = ", ".join(in_brief(node.name)[1:-1] for node in body.nodes if not node.is_end)
    names = names if len(names) <= SHOWN_NAMES else f"{names[:SHOWN_NAMES]} ..."
    return (
        f"has no joint that can be taken for {', '.join(missing)}: name each in a table for "
        f'--joints by a line such as {missing[0]} = "its name in the file"; there are: {names}.'
    )


def _head(body: Body, joints: Mapping[str, int], pairs: Pairs) -> int | None:
    """The joint that stands over the shoulders as the root of a head does, on no limb."""
    hips, shoulders = (rig_axes.middle(body, joints, role) for role in ("hip", "shoulder"))
    spine = rig_axes.unit(shoulders - hips)[:, None]
    from_shoulders = body.places - shoulders[:, None]
    above = (from_shoulders * spine).sum(-1)  # (F, M)
    beside = np.linalg.norm(from_shoulders - above[..., None] * spine, axis=-1)
    leg = _leg(body, joints)
    high, far = np.median(above, axis=0) / leg, np.median(beside, axis=0) / leg
    limbs = [limb for pair in pairs if pair for limb in pair.limbs]
    on_limb = _below(body, {limb.start for limb in limbs} | set(joints.values()))
    could = [
        index
        for index, node in enumerate(body.nodes)
        if high[index] > LEAST_ABOVE and far[index] < BESIDE
        and index not in on_limb and not node.is_end
    ]  # fmt: skip
    return min(could, key=lambda index: abs(high[index] - HEAD_ABOVE), default=None)


def _leg(body: Body, joints: Mapping[str, int]) -> float:
    """Of the left one, median, in the file's unit."""
    points = body.places[:, [joints[f"left_{role}"] for role in LEG]]
    return float(np.median(np.linalg.norm(np.diff(points, axis=1), axis=-1).sum(1))) + 1e-12


def _below(body: Body, tops: set[int]) -> set[int]:
    """Those joints and all that hang on them."""
    found = set(tops)
    for index, node in enumerate(body.nodes):
        if node.parent in found:
            found.add(index)
    return found
