"""BVH (motion capture of any rig) -> `Motion`: the 18 joints in metres, x forward, y left, z up."""

from pathlib import Path

import numpy as np

from models import skeleton, spec
from train.readers import kinematics, rig_limbs
from train.readers.bvh_file import read_clip
from train.readers.joint_table import LIMBS, JointTable
from train.readers.motion_file import Motion
from train.readers.placing import placing_of
from train.readers.rig import find_rig
from train.readers.rig_head import put_head
from train.readers.rig_names import HEAD
from train.songs.song import DataError

SAMPLE = 120  # frames by which a rig is understood


def read(path: Path, table: JointTable | None = None) -> Motion:
    """One file; `table` names joints that are not found by themselves.

    Hips, knees, ankles, shoulders, elbows and wrists are the rig's joints, the neck is the middle
    of the shoulders, the face is synthetic (`rig_head`); axes, unit and place as by `placing`.
    Raises DataError, in one sentence that names the file.
    """
    clip = read_clip(path)
    rows = np.unique(np.linspace(0, len(clip.frames) - 1, SAMPLE).astype(int))
    sample = kinematics.positions(clip.nodes, clip.frames[rows], range(len(clip.nodes)))
    try:
        rig = find_rig(rig_limbs.body_of(clip.nodes, sample), table or JointTable())
        wanted = [rig.joints[role] for role in LIMBS]
        joints = np.zeros((len(clip.frames), spec.N_JOINTS, 3))
        joints[:, list(LIMBS.values())] = kinematics.positions(clip.nodes, clip.frames, wanted)
        joints[:, skeleton.NECK] = joints[:, [skeleton.L_SHOULDER, skeleton.R_SHOULDER]].mean(1)
        placing = placing_of(joints, rig.up)
        joints = placing.placed(joints)
    except DataError as error:
        raise DataError(f"{path.name} {error}") from error
    if (head := rig.joints.get(HEAD)) is None:
        put_head(joints)
    else:
        at = kinematics.positions(clip.nodes, clip.frames, [head])[:, 0]
        turns = kinematics.rotations(clip.nodes, clip.frames, head).as_matrix()
        put_head(joints, placing.placed(at), placing.turn @ turns)
    named = {role: clip.nodes[joint].name for role, joint in rig.joints.items()}
    notes = clip.notes + rig.notes
    return Motion(path.stem, clip.fps, joints.astype(np.float32), notes, named)
