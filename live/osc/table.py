"""The table of all OSC messages that leave; what comes in is `live/controls/table.py`.

Bundles are laid out by it (`own.py` and the other dialects), and what people and programs read of
both tables is made from them (`page.py`, `query_tree.py`).
"""

from typing import NamedTuple

from live.core.settings import BPM_RANGE
from live.osc.entries import ANY_JOINT, ANY_OTHER, Argument, Sent
from live.osc.foreign_joints import NI_MATE_JOINTS, OSCELETON_JOINTS, POSENET_JOINTS
from models.skeleton import JOINTS

PROTOCOL = 1  # told by `info`

WITH_POSE = "with every pose"
WITH_BAR = "with every pose, only while the bar is known"
WITH_OTHERS = "with every pose, in a bundle for each dancer beside the first"
ON_BEAT = "on every beat"
ON_BAR = "on the first beat of a bar, just before its `beat`; only while the bar is known"
EACH_SECOND = "once a second"
ANSWER = "as an answer"
ON_SONG = "once a second and when it changes, while a list of songs is played"
POSE_EVENTS = (WITH_POSE, WITH_BAR, WITH_OTHERS)

_X, _Y = Argument("f", "x", 0, 1), Argument("f", "y", 0, 1)
_NUMBER = Argument("i", "number", 0)
_BPM = Argument("f", "tempo", 0, BPM_RANGE[1], "BPM")

OUT: tuple[Sent, ...] = (
    Sent("frame", (_NUMBER, Argument("f", "seconds", 0, unit="s")), WITH_POSE,
         "number (gaps show loss), seconds since the start; with `--guard` both count on over a"
         " crash", (421, 14.033)),
    Sent(f"dancer/0/joint/{ANY_JOINT}", (_X, _Y), WITH_POSE,
         "x, y of one joint, 0..1 of the stage screen, origin top left", (0.5, 0.22)),
    Sent("dancer/0/pose", (_X, _Y) * len(JOINTS), WITH_POSE,
         "the same 18 joints in one message: x0 y0 x1 y1 ...", (0.5, 0.22, 0.5, 0.27)),
    Sent(f"dancer/{ANY_OTHER}/frame", (_NUMBER,), WITH_OTHERS,
         "which pose it is: the number of `frame`", (421,)),
    Sent(f"dancer/{ANY_OTHER}/joint/{ANY_JOINT}", (_X, _Y), WITH_OTHERS,
         "x, y of one joint of another dancer, 1 to 7", (0.75, 0.22)),
    Sent(f"dancer/{ANY_OTHER}/pose", (_X, _Y) * len(JOINTS), WITH_OTHERS,
         "the same 18 joints in one message", (0.75, 0.22, 0.75, 0.27)),
    Sent("audio/level", (Argument("f", "level", 0, 1),), WITH_POSE,
         "how loud it is, on a scale from -60 to 0 dBFS", (0.62,)),
    Sent("audio/onset", (Argument("f", "onset", 0, 1),), WITH_POSE,
         "how strong the newest onset is", (0.3,)),
    Sent("beat/bpm", (_BPM,), WITH_POSE, "tempo; 0 = unknown", (128.0,)),
    Sent("beat/phase", (Argument("f", "phase", 0, 1),), WITH_POSE,
         "place in the beat", (0.25,)),
    Sent("beat/confidence", (Argument("f", "confidence", 0, 1),), WITH_POSE,
         "how sure the beat is", (0.9,)),
    Sent("bar/phase", (Argument("f", "phase", 0, 1),), WITH_BAR, "place in the bar", (0.5,)),
    Sent("beat", (Argument("i", "count", 1), _BPM), ON_BEAT, "count, tempo", (17, 128.0)),
    Sent("bar", (Argument("i", "count", 1), Argument("i", "beats a bar", 3, 4)), ON_BAR,
         "count, beats a bar (3 or 4)", (5, 4)),
    Sent("status", (Argument("s", "target"), Argument("f", "frames a second", 0),
                    Argument("f", "latency", 0, unit="ms"), Argument("f", "sound", 0, 1)),
         EACH_SECOND, "target, frames a second, latency in ms (0 = unknown), sound 0/1",
         ("alice", 30.0, 21.0, 1.0)),
    Sent("info", (Argument("i", "protocol", 1), Argument("i", "width", 1, unit="px"),
                  Argument("i", "height", 1, unit="px"), Argument("s", "joints")),
         EACH_SECOND, "protocol, size of the stage screen, joint names in their order",
         (PROTOCOL, 1920, 1080, "nose neck r_shoulder ...")),
    Sent("song", (Argument("s", "name"), Argument("i", "number", 1),
                  Argument("f", "seconds", 0, unit="s"), Argument("f", "length", 0, unit="s")),
         ON_SONG, "the song that is heard: its file's name, its place in the list, the place in it,"
         " its length (0 = unknown)", ("opening.flac", 3, 65.5, 250.0)),
    Sent("pong", (Argument("i", "what came"),), ANSWER,
         "to `ping`: what came with it, of any type; 1 for nothing", (1,)),
)  # fmt: skip


class Dialect(NamedTuple):
    """What another program sends, so that patches made for it work."""

    port: int  # on which receivers of that program listen
    axes: str  # for people
    joints: tuple[str, ...]  # in the order in which they are sent
    messages: tuple[Sent, ...]


_USER = Argument("i", "user", 1)
_KEYPOINT = (Argument("f", "x", 0, unit="px"), Argument("f", "y", 0, unit="px"),
             Argument("f", "score", 0, 1))  # fmt: skip
_KEYPOINTS = _KEYPOINT * len(POSENET_JOINTS)

DIALECTS: dict[str, Dialect] = {
    "osceleton": Dialect(
        7110,
        "One bundle a pose, each dancer with a number. x, y 0..1 of the stage screen, origin top"
        " left, y down; z = 0.",
        OSCELETON_JOINTS,
        (
            Sent("/joint", (Argument("s", "joint"), _USER, _X, _Y, Argument("f", "z", 0, 7.8)),
                 WITH_POSE, "name, user (the first is 1), x, y, z of one joint",
                 ("head", 1, 0.5, 0.2, 0.0)),
            Sent("/new_user", (_USER,), "before their first pose", "somebody came", (1,)),
            Sent("/new_skel", (_USER,), "before their first pose", "their joints follow", (1,)),
            Sent("/lost_user", (_USER,), "when they go, and at the end", "they are gone", (1,)),
        ),
    ),
    "poseosc": Dialect(
        9527,
        "One message a pose, of all dancers (PoseOSC's format ARR). Pixels of the stage screen,"
        " origin top left, y down; scores are 1. All joints but the neck.",
        POSENET_JOINTS,
        (
            Sent("/poses/arr",
                 (Argument("i", "width", 1, unit="px"), Argument("i", "height", 1, unit="px"),
                  Argument("i", "poses", 0), Argument("f", "score", 0, 1), *_KEYPOINTS),
                 WITH_POSE, "width, height, number of poses, then of each its score and x, y,"
                 " score of 17 joints", (1920, 1080, 1, 1.0, 960.0, 237.6, 1.0)),
        ),
    ),
    "ni-mate": Dialect(
        7000,
        "16 packets a pose (NI mate 2, format Basic, frames synced); addresses have no slash, as"
        " that program sends them. Metres before a sensor in the middle of the stage screen, whose"
        " height is 2 m: x right, y up, z = -2. Of several dancers the first.",
        NI_MATE_JOINTS,
        (
            Sent("<Joint>", (Argument("f", "x", unit="m"), Argument("f", "y", unit="m"),
                             Argument("f", "z", unit="m")),
                 WITH_POSE, "x, y, z of one joint", (0.0, 0.56, -2.0)),
            Sent("/NI_mate_sync", (Argument("i", "frame", 0),), "after the joints of a pose",
                 "the pose is complete", (421,)),
        ),
    ),
}  # fmt: skip
OWN = "dancelive"
