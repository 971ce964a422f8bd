"""Motion that has no music yet: what readers of motion files give."""

from dataclasses import dataclass, field

from models.types import Array

LEG_M = 0.82  # hip to knee to ankle: every dancer is brought to this size


@dataclass(frozen=True)
class Motion:
    """Somebody's motion in 3D, of one size whoever it is.

    Right-handed axes: x forward, y left, z up, in metres of a dancer whose leg is LEG_M long. The
    floor (z = 0) is at the lowest ankle, the dancer is on average at x = y = 0 and faces x.
    """

    name: str
    fps: float
    joints: Array  # float32 (N, 18, 3), as skeleton.JOINTS; nose, eyes and ears are synthetic
    notes: tuple[str, ...] = ()  # in words: what was left out or had to be guessed
    rig: dict[str, str] = field(default_factory=dict[str, str])  # a joint of ours -> the file's
