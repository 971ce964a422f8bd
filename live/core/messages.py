"""What the parts of the show send one another. Frozen; arrays are never written after sending.

`time` is media time (samples heard / rate, s), `*_at` host time (`time.perf_counter`, s).
"""

from dataclasses import dataclass, field

from models.types import Array


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """A device block as it came: any rate, any number of channels."""

    samples: Array  # float32 (n, channels), -1..1
    rate: int  # Hz
    first_sample: int  # number of the first sample since the source started; a jump is a loss
    captured_at: float  # host time at which the last sample was heard


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """0.1 s of mono sound at 16 kHz: samples [1600 index, 1600 (index + 1)) of media time."""

    index: int
    samples: Array  # float32 (1600,)
    captured_at: float  # host time at which its end was heard
    n_lost: int = 0  # samples of it that never came and are silence


@dataclass(frozen=True, slots=True)
class Beat:
    """What the ear knows at the end of a chunk."""

    time: float
    level: float  # 0..1, RMS on a -60..0 dBFS scale
    onset: float  # 0..1, strength of the newest onset
    bpm: float  # 0 while unknown
    beat_phase: float | None  # 0..1 of a beat, at `time`
    bar_phase: float | None
    confidence: float  # 0..1
    beats_per_bar: int = 4
    by_hand: bool = False  # the tempo is held by the performer: a number or taps


@dataclass(frozen=True, slots=True)
class PosePlan:
    """One step of the dancer: where the body will be at several times ahead."""

    time: float  # end of the chunk
    times: Array  # float64 (H,), media time at which each pose is due
    joints: Array  # float32 (H, 18, 2), canonical body units
    captured_at: float


@dataclass(frozen=True, slots=True)
class Pose:
    """The body at one moment."""

    time: float  # due
    joints: Array  # float32 (18, 2), canonical body units
    captured_at: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of the stage screen."""

    time: float  # media time at which it is to be seen
    due_at: float  # the same as host time
    image: Array  # uint8 (H, W, 3) RGB
    pose: Pose
    painted_at: float
    alpha: Array | None = None  # uint8 (H, W), the person; None in their own place


@dataclass(frozen=True, slots=True)
class Reset:
    """Forget the music so far; the dancer stands."""


@dataclass(frozen=True, slots=True)
class Blackout:
    on: bool | None = None  # None toggles


@dataclass(frozen=True, slots=True)
class Freeze:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    name: str


@dataclass(frozen=True, slots=True)
class ChooseStyle:
    name: str  # one of the dance's own, "3" or "4" beats a bar, or "auto"; "" = the next of these


@dataclass(frozen=True, slots=True)
class Fullscreen:
    on: bool | None = None


@dataclass(frozen=True, slots=True)
class Tune:
    """A number of the performer's.

    gain (dB), energy (-1..1), bpm (0 = by ear), nudge (ms, added), mirror and phase_lock (0, 1).
    """

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Tap:
    """The performer beats time: here is a beat."""

    at: float  # host time of the key or packet


Command = Reset | Blackout | Freeze | SwitchTarget | ChooseStyle | Fullscreen | Tune | Tap


@dataclass(frozen=True, slots=True)
class Meters:
    """What the performer reads beside the picture, about twice a second."""

    state: str  # plain words: "listening", "no sound: microphone gone, trying again"
    target: str
    dance: str
    level: float  # 0..1
    bpm: float
    beat_phase: float | None
    fps: float
    lead_ms: float
    frame_error_ms: float
    latency_ms: float  # capture to pose, median
    chunks_lost: int
    frames_late: int
    sound: bool
    warnings: tuple[str, ...] = field(default=())
    blackout: bool = False
    frozen: bool = False
    mirror: bool = False
    bar_phase: float | None = None
    beats_per_bar: int = 4
    confidence: float = 0.0  # 0..1, in the beat
    by_hand: bool = False  # the tempo is held by the performer
    nudge_ms: float = 0.0  # the grid of beats is moved by this, + = later
    taps: int = 0  # counted since the start
    engine: str = ""  # what really paints
    is_reduced: bool = False  # fewer or smaller pictures than asked for
    style: str = ""  # the one that is danced, in capitals when asked for; "" = none in particular
