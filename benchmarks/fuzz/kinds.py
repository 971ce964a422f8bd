"""All kinds of inputs by name."""

from benchmarks.fuzz.bundles import BUNDLES
from benchmarks.fuzz.bvh import BVH
from benchmarks.fuzz.checkpoints import CHECKPOINTS
from benchmarks.fuzz.files import PICTURES, SOUND, VIDEO
from benchmarks.fuzz.osc import OSC
from benchmarks.fuzz.poses import POSES
from benchmarks.fuzz.queries import QUERIES

KINDS = {
    kind.name: kind
    for kind in (
        SOUND,
        VIDEO,
        PICTURES,
        BUNDLES,
        POSES,
        BVH,
        OSC,
        QUERIES,
        CHECKPOINTS,
    )
}
