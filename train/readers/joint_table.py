"""The table of `--joints`: which joint of a rig is which of ours, where it is not found by itself.

TOML; every line may be left out:

    up = "z"                        # the axis that points up: x, y, z, -x, -y or -z
    left_shoulder = "LeftArm"       # also _elbow, _wrist, _hip, _knee, _ankle; right_...; head
    left_ankle = "end of LeftLeg"   # the End Site of a joint
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from models import skeleton
from models.fields import in_brief
from models.files import unreadable
from train.readers.rig_names import ARM, HEAD, LEFT, LEG, RIGHT
from train.songs.song import DataError

UP = "up"
DIRECTIONS = ("x", "y", "z", "-x", "-y", "-z")
# Our names of the joints that a rig must have -> where they stand in skeleton.JOINTS.
LIMBS = {
    f"{side}_{role}": skeleton.JOINTS.index(f"{side[0]}_{role}")
    for side in (RIGHT, LEFT)
    for role in (*ARM, *LEG)
}
MOST_BYTES = 100_000


@dataclass(frozen=True)
class JointTable:
    """What is told of a rig; what is not told is found."""

    joints: dict[str, str] = field(default_factory=dict[str, str])  # LIMBS or HEAD -> its name
    up: str = ""  # one of DIRECTIONS


def read_table(path: Path) -> JointTable:
    """A whole table. Raises DataError, in one sentence that names the file."""
    if why := unreadable(path):
        raise DataError(f"{why}.")
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ValueError("it is too large")
        told = tomllib.loads(content.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is no table of joints in TOML ({error}).") from error
    up = told.pop(UP, "")
    if up not in ("", *DIRECTIONS):
        raise DataError(f"{path}: up must be one of {', '.join(DIRECTIONS)}, not {in_brief(up)}.")
    for role, name in told.items():
        if role not in (*LIMBS, HEAD):
            raise DataError(
                f"{path}: there is no joint {in_brief(role)}; there are {UP}, {HEAD}, "
                f"{', '.join(LIMBS)}."
            )
        if not isinstance(name, str) or not name:
            raise DataError(f"{path}: {role} must be the name of a joint, not {in_brief(name)}.")
    return JointTable(told, up)
