"""What the name of a joint says: whose side it is on, and which joint of a limb it is."""

import re

LEFT, RIGHT = "left", "right"
LEG = ("hip", "knee", "ankle")
ARM = ("shoulder", "elbow", "wrist")
HEAD = "head"
# No joint of ours, whatever else the name says: beside a limb of ours, or on another.
OTHER, ELSEWHERE = "other", "elsewhere"

# The first that is found counts; \b are the borders of words, where humps count as borders.
# "Shoulder" says nothing: it is the joint in some rigs and the collar bone in others; so is "leg",
# and a hip joint may be a helper above the hip.
_MEANINGS = (
    (ELSEWHERE, r"thumb|index|middle|pinky|little|finger|\bring\b|metacarp|metatars|toe|heel"
     r"|breast|pector|skirt|hair|eye|jaw|footsteps"),
    (OTHER, r"twist|roll(?!er)|collar|clav|scapula|helper|target|pole"
     r"|\b(?:end|nub|tip|ik|ball|eff|effector|ctrl|top)\b"),
    ("elbow", r"fore ?arm|low(?:er)? ?arm|lo ?arm|f ?arm\b|arm ?low|elbow|radius|ulna"),
    ("wrist", r"wrist|hand"),
    ("shoulder", r"arm|humerus|shldr"),
    ("hip", r"up(?:per)? ?leg|u ?leg\b|leg ?up|thigh|femur|\b[lr]?hip\b(?! joint)"),
    ("knee", r"low(?:er)? ?leg|lo ?leg|leg ?low|knee|shin|calf|tibia|shank"),
    ("ankle", r"ankle|foot"),
    (HEAD, r"head"),
)  # fmt: skip
_MEANT = tuple((meaning, re.compile(pattern)) for meaning, pattern in _MEANINGS)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SIDE = re.compile(r"\b([lr])\b")
# "lfemur": a letter before what is a word by itself.
_GLUED = re.compile(
    r"\b([lr])(?=hip|femur|tibia|foot|toe|thigh|shin|calf|knee|ankle|leg|up|low"
    r"|clav|collar|shoulder|shldr|arm|fore|humerus|radius|elbow|wrist|hand|thumb|finger)"
)


def words(name: str) -> str:
    """In small letters, humps apart, without numbers and the name space: "left up leg"."""
    return " ".join(_WORD.findall(name.rpartition(":")[2] or name)).lower()


def meaning(name: str) -> str:
    """A joint of LEG or ARM, HEAD, OTHER, ELSEWHERE, or "" where the name does not tell."""
    said = words(name)
    return next((meant for meant, pattern in _MEANT if pattern.search(said)), "")


def side(name: str) -> str:
    """LEFT, RIGHT or ""."""
    said = words(name)
    if (LEFT in said) != (RIGHT in said):
        return LEFT if LEFT in said else RIGHT
    found = _SIDE.search(said) or _GLUED.search(said)
    return {"l": LEFT, "r": RIGHT}[found[1]] if found else ""


def is_left_of_pair(one: str, other: str) -> int:
    """1 when `one` names the left joint of a pair and `other` the right, -1 reversed, else 0."""
    sides = side(one), side(other)
    if sides[0] != sides[1]:
        return 1 if sides[0] == LEFT or sides[1] == RIGHT else -1
    # What they differ in: "LFE" and "RFE".
    differing = next(
        ((a, b) for a, b in zip(one.lower(), other.lower(), strict=False) if a != b), ("", "")
    )
    return {("l", "r"): 1, ("r", "l"): -1}.get(differing, 0)
