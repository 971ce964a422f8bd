"""In plain words: what of a recording was not used, and what a reader should know of it."""

from dataclasses import dataclass, field

import numpy as np

from models import skeleton
from train.readers import cleaning
from train.readers.cleaning import Piece, Track

NOBODY = 0.95  # of the frames without a person: there is none
WORTH_SAYING_S = 1.0


@dataclass
class LeftOver:
    """Of the segments that are good enough, what is no song all the same."""

    short: list[float] = field(default_factory=list[float])  # s of stretches too short
    unseen: float = 0.0  # s in which the body is not whole
    placeless: float = 0.0  # s without any hip
    never: set[int] = field(default_factory=set[int])  # joints that a stretch never shows


def reasons_of(
    track: Track, found: list[Piece], least: float, sound: float | None, left: LeftOver
) -> list[str]:
    """`found`: its segments, of which those below `least` are not used; `sound`: its seconds."""
    return [*_of_sound(track, sound), *_of_people(track, found, least), *_of_time(left, track)]


def _of_sound(track: Track, sound: float | None) -> list[str]:
    if sound is None:
        return ["no sound: nothing to learn a dance from; the poses can train a target"]
    if len(track.times) < 2:
        return []
    danced = float(track.times[-1]) + 1 / cleaning.rate(track.times)
    if abs(danced - sound) <= max(WORTH_SAYING_S, 0.05 * max(danced, sound)):
        return []
    return [f"the poses last {danced:.1f} s and the sound {sound:.1f} s: do they belong together?"]


def _of_people(track: Track, found: list[Piece], least: float) -> list[str]:
    said: list[str] = []
    nobody = track.notes.get("no_dancer", 0.0)
    if len(track.times) < 2:
        said.append("a single picture, not a video" if len(track.times) else "no pictures")
    elif nobody > NOBODY:
        said.append("no person was found")
    elif not found:
        said.append(f"shorter than a segment of {cleaning.SEGMENT_S:.0f} s")
    elif nobody > 0.05:
        said.append(f"no person in {nobody:.0%} of the frames")
    if track.notes.get("several_people", 0.0) > 0:
        said.append("several people: the largest was followed")
    poor = sum(segment.quality < least for segment in found)
    if poor and nobody <= NOBODY:
        said.append(f"{poor} of {len(found)} segments show the dancer too badly")
    return said


def _of_time(left: LeftOver, track: Track) -> list[str]:
    said: list[str] = []
    gone = float(np.diff(cleaning.holes(track)).sum())
    if gone > 0:
        said.append(f"frames are missing for {gone:.1f} s")
    if left.unseen >= WORTH_SAYING_S:
        said.append(f"neck, a shoulder, hip, knee or ankle is not seen for {left.unseen:.1f} s")
    if sum(left.short) >= WORTH_SAYING_S:
        said.append(
            f"{sum(left.short):.1f} s between cuts and gaps are in stretches "
            f"shorter than {cleaning.SEGMENT_S:.0f} s"
        )
    if left.placeless:
        said.append(f"no hip is seen in a stretch of {left.placeless:.1f} s")
    if left.never:
        names = ", ".join(skeleton.JOINTS[joint] for joint in sorted(left.never))
        said.append(f"never seen in a stretch, placed as in a body that stands: {names}")
    return said
