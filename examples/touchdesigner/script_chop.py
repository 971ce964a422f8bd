"""Callbacks of a Script CHOP: joints and beat of the newest picture, one sample a channel.

nose_x, nose_y ... are 0..1 of the picture, y up. Not tried in TouchDesigner.
"""

JOINTS = [
    "nose", "neck", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "r_eye", "l_eye", "r_ear", "l_ear",
]  # fmt: skip


def onCook(scriptOp):
    scriptOp.clear()
    scriptOp.numSamples = 1
    seen = op("dancelive_show").module.newest()
    if seen is None:
        return
    values = {
        "time": seen.time,
        "level": seen.beat.level,
        "bpm": seen.beat.bpm,
        "beat_phase": seen.beat.phase or 0,
    }
    for joint, (x, y) in zip(JOINTS, seen.joints, strict=True):
        values[f"{joint}_x"], values[f"{joint}_y"] = x, 1 - y
    for name, value in values.items():
        scriptOp.appendChan(name)[0] = float(value)


def onGetCookLevel(scriptOp):
    return CookLevel.WHEN_USED
